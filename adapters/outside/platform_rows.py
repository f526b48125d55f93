"""Makes the rows of the national front-database tables (up_*) out of our words, by the mapping in the platform's folder. It sends nothing.

The same rows go over HTTP (`platform`) or into the platform's front database (`platform_front`).
"""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.contract import PUSH_WORDS, Misconfigured, PeerRefused, Push
from adapters.kinds.documents import Documents
from adapters.kinds.line import check_words
from adapters.kinds.settings import Settings
from adapters.kinds.templates import Scope, Unfillable, Writing, fill, names

LONGEST_GUID = 50
_NAMESPACE = uuid.UUID("6f1d2c52-9f0b-5b8e-8f2a-0c1d5a7e4b11")


@dataclass(frozen=True)
class _Column:
    name: str
    length: int | None
    required: bool


class PlatformRows:
    """Rows of the tables that the platform's folder maps, held against its own list of columns."""

    def __init__(self, settings: Settings, documents: Documents, constants: Mapping[str, object]) -> None:
        self._documents, self._constants = documents, constants
        self._tables = settings.inner("tables")
        self._list = settings.inner("push").text("columns")
        self._columns = _columns(documents, self._list)
        self._row_lists = settings.inner("row_lists")
        for table in self._tables.table:
            self._check_mapping(table)

    @property
    def wanted(self) -> Mapping[str, tuple[str, ...]]:
        """Each table that is mapped, with the columns that the mapping fills."""
        return {table: tuple(self._tables.inner(table).table) for table in self._tables.table}

    def _check_mapping(self, table: str) -> None:
        where = self._tables.where
        if table not in PUSH_WORDS or table not in self._columns:
            raise Misconfigured(f"{where}: {table} is no table of the platform; see {self._list}.")
        check_words(self._tables, (table,), ("row_guid", "case_no", "item_no", "project_no", "at"))
        ours = {f"value.{word}" for word in (*PUSH_WORDS["*"], *PUSH_WORDS[table])}
        for name in names(self._tables.table[table]):
            if name.startswith("value.") and name not in ours:
                raise Misconfigured(f"{where}.{table}: {{{name}}} is no word of a push; see PUSH_WORDS.")

    def of(self, push: Push) -> list[Mapping[str, object]]:
        """Raises PeerRefused."""
        if push.table not in self._tables.table:
            raise PeerRefused(f"The platform's folder maps no table {push.table!r}; add [wire.tables.{push.table}].")
        rows = self._listed(push) if push.table in self._row_lists.table else [{}]
        return [self._row(push, at, words) for at, words in enumerate(rows)]

    def _listed(self, push: Push) -> list[Mapping[str, object]]:
        """The rows of a value that holds a JSON list."""
        word = self._row_lists.text(push.table)
        try:
            rows = json.loads(push.values.get(word, "[]"))
            return [dict(row) for row in rows]
        except (ValueError, TypeError) as e:
            raise PeerRefused(f"{push.table}: {word} is no JSON list of tables; the hub must give one.") from e

    def _row(self, push: Push, at: int, words: Mapping[str, object]) -> Mapping[str, object]:
        scope: Scope = {
            **{f"value.{word}": value for word, value in push.values.items()},
            **{f"row.{word}": value for word, value in words.items()},
            "row_guid": row_guid(push.key, at),
            "case_no": push.case_no,
            "item_no": push.item_no,
            "project_no": push.item_no or push.case_no,
            "at": push.at,
        }
        writing = Writing(self._documents, f"[wire.tables.{push.table}]")
        try:
            filled = fill(self._tables.inner(push.table).table, {**scope, **self._constants}, writing)
        except Unfillable as e:
            raise PeerRefused(f"{push.table}.{e.place} cannot be filled ({e.rule}); complete the case.") from e
        assert isinstance(filled, Mapping)
        row = {str(name): value for name, value in filled.items() if value not in (None, "")}
        self._check(push.table, row)
        return row

    def _check(self, table: str, row: Mapping[str, object]) -> None:
        for column in self._columns[table]:
            if column.required and column.name not in row:
                raise PeerRefused(f"{table}.{column.name} is required and empty; complete the case or the mapping.")
            if column.length is not None and len(str(row.get(column.name, ""))) > column.length:
                raise PeerRefused(f"{table}.{column.name} is longer than {column.length} characters; shorten it.")


def row_guid(key: str, at: int = 0) -> str:
    """The row's identity at the platform: the same for the same push, at each try. The first row bears the push's own key."""
    name = key if at == 0 else f"{key}-{at}"
    return name if len(name) <= LONGEST_GUID else str(uuid.uuid5(_NAMESPACE, name))


def _columns(documents: Documents, name: str) -> Mapping[str, tuple[_Column, ...]]:
    """Reads 表名, 列名, 长度, 必填 of the platform's own list of columns."""
    found: dict[str, list[_Column]] = {}
    try:
        for row in csv.DictReader(io.StringIO(documents.read(name).decode("utf-8-sig"))):
            length = int(row["长度"]) if row["长度"] else None
            found.setdefault(row["表名"], []).append(_Column(row["列名"], length, row["必填"] == "是"))
    except (ValueError, KeyError, csv.Error) as e:
        raise Misconfigured(
            f"{documents.department}: {name} is no list of columns with 表名, 列名, 长度, 必填 ({type(e).__name__}); mend it."
        ) from None
    return {table: tuple(columns) for table, columns in found.items()}
