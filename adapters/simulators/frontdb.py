"""What departments share whose only wire is a front database: they fill it, watch it, decide at their desk and write the results down.

Nobody asks such a server over its socket: it knows the control verbs alone. What its tables mean is in each department's own file.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from sqlalchemy.exc import DBAPIError

from adapters.simulators.applications import DeskRefusal, Step
from adapters.simulators.control import Mode, Rule, Variant
from adapters.simulators.fronttables import FrontTables, Row
from adapters.simulators.http import Reply, Request
from adapters.simulators.journal import Call
from adapters.simulators.lines import Lines
from adapters.simulators.server import Answer, Connection, Setting, Simulator

LOOK_EVERY_SECONDS = 0.2
_STEPS: Mapping[tuple[str, str], Step] = {
    ("acceptance", "accepted"): "accept",
    ("acceptance", "refused"): "refuse",
    ("acceptance", "correction"): "correction",
    ("special-procedures", "start"): "suspend",
    ("special-procedures", "end"): "resume",
    ("decision", "approved"): "approve",
    ("decision", "denied"): "deny",
}


@dataclass(frozen=True)
class QueryLog:
    """The table into which whoever asks writes first: the column of the request's number, of the person, of the table asked."""

    table: str
    request: str
    subject: str
    about: str


@dataclass(frozen=True)
class Results:
    """The table of results. `key` tells rows apart; `flag` is `read` once the other side has read the row."""

    table: str
    key: str
    item_no: str
    step: str
    flag: str
    read: str
    unread: str = "0"


@dataclass(frozen=True)
class Said:
    """One step of the desk, to be written down in the department's own words."""

    key: str
    item_no: str
    step: Step
    at: str
    reason: str = field(default="", repr=False)
    number: str = ""
    decision_no: str = ""
    kind: str = ""
    name: str = ""
    defects: tuple[Mapping[str, str], ...] = field(default=(), repr=False)
    results: Mapping[str, str] = field(default_factory=dict, repr=False)


class FrontDatabase(Simulator[None]):
    """A subclass gives its paper, its tables, `population`, `take` and `result`, and makes its desk with `self.results_out`.

    `watched`: table → key column, of the tables into which others write; each new row goes to `take` once, in the order of the names
    here. Modes: `busy` and `down` lock the tables; `wrong` spoils the next result (`code` an unknown word, `other` another's number).
    """

    ddl: ClassVar[Path]
    query_log: ClassVar[QueryLog | None] = None
    watched: ClassVar[Mapping[str, str]] = {}
    results: ClassVar[Results | None] = None
    url: ClassVar[str] = ""
    """Of a PostgreSQL database; by default it is a SQLite file under the folder."""
    modes = frozenset({Mode.NORMAL, Mode.BUSY, Mode.DOWN, Mode.WRONG})

    @classmethod
    def connection(cls, address: str, folder: Path) -> Connection:
        return {"address": cls.url or f"sqlite:///{cls._file(folder)}"}

    @classmethod
    def _file(cls, folder: Path) -> Path:
        return (folder / "databases" / f"{cls.code}.sqlite").resolve()

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._file(setting.folder).parent.mkdir(parents=True, exist_ok=True)
        self.tables = FrontTables(self.url or f"sqlite:///{self._file(setting.folder)}")
        self.results_out = ResultsOut(self, setting.folder)
        self._seen = {(str(row["operation"]), str(row["request"])) for row in self.journal.of_kind("request")}
        self._seen |= {(str(row["operation"]), str(row["number"])) for row in self.journal.of_kind("effect")}
        self._watch: asyncio.Task[None] | None = None

    # --- what a department gives ------------------------------------------------------------------------------------------

    def population(self) -> Mapping[str, Sequence[Row]]:
        """Table → rows, of the tables in which others look people up."""
        return {}

    def take(self, table: str, row: Mapping[str, Any]) -> None:
        """A row that came into a watched table: to the desk with it. DeskRefusal is noted and ends there."""
        raise NotImplementedError

    def result(self, said: Said) -> Row:
        """The row of results that says it, without flag and key."""
        raise NotImplementedError

    # --- life -------------------------------------------------------------------------------------------------------------

    async def open(self, host: str, port: int) -> str:
        self.tables.make(self.ddl)
        for table, rows in self.population().items():
            self.tables.fill(table, rows)
        self.results_out.take_up()
        url = await super().open(host, port)
        self._watch = asyncio.create_task(self._keep_watching())
        return url

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await super().close()
        self.results_out.close()
        self.tables.close()

    def read(self, request: Request) -> tuple[Call, None]:
        return Call("?"), None

    def answer(self, call: Call, parsed: None, rule: Rule) -> Answer:
        return Answer(Reply(404, b"", "text/plain"), "no such service")

    def look(self) -> None:
        """Note what came since the last look, and keep to the standing orders."""
        self._follow_orders()
        with contextlib.suppress(DBAPIError):  # somebody writes just now: next time
            self._note_questions()
            for table, key in self.watched.items():
                self._note_rows(table, key)
            self._note_flags()
            if not self.tables.is_held:
                self.results_out.write()

    def _look(self, name: str) -> Reply:
        self.look()
        return super()._look(name)

    async def _keep_watching(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    def _follow_orders(self) -> None:
        locked = any(rule["mode"] in (Mode.BUSY, Mode.DOWN) for rule in self.switchboard.standing())
        with contextlib.suppress(DBAPIError):
            if locked:
                self.tables.hold()
            else:
                self.tables.release()

    # --- the journal ------------------------------------------------------------------------------------------------------

    def _is_new(self, operation: str, number: str) -> bool:
        if (operation, number) in self._seen:
            return False
        self._seen.add((operation, number))
        return True

    def _note_questions(self) -> None:
        log = self.query_log
        for row in self.tables.rows(log.table) if log else ():
            assert log is not None
            operation, number = f"query {row[log.about]}", str(row[log.request])
            if self._is_new(operation, number):
                noted = self.journal.request(Call(operation, number, str(row[log.subject] or "")))
                self.journal.answer(noted, "logged", 200)

    def _note_rows(self, table: str, key: str) -> None:
        for row in self.tables.rows(table):
            number = str(row[key])
            if self._is_new(f"insert {table}", number):
                noted = self.journal.request(Call(f"insert {table}", number, key=number))
                self.journal.answer(noted, self._taken(table, row), 200)

    def _taken(self, table: str, row: Mapping[str, Any]) -> str:
        try:
            self.take(table, row)
        except DeskRefusal as refusal:
            return f"refused: {refusal}"
        return "taken"

    def _note_flags(self) -> None:
        known = self.results
        for row in self.tables.rows(known.table) if known else ():
            assert known is not None
            if row[known.flag] == known.read and self._is_new("read", str(row[known.key])):
                self.journal.effect("read", str(row[known.key]))


class ResultsOut:
    """Where the desk of such a department says its steps: noted durably first, then written as rows, in order."""

    def __init__(self, office: FrontDatabase, folder: Path) -> None:
        self._office = office
        self._lines = Lines(folder / "state" / f"{office.code}.results.jsonl")
        self._waiting: list[tuple[str, Row]] = []

    def tell(self, stream: str, path: str, body: Mapping[str, object]) -> str:
        """As `Reporter.tell`: what the desk would say over the API is written down instead; gives its key."""
        step = said(str(uuid4()), stream, path, body)
        row = self._row(step)
        self._lines.append({"key": step.key, "row": dict(row)})
        self._waiting.append((step.key, row))
        self.write()
        return step.key

    def take_up(self) -> None:
        """What an earlier run noted and did not write."""
        known = self._office.results
        there = {str(row[known.key]) for row in self._office.tables.rows(known.table)} if known else set()
        for line in self._lines.rows():
            row = line["row"]
            assert isinstance(row, dict)
            if str(line["key"]) not in there:
                self._waiting.append((str(line["key"]), row))

    def write(self) -> None:
        """Every row that waits; while the tables are locked they go on waiting."""
        known = self._office.results
        while self._waiting and known is not None and not self._office.tables.is_held:
            try:
                self._office.tables.add(known.table, self._waiting[0][1])
            except DBAPIError:
                return
            self._waiting.pop(0)

    def close(self) -> None:
        self._lines.close()

    def _row(self, step: Said) -> Row:
        known = self._office.results
        assert known is not None
        row = {**self._office.result(step), known.key: step.key, known.flag: known.unread}
        rule = self._office.switchboard.take("result")
        if rule.mode is Mode.WRONG:
            row |= {known.item_no: "411323-0000-000000-9"} if rule.variant is Variant.OTHER else {known.step: "77"}
        return row


def said(key: str, item_no: str, path: str, body: Mapping[str, object]) -> Said:
    """What the desk would post there over the API, as values."""
    last = path.rpartition("/")[2]
    step = _STEPS[last, str(body.get("result", body.get("action", "")))]
    defects, results = body.get("defects", ()), body.get("results", {})
    assert isinstance(defects, list | tuple) and isinstance(results, dict)
    return Said(
        key=key,
        item_no=item_no,
        step=step,
        at=str(body.get("accepted_at") or body.get("decided_at") or body.get("at") or ""),
        reason=str(body.get("reason", "")),
        number=str(body.get("department_no", "")),
        decision_no=str(body.get("decision_no", "")),
        kind=str(body.get("kind", "")),
        name=str(body.get("name", "")),
        defects=tuple(defects),
        results=results,
    )
