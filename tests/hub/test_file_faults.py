"""Each fault of a dropped file, through the whole doorway: what a question then comes to, the log's record of it, and a neighbour who notices nothing."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from adapters.connect import Connected, Connection, Ports, connect
from adapters.contract import Batch
from adapters.kinds import dropsetup
from adapters.kinds import workbook as workbook_judge
from adapters.kinds.dropfile import Line
from adapters.kinds.droplines import Separated, separated_lines
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
    meanwhile: Callable[[Path], None] = lambda _: None
    """What is done to a file while it is read."""

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

    def appends(place: Path) -> None:
        with place.open("ab") as theirs:
            theirs.write(",".join(ROW).encode("gb18030"))

    drop.put(csv(ROW, *OTHERS), day="20261120", rows=5)
    drop.meanwhile = appends


def overwritten(drop: Drop) -> None:
    """As many rows as before, and one of them says something else."""

    def writes(place: Path) -> None:
        with place.open("r+b") as theirs:
            theirs.seek(theirs.read().index(b"12.50"))
            theirs.write(b"99.99")

    drop.put(csv(ROW, *OTHERS), day="20261120", rows=5)
    drop.meanwhile = writes


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
    """`before` is taken in first, and well; `lays` is the fault. `says` is what the round says of it, `where` the file lies then (""
    nowhere any more), `batches` the rows taken and rejected of each batch in the log, `goes_back` what the department is told."""

    lays: Callable[[Drop], None]
    result: str = "unavailable"
    reason: str = "no_replica"
    ending: str = "csv"
    before: Callable[[Drop], None] | None = None
    says: str = ""
    where: str = ""
    batches: tuple[tuple[int, int], ...] = ()
    goes_back: str = ""


ONE = ((1, 0),)
well = partial(Fault, result="found", reason="", batches=ONE)
"""The fault changes nothing, or what was brought before answers."""


def lays(body: bytes, day: str = "20261119", rows: int = 1, **said: str) -> Callable[[Drop], None]:
    return lambda drop: drop.put(body, day, rows, **said)


def refused(lays: Callable[[Drop], None], says: str, ending: str = "csv") -> Fault:
    """Set aside with a sentence, which the department gets too."""
    return Fault(lays, ending=ending, says=says, where=".refused", goes_back=says)


def stays(lays: Callable[[Drop], None], says: str, where: str) -> Fault:
    """Not taken in now, and not lost."""
    return Fault(lays, says=says, where=where)


FAULTS = {
    # the file
    "no_file_yet": Fault(lambda _: None),
    "too_old": Fault(lays(csv(), day="20261101"), "unavailable", "too_old", batches=ONE),
    "half_written": stays(half, "waits: f_20261119.csv", "drop"),
    "control_file_too_early": refused(lays(csv()[:-5], ZY=hashlib.sha256(csv()).hexdigest()), "摘要与控制文件不符"),
    "wrong_digest": refused(lays(csv(), ZY="0" * 64), "摘要与控制文件不符"),
    "wrong_count": refused(lays(csv(), HS="2"), "数据行数 1，控制文件为 2"),
    "wrong_header": refused(lays(csv().replace(b"JE", b"EJ")), "列名与约定不符：应为 ZJ,XM,JE,ZT"),
    "wrong_charset": refused(lays(csv().decode("gb18030").encode("utf-16")), "编码不是 gb18030"),
    "byte_order_mark": well(lays("\ufeff".encode("gb18030") + csv())),
    "path_traversal_in_a_name": refused(lays(csv(), WJM="../../f_20261119.csv"), "控制文件所列文件名不符"),
    "a_link": stays(linked, "是链接或不是普通文件", "drop"),
    "dated_ahead": refused(lays(csv(), day="20991231"), "控制文件所列日期还没有到"),
    "dated_ahead_of_a_true_one": well(lays(csv(), day="20991231"), before=lays(csv()), says="控制文件所列日期还没有到", where=".refused"),
    "duplicate_delivery": well(twice, before=lays(csv())),
    "much_smaller_than_usual": well(lays(csv(ROW), day="20261120"), before=many_then_one, says="可用 1 行，少于上次 5 行的50%", where=".held", batches=((5, 0),)),
    "disk_full_under_the_log": stays(full_log, "共享日志未能记录（OSError），下次再取", ".claimed"),
    "oversize": refused(lays(csv() + b"x" * 1_100_000), "一栏过长"),
    "a_folder_that_is_not_mounted": Fault(not_mounted, says="the drop folder is not there; mount it"),
    "a_folder_that_is_gone": well(not_mounted, before=lays(csv()), says="the drop folder is not there; mount it"),
    "a_pipe_that_swallows": stays(a_pipe, "是链接或不是普通文件", "drop"),
    "a_file_that_grows_while_it_is_read": well(growing, before=lays(csv()), says="数据行数 6，控制文件为 5", where=".refused"),
    "a_file_that_is_written_over_while_it_is_read": well(overwritten, before=lays(csv()), says="读取期间文件仍在变动", where=".refused"),
    "another_format": refused(lays(SHEET), "编码不是 gb18030"),
    "disk_full_under_the_replica": stays(full_disk_here, "下次再取", "drop"),
    "disk_full_under_the_next_edition": well(full_disk_here, before=lays(csv(), day="20261118"), says="下次再取", where=".claimed", batches=ONE + ONE),
    # the rows
    "missing_required": Fault(lays(csv((PERSON, "", "1", "1"))), "unusable", "required:spouse_name", batches=ONE),
    "two_matches": Fault(lays(csv(ROW, (PERSON, "测试乙", "2", "1")), rows=2), "ambiguous", "", batches=((2, 0),)),
    "a_bad_row_of_somebody_else": well(lays(csv(ROW, ("1", "测试丁", "无", "1")), rows=2), batches=((1, 1),), goes_back="3,JE,不是约定的数字写法（decimal）"),
    # XML
    "cdata": well(lays(xml().replace("测试乙".encode("gb18030"), "<![CDATA[测试乙]]>".encode("gb18030"))), ending="xml"),
    "changed_namespace_prefixes": well(lays(xml().replace(b"<Bw>", b'<q:Bw xmlns:q="urn:q">').replace(b"</Bw>", b"</q:Bw>")), ending="xml"),
    "unknown_element": Fault(lays(xml().replace(b"<ZJ>", b"<XIN>1</XIN><ZJ>")), ending="xml", says="可用 0 行", where=".held", goes_back="1,,未约定的栏目 XIN"),
    "entity_bomb": refused(lays(xml("&b;", GROWN)), "文件含文档类型定义", "xml"),
    "external_entity": refused(lays(xml("&a;", OUTSIDE)), "文件含文档类型定义", "xml"),
    "cut_off": refused(lays(xml()[:-9]), "不是完整的 XML", "xml"),
    # a workbook
    "a_workbook": well(lays(SHEET), ending="xlsx"),
    "zip_bomb": refused(lays(repacked(SHEET, {"xl/media/a.xml": b" " * 3_000_000})), "工作簿展开后超过 1 MB", "xlsx"),
    "macros": refused(lays(repacked(SHEET, {"xl/vbaProject.bin": b"x"})), "工作簿含有宏", "xlsx"),
    "a_path_that_climbs": refused(lays(repacked(SHEET, {"../../x.xml": b"<a/>"})), "指向别处的路径", "xlsx"),
}  # fmt: skip


@contextmanager
def while_read(drop: Drop) -> Iterator[None]:
    def read(place: Path, how: Separated) -> Iterator[Line]:
        drop.meanwhile(place)
        yield from separated_lines(place, how)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dropsetup, "separated_lines", read)
        patched.setattr(workbook_judge, "UNPACKED_LIMIT", 1 << 20)
        yield


@dataclass(frozen=True)
class Round:
    """The drop folder after the fault, and what the last round said."""

    drop: Drop
    said: tuple[str, ...]

    @property
    def where(self) -> str:
        """The folder in which the file lies now."""
        found = {one.relative_to(self.drop.folder).parts for one in self.drop.folder.rglob(f"f_*.{self.drop.ending}")}
        places = {"drop" if len(parts) == 1 else parts[0] for parts in found if not parts[-1].endswith(".errors.csv")}
        return "".join(places)

    @property
    def goes_back(self) -> str:
        return "".join(one.read_bytes().decode("gb18030") for one in self.drop.folder.glob("*.errors.csv"))

    @property
    def reasons(self) -> str:
        """What stands beside the file for the operator's page."""
        return "".join(one.read_text("utf-8") for one in self.drop.folder.rglob("*.why"))

    @property
    def batches(self) -> tuple[tuple[int, int], ...]:
        return tuple((one.rows, one.rejected) for one in self.drop.batches)


def gone_round(line: Connected, drop: Drop) -> Round:
    assert line.collects is not None
    with full_disk() if drop.is_disk_full else nullcontext(), while_read(drop):
        found = line.collects.collect()
    return Round(drop, (*found.held, *(f"waits: {name}" for name in found.waiting)))


async def through_the_doorway(fault: Fault, folder: Path, log: SharingLog) -> tuple[Told, Round]:
    drop = Drop(folder / "drop", fault.ending)
    drop.folder.mkdir()
    text = TOML.replace("ENDING", fault.ending).replace("FORM", FORMS[fault.ending])
    department, known = department_of(text, folder)
    ports = Ports(clock=lambda: NOW, on_batch=drop.record, replica_folder=folder / "replicas")
    line = connect(department, known.values(), Connection(folder=drop.folder), ports)
    try:
        if fault.before is not None:
            fault.before(drop)
            assert gone_round(line, drop).said == ()
        fault.lays(drop)
        last = gone_round(line, drop)
        with held_database(str(folder / "replicas")) as release:
            (found,) = await told(log, line, next(iter(known.values())), release=release)
        return found, last
    finally:
        await line.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_its_outcome_and_its_record_and_no_neighbour_notices(
    fault: str, log: SharingLog, tmp_path: Path
) -> None:
    wrong = FAULTS[fault]
    found, last = asyncio.run(through_the_doorway(wrong, tmp_path, log))
    assert found.said == (wrong.result, wrong.reason) and is_well(found)
    assert [wrong.says in said for said in last.said] == [True] * bool(wrong.says)
    assert (last.where, last.batches) == (wrong.where, wrong.batches)
    assert (wrong.says if wrong.where in (".refused", ".held") else "") in last.reasons
    assert wrong.goes_back in last.goes_back and bool(last.goes_back) == bool(
        wrong.goes_back or wrong.where == ".refused"
    )
