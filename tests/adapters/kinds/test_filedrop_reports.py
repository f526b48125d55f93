"""Reports by file: what a department says of item cases in files of its own, each row once, nothing lost when a file is bad."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from adapters.connect import Connected
from adapters.contract import Collected, FetchedReport, Misconfigured, PeerRefused, PeerUnreachable, Polls, Waiting
from tests.adapters.kinds.making import PORTS, connected
from tests.support.full_disk import full_disk

T = TypeVar("T")

TOML = """
[department]
code = "d"
name = "测试局"
uscc = "11411323MB00009009"
kind = "filedrop"
[wire]
control = { file = "WJM", rows = "HS", sha256 = "ZY", produced_on = "RQ" }
[wire.reports]
pattern = "jg_{yyyymmdd}.csv"
columns = ["XH", "YWLSH", "ZT", "YJ", "SLBH", "WSWH", "BZNR", "YXQZ"]
key = "XH"
item_no = "YWLSH"
step = "ZT"
steps = { "01" = "accept", "03" = "correction", "11" = "approve" }
reason = "YJ"
department_no = "SLBH"
decision_no = "WSWH"
defects = { path = "BZNR", split = { rows = ";", columns = "/", names = ["cl", "yy"] } }
results = { yxqz = { path = "YXQZ", as = "yyyymmdd" } }
"""
HEADER = "XH,YWLSH,ZT,YJ,SLBH,WSWH,BZNR,YXQZ"
ACCEPTED, APPROVED = "1,N-1,01,,S1,,,", "2,N-1,11,同意,,决1号,,20311128"


class Office:
    """A department that says what became of item cases by file, and a hub that looks."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.toml = folder, TOML
        self._line: Connected | None = None

    @property
    def line(self) -> Connected:
        if self._line is None:
            ports = replace(PORTS, on_batch=lambda _: None, replica_folder=self.folder / "replicas")
            self._line = connected(self.toml, "", folder=self.folder, ports=ports, drop=self.folder)
        return self._line

    def says(self, *rows: str, day: str = "20261119", rows_said: int | None = None, marker: bool = True) -> None:
        name = f"jg_{day}.csv"
        body = "\r\n".join((HEADER, *rows, "")).encode("gb18030")
        (self.folder / name).write_bytes(body)
        count = len(rows) if rows_said is None else rows_said
        said = f"WJM={name}\r\nRQ={day}\r\nHS={count}\r\nZY={hashlib.sha256(body).hexdigest()}\r\n"
        if marker:
            (self.folder / name).with_suffix(".ok").write_text(said)

    def collect(self) -> Collected:
        assert self.line.collects is not None
        return self.line.collects.collect()

    def polled(self, work: Callable[[Polls], Awaitable[T]]) -> T:
        polls = self.line.polls
        assert polls is not None

        async def run() -> T:
            return await work(polls)

        return asyncio.run(run())

    def waiting(self) -> tuple[Waiting, ...]:
        return self.polled(lambda polls: polls.unread())

    def key(self, number: str) -> str:
        return next(row.key for row in self.waiting() if row.key.startswith(f"{number}#"))

    def fetch(self, key: str) -> FetchedReport | None:
        return self.polled(lambda polls: polls.fetch(key))

    def take(self, key: str) -> None:
        self.polled(lambda polls: polls.mark_read(key))

    def lying(self) -> list[str]:
        """What is left of report files, at either place."""
        return sorted(one.name for one in self.folder.rglob("*jg_*") if one.is_file())


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_rows_wait_in_the_order_of_days_and_lines_and_are_read_in_their_words(office: Office) -> None:
    office.says(APPROVED, day="20261119")
    office.says(ACCEPTED, "3,N-2,03,不齐,,,平面图/缺章;租约/过期,", day="20261118")
    collected = office.collect()
    assert collected.held == () and [row.item_no for row in office.waiting()] == ["N-1", "N-2", "N-1"]
    approved = office.fetch(office.key("2"))
    assert approved and (approved.step, approved.decision_no, approved.results) == (
        "approve",
        "决1号",
        {"yxqz": "2031-11-28"},
    )
    lacking = office.fetch(office.key("3"))
    assert lacking and lacking.defects == (("平面图", "缺章"), ("租约", "过期"))


def test_a_row_is_taken_once_and_the_file_goes_with_its_last_row(office: Office) -> None:
    office.says(ACCEPTED, APPROVED)
    office.collect()
    first, second = (row.key for row in office.waiting())
    office.take(first)
    office.take(first)
    assert [row.key for row in office.waiting()] == [second] and office.fetch(first) is None
    office.take(second)
    assert office.waiting() == () and office.lying() == []


def test_a_file_that_a_process_left_which_died_with_its_last_row_goes_at_the_next_look(office: Office) -> None:
    office.says(ACCEPTED)
    office.collect()
    key, (left,) = office.key("1"), (office.folder / ".reports").iterdir()
    body = left.read_bytes()
    office.take(key)
    left.write_bytes(body)
    left.with_name(f".{left.name}.read").write_text(key.partition("#")[2])
    assert office.waiting() == () and office.lying() == []


def test_another_process_knows_what_was_taken(office: Office) -> None:
    office.says(ACCEPTED, APPROVED)
    office.collect()
    office.take(office.key("1"))
    assert [row.key[:2] for row in Office(office.folder).waiting()] == ["2#"]


def test_the_same_rows_again_have_the_same_keys_and_wait_once(office: Office) -> None:
    office.says(ACCEPTED)
    office.collect()
    office.says(ACCEPTED)
    office.collect()
    office.says(ACCEPTED, day="20261120")
    office.collect()
    (row,) = office.waiting()
    office.take(row.key)
    assert office.waiting() == () and office.lying() == []
    office.says(ACCEPTED)
    office.collect()
    assert [again.key for again in office.waiting()] == [row.key]  # the hub knows that call


def test_a_half_written_file_is_left_alone(office: Office) -> None:
    office.says(ACCEPTED, marker=False)
    assert office.collect().waiting == ("jg_20261119.csv",) and office.waiting() == ()


@pytest.mark.parametrize("wrong", ["digest", "count", "header"])
def test_a_file_that_is_not_what_was_agreed_is_refused_whole(office: Office, wrong: str) -> None:
    office.says(ACCEPTED, rows_said=2 if wrong == "count" else None)
    place = office.folder / "jg_20261119.csv"
    if wrong == "digest":
        (office.folder / "jg_20261119.ok").write_text("WJM=jg_20261119.csv\nRQ=20261119\nHS=1\nZY=00\n")
    if wrong == "header":
        body = place.read_bytes().replace(b"XH,", b"HX,")
        place.write_bytes(body)
        said = f"WJM=jg_20261119.csv\nRQ=20261119\nHS=1\nZY={hashlib.sha256(body).hexdigest()}\n"
        (office.folder / "jg_20261119.ok").write_text(said)
    assert len(office.collect().held) == 1 and office.waiting() == ()
    assert (office.folder / ".refused" / "jg_20261119.csv").is_file()


def test_a_bad_row_goes_back_and_the_others_are_reports(office: Office) -> None:
    office.says(",N-1,01,,,,,", "7,N-1", APPROVED, rows_said=3)
    office.collect()
    assert [row.key[:2] for row in office.waiting()] == ["2#"]
    errors = (office.folder / "jg_20261119.errors.csv").read_text("gb18030")
    assert "2,XH" in errors and "3,," in errors and "N-1" not in errors


def test_a_word_that_is_in_no_paper_waits_until_the_department_sends_the_row_anew(office: Office) -> None:
    office.says("1,N-1,99,测试甲,,,,", APPROVED, day="20261118")
    office.collect()
    wrong = office.key("1")
    with pytest.raises(PeerRefused, match="ZT says code '99'") as told:
        office.fetch(wrong)
    assert "测试甲" not in str(told.value)
    office.says(ACCEPTED)
    office.collect()
    assert office.fetch(wrong) is None  # another row of its key took its place
    office.take(office.key("1"))
    assert [row.key[:2] for row in office.waiting()] == ["2#"]


def test_a_number_that_is_none_of_ours_hides_no_other_row(office: Office) -> None:
    office.says(f"1,{'9' * 80},01,,,,,", APPROVED)
    office.collect()
    assert [row.item_no for row in office.waiting()] == ["", "N-1"]


def test_a_full_disk_marks_nothing_and_the_row_waits_on(office: Office) -> None:
    office.says(ACCEPTED, APPROVED)
    office.collect()
    key = office.key("1")
    with full_disk(), pytest.raises(PeerUnreachable, match="tried again"):
        office.take(key)
    assert len(office.waiting()) == 2
    office.take(key)
    assert len(office.waiting()) == 1


def test_more_rows_than_a_file_of_reports_may_have_are_refused(office: Office) -> None:
    office.says(*(f"{n},N-1,01,,,,," for n in range(5001)))
    assert "请分成几个文件" in office.collect().held[0]


def test_pages_follow_one_another(office: Office) -> None:
    office.says(*(f"{n},N-1,01,,,,," for n in range(201)))
    office.collect()
    assert len(office.waiting()) == 200
    assert [row.key[:4] for row in office.polled(lambda polls: polls.unread(200))] == ["200#"]


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ('key = "XH"', "", "key must name"),
        ('item_no = "YWLSH"', "", "item_no must name"),
        ('"11" = "approve"', '"11" = "agree"', "stands for one of"),
        ('reason = "YJ"', 'reason = "YY"', "YY is not a column"),
        ('reason = "YJ"', 'flag = "YJ"', "no known key"),
    ],
)
def test_a_mistake_in_the_manifest_is_a_sentence_when_the_department_is_connected(
    office: Office, good: str, bad: str, said: str
) -> None:
    office.toml = TOML.replace(good, bad)
    with pytest.raises(Misconfigured, match=said):
        assert office.line
