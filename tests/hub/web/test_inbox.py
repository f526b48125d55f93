"""What a reviewer does on the page of an inbox entry, and a clerk with a deferred material after receipt."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hub.web.doors import Doors
from hub.web.wording import REASONS
from tests.hub.web import example
from tests.hub.web.conftest import Visit


def sheet(page: str, action: str) -> str:
    found = re.search(rf'<dialog class="sheet" id="sheet-{action}".*?</dialog>', page, re.S)
    assert found is not None
    return found[0]


def test_no_reason_is_chosen_for_the_reviewer_and_each_act_has_its_own(visit: Visit) -> None:
    page = visit("reviewer").get("/inbox/e1").text
    for action in ("refuse", "deny", "correct", "suspend"):
        shown = sheet(page, action)
        options = re.findall(r"<option(?: value=\"\")?>([^<]*)</option>", shown.split('name="picked"')[1])
        assert tuple(options) == ("请选择", *REASONS[f"review_{action}"]) and "selected" not in shown
        assert 'name="picked" required' in shown


def test_a_correction_ticks_materials_and_a_special_procedure_asks_kind_and_name(visit: Visit) -> None:
    page = visit("reviewer").get("/inbox/e1").text
    assert 'name="defect" value="plan"' in sheet(page, "correct")
    special = sheet(page, "suspend")
    assert 'name="value.kind"' in special and "延长审批" in special
    for name in ("听证", "招标", "拍卖", "检验", "检测", "检疫", "鉴定", "专家评审", "现场核查"):
        assert f"<option>{name}</option>" in special


def test_what_was_ticked_and_written_arrives(visit: Visit, doors: Doors) -> None:
    sent = {"action": "correct", "picked": "材料不齐全", "written": "", "defect": ["plan", "另请写明水源"]}
    visit("reviewer").post("/inbox/e1/act", data=sent)
    assert doors.reviewer.done[-1] == ("correct", "材料不齐全", {}, ("plan", "另请写明水源"))  # type: ignore[attr-defined]


@pytest.mark.parametrize("action", ["refuse", "deny"])
def test_a_refusal_says_more_than_its_heading(visit: Visit, doors: Doors, action: str) -> None:
    sent = {"action": action, "picked": REASONS[f"review_{action}"][0], "written": ""}
    answer = visit("reviewer").post("/inbox/e1/act", data=sent)
    assert answer.status_code == 422 and "具体的事实和理由" in answer.text
    assert not doors.reviewer.done and 'name="written" maxlength="200" placeholder="具体' in answer.text  # type: ignore[attr-defined]


def test_the_page_says_where_values_came_from_and_what_is_still_deferred(visit: Visit) -> None:
    page = visit("reviewer").get("/inbox/e1").text
    assert "部门数据：公安局" in page and "容缺材料还没有补交" in page and "健康证明：已逾期" in page


def test_a_deferred_material_can_be_handed_in_after_receipt_and_nothing_else(visit: Visit, doors: Doors) -> None:
    cases = doors.clerk.cases  # type: ignore[attr-defined]
    late = replace(example.MATERIALS[3], status="deferred", status_title="容缺受理，待补交")
    cases["c2"] = replace(cases["c2"], state="in_progress", materials=(late, example.MATERIALS[4]))
    page = visit("clerk").get("/cases/c2").text
    assert 'action="/cases/c2/materials/plan/file"' in page
    assert 'action="/cases/c2/materials/health/file"' not in page and 'value="remove"' not in page
