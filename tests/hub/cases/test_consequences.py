"""What follows by itself: it always comes to an end, loses no item, and closes the case with its last item."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.types import OnReject
from hub.cases import acceptance, approval, delivery, dispatch, flow, intake, withdrawal
from hub.cases.approval import Special
from hub.cases.consequences import follow_up
from hub.cases.plain import PlainCase
from hub.cases.states import FAILED, SUCCEEDED, CaseState, ItemState
from hub.cases.step import Step
from hub.cases.terms import Terms
from hub.errors import BadInput, NotNow
from tests.hub.cases.making import (
    ALL,
    FACTS,
    FIRE,
    HOTEL,
    HYGIENE,
    POWER,
    SITE,
    TERMS,
    carried,
    case,
    keys,
    kinds,
    settled,
    terms,
    with_item,
)

S = ItemState
Act = Callable[[PlainCase, Terms, str], Step]

ACTS: dict[str, Act] = {
    "receive": lambda c, t, i: intake.receive(c, t, FACTS),
    "return": lambda c, t, i: intake.give_back(c, t, "材料不属于本窗口", FACTS),
    "handed_over": lambda c, t, i: dispatch.handed_over(c, c.item(i), "X-1"),
    "again": lambda c, t, i: dispatch.again(c, c.item(i)),
    "accept": lambda c, t, i: acceptance.accept(c, t, SITE.items[i], FACTS, "X-1"),
    "refuse": lambda c, t, i: acceptance.refuse(c, SITE.items[i], "不属于本机关职权", FACTS),
    "correct": lambda c, t, i: acceptance.correct(c, t, SITE.items[i], (("平面图", "不清晰"),), FACTS),
    "pre_reviewed": lambda c, t, i: approval.pre_reviewed(c, t, SITE.items[i]),
    "suspend": lambda c, t, i: approval.suspend(c, t, SITE.items[i], Special("2", "鉴定", "须鉴定")),
    "resume": lambda c, t, i: approval.resume(c, SITE.items[i]),
    "approve": lambda c, t, i: approval.approve(c, SITE.items[i], "决〔2026〕1号", {}, FACTS),
    "deny": lambda c, t, i: approval.deny(c, SITE.items[i], "决〔2026〕2号", "不符合条件", FACTS),
    "withdraw": lambda c, t, i: withdrawal.withdraw(c, t, "不办了", FACTS),
    "deliver": lambda c, t, i: delivery.deliver(c, "electronic", "", FACTS),
}


def signed(one: PlainCase, code: str) -> PlainCase:
    return with_item(one, code, certificate_signed=True) if one.item(code).certificate else one


def played(acts: list[tuple[str, str]], on: Terms) -> PlainCase:
    """Whatever is not possible is refused and changes nothing; `sign` stands for the worker's signing."""
    one = case(CaseState.CHECKING)
    for act, code in acts:
        try:
            one = signed(one, code) if act == "sign" else carried(one, ACTS[act](one, on, code))
        except (NotNow, BadInput):
            continue
        one, _ = settled(one, on)
    return one


USUAL = ["accept"] * 4 + ["approve", "sign"] * 6 + ["pre_reviewed", "handed_over"] * 2
"""What departments do most; without this weight nearly every run would end in an early withdrawal."""

acts = st.lists(st.tuples(st.sampled_from([*ACTS, *USUAL]), st.sampled_from(ALL)), min_size=20, max_size=80)


@settings(max_examples=300, deadline=None)
@given(acts, st.sampled_from(OnReject), st.booleans())
def test_whatever_people_do_the_case_settles_and_no_item_is_lost(
    did: list[tuple[str, str]], policy: OnReject, one_step: bool
) -> None:
    on = terms(policy, one_step=one_step, correction_pauses=True)
    one = played([("receive", POWER), *did], on)
    assert {i.item for i in one.items} == set(ALL) and follow_up(one, on, FACTS) is None
    undecided = [i for i in one.items if i.state not in FAILED and not flow.has_result(i)]
    if one.state in (CaseState.DISPATCHED, CaseState.IN_PROGRESS):
        assert undecided, "every item has ended, and the case has not"
    else:
        assert not undecided, "the case has ended, and an item has not"


@settings(max_examples=100, deadline=None)
@given(acts, st.sampled_from(OnReject))
def test_nobody_waits_for_a_result_that_cannot_come(did: list[tuple[str, str]], policy: OnReject) -> None:
    on = terms(policy)
    one = played([("receive", POWER), *did], on)
    for own in one.items:
        if own.state in (S.PRE_REVIEW, S.AWAITING_UPSTREAM):
            assert any(u.state not in FAILED and not flow.has_result(u) for u in flow.upstreams(one, on, own.item))


@settings(max_examples=300, deadline=None)
@given(acts)
def test_a_clock_has_at_most_one_open_stretch_and_none_after_the_decision(did: list[tuple[str, str]]) -> None:
    one = played([("receive", POWER), *did], terms(correction_pauses=True))
    for own in one.items:
        running = [s for s in own.segments if s.ended_at is None]
        assert len(running) <= (own.state not in (*FAILED, *SUCCEEDED))


# --- single consequences ------------------------------------------------------------------------------------------------


def both_approved() -> PlainCase:
    both = case(CaseState.IN_PROGRESS, fire=S.APPROVED, public=S.APPROVED, hotel=S.AWAITING_UPSTREAM)
    for code in (FIRE, HYGIENE):
        both = with_item(both, code, certificate=f"c-{code}", certificate_signed=True)
    return both


def test_the_last_upstream_s_certificate_releases_at_once_and_supplies_both_results() -> None:
    after, [released] = settled(both_approved())
    hotel = after.item(HOTEL)
    assert hotel.state == S.REVIEWING and kinds(released) == ["released"]
    assert keys(released) == [f"supply:{hotel.item_no}:{after.item(code).item_no}" for code in (HYGIENE, FIRE)]


def test_a_department_that_accepts_after_its_upstreams_gets_their_results_too() -> None:
    late = with_item(both_approved(), HOTEL, state=S.PUSHED)
    step = acceptance.accept(late, TERMS, SITE.items[HOTEL], FACTS)
    assert carried(late, step).item(HOTEL).state == S.REVIEWING
    assert [key for key in keys(step) if key.startswith("supply:")] != []


def test_an_ending_tells_department_and_applicant_and_gives_the_papers_back() -> None:
    denied = case(CaseState.IN_PROGRESS, fire=S.DENIED, rest=S.REVIEWING, hotel=S.PRE_REVIEW)
    _, [ended] = settled(denied)
    hotel_no = denied.item(HOTEL).item_no
    assert keys(ended) == [f"stop:{hotel_no}", f"sms:{hotel_no}:terminated"]
    [notice] = ended.notices
    assert notice.kind == "termination_notice" and notice.facts["items"] == f"1. {SITE.items[HOTEL].title}"
    assert SITE.items[FIRE].title in notice.facts["reason"] and "平面图" in notice.facts["returned_materials"]
    assert [dict(f.values) for f in ended.facts] == [{"reason": notice.facts["reason"]}]  # the case's page says why


@pytest.mark.parametrize(
    ("states", "end", "event"),
    [
        ({"rest": S.REFUSED}, CaseState.REFUSED, "case_refused"),
        ({"rest": S.REFUSED, "hotel": S.TERMINATED}, CaseState.TERMINATED, "case_terminated"),
        ({"rest": S.WITHDRAWN, "food": S.REFUSED}, CaseState.WITHDRAWN, "case_withdrawn"),
    ],
)
def test_a_case_without_any_result_ends_by_what_ended_its_items(
    states: dict[str, ItemState], end: CaseState, event: str
) -> None:
    after, [last] = settled(case(CaseState.IN_PROGRESS, **states))
    assert (after.state, kinds(last), keys(last)) == (end, [event], ["archive:41132320261120000001"])


def test_one_result_is_enough_to_go_on_to_delivery() -> None:
    after, [finished] = settled(case(CaseState.IN_PROGRESS, power=S.COMPLETED, rest=S.REFUSED))
    assert after.state == CaseState.DELIVERING and keys(finished) == ["deliver:41132320261120000001"]


def test_a_case_with_nothing_but_denials_has_nothing_to_deliver_and_closes() -> None:
    after, steps = settled(case(CaseState.IN_PROGRESS, rest=S.DENIED))
    assert after.state == CaseState.CLOSED and [k for step in steps for k in kinds(step)] == ["finished", "closed"]


def test_an_unsigned_certificate_keeps_the_case_open() -> None:
    waiting = with_item(case(CaseState.IN_PROGRESS, rest=S.APPROVED), FIRE, certificate="reserved")
    assert follow_up(waiting, TERMS, FACTS) is None
