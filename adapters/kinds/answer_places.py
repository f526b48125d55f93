"""Every place of an answer that a mapping reads, from the answer's root. Whether anything can stand there, the department's papers say.

A place that nothing reads is a field that stays empty, and nobody would notice: so no key with a path in it may be left out here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from adapters.kinds.answers import placed
from adapters.kinds.compared import Place
from adapters.kinds.conditions import way_to
from adapters.kinds.paths import Steps
from adapters.kinds.rest_read import inside_of
from adapters.kinds.settings import Settings
from catalog.types import Resource, ResourceList

_OF_A_CALL = ("result", "request_echo", "department_no", "at")
"""Keys of a call that name one place, from the answer's root."""
_OF_A_PAGE = ("rows", "total", "more", "last", "next", "echo")


def places(settings: Settings, resource: Resource | None) -> Iterator[Place]:
    """Those of one call; `resource` is what it is asked for, None for a step. Raises Misconfigured for what is no path."""
    opened = tuple(way for _, way, _ in inside_of(settings))
    for place in (*_of_call(settings), *(_of_record(settings, resource) if resource is not None else ())):
        yield replace(place, within=any(place.way[: len(way)] == way for way in opened))
    for written, way, _ in inside_of(settings):
        within = any(way != outer and way[: len(outer)] == outer for outer in opened)
        yield Place(f"{settings.where} inside", written, (way,), within=within)


def _of_call(settings: Settings) -> Iterator[Place]:
    for key in _OF_A_CALL:
        if settings.text(key, ""):
            yield _place(f"{settings.where} {key}", settings.text(key))
    paging = settings.inner("paging")
    for key in _OF_A_PAGE:
        if paging.text(key, ""):
            yield _place(f"{paging.where} {key}", paging.text(key))


def _place(where: str, written: str, *above: Steps) -> Place:
    return Place(where, written, (*above, way_to(written, where)))


def _of_record(settings: Settings, resource: Resource) -> Iterator[Place]:
    record = way_to(settings.text("record", "$"), settings.where)
    yield Place(f"{settings.where} record", settings.text("record", "$"), (record,))
    for key, written in settings.inner("echo").table.items():
        yield _place(f"{settings.where} echo {key}", str(written), record)
    if "candidates" in settings.table:
        yield from _of_candidates(settings.inner("candidates"))
    document = settings.inner("document")
    if "path" in document.table and "fetch" not in document.table:
        beside = document.text("path").removeprefix("$.").startswith("soap:")
        for key in ("path", "sha256", "name", "media_type"):
            if document.text(key, ""):
                yield _place(f"{document.where} {key}", document.text(key), *(() if beside else (record,)))
    yield from _of_record_itself(settings, resource, record)
    for field in resource.fields:
        found = _of_field(field.wire, f"[resources.{resource.code}.fields] {field.name}", (record,))
        yield from (replace(place, reads=(resource.code, field.name)) for place in found)
    for listed in resource.lists:
        yield from _of_list(resource.code, listed, record)


def _of_candidates(several: Settings) -> Iterator[Place]:
    rows = way_to(several.text("path"), several.where)
    yield Place(several.where, several.text("path"), (rows,))
    yield _place(f"{several.where} choice", several.text("choice"), rows)
    for written in placed(several.text("label")):
        yield _place(f"{several.where} label", written, rows)


def _of_record_itself(settings: Settings, resource: Resource, record: Steps) -> Iterator[Place]:
    if settings.text("as_of", ""):
        yield _place(f"{settings.where} as_of", settings.text("as_of"), record)
    if "valid_to" in settings.table:
        wire = settings.table["valid_to"]
        table = wire if isinstance(wire, Mapping) else {"path": str(wire)}
        yield from _of_field(table, f"{settings.where} valid_to", (record,))
    withheld = settings.inner("withheld")
    if withheld.text("path", ""):
        yield _place(withheld.where, withheld.text("path"), record)


def _of_list(code: str, listed: ResourceList, record: Steps) -> Iterator[Place]:
    where = f"[resources.{code}.lists] {listed.name}"
    settings = Settings(listed.wire, where)
    rows = way_to(settings.text("path", "$"), where)
    yield Place(where, settings.text("path", "$"), (record, rows), (code, listed.name))
    numbered = settings.table.get("numbered")
    for columns in numbered if isinstance(numbered, list | tuple) else ():
        for written in columns.values() if isinstance(columns, Mapping) else ():
            yield _place(f"{where} numbered", str(written), record, rows)
    if numbered or "split" in settings.table:
        return  # its fields are read from what was put together
    for written in settings.inner("where").table:
        yield _place(f"{where} where", str(written), record, rows)
    for field in listed.fields:
        found = _of_field(field.wire, f"{where}.{field.name}", (record, rows))
        yield from (replace(place, reads=(code, f"{listed.name}.{field.name}")) for place in found)


def _of_field(wire: Mapping[str, object], where: str, above: tuple[Steps, ...]) -> Iterator[Place]:
    settings = Settings(wire, where)
    for written in settings.words("path"):
        yield _place(where, written, *above)
    for key in ("when", "must", "divide"):
        if settings.inner(key).text("path", ""):
            yield _place(f"{where} {key}", settings.inner(key).text("path"), *above)
    alternatives = settings.table.get("first")
    for one in alternatives if isinstance(alternatives, list | tuple) else ():
        yield from _of_field(one if isinstance(one, Mapping) else {"path": str(one)}, f"{where} first", above)
