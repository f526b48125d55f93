"""Fetches what a department says of item cases out of the table in which it says it, and marks the row read. It applies nothing.

The department calls nobody: it writes a row, with a flag that says "not read". Which of its words mean which step is mapped here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from sqlalchemy import and_, exc, or_, select, update
from sqlalchemy.engine import Connection

from adapters.contract import FetchedReport, Misconfigured, PeerRefused, Waiting
from adapters.kinds.frontdb import bound, column_of, filled_columns, refusal, refuse_large, values_for
from adapters.kinds.frontdb_faults import Stop as Stopped
from adapters.kinds.frontdb_line import Front, TableRow, plain_row
from adapters.kinds.line import check_words
from adapters.kinds.report_rows import REPORT_KEYS, joined, own_number, report_reader
from adapters.kinds.templates import Unfillable, Writing

T = TypeVar("T")

KEYS = REPORT_KEYS | {"table", "order", "flag"}
FLAG_KEYS = frozenset(("column", "unread", "read", "set"))
PAGE = 200
SECONDS = 15.0


class FrontReports:
    """`Polls` of one department."""

    def __init__(self, front: Front) -> None:
        self._front, self._settings = front, front.settings.inner("reports")
        self._settings.only(KEYS)
        self._settings.text("table")
        self._flag = self._settings.inner("flag")
        self._flag.only(FLAG_KEYS)
        self._unread, self._read = self._flag.words("unread"), self._flag.text("read")
        if not self._unread or self._read in self._unread:
            raise Misconfigured(f"{self._flag.where}: unread and read must be words that differ.")
        check_words(self._flag, ("set",), ("now",))
        self._keys = self._settings.words("key")
        self._reader = report_reader(self._settings, front.documents)

    @property
    def page(self) -> int:
        return PAGE

    async def unread(self, skip: int = 0) -> tuple[Waiting, ...]:
        return await self._call(lambda c: self._waiting(c, skip), readonly=True)

    async def fetch(self, key: str) -> FetchedReport | None:
        row = await self._call(lambda c: self._row(c, key), readonly=True)
        try:
            return self._reader.read(row, key) if row is not None else None
        except PeerRefused as e:
            raise PeerRefused(f"{self._front.department.name} {self._settings.text('table')}: {e}") from e

    async def mark_read(self, key: str) -> None:
        await self._call(lambda c: self._mark(c, key), readonly=False)

    async def _call(self, work: Callable[[Connection], T], *, readonly: bool) -> T:
        try:
            return await self._front.database.call(work, SECONDS, readonly=readonly)
        except Stopped as e:
            raise refusal(self._front.department.name, e) from e
        except (exc.IntegrityError, exc.DataError):
            table = self._settings.text("table")
            raise PeerRefused(
                f"{self._front.department.name} {table}: key or flag does not fit its column; compare it with its papers."
            ) from None

    def _waiting(self, connection: Connection, skip: int) -> tuple[Waiting, ...]:
        table = self._front.database.table(connection, self._settings.text("table"))
        key = [column_of(table, name) for name in self._keys]
        number = column_of(table, self._reader.plain["item_no"].places[0].removeprefix("$."))
        order = [column_of(table, name) for name in self._settings.words("order")]
        chosen = select(number, *key).where(self._is_unread(table)).order_by(*order, *key).offset(skip).limit(PAGE)
        return tuple(Waiting(joined(row[1:]), own_number(row[0])) for row in connection.execute(chosen))

    def _row(self, connection: Connection, key: str) -> TableRow | None:
        table = self._front.database.table(connection, self._settings.text("table"))
        chosen = select(table).where(self._same(table, key), self._is_unread(table))
        refuse_large(connection, table, chosen)
        found = connection.execute(chosen).mappings().first()
        return plain_row(cast("Mapping[str, object]", found)) if found is not None else None

    def _mark(self, connection: Connection, key: str) -> None:
        """Only a row that still says unread: what the department wrote meanwhile stays."""
        table = self._front.database.table(connection, self._settings.text("table"))
        writing = Writing(self._front.documents, self._flag.where)
        try:
            more = filled_columns(self._flag.inner("set").table, {"now": self._front.clock()}, writing, "")
        except Unfillable as e:
            raise Misconfigured(f"{self._flag.where} set: {e.place} cannot be filled ({e.rule}).") from e
        values = values_for(table, {**more, self._flag.text("column"): self._read})
        same = self._same(table, key)
        connection.execute(update(table).where(same, self._is_unread(table)).values(values))

    def _same(self, table: Any, key: str) -> Any:
        columns = [column_of(table, name) for name in self._keys]
        return and_(*(column == bound(column, part) for column, part in zip(columns, _parted(key), strict=True)))

    def _is_unread(self, table: Any) -> Any:
        flag = column_of(table, self._flag.text("column"))
        words = [bound(flag, word) for word in self._unread if word]
        return or_(flag.in_(words), flag.is_(None)) if "" in self._unread else flag.in_(words)

    def tables(self) -> tuple[str, str, tuple[str, ...]]:
        """The table, its unique column, and the columns that must be there."""
        paths = [one.places[0] for one in (*self._reader.plain.values(), *self._reader.results)]
        named = [path.removeprefix("$.") for path in (*paths, self._reader.step)]
        flag = (self._flag.text("column"), *self._flag.inner("set").table)
        unique = self._keys[0] if len(self._keys) == 1 else ""
        return self._settings.text("table"), unique, (*named, *flag, *self._keys, *self._settings.words("order"))

    def marked(self) -> tuple[str, ...]:
        """The columns that are written when a report was taken."""
        return (self._flag.text("column"), *self._flag.inner("set").table)


def _parted(key: str) -> list[str]:
    parts = json.loads(key) if key.startswith("[") else [key]
    return [str(part) for part in parts]
