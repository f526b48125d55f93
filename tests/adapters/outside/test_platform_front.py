"""The platform told through its front database: the site's own mapping of the national tables, on both engines."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, create_engine, text
from sqlalchemy.engine import Engine

from adapters.connect import Connected, Connection, connect
from adapters.contract import PeerRefused, PeerUnreachable, Push, Taken
from tests.adapters.kinds.making import NOW, PORTS, department_of
from tests.adapters.town import SITE

T = TypeVar("T")
PLATFORM = department_of(
    (SITE / "departments/platform/department.toml").read_text("utf-8"), SITE / "departments/platform"
)[0]
TYPES = {"字符": String, "时间": DateTime, "整数": Integer}
STEP = {"step_title": "受理", "outcome": "pass", "started_at": NOW.isoformat(), "department_name": "测试局"}


def tables() -> MetaData:
    """The platform's front database as its own list of columns describes it."""
    found, columns = MetaData(), dict[str, list[Column[object]]]()
    with (Path(PLATFORM.folder) / "qzk.columns.csv").open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            kind = String(int(row["长度"])) if row["类型"] == "字符" and row["长度"] else TYPES[row["类型"]]()
            is_key = row["列名"] == "row_guid"
            column = Column(row["列名"], kind, primary_key=is_key, nullable=row["必填"] != "是")
            columns.setdefault(row["表名"], []).append(column)
    for name, made in columns.items():
        Table(name, found, *made)
    return found


class Far:
    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        tables().create_all(self.engine)

    def with_line(self, work: Callable[[Connected], Awaitable[T]]) -> T:
        async def run() -> T:
            line = connect(PLATFORM, (), Connection(options={"front_database": self.url}), PORTS)
            try:
                return await work(line)
            finally:
                await line.close()

        return asyncio.run(run())

    def push(self, table: str, values: dict[str, str], key: str = "k1") -> Taken:
        async def work(line: Connected) -> Taken:
            assert line.receives is not None
            return await line.receives.receive(Push(key, table, "4113232026001", "4113232026001-01", NOW, values))

        return self.with_line(work)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]


@pytest.fixture
def far(engine_url: str) -> Iterator[Far]:
    found = Far(engine_url)
    yield found
    found.engine.dispose()


def test_a_step_becomes_a_row_of_the_national_table(far: Far) -> None:
    assert far.push("up_pro_process", STEP) == Taken("", None, False)
    (row,) = far.rows("SELECT row_guid, data_source, cd_operation, project_no, process_name FROM up_pro_process")
    assert row == ("k1", "410", "I", "4113232026001-01", "受理")
    (at,) = far.rows("SELECT CAST(cd_time AS VARCHAR(19)) FROM up_pro_process")
    assert at == ("2026-11-20 10:00:00",)


def test_the_same_push_again_is_the_same_row(far: Far) -> None:
    far.push("up_pro_process", STEP)
    assert far.push("up_pro_process", STEP).again
    assert len(far.rows("SELECT 1 FROM up_pro_process")) == 1


def test_a_list_of_materials_is_several_rows_of_one_push(far: Far) -> None:
    materials = '[{"name": "身份证", "status": "exempt"}, {"name": "平面图", "status": "uploaded"}]'
    far.push("up_pro_material", {"materials": materials})
    assert far.rows("SELECT row_guid, material_name, get_type FROM up_pro_material ORDER BY row_guid") == [
        ("k1", "身份证", "3"),
        ("k1-1", "平面图", "2"),
    ]


def test_what_the_columns_do_not_take_is_refused_by_name_and_not_by_value(far: Far) -> None:
    with pytest.raises(PeerRefused, match="process_name") as refused:
        far.push("up_pro_process", {**STEP, "step_title": "测试甲" * 400})
    assert "测试甲" not in str(refused.value) and far.rows("SELECT 1 FROM up_pro_process") == []


def test_a_front_database_that_is_down_is_told_again_later(tmp_path: Path) -> None:
    far = Far(f"sqlite:///{tmp_path / 'x.sqlite'}")
    far.engine.dispose()
    (tmp_path / "x.sqlite").unlink()
    with pytest.raises(PeerUnreachable):
        far.push("up_pro_process", STEP)


def test_a_table_that_is_not_there_is_named_by_check(far: Far) -> None:
    assert far.with_line(lambda line: line.check()) == []
    with far.engine.begin() as connection:
        connection.execute(text("DROP TABLE up_lic_data"))
        connection.execute(text("ALTER TABLE up_pro_result DROP COLUMN remark"))
    found = " ".join(far.with_line(lambda line: line.check()))
    assert "up_lic_data" in found and "up_pro_result.remark" in found
