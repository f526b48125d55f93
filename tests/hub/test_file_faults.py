"""Each fault of a dropped file, through the whole doorway: what a question then comes to, the log's record of it, and a neighbour who notices nothing."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from adapters.connect import Connection, Ports, connect
from adapters.contract import Batch
from adapters.kinds import dropsetup
from adapters.kinds.dropfile import Line
from adapters.kinds.droplines import Separated
from adapters.onboarding.workbook import workbook
from hub.sharinglog import SharingLog
from tests.adapters.kinds.making import department_of
from tests.adapters.kinds.test_filedrop_excel import repacked
from tests.hub.doorway import NOW, Told, held_database, is_well, log, told
from tests.hub.test_exchange import PERSON
from tests.support.full_disk import full_disk

__all__ = ["log"]
TOML = """
[department]
code = "civil-affairs"
name = "测试中心"
uscc = "11411323MB00009009"
kind = "filedrop"
[wire]
encoding = "gb18030"
smallest_share = 0.5
[wire.control]
file = "WJM"
rows = "HS"
sha256 = "ZY"
produced_on = "RQ"
[wire.files.f]
pattern = "f_{yyyymmdd}.ENDING"
columns = ["ZJ", "XM", "JE", "ZT"]
FORM
rows = { ZJ = { required = true }, JE = { as = "decimal", required = true } }
[resources.r]
title = "名单"
share = "conditional"
subject = ["id_number"]
max_age_days = 7
[resources.r.wire]
file = "f"
match = { ZJ = "id_number" }
choice = "JE"
label = "{JE}"
[resources.r.fields]
spouse_name = { path = "XM", required = true }
"""
FORMS = {"csv": "", "xml": 'format = "xml"\nrecord = "Jl"', "xlsx": 'format = "xlsx"'}
COLUMNS = ("ZJ", "XM", "JE", "ZT")
ROW = (PERSON, "测试乙", "12.50", "1")
OTHERS = [(f"41132319900101{n}", "测试丙", "1", "1") for n in ("9936", "9944", "9952", "9960")]
Rows = list[tuple[str, ...]]


@dataclass
class Drop:
    """The drop folder of one format."""

    folder: Path
    ending: str
    batches: list[Batch] = field(default_factory=list)
    is_log_full: bool = False
    is_disk_full: bool = False
    grows: bool = False

    def put(self, body: bytes, day: str = "20261119", rows: int = 1, **said: str) -> None:
        place = self.folder / said.pop("name", f"f_{day}.{self.ending}")
        place.write_bytes(body)
        words = {"WJM": place.name, "RQ": day, "HS": str(rows), "ZY": hashlib.sha256(body).hexdigest(), **said}
        place.with_suffix(".ok").write_bytes("\r\n".join(f"{k}={v}" for k, v in words.items()).encode("gb18030"))

    def record(self, batch: Batch) -> None:
        if self.is_log_full:
            raise OSError(28, "No space left on device")
        self.batches.append(batch)


def csv(*rows: tuple[str, ...]) -> bytes:
    return "\r\n".join(",".join(row) for row in (COLUMNS, *(rows or (ROW,)), ())).encode("gb18030")


def xml(inner: str = "", head: str = "") -> bytes:
    cells = "".join(f"<{name}>{value}</{name}>" for name, value in zip(COLUMNS, ROW, strict=True))
    return f'<?xml version="1.0" encoding="GBK"?>{head}<Bw><Jl>{inner or cells}</Jl></Bw>'.encode("gb18030")


SHEET = workbook({"名单": [COLUMNS, ROW]})
BOMB = b"<worksheet>" + b" " * 30_000_000 + b"</worksheet>"
GROWN = '<!DOCTYPE Bw [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE Bw [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def linked(drop: Drop) -> None:
    outside = drop.folder.parent / "outside.csv"
    outside.write_bytes(csv())
    (drop.folder / "f_20261119.csv").symlink_to(outside)
    (drop.folder / "f_20261119.ok").write_bytes(b"x")


def half(drop: Drop) -> None:
    (drop.folder / "f_20261119.csv").write_bytes(csv()[:-5])


def twice(drop: Drop) -> None:
    drop.put(csv())
    drop.put(csv(), name="f_20261119.csv")


def full_log(drop: Drop) -> None:
    drop.put(csv())
    drop.is_log_full = True


def growing(drop: Drop) -> None:
    """Their program still has it open, whatever it is called here."""
    drop.put(csv(ROW, *OTHERS), day="20261120", rows=5)
    drop.grows = True


def a_pipe(drop: Drop) -> None:
    os.mkfifo(drop.folder / "f_20261119.csv")
    (drop.folder / "f_20261119.ok").write_bytes(b"x")


def not_mounted(drop: Drop) -> None:
    shutil.rmtree(drop.folder)


def full_disk_here(drop: Drop) -> None:
    drop.put(csv())
    drop.is_disk_full = True


def many_then_one(drop: Drop) -> None:
    drop.put(csv(ROW, *OTHERS), rows=5)


@dataclass(frozen=True)
class Fault:
    """`before` is taken in first, and well; `lays` is the fault."""

    lays: Callable[[Drop], None]
    result: str
    reason: str
    ending: str = "csv"
    before: Callable[[Drop], None] | None = None


def lays(body: bytes, day: str = "20261119", rows: int = 1, **said: str) -> Callable[[Drop], None]:
    return lambda drop: drop.put(body, day, rows, **said)


NONE = ("unavailable", "no_replica")
FAULTS = {
    # the file
    "no_file_yet": Fault(lambda _: None, *NONE),
    "too_old": Fault(lays(csv(), day="20261101"), "unavailable", "too_old"),
    "half_written": Fault(half, *NONE),
    "control_file_too_early": Fault(lays(csv()[:-5], ZY=hashlib.sha256(csv()).hexdigest()), *NONE),
    "wrong_digest": Fault(lays(csv(), ZY="0" * 64), *NONE),
    "wrong_count": Fault(lays(csv(), HS="2"), *NONE),
    "wrong_header": Fault(lays(csv().replace(b"JE", b"EJ")), *NONE),
    "wrong_charset": Fault(lays(csv().decode("gb18030").encode("utf-16")), *NONE),
    "byte_order_mark": Fault(lays("\ufeff".encode("gb18030") + csv()), "found", ""),
    "path_traversal_in_a_name": Fault(lays(csv(), WJM="../../f_20261119.csv"), *NONE),
    "a_link": Fault(linked, *NONE),
    "dated_ahead": Fault(lays(csv(), day="20991231"), *NONE),
    "dated_ahead_of_a_true_one": Fault(lays(csv(), day="20991231"), "found", "", before=lays(csv())),
    "duplicate_delivery": Fault(twice, "found", "", before=lays(csv())),
    "much_smaller_than_usual": Fault(lays(csv(ROW), day="20261120"), "found", "", before=many_then_one),
    "disk_full_under_the_log": Fault(full_log, *NONE),
    "oversize": Fault(lays(csv() + b"x" * 1_100_000), *NONE),
    "a_folder_that_is_not_mounted": Fault(not_mounted, *NONE),
    "a_folder_that_is_gone": Fault(not_mounted, "found", "", before=lays(csv())),
    "a_pipe_that_swallows": Fault(a_pipe, *NONE),
    "a_file_that_grows_while_it_is_read": Fault(growing, "found", "", before=lays(csv())),
    "another_format": Fault(lays(SHEET), *NONE),
    "disk_full_under_the_replica": Fault(full_disk_here, *NONE),
    "disk_full_under_the_next_edition": Fault(full_disk_here, "found", "", before=lays(csv(), day="20261118")),
    # the rows
    "missing_required": Fault(lays(csv((PERSON, "", "1", "1"))), "unusable", "required:spouse_name"),
    "two_matches": Fault(lays(csv(ROW, (PERSON, "测试乙", "2", "1")), rows=2), "ambiguous", ""),
    "a_bad_row_of_somebody_else": Fault(lays(csv(ROW, ("1", "测试丁", "无", "1")), rows=2), "found", ""),
    # XML
    "cdata": Fault(lays(xml().replace("测试乙".encode("gb18030"), "<![CDATA[测试乙]]>".encode("gb18030"))), "found", "", "xml"),
    "changed_namespace_prefixes": Fault(lays(xml().replace(b"<Bw>", b'<q:Bw xmlns:q="urn:q">').replace(b"</Bw>", b"</q:Bw>")), "found", "", "xml"),
    "unknown_element": Fault(lays(xml().replace(b"<ZJ>", b"<XIN>1</XIN><ZJ>")), *NONE, "xml"),
    "entity_bomb": Fault(lays(xml("&b;", GROWN)), *NONE, "xml"),
    "external_entity": Fault(lays(xml("&a;", OUTSIDE)), *NONE, "xml"),
    "cut_off": Fault(lays(xml()[:-9]), *NONE, "xml"),
    # a workbook
    "a_workbook": Fault(lays(SHEET), "found", "", "xlsx"),
    "zip_bomb": Fault(lays(repacked(SHEET, {"xl/worksheets/sheet1.xml": BOMB})), *NONE, "xlsx"),
    "macros": Fault(lays(repacked(SHEET, {"xl/vbaProject.bin": b"x"})), *NONE, "xlsx"),
    "a_path_that_climbs": Fault(lays(repacked(SHEET, {"../../x.xml": b"<a/>"})), *NONE, "xlsx"),
}  # fmt: skip


@contextmanager
def while_read(drop: Drop) -> Iterator[None]:
    plain = dropsetup.separated_lines

    def read(place: Path, how: Separated) -> Iterator[Line]:
        if drop.grows:
            with place.open("ab") as theirs:
                theirs.write(",".join(ROW).encode("gb18030"))
        yield from plain(place, how)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dropsetup, "separated_lines", read)
        yield


async def through_the_doorway(fault: Fault, folder: Path, log: SharingLog) -> Told:
    drop = Drop(folder / "drop", fault.ending)
    drop.folder.mkdir()
    text = TOML.replace("ENDING", fault.ending).replace("FORM", FORMS[fault.ending])
    department, known = department_of(text, folder)
    ports = Ports(clock=lambda: NOW, on_batch=drop.record, replica_folder=folder / "replicas")
    line = connect(department, known.values(), Connection(folder=drop.folder), ports)
    assert line.collects is not None
    try:
        for lay in (fault.before, fault.lays):
            if lay is not None:
                lay(drop)
                with full_disk() if drop.is_disk_full else nullcontext(), while_read(drop):
                    line.collects.collect()
        with held_database(str(folder / "replicas")) as release:
            (found,) = await told(log, line, next(iter(known.values())), release=release)
        return found
    finally:
        await line.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_its_outcome_and_its_record_and_no_neighbour_notices(
    fault: str, log: SharingLog, tmp_path: Path
) -> None:
    wrong = FAULTS[fault]
    found = asyncio.run(through_the_doorway(wrong, tmp_path, log))
    assert found.said == (wrong.result, wrong.reason) and is_well(found)
