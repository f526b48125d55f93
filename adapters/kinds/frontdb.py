"""Asks a department through a database that it keeps for others (前置库), and hands item cases to it there. Its results: `frontdb_reports`.

It reads by key and nothing else, in read-only transactions; it writes whole item cases in one transaction under a unique key. What a
table holds is data: it can change no statement.
"""

from __future__ import annotations

import time
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    Select,
    String,
    Table,
    Text,
    Time,
    Uuid,
    cast,
    exc,
    func,
    insert,
    literal,
    select,
    true,
)
from sqlalchemy.engine import Connection
from sqlalchemy.types import NullType, TypeEngine

from adapters.contract import (
    Handover,
    Misconfigured,
    Outcome,
    PeerRefused,
    PeerUnreachable,
    Query,
    Stop,
    Taken,
    Unavailable,
    Unusable,
    UpstreamResult,
    Why,
)
from adapters.kinds import scopes
from adapters.kinds.answer_places import places
from adapters.kinds.answers import placed
from adapters.kinds.frontdb_faults import Stop as Stopped
from adapters.kinds.frontdb_faults import is_too_big
from adapters.kinds.frontdb_limits import LARGEST_VALUE
from adapters.kinds.frontdb_line import Front, TableRow, plain_row
from adapters.kinds.line import check_words, step_settings
from adapters.kinds.records import MOST_ROWS
from adapters.kinds.settings import Settings
from adapters.kinds.tabular import ROWS_KEYS, RowsReader, check_match, rows_reader
from adapters.kinds.templates import Scope, Unfillable, Writing, fill, unaskable
from catalog.types import Resource

RESOURCE_KEYS = ROWS_KEYS | {"table", "match", "as_of"}
CALL_KEYS = frozenset(("table", "key", "columns", "children"))
LOG_KEYS = frozenset(("table", "columns"))
LARGEST_ANSWER = LARGEST_VALUE
"""Bytes under one key. More are not fetched."""


# --- columns --------------------------------------------------------------------------------------------------------------


def column_of(table: Table, name: str) -> Any:
    """The column, whatever the case of its name there. Raises frontdb_line.Stop."""
    found = next((one for one in table.columns if one.name.upper() == name.upper()), None)
    if found is None:
        raise Stopped(Unusable("", f"{table.name}.{name}", "no_such_column"))
    return found


def bound(column: Any, value: object) -> Any:
    """Our text as a value of the column's own type, converted by the database: SQLAlchemy would compare text with text."""
    if not isinstance(value, str) or isinstance(column.type, String | NullType):
        return value
    return cast(literal(value, String()), column.type)


def values_for(table: Table, filled: Mapping[str, object]) -> dict[str, object]:
    columns = {name: column_of(table, name) for name in filled}
    return {columns[name].name: bound(columns[name], value) for name, value in filled.items()}


def refuse_large(connection: Connection, table: Table, chosen: Select[Any]) -> None:
    """Asks for the size first, where a column has no bound of its own. Raises frontdb_line.Stop. SQLite itself refuses
    (`frontdb_line`): its columns have no types to tell."""
    unbounded = [column for column in table.columns if _is_unbounded(column.type)]
    if connection.dialect.name == "sqlite" or not unbounded:
        return
    lengths = [func.coalesce(func.octet_length(_measured(column)), 0) for column in unbounded]
    total = select(func.sum(reduce(add, lengths))).where(
        chosen.whereclause if chosen.whereclause is not None else true()
    )
    if (connection.execute(total).scalar() or 0) > LARGEST_ANSWER:
        raise Stopped(Unusable("", table.name, "too_large"))


def _is_unbounded(kind: TypeEngine[Any]) -> bool:
    if isinstance(kind, String):
        return kind.length is None
    return not isinstance(kind, Boolean | Integer | Numeric | Date | DateTime | Time | Uuid)


def _measured(column: Any) -> Any:
    return column if isinstance(column.type, LargeBinary | String) else cast(column, Text())


def filled_columns(template: object, scope: Scope, writing: Writing, place: str) -> dict[str, object]:
    """The row that a template gives. Raises Unfillable, also for what no column holds."""
    filled = typing.cast("Mapping[str, object]", fill(template, scope, writing, place))
    for name, value in filled.items():
        if isinstance(value, Mapping | list):
            raise Unfillable(f"{place}.{name}".lstrip("."), "single_value")
    return dict(filled)


# --- Answers --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Named:
    """A column of a table, and who reads or fills it in the words of the manifest; "" where that says nothing."""

    table: str
    column: str
    where: str = ""


@dataclass(frozen=True)
class _Source:
    table: str
    match: Mapping[str, str]
    rows: RowsReader


class FrontAnswers:
    """`Answers` out of tables. Where the department wants it (`[wire.query_log]`), the question stands in its log before it is asked."""

    def __init__(self, front: Front, resources: Mapping[str, Resource]) -> None:
        self._front, self._resources = front, resources
        self._sources = {code: _source(resource, front) for code, resource in resources.items()}
        self._log = front.settings.inner("query_log") if "query_log" in front.settings.table else None
        if self._log is not None:
            self._log.only(LOG_KEYS)
            self._log.text("table")
            subjects = {key for resource in resources.values() for key in resource.subject}
            check_words(self._log, ("columns",), scopes.QUERY_WORDS | subjects | {"table"})

    async def answer(self, query: Query) -> Outcome:
        source, database = self._sources.get(query.resource.code), self._front.database
        if source is None or not source.match:  # without one any row would do
            return Unavailable(Why.WITHDRAWN)
        until = time.monotonic() + query.timeout_seconds
        try:
            if self._log is not None:
                entry = self._entry(self._log, query, source)
                await database.call(lambda c: self._note(c, entry), query.timeout_seconds, readonly=False)
            rows = await database.call(lambda c: self._find(c, source, query), until - time.monotonic(), readonly=True)
        except Unfillable as e:
            return unaskable(e)
        except Stopped as e:
            return e.outcome
        if len(rows) > MOST_ROWS:
            return Unusable("", source.table, "too_many_rows")
        return source.rows.outcome(rows, query)

    def _entry(self, log: Settings, query: Query, source: _Source) -> dict[str, object]:
        scope = {**scopes.of_query(query, self._front.clock()), "table": source.table}
        subjects = {key: query.subject.get(key) for one in self._sources.values() for key in one.match.values()}
        writing = Writing(self._front.documents, log.where)
        return filled_columns(log.table["columns"], self._front.scope({**subjects, **scope}), writing, "")

    def _note(self, connection: Connection, entry: Mapping[str, object]) -> None:
        assert self._log is not None
        table = self._front.database.table(connection, self._log.text("table"))
        try:
            connection.execute(insert(table).values(values_for(table, entry)))
        except (exc.IntegrityError, exc.DataError):
            raise Stopped(Unusable("", table.name, "query_log")) from None

    def _find(self, connection: Connection, source: _Source, query: Query) -> list[TableRow]:
        table = self._front.database.table(connection, source.table)
        chosen = select(table)
        for column, key in source.match.items():
            value, place = query.subject[key], column_of(table, column)
            chosen = chosen.where(place.in_([bound(place, one) for one in sorted({value, value.lower()})]))
        try:
            refuse_large(connection, table, chosen)
            found = connection.execute(chosen.limit(MOST_ROWS + 1)).mappings()
            return [plain_row(typing.cast("Mapping[str, object]", row)) for row in found]
        except exc.DataError as e:
            raise Stopped(Unusable("", source.table, "too_large" if is_too_big(e) else "key_type")) from None

    def columns(self) -> Iterator[Named]:
        """Each column that must be there, and who reads it."""
        for code, source in self._sources.items():
            settings = Settings(self._resources[code].wire, f"[resources.{code}] wire")
            beside = [*source.match, *source.rows.where, source.rows.choice, *placed(source.rows.label)]
            yield from (Named(source.table, column, settings.where) for column in beside if column)
            for place in places(settings, self._resources[code]):
                if place.way and isinstance(place.way[0], str):
                    yield Named(source.table, place.way[0], place.where)
        if self._log is not None:
            table = self._log.text("table")
            yield from (
                Named(table, column, f"{self._log.where} columns") for column in self._log.inner("columns").table
            )

    def read_tables(self) -> tuple[str, ...]:
        """Tables out of which questions are answered."""
        return tuple(dict.fromkeys(source.table for source in self._sources.values()))

    def log_table(self) -> str:
        """Where the department wants each question noted; "" where it does not."""
        return self._log.text("table") if self._log is not None else ""


def _source(resource: Resource, front: Front) -> _Source:
    settings = Settings(resource.wire, f"[resources.{resource.code}] wire")
    settings.only(RESOURCE_KEYS)
    match = {column: str(key) for column, key in settings.inner("match").table.items()}
    is_drafted = resource.proposed and not resource.subject and not match
    check_match(settings, match.values(), resource.subject)
    if not is_drafted and not match:
        raise Misconfigured(f"{settings.where}: match must give a column for subject keys of this resource.")
    return _Source(settings.text("table"), match, rows_reader(resource, front.documents))


# --- Handles --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Row:
    """A row to be written with its children, all filled."""

    table: str
    key: str
    values: Mapping[str, object]
    children: tuple[tuple[str, tuple[Mapping[str, object], ...]], ...]


class FrontHandles:
    """`Handles` by writing rows. The item case stands there under our number until the department's report gives its own."""

    def __init__(self, front: Front) -> None:
        self._front = front
        for item, wire in front.department.handles.items():
            for step in scopes.STEP_WORDS:
                if step in wire:
                    settings = step_settings(front.department, item, step)
                    settings.only(CALL_KEYS)
                    settings.text("table")
                    settings.text("key")
                    check_words(settings, ("columns", "children"), scopes.STEP_WORDS[step])

    async def hand_over(self, handover: Handover) -> Taken:
        scope = scopes.of_handover(handover, self._front.clock())
        again = await self._write(handover.item, "hand_over", handover.key, scope)
        return Taken(handover.item_no, again=again)

    async def stop(self, stop: Stop) -> None:
        await self._write(stop.item, "stop", stop.key, scopes.of_stop(stop, self._front.clock()))

    async def supply(self, result: UpstreamResult) -> None:
        await self._write(result.item, "supply", result.key, scopes.of_upstream(result, self._front.clock()))

    async def _write(self, item: str, step: str, key: str, scope: Scope) -> bool:
        """True where the row was there already. Raises PeerUnreachable, PeerRefused."""
        settings = step_settings(self._front.department, item, step)
        name, front = self._front.department.name, self._front
        try:
            row = _row(settings, key, front.scope(scope), Writing(front.documents, settings.where))
            seconds = front.settings.number("handover_timeout_seconds", 15.0)
            return await front.database.call(lambda c: self._insert(c, row), seconds, readonly=False)
        except Unfillable as e:
            raise PeerRefused(f"{settings.where}: {e.place} cannot be filled ({e.rule}); complete the case.") from e
        except Stopped as e:
            raise refusal(name, e) from e

    def _insert(self, connection: Connection, row: _Row) -> bool:
        table = self._front.database.table(connection, row.table)
        key = column_of(table, row.key)
        is_there = select(key).where(key == bound(key, row.values[row.key]))
        if connection.execute(is_there).first() is not None:
            return True
        try:
            connection.execute(insert(table).values(values_for(table, row.values)))
            for child, rows in row.children:
                below = self._front.database.table(connection, child)
                for values in rows:
                    connection.execute(insert(below).values(values_for(below, values)))
        except (exc.IntegrityError, exc.DataError) as e:
            connection.rollback()
            if isinstance(e, exc.IntegrityError) and connection.execute(is_there).first() is not None:
                return True  # another node was quicker with the same key
            raise Stopped(Unusable("", row.table, "row_refused"), type(e.orig).__name__) from None
        return False

    def tables(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Each table that is written to: its unique column ("" for a child) and the columns that must be there."""
        for item, wire in self._front.department.handles.items():
            for step in scopes.STEP_WORDS:
                if step in wire:
                    settings = step_settings(self._front.department, item, step)
                    yield settings.text("table"), settings.text("key"), tuple(settings.inner("columns").table)
                    for child in settings.inner("children").table:
                        yield child, "", tuple(settings.inner("children").inner(child).inner("row").table)


def _row(settings: Settings, key: str, scope: Scope, writing: Writing) -> _Row:
    columns = filled_columns(settings.inner("columns").table, scope, writing, "")
    below = []
    for child, template in settings.inner("children").table.items():
        rows = fill(template, scope, writing, child)
        if not isinstance(rows, list):
            raise Misconfigured(f'{settings.where} children {child}: write each = "attachments" and row = {{ … }}.')
        below.append((child, tuple(typing.cast("Sequence[Mapping[str, object]]", rows))))
    return _Row(settings.text("table"), settings.text("key"), {**columns, settings.text("key"): key}, tuple(below))


def refusal(name: str, stopped: Stopped) -> PeerUnreachable | PeerRefused:
    """What a stopped call means for something that is sent out."""
    outcome = stopped.outcome
    if isinstance(outcome, Unavailable):
        return PeerUnreachable(
            f"{name}: its database gave no answer ({outcome.reason.value}); it is tried again.",
            down=outcome.reason is not Why.BUSY,
        )
    if isinstance(outcome, Unusable):
        place = f" {outcome.path}" if outcome.path else ""
        return PeerRefused(
            f"{name}: its database does not take this ({outcome.rule}{place}); compare it with its papers."
        )
    return PeerRefused(f"{name}: its database does not let us ({outcome.reason}); check the account and its rights.")
