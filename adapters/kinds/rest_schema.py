"""Turns one schema of an OpenAPI paper into the tree of its places, and makes a sample answer from such a tree. It reads no file.

A circle is cut where it begins anew, and what stands below is then not known (`open`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

DEEPEST = 24
"""Deeper tables are cut; no form of a department is nested so far."""
DEEP = 3
"""From here down a tree that was cut at a circle stands for every other of its reference, wherever each would be cut."""
MOST_SHAPES = 5_000
"""Of one body: a generated paper may refer round in circles of circles."""

Node = Mapping[str, object]

_KINDS = {"object": "object", "array": "list", "string": "text", "integer": "integer", "number": "number", "boolean": "boolean"}  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """One place in a body. `kind` is object, list, text, integer, number, boolean or any; a list has one child, its row.

    `alternative` counts the choices of a oneOf or anyOf from 1 (0: always there); `open`: more than the children may stand here."""

    name: str
    kind: str
    title: str = ""
    description: str = ""
    format: str = ""
    pattern: str = ""
    enumeration: tuple[str, ...] = ()
    required: bool = False
    nullable: bool = False
    alternative: int = 0
    open: bool = False
    example: object = None
    least: float | None = None
    longest: int | None = None
    children: tuple[Shape, ...] = ()

    def child(self, name: str) -> Shape | None:
        return next((one for one in self.children if one.name == name), None)


Known = dict[tuple[str, bool, bool], tuple[Shape, int]]
"""Trees of references that were made before, with how many places they have: large papers refer to the same over and over. By
reference, whether in words of XML, and whether it was cut at a circle: those serve far below alone."""


def shape_of(
    follow: Callable[[object], Node], schema: object, name: str, media_type: str = "", known: Known | None = None
) -> Shape:
    """The tree of a schema; with a media type of XML in the words of its elements and attributes, below the root's name.

    `follow` gives a table or the one that it refers to. Raises Misconfigured as `follow` does."""
    xml = media_type.endswith(("/xml", "+xml"))
    maker = _Maker(follow, xml, {} if known is None else known)
    made = maker.make(schema, name, ())
    if not xml:
        return made
    root = maker.element(schema, _referred(schema).rsplit("/", 1)[-1] or "root")
    return Shape("", "object", children=(replace(made, name=root, required=True),))


def walk(shape: Shape, path: str = "$") -> Iterator[tuple[str, Shape]]:
    """Every place of a body with its path as a mapping writes it; a row of a list is `[0]`."""
    yield path, shape
    for child in shape.children:
        yield from walk(child, f"{path}[0]" if shape.kind == "list" else f"{path}.{child.name}")


@dataclass
class _Maker:
    follow: Callable[[object], Node]
    xml: bool
    known: Known
    made: int = 0
    cut: int = 0
    limited: int = 0

    def make(self, schema: object, name: str, inside: tuple[str, ...]) -> Shape:
        self.made += 1
        reference = _referred(schema)
        known = self._known(reference, inside)
        if known is not None:
            return replace(known, name=name, description=_beside(schema) or known.description)
        if reference in inside or len(inside) > DEEPEST or self.made > MOST_SHAPES:
            self.cut += 1
            self.limited += reference not in inside
            node = self.follow(schema)
            return Shape(name, _kind(node), description=_text(node, "description"), open=True)
        made, cut, limited = self.made, self.cut, self.limited
        shape = self._of(self.follow(schema), name, (*inside, reference or f"\0{len(inside)}"))
        if reference and self.limited == limited and not _beside(schema) and not (self.xml and shape.kind == "list"):
            # A row of XML is called by where it stands. What is whole is the same wherever it stands.
            self.known[reference, self.xml, self.cut != cut] = (shape, self.made - made)
        return shape

    def _known(self, reference: str, inside: tuple[str, ...]) -> Shape | None:
        """A tree of this reference that may stand here, if there is room for it."""
        found = self.known.get((reference, self.xml, False))
        if found is None and len(inside) >= DEEP and reference not in inside:
            found = self.known.get((reference, self.xml, True))
        if found is None or self.made + found[1] > MOST_SHAPES:
            return None
        self.made += found[1]
        return found[0]

    def _of(self, node: Node, name: str, below: tuple[str, ...]) -> Shape:
        for key in ("oneOf", "anyOf"):
            if isinstance(node.get(key), list):
                return self._either(node, key, name, below)
        return self._plain(self._merged(node, below), name, below)

    def element(self, schema: object, name: str) -> str:
        said = self.follow(schema).get("xml")
        return str(said["name"]) if isinstance(said, Mapping) and said.get("name") else name

    def _merged(self, node: Node, inside: tuple[str, ...]) -> Node:
        """allOf is one table of all of them."""
        parts = node.get("allOf")
        self.made += 1
        if not isinstance(parts, list) or len(inside) > DEEPEST or self.made > MOST_SHAPES:
            return node
        merged: dict[str, object] = {}
        for part in (*parts, {key: value for key, value in node.items() if key != "allOf"}):
            found = self._merged(self.follow(part), (*inside, ""))
            properties = {**_table(merged, "properties"), **_table(found, "properties")}
            required = [*_list(merged, "required"), *_list(found, "required")]
            merged = {**merged, **found, "properties": properties, "required": required}
        return merged if merged.get("properties") else {k: v for k, v in merged.items() if k != "properties"}

    def _either(self, node: Node, key: str, name: str, inside: tuple[str, ...]) -> Shape:
        choices = [one for one in _list(node, key) if self.follow(one).get("type") != "null"]
        nullable = len(choices) < len(_list(node, key)) or node.get("nullable") is True
        own = {other: value for other, value in node.items() if other != key}
        if len(choices) == 1 and not own.get("properties"):
            only = self.make(choices[0], name, inside)
            return replace(
                only,
                nullable=True if nullable else only.nullable,
                description=_text(node, "description") or only.description,
            )
        shapes = [_told_apart(self.make(one, name, inside), *_telling(node, one)) for one in choices]
        if own.get("properties") or own.get("allOf"):
            shapes.insert(0, self._plain(self._merged(own, inside), name, inside))
        if not shapes:
            return Shape(name, "any", nullable=nullable, open=True)
        return _union(shapes, name, nullable, _text(node, "description"))

    def _plain(self, node: Node, name: str, inside: tuple[str, ...]) -> Shape:
        kind = _kind(node)
        words = node.get("enum") if isinstance(node.get("enum"), list) else [node["const"]] if "const" in node else []
        assert isinstance(words, list)
        shape = Shape(
            name,
            kind,
            _text(node, "title"),
            _text(node, "description"),
            _text(node, "format"),
            _text(node, "pattern"),
            tuple(_word(one) for one in words if one is not None),
            nullable=node.get("nullable") is True or "null" in _types(node) or None in words,
            open=kind == "any" or (kind == "object" and _is_open(node)),
            example=_example(node),
            least=_number(node, "minimum"),
            longest=_whole(node, "maxLength"),
        )
        if kind == "list":
            return self._list(node, shape, inside)
        return replace(shape, children=self._properties(node, inside)) if kind == "object" else shape

    def _list(self, node: Node, shape: Shape, inside: tuple[str, ...]) -> Shape:
        said = node.get("xml")
        row_name = self.element(node.get("items"), shape.name) if self.xml else ""
        row = self.make(node.get("items", {}), row_name, inside)
        whole = replace(shape, children=(replace(row, name=row_name),))
        if self.xml and isinstance(said, Mapping) and said.get("wrapped") is True:
            return replace(shape, kind="object", children=(replace(whole, name=row_name, required=True),))
        return replace(whole, name=row_name) if self.xml and row_name else whole

    def _properties(self, node: Node, inside: tuple[str, ...]) -> tuple[Shape, ...]:
        required = set(map(str, _list(node, "required")))
        found = []
        for key, schema in _table(node, "properties").items():
            name = self.element(schema, str(key)) if self.xml else str(key)
            said = self.follow(schema).get("xml") if self.xml else None
            if isinstance(said, Mapping) and said.get("attribute") is True:
                name = f"@{name}"
            found.append(replace(self.make(schema, name, inside), required=str(key) in required))
        return tuple(found)


def _telling(node: Node, choice: object) -> tuple[str, str]:
    """The place by which a reader tells the alternatives apart, and what stands there in this one: by the paper's list, else its schema's name."""
    said = _table(node, "discriminator")
    reference = _referred(choice)
    name = reference.rsplit("/", 1)[-1]
    listed = (word for word, other in _table(said, "mapping").items() if other in (reference, name))
    return str(said.get("propertyName", "")), next(listed, name)


def _told_apart(shape: Shape, place: str, word: str) -> Shape:
    if not place or not word:
        return shape
    return replace(
        shape,
        children=tuple(
            replace(one, enumeration=(word,))
            if one.name == place and one.kind == "text" and not one.enumeration
            else one
            for one in shape.children
        ),
    )


def _union(shapes: list[Shape], name: str, nullable: bool, description: str) -> Shape:
    """What one of several may be: their places together, each marked with its alternative unless all have it. What one alternative alone
    has is `required` where that is chosen."""
    children: dict[str, Shape] = {}
    for at, shape in enumerate(shapes, start=1):
        for child in shape.children:
            everywhere = all(other.child(child.name) for other in shapes)
            mark = 0 if everywhere else at
            known = children.get(child.name, replace(child, alternative=mark))
            said = tuple(dict.fromkeys((*known.enumeration, *child.enumeration))) if known.enumeration else ()
            # Two tables of one name that hold other places: what an answer has there is either's, and neither denies the other.
            is_open = known.open or _holds(known) != _holds(child)
            children[child.name] = replace(
                known,
                open=is_open,
                enumeration=said,
                required=known.required and child.required if everywhere else known.required,
            )
    kinds = {shape.kind for shape in shapes}
    words = tuple(dict.fromkeys(word for shape in shapes for word in shape.enumeration))
    return replace(
        shapes[0],
        name=name,
        kind=shapes[0].kind if len(kinds) == 1 else "any",
        description=description or shapes[0].description,
        enumeration=words,
        nullable=nullable or any(shape.nullable for shape in shapes),
        open=len(kinds) > 1 or any(shape.open for shape in shapes),
        children=tuple(children.values()),
    )


def _holds(shape: Shape) -> tuple[str, frozenset[str]]:
    rows = shape.children[0] if shape.kind == "list" and shape.children else shape
    return shape.kind, frozenset(child.name for child in rows.children)


# --- single words of a schema ---------------------------------------------------------------------------------------


def _referred(schema: object) -> str:
    found = schema.get("$ref") if isinstance(schema, Mapping) else None
    return found if isinstance(found, str) else ""


def _beside(schema: object) -> str:
    """What is said of a reference where it stands."""
    return _text(schema, "description") if isinstance(schema, Mapping) else ""


def _types(node: Node) -> tuple[str, ...]:
    said = node.get("type")
    return tuple(map(str, said)) if isinstance(said, list) else (said,) if isinstance(said, str) else ()


def _kind(node: Node) -> str:
    named = [one for one in _types(node) if one != "null"]
    if len(named) == 1:
        return _KINDS.get(named[0], "any")
    if named:
        return "any"
    if "properties" in node or "additionalProperties" in node:
        return "object"
    if "items" in node:
        return "list"
    words = _list(node, "enum") or ([node["const"]] if "const" in node else [])
    return "text" if words and all(isinstance(one, str) for one in words) else "any"


def _is_open(node: Node) -> bool:
    more = node.get("additionalProperties")
    return isinstance(more, Mapping) or more is True or not node.get("properties")


def _example(node: Node) -> object:
    if "example" in node:
        return node["example"]
    said = _list(node, "examples")
    return said[0] if said else node.get("default", node.get("const"))


def _text(node: Node, key: str) -> str:
    return str(node.get(key) or "").strip()


def _table(node: Node, key: str) -> Mapping[str, object]:
    found = node.get(key)
    return found if isinstance(found, Mapping) else {}


def _list(node: Node, key: str) -> list[object]:
    found = node.get(key)
    return found if isinstance(found, list) else []


def _word(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _number(node: Node, key: str) -> float | None:
    found = node.get(key)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _whole(node: Node, key: str) -> int | None:
    found = node.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
