"""Reads WSDL 1.1 with its schemas out of a folder: services, ports, operations and the messages they exchange. It sends nothing.

Documents come from a reader that knows which of them may be used. What a document imports from an address on the network is looked for
in the folder by its name; nothing is ever fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from lxml import etree

from adapters.contract import Misconfigured
from adapters.kinds.xsd import (
    WSDL,
    XML,
    XSD,
    Element,
    Node,
    Place,
    documentation,
    local,
    named,
    namespace_of,
    qualified,
)
from adapters.kinds.xsd_schemas import Schemas

SOAP_11 = "http://schemas.xmlsoap.org/wsdl/soap/"
SOAP_12 = "http://schemas.xmlsoap.org/wsdl/soap12/"
ENVELOPES = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}
_VERSIONS = {SOAP_11: "1.1", SOAP_12: "1.2"}
_BIGGEST = 32 * 1024 * 1024
"""Of one document, in bytes; the largest public one that was tried has 3 MB."""

Read = Callable[[str], bytes]
"""Gives a document of the folder by its name there (`a/b.xsd`). Raises Misconfigured for one that may not be used."""


@dataclass(frozen=True)
class Part:
    """One part of a message: a global element, or a type under the part's own name."""

    name: str
    element: str = ""
    type: str = ""


@dataclass(frozen=True)
class Message:
    """What goes one way. `wrapper` is the element around the parts of an RPC call; a document's one part stands in the body itself."""

    parts: tuple[Part, ...] = ()
    headers: tuple[Part, ...] = ()
    wrapper: str = ""
    encoded: bool = False


@dataclass(frozen=True)
class Operation:
    """`output` is None for one that answers nothing. `faults` are the details that its faults may carry."""

    name: str
    action: str
    input: Message
    output: Message | None
    faults: tuple[Part, ...] = ()
    documentation: str = ""


@dataclass(frozen=True)
class Port:
    """One address of a service that speaks SOAP. The address is the department's own word, never where we send."""

    service: str
    name: str
    version: str
    address: str
    operations: Mapping[str, Operation]
    documentation: str = ""


@dataclass(frozen=True)
class Wsdl:
    """A whole description. `ports` stand in the order of the document."""

    ports: tuple[Port, ...]
    schemas: Schemas = field(repr=False)
    documents: tuple[str, ...] = ()
    """The names of every document that was read."""

    def port(self, service: str = "", name: str = "") -> Port:
        """The port of that name; without names the first one. Raises Misconfigured."""
        for port in self.ports:
            if service in ("", port.service) and name in ("", port.name):
                return port
        known = ", ".join(f"{port.service}/{port.name}" for port in self.ports) or "none that speaks SOAP over HTTP"
        raise Misconfigured(f"the WSDL has no port {service}/{name}; it has {known}.")

    def element(self, part: Part, encoded: bool = False) -> Element:
        """The element that a part is on the wire."""
        if part.element:
            return self.schemas.element(part.element)
        return Element(part.name, nillable=True, low=0 if encoded else 1, known_type=self.schemas.type(part.type))


def read_wsdl(name: str, read: Read, names: Iterator[str] | tuple[str, ...]) -> Wsdl:
    """The WSDL of that name; `names` are the documents that the folder has. Raises Misconfigured."""
    loader = _Loader(read, tuple(names))
    loader.load(name)
    ports = tuple(port for node, space in loader.services for port in _ports(loader, node, space))
    if not ports:
        raise Misconfigured(
            f"{name} has no port that speaks SOAP over HTTP; ask for the document with the service in it."
        )
    return Wsdl(ports, loader.schemas, tuple(loader.read))


class _Loader:
    """Walks over a WSDL and all that it imports, each document once."""

    def __init__(self, read: Read, names: tuple[str, ...]) -> None:
        self._read, self._names = read, names
        self.schemas = Schemas()
        self.read: dict[str, Node] = {}
        self._included: set[tuple[str, str]] = set()
        self.messages: dict[str, tuple[Node, str]] = {}
        self.port_types: dict[str, tuple[Node, str]] = {}
        self.bindings: dict[str, tuple[Node, str]] = {}
        self.services: list[tuple[Node, str]] = []

    def load(self, name: str) -> None:
        if name in self.read:
            return
        root = self._parsed(name)
        if root.tag == qualified(XSD, "schema"):
            self._schema(root, name)
            return
        if root.tag != qualified(WSDL, "definitions"):
            raise Misconfigured(f"{name} is no WSDL 1.1 (its root is {local(str(root.tag))}); ask for one.")
        space = root.get("targetNamespace", "")
        for node in root:
            kind = local(str(node.tag)) if isinstance(node.tag, str) else ""
            tag = qualified(space, node.get("name", ""))
            if kind == "import":
                self._import(node, name)
            elif kind == "types":
                for schema in node.iter(qualified(XSD, "schema")):
                    self._schema(schema, name)
            elif kind == "service":
                self.services.append((node, space))
            elif kind in ("message", "portType", "binding"):
                {"message": self.messages, "portType": self.port_types, "binding": self.bindings}[kind][tag] = (
                    node,
                    space,
                )

    def _import(self, node: Node, name: str) -> None:
        if node.get("location"):
            self.load(self._found(str(node.get("location")), name, node.get("namespace", "")))

    def _schema(self, schema: Node, name: str, namespace: str | None = None) -> None:
        self.schemas.add(schema, namespace)
        space = schema.get("targetNamespace", namespace or "")
        for node in schema:
            kind = local(str(node.tag)) if isinstance(node.tag, str) else ""
            place = node.get("schemaLocation")
            if kind in ("include", "redefine") and place:
                self._include(self._found(place, name, ""), space)
            elif kind == "import" and place and node.get("namespace") != XML:
                found = self._found(place, name, node.get("namespace", ""), needed=False)
                if found:
                    self.load(found)

    def _include(self, name: str, space: str) -> None:
        """The same document may be included under several namespaces, and then has its components in each."""
        if (name, space) in self._included:
            return
        self._included.add((name, space))
        root = self.read.get(name)
        if root is None:
            root = self._parsed(name)
        self._schema(root, name, space)

    def _parsed(self, name: str) -> Node:
        body = self._read(name)
        if len(body) > _BIGGEST:
            raise Misconfigured(f"{name} is larger than {_BIGGEST} bytes; it is hardly a WSDL.")
        # Documents are reviewed and pinned; some public schemas declare entities of their own. Nothing outside is ever read.
        parser = etree.XMLParser(
            load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
        )
        try:
            root = etree.fromstring(body, parser)
        except etree.XMLSyntaxError as e:
            raise Misconfigured(f"{name} is no XML (line {e.lineno}); ask for a whole one.") from None
        if root.getroottree().docinfo.doctype and root.tag != qualified(XSD, "schema"):
            raise Misconfigured(f"{name} declares a document type; take it out, no WSDL needs one.")
        self.read[name] = root
        return root

    def _found(self, place: str, beside: str, namespace: str, needed: bool = True) -> str:
        """The name in the folder of a document that another one refers to; "" for a schema that is not there and may not be needed."""
        path = unquote(urlsplit(place).path if "://" in place else place).replace("\\", "/")
        if "://" not in place:
            near = _joined(PurePosixPath(beside).parent, path)
            if near in self._names:
                return near
        tail = PurePosixPath(path).name.lower()
        alike = [name for name in self._names if tail and PurePosixPath(name).name.lower() == tail]
        alike = alike or [
            name for name in self._names if namespace and name != beside and self._defines(name, namespace)
        ]
        if len(alike) == 1 or (alike and "://" in place):
            return alike[0]
        if needed or "://" not in place:
            raise Misconfigured(
                f"{beside} refers to {place}, and no such document is there: put it where that says, or beside {beside}; "
                "a department's folder names it under [wire.documents] too."
            )
        return ""

    def _defines(self, name: str, namespace: str) -> bool:
        """Whether a schema lies there for this namespace, for imports by an address that names no file (`…?xsd=1`)."""
        if not name.lower().endswith(".xsd"):
            return False
        body = self._read(name)[:20_000]
        return f'targetNamespace="{namespace}"'.encode() in body or f"targetNamespace='{namespace}'".encode() in body


def _joined(folder: PurePosixPath, path: str) -> str:
    """The name of a path beside a document; one that climbs out of the folder is no name of any document there."""
    parts: list[str] = []
    for part in (*folder.parts, *PurePosixPath(path).parts):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in (".", "/"):
            parts.append(part)
    return "/".join(parts)


# --- ports and operations ---------------------------------------------------------------------------------------------


def _ports(loader: _Loader, service: Node, space: str) -> Iterator[Port]:
    for port in service.findall(qualified(WSDL, "port")):
        tag = named(port.get("binding", ""), port, Place(space))
        if tag not in loader.bindings or _type_of(loader, *loader.bindings[tag]) not in loader.port_types:
            continue  # a port that its own document does not describe: the others may be whole
        binding, inside = loader.bindings[tag]
        said = next((node for node in binding if _soap_version(node) and local(str(node.tag)) == "binding"), None)
        if said is None or "http" not in said.get("transport", "http").lower():
            continue  # HTTP without SOAP, JMS: not ours
        address = next((node.get("location", "") for node in port if local(str(node.tag)) == "address"), "")
        yield Port(
            service.get("name", ""),
            port.get("name", ""),
            _soap_version(said),
            address,
            _operations(loader, binding, said.get("style", "document"), inside),
            documentation(port) or documentation(service),
        )


def _type_of(loader: _Loader, binding: Node, space: str) -> str:
    return named(binding.get("type", ""), binding, Place(space))


def _soap_version(node: Node) -> str:
    tag = str(node.tag)
    return _VERSIONS.get(tag[1:].partition("}")[0], "") if tag.startswith("{") else ""


def _soap(node: Node | None, name: str) -> Iterator[Node]:
    for inner in node if node is not None else ():
        if _soap_version(inner) and local(str(inner.tag)) == name:
            yield inner


def _operations(loader: _Loader, binding: Node, style: str, space: str) -> dict[str, Operation]:
    port_type, inside = loader.port_types[_type_of(loader, binding, space)]
    found: dict[str, Operation] = {}
    known: dict[str, list[Node]] = {}
    for node in port_type.findall(qualified(WSDL, "operation")):
        known.setdefault(node.get("name", ""), []).append(node)
    for node in binding.findall(qualified(WSDL, "operation")):
        abstract = _abstract(known.get(node.get("name", ""), []), node)
        if abstract is None:
            continue
        name = node.get("name", "")
        operation = _operation(_Reading(loader, node, abstract, inside, space), style)
        # One name may stand for several operations; those after the first are told apart by their input.
        found[name if name not in found else f"{name}:{_name_of(node, 'input')}"] = operation
    return found


def _name_of(node: Node, way: str) -> str:
    inner = node.find(qualified(WSDL, way))
    return "" if inner is None else inner.get("name", "")


def _abstract(alike: list[Node], bound: Node) -> Node | None:
    """The operation of the port type: where several have the name, the one whose input is called the same."""
    exact = [node for node in alike if _name_of(node, "input") == _name_of(bound, "input")]
    return next(iter(exact or alike), None)


@dataclass(frozen=True)
class _Reading:
    """An operation as its binding says it and as its port type does."""

    loader: _Loader
    bound: Node
    abstract: Node
    space: str
    binding_space: str

    def message(self, way: str) -> Node | None:
        """`wsdl:message` of an input, an output or a fault of the port type."""
        inner = self.abstract.find(qualified(WSDL, way))
        return None if inner is None else self.of(inner)

    def of(self, node: Node) -> Node:
        return _message(self.loader, node, self.space)


def _message(loader: _Loader, node: Node, space: str) -> Node:
    tag = named(node.get("message", ""), node, Place(space))
    if tag not in loader.messages:
        raise Misconfigured(f"the WSDL has no message {local(tag)}; mend it.")
    return loader.messages[tag][0]


def _operation(reading: _Reading, style: str) -> Operation:
    bound, name = reading.bound, reading.bound.get("name", "")
    said = next(_soap(bound, "operation"), None)
    style = said.get("style", style) if said is not None else style
    faults = tuple(
        part
        for node in reading.abstract.findall(qualified(WSDL, "fault"))
        for part in _parts(reading, reading.of(node))
    )
    sent = _directed(reading, "input", name if style == "rpc" else "")
    return Operation(
        name,
        said.get("soapAction", "") if said is not None else "",
        sent or Message(),
        _directed(reading, "output", f"{name}Response" if style == "rpc" else ""),
        faults,
        documentation(reading.abstract) or documentation(bound),
    )


def _directed(reading: _Reading, way: str, wrapper: str) -> Message | None:
    message = reading.message(way)
    if message is None:
        return None
    bound = reading.bound.find(qualified(WSDL, way))
    # A message with files beside the envelope says so around its body.
    body = next(_soap(bound, "body"), None)
    if body is None and bound is not None:
        body = next((inner for node in bound.iter() for inner in _soap(node, "body")), None)
    headers = tuple(
        part
        for node in _soap(bound, "header")
        for part in _parts(reading, _message(reading.loader, node, reading.binding_space))
        if part.name == node.get("part")
    )
    parts = _parts(reading, message)
    if body is not None and body.get("parts") is not None:
        wanted = body.get("parts", "").split()
        parts = tuple(part for part in parts if part.name in wanted)
    elif not wrapper:
        apart = {part.element for part in headers if len(parts) > 1}
        parts = tuple(part for part in parts if part.element not in apart)
    space = body.get("namespace", reading.space) if body is not None else reading.space
    encoded = body is not None and body.get("use") == "encoded"
    return Message(parts, headers, qualified(space, wrapper) if wrapper else "", encoded)


def _parts(reading: _Reading, message: Node) -> tuple[Part, ...]:
    return tuple(
        Part(node.get("name", ""), _named(reading, node, "element"), _named(reading, node, "type"))
        for node in message.findall(qualified(WSDL, "part"))
    )


def _named(reading: _Reading, part: Node, kind: str) -> str:
    """The element or type of a part; "" where it names none."""
    said = part.get(kind, "")
    tag = named(said, part, Place(reading.space)) if said else ""
    if ":" in said or namespace_of(tag) != WSDL:
        return tag
    # Without a prefix it means the default namespace, which often is WSDL's own: there no schema has anything.
    return reading.loader.schemas.only(kind, said.strip()) or tag
