"""Tells the provincial platform: our words become rows of the national front-database tables (up_*), by the mapping in its folder.

It asks the platform nothing about people; the certificate library is a resource like any other (`kinds/rest`).
"""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.contract import PUSH_WORDS, Misconfigured, PeerRefused, PeerUnreachable, Push, Taken
from adapters.kinds.answers import meaning
from adapters.kinds.line import Line, check_words
from adapters.kinds.paths import look, steps
from adapters.kinds.receipts import receipt
from adapters.kinds.rest_wire import delivered, request, sent
from adapters.kinds.settings import Settings
from adapters.kinds.templates import Scope, Unfillable, Writing, fill, names

LONGEST_GUID = 50
KEYS = frozenset(
    [
        "method",
        "path",
        "headers",
        "result",
        "taken",
        "again",
        "done",
        "refused",
        "busy",
        "failed",
        "department_no",
        "columns",
        "row_number",
        "row_state",
        "seen",
    ]
)
LOOKUP_KEYS = frozenset(
    ["method", "path", "headers", "result", "found", "not_found", "busy", "rows", "operation", "number"]
)
_NAMESPACE = uuid.UUID("6f1d2c52-9f0b-5b8e-8f2a-0c1d5a7e4b11")


@dataclass(frozen=True)
class _Column:
    name: str
    length: int | None
    required: bool


class Platform:
    """`Receives`. Where the platform does not know a repeated row (`idempotent = false`), every push is looked up first: a
    process that starts anew cannot know whether an earlier sending arrived."""

    def __init__(self, line: Line, options: Mapping[str, str]) -> None:
        self._line = line
        self._push, self._lookup = line.settings.inner("push"), line.settings.inner("lookup")
        self._push.only(KEYS)
        self._lookup.only(LOOKUP_KEYS)
        self._tables = line.settings.inner("tables")
        self._columns = _columns(line, self._push.text("columns"))
        self.idempotent = _idempotent(line, options)
        self._row_lists = line.settings.inner("row_lists")
        for table in self._tables.table:
            self._check_mapping(table)

    def _check_mapping(self, table: str) -> None:
        where = self._tables.where
        if table not in PUSH_WORDS or table not in self._columns:
            raise Misconfigured(f"{where}: {table} is no table of the platform; see {self._push.text('columns')}.")
        check_words(self._tables, (table,), ("row_guid", "case_no", "item_no", "project_no", "at"))
        ours = {f"value.{word}" for word in (*PUSH_WORDS["*"], *PUSH_WORDS[table])}
        for name in names(self._tables.table[table]):
            if name.startswith("value.") and name not in ours:
                raise Misconfigured(f"{where}.{table}: {{{name}}} is no word of a push; see PUSH_WORDS.")

    async def receive(self, push: Push) -> Taken:
        """Raises PeerUnreachable, PeerRefused."""
        rows = self._rows(push)
        if not rows:
            return Taken("", None, False)  # an empty list of materials: the platform takes no batch without a row
        guids = [row_guid(push.key, at) for at in range(len(rows))]
        if not self.idempotent:
            known = {guid: await self._look_up(push, guid) for guid in guids}
            missing = [(guid, row) for guid, row in zip(guids, rows, strict=True) if known[guid] is None]
            if not missing:
                return Taken(known[guids[0]] or "", None, True)
            guids, rows = [guid for guid, _ in missing], [row for _, row in missing]
        return await self._send(push, guids[0], rows)

    # --- rows ---------------------------------------------------------------------------------------------------------

    def _rows(self, push: Push) -> list[Mapping[str, object]]:
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
        writing = Writing(self._line.documents, f"[wire.tables.{push.table}]")
        try:
            filled = fill(self._tables.inner(push.table).table, self._line.scope(scope), writing)
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

    # --- calls --------------------------------------------------------------------------------------------------------

    async def _send(self, push: Push, guid: str, rows: list[Mapping[str, object]]) -> Taken:
        settings = Settings({**self._push.table, "body": {"rows": rows}}, self._push.where)
        tree = await self._call(settings, {"table": push.table, "request_id": guid})
        taken = receipt(self._push, meaning(self._push), tree)
        state = look(tree, steps(self._push.text("row_state", "")))
        return Taken(taken.department_no, taken.at, taken.again or str(state) in self._push.words("seen"))

    async def _look_up(self, push: Push, guid: str) -> str | None:
        """The platform's number of a row that it has, or None. Raises PeerUnreachable where that cannot be known."""
        scope = {"table": push.table, "row_guid": guid, "request_id": f"q-{guid}"}
        tree = await self._call(self._lookup, scope)
        reading = meaning(self._lookup)
        said = reading.of(tree) if reading else ""
        if said == "not_found":
            return None
        if said != "found":
            raise PeerUnreachable("The platform does not say whether it has the row; it is asked again.")
        found = look(tree, steps(self._lookup.text("rows")))
        rows = found if isinstance(found, list) else []
        name, value = self._lookup.text("operation").split("=")
        same = [row for row in rows if str(look(row, (name,))) == value]
        return str(look(same[0], steps(self._lookup.text("number"))) or "") if same else None

    async def _call(self, settings: Settings, scope: Scope) -> object:
        timeout = self._line.settings.number("handover_timeout_seconds", 15.0)
        sending = request(self._line, settings, scope, timeout)
        return await delivered(self._line, await sent(self._line, settings, sending), settings)


def row_guid(key: str, at: int = 0) -> str:
    """The row's identity at the platform: the same for the same push, at each try. The first row bears the push's own key."""
    name = key if at == 0 else f"{key}-{at}"
    return name if len(name) <= LONGEST_GUID else str(uuid.uuid5(_NAMESPACE, name))


def _idempotent(line: Line, options: Mapping[str, str]) -> bool:
    said = options.get("idempotent")
    if said is None:
        return line.settings.flag("idempotent", False)
    if said not in ("true", "false"):
        raise Misconfigured(f"{line.department.code}: the option idempotent must be true or false.")
    return said == "true"


def _columns(line: Line, name: str) -> Mapping[str, tuple[_Column, ...]]:
    """Reads 表名, 列名, 长度, 必填 of the platform's own list of columns."""
    found: dict[str, list[_Column]] = {}
    try:
        for row in csv.DictReader(io.StringIO(line.documents.read(name).decode("utf-8-sig"))):
            length = int(row["长度"]) if row["长度"] else None
            found.setdefault(row["表名"], []).append(_Column(row["列名"], length, row["必填"] == "是"))
    except (ValueError, KeyError, csv.Error) as e:
        raise Misconfigured(
            f"{line.department.code}: {name} is no list of columns with 表名, 列名, 长度, 必填 ({type(e).__name__}); mend it."
        ) from None
    return {table: tuple(columns) for table, columns in found.items()}
