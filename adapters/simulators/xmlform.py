"""Plain XML messages of one namespace, for simulators that speak XML over HTTP: read one, write one. It knows no department.

A document type is refused; a value of None is written as an element with `xsi:nil`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from lxml import etree

XSI = "http://www.w3.org/2001/XMLSchema-instance"

Value: TypeAlias = None | str | Sequence[tuple[str, "Value"]]
"""None is nil, a string is text, a sequence of (tag, value) children in that order; `@tag` is an attribute, `#` the text beside them."""


def opened(body: bytes, namespace: str) -> etree._Element | None:
    """The root of a message in that namespace; None where it is none or has a document type."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.getroottree().docinfo.doctype or etree.QName(root).namespace != namespace:
        return None
    return root


def text_of(element: etree._Element, *path: str) -> str:
    """The text at that path of tags in the element's own namespace, or empty."""
    namespace = etree.QName(element).namespace
    return (element.findtext("/".join(f"{{{namespace}}}{tag}" for tag in path)) or "").strip()


def document(namespace: str, tag: str, value: Value) -> bytes:
    """A whole message as UTF-8."""
    root = etree.Element(f"{{{namespace}}}{tag}", nsmap={None: namespace, "xsi": XSI})
    _fill(root, namespace, value)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _fill(element: etree._Element, namespace: str, value: Value) -> None:
    if value is None:
        element.set(f"{{{XSI}}}nil", "true")
    elif isinstance(value, str):
        element.text = value
    else:
        for tag, inner in value:
            if tag.startswith("@"):
                element.set(tag[1:], str(inner or ""))
            elif tag == "#":
                element.text = str(inner or "")
            else:
                _fill(etree.SubElement(element, f"{{{namespace}}}{tag}"), namespace, inner)
