"""A department whose only wire is a database, and the hub's kind against it: asked, handed item cases, read back, and noted all along."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest

from adapters.connect import Connected
from adapters.contract import Attachment, Found, Outcome, PeerUnreachable, Stop, Unavailable, Waiting
from adapters.simulators import population
from adapters.simulators.applications import Handed, Order
from adapters.simulators.control import Mode, Variant
from adapters.simulators.control import Order as Control
from adapters.simulators.decisions import Desk
from adapters.simulators.departments import KINDS
from adapters.simulators.frontdb import FrontDatabase, QueryLog, Results, Said
from adapters.simulators.fronttables import Row
from adapters.simulators.journal import hashed
from adapters.simulators.server import Setting
from adapters.simulators.styles import Style
from tests.adapters.kinds.making import NOW, connected, department_of, handover, query

T = TypeVar("T")

DDL = """-- 前置库（测试）
CREATE TABLE GRCB (BH INTEGER PRIMARY KEY, ZJHM VARCHAR(18), XM VARCHAR(40), CBZT CHAR(1));
CREATE TABLE CXRZ (QQBH VARCHAR(64) PRIMARY KEY, CXR VARCHAR(40), ZJHM VARCHAR(18), BM VARCHAR(30));
CREATE TABLE SBJS (WYBS VARCHAR(64) PRIMARY KEY, YWLSH VARCHAR(60), XM VARCHAR(40));
CREATE TABLE SBCL (WYBS VARCHAR(64), XH INTEGER, CLMC VARCHAR(100));
CREATE TABLE CHJS (WYBS VARCHAR(64) PRIMARY KEY, YWLSH VARCHAR(60));
CREATE TABLE BJJG (JGBH VARCHAR(64) PRIMARY KEY, YWLSH VARCHAR(60), ZT VARCHAR(4), YJ VARCHAR(200), SLBH VARCHAR(40),
  WSWH VARCHAR(60), PZH VARCHAR(40), GXSJ VARCHAR(40), CLBZ CHAR(1));
"""
TOML = """
[department]
code = "d"
name = "测试局"
uscc = "11411323MB00009009"
kind = "frontdb"
[wire]
handover_timeout_seconds = HASTY
[wire.query_log]
table = "CXRZ"
columns = { QQBH = "{request_id}", CXR = "{handler}", ZJHM = "{id_number}", BM = "{table}" }
[wire.reports]
table = "BJJG"
key = "JGBH"
order = "GXSJ"
flag = { column = "CLBZ", unread = "0", read = "1" }
item_no = "YWLSH"
step = "ZT"
steps = { "01" = "accept", "09" = "deny", "11" = "approve" }
reason = "YJ"
department_no = "SLBH"
decision_no = "WSWH"
results = { pzh = "PZH" }
[resources.r]
title = "参保"
share = "conditional"
subject = ["id_number"]
timeout_seconds = 2.0
wire = { table = "GRCB", match = { ZJHM = "id_number" } }
fields = { owner_name = "XM" }
[handles.permit.hand_over]
table = "SBJS"
key = "WYBS"
columns = { YWLSH = "{item_no}", XM = "{form.owner.name}" }
children = { SBCL = { each = "attachments", row = { WYBS = "{key}", XH = { from = "{number}", as = "integer" }, CLMC = "{name}" } } }
[handles.permit.stop]
table = "CHJS"
key = "WYBS"
columns = { YWLSH = "{item_no}" }
"""
WORDS = {"accept": "01", "deny": "09", "approve": "11"}
STYLE = Style(number="CB{day:%Y%m%d}99{serial:04d}", decision_no="测许〔{day:%Y}〕99{serial:04d}号", handler="CB0990")
PERSON = next(iter(population.PEOPLE.values() if isinstance(population.PEOPLE, Mapping) else population.PEOPLE))
PATIENT, HASTY = 30.0, 1.0
"""Seconds: no test here but the one of maintenance is about time, and machines are slow."""
REQUEST = "0193d0f0-0000-7000-8000-00000000000{}"


class Insurance(FrontDatabase):
    """The test's department."""

    code = "d"
    query_log = QueryLog("CXRZ", "QQBH", "ZJHM", "BM")
    watched: ClassVar[Mapping[str, str]] = {"SBJS": "WYBS", "CHJS": "WYBS"}
    results = Results("BJJG", "JGBH", "YWLSH", "ZT", "CLBZ", "1")

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.desk: Desk = Desk(self.code, STYLE, setting.folder, self.journal, self.results_out, setting.now)

    def population(self) -> Mapping[str, Sequence[Row]]:
        return {"GRCB": [{"BH": 1, "ZJHM": PERSON.id_number, "XM": PERSON.name, "CBZT": "1"}]}

    def take(self, table: str, row: Mapping[str, Any]) -> None:
        if table == "SBJS":
            self.desk.receive(Handed(row["WYBS"], row["YWLSH"], "参保", {"pzh": "PZ99"}))
            return
        number = next(str(one["number"]) for one in self.desk.applications() if one["item_no"] == row["YWLSH"])
        self.desk.withdraw(number)

    def result(self, said: Said) -> Row:
        return {
            "YWLSH": said.item_no, "ZT": WORDS[said.step], "YJ": said.reason, "SLBH": said.number, "WSWH": said.decision_no,
            "PZH": said.results.get("pzh"), "GXSJ": f"{time.monotonic_ns():020d}",
        }  # fmt: skip


class Played:
    """The department on one engine, and the hub's line to it."""

    def __init__(self, folder: Path, url: str) -> None:
        (folder / "qzk.sql").write_text(DDL, "utf-8")
        kept = {"ddl": folder / "qzk.sql", "url": "" if url.startswith("sqlite") else url}
        self.kind = type("Kept", (Insurance,), kept)
        self.folder = folder

    def with_both(
        self, work: Callable[[FrontDatabase, Connected], Awaitable[T]], *, auto: bool = True, seconds: float = PATIENT
    ) -> T:
        """`seconds`: how long the hub waits while it hands over."""

        async def run() -> T:
            office = self.kind(Setting(self.folder, "http://127.0.0.1:1", lambda: NOW, auto, 0.02))
            url = await office.open("127.0.0.1", 0)
            line = connected(
                TOML.replace("HASTY", str(seconds)), str(self.kind.connection(url, self.folder)["address"])
            )
            try:
                return await work(office, line)
            finally:
                await line.close()
                await office.close()

        return asyncio.run(run())


@pytest.fixture
def played(engine_url: str, tmp_path: Path) -> Iterator[Played]:
    yield Played(tmp_path, engine_url)


async def asked(line: Connected, number: int = 1, seconds: float = PATIENT) -> Outcome:
    (resource,) = department_of(TOML.replace("HASTY", "1"))[1].values()
    assert line.answers is not None
    about = query(resource, {"id_number": PERSON.id_number}, request_id=REQUEST.format(number), timeout_seconds=seconds)
    return await line.answers.answer(about)


async def handed(line: Connected, key: str = "K1") -> str:
    assert line.handles is not None
    papers = (Attachment("a", "图", "A", body=b"1"),)
    return (
        await line.handles.hand_over(handover("permit", {"owner.name": "测试甲"}, key=key, attachments=papers))
    ).department_no


async def reports(line: Connected, count: int) -> tuple[Waiting, ...]:
    assert line.polls is not None
    for _ in range(1200):
        found = await line.polls.unread()
        if len(found) >= count:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("the department said nothing")


def test_the_check_finds_the_database_as_its_paper_says(played: Played) -> None:
    async def work(_: FrontDatabase, line: Connected) -> list[str]:
        return await line.check()

    assert played.with_both(work) == []


def test_each_question_stands_in_the_journal_by_its_number_and_a_digest(played: Played) -> None:
    async def work(office: FrontDatabase, line: Connected) -> list[dict[str, Any]]:
        assert isinstance(await asked(line), Found)
        office.look()
        office.look()
        return office.journal.requests()

    (row,) = played.with_both(work)
    assert (row["operation"], row["request"], row["outcome"]) == ("query GRCB", REQUEST.format(1), "logged")
    assert row["subject"] == hashed(PERSON.id_number) and PERSON.id_number not in str(row)


def test_an_item_case_is_accepted_and_decided_and_its_results_are_read_back(played: Played) -> None:
    async def work(office: FrontDatabase, line: Connected) -> list[Any]:
        assert line.polls is not None
        await handed(line)
        await handed(line)  # the same key again
        found = [await line.polls.fetch(one.key) for one in await reports(line, 2)]
        for one in await line.polls.unread():
            await line.polls.mark_read(one.key)
        office.look()
        return [found, office.journal.requests(), office.journal.of_kind("effect"), await line.polls.unread()]

    found, requests, effects, left = played.with_both(work)
    assert [(one.step, one.department_no, one.decision_no) for one in found] == [
        ("accept", "CB20261120990001", ""), ("approve", "", "测许〔2026〕990001号"),
    ]  # fmt: skip
    assert found[1].results == {"pzh": "PZ99"} and left == ()
    assert [(row["operation"], row["key"], row["outcome"]) for row in requests] == [("insert SBJS", "K1", "taken")]
    assert [row["operation"] for row in effects] == ["received", "accept", "approve", "read", "read"]


KEPT = [kind for kind in KINDS if issubclass(kind, FrontDatabase)]


@pytest.mark.parametrize("kind", KEPT, ids=lambda kind: str(kind.code))
def test_every_department_s_paper_makes_its_tables_on_each_engine_and_they_hold_what_it_knows(
    kind: type[FrontDatabase], engine_url: str, tmp_path: Path
) -> None:
    kept = type("Kept", (kind,), {"url": "" if engine_url.startswith("sqlite") else engine_url})

    async def run() -> dict[str, tuple[int, int]]:
        office = kept(Setting(tmp_path, "http://127.0.0.1:1", lambda: NOW, False))
        await office.open("127.0.0.1", 0)
        try:
            return {name: (office.tables.count(name), len(rows)) for name, rows in office.population().items()}
        finally:
            await office.close()

    counted = asyncio.run(run())
    assert counted and all(there == known > 0 for there, known in counted.values())


def test_a_stop_reaches_the_desk(played: Played) -> None:
    async def work(office: FrontDatabase, line: Connected) -> str:
        assert line.handles is not None and office.desk is not None
        number = await handed(line)
        office.look()
        await line.handles.stop(Stop("S1", number, number, "申请人撤回", "permit"))
        office.look()
        return str(office.desk.applications()[0]["state"])

    assert played.with_both(work, auto=False) == "withdrawn"


def test_locked_for_maintenance_nothing_answers_and_afterwards_all_goes_on(played: Played) -> None:
    async def work(office: FrontDatabase, line: Connected) -> tuple[Outcome, Outcome]:
        office.switchboard.order(Control(mode=Mode.DOWN))
        office.look()
        down = await asked(line, 1, HASTY)
        with pytest.raises(PeerUnreachable):
            await handed(line)
        office.switchboard.order(Control(mode=Mode.NORMAL))
        office.look()
        return down, await asked(line, 2)

    down, up = played.with_both(work, seconds=HASTY)
    assert isinstance(down, Unavailable) and isinstance(up, Found)


@pytest.mark.parametrize("variant", [Variant.CODE, Variant.OTHER])
def test_a_result_can_be_spoilt_on_order(played: Played, variant: Variant) -> None:
    async def work(office: FrontDatabase, line: Connected) -> list[dict[str, object]]:
        office.switchboard.order(Control(mode=Mode.WRONG, operation="result", variant=variant, times=1))
        await handed(line)
        await reports(line, 2)
        return office.tables.rows("BJJG", "GXSJ")

    first, second = played.with_both(work)
    good = ("411323-2026-000001-1", "01")
    wrong = (good[0], "77") if variant is Variant.CODE else ("411323-0000-000000-9", good[1])
    assert (first["YWLSH"], first["ZT"]) == wrong and second["ZT"] == "11"


def test_after_a_restart_nothing_is_noted_twice_and_what_was_not_written_is_written(played: Played) -> None:
    async def first(office: FrontDatabase, line: Connected) -> None:
        await asked(line)
        await handed(line)
        office.look()
        office.switchboard.order(Control(mode=Mode.DOWN))
        office.look()
        assert office.desk is not None
        number = str(office.desk.applications()[0]["number"])
        office.desk.obey(Order(number=number, step="accept"))  # said while the tables are locked

    async def second(office: FrontDatabase, line: Connected) -> tuple[int, int]:
        office.look()
        return len(office.journal.requests()), len(await reports(line, 1))

    played.with_both(first, auto=False)
    assert played.with_both(second, auto=False) == (2, 1)
