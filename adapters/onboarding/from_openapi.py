"""Turns an OpenAPI paper into the draft of a department: every operation with its inputs, its answer's places and a sample. It guesses no meaning."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from adapters.contract import Misconfigured
from adapters.kinds import rest_describe, xmltext
from adapters.kinds.rest_describe import Body, Described, Parameter, Security
from adapters.kinds.rest_sample import sample, sample_body
from adapters.kinds.rest_schema import Shape
from adapters.kinds.templates import Unfillable, template_of
from adapters.onboarding import samples
from adapters.onboarding.neighbours import lying, root_of, taken_along
from adapters.onboarding.places import ROW, Answering, Asked, Draft, Operation, Place, chosen
from adapters.onboarding.places import Path as Way
from adapters.onboarding.words import tokens

MOST_PLACES = 2000
"""Of one answer."""
_FIGURES = {"integer": "integer", "number": "number", "boolean": "boolean"}
_FORMATS = {"date": "date", "date-time": "datetime", "byte": "binary", "binary": "binary"}
_PAPERS = (".yaml", ".yml", ".json")
_CHANGING = ("PUT", "PATCH", "DELETE")


def draft(place: Path, only: tuple[str, ...] = ()) -> Draft:
    """The paper, and the files beside it to which it refers; of its operations those in `only`, by name or as `GET /path`, all where it
    is empty.

    Raises Misconfigured with what to do, OSError."""
    folder = place.parent.resolve()
    files = {folder / place.name: place.read_bytes()}

    def beside(name: str) -> bytes:
        other = lying(folder, Path(name), _PAPERS)
        if other is None:
            raise Misconfigured(
                f"{place.name} refers to {name}, which does not lie there: put it where that says, as seen from {place.name}, or ask for the whole paper."
            )
        files[other] = other.read_bytes()
        return files[other]

    found = rest_describe.describe(files[folder / place.name], place.name, beside)
    wanted = chosen(found.operations, only, lambda one: (_name(one), f"{one.method} {one.path}"))
    found = replace(found, operations=wanted)
    wire: dict[str, object] = {"base": found.base} if found.base else {}
    speaks = {_format(one.answer.media_type) for one in found.operations if one.answer is not None}
    whole = "xml" if "xml" in speaks and "json" not in speaks else "json"
    if whole == "xml":
        wire["format"] = whole
    auth, secrets, doubts = _auth(found)
    operations = tuple(_operation(one, whole) for one in found.operations if _sendable(one))
    root = root_of(folder, files)
    return Draft(
        "rest",
        found.title,
        {**wire, **({"auth": auth} if auth else {})},
        {one.relative_to(root).as_posix(): body for one, body in files.items()},
        operations,
        secrets,
        (*taken_along(folder, files), *doubts, *(_left_out(one) for one in found.operations if not _sendable(one))),
    )


def _name(one: rest_describe.Operation) -> str:
    return one.operation_id or f"{one.method} {one.path}"


def _format(media_type: str) -> str:
    """How bodies of this type are written and read here: json, xml, form, or "" where they are not. A paper that does not say means JSON."""
    if media_type in ("", "*/*", "application/*") or media_type.endswith("json"):
        return "json"
    if media_type.endswith("xml"):
        return "xml"
    return "form" if media_type.endswith("x-www-form-urlencoded") else ""


def _sendable(one: rest_describe.Operation) -> bool:
    """Whether its body, if it must have one, is of a kind that is written here."""
    return one.request is None or not one.request.required or bool(_format(one.request.media_type))


def _left_out(one: rest_describe.Operation) -> str:
    body = one.request.media_type if one.request else ""
    return f"{one.method} {one.path} wants a body of {body}, which is not written here: it is left out."


def _auth(found: Described) -> tuple[Mapping[str, object], tuple[str, ...], tuple[str, ...]]:
    """The first way to show who asks that can be written here."""
    needed = dict.fromkeys(code for one in found.operations for code in one.security)
    ways = [found.securities[code] for code in needed if code in found.securities]
    for way in ways:
        if (style := _style(way)) is not None:
            return *style, _elsewhere(way, found)
    said = ", ".join(f"{way.code} ({way.kind})" for way in ways)
    return {}, (), (f"The paper wants {said}: write [wire] auth by hand, docs/departments.md.",) if ways else ()


def _elsewhere(way: Security, found: Described) -> tuple[str, ...]:
    """That tokens come from another place than answers; which addresses are true, a connection says."""
    place = urlsplit(way.token_path)
    if way.kind != "oauth2" or not place.netloc or place.netloc in (found.host, ""):
        return ()
    return (
        f"The paper has tokens come from {place.netloc}, and answers from {found.host or 'an address that it does not name'}: if that is so, give the connection "
        f'options = {{ token_address = "{place.scheme}://{place.netloc}" }} in connections.toml.',
    )


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


def _operation(one: rest_describe.Operation, whole: str) -> Operation:
    """`whole`: how the department as such writes its answers."""
    body = tuple(_body(one))
    inputs = (*_parameters(one.parameters), *body)
    answer = one.answer if one.answer is not None and _readable(one.answer) else None
    places = () if answer is None else tuple(islice(_places(answer.shape, ()), MOST_PLACES))
    return Operation(
        _name(one),
        one.title or _name(one),
        {"method": one.method, "path": one.path, **_written(one, whole), **_bare(one, body)},
        inputs,
        places,
        _answering(answer, places),
        tuple(_doubts(one)),
        "404" in one.statuses,
    )


def _written(one: rest_describe.Operation, whole: str) -> Mapping[str, object]:
    """Where this call is written otherwise than the department's."""
    asked = _format(one.request.media_type) if one.request is not None else ""
    said = _format(one.answer.media_type) if one.answer is not None else ""
    own = said if said in ("json", "xml") else whole
    return {**({"format": own} if own != whole else {}), **({"send": asked} if asked not in ("", own) else {})}


def _bare(one: rest_describe.Operation, inputs: tuple[Asked, ...]) -> Mapping[str, object]:
    """A body that is a list, one value, or a table of which the paper says nothing: it stands there whole."""
    if one.request is None or inputs or not _format(one.request.media_type):
        return {}
    return {"body": template_of(sample_body(one.request))}


def _readable(answer: Body) -> bool:
    """Whether a mapping finds a record in it: a table, or a list of tables, in JSON or XML."""
    return _format(answer.media_type) in ("json", "xml") and _is_record(answer, _tree(answer))


def _is_record(answer: Body, tree: object) -> bool:
    """Some papers show JSON as the example of an answer in XML: without its root, or with a table where an attribute stands."""
    if _format(answer.media_type) == "xml":
        roots = [one.name for one in answer.shape.children] or (list(tree)[:1] if isinstance(tree, Mapping) else [])
        return (
            isinstance(tree, Mapping)
            and list(tree) == roots[:1]
            and not isinstance(tree[roots[0]], list)
            and _is_xml(tree)
        )
    return isinstance(tree, Mapping) or (isinstance(tree, list) and bool(tree) and isinstance(tree[0], Mapping))


def _is_xml(tree: object) -> bool:
    try:
        return bool(xmltext.written(tree, "utf-8"))
    except Unfillable:
        return False


def _tree(answer: Body) -> object:
    """The paper's example, if there is a record in it: an empty list shows none."""
    said = sample_body(answer)
    return said if _is_record(answer, said) else sample(answer.shape)


def _answering(answer: Body | None, places: tuple[Place, ...]) -> Answering | None:
    if answer is None:
        return None
    known, body = {place.path: place for place in places}, answer

    def made(texts: Mapping[Way, str], rows: Way) -> tuple[str, bytes]:
        tree = samples.overlaid(samples.with_one_row(copy.deepcopy(_tree(body)), rows), texts, known)
        if _format(body.media_type) == "xml":
            return ".xml", xmltext.written(tree, "utf-8")
        return ".json", (json.dumps(tree, ensure_ascii=False, indent=2, default=str) + "\n").encode()

    return made


_MAKING = frozenset(("create", "purchase", "buy", "order", "book", "pay", "add", "insert", "register", "submit", "upload", "send", "update", "modify", "delete", "remove", "cancel", "void"))  # fmt: skip


def _makes(one: rest_describe.Operation) -> bool:
    """Whether a POST is no question: it answers 201, or is called after what it does."""
    said = {next(iter(tokens(word)), "") for word in (one.operation_id, one.title) if word}
    return "201" in one.statuses or bool(said & _MAKING)


def _doubts(one: rest_describe.Operation) -> Iterator[str]:
    if one.method in _CHANGING or (one.method == "POST" and _makes(one)):
        yield f"{one.method} changes something there: make it a [handles.<item>] step, or take this resource out."
    if one.answer is None:
        yield "The paper promises no body of its answer: nothing can be read from it."
    elif not _readable(one.answer):
        said = one.answer.media_type
        yield f"Its answer ({said}) is no table, nor a list of them, in JSON or XML: a mapping reads nothing from it. Take this resource out, or ask the department what it answers."
    if one.request is not None and not _format(one.request.media_type):
        yield f"Its body may be of {one.request.media_type}, which is not written here: it is left out."
    if one.deprecated:
        yield "The paper calls it deprecated."
    if any(parameter.place == "cookie" for parameter in one.parameters):
        yield "It wants a cookie, which is not sent here."


# --- inputs ---------------------------------------------------------------------------------------------------------------


def _parameters(parameters: tuple[Parameter, ...]) -> Iterator[Asked]:
    wheres = {"path": "path", "query": "query", "header": "headers"}
    for one in parameters:
        several = one.shape.kind == "list" and not one.required and one.place == "query" and not one.joined
        if one.place in wheres and (several or one.joined or one.shape.kind not in ("object", "list") or one.required):
            of = one.shape.children[0] if (several or one.joined) and one.shape.children else one.shape
            label = (
                f"{one.description} (of several: with {one.joined!r} between them)" if one.joined else one.description
            )
            place = _place(of, (one.name,), label, one.required)
            said = _text(sample(one.shape))
            # A header is ASCII without line ends, and a segment of a path is never empty.
            fits = one.place == "query" or (said.isascii() and said.isprintable() and said)
            yield Asked(place, wheres[one.place], template_of(said if fits else "1"), offered=several)


def _text(value: object) -> str:
    """Of several one; of a table its JSON; where the paper says nothing of it, a word."""
    if value is None:
        return "测试"
    if isinstance(value, list) and value:
        return _text(value[0])
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False)
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _body(one: rest_describe.Operation) -> Iterator[Asked]:
    """What must be there of the body, and what may be by its name alone."""
    if one.request is None or not _format(one.request.media_type):
        return
    tree = sample_body(one.request)
    whole = replace(one.request.shape, required=one.request.required)
    for shape, path, choice in islice(_whole(whole, (), None), MOST_PLACES):
        if path and all(path):
            label = shape.description or shape.title
            is_value = shape.kind not in ("object", "list")
            place = _place(shape, path, label, shape.required) if is_value else Place(path, label, "binary", required=shape.required)  # fmt: skip
            said = _at(tree, path)
            asked = Asked(place, "body", template_of(sample(shape) if said is None else said))
            yield asked if choice is None else _choosing(asked, choice)


def _whole(shape: Shape, path: Way, choice: Shape | None) -> Iterator[tuple[Shape, Way, Shape | None]]:
    """What a request names one by one: values, and lists and tables of which nothing is known inside. Of alternatives the first, and with
    the first place of it the table that has them."""
    children = [child for child in shape.children if child.alternative <= 1] if shape.kind != "list" else []
    if not children:
        yield shape, path, choice
    first = next((child for child in children if child.alternative), children[0] if children else None)
    chooses = shape if any(child.alternative > 1 for child in shape.children) and children else None
    for child in children:
        said = chooses if child is first and chooses is not None else choice if child is children[0] else None
        yield from _whole(child, (*path, child.name) if child.name else path, said)


def _choosing(asked: Asked, choice: Shape) -> Asked:
    """The place with the alternatives that it is one of. What only some of several have, and is said already, is said once."""
    branches: dict[int, list[Shape]] = {}
    for child in choice.children:
        if child.alternative:
            branches.setdefault(child.alternative, []).append(child)
    names = tuple(" + ".join(child.name for child in branch) for _, branch in sorted(branches.items()))
    instead = tuple(
        {c.name: template_of(sample(c)) for c in branch} for at, branch in sorted(branches.items()) if at > 1
    )
    return replace(
        asked, one_of=names, may_lack=not choice.required or 1 not in branches, instead=instead, chosen=1 in branches
    )


def _at(tree: object, path: Way) -> object:
    for step in path:
        tree = cast("Mapping[str, object]", tree).get(step) if isinstance(tree, Mapping) else None
    return tree


# --- places ---------------------------------------------------------------------------------------------------------------


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
        yield _place(shape, path, shape.description or shape.title, shape.required, inside)


_EIGHT_DIGITS = re.compile(r"\^?(\\d|\[0-9\])\{8\}\$?")


def _place(shape: Shape, path: Way, label: str, required: bool, inside: str = "") -> Place:
    digits = 8 if shape.pattern and _EIGHT_DIGITS.fullmatch(shape.pattern) else None
    kind = _FIGURES.get(shape.kind) or _FORMATS.get(shape.format, "text")
    return Place(
        path, label, kind, words=shape.enumeration, required=required, longest=shape.longest or digits, inside=inside
    )
