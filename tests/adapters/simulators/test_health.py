"""The immunisation register is dropped as its paper says: a workbook with a title, dates and texts in their cells, and a control file."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import httpx2
import pytest
import python_calamine

from adapters.simulators import Running
from adapters.simulators.health import COLUMNS, SHEET, register
from adapters.simulators.population.children import VACCINATIONS
from tests.adapters.simulators.conftest import PAPERS, control

CODES = ("health",)

PAPER = PAPERS / "health"


def drop(http: httpx2.Client, running: Running, **order: object) -> Path:
    body = {"day": "20261201", **order}
    files: list[str] = http.post(f"{running.addresses['health']}/_drop", json=body).json()["files"]
    return running.folders["health"] / files[0]


def rows(path: Path) -> list[list[object]]:
    return list(python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name(SHEET).to_python())


def confirmed(path: Path) -> dict[str, str]:
    lines = path.with_suffix(".ok").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_columns_are_those_of_the_paper_and_its_sample() -> None:
    with (PAPER / "ymjzdj.columns.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(entry["列名"] for entry in csv.DictReader(file)) == COLUMNS
    sample = PAPER / "samples" / "ymjzdj_20261119.xlsx"
    assert tuple(rows(sample)[2]) == COLUMNS
    assert confirmed(sample)["校验值"] == hashlib.sha256(sample.read_bytes()).hexdigest()


def test_the_workbook_holds_every_card_below_its_title(running: Running, http: httpx2.Client) -> None:
    path = drop(http, running)
    table = rows(path)
    assert table[0][0] == "西峡县儿童预防接种登记" and tuple(table[2]) == COLUMNS
    assert len(table) - 3 == len(VACCINATIONS) + 1 == int(confirmed(path)["记录条数"])
    assert confirmed(path)["校验值"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_numbers_of_identity_are_texts_and_doses_are_packed(running: Running, http: httpx2.Client) -> None:
    row = dict(zip(COLUMNS, rows(drop(http, running))[3], strict=True))
    assert isinstance(row["受种者证件号"], str)
    assert len(str(row["接种明细"]).split("；")) == row["已种剂数"] == len(VACCINATIONS[0].doses)


def test_who_moved_away_stays_in_the_sheet_and_is_marked() -> None:
    states = [row[COLUMNS.index("档案状态")] for row in register().rows]
    assert states.count("迁出") == 1 and states.count("在册") == len(VACCINATIONS)


def test_a_night_without_a_file(running: Running, http: httpx2.Client) -> None:
    control(http, running, "health", mode="down", times=1)
    assert http.post(f"{running.addresses['health']}/_drop", json={}).json()["files"] == []


def test_a_file_that_it_does_not_drop_is_refused(running: Running, http: httpx2.Client) -> None:
    response = http.post(f"{running.addresses['health']}/_drop", json={"table": "bdcqz"})
    assert response.status_code == 400 and "ymjzdj" in response.json()["error"]


@pytest.mark.parametrize("fault", ["cut", "bad_bytes"])
def test_a_spoilt_workbook_does_not_open(running: Running, http: httpx2.Client, fault: str) -> None:
    path = drop(http, running, fault=fault)
    with pytest.raises((python_calamine.CalamineError, OSError)):
        rows(path)
