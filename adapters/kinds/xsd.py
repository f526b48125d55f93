"""XML Schema as a model to write and read messages by: elements, their order, types and documentation. It reads no document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Protocol, TypeAlias

from lxml import etree

from adapters.contract import Misconfigured
from adapters.kinds.xsd_simple import Simple

XSD = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"
ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
WSDL = "http://schemas.xmlsoap.org/wsdl/"
XMIME = "http://www.w3.org/2005/05/xmlmime"

Node: TypeAlias = etree._Element


@dataclass(frozen=True)
class Place:
    """Where a component is written: its document's target namespace and defaults."""

    namespace: str
    elements_qualified: bool = False
    attributes_qualified: bool = False


@dataclass(frozen=True)
class Attribute:
    """`tag` is `{namespace}name`, or the name alone, as it stands on the wire."""

    tag: str
    type: Simple
    required: bool = False
    fixed: str | None = None
    documentation: str = ""


class Known(Protocol):
    """The schemas that an element comes from."""

    def type_of(self, node: Node, place: Place) -> Type: ...

    def element(self, tag: str) -> Element: ...

    def stand_ins(self, head: str) -> Iterable[Element]: ...


@dataclass(frozen=True)
class Element:
    """One element as it stands on the wire. `high` None is unbounded. `type` is looked up when it is asked for."""

    tag: str
    low: int = 1
    high: int | None = 1
    nillable: bool = False
    abstract: bool = False
    fixed: str | None = None
    documentation: str = ""
    is_global: bool = False
    any_name: bool = False
    """Members of an array of SOAP's own encoding bear whatever name the server likes; here they are called by their tag."""
    node: Node | None = field(default=None, repr=False, compare=False)
    place: Place = Place("")
    schemas: Known | None = field(default=None, repr=False, compare=False)
    known_type: Type | None = field(default=None, repr=False)

    @cached_property
    def type(self) -> Type:
        if self.known_type is not None:
            return self.known_type
        assert self.schemas is not None and self.node is not None
        if self.is_global and (declared := self.schemas.element(self.tag)) is not self:
            return declared.type  # a type without a name is made once, however often the element is referred to
        return self.schemas.type_of(self.node, self.place)

    @property
    def name(self) -> str:
        return local(self.tag)

    @cached_property
    def alternatives(self) -> Mapping[str, Element]:
        """What may stand here by its tag: the element itself unless it is abstract, and every one that may take its place."""
        found = {} if self.abstract else {self.tag: self}
        if self.is_global and self.schemas is not None:
            found |= {one.tag: one for one in self.schemas.stand_ins(self.tag) if not one.abstract}
        return found


@dataclass(frozen=True)
class Any:
    """A place for elements that the schema does not name."""

    low: int = 1
    high: int | None = 1


@dataclass(frozen=True)
class Group:
    """Parts in order, in any order (`all`), or one of them (`choice`)."""

    kind: Literal["sequence", "choice", "all"]
    parts: tuple[Particle, ...]
    low: int = 1
    high: int | None = 1

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        """Every element that may stand here, in groups below and in place of others too, by its tag."""
        found: dict[str, Element] = {}
        for part in self.parts:
            if isinstance(part, Group):
                found.update(part.elements)
            elif isinstance(part, Element):
                found.update(part.alternatives)
        return found

    @cached_property
    def is_open(self) -> bool:
        """Whether elements may stand here that the schema does not name."""
        return any(isinstance(part, Any) or (isinstance(part, Group) and part.is_open) for part in self.parts)


Particle: TypeAlias = Element | Any | Group
EMPTY = Group("sequence", ())


@dataclass(frozen=True)
class Complex:
    """A type with attributes, parts, or both. `text` is the type of its text where it has one; `name` is "" where it has none."""

    name: str = ""
    content: Group = EMPTY
    text: Simple | None = None
    attributes: tuple[Attribute, ...] = ()
    open_attributes: bool = False
    mixed: bool = False
    abstract: bool = False
    documentation: str = ""


Type: TypeAlias = Simple | Complex
ANYTHING = Complex(f"{{{XSD}}}anyType", Group("sequence", (Any(0, None),)), open_attributes=True, mixed=True)


def local(tag: str) -> str:
    return tag.rpartition("}")[2]


def namespace_of(tag: str) -> str:
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def qualified(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}" if namespace else name


def named(text: str, node: Node, place: Place) -> str:
    """The tag that a prefixed name means at this node."""
    prefix, colon, name = text.strip().rpartition(":")
    known = node.nsmap
    if not colon:
        # An included schema without a namespace of its own takes that of the one that includes it.
        return qualified(known.get(None) or place.namespace, name)
    if prefix == "xml":
        return qualified(XML, name)
    if prefix not in known:
        raise Misconfigured(f"the schema uses the prefix {prefix!r} and binds it to no namespace; mend the document.")
    return qualified(known[prefix], name)


def documentation(node: Node) -> str:
    """What stands in `xs:documentation` and in `wsdl:documentation`, on one line."""
    found = node.findall(f"{{{XSD}}}annotation/{{{XSD}}}documentation") + node.findall(f"{{{WSDL}}}documentation")
    return " ".join(" ".join("".join(map(str, one.itertext())).split()) for one in found).strip()
