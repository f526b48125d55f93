"""File drop with changes: inserts, updates and deletes by key, on a replica in a file and on one in PostgreSQL that nodes share."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.connect import Connected, Ports
from adapters.contract import Batch, Found, Misconfigured, NotFound, Outcome, Unavailable, Unusable, Why
from tests.adapters.kinds.making import NOW, connected, department_of, query

TOML = """
[department]
code = "d-x"
name = "测试中心"
uscc = "11411323MB00009009"
kind = "filedrop"
[wire.control]
file = "WJM"
rows = "HS"
sha256 = "ZY"
produced_on = "RQ"
serial = "PC"
[wire.files.f]
pattern = "ql_{yyyymmdd}.csv"
columns = ["NO", "ZL", "QLR"]
key = "NO"
rows = { NO = { required = true } }
delta = { pattern = "zl_{yyyymmdd}.csv", column = "BG", insert = "X", update = ["G", "U"], delete = "S" }
[resources.r]
title = "证"
share = "conditional"
subject = ["deed_number"]
[resources.r.wire]
file = "f"
match = { NO = "deed_number" }
[resources.r.fields]
premises_address = "ZL"
[resources.by]
title = "名下"
share = "conditional"
subject = ["uscc"]
[resources.by.wire]
file = "f"
match = { QLR = "uscc" }
packed = { QLR = { rows = ";", columns = "/", names = ["n", "z"], part = "z" } }
[resources.by.fields]
deed_number = "NO"
"""
WHOLE = [f"证{n},测试路{n}号,甲/{n};乙/19" if n == 1 else f"证{n},测试路{n}号,甲/{n}" for n in range(1, 11)]


class Town:
    """Two nodes on one folder; with a URL they share a replica."""

    def __init__(self, folder: Path, url: str, toml: str = TOML) -> None:
        self.toml = toml
        self.folder, self.url, self.batches = folder / "drop", url, list[Batch]()
        self.folder.mkdir()
        self.places = [folder / ("same" if not url else f"node{n}") for n in range(2)]
        self.nodes = [self.connect(place) for place in self.places]

    def connect(self, place: Path) -> Connected:
        ports = Ports(clock=lambda: NOW, on_batch=self.batches.append, replica_folder=place, replica_url=self.url)
        return connected(self.toml, "", ports=ports, drop=self.folder)

    def put(self, name: str, rows: list[str], serial: int, day: str) -> str:
        header = "NO,ZL,QLR,BG" if name == "zl" else "NO,ZL,QLR"
        body = "\r\n".join([header, *rows]).encode("gb18030")
        place = self.folder / f"{name}_{day}.csv"
        place.write_bytes(body)
        said = f"WJM={place.name}\nHS={len(rows)}\nZY={hashlib.sha256(body).hexdigest()}\nRQ={day}\nPC={serial}\n"
        place.with_suffix(".ok").write_text(said)
        return place.name

    def take(self, node: int = 0) -> str:
        collects = self.nodes[node].collects
        assert collects is not None
        return " ".join(collects.collect().held)

    def ask(self, code: str, node: int = 1, **subject: str) -> Outcome:
        answers = self.nodes[node].answers
        assert answers is not None
        resource = next(one for one in department_of(self.toml)[1].values() if one.code.endswith(f".{code}"))
        return asyncio.run(answers.answer(query(resource, subject)))

    def deed(self, number: str, node: int = 1) -> Outcome:
        return self.ask("r", node, deed_number=number)

    def errors(self, name: str) -> list[str]:
        listed = (self.folder / f"{name}.errors.csv").read_text("gb18030").splitlines()[1:]
        return [one.rpartition(",")[0] for one in listed]


@pytest.fixture
def town(tmp_path: Path, engine_url: str) -> Iterator[Town]:
    found = Town(tmp_path, "" if engine_url.startswith("sqlite") else engine_url)
    yield found
    for node in found.nodes:
        asyncio.run(node.close())


@pytest.fixture
def whole(town: Town) -> Town:
    town.put("ql", WHOLE, 1, "20261118")
    assert town.take() == "" and len(town.batches) == 1
    return town


def test_a_delta_inserts_updates_and_deletes_and_answers_on_every_node_with_its_own_day(whole: Town) -> None:
    whole.put("zl", ["证11,测试路11号,丙/11,X", "证1,新址,甲/1,G", "证2,,,S"], 2, "20261119")
    assert whole.take() == "" and whole.batches[-1].rows == 3
    found = whole.deed("证1")
    assert isinstance(found, Found) and found.values == {"premises_address": "新址"}
    assert found.as_of is not None and found.as_of.date().isoformat() == "2026-11-19"
    assert whole.deed("证2") == NotFound() and isinstance(whole.deed("证11"), Found)


def test_a_delta_changes_the_parts_of_a_packed_list_too(whole: Town) -> None:
    assert isinstance(whole.ask("by", uscc="19"), Found)
    whole.put("zl", ["证1,测试路1号,甲/1;丁/12,U"], 2, "20261119")
    whole.take()
    assert whole.ask("by", uscc="19") == NotFound() and isinstance(whole.ask("by", uscc="12"), Found)


def test_the_last_change_of_a_key_in_one_delta_counts(whole: Town) -> None:
    whole.put("zl", ["证11,甲址,丙/11,X", "证11,乙址,丙/11,G", "证3,,,S", "证3,丙址,甲/3,X"], 2, "20261119")
    assert whole.take() == ""
    for number, address in (("证11", "乙址"), ("证3", "丙址")):
        found = whole.deed(number)
        assert isinstance(found, Found) and found.values == {"premises_address": address}


def test_changes_that_do_not_fit_what_is_there_go_back(whole: Town) -> None:
    whole.put("zl", ["证1,x,甲/1,X", "证99,x,甲/1,G", "证98,,,S", "证97,x,甲/1,?", "证4,新址,甲/4,G"], 2, "20261119")
    whole.take()
    assert (whole.batches[-1].rows, whole.batches[-1].rejected) == (1, 4)
    lines = whole.errors("zl_20261119")
    assert [line.split(",")[0] for line in lines] == ["5", "2", "3", "4"] and "证" not in "".join(lines)
    assert whole.deed("证98") == NotFound()
    assert whole.deed("证97") == Unusable("", "BG", "code_list:inline")
    assert whole.deed("证1") == whole.deed("证99") == Unusable("", "", "unfit_change")


def test_a_delta_waits_for_the_one_before_it(whole: Town) -> None:
    whole.put("zl", ["证1,第三批,甲/1,G"], 3, "20261120")
    assert "还缺批次 2" in whole.take()
    whole.put("zl", ["证1,第二批,甲/1,G"], 2, "20261119")
    assert whole.take() == ""
    found = whole.deed("证1")
    assert isinstance(found, Found) and found.values == {"premises_address": "第三批"} and len(whole.batches) == 3


def test_yesterdays_delta_again_changes_nothing(whole: Town) -> None:
    for serial, day in ((2, "20261119"), (3, "20261120"), (2, "20261119")):
        whole.put("zl", [f"证1,第{serial}批,甲/1,G"], serial, day)
        assert whole.take() == ""
    found = whole.deed("证1")
    assert isinstance(found, Found) and found.values == {"premises_address": "第3批"} and len(whole.batches) == 3
    assert not list(whole.folder.glob("*.csv"))


def test_a_delta_before_any_whole_file_is_refused(town: Town) -> None:
    town.put("zl", ["证1,x,甲/1,X"], 1, "20261119")
    assert "全量" in town.take() and town.deed("证1") == Unavailable(Why.NO_REPLICA)


def test_a_delta_that_deletes_more_than_usual_waits_for_a_person_on_any_node(whole: Town) -> None:
    name = whole.put("zl", [f"证{n},,,S" for n in range(1, 6)], 2, "20261119")
    assert "只剩 5 行" in whole.take(0) and isinstance(whole.deed("证1"), Found)
    other = whole.nodes[1].collects
    assert other is not None and [file.name for file in other.held_files()] == [name]
    other.accept(name)
    assert other.held_files() == () and whole.take(0) == "" and whole.deed("证1") == NotFound()
    with pytest.raises(Misconfigured):
        other.accept(name)


def test_a_held_file_that_a_person_turned_down_goes_back(whole: Town) -> None:
    name = whole.put("ql", WHOLE[:3], 2, "20261119")
    assert "可用 3 行" in whole.take(0)
    other = whole.nodes[1].collects
    assert other is not None
    other.turn_down(name)
    assert whole.take(0) == "" and (whole.folder / ".refused" / name).exists()
    assert "人工核实" in whole.errors("ql_20261119")[0] and isinstance(whole.deed("证9"), Found)


def test_the_same_rows_again_as_those_of_a_later_day_are_as_fresh_as_that(whole: Town) -> None:
    whole.put("ql", WHOLE, 2, "20261120")
    assert whole.take() == "" and len(whole.batches) == 2
    fresh = whole.nodes[1].fresh_on
    assert fresh is not None and str(fresh()) == "2026-11-20"


def test_rows_of_a_whole_file_with_the_same_key_are_taken_once(town: Town) -> None:
    town.put("ql", [*WHOLE, "证3,又一处,甲/3"], 1, "20261118")
    town.take()
    assert town.batches[-1].rejected == 1 and town.errors("ql_20261118") == ["12,NO,主键重复"]
    found = town.deed("证3")
    assert isinstance(found, Found) and found.values == {"premises_address": "测试路3号"}
