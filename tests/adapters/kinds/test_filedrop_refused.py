"""A row of a dropped file that was refused is never "no record", nor answered by the older row that it should have replaced."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.contract import Found, NotFound, Unusable
from adapters.kinds.filedrop import FileDrop
from tests.adapters.kinds.test_filedrop_delta import TOML, Town

AREA = TOML.replace("NO = { required = true }", 'NO = { required = true }, ZL = { as = "integer" }')
ROWS = [f"证{n},{n},甲/{n}" for n in range(1, 11)]
BAD = Unusable("premises_address", "ZL", "integer")
DAYS = ("20261117", "20261118", "20261119")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """One node on a replica in a file."""
    found = Town(tmp_path, "", AREA)
    asyncio.run(found.nodes[1].close())
    found.nodes[1] = found.nodes[0]
    yield found
    asyncio.run(found.nodes[0].close())


@pytest.fixture
def nodes(tmp_path: Path, engine_url: str) -> Iterator[Town]:
    """Two, where they can share a replica."""
    found = Town(tmp_path, "" if engine_url.startswith("sqlite") else engine_url, AREA)
    yield found
    for node in found.nodes:
        asyncio.run(node.close())


def take(town: Town, rows: list[str], at: int = 0, name: str = "ql") -> None:
    town.put(name, rows, at + 1, DAYS[at])
    assert town.take() == ""


def test_a_row_that_was_refused_is_unusable_by_each_of_its_keys_on_every_node_and_not_no_record(nodes: Town) -> None:
    take(nodes, [*ROWS, "证11,很大,甲/11;乙/12"])
    assert nodes.deed("证11") == nodes.deed(" 证１1", node=0) == BAD
    assert nodes.ask("by", uscc="12") == Unusable("", "ZL", "integer")
    assert isinstance(nodes.deed("证1"), Found) and nodes.deed("证12") == NotFound()


def test_the_older_row_is_not_given_as_current_once_its_change_was_refused(town: Town) -> None:
    take(town, ROWS)
    take(town, ["证1,很大,丙/13,G"], 1, "zl")
    assert town.deed("证1") == BAD
    assert town.ask("by", uscc="1") == town.ask("by", uscc="13") == Unusable("", "ZL", "integer")
    assert isinstance(town.deed("证2"), Found)


def test_the_next_whole_file_says_anew_what_is_refused(town: Town) -> None:
    take(town, [*ROWS, "证11,很大,甲/11", "证12,很大,甲/12"])
    take(town, [*ROWS, "证11,11,甲/11", "证13,很大,甲/13"], 1)
    assert isinstance(town.deed("证11"), Found) and town.deed("证12") == NotFound() and town.deed("证13") == BAD


def test_a_change_or_a_delete_of_what_was_refused_fits_and_settles_it(nodes: Town) -> None:
    take(nodes, [*ROWS, "证11,很大,甲/11", "证12,很大,甲/12"])
    take(nodes, ["证1,很大,甲/1,G", "证2,很大,甲/2,G"], 1, "zl")
    take(nodes, ["证11,11,甲/11,G", "证12,,,S", "证1,111,甲/1,G", "证2,,,S"], 2, "zl")
    assert nodes.batches[-1].rejected == 0
    assert isinstance(nodes.deed("证11"), Found) and isinstance(nodes.deed("证1"), Found)
    assert nodes.deed("证12") == nodes.deed("证2") == NotFound()


def test_of_a_good_and_a_refused_change_in_one_delta_the_last_counts(town: Town) -> None:
    take(town, ROWS)
    take(town, ["证1,很大,甲/1,G", "证1,11,甲/1,G", "证2,22,甲/2,G", "证2,很大,甲/2,G"], 1, "zl")
    assert isinstance(town.deed("证1"), Found) and town.deed("证2") == BAD


def test_while_a_row_may_be_anybodys_nobody_is_told_no_record_and_the_page_says_so(town: Town) -> None:
    drop = town.nodes[0].collects
    assert isinstance(drop, FileDrop)
    take(town, [*ROWS, ",11,甲/11"])
    assert town.deed("证99") == Unusable("deed_number", "NO", "required") and isinstance(town.deed("证1"), Found)
    assert town.ask("by", uscc="99") == NotFound()  # of this key every row could be read
    assert [one.partition("的")[0] for one in drop._aside()] == ["证、名下：1 行"]
    take(town, [*ROWS, "证11"], 1)
    assert town.deed("证99") == town.ask("by", uscc="99") == Unusable("", "", "columns")
    take(town, [*ROWS, "证11,11,甲/11"], 2)
    assert town.deed("证99") == NotFound() and drop._aside() == ()


def test_a_row_left_out_for_another_of_its_key_does_not_silence_that_one(town: Town) -> None:
    take(town, [*ROWS, "证1,11,甲/11"])
    assert isinstance(town.deed("证1"), Found) and town.ask("by", uscc="11") == Unusable("", "", "repeated_key")


def test_a_file_that_is_refused_whole_says_nothing_of_its_rows(town: Town) -> None:
    take(town, ROWS)
    name = town.put("ql", [*ROWS[1:], "证1,很大,甲/1"], 2, DAYS[1])
    control = (town.folder / name).with_suffix(".ok")
    control.write_text(control.read_text().replace("HS=10", "HS=11"))
    assert "数据行数" in town.take() and isinstance(town.deed("证1"), Found)


def test_a_replica_from_before_makes_its_table_and_no_cell_of_a_refused_row_is_kept(tmp_path: Path) -> None:
    town = Town(tmp_path, "", AREA)
    take(town, ROWS)
    asyncio.run(town.nodes[0].close())
    replica = town.places[0] / "d-x.sqlite"
    with sqlite3.connect(replica) as database:
        database.execute("DROP TABLE refused")
    database.close()
    town.nodes[0] = town.connect(town.places[0])
    take(town, [*ROWS, "证11,很大,测试甲/11"], 1)
    assert town.deed("证11", node=0) == BAD
    asyncio.run(town.nodes[0].close())
    assert b"\xe8\xaf\x8111" not in replica.read_bytes() and "测试甲".encode() not in replica.read_bytes()
    asyncio.run(town.nodes[1].close())
