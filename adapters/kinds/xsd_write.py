"""Writes a filled request tree as the element that a schema describes: order, namespaces and nil are the schema's business.

Keys are local names (`{namespace}name` where two alike stand side by side, `{}from` for one that is a word of templates), `@name` is an attribute, `#` the text beside attributes,
`@xsi:type` the name of a type that takes the declared one's place. What has no value is left out, or nil, or named as missing.
"""

from __future__ import annotations

import base64
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from lxml import etree

from adapters.contract import Misconfigured
from adapters.kinds.templates import Unfillable
from adapters.kinds.values import BEIJING
from adapters.kinds.xsd import (
    ANYTHING,
    XSI,
    Any,
    Attribute,
    Complex,
    Element,
    Group,
    Node,
    Type,
    local,
    namespace_of,
)
from adapters.kinds.xsd_schemas import Schemas
from adapters.kinds.xsd_simple import Simple, misfit

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TEXT = "#"
TYPE = "@xsi:type"
_NIL = f"{{{XSI}}}nil"
_TYPE = f"{{{XSI}}}type"


@dataclass(frozen=True)
class Writer:
    """`encoded` writes the type of each element beside it, as SOAP's own encoding wants."""

    schemas: Schemas
    encoded: bool = False

    def write(self, parent: Node, element: Element, value: object, place: str = "") -> None:
        """Appends the element. Raises Unfillable for values, Misconfigured for keys that the schema does not know."""
        if _is_absent(value):
            if element.low == 0 or element.fixed is not None:
                return
            if not element.nillable and (value is None or isinstance(value, str)):
                raise Unfillable(place or element.name, "schema")
        node = etree.SubElement(parent, element.tag)
        if _is_absent(value) and element.nillable:
            node.set(_NIL, "true")
            return
        of = self._type(element, value, node, place)
        self.fill(node, of, value, place)

    def fill(self, node: Node, of: Type, value: object, place: str) -> None:
        """The attributes, text and children of an element."""
        if isinstance(of, Simple):
            node.text = _text(of, value[TEXT] if isinstance(value, Mapping) and set(value) == {TEXT} else value, place)
            return
        if not isinstance(value, Mapping):
            if of.text is None and not of.mixed:
                raise Unfillable(place, "schema") if isinstance(value, list) else _unknown(place, "a text")
            node.text = _text(of.text, value, place)
            return
        self._attributes(node, of, value, place)
        if value.get(TEXT) is not None:
            node.text = _text(of.text, value[TEXT], f"{place}.{TEXT}")
        waiting = _Waiting(value, place)
        if not of.content.is_open:
            # A mistake of the mapping is told before what is missing because of it.
            known = {name for tag in of.content.elements for name in (tag, local(tag))}
            for key in waiting.keys - known:
                raise _unknown(place, f"an element {key}")
        self._group(node, of.content, waiting)
        self._leftover(node, waiting)

    def _type(self, element: Element, value: object, node: Node, place: str) -> Type:
        """The declared type, or the one that the value names in its place."""
        of = element.type
        said = value.get(TYPE) if isinstance(value, Mapping) else None
        if said is None:
            if isinstance(of, Complex) and of.abstract:
                raise _unknown(place, f"a value of the abstract type {local(of.name)}: name the real one in {TYPE};")
            if self.encoded and of is not ANYTHING and _name_of(of):
                _say_type(node, _name_of(of))
            return of
        base = _name_of(of)
        for tag in (base, *self.schemas.below(base)) if base and of is not ANYTHING else self.schemas.type_names():
            if said in (tag, local(tag)):
                _say_type(node, tag)
                return self.schemas.type(tag)
        raise _unknown(place, f"a type {said}")

    def _attributes(self, node: Node, of: Complex, value: Mapping[str, object], place: str) -> None:
        known = {local(one.tag): one for one in of.attributes} | {one.tag: one for one in of.attributes}
        for key, inner in value.items():
            if not key.startswith("@") or key == TYPE or inner is None:
                continue
            one = known.get(key[1:]) or (Attribute(key[1:], _PLAIN) if of.open_attributes else None)
            if one is None:
                raise _unknown(place, f"an attribute {key}")
            node.set(one.tag, _text(one.type, inner, f"{place}.{key}"))
        for one in of.attributes:
            if one.tag not in node.attrib and one.required:
                if one.fixed is None:
                    raise Unfillable(f"{place}.@{local(one.tag)}", "schema")
                node.set(one.tag, one.fixed)

    # --- the parts of a group -----------------------------------------------------------------------------------------

    def _group(self, node: Node, group: Group, waiting: _Waiting) -> None:
        rounds = 0
        while group.high is None or rounds < group.high:
            if not waiting.has_value(group) and (rounds >= max(group.low, 1) or (rounds or group.low == 0)):
                return
            left = waiting.left(group)
            if group.kind == "choice":
                self._choice(node, group, waiting)
            else:
                for part in group.parts:
                    self._part(node, part, waiting)
            rounds += 1
            if waiting.left(group) == left:
                return

    def _part(self, node: Node, part: Element | Any | Group, waiting: _Waiting) -> None:
        if isinstance(part, Group):
            self._group(node, part, waiting)
        elif isinstance(part, Element):
            self._element(node, part, waiting)

    def _element(self, node: Node, element: Element, waiting: _Waiting) -> None:
        for one in element.alternatives.values():
            taken = waiting.take(one, None if element.high is None else element.high)
            for value, place in taken:
                self.write(node, one if one is element else _within(one, element), value, place)
            if taken:
                return
        if element.low > 0 and element.fixed is None:
            if not element.nillable and not _may_be_empty(element):
                raise Unfillable(waiting.at(element), "schema")
            self.write(node, element, None if element.nillable else {}, waiting.at(element))

    def _choice(self, node: Node, group: Group, waiting: _Waiting) -> None:
        """The first alternative, in the order of the value's own keys, that has a value."""
        best = waiting.first(group)
        for part in group.parts:
            tags = part.elements if isinstance(part, Group) else part.alternatives if isinstance(part, Element) else {}
            if best is not None and best.tag in tags:
                self._part(node, part, waiting)
                return
        if best is None and not group.is_open and not any(_may_be_absent(part) for part in group.parts):
            named = ", ".join(local(tag) for tag in list(group.elements)[:5])
            raise Unfillable(f"{waiting.place or 'request'}: one of {named}", "schema")

    def _leftover(self, node: Node, waiting: _Waiting) -> None:
        for key, values in waiting.rest():
            if key in waiting.known:
                raise Unfillable(f"{waiting.place}.{key}".lstrip("."), "schema")
            for value in values:
                self._open(node, key, value, f"{waiting.place}.{key}")

    def _open(self, node: Node, key: str, value: object, place: str) -> None:
        """An element where any may stand: by its schema where there is one, else as it is written."""
        space = value.get("@xmlns") if isinstance(value, Mapping) else None
        element = self.schemas.find_element(f"{{{space}}}{key}" if space else key)
        if element is not None and not element.abstract:
            self.write(node, element, _without_namespace(value), place)
        elif value is not None:
            inner = etree.SubElement(node, f"{{{space}}}{key}" if space else key)
            self.fill(inner, ANYTHING, _without_namespace(value), place)


_PLAIN = Simple("string", "string")


class _Waiting:
    """The values of one element that are not written yet, by their keys."""

    def __init__(self, value: Mapping[str, object], place: str) -> None:
        self.place = place
        self.known: set[str] = set()
        self._values: dict[str, deque[object]] = {
            key.removeprefix("{}"): deque(inner if isinstance(inner, list) else [inner])
            for key, inner in value.items()
            if not key.startswith("@") and key != TEXT
        }
        self._sizes = {key: len(values) for key, values in self._values.items()}

    @property
    def keys(self) -> set[str]:
        return set(self._values)

    def _key(self, element: Element) -> str:
        return element.tag if element.tag in self._values else element.name

    def at(self, element: Element) -> str:
        return f"{self.place}.{self._key(element)}".lstrip(".")

    def take(self, element: Element, most: int | None) -> list[tuple[object, str]]:
        key = self._key(element)
        self.known.add(key)
        values = self._values.get(key, deque())
        taken: list[tuple[object, str]] = []
        while values and (most is None or len(taken) < most):
            many = self._sizes[key] > 1
            place = f"{self.place}.{key}".lstrip(".") + (f"[{self._sizes[key] - len(values)}]" if many else "")
            taken.append((values.popleft(), place))
        return taken

    def has_value(self, group: Group) -> bool:
        return group.is_open or any(
            not _is_absent(one)
            for element in group.elements.values()
            for one in self._values.get(self._key(element), ())
        )

    def left(self, group: Group) -> int:
        return sum(len(self._values.get(self._key(element), ())) for element in group.elements.values())

    def first(self, group: Group) -> Element | None:
        """The element of a choice that comes first among those with a value; of those with none, the first that is named at all."""
        by_key = {self._key(element): element for element in group.elements.values()}
        self.known.update(by_key)
        named = [key for key, values in self._values.items() if key in by_key and values]
        valued = [key for key in named if not all(_is_absent(one) for one in self._values[key])]
        for key in named:
            if not valued or key not in valued:
                self._values[key].clear()
        return by_key[valued[0]] if valued else None

    def rest(self) -> list[tuple[str, list[object]]]:
        return [
            (key, [one for one in values if one is not None])
            for key, values in self._values.items()
            if any(one is not None for one in values) or (values and key not in self.known)
        ]


def _without_namespace(value: object) -> object:
    return {name: one for name, one in value.items() if name != "@xmlns"} if isinstance(value, Mapping) else value


def _within(one: Element, head: Element) -> Element:
    return (
        one
        if one.low == head.low
        else Element(one.tag, head.low, head.high, one.nillable, node=one.node, place=one.place, schemas=one.schemas)
    )


def _is_absent(value: object) -> bool:
    """No value, however deep. A table without keys is an element that is empty on purpose."""
    if isinstance(value, Mapping):
        return bool(value) and all(_is_absent(inner) for inner in value.values())
    if isinstance(value, list):
        return all(_is_absent(inner) for inner in value)
    return value is None


def _may_be_absent(part: Element | Any | Group) -> bool:
    return part.low == 0 or (isinstance(part, Group) and all(_may_be_absent(inner) for inner in part.parts))


def _may_be_empty(element: Element) -> bool:
    of = element.type
    if isinstance(of, Simple):
        return False
    return of.text is None and not any(one.required for one in of.attributes) and _may_be_absent(of.content)


def _name_of(of: Type) -> str:
    if isinstance(of, Complex):
        return of.name
    return f"{{http://www.w3.org/2001/XMLSchema}}{of.base}" if of.name == of.base else ""


def _say_type(node: Node, tag: str) -> None:
    """`xsi:type`, with a prefix that is bound on this element."""
    space = namespace_of(tag)
    prefix = next((known for known, uri in node.nsmap.items() if uri == space and known), "")
    if not prefix and space:
        # lxml binds prefixes only when an element is made: a throw-away attribute makes it bind one here.
        node.set(f"{{{space}}}t", "")
        prefix = next(known for known, uri in node.nsmap.items() if uri == space and known)
        del node.attrib[f"{{{space}}}t"]
    node.set(_TYPE, f"{prefix}:{local(tag)}" if prefix else local(tag))


def _unknown(place: str, what: str) -> Misconfigured:
    return Misconfigured(f"the schema does not know {what} at {place or 'the request'}; correct the mapping.")


def _text(of: Simple | None, value: object, place: str) -> str:
    """A value as its type writes it. Raises Unfillable, which never repeats it."""
    if isinstance(value, Mapping | list) or value is None:
        raise Unfillable(place, "single_value")
    text = _written(of, value)
    rule = misfit(of, text) if of is not None else ""
    if rule:
        raise Unfillable(place, f"schema:{rule}")
    if _FORBIDDEN.search(text):
        raise Unfillable(place, "xml_characters")
    return text


def _written(of: Simple | None, value: object) -> str:
    base = of.base if of is not None else "string"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.hex().upper() if base == "hexBinary" else base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime):
        here = value.astimezone(BEIJING) if value.tzinfo else value
        return here.date().isoformat() if base == "date" else here.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)
