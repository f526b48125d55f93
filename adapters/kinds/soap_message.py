"""Writes a SOAP envelope by its WSDL, 1.1 or 1.2, and reads one: body, headers and files as one plain tree. It sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from itertools import islice

from lxml import etree

from adapters.contract import Misconfigured
from adapters.kinds import multipart, xmltext
from adapters.kinds.guard import Reply
from adapters.kinds.soap_fault import Faults
from adapters.kinds.templates import Unfillable
from adapters.kinds.wsdl import ENVELOPES, Message, Operation, Port, Wsdl
from adapters.kinds.xmltext import MOST_ELEMENTS, Unreadable
from adapters.kinds.xsd import ANYTHING, Complex, Element, Group, local
from adapters.kinds.xsd_read import DEEPEST, Misfit, parsed, read_element
from adapters.kinds.xsd_write import Writer

HEADER = "soap:header"
"""Where the header blocks of an answer stand in its tree, by their local names."""
ATTACHED = "soap:attachments"
"""Where the files beside an answer stand: a list of `id`, `media_type`, `body`."""
_ENVELOPES = frozenset(ENVELOPES.values())


# --- writing ----------------------------------------------------------------------------------------------------------


def envelope(
    wsdl: Wsdl, port: Port, message: Message, tree: Mapping[str, object], headers: Mapping[str, object]
) -> etree._Element:
    """The envelope of a message with this content. Raises Unfillable, Misconfigured."""
    space = ENVELOPES[port.version]
    root: etree._Element = etree.Element(f"{{{space}}}Envelope", nsmap={"soap": space})
    writer = Writer(wsdl.schemas, message.encoded)
    if any(value is not None for value in headers.values()):
        _write_headers(wsdl, message, headers, writer, etree.SubElement(root, f"{{{space}}}Header"))
    body = etree.SubElement(root, f"{{{space}}}Body")
    elements = tuple(wsdl.element(part, message.encoded) for part in message.parts)
    if message.wrapper:
        writer.fill(etree.SubElement(body, message.wrapper), Complex(content=Group("sequence", elements)), tree, "")
    elif len(elements) == 1:
        writer.fill(etree.SubElement(body, elements[0].tag), elements[0].type, tree, "")
    elif elements:
        writer.fill(body, Complex(content=Group("sequence", elements)), tree, "")
    return root


def hollow(wsdl: Wsdl, port: Port, message: Message, headers: Mapping[str, object]) -> etree._Element:
    """An envelope that no server can take for a question: the body's element without its content where the schema demands some, else
    none at all. Raises as `envelope` does."""
    root = envelope(wsdl, port, replace(message, parts=(), wrapper=""), {}, headers)
    if message.wrapper and message.parts:  # a call by RPC without its parts
        etree.SubElement(root[-1], message.wrapper)
    elif not message.wrapper and message.parts:
        element = wsdl.element(message.parts[0], message.encoded)
        try:
            Writer(wsdl.schemas, message.encoded).fill(etree.Element(element.tag), element.type, {}, "")
        except Unfillable:
            etree.SubElement(root[-1], element.tag)
    return root


def _write_headers(
    wsdl: Wsdl, message: Message, headers: Mapping[str, object], writer: Writer, place: etree._Element
) -> None:
    """Each by its part in the WSDL. A block that the WSDL does not know, as gateways ask for, says its namespace: `"@xmlns"`."""
    known = {part.name: part for part in message.headers}
    for name, value in headers.items():
        if value is None:
            continue
        if name in known:
            writer.write(place, wsdl.element(known[name]), value, f"header.{name}")
        elif isinstance(value, Mapping) and "@xmlns" in value:
            writer.fill(place, ANYTHING, {name: value}, "header")
        else:
            parts = ", ".join(known) or "none"
            raise Misconfigured(
                f'the WSDL has no header part {name!r} here (it has {parts}); name one, or give the block its "@xmlns".'
            )


# --- reading ----------------------------------------------------------------------------------------------------------


Covers = Callable[[etree._Element, bool], tuple[etree._Element, ...]]
"""What a good signature of an envelope covers; told whether it bears a fault. Raises Misfit."""


def read(
    wsdl: Wsdl, operation: Operation, reply: Reply, faults: Faults, strict: bool = True, covers: Covers | None = None
) -> dict[str, object]:
    """The answer as a tree below the one element of its body. Raises Fault, Misfit, Unreadable.

    Not `strict` takes what came as it came: for a department whose answers are not what its own WSDL says. With `covers` nothing is
    read that no signature covers: neither a header block nor a file beside the envelope."""
    root, package = _opened(reply)
    if root.tag not in {f"{{{space}}}Envelope" for space in _ENVELOPES}:
        raise Misfit(local(str(root.tag)), "schema")
    kids = [one for one in _block(root, "Body") if isinstance(one.tag, str)]
    is_fault = bool(kids) and local(kids[0].tag) == "Fault"
    signed = None if covers is None else covers(root, is_fault)
    if is_fault:
        raise faults.read(kids[0])
    message = operation.output or Message()
    if message.encoded:
        kids = _whole(kids)
    tree = _body(wsdl, operation, message, kids) if strict else _loosely(operation, message, kids)
    headers = _headers(wsdl, message, root, signed)
    if headers:
        tree[HEADER] = headers
    if package is not None and package.attached and signed is None:
        tree[ATTACHED] = [{"id": one.id, "media_type": one.media_type, "body": one.body} for one in package.attached]
    return tree


def _opened(reply: Reply) -> tuple[etree._Element, multipart.Package | None]:
    if reply.media_type != multipart.MEDIA_TYPE:
        root = parsed(xmltext.safe_text(reply.body, reply.charset))
        _bound(root)
        return root, None
    package = multipart.opened(reply.body)
    root = parsed(xmltext.safe_text(package.envelope, package.charset))
    _bound(root)
    multipart.put_in(root, package)
    return root, package


def _bound(root: etree._Element) -> None:
    if sum(1 for _ in islice(root.iter(), MOST_ELEMENTS + 1)) > MOST_ELEMENTS:
        raise Unreadable("too_many_parts")


def _block(root: etree._Element, name: str) -> Iterator[etree._Element]:
    found = next((one for one in root if local(str(one.tag)) == name), None)
    return iter(()) if found is None else iter(found)


def _body(wsdl: Wsdl, operation: Operation, message: Message, kids: list[etree._Element]) -> dict[str, object]:
    elements = tuple(wsdl.element(part, message.encoded) for part in message.parts)
    if message.wrapper:
        first = _first(kids, (message.wrapper, f"{operation.name}Response", operation.name))
        return _table(read_element(first, _holding("all", elements), wsdl.schemas))
    if len(elements) == 1:
        # Elements are told apart by name, and so are answers: that of another operation must not pass for this one's.
        return _table(read_element(_first(kids, (elements[0].tag,)), elements[0], wsdl.schemas))
    if not elements:
        return {}
    body = kids[0].getparent() if kids else None
    if body is None:
        raise Misfit("Body", "schema")
    return _table(read_element(body, _holding("sequence", elements), wsdl.schemas))


def _loosely(operation: Operation, message: Message, kids: list[etree._Element]) -> dict[str, object]:
    """Without the schema; only whose answer it is must be right."""
    parts = [part.element for part in message.parts if part.element]
    if not message.wrapper and len(parts) != 1:
        return {local(str(kid.tag)): xmltext.plain(kid) for kid in kids}
    names = (message.wrapper, f"{operation.name}Response", operation.name) if message.wrapper else (parts[0],)
    return _table(xmltext.plain(_first(kids, names)))


def _holding(kind: str, elements: tuple[Element, ...]) -> Element:
    group = Group("all" if kind == "all" else "sequence", elements)
    return Element("Body", known_type=Complex(content=group, open_attributes=True))


def _first(kids: list[etree._Element], tags: tuple[str, ...]) -> etree._Element:
    """The one element of the body. A namespace is compared where the answer has one."""
    if not kids:
        raise Misfit("Body", "schema")
    tag = str(kids[0].tag)
    if tag not in tags and not (local(tag) in map(local, tags) and (tag == local(tag) or tags[-1] == local(tags[-1]))):
        raise Misfit(local(tag), "schema")
    return kids[0]


def _table(value: object | None) -> dict[str, object]:
    if isinstance(value, dict):
        return dict(value)
    return {} if value is None else {xmltext.TEXT: value}


def _headers(
    wsdl: Wsdl, message: Message, root: etree._Element, signed: tuple[etree._Element, ...] | None
) -> dict[str, object]:
    known = {element.tag: element for element in (wsdl.element(part) for part in message.headers)}
    found: dict[str, object] = {}
    for block in _block(root, "Header"):
        if signed is not None and not any(block is one for one in signed):
            continue
        element = known.get(str(block.tag))
        value = xmltext.plain(block) if element is None else read_element(block, element, wsdl.schemas)
        if value is not None:
            found[local(str(block.tag))] = value
    return found


# --- SOAP's own encoding ----------------------------------------------------------------------------------------------

_HREFS = ("href", "{http://www.w3.org/2003/05/soap-encoding}ref")
_IDS = ("id", "{http://www.w3.org/2003/05/soap-encoding}id")


def _whole(kids: list[etree._Element]) -> list[etree._Element]:
    """The first element with every reference replaced by what it points to. Raises Unreadable for a circle, or too much of it."""
    by_id = {str(name): one for kid in kids for one in kid.iter() for key in _IDS if (name := one.get(key))}
    first = deepcopy(kids[0]) if kids else None
    if first is None:
        return kids
    budget = [MOST_ELEMENTS]
    _resolve(first, by_id, (), budget)
    return [first]


def _resolve(
    node: etree._Element, by_id: Mapping[str, etree._Element], above: tuple[str, ...], budget: list[int]
) -> None:
    said = next((str(node.get(key)).lstrip("#") for key in _HREFS if node.get(key)), "")
    if said in by_id:
        if said in above:
            raise Unreadable("circle")
        if len(above) >= DEEPEST:
            raise Unreadable("too_many_parts")
        above = (*above, said)
        target = by_id[said]
        for key in _HREFS:
            node.attrib.pop(key, None)
        node.text = target.text
        node.attrib.update({key: value for key, value in target.attrib.items() if key not in _IDS})
        node.extend([deepcopy(one) for one in target])
    budget[0] -= 1 + len(node)
    if budget[0] < 0:
        raise Unreadable("too_many_parts")
    for inner in node:
        _resolve(inner, by_id, above, budget)
