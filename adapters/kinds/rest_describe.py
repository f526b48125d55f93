"""Reads an OpenAPI 3.0 or 3.1 paper (or Swagger 2.0): its operations, their parameters, the trees of request bodies and answers. It asks and maps nothing.

References are followed inside the paper, and into other files of the folder where the caller reads them; never to an address.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import cast
from urllib.parse import unquote, urlsplit

from adapters.contract import Misconfigured
from adapters.kinds import yaml12
from adapters.kinds.rest_schema import Known, Node, Shape, shape_of
from adapters.kinds.rest_swagger import as_openapi

METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
ReadFile = Callable[[str], bytes]
"""Another file of the folder by its name; one that begins with `..` lies above it. Raises Misconfigured."""


@dataclass(frozen=True)
class Parameter:
    """`place` is path, query, header or cookie; `joined` stands between several values that are written as one."""

    name: str
    place: str
    required: bool
    description: str
    shape: Shape
    joined: str = ""


@dataclass(frozen=True)
class Body:
    """A body of a request or an answer. `examples` are whole bodies from the paper, by name."""

    media_type: str
    required: bool
    shape: Shape
    examples: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Security:
    """A way to show who asks: `kind` is api_key, basic, bearer, oauth2 or other; `name` the header or query word of a key."""

    code: str
    kind: str
    place: str = ""
    name: str = ""
    token_path: str = ""
    scopes: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Operation:
    """`security`: codes, any one of them. Trees are made when they are first looked at: of a thousand operations few are used.

    Whatever makes a tree raises Misconfigured for a reference that leads nowhere."""

    method: str
    path: str
    operation_id: str
    title: str
    description: str
    security: tuple[str, ...]
    deprecated: bool
    _reader: _Reader = field(repr=False)
    _item: Node = field(repr=False)
    _node: Node = field(repr=False)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        given: dict[tuple[str, str], Parameter] = {}
        for found in (*_rows(self._item, "parameters"), *_rows(self._node, "parameters")):
            given |= {(one.place, one.name): one for one in _parameters(self._reader, self._reader.node(found))}
        for name in re.findall(r"\{([^{}]+)\}", self.path):
            # Some papers forget to say so.
            given.setdefault(("path", name), Parameter(name, "path", True, "", Shape(name, "text")))
        return tuple(given.values())

    @cached_property
    def request(self) -> Body | None:
        return _body(self._reader, self._reader.table(self._node, "requestBody"))

    @cached_property
    def statuses(self) -> Mapping[str, Node]:
        """What the paper says of each status ("200", "2XX", "default"), as it stands there."""
        said = self._reader.table(self._node, "responses").items()
        return {str(status): self._reader.node(found) for status, found in said}

    @property
    def answers(self) -> Mapping[str, Body | None]:
        """The body of each status; None where the paper promises none."""
        return {status: _body(self._reader, found) for status, found in self.statuses.items()}

    @cached_property
    def answer(self) -> Body | None:
        """The body of success: 200, else the first of 2xx, else the default."""
        good = [*sorted(status for status in self.statuses if status.startswith("2")), "default"]
        bodies = (_body(self._reader, self.statuses[status]) for status in good if status in self.statuses)
        return next((body for body in bodies if body is not None), None)


@dataclass(frozen=True)
class Described:
    """What a paper says. `base` is the path of its first server (`/scjg/v1`), never an address to be used; `host` is that server's, for words about it."""

    title: str
    version: str
    description: str
    base: str
    operations: tuple[Operation, ...]
    securities: Mapping[str, Security]
    host: str = ""

    def operation(self, method: str, path: str) -> Operation | None:
        """By method and template; names of the parts in braces do not matter."""
        return next(iter(self.alike(method, path)), None)

    def alike(self, method: str, path: str) -> tuple[Operation, ...]:
        """All that it may be: some papers tell two calls of one address apart by nothing but the name in braces."""
        wanted = _parts(path)
        fitting = [one for one in self.operations if one.method == method.upper() and _same(_parts(one.path), wanted)]
        first = min(map(_open_parts, fitting), default=None)
        return tuple(one for one in fitting if _open_parts(one) == first)


def describe(paper: bytes, name: str, read_file: ReadFile | None = None) -> Described:
    """`name` is the file's, for messages. Raises Misconfigured with what to do."""
    tree = _tree(paper, name)
    if str(tree.get("swagger", "")).startswith("2."):
        tree = as_openapi(tree)
    version = str(tree.get("openapi", ""))
    if not version.startswith(("3.0", "3.1")):
        said = f"OpenAPI {version}" if version else "no OpenAPI"
        raise Misconfigured(f"{name} is {said}; OpenAPI 3.0 or 3.1 is read here: have it exported or converted anew.")
    reader = _Reader(name, tree, read_file)
    root = reader.root
    securities = {
        code: _security(code, reader.node(found))
        for code, found in reader.table(reader.table(root, "components"), "securitySchemes").items()
    }
    operations = tuple(_operations(reader))
    if not operations:
        raise Misconfigured(f"{name} describes no operation; ask the department for the whole paper.")
    about = reader.table(root, "info")
    return Described(
        _text(about, "title"),
        _text(about, "version"),
        _text(about, "description"),
        _base(root),
        operations,
        securities,
        urlsplit(_server(root)).netloc,
    )


# --- the paper ------------------------------------------------------------------------------------------------------


def _tree(paper: bytes, name: str) -> Node:
    try:
        text = paper.decode("utf-8-sig")
        found = json.loads(text) if text.lstrip().startswith("{") else yaml12.read(text)
    except (UnicodeDecodeError, ValueError, yaml12.Broken, RecursionError) as e:
        raise Misconfigured(f"{name} is neither JSON nor YAML in UTF-8 ({type(e).__name__}); mend it.") from None
    if not isinstance(found, Mapping):
        raise Misconfigured(f"{name} is no OpenAPI paper: it holds no table; ask the department for it anew.")
    return found


@dataclass
class _Reader:
    """Follows references; `where` stands in messages."""

    where: str
    root: Node
    read_file: ReadFile | None
    known: Known = field(default_factory=dict)
    _files: dict[str, Node] = field(default_factory=dict)

    def node(self, found: object, hops: int = 0) -> Node:
        """The table itself, or the one that it refers to."""
        if not isinstance(found, Mapping):
            return {}
        if not isinstance(found.get("$ref"), str):
            return found
        if hops > 20:
            raise Misconfigured(f"{self.where}: a reference leads back to itself; ask the department to mend it.")
        beside = {key: value for key, value in found.items() if key in ("description", "summary")}
        return {**self.node(self._target(found["$ref"]), hops + 1), **beside}

    def table(self, node: Node, key: str) -> Node:
        return self.node(node.get(key))

    def _target(self, reference: str) -> object:
        file, _, pointer = reference.partition("#")
        here: object = self._file(file) if file else self.root
        for part in filter(None, pointer.split("/")):
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(here, list):
                here = here[int(key)] if key.isdecimal() and int(key) < len(here) else None
            else:
                here = here.get(key) if isinstance(here, Mapping) else None
        if not isinstance(here, Mapping):
            raise Misconfigured(f"{self.where} refers to {reference}, which it does not hold; ask for the whole paper.")
        # References in another file are meant from there.
        return _rebased(here, file) if file else here

    def _file(self, file: str) -> Node:
        if "://" in file or self.read_file is None:
            raise Misconfigured(f"{self.where} refers to {file}, which is not in it; put all into one file.")
        file = near(self.where, file)
        if file not in self._files:
            self._files[file] = _tree(self.read_file(file), file)
        return self._files[file]


def near(document: str, way: str) -> str:
    """The name of the file to which a way leads from a document: what climbs out of the folder keeps its dots."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(document), way))


def _rebased(node: object, file: str) -> object:
    if isinstance(node, Mapping):
        return {
            key: _from(file, value) if key == "$ref" and isinstance(value, str) else _rebased(value, file)
            for key, value in node.items()
        }
    return [_rebased(one, file) for one in node] if isinstance(node, list) else node


def _from(file: str, reference: str) -> str:
    """A reference that stands in another file, as the paper itself would say it."""
    way, mark, pointer = reference.partition("#")
    return f"{near(file, way) if way and '://' not in way else way or file}{mark}{pointer}"


def _text(node: Node, key: str) -> str:
    return str(node.get(key) or "").strip()


def _rows(node: Node, key: str) -> list[object]:
    found = node.get(key)
    return found if isinstance(found, list) else []


def _server(root: Node) -> str:
    servers = _rows(root, "servers")
    return _text(cast("Node", servers[0]), "url") if servers and isinstance(servers[0], Mapping) else ""


def _base(root: Node) -> str:
    address = _server(root)
    path = address.split("://", 1)[-1]
    return (path[path.index("/") :] if "/" in path else "").rstrip("/") if "://" in address else address.rstrip("/")


def _security(code: str, node: Node) -> Security:
    said = _text(node, "type").lower()
    scheme = _text(node, "scheme").lower()
    flows = node.get("flows")
    flow = flows.get("clientCredentials") if isinstance(flows, Mapping) else None
    kind = {"apikey": "api_key", "oauth2": "oauth2" if flow else "other"}.get(said, "other")
    if said == "http" and scheme in ("basic", "bearer"):
        kind = scheme
    token, scopes = (
        ("", ()) if not isinstance(flow, Mapping) else (_text(flow, "tokenUrl"), tuple(flow.get("scopes") or ()))
    )
    return Security(code, kind, _text(node, "in"), _text(node, "name"), token, scopes, _text(node, "description"))


def _operations(reader: _Reader) -> Iterator[Operation]:
    for path, found in reader.table(reader.root, "paths").items():
        item = reader.node(found)
        for method in METHODS:
            if isinstance(item.get(method), Mapping):
                yield _operation(reader, str(path), method, item, cast("Node", item[method]))


def _operation(reader: _Reader, path: str, method: str, item: Node, node: Node) -> Operation:
    needed = node.get("security", reader.root.get("security"))
    return Operation(
        method.upper(),
        path,
        _text(node, "operationId"),
        _text(node, "summary") or _text(item, "summary"),
        _text(node, "description"),
        tuple(code for one in (needed if isinstance(needed, list) else []) if isinstance(one, Mapping) for code in one),
        node.get("deprecated") is True,
        reader,
        item,
        node,
    )


def _parameters(reader: _Reader, node: Node) -> Iterator[Parameter]:
    """The parameter, or of a table in the query each word that its style writes: `filter[name]`, or `name` alone. Deeper ones have such a word only by `deepObject`."""
    one = _parameter(reader, node)
    style = _text(node, "style") or "form"
    deep = style == "deepObject"
    spread = deep or (style == "form" and node.get("explode") is not False)
    is_table = one.place == "query" and one.shape.kind == "object" and bool(one.shape.children) and "schema" in node
    if not (is_table and spread):
        yield one
        return
    yield from _words(one.shape, one.name if deep else "", one.required)


def _words(table: Shape, under: str, required: bool) -> Iterator[Parameter]:
    for child in table.children:
        name = f"{under}[{child.name}]" if under else child.name
        needed = required and child.required and not child.alternative
        if child.kind == "object" and under:
            yield from _words(child, name, needed)
        elif child.kind != "object":
            yield Parameter(name, "query", needed, child.description, replace(child, name=name, required=needed))


def _parameter(reader: _Reader, node: Node) -> Parameter:
    schema = node.get("schema")
    if schema is None:
        schema = next((reader.node(one).get("schema") for one in reader.table(node, "content").values()), {})
    shape = shape_of(reader.node, schema, _text(node, "name"), known=reader.known)
    place = _text(node, "in")
    return Parameter(
        _text(node, "name"),
        place,
        place == "path" or node.get("required") is True,
        _text(node, "description") or shape.description,
        replace(shape, example=node.get("example", shape.example)),
        _joined(node, place) if shape.kind == "list" else "",
    )


def _joined(node: Node, place: str) -> str:
    style = _text(node, "style") or ("form" if place in ("query", "cookie") else "simple")
    if style == "simple":
        return ","
    whole = node.get("explode") is False or (style != "form" and node.get("explode") is not True)
    return {"form": ",", "pipeDelimited": "|", "spaceDelimited": " "}.get(style, "") if whole else ""


def _body(reader: _Reader, node: Node) -> Body | None:
    contents = reader.table(node, "content")
    if not contents:
        return None
    media_type = min(contents, key=_preference)
    content = reader.node(contents[media_type])
    examples = {code: reader.node(found).get("value") for code, found in reader.table(content, "examples").items()}
    if "example" in content:
        examples["example"] = content["example"]
    plain = media_type.split(";")[0].strip().lower()
    return Body(
        plain,
        node.get("required") is True,
        shape_of(reader.node, content.get("schema"), "", plain, reader.known),
        examples,
    )


def _preference(media_type: str) -> int:
    """JSON, then XML, then forms, then whatever there is."""
    plain = media_type.lower()
    order = ("json", "xml", "x-www-form-urlencoded", "form-data")
    return next((at for at, word in enumerate(order) if word in plain), len(order))


def _open_parts(one: Operation) -> tuple[int, int]:
    """`/a/own` goes before `/a/{one}`, and `/a/{one}:undo` too."""
    return one.path.count("{"), -len(re.sub(r"\{[^{}]*\}", "", one.path))


def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def _same(theirs: tuple[str, ...], ours: tuple[str, ...]) -> bool:
    """Whether their template takes our path: what they have in braces is any part of one segment, in braces too or not."""
    return len(theirs) == len(ours) and all(_takes(a, b) for a, b in zip(theirs, ours, strict=True))


def _takes(theirs: str, ours: str) -> bool:
    pattern = "".join(".+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^{}]*\})", theirs))
    return re.fullmatch(pattern, ours) is not None
