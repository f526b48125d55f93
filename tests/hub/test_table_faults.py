"""Each fault of a front database and of an inbox, through the whole doorway: its outcome, the log's record of it, and a neighbour who notices nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from adapters.connect import Connection, Ports, connect
from adapters.contract import Found
from hub.sharinglog import SharingLog
from tests.adapters.kinds.making import Store, department_of
from tests.hub.doorway import NOW, PATIENT, Told, held_database, is_well, log, told
from tests.hub.test_exchange import PERSON

__all__ = ["log"]
DDL = f"""
CREATE TABLE RYB (BH INTEGER PRIMARY KEY, ZJHM VARCHAR(18), XM VARCHAR(40), ZT CHAR(1));
CREATE TABLE CXRZ (QQBH VARCHAR(40) PRIMARY KEY, ZJHM VARCHAR(18) NOT NULL);
INSERT INTO RYB VALUES (1, '{PERSON}', '测试乙', '1');
"""
TOML = """
[department]
code = "civil-affairs"
name = "测试局"
uscc = "11411323MB00009009"
kind = "frontdb"
[wire]
connect_timeout_seconds = 2
[wire.query_log]
table = "CXRZ"
columns = { QQBH = "{request_id}", ZJHM = "{id_number}" }
[resources.r]
title = "测试"
share = "conditional"
subject = ["id_number"]
[resources.r.wire]
table = "RYB"
match = { ZJHM = "id_number" }
where = { ZT = ["1"] }
choice = "BH"
label = "{BH}"
[resources.r.fields]
spouse_name = { path = "XM", required = true }
"""
INBOX = """
[department]
code = "civil-affairs"
name = "测试局"
uscc = "11411323MB00009009"
kind = "inbox"
[resources.r]
title = "测试"
share = "conditional"
subject = ["id_number"]
[resources.r.fields]
spouse_name = "配偶"
"""


@dataclass(frozen=True)
class Fault:
    """`spoils` is done to the database beforehand; `seconds` is the question's time; `holds` locks it while it is asked."""

    result: str
    reason: str
    spoils: str = ""
    seconds: float = PATIENT
    holds: bool = False
    is_full: bool = False
    place: Callable[[Path], object] | None = None


def gone(place: Path) -> None:
    place.unlink()


def no_database(place: Path) -> None:
    place.write_bytes(b"no database at all" * 400)


FAULTS = {
    "refused_or_gone": Fault("unavailable", "refused_connection", place=gone),
    "no_database_at_all": Fault("unavailable", "server_error", place=no_database),
    "a_lock_that_swallows_the_answer": Fault("unavailable", "timeout or busy", seconds=0.3, holds=True),
    "table_gone": Fault("unusable", "no_such_table", "ALTER TABLE RYB RENAME TO RYB2"),
    "column_gone": Fault("unusable", "no_such_column", "ALTER TABLE RYB RENAME COLUMN ZJHM TO ZJ"),
    "missing_required": Fault("unusable", "required:spouse_name", "UPDATE RYB SET XM = NULL"),
    "another_type": Fault("unusable", "single_value:spouse_name", "UPDATE RYB SET XM = x'00ff'"),
    "control_characters": Fault("unusable", "control_characters:spouse_name", "UPDATE RYB SET XM = 'a' || char(27)"),
    "oversize": Fault("unusable", "too_large", "UPDATE RYB SET XM = hex(zeroblob(6000000))"),
    "two_matches": Fault("ambiguous", "", f"INSERT INTO RYB VALUES (2, '{PERSON}', '测试乙', '1')"),
    "a_state_that_is_past": Fault("not_found", "", "UPDATE RYB SET ZT = '9'"),
    "an_unknown_column": Fault("found", "", "ALTER TABLE RYB ADD COLUMN XZ TEXT DEFAULT '<!ENTITY>'"),
    "its_own_log_takes_no_question": Fault("unusable", "query_log", "ALTER TABLE CXRZ ADD COLUMN CXR TEXT NOT NULL DEFAULT ''; CREATE TRIGGER n BEFORE INSERT ON CXRZ BEGIN SELECT RAISE(ABORT, 'no'); END"),
    "a_log_that_is_gone": Fault("unusable", "no_such_table", "DROP TABLE CXRZ"),
    "wrong_charset": Fault("unusable", "encoding", "UPDATE RYB SET XM = CAST(x'b2e2cad4d2d2' AS TEXT)"),
    "byte_order_mark": Fault("found", "", "UPDATE RYB SET XM = char(65279) || XM"),
    "rows_delivered_twice": Fault("ambiguous", "", "CREATE TABLE R2 AS SELECT * FROM RYB; DROP TABLE RYB; ALTER TABLE R2 RENAME TO RYB; INSERT INTO RYB SELECT * FROM RYB"),
    "disk_full_there": Fault("unavailable", "server_error", "DROP TABLE CXRZ; CREATE TABLE CXRZ (QQBH VARCHAR(40) PRIMARY KEY, ZJHM VARCHAR(18) NOT NULL, BZ BLOB DEFAULT (zeroblob(90000)))", is_full=True),
}  # fmt: skip


@contextmanager
def full(place: Path) -> Iterator[None]:
    """A database that may not grow by one page, whoever opens it."""

    def limit(connection: sqlite3.Connection, _: object) -> None:
        if connection.execute("PRAGMA database_list").fetchone()[2] == str(place):
            connection.execute("PRAGMA max_page_count = 1")

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


async def through_the_doorway(fault: Fault, folder: Path, log: SharingLog) -> Told:
    place = folder / "front.sqlite"
    with closing(sqlite3.connect(place, isolation_level=None)) as theirs:
        theirs.executescript(DDL + fault.spoils)
        if fault.place is not None:
            fault.place(place)
        if fault.holds:
            theirs.execute("BEGIN EXCLUSIVE")
        department, known = department_of(TOML, folder)
        line = connect(department, known.values(), Connection(f"sqlite:///{place}"), Ports(clock=lambda: NOW))
        held = str(place) if fault.seconds >= PATIENT else "nothing"
        with full(place) if fault.is_full else nullcontext(), held_database(held) as release:
            try:
                (found,) = await told(log, line, next(iter(known.values())), fault.seconds, release=release)
                return found
            finally:
                await line.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_its_outcome_and_its_record_and_no_neighbour_notices(
    fault: str, log: SharingLog, tmp_path: Path
) -> None:
    wrong = FAULTS[fault]
    found = asyncio.run(through_the_doorway(wrong, tmp_path, log))
    assert found.result == wrong.result and found.reason in wrong.reason.split(" or ") and is_well(found)


@pytest.mark.parametrize(
    "markup", ["<![CDATA[测试乙]]>", "&b;", '<!DOCTYPE a SYSTEM "file:///etc/passwd">', "../../etc"]
)
def test_markup_in_a_table_is_text_like_any_other_and_nothing_is_parsed(
    markup: str, log: SharingLog, tmp_path: Path
) -> None:
    fault = Fault("found", "", f"UPDATE RYB SET XM = '{markup}'")
    found = asyncio.run(through_the_doorway(fault, tmp_path, log))
    assert isinstance(found.outcome, Found) and found.outcome.values == {"spouse_name": markup}


def test_a_question_to_a_person_is_pending_in_the_log_and_no_neighbour_waits_for_it(log: SharingLog) -> None:
    department, known = department_of(INBOX, Path("/"))
    line = connect(department, known.values(), Connection(), Ports(clock=lambda: NOW, inbox=Store()))
    (found,) = asyncio.run(told(log, line, next(iter(known.values()))))
    assert found.result == "pending"
