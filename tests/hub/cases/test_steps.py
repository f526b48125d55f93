"""The departments' steps: accept, refuse, correct, decide; special procedures; withdrawal; delivery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from catalog.types import IssuedBy
from hub.cases import acceptance, approval, delivery, dispatch, withdrawal
from hub.cases.approval import Special
from hub.cases.plain import PlainCase
from hub.cases.states import BEFORE_DECISION, CaseState, ItemState
from hub.cases.step import Step
from hub.errors import BadInput, NotNow
from tests.hub.cases.making import (
    FACTS,
    FIRE,
    FOOD,
    HOTEL,
    NOW,
    POWER,
    SITE,
    TERMS,
    carried,
    case,
    keys,
    kinds,
    terms,
    with_item,
)

S = ItemState
PUSHED = case()
REVIEWING = case(CaseState.IN_PROGRESS, rest=S.REVIEWING)


def accepted(one: PlainCase = PUSHED, code: str = FIRE) -> PlainCase:
    return carried(one, acceptance.accept(one, TERMS, SITE.items[code], FACTS, "消2026-1"))


# --- acceptance ---------------------------------------------------------------------------------------------------------


def test_acceptance_starts_the_clock_gives_the_notice_and_tells_the_applicant() -> None:
    step = acceptance.accept(PUSHED, TERMS, SITE.items[FIRE], FACTS, "消2026-1")
    assert kinds(step) == ["accepted", "review_started"] and [c.action for c in step.clock] == ["start"]
    assert [n.kind for n in step.notices] == ["acceptance_notice"]
    assert keys(step) == [f"sms:{PUSHED.item(FIRE).item_no}:accepted"]
    assert step.facts[-1].values == {"department_no": "消2026-1"}


def test_with_an_upstream_open_acceptance_leads_into_pre_review() -> None:
    assert accepted(code=HOTEL).item(HOTEL).state == S.PRE_REVIEW


def test_a_pre_review_that_ends_after_the_upstream_s_result_is_kept_and_moves_nothing() -> None:
    step = approval.pre_reviewed(REVIEWING, TERMS, SITE.items[HOTEL])
    assert kinds(step) == ["pre_reviewed"] and not step.moves
    assert approval.pre_reviewed(REVIEWING, TERMS, SITE.items[FIRE]).moves, "an item with no upstream has no pre-review"


def test_a_service_request_is_taken_without_acceptance_and_its_clock_runs_from_then() -> None:
    step = acceptance.accept(PUSHED, TERMS, SITE.items[POWER], FACTS)
    assert kinds(step) == ["taken"] and not step.notices and not step.work
    assert [(tick.item, tick.action) for tick in step.clock] == [(POWER, "start")]


def test_an_answer_before_our_record_of_the_hand_over_proves_the_hand_over() -> None:
    early = case(rest=S.WAITING)
    step = acceptance.accept(early, TERMS, SITE.items[FIRE], FACTS, "消2026-1")
    assert kinds(step)[0] == "pushed" and carried(early, step).item(FIRE).state == S.REVIEWING


def test_the_record_of_the_hand_over_that_comes_after_the_answer_changes_nothing_any_more() -> None:
    own = replace(accepted().item(FIRE), department_no="消2026-1")
    assert dispatch.handed_over(accepted(), own, "消2026-1") == Step()


@pytest.mark.parametrize("state", [CaseState.CHECKING, CaseState.CORRECTION])
def test_nobody_answers_for_a_case_that_was_never_dispatched(state: CaseState) -> None:
    with pytest.raises(NotNow) as refused:
        acceptance.accept(case(state, rest=S.WAITING), TERMS, SITE.items[FIRE], FACTS)
    assert refused.value.code == "NOT_HANDED_OVER"


def test_with_the_clock_from_intake_it_runs_since_the_receipt() -> None:
    earlier = replace(PUSHED, received_at=NOW.replace(hour=0))
    step = acceptance.accept(earlier, terms(clock_from_intake=True), SITE.items[FIRE], FACTS)
    assert step.clock[0].at == earlier.received_at
    assert acceptance.accept(earlier, TERMS, SITE.items[FIRE], FACTS).clock[0].at is None


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_refusal_needs_its_reason(reason: str) -> None:
    with pytest.raises(BadInput):
        acceptance.refuse(PUSHED, SITE.items[FIRE], reason, FACTS)


def test_a_refusal_puts_its_reason_on_paper_and_nowhere_in_clear() -> None:
    step = acceptance.refuse(PUSHED, SITE.items[FIRE], "测试甲未满十八周岁", FACTS)
    assert step.notices[0].facts["reason"] == "测试甲未满十八周岁"
    assert "测试甲" not in repr(step) and all("测试甲" not in str(task.args) for task in step.work)


# --- correction by a department -------------------------------------------------------------------------------------------


def corrected(one: PlainCase, on: object = TERMS, code: str = FIRE) -> PlainCase:
    return carried(one, acceptance.correct(one, on, SITE.items[code], (("平面图", "不清晰"),), FACTS))  # type: ignore[arg-type]


def test_a_correction_lists_everything_and_an_empty_list_is_refused() -> None:
    step = acceptance.correct(PUSHED, TERMS, SITE.items[FIRE], (("平面图", "不清晰"), ("租赁合同", "缺页")), FACTS)
    assert step.notices[0].facts["defects"] == "平面图（一式一份）：不清晰。\n租赁合同（一式一份）：缺页。"
    with pytest.raises(BadInput):
        acceptance.correct(PUSHED, TERMS, SITE.items[FIRE], (), FACTS)


def test_a_corrected_item_case_is_handed_over_under_a_key_of_its_own_and_only_once() -> None:
    asked = corrected(PUSHED)
    step = dispatch.again(asked, asked.item(FIRE))
    assert keys(step) == [f"hand_over:{asked.item(FIRE).item_no}:2"] and step.work[0].args["attempt"] == "2"
    with pytest.raises(NotNow):  # a second click
        carried(carried(asked, step), step)


def test_a_second_correction_has_messages_and_keys_of_its_own() -> None:
    again = with_item(corrected(PUSHED), FIRE, state=S.PUSHED, attempt=2)
    step = acceptance.correct(again, TERMS, SITE.items[FIRE], (("平面图", "仍不清晰"),), FACTS)
    assert keys(step) == [f"sms:{again.item(FIRE).item_no}:correction:2"]
    assert keys(dispatch.again(corrected(again), again.item(FIRE)))[0].endswith(":3")


@pytest.mark.parametrize(("pauses", "runs_meanwhile"), [(True, False), (False, True)])
def test_whether_a_correction_after_acceptance_stops_the_clock_is_the_site_s_to_say(
    pauses: bool, runs_meanwhile: bool
) -> None:
    on = terms(correction_pauses=pauses)
    asked = corrected(accepted(), on)
    assert asked.item(FIRE).segments[-1].running is runs_meanwhile
    back = carried(with_item(asked, FIRE, state=S.PUSHED), acceptance.accept(with_item(asked, FIRE, state=S.PUSHED), on, SITE.items[FIRE], FACTS))  # fmt: skip
    assert back.item(FIRE).state == S.REVIEWING and back.item(FIRE).segments[-1].running


def test_who_was_accepted_before_gets_no_second_notice_of_acceptance() -> None:
    asked = with_item(corrected(accepted()), FIRE, state=S.PUSHED)
    step = acceptance.accept(asked, TERMS, SITE.items[FIRE], FACTS)
    assert kinds(step) == ["corrected", "review_started"] and not step.notices and not step.work


def test_what_was_accepted_once_is_decided_and_not_refused() -> None:
    asked = with_item(corrected(accepted()), FIRE, state=S.PUSHED)
    with pytest.raises(NotNow) as refused:
        acceptance.refuse(asked, SITE.items[FIRE], "缺件", FACTS)
    assert refused.value.code == "ALREADY_ACCEPTED"


# --- decisions ------------------------------------------------------------------------------------------------------------


def test_an_approval_reserves_the_certificate_and_queues_its_signing() -> None:
    step = approval.approve(REVIEWING, SITE.items[FIRE], "消许〔2026〕1号", {}, FACTS)
    assert step.reserve == (FIRE,) and f"sign:{REVIEWING.item(FIRE).item_no}" in keys(step) and not step.notices
    assert [c.action for c in step.clock] == ["stop"]


def test_where_the_department_issues_the_decision_itself_is_the_notice() -> None:
    foreign = replace(SITE.items[FIRE], result=replace(SITE.items[FIRE].result, issued_by=IssuedBy.DEPARTMENT))
    step = approval.approve(REVIEWING, foreign, "消许〔2026〕1号", {}, FACTS)
    assert not step.reserve and step.notices[0].facts["certificate_no"] == "消许〔2026〕1号"


def test_a_service_request_is_completed_and_nothing_is_signed() -> None:
    step = approval.approve(REVIEWING, SITE.items[POWER], "1", {}, FACTS)
    assert kinds(step) == ["completed"] and not step.reserve and not step.notices


@pytest.mark.parametrize("state", [S.PRE_REVIEW, S.AWAITING_UPSTREAM])
@pytest.mark.parametrize("decide", [approval.approve, approval.deny])
def test_before_its_upstreams_nothing_is_decided(state: ItemState, decide: Callable[..., Step]) -> None:
    waiting = with_item(REVIEWING, HOTEL, state=state)
    with pytest.raises(NotNow) as refused:
        decide(waiting, SITE.items[HOTEL], "1", "理由", FACTS)
    assert refused.value.code == "UPSTREAM_OPEN"


@pytest.mark.parametrize("state", [s for s in ItemState if s not in (S.REVIEWING, S.PRE_REVIEW, S.AWAITING_UPSTREAM)])
def test_only_what_is_under_review_is_decided(state: ItemState) -> None:
    there = with_item(REVIEWING, FIRE, state=state)
    with pytest.raises(NotNow):
        carried(there, approval.approve(there, SITE.items[FIRE], "1", {}, FACTS))


def test_a_denial_needs_its_reason_and_puts_it_on_paper() -> None:
    with pytest.raises(BadInput):
        approval.deny(REVIEWING, SITE.items[FIRE], "1", " ", FACTS)
    notice = approval.deny(REVIEWING, SITE.items[FIRE], "1", "安全出口不足", FACTS).notices[0]
    assert (notice.kind, notice.facts["reason"]) == ("decision_denied", "安全出口不足")


# --- special procedures ---------------------------------------------------------------------------------------------------


def test_a_special_procedure_stops_the_clock_and_its_end_starts_it_again() -> None:
    under_way = accepted()
    suspended = carried(under_way, approval.suspend(under_way, TERMS, SITE.items[FIRE], Special("2", "鉴定", "须鉴定")))
    assert suspended.item(FIRE).segments[-1].cause == "鉴定" and not suspended.item(FIRE).segments[-1].running
    step = approval.resume(suspended, SITE.items[FIRE])
    assert step.events[0].facts == {"special_kind": "2", "name": "鉴定"}
    assert carried(suspended, step).item(FIRE).segments[-1].running


def test_a_name_that_no_list_has_stays_out_of_the_clear() -> None:
    step = approval.suspend(accepted(), TERMS, SITE.items[FIRE], Special("2", "找测试甲核实", "须核实"))
    assert step.events[0].facts["name"] == "其他特别程序" == step.clock[0].cause
    assert step.events[0].note == "找测试甲核实：须核实"


@pytest.mark.parametrize("special", [Special("2", "鉴定", ""), Special("3", "鉴定", "须鉴定")])
def test_a_special_procedure_needs_a_kind_and_a_reason(special: Special) -> None:
    with pytest.raises(BadInput):
        approval.suspend(accepted(), TERMS, SITE.items[FIRE], special)


def test_what_has_no_clock_can_still_be_suspended() -> None:
    assert not approval.suspend(REVIEWING, TERMS, SITE.items[POWER], Special("2", "检测", "须检测")).clock


# --- withdrawal -----------------------------------------------------------------------------------------------------------


def test_before_receipt_nobody_is_told_to_stop() -> None:
    one = case(CaseState.CHECKING)
    step = withdrawal.withdraw(one, TERMS, "不办了", FACTS)
    assert carried(one, step).state == CaseState.WITHDRAWN and not step.work


def test_an_untouched_case_ends_whole_and_every_department_stops() -> None:
    step = withdrawal.withdraw(PUSHED, TERMS, "不办了", FACTS)
    assert carried(PUSHED, step).state == CaseState.WITHDRAWN
    assert keys(step) == [*(f"stop:{i.item_no}" for i in PUSHED.items), "archive:41132320261120000001"]


def test_after_a_decision_the_rest_is_withdrawn_and_the_decision_stands() -> None:
    one = with_item(REVIEWING, FIRE, state=S.APPROVED)
    step = withdrawal.withdraw(one, TERMS, "不办了", FACTS)
    after = carried(one, step)
    assert after.item(FIRE).state == S.APPROVED and after.item(FOOD).state == S.WITHDRAWN
    assert SITE.items[FIRE].title not in step.notices[0].facts["items"]


def test_all_or_nothing_refuses_once_one_is_decided() -> None:
    one = with_item(REVIEWING, FIRE, state=S.DENIED)
    with pytest.raises(NotNow):
        withdrawal.withdraw(one, terms(withdraw_all_or_nothing=True), "不办了", FACTS)


def test_when_all_is_decided_nothing_can_be_withdrawn() -> None:
    with pytest.raises(NotNow) as refused:
        withdrawal.withdraw(case(CaseState.IN_PROGRESS, rest=S.APPROVED), TERMS, "不办了", FACTS)
    assert refused.value.code == "ALREADY_DECIDED"


@pytest.mark.parametrize("state", BEFORE_DECISION)
def test_whatever_is_open_can_be_withdrawn(state: ItemState) -> None:
    one = case(CaseState.IN_PROGRESS, rest=state)
    assert {i.state for i in carried(one, withdrawal.withdraw(one, TERMS, "不办了", FACTS)).items} == {S.WITHDRAWN}


def test_a_withdrawal_says_why_and_gives_the_papers_back() -> None:
    with pytest.raises(BadInput):
        withdrawal.withdraw(PUSHED, TERMS, " ", FACTS)
    [notice] = withdrawal.withdraw(PUSHED, TERMS, "不办了", FACTS).notices
    assert notice.kind == "withdrawal_notice" and notice.facts["returned_materials"] == "1. 平面图"
    [kept] = withdrawal.withdraw(PUSHED, terms(returned_on=()), "不办了", FACTS).notices
    assert kept.facts["returned_materials"] == "无纸质材料需要退还"


# --- delivery -------------------------------------------------------------------------------------------------------------


def test_every_result_is_delivered_with_its_proof() -> None:
    done = case(CaseState.DELIVERING, rest=S.APPROVED, power=S.COMPLETED, food=S.DENIED)
    step = delivery.deliver(done, "window", "居民身份证读卡，本人签字", FACTS)
    assert {i.item for i in carried(done, step).items if i.state == S.DELIVERED} == {i.item for i in done.items} - {
        FOOD
    }
    assert step.notices[0].facts["delivery_way"] == "窗口领取（居民身份证读卡，本人签字）"


def test_at_the_window_nothing_is_handed_out_without_proof_of_who_takes_it() -> None:
    with pytest.raises(BadInput):
        delivery.deliver(case(CaseState.DELIVERING, rest=S.APPROVED), "window", " ", FACTS)


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(BadInput):
        delivery.deliver(case(CaseState.DELIVERING, rest=S.APPROVED), "pigeon", "", FACTS)
