"""The building bureau's database: what the population puts there fits its paper on both engines, and its desk knows each table."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.simulators.applications import DeskRefusal, Order
from adapters.simulators.fronttables import Row
from adapters.simulators.housing_construction import HousingConstruction
from adapters.simulators.population import firm, person
from adapters.simulators.population.construction import WORKS
from adapters.simulators.server import Setting
from tests.adapters.simulators.conftest import PAPERS

CODES = ("housing-construction",)

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
WRITTEN: Row = {
    "WYM": "k-1", "BJH": "c-1-1", "CZLX": "1", "YSBZ": "0", "SQDW": "西峡县示例有限公司", "SQZH": "91411323MA9YJ1190J", "JYDZ": "样例路1号",
    "YWFW": "ZH", "MDS": 1, "JGYH": "示例银行", "MDFZR": "测试甲", "MDDH": "19900000001", "SBSJ": "20261120100000",
}  # fmt: skip


@pytest.fixture
def bureau(engine_url: str, tmp_path: Path) -> Iterator[HousingConstruction]:
    """Its tables made and filled, on the engine; nobody watches them but the test."""
    kept = {"url": "" if engine_url.startswith("sqlite") else engine_url}
    kind: type[HousingConstruction] = type("Kept", (HousingConstruction,), kept)
    office = kind(Setting(tmp_path, "http://127.0.0.1:1", lambda: NOW, auto=False))
    office.tables.make(office.ddl)
    for table, rows in office.population().items():
        office.tables.fill(table, rows)
    assert office.desk is not None
    office.desk.obey(Order(mode="manual"))
    yield office
    asyncio.run(office.close())


def said(office: HousingConstruction) -> list[dict[str, object]]:
    return office.tables.rows("BLJG", "GXSJ")


def number_of(office: HousingConstruction) -> str:
    assert office.desk is not None
    return str(office.desk.applications()[0]["number"])


def test_every_works_stands_there_with_its_owners_number(bureau: HousingConstruction) -> None:
    rows = bureau.tables.rows("GCJBXX", "GCBH")
    assert len(rows) == len(WORKS) and all(len(str(row["JSDWZH"])) == 18 for row in rows)
    owned = {str(row["JSDW"]): row["JSDWZH"] for row in rows}
    assert owned[firm("karaoke").name] == firm("karaoke").uscc
    assert owned[person("dentist").name] == person("dentist").id_number


def test_a_fire_document_belongs_to_works_that_stand_there(bureau: HousingConstruction) -> None:
    known = {row["GCBH"]: row for row in bureau.tables.rows("GCJBXX")}
    for row in bureau.tables.rows("XFWS"):
        assert known[row["GCBH"]]["JSDWZH"] == row["JSDWZH"]
        assert (row["WSLX"] == "YS") == (known[row["GCBH"]]["TSJSGC"] == "1")


def test_every_code_that_it_writes_is_in_its_list(bureau: HousingConstruction) -> None:
    with (PAPERS / "housing-construction" / "dmb.csv").open(encoding="utf-8") as file:
        listed = {(row["lb"], row["dm"]) for row in csv.DictReader(file)}
    for table, column in (("GCJBXX", "JGLX"), ("XFWS", "WSLX")):
        assert {(column, str(row[column])) for row in bureau.tables.rows(table)} <= listed


def test_a_builders_people_are_counted_from_its_register(bureau: HousingConstruction) -> None:
    (row,) = [one for one in bureau.tables.rows("JZQY") if one["QYDM"] == firm("decorator").uscc]
    assert (row["ZCJZS"], row["GCYJS"], row["JSGRS"]) == (2, 1, 2) and row["ZZMC"] is None


def test_a_row_that_comes_in_is_taken_once_and_its_steps_are_written_down(bureau: HousingConstruction) -> None:
    bureau.tables.add("SB_JJBA", WRITTEN)
    bureau.look()
    bureau.look()
    assert bureau.desk is not None and len(bureau.desk.applications()) == 1
    for step in ("accept", "approve"):
        bureau.desk.obey(Order(number=number_of(bureau), step=step))
    first, second = said(bureau)
    assert (first["ZT"], second["ZT"], second["CLBZ"]) == ("10", "20", "0")
    assert str(second["ZSH"]).startswith("西房经备") and second["ZSYXQ"] == "20291120"


def test_defects_are_one_packed_text(bureau: HousingConstruction) -> None:
    bureau.tables.add("SB_JJBA", WRITTEN)
    bureau.look()
    assert bureau.desk is not None
    defects = [{"material": "名单", "reason": "缺登记证号"}, {"material": "账户证明", "reason": "户名不符"}]
    bureau.desk.obey(Order(number=number_of(bureau), step="correction", defects=defects))
    assert said(bureau)[0]["BZQD"] == "名单|缺登记证号;账户证明|户名不符"


def test_a_withdrawal_of_what_nobody_applied_for_is_refused_in_the_journal(bureau: HousingConstruction) -> None:
    bureau.tables.add("SB_CH", {"WYM": "k-2", "BJH": "unknown", "YY": "申请人自愿", "CHSJ": "20261120100000"})
    bureau.look()
    (noted,) = bureau.journal.requests()
    assert str(noted["outcome"]).startswith("refused")
    with pytest.raises(DeskRefusal):
        bureau.take("SB_CH", {"BJH": "unknown"})


def test_a_correction_that_nobody_asked_for_changes_nothing(bureau: HousingConstruction) -> None:
    bureau.tables.add("SB_JJBA", WRITTEN)
    bureau.tables.add("SB_JJBA", {**WRITTEN, "WYM": "k-3", "CZLX": "2"})
    bureau.look()
    assert bureau.desk is not None and len(bureau.desk.applications()) == 1
    assert [str(one["outcome"]).partition(":")[0] for one in bureau.journal.requests()] == ["taken", "refused"]
