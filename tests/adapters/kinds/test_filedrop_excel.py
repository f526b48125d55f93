"""File drop with workbooks: cells become the texts that the rules read, and a workbook that is not what it should be is refused in words."""

from __future__ import annotations

import asyncio
import hashlib
import io
import socket
import tracemalloc
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest

from adapters.connect import Connected, Ports
from adapters.contract import Collected, Found, Misconfigured, Outcome
from adapters.kinds import workbook as judged
from adapters.onboarding.workbook import Cell, workbook
from tests.adapters.kinds.making import NOW, connected, department_of, query

TOML = """
[department]
code = "d"
name = "测试中心"
uscc = "11411323MB00009009"
kind = "filedrop"
[wire]
encoding = "gb18030"
control = { file = "WJM", rows = "HS", sha256 = "ZY", produced_on = "RQ" }
[wire.files.f]
format = "xlsx"
pattern = "f_{yyyymmdd}.xlsx"
sheet = "名单"
header_row = 2
columns = ["XH", "证件号", "姓名", "RQ", "JE"]
key = ["XH"]
rows = { "证件号" = { as = "id_number", required = true }, JE = { as = "decimal" } }
[resources.r]
title = "名单"
share = "conditional"
subject = ["id_number"]
[resources.r.wire]
file = "f"
match = { "证件号" = "id_number" }
[resources.r.fields]
owner_name = "姓名"
founded_on = { path = "RQ", as = "slash_date" }
registered_capital = { path = "JE", as = "decimal" }
"""
ID = "411323199003079914"
OTHER = "411323198811029937"
HEADER = ("XH", "证件号", "姓名", "RQ", "JE")
ROW: tuple[Cell, ...] = (1, ID, "007", date(2024, 3, 5), 12.5)
NAME = "f_20261119.xlsx"


class Drop:
    """A drop folder with its hub."""

    def __init__(self, folder: Path, text: str = TOML) -> None:
        self.folder, self.replicas, self.text = folder / "drop", folder / "replicas", text
        self.folder.mkdir()

    def put(self, content: bytes, rows: int = 1, name: str = NAME) -> None:
        (self.folder / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        control = f"WJM={name}\nHS={rows}\nZY={digest}\nRQ=20261119\n"
        (self.folder / name).with_suffix(".ok").write_text(control)

    def sheet(self, *rows: Sequence[Cell], name: str = "名单") -> None:
        self.put(workbook({"说明": [["不要读这张"]], name: [["某县名单"], HEADER, *rows]}), len(rows))

    def line(self) -> Connected:
        ports = Ports(clock=lambda: NOW, on_batch=lambda _: None, replica_folder=self.replicas)
        return connected(self.text, "", ports=ports, drop=self.folder)

    def collect(self) -> Collected:
        line = self.line()
        assert line.collects is not None
        try:
            return line.collects.collect()
        finally:
            asyncio.run(line.close())

    def ask(self, id_number: str = ID) -> Outcome:
        line = self.line()
        (resource,) = department_of(self.text)[1].values()

        async def run() -> Outcome:
            assert line.answers is not None
            try:
                return await line.answers.answer(query(resource, {"id_number": id_number}))
            finally:
                await line.close()

        return asyncio.run(run())

    def refusal(self) -> str:
        """What was said of the one file that was refused; nothing of it may stay in the folder."""
        collected = self.collect()
        assert not collected.batches and len(collected.held) == 1 and not (self.folder / NAME).exists()
        assert (self.folder / ".refused" / NAME).exists()
        return collected.held[0]

    def errors(self) -> list[str]:
        listed = (self.folder / "f_20261119.errors.csv").read_text("gb18030").splitlines()[1:]
        return [one.rpartition(",")[0] for one in listed]


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path)


def repacked(content: bytes, changes: dict[str, bytes | None]) -> bytes:
    """The workbook with parts added or replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, body in changes.items():
            if body is not None:
                new.writestr(name, body)
    return out.getvalue()


GOOD = workbook({"名单": [["某县名单"], HEADER, ROW]})


# --- cells ------------------------------------------------------------------------------------------------------------


def test_text_keeps_its_zeros_and_a_date_cell_is_written_as_its_rule_reads_it(drop: Drop) -> None:
    drop.sheet(ROW)
    assert [b.rows for b in drop.collect().batches] == [1]
    outcome = drop.ask()
    assert isinstance(outcome, Found)
    assert outcome.values == {"owner_name": "007", "founded_on": "2024-03-05", "registered_capital": "12.5"}


def test_an_id_number_stored_as_a_number_is_a_bad_row_and_said_so(drop: Drop) -> None:
    drop.sheet(ROW, (2, float(OTHER[:17] + "0"), "测试乙", None, 1))
    (batch,) = drop.collect().batches
    assert (batch.rows, batch.rejected) == (1, 1)
    assert drop.errors() == ["4,证件号,以数字存放，可能丢失前导零或末位，请改为文本格式"]


def test_a_key_that_is_looked_up_must_be_text_even_without_a_rule(tmp_path: Path) -> None:
    drop = Drop(tmp_path, TOML.replace('"证件号" = { as = "id_number", required = true }, ', ""))
    drop.sheet(ROW, (2, 7, "测试乙", None, 1))
    drop.collect()
    assert drop.errors()[0].startswith("4,证件号,以数字存放")


def test_a_number_of_more_than_fifteen_digits_is_not_what_was_typed(drop: Drop) -> None:
    drop.sheet(ROW, (2, OTHER, "测试乙", None, 1e15))
    drop.collect()
    assert drop.errors() == ["4,JE,数字超过 15 位，已不准确，请改为文本格式"]


def test_a_bad_value_says_row_and_column_and_the_good_rows_stand(drop: Drop) -> None:
    drop.sheet((1, ID[:-1] + "0", "测试甲", None, 1), (2, OTHER, "测试乙", None, "无"), (3, ID, "测试丙", None, 3))
    assert [(b.rows, b.rejected) for b in drop.collect().batches] == [(1, 2)]
    assert drop.errors() == [
        "3,证件号,身份证号码校验不符，应为 18 位（id_number）",
        "4,JE,不是约定的数字写法（decimal）",
    ]
    assert "测试" not in "".join(drop.errors())


def test_a_row_twice_under_one_key_is_a_bad_row_and_empty_rows_are_none(drop: Drop) -> None:
    drop.put(workbook({"名单": [["t"], HEADER, ROW, [], ROW, [None, "  "]]}), 2)
    assert [(b.rows, b.rejected) for b in drop.collect().batches] == [(1, 1)]
    assert drop.errors() == ["5,XH,主键重复"]


def test_a_timestamp_keeps_its_time_and_empty_columns_behind_the_last_are_none(tmp_path: Path) -> None:
    drop = Drop(tmp_path, TOML.replace('"slash_date"', '"yyyymmddhhmmss"'))
    drop.sheet((*ROW[:3], datetime(2024, 3, 5, 18, 30), 1, "", " "))
    drop.collect()
    outcome = drop.ask()
    assert isinstance(outcome, Found) and outcome.values["founded_on"] == "2024-03-05"


def test_a_first_sheet_and_header_in_the_first_row_need_no_settings(tmp_path: Path) -> None:
    drop = Drop(tmp_path, TOML.replace('sheet = "名单"\nheader_row = 2\n', ""))
    drop.put(workbook({"甲": [HEADER, ROW], "乙": [["x"]]}))
    assert [b.rows for b in drop.collect().batches] == [1]


# --- workbooks that are refused ---------------------------------------------------------------------------------------


def test_a_wrong_sheet_is_refused_by_name(drop: Drop) -> None:
    drop.sheet(ROW, name="名单（2）")
    assert "没有名为“名单”的工作表" in drop.refusal()
    assert drop.errors() == [",,没有名为“名单”的工作表；约定的格式是 xlsx，请按此重投"]


def test_another_header_is_refused(drop: Drop) -> None:
    drop.put(workbook({"名单": [["t"], [*HEADER[:-1], "金额"], ROW]}))
    assert "列名与约定不符" in drop.refusal()


def test_an_empty_sheet_and_a_header_that_is_not_there_are_refused(drop: Drop) -> None:
    drop.put(workbook({"名单": []}))
    assert "工作表是空的" in drop.refusal()
    drop.put(workbook({"名单": [[], [], HEADER, ROW]}))
    assert "第 2 行应是列名" in drop.refusal()


def test_a_count_that_differs_from_the_control_file_is_refused(drop: Drop) -> None:
    drop.put(GOOD, rows=2)
    assert "数据行数 1，控制文件为 2" in drop.refusal()


def test_a_truncated_workbook_is_refused(drop: Drop) -> None:
    drop.put(GOOD[: len(GOOD) // 2])
    assert "损坏或不完整" in drop.refusal()


def test_a_workbook_with_a_spoilt_part_is_refused(drop: Drop) -> None:
    drop.put(repacked(GOOD, {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row>"}))
    assert "损坏" in drop.refusal()


def test_a_csv_under_the_name_of_a_workbook_is_refused(drop: Drop) -> None:
    drop.put(",".join(HEADER).encode())
    assert "不是可以打开的 xlsx" in drop.refusal()


def test_a_zip_that_is_no_workbook_is_refused(drop: Drop) -> None:
    drop.put(repacked(GOOD, {"[Content_Types].xml": None}))
    assert "不是 xlsx 工作簿" in drop.refusal()


def test_a_workbook_with_macros_is_refused(drop: Drop) -> None:
    drop.put(repacked(GOOD, {"xl/vbaProject.bin": b"x"}))
    assert "含有宏" in drop.refusal()
    types = b'<Types><Override ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
    drop.put(repacked(GOOD, {"[Content_Types].xml": types}))
    assert "含有宏" in drop.refusal()


def test_a_macro_file_by_its_ending_does_not_lie_there_unseen(drop: Drop) -> None:
    drop.put(GOOD, name="f_20261119.xlsm")
    [said] = drop.collect().held
    assert (
        "f_20261119.xlsm: 文件名不在约定之内（约定的是 f_{yyyymmdd}.xlsx）" in said and "请对方按约定命名重投" in said
    )


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/x", "xl\\..\\..\\x", "C:/x"])
def test_a_path_that_climbs_out_of_the_workbook_is_refused(drop: Drop, name: str) -> None:
    drop.put(repacked(GOOD, {name: b"x"}))
    assert "指向别处的路径" in drop.refusal()


def test_a_zip_bomb_is_refused_at_the_limit_without_unpacking_it(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judged, "UNPACKED_LIMIT", 8 << 20)
    drop.put(repacked(GOOD, {"xl/media/a.xml": b"0" * (64 << 20)}))
    tracemalloc.start()
    assert "展开后超过 8 MB" in drop.refusal()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_a_zip_bomb_that_lies_about_its_size_is_measured_by_what_comes_out(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judged, "UNPACKED_LIMIT", 8 << 20)
    honest = repacked(GOOD, {"xl/media/a.xml": b"0" * (64 << 20)})
    drop.put(honest.replace((64 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    assert "展开后超过 8 MB" in drop.refusal()


@pytest.mark.parametrize("place", ["XFD1048576", "A99999999", "ZZZZ1"])
def test_one_cell_in_the_far_corner_is_refused_before_it_costs_memory(drop: Drop, place: str) -> None:
    sheet = f"<worksheet><sheetData><row><c r = '{place}'><v>1</v></c></row></sheetData></worksheet>"
    drop.put(repacked(GOOD, {"xl/worksheets/sheet1.xml": sheet.encode()}))
    assert "表格范围过大" in drop.refusal()


def test_a_file_over_the_size_limit_is_refused_unopened(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judged, "FILE_LIMIT", 100)
    drop.put(GOOD)
    assert "请分成几个文件" in drop.refusal()


def test_a_workbook_with_a_password_is_refused(drop: Drop) -> None:
    at = GOOD.rindex(b"PK\x01\x02") + 8
    drop.put(GOOD[:at] + b"\x01" + GOOD[at + 1 :])
    assert "设了密码" in drop.refusal()


# --- the folder -------------------------------------------------------------------------------------------------------


def test_a_workbook_without_its_control_file_waits_and_a_lock_file_is_no_file(drop: Drop) -> None:
    (drop.folder / NAME).write_bytes(GOOD)
    (drop.folder / f"~${NAME}").write_bytes(b"x")
    assert drop.collect().waiting == (NAME,)


def test_what_a_dead_worker_had_claimed_is_taken_in(drop: Drop) -> None:
    drop.put(GOOD)
    line = drop.line()
    own = drop.folder / ".claimed" / socket.gethostname()
    own.mkdir(parents=True)
    (drop.folder / NAME).rename(own / NAME)
    asyncio.run(line.close())
    assert [b.rows for b in drop.collect().batches] == [1]


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('format = "xlsx"', 'format = "ods"', "csv, fixed, jsonl, tsv, xlsx, xml"),
        ('format = "xlsx"\n', "", "pattern = 'f_{yyyymmdd}.xlsx' does not fit format = 'csv'.* correct"),
        (".xlsx", ".csv", "pattern = 'f_{yyyymmdd}.csv' does not fit format = 'xlsx'.* correct"),
        ("header_row = 2", "header_row = 0", "counts from 1"),
        ('format = "xlsx"\npattern = "f_{yyyymmdd}.xlsx"', 'pattern = "f_{yyyymmdd}.csv"', "belong to format = 'csv'"),
    ],
)
def test_settings_that_do_not_fit_are_told_when_connecting(tmp_path: Path, old: str, new: str, match: str) -> None:
    with pytest.raises(Misconfigured, match=match):
        Drop(tmp_path, TOML.replace(old, new)).line()
