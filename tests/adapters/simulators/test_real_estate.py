"""The real-estate centre drops whole files as its paper says, and spoilt ones on order."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import httpx2
import pytest

from adapters.simulators import Running, home_tables, population, tables
from tests.adapters.simulators.conftest import PAPERS, control

CODES = ("real-estate",)


def drop(http: httpx2.Client, running: Running, **order: object) -> str:
    """Drop the deeds of one day; gives the file's name."""
    body = {"table": "bdcqz", "day": "20261201", **order}
    files: list[str] = http.post(f"{running.addresses['real-estate']}/_drop", json=body).json()["files"]
    return files[0] if files else ""


def folder(running: Running) -> Path:
    return running.folders["real-estate"]


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("gb18030"))))


def confirmed(path: Path) -> dict[str, str]:
    text = path.with_suffix(".ok").read_bytes().decode("gb18030")
    return dict(line.split("=", 1) for line in text.split("\r\n") if line)


def test_all_its_files_lie_there_when_it_starts(running: Running) -> None:
    names = sorted(path.name.split("_")[0] + path.suffix for path in folder(running).iterdir())
    assert names == [f"{kind}{end}" for kind in ("bdcqz", "dyq", "fwzlba", "htba", "jtzf") for end in (".csv", ".ok")]


def test_a_control_file_tells_rows_digest_and_day(running: Running, http: httpx2.Client) -> None:
    path = folder(running) / drop(http, running)
    told = confirmed(path)
    assert (told["WJM"], told["SJRQ"], int(told["HS"])) == (path.name, "20261201", len(population.DEEDS))
    assert told["SHA256"] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("name", "sheet"),
    [
        pytest.param("bdcqz", tables.deeds(), id="deeds"),
        pytest.param("fwzlba", tables.leases(), id="leases"),
        pytest.param("jtzf", home_tables.families(), id="families"),
        pytest.param("htba", home_tables.contracts(), id="contracts"),
        pytest.param("dyq", home_tables.mortgages(), id="mortgages"),
    ],
)
def test_columns_are_those_of_the_paper_and_its_sample(name: str, sheet: tables.Sheet) -> None:
    with (PAPERS / "real-estate" / f"{name}.columns.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(entry["列名"] for entry in csv.DictReader(file)) == sheet.columns
    sample = PAPERS / "real-estate" / "samples" / f"{name}_20261119.csv"
    assert tuple(rows(sample)[0]) == sheet.columns
    assert confirmed(sample)["SHA256"] == hashlib.sha256(sample.read_bytes()).hexdigest()


def test_owners_are_a_nested_list_with_shares(running: Running, http: httpx2.Client) -> None:
    table = rows(folder(running) / drop(http, running))
    owners = [entry["QLR"].split(";") for entry in table if entry["GYFS"] == "2"][0]
    assert [owner.split("/")[2] for owner in owners] == ["1:2", "1:2"]


def test_a_rare_name_survives_gb18030(running: Running, http: httpx2.Client) -> None:
    table = rows(folder(running) / drop(http, running))
    assert any("测试𠮷" in entry["QLR"] for entry in table)


def test_rent_is_in_fen_and_a_lease_may_have_no_end(running: Running, http: httpx2.Client) -> None:
    table = rows(folder(running) / drop(http, running, table="fwzlba"))
    assert {entry["CZFZJH"]: (entry["ZJ"], entry["ZLJZ"]) for entry in table}[population.firm("rare_firm").uscc] == (
        "380050",
        "长期",
    )


def test_tmp_is_half_a_file_under_its_tmp_name(running: Running, http: httpx2.Client) -> None:
    name = drop(http, running, fault="tmp")
    assert not (folder(running) / name).exists()
    assert len((folder(running) / f"{name}.tmp").read_bytes()) == len(tables.deeds().encoded()) // 2


def test_no_ok_is_a_file_without_control_file(running: Running, http: httpx2.Client) -> None:
    path = folder(running) / drop(http, running, fault="no_ok")
    assert path.exists() and not path.with_suffix(".ok").exists()


@pytest.mark.parametrize("fault", ["bad_hash", "cut"])
def test_a_digest_of_other_bytes_stands_in_the_control_file(running: Running, http: httpx2.Client, fault: str) -> None:
    path = folder(running) / drop(http, running, fault=fault)
    assert confirmed(path)["SHA256"] != hashlib.sha256(path.read_bytes()).hexdigest()


def test_bad_count_counts_other_rows_under_a_true_digest(running: Running, http: httpx2.Client) -> None:
    path = folder(running) / drop(http, running, fault="bad_count")
    assert int(confirmed(path)["HS"]) != len(rows(path))
    assert confirmed(path)["SHA256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_broken_row_has_an_impossible_date_among_good_rows(running: Running, http: httpx2.Client) -> None:
    table = rows(folder(running) / drop(http, running, fault="broken_row"))
    assert [entry["DJSJ"] for entry in table].count("20260231") == 1
    assert len(table) == len(population.DEEDS)


def test_bad_bytes_are_no_gb18030_under_a_true_digest(running: Running, http: httpx2.Client) -> None:
    path = folder(running) / drop(http, running, fault="bad_bytes")
    with pytest.raises(UnicodeDecodeError):
        path.read_bytes().decode("gb18030")
    assert confirmed(path)["SHA256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_smaller_has_far_fewer_rows_and_is_otherwise_true(running: Running, http: httpx2.Client) -> None:
    path = folder(running) / drop(http, running, fault="smaller")
    assert len(rows(path)) * 2 < len(population.DEEDS) and int(confirmed(path)["HS"]) == len(rows(path))


def test_yesterdays_file_comes_again_with_the_same_bytes(running: Running, http: httpx2.Client) -> None:
    first = (folder(running) / drop(http, running)).read_bytes()
    assert (folder(running) / drop(http, running)).read_bytes() == first


def test_down_is_a_night_without_a_file(running: Running, http: httpx2.Client) -> None:
    control(http, running, "real-estate", mode="down", times=1)
    assert drop(http, running) == ""
    assert drop(http, running) != ""


def test_a_mode_that_a_file_drop_cannot_have_is_refused(running: Running, http: httpx2.Client) -> None:
    response = http.post(f"{running.addresses['real-estate']}/_control", json={"mode": "several"})
    assert response.status_code == 400 and "down" in response.json()["error"]


def test_each_dropped_file_is_in_the_journal_with_its_digest(running: Running, http: httpx2.Client) -> None:
    path = folder(running) / drop(http, running)
    entry = running.journal("real-estate").of_kind("file")[-1]
    assert (entry["name"], entry["sha256"], entry["rows"]) == (
        path.name,
        hashlib.sha256(path.read_bytes()).hexdigest(),
        len(population.DEEDS),
    )
