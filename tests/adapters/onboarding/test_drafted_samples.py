"""A drafted sample agrees with the review that follows: codes of success, dates and numbers are such as the mapping will take."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from adapters.onboarding import fiction
from adapters.onboarding.places import Place
from adapters.onboarding.rehearsal import play
from adapters.onboarding.success import success
from tests.adapters.kinds.making import PORTS, department_of


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
