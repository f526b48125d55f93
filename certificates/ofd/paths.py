"""Names and places inside an OFD package, and the XML that stands there. It knows no page."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from certificates.errors import Malformed

NAMESPACE = "http://www.ofdspec.org/2016"
ROOT = "OFD.xml"
MAX_XML = 16 * 1024 * 1024


def resolved(path: str, beside: str) -> str:
    """Return the entry that ``path`` names in the file ``beside``: absolute from the package, or relative to the file."""
    parts = [] if path.startswith("/") else beside.split("/")[:-1]
    for part in path.strip().split("/"):
        if part == "..":
            if not parts:
                raise Malformed("ofd", "A path in the document leaves the package; get the file again.")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def parsed(raw: bytes, *, whole: bool = False) -> etree._Element:
    """Read XML without entities, external parts or a document type, ``whole`` with its comments. Raises Malformed ``ofd-xml``."""
    if len(raw) > MAX_XML:
        raise Malformed("too-large", f"An XML file of the package has at most {MAX_XML} bytes.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=not whole, remove_pis=not whole
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Malformed("ofd-xml", "An XML file of the package cannot be read; get the file again.") from error
    if root.getroottree().docinfo.doctype:
        raise Malformed("ofd-xml", "An XML file of the package declares a document type, which OFD has not.")
    return root


def name_of(element: etree._Element) -> str:
    """Return an element's name without its namespace; several are in use."""
    return str(element.tag).rpartition("}")[2]


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield the children of that name, whatever their namespace and order."""
    return (child for child in element if name_of(child) == name)


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    """Return the first child of that name."""
    return None if element is None else next(children(element, name), None)


def descendants(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield the elements of that name at any depth, in document order."""
    return (each for each in element.iter() if name_of(each) == name)


def text_of(element: etree._Element | None, name: str = "") -> str:
    """Return the text of an element, or of its child of that name; empty where there is none."""
    found = child(element, name) if name else element
    return "" if found is None else (found.text or "").strip()
