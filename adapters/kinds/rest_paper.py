"""Holds a mapping against the department's OpenAPI papers: the operation, its parameters, its body, every place of its answer.

A difference is a sentence for whoever wrote the mapping. Nothing is said of values: those are judged when they come.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from adapters.contract import Misconfigured
from adapters.kinds.documents import Documents
from adapters.kinds.line import Line
from adapters.kinds.paths import Steps, steps
from adapters.kinds.rest_describe import Body, Described, Operation, describe
from adapters.kinds.rest_read import inside_of
from adapters.kinds.rest_schema import Shape, stands
from adapters.kinds.rest_wire import auth_of
from adapters.kinds.settings import Settings
from adapters.kinds.templates import spelt
from catalog.types import Resource

PLACES = ("result", "request_echo", "department_no", "at")
"""Keys of a call that name one place in the answer, from its root."""


@dataclass(frozen=True)
class Calls:
    """Every request that a manifest makes: of questions with what is read of the answer, of what is told."""

    resources: Mapping[str, Resource]
    asks: tuple[Settings, ...]
    tells: tuple[Settings, ...]


_NAMED = re.compile(r"openapi\.(ya?ml|json)$")
_WRITTEN = re.compile(r"\.(ya?ml|json)$", re.IGNORECASE)
_TOP = re.compile(rb"""(?m)(?:^(?:\xef\xbb\xbf)?|[{,]\s*)["']?(?:openapi|swagger)["']?[ \t]*:\s*["']?[23]\b""")
_PATHS = re.compile(rb"""(?m)(?:^|[{,]\s*)["']?paths["']?[ \t]*:""")


def papers_of(documents: Documents) -> tuple[Described, ...]:
    """The pinned papers in OpenAPI, whatever their names; each is parsed once. Raises Misconfigured."""
    bodies = ((name, documents.read(name)) for name in documents.pins if _WRITTEN.search(name))
    return tuple(describe(body, name, documents.read) for name, body in bodies if _is_openapi(name, body))


def unread(documents: Documents, mentioned: Collection[str]) -> tuple[str, ...]:
    """Pinned files that nothing reads: no paper in OpenAPI, not `mentioned` by the mapping, and no paper refers to them. Raises Misconfigured."""
    bodies = {name: documents.read(name) for name in documents.pins}
    written = {name: body for name, body in bodies.items() if _WRITTEN.search(name)}
    left = (name for name in bodies if name not in mentioned and not _is_openapi(name, written.get(name, b"")))
    return tuple(
        name for name in left if not any(name.encode() in body for other, body in written.items() if other != name)
    )


def _is_openapi(name: str, body: bytes) -> bool:
    """By its top, without parsing it; a file of parts that others refer to has no paths."""
    return _NAMED.search(name) is not None or (_TOP.search(body) is not None and _PATHS.search(body) is not None)


def differences(line: Line, calls: Calls, papers: tuple[Described, ...]) -> Iterator[str]:
    """Sentences; none where mapping and papers agree."""
    by_where = {f"[resources.{code}] wire": resource for code, resource in calls.resources.items()}
    for settings in (*calls.asks, *calls.tells):
        operation = _operation(line, settings, papers)
        if operation is None:
            yield f"{settings.where}: no paper has {_method(settings)} {_path(line, settings)}; correct method and path."
            continue
        yield from _of_request(line, settings, operation)
        if operation.answer is not None:
            yield from _of_answer(settings, operation.answer, by_where.get(settings.where))


# --- the request ----------------------------------------------------------------------------------------------------


def _method(settings: Settings) -> str:
    return settings.text("method", "GET")


def _path(line: Line, settings: Settings) -> str:
    return settings.text("base", line.settings.text("base", "")) + settings.text("path")


def _operation(line: Line, settings: Settings, papers: tuple[Described, ...]) -> Operation | None:
    path = _path(line, settings)
    for paper in papers:
        for below in dict.fromkeys((path, path.removeprefix(paper.base) if paper.base else path)):
            found = paper.operation(_method(settings), below)
            if found is not None:
                return found
    return None


def _of_request(line: Line, settings: Settings, operation: Operation) -> Iterator[str]:
    auth = auth_of(line, settings)
    shown = {str(auth.table[key]).lower() for key in ("header", "query") if key in auth.table}
    given = {
        "query": {spelt(name).lower() for name in settings.inner("query").table} | shown,
        "header": {
            spelt(name).lower() for name in (*settings.inner("headers").table, *line.settings.inner("headers").table)
        }
        | shown,
    }
    known = {(one.place, one.name.lower()) for one in operation.parameters}
    for one in operation.parameters:
        if one.required and one.place in given and one.name.lower() not in given[one.place]:
            yield f"{settings.where}: {one.name} is required as a {one.place} parameter; fill it."
    for name in map(spelt, settings.inner("query").table):
        if ("query", name.lower()) not in known:
            yield f"{settings.where} query: the paper has no parameter {name!r}; correct it."
    if operation.request is None:
        if "body" in settings.table:
            yield f"{settings.where}: the paper has no body for {operation.method} {operation.path}; take it out."
    elif "body" in settings.table:
        yield from _of_body(settings.table["body"], operation.request.shape, f"{settings.where} body")
    elif operation.request.required:
        yield f"{settings.where}: {operation.method} {operation.path} needs a body; write one."


def _of_body(template: object, shape: Shape, where: str) -> Iterator[str]:
    """What a template would write, against what may stand there."""
    if shape.open or shape.kind == "any" or not isinstance(template, Mapping | list):
        return
    if isinstance(template, Mapping) and "each" in template:
        row = shape.children[0] if shape.kind == "list" and not template.get("single") else shape
        yield from _of_body(template.get("row"), row, where)
    elif isinstance(template, list):
        for inner in template:
            yield from _of_body(inner, shape.children[0] if shape.kind == "list" else shape, where)
    elif "from" not in template:
        yield from _of_table(template, shape, where)


def _of_table(template: Mapping[str, object], shape: Shape, where: str) -> Iterator[str]:
    if shape.kind == "list":
        shape = shape.children[0]
    for key, inner in template.items():
        if key in ("when", "@xmlns", "#"):
            continue
        name = spelt(key)
        child = shape.child(name)
        if child is None:
            yield f"{where}: the paper has no {name!r}; correct it."
        else:
            yield from _of_body(inner, child, f"{where}.{name}")
    for child in shape.children:
        if child.required and not child.alternative and child.name not in set(map(spelt, template)):
            yield f"{where}: {child.name!r} is required there; fill it."


# --- the answer -----------------------------------------------------------------------------------------------------


def _of_answer(settings: Settings, answer: Body, resource: Resource | None) -> Iterator[str]:
    opened = tuple(way for _, way, _ in inside_of(settings))
    for where, place, way in _places(settings, resource):
        if not any(way[: len(one)] == one for one in opened) and not stands(answer.shape, way):
            yield f"{where}: the paper has nothing at {place} of the answer; correct the path."


def _places(settings: Settings, resource: Resource | None) -> Iterator[tuple[str, str, Steps]]:
    """Every place that the mapping reads: where it says so, as it is written, and from the answer's root."""
    for key in PLACES:
        if settings.text(key, ""):
            yield f"{settings.where} {key}", settings.text(key), _steps(settings.text(key))
    if resource is None:
        return
    record = _steps(settings.text("record", "$"))
    yield f"{settings.where} record", settings.text("record", "$"), record
    for key, place in settings.inner("echo").table.items():
        yield f"{settings.where} echo {key}", str(place), record + _steps(str(place))
    if "candidates" in settings.table:
        several = settings.inner("candidates")
        way = _steps(several.text("path"))
        yield several.where, several.text("path"), way
        yield f"{several.where} choice", several.text("choice"), way + _steps(several.text("choice"))
    document = settings.inner("document")
    if "path" in document.table and "fetch" not in document.table:
        yield document.where, document.text("path"), record + _steps(document.text("path"))
    for field in resource.fields:
        yield from _of_wire(field.wire, f"[resources.{resource.code}.fields] {field.name}", record)
    for listed in resource.lists:
        where = f"[resources.{resource.code}.lists] {listed.name}"
        yield from _of_wire(listed.wire, where, record)
        if "split" not in listed.wire:
            row = record + _steps(str(listed.wire.get("path", "$")))
            for field in listed.fields:
                yield from _of_wire(field.wire, f"{where}.{field.name}", row)


def _of_wire(wire: Mapping[str, object], where: str, below: Steps) -> Iterator[tuple[str, str, Steps]]:
    path = wire.get("path")
    for place in path if isinstance(path, list) else [path] if isinstance(path, str) else []:
        yield where, str(place), below + _steps(str(place))
    for key in ("when", "must", "divide"):
        inner = wire.get(key)
        if isinstance(inner, Mapping) and isinstance(inner.get("path"), str):
            yield f"{where} {key}", str(inner["path"]), below + _steps(str(inner["path"]))


def _steps(place: str) -> Steps:
    try:
        return steps(place)
    except ValueError as e:
        raise Misconfigured(f"{e}.") from e
