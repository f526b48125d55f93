"""SOAP 1.1 in RPC/literal as the human-resources system writes it: a qualified wrapper, everything below it without a namespace.

It knows no operation; reading a request is `soap.opened`.
"""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from adapters.simulators.control import Variant
from adapters.simulators.http import Reply
from adapters.simulators.soap import ENVELOPE, MEDIA_TYPE, XSI, Value

_DATES = {"JYRQ": "2026/2/31", "FKRQ": "2026/2/31", "DJRQ": "2026/2/31", "ZHNY": "202613", "DAZC": "2026年2月31日", "JSSJ": "2026-02-31 10:00:00"}  # fmt: skip
_CODES = ("JYZT", "AAC031", "KZT", "QXLX", "FHM")
_NEEDED = ("AAC003", "AAB004", "YWH", "FHM")


def envelope(namespace: str, operation: str, parts: list[tuple[str, Value]]) -> etree._Element:
    """The answer to that operation: `<operation>Response` and its parts."""
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"S": ENVELOPE, "xsi": XSI})
    body = etree.SubElement(root, f"{{{ENVELOPE}}}Body")
    wrapper = etree.SubElement(body, f"{{{namespace}}}{operation}Response", nsmap={"m": namespace})
    for tag, value in parts:
        _fill(wrapper, tag, value)
    return root


def fault(namespace: str, code: str, text: str) -> Reply:
    """A fault that blames the caller; it repeats no value of the request."""
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"S": ENVELOPE})
    broken = etree.SubElement(etree.SubElement(root, f"{{{ENVELOPE}}}Body"), f"{{{ENVELOPE}}}Fault")
    etree.SubElement(broken, "faultcode").text = "S:Client"
    etree.SubElement(broken, "faultstring").text = text
    about = etree.SubElement(etree.SubElement(broken, "detail"), f"{{{namespace}}}cw", nsmap={"m": namespace})
    _fill(about, "CWM", code)
    _fill(about, "CWSM", text)
    return reply(root, 500)


def reply(root: etree._Element, status: int = 200) -> Reply:
    return Reply(status, _bytes(root), MEDIA_TYPE)


def part_as_element(part: etree._Element, namespace: str) -> etree._Element:
    """A copy of a part under the global element of its name, so that the schema can judge it."""
    alone = deepcopy(part)
    alone.tag = f"{{{namespace}}}{etree.QName(part).localname}"
    return etree.fromstring(etree.tostring(alone))


def spoilt(root: etree._Element, variant: Variant) -> Reply:
    """The same answer, unusable: cut in half, an impossible date, a code of no list, or a required element left out."""
    if variant is Variant.DATE:
        element = _first(root, *_DATES)
        element.text = _DATES[str(element.tag)]
    elif variant is Variant.CODE:
        _first(root, *_CODES).text = "77"
    elif variant is Variant.MISSING:
        gone = _first(root, *_NEEDED)
        parent = gone.getparent()
        assert parent is not None
        parent.remove(gone)
    whole = _bytes(root)
    return Reply(200, whole[: len(whole) // 2] if variant is Variant.GARBLED else whole, MEDIA_TYPE)


def _fill(parent: etree._Element, tag: str, value: Value) -> None:
    element = etree.SubElement(parent, tag)
    if value is None:
        element.set(f"{{{XSI}}}nil", "true")
    elif isinstance(value, str):
        element.text = value
    else:
        for child, inner in value:
            _fill(element, child, inner)


def _first(root: etree._Element, *tags: str) -> etree._Element:
    for tag in tags:
        element = next((found for found in root.iter(tag) if found.text), None)
        if element is not None:
            return element
    raise LookupError(tags)


def _bytes(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
