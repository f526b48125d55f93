"""Writes a SOAP envelope by its WSDL, 1.1 or 1.2, and reads one: body, headers and faults as plain trees. It sends nothing."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from adapters.contract import Misconfigured
from adapters.kinds.wsdl import ENVELOPES, Message, Port, Wsdl
from adapters.kinds.xsd import Complex, Group
from adapters.kinds.xsd_write import Writer


def envelope(
    wsdl: Wsdl, port: Port, message: Message, tree: Mapping[str, object], headers: Mapping[str, object]
) -> etree._Element:
    """The envelope of a message with this content. Raises Unfillable, Misconfigured."""
    space = ENVELOPES[port.version]
    root: etree._Element = etree.Element(f"{{{space}}}Envelope", nsmap={"soap": space})
    writer = Writer(wsdl.schemas, message.encoded)
    _write_headers(wsdl, message, headers, writer, root, space)
    body = etree.SubElement(root, f"{{{space}}}Body")
    elements = [wsdl.element(part, message.encoded) for part in message.parts]
    if message.wrapper:
        group = Group("sequence", tuple(elements))
        writer.fill(etree.SubElement(body, message.wrapper), Complex(content=group), tree, "")
    elif len(elements) == 1:
        node = etree.SubElement(body, elements[0].tag)
        writer.fill(node, elements[0].type, tree, "")
    elif elements:
        writer.fill(body, Complex(content=Group("sequence", tuple(elements))), tree, "")
    return root


def _write_headers(
    wsdl: Wsdl,
    message: Message,
    headers: Mapping[str, object],
    writer: Writer,
    root: etree._Element,
    space: str,
) -> None:
    if not headers:
        return
    place = etree.SubElement(root, f"{{{space}}}Header")
    known = {part.name: part for part in message.headers}
    for name, value in headers.items():
        if name not in known:
            raise Misconfigured(f"the WSDL has no header part {name!r} here; it has {', '.join(known) or 'none'}.")
        if value is not None:
            writer.write(place, wsdl.element(known[name]), value, f"header.{name}")
