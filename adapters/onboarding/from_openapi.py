"""Turns an OpenAPI paper into the draft of a department: every operation with its inputs, its answer's places and a sample. It guesses no meaning."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from adapters.contract import Misconfigured
from adapters.kinds import rest_describe, xmltext
from adapters.kinds.rest_describe import Body, Described, Parameter, Security
from adapters.kinds.rest_sample import sample, sample_body
from adapters.kinds.rest_schema import Shape
from adapters.onboarding import samples
from adapters.onboarding.places import ROW, Answering, Asked, Draft, Operation, Place
from adapters.onboarding.places import Path as Way

MOST_PLACES = 2000
"""Of one answer."""
_FIGURES = {"integer": "integer", "number": "number", "boolean": "boolean"}
_FORMATS = {"date": "date", "date-time": "datetime", "byte": "binary", "binary": "binary"}
RESERVED = ("from", "each", "when")
_CHANGING = ("PUT", "PATCH", "DELETE")


def draft(place: Path) -> Draft:
    """The paper, and the files beside it to which it refers. Raises Misconfigured with what to do, OSError."""
    papers = {place.name: place.read_bytes()}

    def beside(name: str) -> bytes:
        other = (place.parent / name).resolve()
        if not other.is_relative_to(place.parent.resolve()) or not other.is_file():
            raise Misconfigured(
                f"{place.name} refers to {name}, which does not lie beside it; ask for the whole paper."
            )
        papers[other.relative_to(place.parent.resolve()).as_posix()] = other.read_bytes()
        return other.read_bytes()

    found = rest_describe.describe(papers[place.name], place.name, beside)
    wire: dict[str, object] = {"base": found.base} if found.base else {}
    if any(_media_type(one).endswith("xml") for one in found.operations):
        wire["format"] = "xml"
    auth, secrets, doubts = _auth(found)
    return Draft(
        "rest",
        found.title,
        {**wire, **({"auth": auth} if auth else {})},
        papers,
        tuple(_operation(one) for one in found.operations if _sendable(one)),
        secrets,
        (*doubts, *(_left_out(one) for one in found.operations if not _sendable(one))),
    )


def _sendable(one: rest_describe.Operation) -> bool:
    """Whether its body, if it must have one, is of a kind that is written here."""
    kinds = ("json", "xml", "x-www-form-urlencoded")
    return one.request is None or not one.request.required or one.request.media_type.endswith(kinds)


def _left_out(one: rest_describe.Operation) -> str:
    body = one.request.media_type if one.request else ""
    return f"{one.method} {one.path} wants a body of {body}, which is not written here: it is left out."


def _media_type(operation: rest_describe.Operation) -> str:
    return operation.answer.media_type if operation.answer else ""


def _auth(found: Described) -> tuple[Mapping[str, object], tuple[str, ...], tuple[str, ...]]:
    """The first way to show who asks that can be written here."""
    needed = dict.fromkeys(code for one in found.operations for code in one.security)
    ways = [found.securities[code] for code in needed if code in found.securities]
    for way in ways:
        if (style := _style(way)) is not None:
            return *style, ()
    said = ", ".join(f"{way.code} ({way.kind})" for way in ways)
    return {}, (), (f"The paper wants {said}: write [wire] auth by hand, docs/departments.md.",) if ways else ()


def _style(way: Security) -> tuple[Mapping[str, object], tuple[str, ...]] | None:
    if way.kind == "bearer":
        return {"style": "bearer", "secret": "token"}, ("token",)
    if way.kind == "basic":
        return {"style": "basic"}, ("user", "password")
    if way.kind == "api_key" and way.place in ("header", "query"):
        return {"style": "api_key", way.place: way.name, "secret": "api_key"}, ("api_key",)
    if way.kind == "oauth2" and way.token_path:
        scope = {"scope": " ".join(way.scopes)} if way.scopes else {}
        return {"style": "oauth2", "token_path": _path_of(way.token_path), **scope}, ("client_id", "client_secret")
    return None


def _path_of(address: str) -> str:
    """Of an address in the paper only the path is believed."""
    rest = address.partition("://")[2] if "://" in address else address
    return rest[rest.index("/") :] if "/" in rest else f"/{rest}"


def _operation(one: rest_describe.Operation) -> Operation:
    answer = one.answer
    call: dict[str, object] = {"method": one.method, "path": one.path}
    inputs = (*_parameters(one.parameters), *_body(one))
    doubts = tuple(_doubts(one))
    places = () if answer is None else tuple(_limited(_places(answer.shape, ())))
    title = one.title or one.operation_id or f"{one.method} {one.path}"
    return Operation(
        one.operation_id or f"{one.method} {one.path}",
        title,
        call,
        inputs,
        places,
        _answering(answer, places),
        doubts,
        "404" in one.answers,
    )


def _answering(answer: Body | None, places: tuple[Place, ...]) -> Answering | None:
    if answer is None:
        return None
    known, body = {place.path: place for place in places}, answer

    def made(texts: Mapping[Way, str]) -> tuple[str, bytes]:
        tree = samples.overlaid(copy.deepcopy(sample_body(body)), texts, known)
        if body.media_type.endswith("xml"):
            return ".xml", xmltext.written(tree, "utf-8")
        return ".json", (json.dumps(tree, ensure_ascii=False, indent=2, default=str) + "\n").encode()

    return made


def _doubts(one: rest_describe.Operation) -> Iterator[str]:
    if one.method in _CHANGING:
        yield f"{one.method} changes something there: make it a [handles.<item>] step, or take this resource out."
    if one.answer is None:
        yield "The paper promises no body of its answer: nothing can be read from it."
    if one.deprecated:
        yield "The paper calls it deprecated."
    for parameter in one.parameters:
        if parameter.name in RESERVED:
            yield f"It has a parameter {parameter.name!r}, which no template can name: write it into the path by hand."
    if any(parameter.place == "cookie" for parameter in one.parameters):
        yield "It wants a cookie, which is not sent here."


# --- inputs ---------------------------------------------------------------------------------------------------------------


def _parameters(parameters: tuple[Parameter, ...]) -> Iterator[Asked]:
    wheres = {"path": "path", "query": "query", "header": "headers"}
    for one in parameters:
        # Such a name in a table would be taken for a word of the mapping language.
        reserved = one.name in RESERVED
        if one.place in wheres and one.shape.kind not in ("object", "list") and not reserved:
            place = _place(one.shape, (one.name,), one.description, one.required)
            said = _text(sample(one.shape))
            # A header is ASCII, and a segment of a path is never empty.
            fits = one.place == "query" or (said.isascii() and said)
            yield Asked(place, wheres[one.place], said if fits else "1")


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _body(one: rest_describe.Operation) -> Iterator[Asked]:
    """What must be there of the body, and what may be by its name alone."""
    if one.request is None:
        return
    tree, seen = sample_body(one.request), set()
    for place in _limited(_places(one.request.shape, ())):
        at = place.path.index(ROW) if ROW in place.path else len(place.path)
        path = place.path[:at]
        if path and path not in seen:
            seen.add(path)
            # A list stands in the request as its sample, whole.
            whole = place if at == len(place.path) else Place(path, place.inside, "binary", required=place.required)
            yield Asked(whole, "body", _at(tree, path))


def _at(tree: object, path: Way) -> object:
    for step in path:
        tree = cast("Mapping[str, object]", tree).get(step) if isinstance(tree, Mapping) else None
    return "" if tree is None else tree


# --- places ---------------------------------------------------------------------------------------------------------------


def _limited(places: Iterator[Place]) -> Iterator[Place]:
    for at, place in enumerate(places):
        if at == MOST_PLACES:
            return
        yield place


def _places(shape: Shape, path: Way, inside: str = "") -> Iterator[Place]:
    """Every value of a body, outermost first."""
    if shape.kind == "list":
        for row in shape.children:
            yield from _places(row, (*path, ROW), inside)
    elif shape.children:
        for child in shape.children:
            here = shape.description or shape.title
            yield from _places(child, (*path, child.name) if child.name else path, here)
    elif path and shape.kind != "object":
        yield replace(_place(shape, path, shape.description or shape.title, shape.required), inside=inside)


def _place(shape: Shape, path: Way, label: str, required: bool) -> Place:
    digits = 8 if re.fullmatch(r"\^?(\\d|\[0-9\])\{8\}\$?", shape.pattern) else None
    kind = _FIGURES.get(shape.kind) or _FORMATS.get(shape.format, "text")
    return Place(path, label, kind, words=shape.enumeration, required=required, longest=shape.longest or digits)
