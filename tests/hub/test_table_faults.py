"""Each fault of a front database and of an inbox, through the whole doorway: its outcome, the log's record of it, and a neighbour who notices nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.connect import Connection, Ports, connect
from hub.sharinglog import SharingLog
from tests.adapters.kinds.making import Store, department_of
from tests.hub.doorway import NOW, Told, is_well, log, told
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
    seconds: float = 4.0
    holds: bool = False
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
}  # fmt: skip


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
        try:
            (found,) = await told(log, line, next(iter(known.values())), fault.seconds)
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


def test_a_question_to_a_person_is_pending_in_the_log_and_no_neighbour_waits_for_it(log: SharingLog) -> None:
    department, known = department_of(INBOX, Path("/"))
    line = connect(department, known.values(), Connection(), Ports(clock=lambda: NOW, inbox=Store()))
    (found,) = asyncio.run(told(log, line, next(iter(known.values()))))
    assert found.result == "pending"
