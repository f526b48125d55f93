"""Looks up the components of a set of schema documents: elements, types, groups, attributes. It opens no file.

A component is looked up when it is first used, so a WSDL with thousands of types loads as fast as its files parse, and a type that
nobody uses may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, cast

from adapters.contract import Misconfigured
from adapters.kinds.xsd import (
    ANYTHING,
    EMPTY,
    ENCODING,
    WSDL,
    XMIME,
    XML,
    XSD,
    Any,
    Attribute,
    Complex,
    Element,
    Group,
    Node,
    Particle,
    Place,
    Type,
    documentation,
    local,
    named,
    namespace_of,
    qualified,
)
from adapters.kinds.xsd_simple import ANY_SIMPLE, BUILTIN, Simple, restricted


class Schemas:
    """Every component of a set of schema documents, by kind and name. Raises Misconfigured for what no document holds."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[str, str], tuple[Node, Place]] = {}
        self._types: dict[str, Type] = {}
        self._elements: dict[str, Element] = {}
        self._members: dict[str, list[str]] = {}
        self._derived: dict[str, list[str]] = {}

    def add(self, schema: Node, namespace: str | None = None) -> None:
        """Takes in the components of one `xs:schema`. `namespace` is that of the one that includes it."""
        place = Place(
            schema.get("targetNamespace", namespace or ""),
            schema.get("elementFormDefault") == "qualified",
            schema.get("attributeFormDefault") == "qualified",
        )
        for node in schema:
            if isinstance(node.tag, str) and node.get("name"):
                self._take(node, place)
            elif node.tag == f"{{{XSD}}}redefine":
                for inner in node:
                    if isinstance(inner.tag, str) and inner.get("name"):
                        self._take(inner, place, again=True)

    def _take(self, node: Node, place: Place, again: bool = False) -> None:
        kind = {"simpleType": "type", "complexType": "type"}.get(local(node.tag), local(node.tag))
        tag = qualified(place.namespace, str(node.get("name")))
        if again and (kind, tag) in self._nodes:
            # A redefinition extends what it replaces: the former stays known under a name that no document can write.
            self._nodes[kind, f"{tag} before"] = self._nodes.pop((kind, tag))
        if (kind, tag) in self._nodes:
            return
        self._nodes[kind, tag] = node, place
        if node.get("substitutionGroup"):
            self._members.setdefault(named(str(node.get("substitutionGroup")), node, place), []).append(tag)
        for step in ("complexContent", "simpleContent"):
            for inner in node.findall(f"{{{XSD}}}{step}/*[@base]"):
                self._derived.setdefault(named(str(inner.get("base")), inner, place), []).append(tag)

    # --- components ---------------------------------------------------------------------------------------------------

    def element(self, tag: str) -> Element:
        """A global element."""
        if tag not in self._elements:
            self._elements[tag] = self._element(*self._node("element", tag), is_global=True)
        return self._elements[tag]

    def type(self, tag: str) -> Type:
        """A named type, of XML Schema itself too."""
        if tag not in self._types:
            self._types[tag] = self._named_type(tag)
        return self._types[tag]

    def type_of(self, node: Node, place: Place) -> Type:
        """The type that an element or attribute names, or holds, or has of the element that it may stand for."""
        if node.get("type"):
            return self.type(named(str(node.get("type")), node, place))
        for inner in node:
            if inner.tag == f"{{{XSD}}}simpleType":
                return self._simple(inner, place, "")
            if inner.tag == f"{{{XSD}}}complexType":
                return self._complex(inner, place, "")
        if node.get("substitutionGroup"):
            return self.element(named(str(node.get("substitutionGroup")), node, place)).type
        return ANYTHING if local(node.tag) == "element" else ANY_SIMPLE

    def stand_ins(self, head: str) -> Iterator[Element]:
        """The elements that may stand where `head` is named, members of members too."""
        for tag in self._members.get(head, ()):
            yield self.element(tag)
            yield from self.stand_ins(tag)

    def below(self, tag: str) -> Iterator[str]:
        """The named types that extend or restrict this one, however far down."""
        for inner in self._derived.get(tag, ()):
            yield inner
            yield from self.below(inner)

    def has(self, kind: str, tag: str) -> bool:
        return (kind, tag) in self._nodes

    def type_names(self) -> Iterator[str]:
        return (tag for kind, tag in list(self._nodes) if kind == "type")

    def find_element(self, key: str) -> Element | None:
        """The global element of that tag, or the only one of that local name; None where there is none, or several."""
        alike = [tag for kind, tag in self._nodes if kind == "element" and key in (tag, local(tag))]
        return self.element(alike[0]) if len(alike) == 1 else None

    def only(self, kind: str, name: str) -> str:
        """The tag of the only component of that local name; "" where there is none, or several."""
        alike = self._alike(kind, name)
        return alike[0] if len(alike) == 1 else ""

    def _alike(self, kind: str, name: str) -> list[str]:
        return [tag for one, tag in self._nodes if one == kind and local(tag) == name]

    def _node(self, kind: str, tag: str) -> tuple[Node, Place]:
        if (kind, tag) not in self._nodes:
            spaces = ", ".join(repr(namespace_of(one)) for one in self._alike(kind, local(tag))[:3])
            raise Misconfigured(
                f"no schema has the {kind} {local(tag)} of namespace {namespace_of(tag)!r}; "
                + (f"one of that name is in {spaces}: correct its prefix, or " if spaces else "")
                + "put the document that defines it beside the WSDL."
            )
        return self._nodes[kind, tag]

    def _named_type(self, tag: str) -> Type:
        if namespace_of(tag) in (XSD, ENCODING) and ("type", tag) not in self._nodes:
            return _builtin(tag)
        node, place = self._node("type", tag)
        return (self._simple if local(node.tag) == "simpleType" else self._complex)(node, place, tag)

    # --- elements, groups ---------------------------------------------------------------------------------------------

    def _element(self, node: Node, place: Place, is_global: bool = False) -> Element:
        if node.get("ref"):
            low, high = occurs(node)
            return replace(self.element(named(str(node.get("ref")), node, place)), low=low, high=high)
        form = node.get("form")
        inside = is_global or form == "qualified" or (form is None and place.elements_qualified)
        low, high = (1, 1) if is_global else occurs(node)
        return Element(
            qualified(place.namespace if inside else "", str(node.get("name"))),
            low,
            high,
            nillable=node.get("nillable") in ("true", "1"),
            abstract=node.get("abstract") in ("true", "1"),
            fixed=node.get("fixed"),
            documentation=documentation(node),
            is_global=is_global,
            node=node,
            place=place,
            schemas=self,
        )

    def _group(self, node: Node, place: Place) -> Particle | None:
        kind = local(str(node.tag))
        low, high = occurs(node)
        if kind == "element":
            return self._element(node, place)
        if kind == "any":
            return Any(low, high)
        if kind == "group":
            return replace(self._named_group(node, place), low=low, high=high)
        if kind not in ("sequence", "choice", "all"):
            return None
        parts = tuple(part for inner in node if (part := self._part(inner, place)) is not None)
        return Group(cast("Literal['sequence', 'choice', 'all']", kind), parts, low, high)

    def _part(self, node: Node, place: Place) -> Particle | None:
        """None for a comment, and for what may never occur."""
        part = self._group(node, place) if isinstance(node.tag, str) else None
        return None if part is None or part.high == 0 else part

    def _named_group(self, node: Node, place: Place) -> Group:
        tag = named(str(node.get("ref")), node, place)
        found, where = self._node("group", tag)
        for inner in found:
            part = self._part(inner, where)
            if isinstance(part, Group):
                return part
        return EMPTY

    # --- types --------------------------------------------------------------------------------------------------------

    def _complex(self, node: Node, place: Place, tag: str) -> Complex:
        made = Complex(
            tag,
            mixed=node.get("mixed") in ("true", "1"),
            abstract=node.get("abstract") in ("true", "1"),
            documentation=documentation(node),
        )
        for step in ("complexContent", "simpleContent"):
            content = node.find(f"{{{XSD}}}{step}")
            if content is not None:
                derivation = next(inner for inner in content if inner.get("base"))
                return self._derived_from(derivation, place, tag, made)
        return self._filled(made, node, place)

    def _filled(self, made: Complex, node: Node, place: Place) -> Complex:
        """With the parts and attributes that stand in this node."""
        groups = [part for inner in node if isinstance(part := self._part(inner, place), Group)]
        attributes, is_open = self._attributes(node, place)
        return replace(made, content=groups[0] if groups else EMPTY, attributes=attributes, open_attributes=is_open)

    def _derived_from(self, node: Node, place: Place, tag: str, made: Complex) -> Complex:
        base_tag = named(str(node.get("base")), node, place)
        if base_tag == tag and ("type", f"{tag} before") in self._nodes:
            base_tag = f"{tag} before"
        if base_tag == f"{{{ENCODING}}}Array":
            return replace(made, content=self._array(node, place), open_attributes=True)
        base = self.type(base_tag)
        own = self._filled(made, node, place)
        if isinstance(base, Simple):
            return replace(own, text=base)
        attributes = _merged(base.attributes, own.attributes)
        is_open = own.open_attributes or base.open_attributes
        if local(str(node.tag)) == "restriction":
            text = restricted(base.text, node) if base.text else None
            content = own.content if own.content.parts or base.text is None else base.content
            return replace(own, content=content, text=text, attributes=attributes, open_attributes=is_open)
        content = _joined(base.content, own.content)
        mixed = own.mixed or base.mixed
        return replace(
            own, content=content, text=base.text, attributes=attributes, open_attributes=is_open, mixed=mixed
        )

    def _array(self, node: Node, place: Place) -> Group:
        """An array of SOAP's own encoding: elements of any name, of the type that `wsdl:arrayType` says."""
        said = [inner for inner in node.iter() if inner.get(f"{{{WSDL}}}arrayType")]
        own = self._filled(Complex(), node, place).content
        if own.parts or not said:
            return own if own.parts else Group("sequence", (Any(0, None),))
        item = named(str(said[0].get(f"{{{WSDL}}}arrayType")).partition("[")[0], said[0], place)
        return Group("sequence", (Element("item", 0, None, known_type=self.type(item), nillable=True, any_name=True),))

    def _simple(self, node: Node, place: Place, tag: str) -> Simple:
        return replace(self._derived_simple(node, place, tag), documentation=documentation(node))

    def _derived_simple(self, node: Node, place: Place, tag: str) -> Simple:
        for inner in node:
            kind = local(str(inner.tag))
            if kind == "restriction":
                return replace(restricted(self._base(inner, place, tag), inner), name=local(tag))
            if kind == "list":
                item = inner.get("itemType")
                of = self._as_simple(named(item, inner, place)) if item else self._first_simple(inner, place)
                return Simple(local(tag), "string", item=of)
            if kind == "union":
                members = [self._as_simple(named(one, inner, place)) for one in inner.get("memberTypes", "").split()]
                members += [self._simple(one, place, "") for one in inner.findall(f"{{{XSD}}}simpleType")]
                return Simple(local(tag), "string", union=tuple(members))
        return ANY_SIMPLE

    def _base(self, node: Node, place: Place, tag: str) -> Simple:
        if not node.get("base"):
            return self._first_simple(node, place)
        base = named(str(node.get("base")), node, place)
        return self._as_simple(f"{tag} before" if base == tag else base)

    def _first_simple(self, node: Node, place: Place) -> Simple:
        inner = node.find(f"{{{XSD}}}simpleType")
        return ANY_SIMPLE if inner is None else self._simple(inner, place, "")

    def _as_simple(self, tag: str) -> Simple:
        found = self.type(tag)
        return found if isinstance(found, Simple) else found.text or ANY_SIMPLE

    # --- attributes ---------------------------------------------------------------------------------------------------

    def _attributes(self, node: Node, place: Place) -> tuple[tuple[Attribute, ...], bool]:
        found: list[Attribute] = []
        is_open = False
        for inner in node:
            kind = local(str(inner.tag))
            if kind == "attribute" and inner.get("use") != "prohibited":
                found.append(self._attribute(inner, place))
            elif kind == "attributeGroup" and inner.get("ref"):
                group, where = self._node("attributeGroup", named(str(inner.get("ref")), inner, place))
                more, opened = self._attributes(group, where)
                found += more
                is_open = is_open or opened
            elif kind == "anyAttribute":
                is_open = True
        return tuple(found), is_open

    def _attribute(self, node: Node, place: Place) -> Attribute:
        required = node.get("use") == "required"
        if node.get("ref"):
            tag = named(str(node.get("ref")), node, place)
            if ("attribute", tag) not in self._nodes and namespace_of(tag) in _KNOWN_ATTRIBUTES:
                return Attribute(tag, ANY_SIMPLE, required)
            found, where = self._node("attribute", tag)
            return replace(self._attribute(found, where), tag=tag, required=required)
        form = node.get("form")
        inside = form == "qualified" or (form is None and place.attributes_qualified)
        tag = qualified(place.namespace if inside else "", str(node.get("name")))
        of = self.type_of(node, place)
        simple = of if isinstance(of, Simple) else ANY_SIMPLE
        return Attribute(tag, simple, required, node.get("fixed"), documentation(node))


_KNOWN_ATTRIBUTES = (XML, ENCODING, WSDL, XMIME)
"""Namespaces whose few attributes everybody knows: their documents need not lie beside the WSDL."""


def occurs(node: Node) -> tuple[int, int | None]:
    high = str(node.get("maxOccurs", "1"))
    return int(node.get("minOccurs", "1")), None if high == "unbounded" else int(high)


def _builtin(tag: str) -> Type:
    name = local(tag)
    if name == "anyType" or (namespace_of(tag) == ENCODING and name in ("Array", "Struct")):
        return ANYTHING
    if name not in BUILTIN:
        raise Misconfigured(f"XML Schema has no type {name!r}; mend the document.")
    return Simple(name, name)


def _joined(base: Group, own: Group) -> Group:
    """The parts of an extension stand after those of its base."""
    if not base.parts or not own.parts:
        return base if base.parts else own
    return Group("sequence", (base, own))


def _merged(base: tuple[Attribute, ...], own: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    return tuple({attribute.tag: attribute for attribute in (*base, *own)}.values())
