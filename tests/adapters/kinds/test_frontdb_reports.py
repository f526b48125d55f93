"""Reports in a front database: read in order, in the department's words, and marked only when we say so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest
from sqlalchemy import create_engine, text

from adapters.connect import Connected
from adapters.contract import FetchedReport, Misconfigured, PeerRefused, PeerUnreachable, Polls, Waiting
from tests.adapters.kinds.making import connected

T = TypeVar("T")

DDL = (
    "CREATE TABLE BJJG (XH INTEGER PRIMARY KEY, YWLSH VARCHAR(40), ZT VARCHAR(4), YJ VARCHAR(400), SLBH VARCHAR(40), WSWH VARCHAR(60),"
    " BZNR VARCHAR(400), XKZBH VARCHAR(40), YXQZ VARCHAR(8), GXSJ VARCHAR(14), CLBZ CHAR(1), CLSJ VARCHAR(14))"
)
TOML = """
[department]
code = "d"
name = "测试局"
uscc = "11411323MB00009009"
kind = "frontdb"
[wire.reports]
table = "BJJG"
key = "XH"
order = "GXSJ"
flag = { column = "CLBZ", unread = ["0", ""], read = "1", set = { CLSJ = { from = "{now}", as = "yyyymmddhhmmss" } } }
item_no = "YWLSH"
step = "ZT"
steps = { "01" = "accept", "02" = "refuse", "03" = "correction", "04" = "suspend", "05" = "resume", "06" = "pre_review", "11" = "approve", "12" = "deny" }
reason = "YJ"
department_no = "SLBH"
decision_no = "WSWH"
defects = { path = "BZNR", split = { rows = ";", columns = "|", names = ["cl", "yy"] } }
results = { xkzbh = "XKZBH", yxqz = { path = "YXQZ", as = "yyyymmdd" } }
"""


class Far:
    def __init__(self, url: str) -> None:
        self.url, self.toml = url, TOML
        self.secrets: dict[str, str] = {}
        self.engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        self.run(DDL)

    def run(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def says(self, number: int, word: str, *, item: str = "N-1", at: str = "1", flag: str = "'0'", **more: str) -> None:
        columns = "".join(f", {name}" for name in more)
        values = "".join(f", '{value}'" for value in more.values())
        self.run(
            f"INSERT INTO BJJG (XH, YWLSH, ZT, GXSJ, CLBZ{columns}) VALUES ({number}, '{item}', '{word}', '{at}', {flag}{values})"
        )

    def flags(self) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text("SELECT XH, CLBZ, CLSJ FROM BJJG ORDER BY XH"))]

    def line(self) -> Connected:
        return connected(self.toml, self.url, secrets=self.secrets)

    def polled(self, work: Callable[[Polls], Awaitable[T]]) -> T:
        async def run() -> T:
            line = self.line()
            assert line.polls is not None
            try:
                return await work(line.polls)
            finally:
                await line.close()

        return asyncio.run(run())

    def fetch(self, key: str = "1") -> FetchedReport | None:
        return self.polled(lambda polls: polls.fetch(key))


@pytest.fixture
def far(engine_url: str) -> Iterator[Far]:
    found = Far(engine_url)
    yield found
    found.engine.dispose()


def test_what_is_unread_comes_in_the_order_in_which_it_was_written(far: Far) -> None:
    far.says(1, "11", at="3")
    far.says(2, "01", at="1", flag="NULL")
    far.says(3, "01", at="2", item="N-2")
    far.says(4, "01", flag="'1'")
    waiting = far.polled(lambda polls: polls.unread())
    assert waiting == (Waiting("2", "N-1"), Waiting("3", "N-2"), Waiting("1", "N-1"))
    assert far.polled(lambda polls: polls.unread(skip=2)) == (Waiting("1", "N-1"),)


def test_looking_and_fetching_mark_nothing(far: Far) -> None:
    far.says(1, "01")
    far.polled(lambda polls: polls.unread())
    far.fetch()
    assert far.flags() == [(1, "0", None)]


def test_a_row_is_marked_once_with_its_time_and_then_is_no_report_any_more(far: Far) -> None:
    far.says(1, "01")
    far.polled(lambda polls: polls.mark_read("1"))
    far.polled(lambda polls: polls.mark_read("1"))
    assert far.flags() == [(1, "1", "20261120100000")] and far.fetch() is None and far.fetch("9") is None


def test_an_approval_has_its_number_and_the_facts_that_it_carries(far: Far) -> None:
    far.says(1, "11", YJ="同意", WSWH="测许〔2026〕1号", XKZBH="JY99", YXQZ="20311128")
    assert far.fetch() == FetchedReport(
        "1", "N-1", "approve", "同意", decision_no="测许〔2026〕1号", results={"xkzbh": "JY99", "yxqz": "2031-11-28"}
    )


def test_an_acceptance_has_the_departments_number_and_no_results(far: Far) -> None:
    far.says(1, "01", SLBH="S1", XKZBH="JY99")
    assert far.fetch() == FetchedReport("1", "N-1", "accept", department_no="S1")


def test_a_correction_lists_everything_at_once(far: Far) -> None:
    far.says(1, "03", YJ="请补正", BZNR="平面图|未盖章;身份证明|已过期")
    far.says(2, "03", YJ="请补正")
    one, two = far.fetch(), far.fetch("2")
    assert one is not None and one.defects == (("平面图", "未盖章"), ("身份证明", "已过期"))
    assert two is not None and two.defects == (("请补正", ""),)


def test_a_table_with_one_row_for_an_item_case_is_told_apart_by_number_and_word(far: Far) -> None:
    far.toml = TOML.replace('key = "XH"', 'key = ["YWLSH", "ZT"]')
    far.says(1, "01")
    (waiting,) = far.polled(lambda polls: polls.unread())
    far.run("UPDATE BJJG SET ZT = '11'")
    assert far.fetch(waiting.key) is None
    (now,) = far.polled(lambda polls: polls.unread())
    far.polled(lambda polls: polls.mark_read(now.key))
    assert now.key != waiting.key and far.flags()[0][1] == "1"


def test_a_word_of_no_paper_needs_a_person(far: Far) -> None:
    far.says(1, "77")
    with pytest.raises(PeerRefused, match=r"测试局 BJJG: ZT says code '77', which is in no paper"):
        far.fetch()


def test_a_value_that_breaks_its_rule_is_named_by_column_and_not_repeated(far: Far) -> None:
    far.says(1, "11", YXQZ="20260231")
    with pytest.raises(PeerRefused, match=r"YXQZ breaks the rule yyyymmdd") as caught:
        far.fetch()
    assert "20260231" not in str(caught.value)


def test_a_list_of_defects_that_cannot_be_read_needs_a_person(far: Far) -> None:
    far.says(1, "03", BZNR="平面图")
    with pytest.raises(PeerRefused, match="BZNR breaks the rule split"):
        far.fetch()


def test_a_report_about_nothing_needs_a_person(far: Far) -> None:
    far.says(1, "01", item=" ")
    with pytest.raises(PeerRefused, match="YWLSH is empty"):
        far.fetch()


def test_a_database_that_does_not_answer_is_looked_into_later() -> None:
    line = connected(TOML, "sqlite:////nowhere/none.sqlite")
    assert line.polls is not None
    with pytest.raises(PeerUnreachable):
        asyncio.run(line.polls.unread())


def test_the_check_names_what_is_missing_there(far: Far) -> None:
    far.run("DROP TABLE BJJG")

    async def check() -> list[str]:
        line = far.line()
        try:
            return await line.check()
        finally:
            await line.close()

    assert asyncio.run(check()) == ["d: there is no table BJJG; compare it with the papers."]


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('"12" = "deny"', '"12" = "denied"', "each word stands for one of"),
        ('read = "1"', 'read = "0"', "must be words that differ"),
        ('item_no = "YWLSH"\n', "", "item_no must name the column"),
        ('reason = "YJ"', 'raison = "YJ"', "raison is no known key"),
    ],
)
def test_a_mapping_that_cannot_work_is_told_when_connecting(old: str, new: str, match: str) -> None:
    with pytest.raises(Misconfigured, match=match):
        connected(TOML.replace(old, new), "sqlite:///x")
