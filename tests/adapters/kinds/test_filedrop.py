"""File drop: what is taken in, what is left alone, put aside or sent back, and what answers when."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.connect import Connected, Ports
from adapters.contract import Ambiguous, Batch, Collected, Found, NotFound, Outcome, Unavailable, Unusable, Why
from adapters.kinds.drop_probe import drop_proof
from adapters.kinds.dropfolder import DropFolder
from adapters.kinds.dropplaces import DropPlaces
from adapters.kinds.filedrop import FileDrop
from adapters.kinds.proof import Verdict
from tests.adapters.kinds.making import NOW, PORTS, connected, department_of, query

TOML = """
[department]
code = "d"
name = "测试中心"
uscc = "11411323MB00009009"
kind = "filedrop"
[wire]
encoding = "gb18030"
[wire.control]
file = "WJM"
rows = "HS"
sha256 = "ZY"
produced_on = "RQ"
produced_at = "SJ"
[wire.files.f]
pattern = "f_{yyyymmdd}.csv"
columns = ["NO", "DZ", "MJ", "QLR", "ZT"]
rows = { NO = { required = true }, MJ = { as = "decimal", required = true } }
[resources.deed]
title = "证"
share = "conditional"
subject = ["deed_number"]
max_age_days = 7
[resources.deed.wire]
file = "f"
match = { NO = "deed_number" }
where = { ZT = ["1"] }
choice = "DZ"
label = "{NO} {DZ}"
[resources.deed.fields]
premises_address = "DZ"
floor_area = { path = "MJ", as = "decimal" }
[resources.deed.lists.owners]
path = "QLR"
split = { rows = ";", columns = "/", names = ["n", "z", "f"] }
fields = { owner_name = "n", owner_share = { path = "f", as = "fraction" } }
[resources.held]
title = "名下证号"
share = "conditional"
subject = ["uscc"]
[resources.held.wire]
file = "f"
match = { QLR = "uscc" }
packed = { QLR = { rows = ";", columns = "/", names = ["n", "z", "f"], part = "z" } }
[resources.held.fields]
deed_number = "NO"
"""
HEADER = "NO,DZ,MJ,QLR,ZT"
ROW = "证（1）号,测试路1号　,88.50,测试𠮷/1/1:2;示例/有限公司/2/50%,1"


class Drop:
    """A drop folder with its hub: `batches` is what was recorded."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.replicas = folder / "drop", folder / "replicas"
        self.folder.mkdir()
        self.batches: list[Batch] = []
        self.now = NOW
        self.fail = False
        self.line = self.connect()

    def connect(self, reached: Callable[[str], None] | None = None) -> Connected:
        ports = replace(PORTS, clock=lambda: self.now, on_batch=self.record, replica_folder=self.replicas)
        ports = replace(ports, reached=reached)
        return connected(TOML, "", folder=self.folder, ports=ports, drop=self.folder)

    def record(self, batch: Batch) -> None:
        if self.fail:
            raise OSError("log is full")
        self.answer_while_recording = self.answer()
        self.batches.append(batch)

    def put(self, day: str = "20261119", rows: tuple[str, ...] = (ROW,), **wrong: str) -> str:
        name = f"f_{day}.csv"
        body = "\r\n".join((wrong.get("header", HEADER), *rows, "")).encode(wrong.get("encoding", "gb18030"))
        (self.folder / name).write_bytes(body)
        sha256 = wrong.get("sha256", hashlib.sha256(body).hexdigest())
        control = f"WJM={name}\r\nRQ={day}\r\nHS={wrong.get('count', len(rows))}\r\nZY={sha256}\r\nSJ={wrong.get('at', '1')}\r\n"
        (self.folder / name).with_suffix(".ok").write_bytes(control.encode("gb18030"))
        return name

    def collect(self) -> Collected:
        assert self.line.collects is not None
        return self.line.collects.collect()

    def answer(self, number: str = "证（1）号", **more: str) -> Outcome:
        assert self.line.answers is not None
        resource = next(one for one in department_of(TOML)[1].values() if one.code.endswith(".deed"))
        return asyncio.run(self.line.answers.answer(query(resource, {"deed_number": number}, **more)))

    def held_by(self, holder: str) -> Outcome:
        assert self.line.answers is not None
        resource = next(one for one in department_of(TOML)[1].values() if one.code.endswith(".held"))
        return asyncio.run(self.line.answers.answer(query(resource, {"uscc": holder})))

    def names(self) -> set[str]:
        return {place.relative_to(self.folder).as_posix() for place in self.folder.rglob("*") if place.is_file()}


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[Drop]:
    found = Drop(tmp_path)
    yield found
    asyncio.run(found.line.close())


def test_a_complete_file_answers_with_its_own_date(drop: Drop) -> None:
    drop.put()
    assert drop.collect().batches == tuple(drop.batches) and drop.batches[0].rows == 1
    found = drop.answer()
    assert isinstance(found, Found)
    assert found.values == {"premises_address": "测试路1号", "floor_area": "88.5"}
    assert found.as_of is not None and found.as_of.isoformat() == "2026-11-19T00:00:00+08:00"
    assert found.lists["owners"] == (
        {"owner_name": "测试𠮷", "owner_share": "1/2"},
        {"owner_name": "示例/有限公司", "owner_share": "50%"},
    )


def test_the_moments_of_a_file_come_in_their_order(drop: Drop) -> None:
    told: list[str] = []
    drop.put()
    asyncio.run(drop.line.close())
    drop.line = drop.connect(told.append)
    drop.collect()
    assert told == [
        *("file-half-claimed", "file-claimed", "replica-staged"),
        *("batch-recorded", "replica-swapped", "file-half-removed"),
    ]


def test_no_row_answers_before_its_batch_is_recorded(drop: Drop) -> None:
    drop.put()
    drop.collect()
    assert drop.answer_while_recording == Unavailable(Why.NO_REPLICA) and isinstance(drop.answer(), Found)


def test_the_bulk_copy_is_gone_once_its_rows_are_in(drop: Drop) -> None:
    drop.put()
    drop.collect()
    assert drop.names() == set()


def test_width_case_and_padding_do_not_hide_a_record(drop: Drop) -> None:
    drop.put()
    drop.collect()
    assert isinstance(drop.answer(" 证(1)号 "), Found)


def test_before_the_first_file_there_is_no_replica_and_not_no_record(drop: Drop) -> None:
    assert drop.answer() == Unavailable(Why.NO_REPLICA)


def test_a_record_that_is_not_in_the_file_is_not_found(drop: Drop) -> None:
    drop.put()
    drop.collect()
    assert drop.answer("证（2）号") == NotFound()


def test_a_row_whose_state_is_past_does_not_answer(drop: Drop) -> None:
    drop.put(rows=(ROW[:-1] + "2",))
    drop.collect()
    assert drop.answer() == NotFound()


def test_a_replica_older_than_its_limit_is_too_old(drop: Drop) -> None:
    drop.put()
    drop.collect()
    drop.now = NOW + timedelta(days=7)
    assert drop.answer() == Unavailable(Why.TOO_OLD)


def test_two_rows_under_one_key_are_ambiguous_until_one_is_chosen(drop: Drop) -> None:
    drop.put(rows=(ROW, ROW.replace("1号　", "2号")))
    drop.collect()
    several = drop.answer()
    assert isinstance(several, Ambiguous) and [one.choice for one in several.candidates] == ["测试路1号", "测试路2号"]
    chosen = drop.answer(choice="测试路2号")
    assert isinstance(chosen, Found) and chosen.values["premises_address"] == "测试路2号"


def test_a_record_is_found_by_each_holder_in_a_packed_list_and_by_no_part_of_a_name(drop: Drop) -> None:
    drop.put()
    drop.collect()
    for holder in ("1", "２"):
        found = drop.held_by(holder)
        assert isinstance(found, Found) and found.values == {"deed_number": "证（1）号"}
    assert drop.held_by("示例") == drop.held_by("有限公司") == drop.held_by("") == NotFound()


def test_a_holder_of_two_records_is_ambiguous(drop: Drop) -> None:
    drop.put(rows=(ROW, ROW.replace("证（1）号", "证（2）号")))
    drop.collect()
    assert isinstance(drop.held_by("2"), Ambiguous)


def test_a_value_that_breaks_its_rule_makes_the_answer_unusable(drop: Drop) -> None:
    drop.put(rows=(ROW.replace("1:2", "3:2"),))
    drop.collect()
    outcome = drop.answer()
    assert isinstance(outcome, Unusable) and (outcome.field, outcome.rule) == ("owners[0].owner_share", "fraction")


def test_the_next_full_file_replaces_the_last_one(drop: Drop) -> None:
    drop.put()
    drop.collect()
    drop.put("20261120", rows=(ROW.replace("（1）", "（2）"),))
    drop.collect()
    assert drop.answer() == NotFound() and isinstance(drop.answer("证（2）号"), Found)


# --- what is left alone -------------------------------------------------------------------------------------------------


def test_a_half_written_file_is_left_alone(drop: Drop) -> None:
    drop.put()
    (drop.folder / "f_20261119.ok").unlink()
    (drop.folder / "f_20261120.csv.tmp").write_bytes(b"NO,")
    assert drop.collect() == Collected(waiting=("f_20261119.csv",))
    assert drop.names() == {"f_20261119.csv", "f_20261120.csv.tmp"}


def test_the_same_file_again_changes_nothing_and_is_recorded_once(drop: Drop) -> None:
    for _ in range(2):
        drop.put()
        drop.collect()
    assert len(drop.batches) == 1 and drop.names() == set() and isinstance(drop.answer(), Found)


def test_a_file_replaced_before_its_new_control_file_waits(drop: Drop) -> None:
    name = drop.put()
    drop.put(rows=(ROW, ROW))
    ok = (drop.folder / name).with_suffix(".ok")
    ok.write_bytes(ok.read_bytes().replace(b"HS=2", b"HS=1").replace(b"ZY=", b"ZY=0"))
    os.utime(ok, (1, 1))
    assert "等待" in drop.collect().held[0]
    assert {name, ok.name} <= drop.names()


def test_links_and_folders_in_the_drop_are_left_alone(drop: Drop, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not theirs")
    drop.put()
    (drop.folder / "f_20261119.csv").unlink()
    (drop.folder / "f_20261119.csv").symlink_to(secret)
    (drop.folder / "f_20261120.csv").mkdir()
    (drop.folder / "f_20261120.ok").write_text("")
    before, collected = drop.names(), drop.collect()
    assert all("是链接或不是普通文件" in held for held in collected.held) and len(collected.held) == 2
    assert collected.batches == () and drop.names() == before and secret.exists()


# --- what is refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"sha256": "0" * 64}, "摘要"),
        ({"count": "9"}, "数据行数"),
        ({"header": "NO,DZ,MJ,ZT,QLR"}, "列名"),
        ({"encoding": "utf-8"}, ""),
    ],
    ids=["digest", "count", "header", "encoding"],
)
def test_a_file_that_is_not_what_was_agreed_is_refused_whole(drop: Drop, wrong: Mapping[str, str], word: str) -> None:
    name = drop.put(**wrong)
    assert word in drop.collect().held[0]
    assert drop.batches == [] and drop.answer() == Unavailable(Why.NO_REPLICA)
    assert {f".refused/{name}", "f_20261119.errors.csv"} <= drop.names()


def test_an_older_file_does_not_replace_a_newer_one(drop: Drop) -> None:
    drop.put("20261119")
    drop.collect()
    drop.put("20261118", rows=(ROW.replace("88.50", "1"),))
    assert "早于" in drop.collect().held[0]
    found = drop.answer()
    assert isinstance(found, Found) and found.values["floor_area"] == "88.5"


def test_a_bad_row_goes_back_without_its_values_and_the_others_answer(drop: Drop) -> None:
    bad = ROW.replace("88.50", "八十八").replace("（1）", "（2）")
    drop.put(rows=(ROW, bad, "只有一列", *(f"证{n}号,x,1,甲/1/,1" for n in range(9))))
    batch = drop.collect().batches[0]
    assert (batch.rows, batch.rejected) == (10, 2) and isinstance(drop.answer(), Found)
    errors = (drop.folder / "f_20261119.errors.csv").read_bytes().decode("gb18030").splitlines()
    assert errors[1:] == ["3,MJ,不是约定的数字写法（decimal）,3", "4,,列数 1，应为 5,4"]


def test_a_refused_file_of_the_same_name_leaves_the_corrections_of_the_rows_in_service(drop: Drop) -> None:
    rows = (ROW, ROW.replace("88.50", "八十八").replace("（1）", "（2）"), *(f"证{n}号,x,1,甲/1/,1" for n in range(9)))
    drop.put(rows=rows)
    drop.collect()
    corrections = (drop.folder / "f_20261119.errors.csv").read_bytes()
    for _ in range(2):
        drop.put(sha256="0" * 64)
        assert "摘要" in drop.collect().held[0]
        assert "摘要" in (drop.folder / "f_20261119.refused.errors.csv").read_text("gb18030")
        assert (drop.folder / "f_20261119.errors.csv").read_bytes() == corrections
    drop.put(rows=rows)
    assert drop.collect().held == ()
    assert "f_20261119.refused.errors.csv" not in drop.names()


def test_a_refused_row_beside_a_good_one_is_not_passed_over_unless_it_says_that_it_is_past(drop: Drop) -> None:
    bad = ROW.replace("88.50", "八十八")
    drop.put(rows=(ROW, bad[:-1] + "2"))
    drop.collect()
    assert isinstance(drop.answer(), Found)
    drop.put("20261120", rows=(ROW, *(f"证{n}号,x,1,甲/1/,1" for n in range(9)), bad))
    drop.collect()
    assert drop.answer() == Unusable("floor_area", "MJ", "decimal")


def test_a_file_smaller_than_usual_is_held_until_a_person_looked(drop: Drop) -> None:
    many = tuple(f"证{n}号,x,1,甲/1/,1" for n in range(10))
    drop.put("20261118", rows=many)
    drop.collect()
    name = drop.put("20261119", rows=many[:7])
    assert "少于上次 10 行" in drop.collect().held[0] and f".held/{name}" in drop.names()
    assert isinstance(drop.answer("证9号"), Found)
    assert isinstance(drop.line.collects, FileDrop)
    drop.line.collects.accept(name)
    assert len(drop.collect().batches) == 1 and drop.answer("证9号") == NotFound()


def test_the_operator_can_read_on_any_node_what_lies_aside_and_how_fresh_the_replica_is(drop: Drop) -> None:
    other = drop.connect()
    assert other.fresh_on is not None and other.aside is not None and (other.fresh_on(), other.aside()) == (None, ())
    drop.put("20261118", rows=tuple(f"证{n}号,x,1,甲/1/,1" for n in range(10)))
    drop.collect()
    name = drop.put("20261119", rows=("证1号,x,1,甲/1/,1",))
    drop.collect()
    (why,) = other.aside()
    assert why.startswith(name) and "待核实" in why and str(other.fresh_on()) == "2026-11-18"
    assert isinstance(drop.line.collects, FileDrop)
    drop.line.collects.accept(name)
    assert other.aside() == () and len(drop.collect().batches) == 1 and str(other.fresh_on()) == "2026-11-19"
    asyncio.run(other.close())


# --- crashes and races --------------------------------------------------------------------------------------------------


def test_rows_do_not_answer_when_their_batch_could_not_be_recorded(drop: Drop) -> None:
    drop.put()
    drop.fail = True
    assert "未能记录" in drop.collect().held[0] and drop.answer() == Unavailable(Why.NO_REPLICA)
    drop.fail = False
    assert len(drop.collect().batches) == 1 and isinstance(drop.answer(), Found)


def test_a_new_process_takes_what_the_last_one_had_claimed(drop: Drop) -> None:
    drop.put()
    drop.fail = True
    drop.collect()
    asyncio.run(drop.line.close())
    drop.fail, drop.line = False, drop.connect()
    assert len(drop.collect().batches) == 1


def test_what_a_dead_worker_claimed_is_taken_back_after_its_time(drop: Drop) -> None:
    drop.put()
    dead = DropFolder(drop.folder, "dead", "gb18030")
    assert len(list(dead.claim(0, 900))) == 1
    claimed_at = max(place.stat().st_ctime for place in (drop.folder / ".claimed/dead").iterdir())
    alive = DropFolder(drop.folder, "alive", "gb18030")
    assert list(alive.claim(claimed_at + 1, 900)) == []
    assert [pair.name for pair in alive.claim(claimed_at + 901, 900)] == ["f_20261119.csv"]


def test_only_one_of_two_workers_gets_a_file(drop: Drop) -> None:
    drop.put()
    one, other = (DropFolder(drop.folder, name, "gb18030").claim(0, 900) for name in "ab")
    assert len([pair for claims in (one, other) for pair in claims]) == 1


def test_two_collectors_never_stage_at_once(drop: Drop) -> None:
    drop.put()
    assert isinstance(drop.line.collects, FileDrop)
    other = drop.connect()
    with drop.line.collects._replica.collecting() as alone:
        assert alone is not None and other.collects is not None
        assert other.collects.collect().batches == ()
    asyncio.run(other.close())


def test_the_replica_can_be_read_by_its_owner_alone(drop: Drop) -> None:
    drop.put()
    drop.collect()
    modes = {stat.S_IMODE(place.stat().st_mode) for place in drop.replicas.glob("d.sqlite*")}
    assert modes == {0o600}


def test_a_missing_folder_is_a_sentence_and_not_an_exception(tmp_path: Path) -> None:
    ports = Ports(clock=PORTS.clock, on_batch=lambda batch: None, replica_folder=tmp_path)
    line = connected(TOML, "", ports=ports, drop=tmp_path / "gone")
    assert line.collects is not None and "not there" in line.collects.collect().held[0]
    assert "cannot be written" in asyncio.run(line.check())[0]
    asyncio.run(line.close())


def test_the_folder_is_proven_by_a_file_that_comes_and_goes_and_nobody_sees(drop: Drop) -> None:
    drop.put()
    before = sorted(place.name for place in drop.folder.iterdir())
    (found,) = asyncio.run(drop.line.prove())
    assert found.verdict is Verdict.TAKEN and sorted(place.name for place in drop.folder.iterdir()) == before


def test_a_folder_in_which_we_may_not_write_is_named_with_what_failed() -> None:
    # The kernel lets nobody write there, root neither.
    (found,) = asyncio.run(drop_proof("d", DropPlaces(Path("/proc/self"), None))())
    assert found.verdict is Verdict.REFUSED and "may not put a file into its drop folder" in found.sentence
