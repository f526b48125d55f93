"""Notices: blanks are filled or the notice is refused, and the prescribed wording is kept word for word."""

from __future__ import annotations

import re

import pytest

from catalog.notices import NOTICES, BadNotice, blanks, defect_lines, filled
from tests.catalog.conftest import XIXIA

ANNEX_B_BODY = (
    "本窗口收到您申请办理的××××××事项所送的申请材料计××项,经审查,申请材料齐全,符合法定形式,现予收件(受理),将在××个工作日内给予办结。"
    "其中,该事项办理过程中涉及的以下程序:听证、招标、拍卖、检验、检测、检疫、鉴定、专家评审等(可根据实际情况选择),不计入承诺时限。"
)
ANNEX_C = """补齐补正通知书
××××××：
本窗口收到您申请办理的××××××事项所送的有关材料后，依法进行了审查，因您所送的材料不齐全（或不符合法定形式），暂时不能收件（受理）。请您补充齐全或修改下列材料后前来办理。
需补交或修改的材料如下：
××××××××（一式几份）。
请您将上述材料尽快补齐补正后送本窗口。
特此告知
经办人：××××××	联系电话：××××××	监督投诉电话：××××××
承办窗口（章）
××××年××月××日
注：第一联申请人留存，第二联窗口存档。
补齐补正通知书存根
××××××：
本窗口收到您申请办理的××××××事项所送的有关材料后，依法进行了审查，因您所送的材料不齐全（或不符合法定形式），暂时不能收件（受理）。请您补充齐全或修改下列材料后前来办理。
需补交或修改的材料如下：
××××××××（一式几份）。
请您将上述材料尽快补齐补正后送本窗口。
特此告知
申请人（签字）：	签字日期：××××年××月××日
承办窗口（章）
××××年××月××日"""

BLANK_AS_IN_THE_STANDARD = {
    "material_count": "××",
    "promised_workdays": "××",
    "issued_on": "××××年××月××日",
    "window_name": "承办窗口",
    "defects": "××××××××（一式几份）。",
    "outstanding_note": "",
}
TO_BE_SIGNED = "    年  月  日"
"""The applicant writes the date by hand: room, where the standard prints its mark of a blank."""


def template(name: str) -> str:
    return (XIXIA / "notices" / f"{name}.txt").read_text(encoding="utf-8").rstrip("\n")


def with_blanks(name: str) -> str:
    """The template as the standard prints it, with its own marks for blanks."""
    values = {blank: BLANK_AS_IN_THE_STANDARD.get(blank, "××××××") for blank in blanks(template(name))}
    return filled(template(name), values).replace(TO_BE_SIGNED, "××××年××月××日").replace("\n\n", "\n")


def test_the_correction_notice_is_annex_c_word_for_word() -> None:
    assert with_blanks("correction_notice") == ANNEX_C


def test_the_intake_and_acceptance_notice_has_annex_b_s_text_on_sheet_and_stub() -> None:
    text = with_blanks("intake_acceptance_notice")
    assert text.count(ANNEX_B_BODY) == 2
    assert text.splitlines()[-2:] == ["承办窗口(章)", "××××年××月××日"]
    assert (
        "注: 1.本通知书仅作为收件(受理)证明,与审批结果无必然联系。\n2.第一联申请人留存,第二联窗口存档。\n-----" in text
    )


@pytest.mark.parametrize("name", sorted(NOTICES))
def test_every_notice_uses_only_the_blanks_it_may(name: str) -> None:
    assert set(blanks(template(name))) <= set(NOTICES[name])
    assert not re.search(r"[{}]", re.sub(r"\{[a-z_]+\}", "", template(name)))


def test_a_notice_with_a_hole_is_refused_and_the_hole_is_named() -> None:
    with pytest.raises(BadNotice, match="addressee"):
        filled("{addressee}：{reason}", {"reason": "示例"})


def test_braces_inside_a_value_are_only_text() -> None:
    assert filled("{reason}", {"reason": "{addressee}"}) == "{addressee}"


def test_defects_are_listed_in_the_standard_s_wording() -> None:
    assert defect_lines([("营业执照", 1), ("平面图", 2)]) == "营业执照（一式一份）。\n平面图（一式两份）。"
