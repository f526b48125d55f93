"""Holds a mapping against the department's OpenAPI papers: the operation, its parameters, its body, every place of its answer.

A difference is a sentence for whoever wrote the mapping. Nothing is said of values: those are judged when they come.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from adapters.kinds.answer_places import places
from adapters.kinds.compared import Compared, Place, judged, together
from adapters.kinds.documents import Documents
from adapters.kinds.line import Line
from adapters.kinds.paths import Every, Text, Those, Within
from adapters.kinds.rest_describe import Body, Described, Operation, describe
from adapters.kinds.rest_schema import Shape
from adapters.kinds.rest_wire import auth_of
from adapters.kinds.settings import Settings
from adapters.kinds.templates import spelt
from catalog.nearest import one_of
from catalog.types import Resource


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
    """Pinned files that could be papers in OpenAPI and are none, not `mentioned` by the mapping, and no paper refers to them: nothing reads
    them. Raises Misconfigured."""
    bodies = {name: documents.read(name) for name in documents.pins}
    written = {name: body for name, body in bodies.items() if _WRITTEN.search(name)}
    left = (name for name in written if name not in mentioned and not _is_openapi(name, written[name]))
    return tuple(
        name
        for name in left
        if not any(PurePosixPath(name).name.encode() in body for other, body in written.items() if other != name)
    )


def _is_openapi(name: str, body: bytes) -> bool:
    """By its top, without parsing it; a file of parts that others refer to has no paths."""
    return _NAMED.search(name) is not None or (_TOP.search(body) is not None and _PATHS.search(body) is not None)


def differences(line: Line, calls: Calls, papers: tuple[Described, ...]) -> Compared:
    """What is wrong where mapping and papers do not agree; without papers, and where they promise no body, nothing is said of any place."""
    by_where = {f"[resources.{code}] wire": resource for code, resource in calls.resources.items()}
    return together(
        _of_call(line, settings, papers, by_where.get(settings.where)) for settings in (*calls.asks, *calls.tells)
    )


def _of_call(line: Line, settings: Settings, papers: tuple[Described, ...], resource: Resource | None) -> Compared:
    operation = _operation(line, settings, papers)
    if operation is None and papers:
        sentence = f"no paper has {_method(settings)} {_path(line, settings)}; correct method and path."
        return Compared((f"{settings.where}: {sentence}",))
    request = Compared(tuple(_of_request(line, settings, operation)) if operation is not None else ())
    answer = operation.answer if operation is not None else None
    return together((request, judged(places(settings, resource), lambda place: said_of(answer, place))))


# --- the request ----------------------------------------------------------------------------------------------------


def _method(settings: Settings) -> str:
    return settings.text("method", "GET")


def _path(line: Line, settings: Settings) -> str:
    return settings.text("base", line.settings.text("base", "")) + settings.text("path")


def _operation(line: Line, settings: Settings, papers: tuple[Described, ...]) -> Operation | None:
    path = _path(line, settings)
    for paper in papers:
        for below in dict.fromkeys((path, path.removeprefix(paper.base) if paper.base else path)):
            found = paper.alike(_method(settings), below)
            if found:
                # Of two that nothing tells apart it is the one with which the request agrees.
                return min(found, key=lambda one: len(list(_of_request(line, settings, one))) if len(found) > 1 else 0)
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


def said_of(answer: Body | None, place: Place) -> str | None:
    """What is wrong with a place; "" for nothing, None where the paper says nothing of it."""
    if answer is None:
        return None
    try:
        _walked(answer.shape, place, xml=answer.media_type.endswith(("/xml", "+xml")))
    except _Nothing as e:
        return f"{place.where}: the paper has nothing at {place.written} of the answer; correct the path: {e}."
    except _Open:
        return None
    return ""


class _Nothing(Exception):
    """No answer has anything there; the text says what it has instead."""


class _Open(Exception):
    """More may stand there than the paper says."""


def _walked(shape: Shape, place: Place, xml: bool) -> None:
    """Raises _Nothing, _Open."""
    for at, way in enumerate(place.ways):
        if at and shape.kind == "list":
            shape = shape.children[0]  # one of several is meant
        for step in way:
            shape = _below(shape, step, xml)


def _below(shape: Shape, step: object, xml: bool) -> Shape:
    several = isinstance(step, int | Every | Those)
    if shape.kind == "list" and (several or xml):
        # A repeated element of XML is named without a number where one alone is meant.
        return shape.children[0] if several else _below(shape.children[0], step, xml)
    name = step.name if isinstance(step, Within) else str(step)
    found = shape.child(name)
    if found is not None and not several:
        return found
    if shape.open or shape.kind == "any":
        raise _Open
    if shape.kind == "list":
        raise _Nothing(f"{shape.name or 'it'} is a list, so say which: [0], [*]")
    if isinstance(step, int) and not xml:
        raise _Nothing(f"{shape.name or 'it'} is no list, so take [{step}] out")
    if several or (isinstance(step, Text) and _has_text(shape)):
        return shape
    known = [one.name for one in shape.children]
    if not known:
        raise _Nothing(f"{shape.name or 'it'} has nothing inside")
    raise _Nothing(f"{shape.name or 'it'} has no {name}; {one_of(name, known)}")


def _has_text(shape: Shape) -> bool:
    return shape.kind != "object" or shape.child("#") is not None or all(one.name[:1] == "@" for one in shape.children)
