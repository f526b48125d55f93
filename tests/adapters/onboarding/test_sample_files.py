"""Files as departments drop them, in every format and in three ways to name a column: what counts is a number, and all else stays the text that it is.

All rows are made up; identity numbers have sequence codes 990–999.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from adapters.contract import Found, Misconfigured
from adapters.kinds.sample_columns import column_of
from adapters.onboarding import from_sample
from adapters.onboarding.workbook import workbook
from adapters.proving.dropping import dropped
from adapters.proving.sampling import folder_of
from catalog.parsing_supply import department_of, resources_of
from catalog.schema import DEPARTMENT
from catalog.shapes import fit
from tests.adapters.onboarding.test_new_folder import new, rehearsed

NAMES = {
    "chinese": ("身份证号", "姓名", "联系电话", "户编号", "行政区划", "家庭人数", "补助金额", "出生日期"),
    "initials": ("GMSFHM", "XM", "LXDH", "HBH", "XZQHDM", "JTRS", "BZJE", "CSRQ"),
    "english": ("id_number", "name", "phone", "household_no", "regionCode", "member_count", "amount", "birth_date"),
}
ROWS = [
    ("411323199003079914", "测试甲", "13800000001", "20240001", "411323", "3", "1250.50", "19900307"),
    ("411323198811029937", "测试乙丙", "13800000002", "20240002", "411323", "12", "300.00", "19881102"),
    ("411323197605129959", "测试丁", "13800000003", "20240003", "411323", "4", "88.00", "19760512"),
]
FORMS = ["id_number", "text", "code", "code", "code", "integer", "decimal", "yyyymmdd"]


def padded(row: tuple[str, ...]) -> bytes:
    return b"".join(cell.encode("gb18030").ljust(20) for cell in row)


def written(names: tuple[str, ...], ending: str, rows: list[tuple[str, ...]]) -> bytes:
    if ending == "xlsx":
        return workbook({"名单": [names, *rows]})
    if ending == "xml":
        records = ("".join(f"<{k}>{v}</{k}>" for k, v in zip(names, row, strict=True)) for row in rows)
        return ("<Bw>" + "".join(f"<Jl>{one}</Jl>" for one in records) + "</Bw>").encode()
    if ending == "jsonl":
        return "\n".join(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in rows).encode()
    if ending == "txt":
        return b"\r\n".join(map(padded, [names, *rows]))
    return "\r\n".join(("\t" if ending == "tsv" else ",").join(row) for row in [names, *rows]).encode("gb18030")


@pytest.mark.parametrize("words", NAMES)
@pytest.mark.parametrize("ending", ["csv", "tsv", "txt", "xlsx", "xml", "jsonl"])
def test_a_number_of_something_is_a_text_whatever_its_column_is_called_and_its_file_is(
    tmp_path: Path, words: str, ending: str
) -> None:
    place = tmp_path / f"db_20261101.{ending}"
    place.write_bytes(written(NAMES[words], ending, ROWS))
    draft = from_sample.draft(place)
    found = {one.path[0]: one.form for one in draft.operations[0].answer}
    assert found == dict(zip(NAMES[words], FORMS, strict=True))
    assert draft.wire["files"]["db"]["rows"] == {NAMES[words][0]: {"as": "id_number", "required": True}}  # type: ignore[index]


def test_a_row_unlike_the_sample_is_taken_in_where_nothing_of_it_is_mapped(tmp_path: Path) -> None:
    (tmp_path / "db_20261101.csv").write_bytes(written(NAMES["chinese"], "csv", ROWS))
    folder = new(tmp_path, from_sample.draft(tmp_path / "db_20261101.csv"))
    other = (ROWS[0][0], "测试戊", "0377-60000001转2", "A-1", "", "不详", "", "不详")
    (tmp_path / "db_20261102.csv").write_bytes(written(NAMES["chinese"], "csv", [other]))
    manifest, faults = fit(DEPARTMENT, tomllib.loads((folder / "department.toml").read_text("utf-8")))
    assert isinstance(manifest, dict) and not faults
    department, resources = department_of("new-one", manifest, "411323", tmp_path), resources_of("new-one", manifest)
    found = dropped(folder_of(department, resources), resources[0], tmp_path / "db_20261102.csv", {})
    assert (found.seen, found.errors) == (1, ())


@pytest.mark.parametrize(
    ("name", "values", "form"),
    [
        ("邮编", ["474500", "474550"], "code"), ("yzbm", ["474500", "47455"], "code"), ("zipCode", ["474500"], "code"),
        ("统计代码", ["1", "12", "123"], "code"), ("开户银行账户", ["6222020000000000001"], "code"), ("备用", ["1234567", "12345678"], "code"),
        ("座位", ["001", "12"], "code"), ("版本编号", ["1.2", "1.3"], "text"),
        ("注册资本（万元）", ["50", "1000"], "integer"), ("total", ["12345678"], "integer"), ("建筑面积", ["89.5", "120"], "decimal"),
        ("备用", ["3", "12"], "integer"), ("销售额", ["1,234.50", "9.00"], "grouped_decimal"),
    ],
)  # fmt: skip
def test_digits_are_a_number_only_where_they_plainly_count(name: str, values: list[str], form: str) -> None:
    assert column_of(name, values).form == form


@pytest.mark.parametrize("header", ["证件号码", "身份证号", "公民身份号码", "身份证号码"])
@pytest.mark.parametrize("checked", [True, False])
def test_the_usual_headers_say_whom_a_row_is_about_with_or_without_valid_check_characters(
    tmp_path: Path, header: str, checked: bool
) -> None:
    numbers = [row[0] if checked else f"{row[0][:-1]}X" for row in ROWS]
    rows: list[tuple[str, ...]] = [(f"测试{at}", number) for at, number in enumerate(numbers)]
    (tmp_path / "md_20261101.csv").write_bytes(written(("姓名", header), "csv", rows))
    folder = new(tmp_path, from_sample.draft(tmp_path / "md_20261101.csv"))
    text = (folder / "department.toml").read_text("utf-8")
    assert 'subject = ["id_number"]' in text and f'match = {{ "{header}" = "id_number" }}' in text
    assert ("no valid check character" in text) is not checked
    assert isinstance(rehearsed(folder)[0].outcome, Found)


def test_a_list_of_one_column_is_taken_with_a_word_of_warning(tmp_path: Path) -> None:
    (tmp_path / "md_20261101.csv").write_text("身份证号\n" + "\n".join(row[0] for row in ROWS) + "\n", "utf-8")
    draft = from_sample.draft(tmp_path / "md_20261101.csv")
    (played,) = rehearsed(new(tmp_path, draft))
    assert isinstance(played.outcome, Found) and "has one column" in draft.doubts[0]


def test_rows_with_other_cells_are_all_named_by_the_files_own_lines_and_the_rest_is_drafted(tmp_path: Path) -> None:
    body = written(NAMES["chinese"], "csv", [*ROWS, *ROWS, ("合计", "3")]) + b"\r\n\r\na,b,c"
    (tmp_path / "db.csv").write_bytes(body)
    draft = from_sample.draft(tmp_path / "db.csv")
    assert "line 8 (2), line 10 (3)" in draft.doubts[0] and "8 of most lines" in draft.doubts[0]
    assert "# Note: Other cells" in (new(tmp_path, draft) / "department.toml").read_text("utf-8")


def test_a_first_line_with_other_cells_is_no_header(tmp_path: Path) -> None:
    (tmp_path / "db.csv").write_bytes(
        "名册,2026\n".encode("gb18030") + written(NAMES["chinese"], "csv", [*ROWS, *ROWS])
    )
    with pytest.raises(Misconfigured, match=r"line 1 \(2\).*Take them out"):
        from_sample.draft(tmp_path / "db.csv")


def test_rows_that_nothing_tells_apart_are_spoken_of(tmp_path: Path) -> None:
    (tmp_path / "db.csv").write_bytes(written(("乡镇", "项目"), "csv", [("甲", "一"), ("甲", "二"), ("乙", "一")]))
    assert "No column tells the rows" in from_sample.draft(tmp_path / "db.csv").doubts[0]


@pytest.mark.parametrize(
    ("names", "key"),
    [
        (("icao", "lid"), "icao"),
        (("grid", "personId"), "personId"),
        (("手机号", "流水号"), "流水号"),
        (("mc", "xmbh"), "xmbh"),
    ],
)
def test_the_key_is_the_column_that_is_called_a_number_and_not_one_that_ends_so(
    tmp_path: Path, names: tuple[str, ...], key: str
) -> None:
    (tmp_path / "x.csv").write_bytes(written(names, "csv", [("a1", "b1"), ("a2", "b2")]))
    assert from_sample.draft(tmp_path / "x.csv").wire["files"]["x"]["key"] == key  # type: ignore[index]
