"""Intake: everything that is missing at once, and what receiving, correcting and returning give."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog.demand import Form, form_of, materials_of, situation
from hub.cases import acceptance, intake
from hub.cases.intake import Held, Problem
from hub.cases.states import CaseState, ItemState
from hub.errors import BadInput
from tests.hub.cases.making import (
    ALL,
    FACTS,
    HOTEL,
    MATTER,
    POWER,
    SITE,
    TERMS,
    carried,
    case,
    keys,
    kinds,
    settled,
    terms,
)

ANSWERS = situation(MATTER, {})
FORM: Form = form_of(MATTER, ALL, ANSWERS)
NEEDED = materials_of(MATTER, ALL, ANSWERS)
FULL = {f.key: Held("x", "auto") for f in FORM.fields}
THERE = {n.material.code: "uploaded" for n in NEEDED}
CHECKING = case(CaseState.CHECKING)


def test_a_complete_case_has_no_problem() -> None:
    assert intake.problems(FORM, FULL, NEEDED, THERE) == ()


def test_an_empty_case_names_every_required_field_and_every_material_at_once() -> None:
    found = [p.where for p in intake.problems(FORM, {}, NEEDED, {})]
    fields = [f"field:{f.key}" for f in FORM.fields if f.required]
    assert found == [*fields, *(f"material:{n.material.code}" for n in NEEDED)]


def test_an_optional_field_may_stay_empty() -> None:
    optional = next(f.key for f in FORM.fields if not f.required)
    assert intake.problems(FORM, {k: v for k, v in FULL.items() if k != optional}, NEEDED, THERE) == ()


def test_a_conflict_is_a_problem_although_there_is_a_value() -> None:
    key = FORM.fields[3].key
    [found] = intake.problems(FORM, {**FULL, key: Held("x", "conflict")}, NEEDED, THERE)
    assert found.where == f"field:{key}" and "来源不一致" in found.sentence


@pytest.mark.parametrize("status", ["missing", "waiting", "unheard-of"])
def test_a_material_that_is_not_there_is_a_problem(status: str) -> None:
    code = NEEDED[0].material.code
    [found] = intake.problems(FORM, FULL, NEEDED, {**THERE, code: status})
    assert found.where == f"material:{code}"


@pytest.mark.parametrize("status", ["exempt", "deferred", "promised", "upstream"])
def test_a_material_that_comes_another_way_is_none(status: str) -> None:
    assert intake.problems(FORM, FULL, NEEDED, dict.fromkeys(THERE, status)) == ()


def test_with_main_only_a_secondary_material_may_be_missing_and_a_main_one_not() -> None:
    secondary = replace(NEEDED[0], material=replace(NEEDED[0].material, main=False))
    needed = (secondary, *NEEDED[1:])
    assert intake.problems(FORM, FULL, needed, {**THERE, secondary.material.code: "missing"}, main_only=True) == ()
    assert intake.problems(FORM, FULL, needed, {**THERE, needed[1].material.code: "missing"}, main_only=True)


# --- receive ------------------------------------------------------------------------------------------------------------


def test_receipt_and_hand_over_of_every_item_are_one_step() -> None:
    step = intake.receive(CHECKING, TERMS, FACTS)
    assert carried(CHECKING, step).state == CaseState.DISPATCHED
    assert keys(step) == [f"hand_over:{i.item_no}:1" for i in CHECKING.items]
    assert [n.kind for n in step.notices] == ["intake_receipt"]


def test_each_department_has_a_stream_of_its_own() -> None:
    streams = [task.stream for task in intake.receive(CHECKING, TERMS, FACTS).work]
    assert streams == [f"case-1:{i.department}" for i in CHECKING.items]


def test_deferred_and_promised_materials_have_each_their_own_promise_with_their_own_items() -> None:
    own = {"deferred": "1. 健康证明", "deferred_items": "1. 食品", "promised": "1. 制度", "promised_items": "1. 消防"}
    receipt, deferral, promise = intake.receive(CHECKING, TERMS, {**FACTS, "materials": "1. 平面图", **own}).notices
    assert (deferral.kind, deferral.facts["materials"], deferral.facts["items"]) == (
        "deferral_promise",
        "1. 健康证明",
        "1. 食品",
    )
    assert (promise.kind, promise.facts["materials"], promise.facts["items"]) == (
        "commitment_letter",
        "1. 制度",
        "1. 消防",
    )
    assert receipt.facts["materials"] == "1. 平面图"


def test_in_one_step_the_window_accepts_what_can_be_accepted_and_the_clock_starts() -> None:
    one_step = terms(one_step=True)
    step = intake.receive(CHECKING, one_step, FACTS)
    for code in (HOTEL,):
        step += acceptance.at_window(CHECKING, one_step, SITE.items[code])
    after, _ = settled(carried(CHECKING, step), one_step)
    assert [n.kind for n in step.notices] == ["intake_acceptance_notice"]
    assert after.item(HOTEL).state == ItemState.PRE_REVIEW and after.item(HOTEL).segments[0].running
    assert after.item(POWER).state == ItemState.WAITING


# --- correction and return ------------------------------------------------------------------------------------------------


def test_everything_is_told_once_and_materials_with_their_copies() -> None:
    defects = (Problem("field:a", "企业名称", "尚未取得或填写"), Problem("material:b", "平面图", "尚未取得", 2))
    step = intake.ask_correction(CHECKING, TERMS, defects, FACTS)
    [notice] = step.notices
    assert notice.facts["defects"] == "企业名称：尚未取得或填写。\n平面图（一式两份）。"
    assert carried(CHECKING, step).state == CaseState.CORRECTION and step.events[0].facts == {"defects": "2"}


@pytest.mark.parametrize(
    ("used", "kind"), [("one_time_notice", "one_time_notice"), ("correction_notice", "correction_notice")]
)
def test_the_notice_is_the_one_of_the_site_s_profile(used: str, kind: str) -> None:
    step = intake.ask_correction(CHECKING, terms(window_notice=used), (Problem("told", "盖章不清", ""),), FACTS)
    assert step.notices[0].kind == kind and step.notices[0].facts["defects"] == "盖章不清。"


def test_nothing_to_correct_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        intake.ask_correction(CHECKING, TERMS, (), FACTS)
    assert refused.value.code == "NOTHING_MISSING"


def test_after_a_correction_it_is_checked_again() -> None:
    asked = carried(CHECKING, intake.ask_correction(CHECKING, TERMS, (Problem("told", "x", ""),), FACTS))
    assert carried(asked, intake.resubmit(asked)).state == CaseState.CHECKING


def test_a_filing_is_never_returned_without_the_reason_on_paper() -> None:
    step = intake.give_back(CHECKING, TERMS, "不属于本窗口受理范围", FACTS)
    assert carried(CHECKING, step).state == CaseState.RETURNED and kinds(step) == ["returned"]
    assert step.notices[0].kind == "return_notice"
    assert step.notices[0].facts["reason"] == "不属于本窗口受理范围" == step.events[0].note
