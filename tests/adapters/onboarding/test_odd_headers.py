"""Tables as Excel writes them: a column without a name, rows that end early or with commas. One odd cell loses no other column its name.

All rows are made up; identity numbers have sequence codes 990–999.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from adapters.contract import Found
from adapters.kinds.sample_describe import Sample, describe
from adapters.onboarding import from_sample
from adapters.onboarding.places import Draft
from adapters.onboarding.workbook import workbook
from adapters.proving.dropping import Dropped, dropped
from adapters.proving.sampling import folder_of
from catalog.parsing_supply import department_of, resources_of
from catalog.schema import DEPARTMENT
from catalog.shapes import fit
from tests.adapters.onboarding.test_new_folder import new, rehearsed

NAMES = ("序号", "户主姓名", "身份证号码", "登记日期", "面积", "批准文号", "备注")
ROWS = (
    ("1", "测试甲", "411323199003079914", "2024/3/1", "120.50", "西政宅〔2024〕1号", "无"),
    ("2", "测试乙丙", "411323198811029937", "2024/3/2", "88.00", "西政宅〔2024〕2号", ""),
    ("3", "测试丁", "411323197605129959", "2024/3/3", "96.00", "西政宅〔2024〕3号", "翻建"),
)


def put(tmp_path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], name: str = "zjd_20261101.csv") -> Path:
    lines = [",".join(row) for row in (header, *rows)]
    (tmp_path / name).write_bytes("\r\n".join([*lines, ""]).encode("gb18030"))
    return tmp_path / name


def file_of(draft: Draft) -> Mapping[str, object]:
    files = draft.wire["files"]
    assert isinstance(files, Mapping)
    (only,) = files.values()
    assert isinstance(only, Mapping)
    return only


def read(folder: Path, place: Path) -> Dropped:
    manifest, faults = fit(DEPARTMENT, tomllib.loads((folder / "department.toml").read_text("utf-8")))
    assert isinstance(manifest, dict) and not faults
    department, resources = (
        department_of("new-one", manifest, "411323", folder.parent),
        resources_of("new-one", manifest),
    )
    return dropped(folder_of(department, resources), resources[0], place, {})


CUT = tuple(row[:6] for row in ROWS)
LONGER = tuple((*row, "") for row in ROWS)
TABLES: dict[str, tuple[Sequence[str], Sequence[Sequence[str]], tuple[str, ...], str]] = {
    "no_last_name": ((*NAMES, '""'), LONGER, (*NAMES, "L8"), "Column 8 has no name"),
    "no_name_within": (("", *NAMES[1:]), ROWS, ("L1", *NAMES[1:]), "Column 1 has no name"),
    "one_name_twice": ((*NAMES, "备注"), LONGER, (*NAMES, "L8"), "Column 8 is called 备注 like another"),
    "rows_that_end_early": (NAMES, CUT, NAMES, "Fewer cells than there are columns (7): line 2 (6)"),
    "rows_that_end_with_commas": (NAMES, LONGER, NAMES, "Empty cells behind the last of 7 columns: line 2 (8)"),
    "rows_with_more_in_them": (NAMES, [(*row, "x") for row in ROWS], (*NAMES, "L8"), "Column 8 has no name"),
    "some_rows_that_end_early": (NAMES, [ROWS[0], *CUT, ROWS[2]], NAMES, "line 3 (6), line 4 (6), line 5 (6)"),
}


@pytest.mark.parametrize("odd", TABLES)
def test_a_draft_takes_the_names_says_what_is_odd_and_reads_such_a_file(tmp_path: Path, odd: str) -> None:
    header, rows, names, doubt = TABLES[odd]
    place = put(tmp_path, header, rows)
    draft = from_sample.draft(place)
    assert file_of(draft)["columns"] == [*names] and "header" not in file_of(draft)
    assert doubt in " ".join(draft.doubts) and len(draft.doubts) < 4
    folder = new(tmp_path, draft)
    assert isinstance(rehearsed(folder)[0].outcome, Found) and 'subject = ["id_number"]' in (
        folder / "department.toml"
    ).read_text("utf-8")
    found = read(folder, place)
    assert (found.seen, found.errors) == (len(rows), ()) and found.rows[0]["户主姓名"] == "测试甲"


def test_a_row_with_something_behind_the_last_column_is_a_row_error(tmp_path: Path) -> None:
    folder = new(tmp_path, from_sample.draft(put(tmp_path, NAMES, LONGER)))
    found = read(folder, put(tmp_path, NAMES, [*LONGER, (*ROWS[0], "x")], "zjd_20261102.csv"))
    assert [(one.line, one.rule) for one in found.errors] == [(5, "列数 8，应为 7")]


def test_line_breaks_within_cells_break_no_table(tmp_path: Path) -> None:
    place = put(tmp_path, NAMES, [(*row[:6], '"第一行\n第二行，含""引号"""') for row in ROWS])
    found = read(new(tmp_path, from_sample.draft(place)), place)
    assert found.seen == 3 and found.rows[0]["备注"].startswith("第一行\n第二行")


def test_a_long_sample_is_read_up_to_whole_rows(tmp_path: Path) -> None:
    rows = [(str(at), *ROWS[0][1:6], '"第一行\n第二行"') for at in range(3000)]
    found: Sample = describe(put(tmp_path, NAMES, rows))
    assert found.rows == 2000 and found.columns[-1].name == "备注" and not found.doubts


def test_a_sheet_with_a_column_without_a_name_keeps_the_names_of_the_others(tmp_path: Path) -> None:
    place = tmp_path / "zjd_20261101.xlsx"
    place.write_bytes(workbook({"台账": [(*NAMES[:6], "", "经办"), *((*row, "测试戊") for row in ROWS)]}))
    folder = new(tmp_path, draft := from_sample.draft(place))
    assert file_of(draft)["columns"] == [*NAMES[:6], "L7", "经办"]
    assert read(folder, place).errors == ()


def test_a_row_of_texts_with_an_empty_cell_that_looks_like_the_others_is_no_header(tmp_path: Path) -> None:
    found = describe(
        put(
            tmp_path, ("测试甲", "示例村", "", "无"), [("测试乙", "测试村", "有", "有"), ("测试丙", "样板村", "", "无")]
        )
    )
    assert not found.header and "names no columns" in found.doubts[0]


@pytest.mark.parametrize(
    ("file", "title", "key"),
    [
        ("zjd_20261101.csv", "示例局信息", "zjd"),
        ("宅基地登记_20261101.csv", "宅基地登记", "zhai-ji-di-deng-ji"),
    ],
)
def test_a_title_is_one_that_a_clerk_can_read_and_marked_where_the_paper_has_none(
    tmp_path: Path, file: str, title: str, key: str
) -> None:
    folder = new(tmp_path, from_sample.draft(put(tmp_path, NAMES, ROWS, file)))
    text = (folder / "department.toml").read_text("utf-8")
    manifest = tomllib.loads(text)
    assert [one["title"] for one in manifest["resources"].values()] == [title]
    assert list(manifest["wire"]["files"]) == [key] and ("# ? proposed, the paper has no title" in text) is (
        key == "zjd"
    )
