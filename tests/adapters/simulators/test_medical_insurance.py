"""The medical-insurance office drops whole workbooks as its paper says, and spoilt ones on order."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import date
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import httpx2
import pytest
from python_calamine import CalamineWorkbook

from adapters.simulators import Running
from adapters.simulators.medical_roster import COLUMNS, SHEET
from adapters.simulators.population.insurance import COVERS
from tests.adapters.simulators.conftest import PAPERS, control

CODE = "medical-insurance"
CODES = (CODE,)


def drop(http: httpx2.Client, running: Running, **order: object) -> str:
    body = {"table": "cbrymc", "day": "20261201", **order}
    files: list[str] = http.post(f"{running.addresses[CODE]}/_drop", json=body).json()["files"]
    return files[0] if files else ""


def folder(running: Running) -> Path:
    return running.folders[CODE]


def table(path: Path) -> list[list[object]]:
    found = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes())).get_sheet_by_name(SHEET).to_python()
    return [list(row) for row in found]


def confirmed(path: Path) -> dict[str, str]:
    text = path.with_suffix(".ok").read_bytes().decode("gb18030")
    return dict(line.split("=", 1) for line in text.split("\r\n") if line)


def test_the_roster_lies_there_when_it_starts(running: Running) -> None:
    assert sorted(path.suffix for path in folder(running).iterdir()) == [".ok", ".xlsx"]


def test_a_control_file_tells_rows_digest_and_day(running: Running, http: httpx2.Client) -> None:
    path = folder(running) / drop(http, running)
    told = confirmed(path)
    assert (told["文件名称"], told["数据日期"], int(told["人数"])) == (path.name, "20261201", len(COVERS))
    assert told["校验值"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_columns_are_those_of_the_paper_and_its_sample(running: Running, http: httpx2.Client) -> None:
    with (PAPERS / CODE / "cbrymc.columns.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(entry["列名"] for entry in csv.DictReader(file)) == COLUMNS
    sample = PAPERS / CODE / "samples" / "cbrymc_20261119.xlsx"
    assert tuple(table(sample)[2]) == COLUMNS
    assert confirmed(sample)["校验值"] == hashlib.sha256(sample.read_bytes()).hexdigest()


def test_numbers_of_people_are_texts_and_days_are_dates(running: Running, http: httpx2.Client) -> None:
    rows = table(folder(running) / drop(http, running))[3:]
    assert {row[3] for row in rows} == {entry.person.id_number for entry in COVERS}
    assert all(isinstance(row[6], date) for row in rows) and "未停保" in {row[7] for row in rows}


@pytest.mark.parametrize("fault", ["bad_hash", "cut"])
def test_a_digest_of_other_bytes_stands_in_the_control_file(running: Running, http: httpx2.Client, fault: str) -> None:
    path = folder(running) / drop(http, running, fault=fault)
    assert confirmed(path)["校验值"] != hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_broken_row_has_an_impossible_day_and_a_word_of_no_list(running: Running, http: httpx2.Client) -> None:
    rows = table(folder(running) / drop(http, running, fault="broken_row"))[3:]
    assert [(row[4], row[6]) for row in rows].count(("商业险", "2026-02-31")) == 1 and len(rows) == len(COVERS)


def test_bad_bytes_are_no_workbook_under_a_true_digest(running: Running, http: httpx2.Client) -> None:
    path = folder(running) / drop(http, running, fault="bad_bytes")
    with pytest.raises(BadZipFile):
        ZipFile(path)
    assert confirmed(path)["校验值"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_yesterdays_roster_comes_again_with_the_same_bytes(running: Running, http: httpx2.Client) -> None:
    first = (folder(running) / drop(http, running)).read_bytes()
    assert (folder(running) / drop(http, running)).read_bytes() == first


def test_down_is_a_night_without_a_roster(running: Running, http: httpx2.Client) -> None:
    control(http, running, CODE, mode="down", times=1)
    assert drop(http, running) == "" and drop(http, running) != ""
