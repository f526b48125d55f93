"""Reads an element that a schema describes into the plain tree of `paths`, and says where it is not what the schema promises.

Order, names and numbers of elements and the shape of numbers and dates must be right; lengths, patterns and lists of words are left
to the mapping, since departments break them in fields that nobody asks for. Prefixes mean nothing, and a namespace may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

from adapters.kinds import xmltext
from adapters.kinds.paths import AloneText
from adapters.kinds.xmltext import TEXT
from adapters.kinds.xsd import (
    XSI,
    Any,
    Complex,
    Element,
    Group,
    Node,
    Particle,
    Type,
    local,
    namespace_of,
    qualified,
)
from adapters.kinds.xsd_schemas import Schemas
from adapters.kinds.xsd_simple import BUILTIN, Simple, misfit

_NIL = f"{{{XSI}}}nil"
_TYPE = f"{{{XSI}}}type"
DEEPEST = 100
"""Elements within one another. Each takes six calls of this reader, and Python bears a thousand."""


Place: TypeAlias = "tuple[Place, str, int | None] | None"
"""Where in the answer: the place above, a name, and which of several. Spelt out only where something is wrong."""


def _spelt(place: Place, name: str = "") -> str:
    parts = [name] if name else []
    while place is not None:
        above, here, at = place
        parts.append(here if at is None else f"{here}[{at}]")
        place = above
    return ".".join(reversed(parts))


class Misfit(Exception):
    """An answer is not what the schema promises: `place` is where, `rule` one of unknown_element, missing_element, schema_value, schema."""

    def __init__(self, place: str, rule: str) -> None:
        super().__init__(f"{place}: {rule}")
        self.place, self.rule = place, rule


def read_element(node: Node, element: Element, schemas: Schemas) -> object | None:
    """The value below this element. Raises Misfit."""
    return _Reader(schemas).value(node, element.type, None, 0)


@dataclass
class _Found:
    """The children read so far. `many` names always become lists."""

    values: dict[str, object | None] = field(default_factory=dict)

    def add(self, name: str, value: object | None, many: bool) -> None:
        known = self.values.get(name)
        if isinstance(known, list):
            known.append(value)
        elif many:
            self.values[name] = [value]
        elif name in self.values:
            self.values[name] = [known, value]
        else:
            self.values[name] = value


@dataclass
class _Cursor:
    """The children of one element, and how far they are read."""

    kids: list[Node]
    content: Group
    place: Place
    depth: int
    at: int = 0
    found: _Found = field(default_factory=_Found)

    @property
    def here(self) -> Node | None:
        return self.kids[self.at] if self.at < len(self.kids) else None

    def misfit(self, wanted: str) -> Misfit:
        """Where nothing stands, or something that belongs elsewhere here, `wanted` is missing; anything else is unknown."""
        here = self.here
        known = {local(tag) for tag in self.content.elements}
        if here is None or (wanted and local(str(here.tag)) in known):
            return Misfit(_spelt(self.place, wanted), "missing_element")
        return Misfit(_spelt(self.place, local(str(here.tag))), "unknown_element")


@dataclass(frozen=True)
class _Reader:
    schemas: Schemas

    def value(self, node: Node, of: Type, place: Place, depth: int) -> object | None:
        if node.get(_NIL) in ("true", "1"):
            return None
        if depth > DEEPEST:
            raise Misfit(_spelt(place), "schema")
        of = self._said_type(node, of)
        if isinstance(of, Simple):
            if len(node):
                raise Misfit(_spelt(place, local(str(node[0].tag))), "unknown_element")
            return _read_text(of, node.text or "", place)
        return self._complex(node, of, place, depth)

    def _said_type(self, node: Node, of: Type) -> Type:
        """The type that the element itself names, where the schemas know it."""
        said = node.get(_TYPE)
        if not said:
            return of
        prefix, _, name = said.strip().rpartition(":")
        tag = qualified(node.nsmap.get(prefix or None, ""), name)
        if self.schemas.has("type", tag):
            return self.schemas.type(tag)
        if isinstance(of, Complex) and of.content.is_open and name in BUILTIN:
            return Simple(name, name)
        return of

    def _complex(self, node: Node, of: Complex, place: Place, depth: int) -> object | None:
        found: dict[str, object | None] = {
            f"@{local(str(name))}": value for name, value in node.attrib.items() if namespace_of(str(name)) != XSI
        }
        if of.text is not None:
            text = _read_text(of.text, node.text or "", place)
            return text if not found else found | ({TEXT: text} if text is not None else {})
        kids = [kid for kid in node if isinstance(kid.tag, str)]
        cursor = _Cursor(kids, of.content, place, depth + 1)
        self._group(of.content, cursor, many=False, following=frozenset())
        if cursor.here is not None:
            raise cursor.misfit("")
        found |= cursor.found.values
        text = "".join((node.text or "", *(kid.tail or "" for kid in node))) if of.mixed else ""
        if text.strip():
            return AloneText(text) if not found else found | {TEXT: text}
        return found or None

    # --- parts --------------------------------------------------------------------------------------------------------

    def _part(self, part: Particle, cursor: _Cursor, many: bool, following: frozenset[str]) -> None:
        if isinstance(part, Element):
            self._element(part, cursor, many)
        elif isinstance(part, Any):
            self._any(part, cursor, following)
        else:
            self._group(part, cursor, many, following)

    def _element(self, element: Element, cursor: _Cursor, many: bool) -> None:
        count = 0
        while (element.high is None or count < element.high) and (here := cursor.here) is not None:
            one = _alike(element, str(here.tag))
            if one is None:
                break
            name = element.name if element.any_name else local(str(here.tag))
            many_here = many or element.high != 1
            place = (cursor.place, name, count if many_here else None)
            cursor.found.add(name, self.value(here, one.type, place, cursor.depth), many_here)
            cursor.at += 1
            count += 1
        if count < element.low:
            raise cursor.misfit(element.name)

    def _any(self, part: Any, cursor: _Cursor, following: frozenset[str]) -> None:
        """Takes what stands here, but leaves what a later part names."""
        count = 0
        while (part.high is None or count < part.high) and (here := cursor.here) is not None:
            if str(here.tag) in following:
                break
            cursor.found.add(local(str(here.tag)), xmltext.plain(here), many=False)
            cursor.at += 1
            count += 1
        if count < part.low:
            raise cursor.misfit("any")

    def _group(self, group: Group, cursor: _Cursor, many: bool, following: frozenset[str]) -> None:
        many = many or group.high != 1
        count = 0
        while group.high is None or count < group.high:
            start = cursor.at
            if count >= group.low and not self._begins(group, cursor):
                return
            self._once(group, cursor, many, following)
            count += 1
            if cursor.at == start:
                return

    def _once(self, group: Group, cursor: _Cursor, many: bool, following: frozenset[str]) -> None:
        if group.kind == "all":
            self._all(group, cursor, many)
        elif group.kind == "choice":
            self._choice(group, cursor, many, following)
        else:
            for at, part in enumerate(group.parts):
                later = following
                if isinstance(part, Any) or (isinstance(part, Group) and part.is_open):
                    later = following.union(*(_tags(one) for one in group.parts[at + 1 :]))
                self._part(part, cursor, many, later)

    def _choice(self, group: Group, cursor: _Cursor, many: bool, following: frozenset[str]) -> None:
        for part in group.parts:
            if self._begins(part, cursor):
                self._part(part, cursor, many, following)
                return
        if not any(_may_be_absent(part) for part in group.parts):
            raise cursor.misfit("/".join(local(tag) for tag in list(group.elements)[:3]))

    def _all(self, group: Group, cursor: _Cursor, many: bool) -> None:
        left = list(group.parts)
        while True:
            part = next((one for one in left if self._begins(one, cursor)), None)
            if part is None:
                break
            left.remove(part)
            self._part(part, cursor, many, frozenset())
        for one in left:
            if not _may_be_absent(one):
                raise cursor.misfit(one.name if isinstance(one, Element) else "")

    def _begins(self, part: Particle, cursor: _Cursor) -> bool:
        """Whether what stands here belongs to this part. Schemas must be written so that one look is enough."""
        here = cursor.here
        if here is None:
            return False
        if isinstance(part, Element):
            return _alike(part, str(here.tag)) is not None
        return isinstance(part, Any) or any(
            self._begins(one, cursor) for one in (part.parts if part.kind != "sequence" else _leading(part))
        )


def _leading(group: Group) -> Iterator[Particle]:
    """The parts of a sequence that may stand first."""
    for part in group.parts:
        yield part
        if not _may_be_absent(part):
            return


def _alike(element: Element, tag: str) -> Element | None:
    """The element that this tag is. One side may lack the namespace: gateways take it away, and some servers never had it."""
    found = element if element.any_name else element.alternatives.get(tag)
    if found is not None:
        return found
    name, space = local(tag), namespace_of(tag)
    for known, one in element.alternatives.items():
        if local(known) == name and (not space or not namespace_of(known)):
            return one
    return None


def _tags(part: Particle) -> frozenset[str]:
    if isinstance(part, Element):
        return frozenset(part.alternatives)
    return frozenset(part.elements) if isinstance(part, Group) else frozenset()


def _may_be_absent(part: Particle) -> bool:
    if part.low == 0:
        return True
    if not isinstance(part, Group):
        return False
    if part.kind == "choice":
        return not part.parts or any(_may_be_absent(inner) for inner in part.parts)
    return all(_may_be_absent(inner) for inner in part.parts)


_SHAPED = frozenset(BUILTIN) - {
    "string",
    "normalizedString",
    "token",
    "anyURI",
    "anySimpleType",
    "QName",
    "NOTATION",
    "language",
    "ID",
    "IDREF",
}


def _read_text(of: Simple, text: str, place: Place) -> str | None:
    """The text where its shape is right. Raises Misfit."""
    if not text.strip():
        return None
    if not of.union and of.item is None and of.base in _SHAPED:
        shape = Simple(of.base, of.base)
        if misfit(shape, text):
            raise Misfit(_spelt(place), "schema_value")
        if of.base == "boolean":
            return {"1": "true", "0": "false"}.get(text.strip(), text.strip())
        if of.base == "date":
            return text.strip()[:10] if text.strip()[4:5] == "-" else text.strip()
    return text


def parsed(text: str) -> Node:
    """The root of an answer whose text was made safe. Raises xmltext.Unreadable."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise xmltext.Unreadable("xml") from None
