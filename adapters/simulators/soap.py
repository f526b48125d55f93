"""SOAP 1.1 envelopes as the police system writes them: read a request, build an answer or a fault, spoil one on purpose.

It knows no operation. External entities and DTDs are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from lxml import etree

from adapters.simulators.control import Variant
from adapters.simulators.http import Reply

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

Value: TypeAlias = None | str | Sequence[tuple[str, "Value"]]
"""None is written as xsi:nil, a string as text, a sequence of (tag, value) as children in that order."""

MEDIA_TYPE = "text/xml; charset=utf-8"


class NotSoap(Exception):
    """The body is no SOAP 1.1 envelope with one element in its body."""


def opened(body: bytes) -> tuple[etree._Element | None, etree._Element]:
    """First header block (or None) and first body element. Raises NotSoap."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as wrong:
        raise NotSoap("not well-formed") from wrong
    if root.tag != f"{{{ENVELOPE}}}Envelope" or root.getroottree().docinfo.doctype:
        raise NotSoap("no SOAP 1.1 envelope")
    content = root.find(f"{{{ENVELOPE}}}Body")
    if content is None or len(content) != 1:
        raise NotSoap("no single element in the body")
    header = root.find(f"{{{ENVELOPE}}}Header")
    block = header[0] if header is not None and len(header) else None
    return block, content[0]


def envelope(namespace: str, tag: str, value: Value, serial: int) -> etree._Element:
    """An answer. The namespace prefix changes with `serial`: readers must bind URIs, not prefixes."""
    prefix = ("ns2", "rk", "p")[serial % 3]
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soap": ENVELOPE, "xsi": XSI, prefix: namespace})
    _fill(etree.SubElement(root, f"{{{ENVELOPE}}}Body"), namespace, tag, value)
    return root


def _fill(parent: etree._Element, namespace: str, tag: str, value: Value) -> None:
    element = etree.SubElement(parent, f"{{{namespace}}}{tag}")
    if value is None:
        element.set(f"{{{XSI}}}nil", "true")
    elif isinstance(value, str):
        element.text = value
    else:
        for child, inner in value:
            _fill(element, namespace, child, inner)


def fault(namespace: str, code: str, text: str) -> Reply:
    """A fault that blames the caller, with the department's own code in its detail (HTTP 500, as SOAP 1.1 asks)."""
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soap": ENVELOPE})
    body = etree.SubElement(root, f"{{{ENVELOPE}}}Body")
    broken = etree.SubElement(body, f"{{{ENVELOPE}}}Fault")
    etree.SubElement(broken, "faultcode").text = "soap:Client"
    etree.SubElement(broken, "faultstring").text = text
    detail = etree.SubElement(broken, "detail")
    _fill(detail, namespace, "CwXx", [("Cwdm", code), ("Cwms", text)])
    return Reply(500, _bytes(root), MEDIA_TYPE)


def reply(root: etree._Element) -> Reply:
    return Reply(200, _bytes(root), MEDIA_TYPE)


def spoilt(root: etree._Element, variant: Variant) -> Reply:
    """The same answer, unusable: cut in half, an impossible date, a code of no list, or a required element left out."""
    if variant is Variant.DATE:
        _first(root, "Csrq", "Jssj", "Xysj").text = "20260231"
    elif variant is Variant.CODE:
        _first(root, "Xbdm", "Jgdm").text = "77"
    elif variant is Variant.MISSING:
        gone = _first(root, "Xm", "Ywbh", "Jgdm")
        parent = gone.getparent()
        assert parent is not None
        parent.remove(gone)
    whole = _bytes(root)
    return Reply(200, whole[: len(whole) // 2] if variant is Variant.GARBLED else whole, MEDIA_TYPE)


def _first(root: etree._Element, *tags: str) -> etree._Element:
    for tag in tags:
        for element in root.iter(f"{{*}}{tag}"):
            return element
    raise LookupError(tags)


def _bytes(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
