"""Fetches what a department says of item cases out of the table in which it says it, and marks the row read. It applies nothing.

The department calls nobody: it writes a row, with a flag that says "not read". Which of its words mean which step is mapped here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import and_, exc, or_, select, update
from sqlalchemy.engine import Connection

from adapters.contract import REPORT_STEPS, FetchedReport, Misconfigured, PeerRefused, Waiting
from adapters.kinds.frontdb import bound, column_of, filled_columns, refusal, refuse_large, values_for
from adapters.kinds.frontdb_faults import Stop as Stopped
from adapters.kinds.frontdb_line import Front, TableRow, plain_row
from adapters.kinds.line import check_words
from adapters.kinds.paths import steps, text_at
from adapters.kinds.receipts import spoken
from adapters.kinds.records import FieldReader, ListReader, field_reader, list_reader
from adapters.kinds.settings import Settings
from adapters.kinds.templates import Unfillable, Writing
from adapters.kinds.values import Broken, Good, unfit_characters
from catalog.types import ResourceField, ResourceList, ShareType, Wire

T = TypeVar("T")

PLAIN = ("item_no", "reason", "department_no", "decision_no", "special_kind", "special_name")
KEYS = frozenset(("table", "key", "order", "flag", "step", "steps", "defects", "results", *PLAIN))
FLAG_KEYS = frozenset(("column", "unread", "read", "set"))
LONGEST = {
    "item_no": 60,
    "reason": 1000,
    "department_no": 60,
    "decision_no": 60,
    "special_kind": 60,
    "special_name": 60,
}
PAGE = 200
SECONDS = 15.0


@dataclass(frozen=True)
class _Reader:
    """How a row is read. `steps` maps the department's words to ours."""

    step: str
    steps: Mapping[str, str]
    plain: Mapping[str, FieldReader]
    results: tuple[FieldReader, ...]
    defects: ListReader | None

    def read(self, row: TableRow, key: str) -> FetchedReport:
        """Raises PeerRefused naming column and rule, never a value but the department's own word for the step."""
        said = text_at(row, steps(self.step))
        if said not in self.steps:
            raise PeerRefused(f"{self.step} says {spoken(said)}, which is in no paper; ask the department about it.")
        step = self.steps[said]
        words = {name: _bounded(name, _value(reader, row)) for name, reader in self.plain.items()}
        results = {reader.name: _value(reader, row) for reader in self.results} if step == "approve" else {}
        return FetchedReport(
            key=key,
            step=step,
            defects=self._defects(row, words.get("reason", "")) if step == "correction" else (),
            results={name: value for name, value in results.items() if value},
            **cast("dict[str, Any]", words),
        )

    def _defects(self, row: TableRow, reason: str) -> tuple[tuple[str, str], ...]:
        """Material and why. Without a list the reason is the one thing to correct."""
        rows = self.defects.rows(row) if self.defects else []
        if isinstance(rows, Broken):
            raise PeerRefused(f"{self.defects.place if self.defects else ''} breaks the rule {rows.rule}.")
        found = [tuple(str(part).strip() for part in cast("Mapping[str, object]", one).values()) for one in rows]
        listed = tuple((one[0], one[1] if len(one) > 1 else "") for one in found if one[0])
        return listed or (((reason, ""),) if reason else ())


def _value(reader: FieldReader, row: TableRow) -> str:
    reading = reader.read(row)
    if isinstance(reading, Broken):
        raise PeerRefused(
            f"{' + '.join(reader.places)} breaks the rule {reading.rule}; ask the department to mend the row."
        )
    if reader.required and not isinstance(reading, Good):
        raise PeerRefused(f"{' + '.join(reader.places)} is empty; ask the department to mend the row.")
    return reading.text if isinstance(reading, Good) else ""


def _bounded(name: str, text: str) -> str:
    """As long as the same word may be where a department reports it over the API."""
    if len(text) > LONGEST[name]:
        raise PeerRefused(f"{name} is longer than {LONGEST[name]} characters; ask the department to mend the row.")
    return text


class FrontReports:
    """`Polls` of one department."""

    def __init__(self, front: Front) -> None:
        self._front, self._settings = front, front.settings.inner("reports")
        self._settings.only(KEYS)
        self._flag = self._settings.inner("flag")
        self._flag.only(FLAG_KEYS)
        self._unread, self._read = self._flag.words("unread"), self._flag.text("read")
        if not self._unread or self._read in self._unread:
            raise Misconfigured(f"{self._flag.where}: unread and read must be words that differ.")
        check_words(self._flag, ("set",), ("now",))
        self._keys = self._settings.words("key")
        self._reader = _reader(self._settings, front)

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
        return tuple(Waiting(_joined(row[1:]), _number(row[0])) for row in connection.execute(chosen))

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


def _number(value: object) -> str:
    """Our number in a row, or "": one that is no number of ours is nobody's."""
    text = text_at(value, ())
    return text if len(text) <= LONGEST["item_no"] and not unfit_characters(text) else ""


def _joined(parts: Sequence[object]) -> str:
    """One text for the row. What could be taken for such a list itself, or cannot be kept as text, is escaped in one."""
    texts = [str(part) for part in parts]
    if len(texts) == 1 and not texts[0].startswith("[") and not unfit_characters(texts[0]):
        return texts[0]
    plain = not any(unfit_characters(text) for text in texts)
    return json.dumps(texts, ensure_ascii=not plain)


def _parted(key: str) -> list[str]:
    parts = json.loads(key) if key.startswith("[") else [key]
    return [str(part) for part in parts]


def _reader(settings: Settings, front: Front) -> _Reader:
    words = {word: str(step) for word, step in settings.inner("steps").table.items()}
    if not words or not set(words.values()) <= set(REPORT_STEPS):
        raise Misconfigured(f"{settings.where} steps: each word stands for one of {', '.join(REPORT_STEPS)}.")
    settings.text("table")
    if not settings.words("key"):
        raise Misconfigured(f"{settings.where}: key must name the column that tells rows apart, or columns together.")
    plain = {name: _field(settings, name, front) for name in PLAIN if name in settings.table}
    if "item_no" not in plain:
        raise Misconfigured(f"{settings.where}: item_no must name the column that holds our item number.")
    inner = settings.inner("results")
    results = tuple(_field(inner, name, front) for name in inner.table)
    defects = None
    if "defects" in settings.table:
        wire = settings.inner("defects").table
        defects = list_reader(
            ResourceList("defects", "", ShareType.CONDITIONAL, wire, ()), front.documents, settings.where
        )
    return _Reader(settings.text("step"), words, plain, results, defects)


def _field(settings: Settings, name: str, front: Front) -> FieldReader:
    found = settings.table[name]
    wire: Wire = dict(found) if isinstance(found, Mapping) else {"path": found}
    required = bool(wire.get("required", name == "item_no"))
    plain = {key: value for key, value in wire.items() if key != "required"}
    return field_reader(ResourceField(name, ShareType.CONDITIONAL, plain, required), front.documents, settings.where)
