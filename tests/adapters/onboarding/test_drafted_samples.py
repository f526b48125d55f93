"""A drafted sample agrees with the review that follows: codes of success, dates and numbers are such as the mapping will take."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from adapters.onboarding import fiction, from_sample
from adapters.onboarding.places import Place
from adapters.onboarding.rehearsal import play
from adapters.onboarding.success import success
from tests.adapters.kinds.making import PORTS, department_of
from tests.adapters.onboarding.test_new_folder import new, rehearsed


@pytest.mark.parametrize(
    ("label", "words", "meanings", "code"),
    [
        ("返回代码：0000成功，1001查无此人，2001无权限", (), (), "0000"),
        ("返回码 1-失败,0-成功", (), (), "0"),
        ("状态码，200表示查询成功", (), (), "200"),
        ("结果代码（成功：A1；失败：A2）", (), (), "A1"),
        ("结果代码 1不成功 2未成功", (), (), ""),
        ("返回代码", ("9", "00"), ("系统忙", "查询成功"), "00"),
        ("返回代码", ("FAIL", "SUCCESS"), (), "SUCCESS"),
        ("返回代码", (), (), ""),
    ],
)
def test_the_word_of_success_is_the_papers_own(
    label: str, words: tuple[str, ...], meanings: tuple[str, ...], code: str
) -> None:
    assert success(Place(("fhdm",), label, words=words, meanings=meanings)) == code


@pytest.mark.parametrize(
    ("name", "label", "longest", "day"),
    [
        ("jdrq", "建档日期", 8, "20240305"),
        ("x", "日期，格式yyyyMMdd", None, "20240305"),
        ("validDate", "", 10, "2024-03-05"),
        ("x", "签发日期 yyyy/MM/dd", None, "2024/3/5"),
        ("x", "签发日期 yyyy年MM月dd日", None, "2024年3月5日"),
        ("gxsj", "更新日期", 14, "20240305093000"),
        ("bh", "登记编号", 8, ""),
        ("jdrq", "建档日期", None, ""),
    ],
)
def test_a_text_that_is_called_a_date_holds_one_as_the_paper_writes_it(
    name: str, label: str, longest: int | None, day: str
) -> None:
    assert fiction.dated(Place((name,), label, longest=longest)) == day


TOML = """
[department]
code = "d"
name = "测试局"
uscc = "11411323MB00009009"
kind = "rest"
[resources.r]
title = "档案"
share = "conditional"
subject = []
[resources.r.wire]
path = "/zz"
record = "$.sj"
result = "$.fhdm"
found = ["0000"]
[resources.r.fields]
name = "$.xm"
"""


def test_a_word_of_ours_is_never_proposed_as_the_departments_code(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "r.answer.json").write_text(json.dumps({"fhdm": "示例", "sj": {"xm": "测试甲"}}), "utf-8")
    department, resources = department_of(TOML, tmp_path)
    (one,) = asyncio.run(play(department, resources.values(), {}, PORTS.clock))
    assert (
        "put the department's real word for a record that was found into samples/r.answer.json at $.fhdm" in one.trouble
    )
    assert "list this word under found" not in one.trouble


HEAD = "养殖场名称|统一社会信用代码|身份证号|有效期止"


def farms(folder: Path) -> Path:
    rows = (HEAD, "示例甲场||411323199003079914|长期", "示例乙场||411323198811029937|2029年1月1日")
    (folder / "yz_20261101.csv").write_bytes("\r\n".join(rows).encode("gb18030"))
    return new(folder, from_sample.draft(folder / "yz_20261101.csv"))


def test_a_column_that_is_empty_or_has_dates_without_an_end_is_drafted_with_what_its_mapping_reads(
    tmp_path: Path,
) -> None:
    folder = farms(tmp_path)
    (played,) = rehearsed(folder)
    row = (folder / "samples" / "yz_20260305.csv").read_bytes().decode("gb18030").splitlines()[1]
    assert not played.trouble and row == f"示例|{fiction.FIRM}|{fiction.ID_NUMBER}|2024年3月5日"


def test_an_edited_sample_needs_no_new_digest_and_a_bad_row_is_named_with_file_line_and_rule(tmp_path: Path) -> None:
    folder = farms(tmp_path)
    (sample,) = (folder / "samples").glob("*.csv")
    written = sample.read_bytes().decode("gb18030")
    sample.write_bytes(
        (written + written.splitlines()[1].replace(fiction.ID_NUMBER, "411323199003079914") + "\n").encode("gb18030")
    )
    assert not rehearsed(folder)[0].trouble
    sample.write_bytes(written.replace(fiction.ID_NUMBER, "示例").encode("gb18030"))
    (played,) = rehearsed(folder)
    assert played.trouble == (
        "new-one.yz: samples/yz_20260305.csv is not read: 1 of 1 rows are refused: line 2 身份证号 id_number"
    )
