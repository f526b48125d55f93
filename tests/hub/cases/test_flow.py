"""Which item goes on when, and what a failure does: K-01 in all its ways."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog.types import Dependency, OnReject
from hub.cases import flow
from hub.cases.states import CaseState, ItemState
from hub.cases.terms import Terms
from tests.hub.cases.making import FIRE, FOOD, HOTEL, HYGIENE, POWER, SITE, TERMS, case, settled, terms, with_item

S = ItemState
UNDER_WAY = CaseState.IN_PROGRESS


def test_items_without_an_upstream_go_side_by_side() -> None:
    assert [code for code in (POWER, HYGIENE, FIRE, FOOD) if flow.waits(case(), TERMS, code)] == []


def test_the_hotel_permit_waits_for_hygiene_and_fire() -> None:
    assert {u.item for u in flow.upstreams(case(), TERMS, HOTEL)} == {HYGIENE, FIRE}
    assert flow.waits(case(), TERMS, HOTEL)


def test_an_upstream_that_was_not_chosen_is_not_waited_for() -> None:
    whole = case()
    part = replace(whole, items=tuple(i for i in whole.items if i.item not in (HYGIENE, FIRE)))
    assert not flow.waits(part, TERMS, HOTEL)


def test_an_approval_without_its_signed_certificate_releases_nobody() -> None:
    both = case(UNDER_WAY, fire=S.APPROVED, public=S.APPROVED, hotel=S.PRE_REVIEW)
    for code in (FIRE, HYGIENE):
        both = with_item(both, code, certificate="reserved")
    assert flow.waits(both, TERMS, HOTEL)
    one = with_item(both, FIRE, certificate_signed=True)
    assert flow.waits(one, TERMS, HOTEL)
    assert not flow.waits(with_item(one, HYGIENE, certificate_signed=True), TERMS, HOTEL)


@pytest.mark.parametrize(
    ("policy", "ended"),
    [
        (OnReject.END_WHOLE_MATTER, {POWER, HYGIENE, HOTEL, FOOD}),
        (OnReject.END_DEPENDENTS_ONLY, {HOTEL}),
        (OnReject.CONTINUE, set()),
    ],
)
def test_what_a_denied_upstream_ends_is_the_policy_s_to_say(policy: OnReject, ended: set[str]) -> None:
    denied = case(UNDER_WAY, fire=S.DENIED, rest=S.REVIEWING, hotel=S.PRE_REVIEW)
    after, _ = settled(denied, terms(policy))
    assert {i.item for i in after.items if i.state == S.TERMINATED} == ended


@pytest.mark.parametrize("policy", list(OnReject))
def test_a_failure_that_touches_nobody_lets_the_others_go_on(policy: OnReject) -> None:
    denied = case(UNDER_WAY, food=S.DENIED, rest=S.REVIEWING, hotel=S.PRE_REVIEW)
    assert flow.ended_by_failure(denied, terms(policy), FOOD) == ()


def test_the_pair_s_own_rule_wins_over_the_region_s() -> None:
    denied = case(UNDER_WAY, fire=S.DENIED, rest=S.REVIEWING, hotel=S.PRE_REVIEW)
    own = replace(terms(OnReject.END_WHOLE_MATTER), dependencies=TERMS.dependencies)
    assert flow.ended_by_failure(denied, own, FIRE) == (HOTEL,)


def test_what_was_decided_is_never_ended_afterwards() -> None:
    denied = case(UNDER_WAY, fire=S.DENIED, food=S.APPROVED, power=S.COMPLETED, rest=S.REVIEWING, hotel=S.PRE_REVIEW)
    assert set(flow.ended_by_failure(denied, terms(OnReject.END_WHOLE_MATTER), FIRE)) == {HYGIENE, HOTEL}


def test_with_continue_the_dependant_goes_on_without_the_result_that_will_never_come() -> None:
    denied = case(UNDER_WAY, fire=S.DENIED, public=S.APPROVED, hotel=S.AWAITING_UPSTREAM)
    after, steps = settled(denied, terms(OnReject.CONTINUE))
    assert after.item(HOTEL).state == S.REVIEWING
    supplied = [task.args["upstream_no"] for step in steps for task in step.work if task.kind == "supply"]
    assert supplied == [denied.item(HYGIENE).item_no]


def test_where_a_refusal_is_no_failure_it_ends_nobody() -> None:
    refused = case(UNDER_WAY, fire=S.REFUSED, rest=S.REVIEWING, hotel=S.PRE_REVIEW)
    assert flow.ended_by_failure(refused, terms(OnReject.END_DEPENDENTS_ONLY), FIRE) == (HOTEL,)
    lenient = terms(OnReject.END_DEPENDENTS_ONLY, refusal_is_failure=False)
    assert flow.ended_by_failure(refused, lenient, FIRE) == ()


def test_a_failure_ends_the_whole_line_behind_it() -> None:
    line = (Dependency(FIRE, HYGIENE), Dependency(HYGIENE, HOTEL), Dependency(HOTEL, FOOD))
    denied = case(UNDER_WAY, fire=S.DENIED, rest=S.PRE_REVIEW, power=S.REVIEWING)
    after, _ = settled(denied, Terms(line))
    assert {i.item for i in after.items if i.state == S.TERMINATED} == {HYGIENE, HOTEL, FOOD}


def test_the_site_s_titles_are_at_hand() -> None:
    assert TERMS.title(HOTEL) == SITE.items[HOTEL].title
