"""人社局 over its real server: work, insurance, cards and graduates' files in canonical words; fourteen kinds of business by one intake. It plays no whole case."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from adapters.connect import Connected, Connection, Ports, connect
from adapters.contract import (
    Ambiguous,
    Attachment,
    Denied,
    Found,
    Handles,
    Handover,
    NotFound,
    Outcome,
    PeerRefused,
    PeerUnreachable,
    Stop,
    Taken,
    Unavailable,
    Unusable,
    UpstreamResult,
    Why,
)
from adapters.simulators.population import NOBODY, firm, person
from adapters.simulators.population.work import EMPLOYMENTS, INSURANCES, INSURED_FIRMS, SOCIAL_CARDS
from catalog.dictionary import canonical
from catalog.types import Site
from tests.adapters.kinds.making import query
from tests.adapters.town import NOW, Town, patience

CODE = "human-resources"
MATTERS = ("graduate-employment", "self-employment", "talent-recognition", "unemployment")
ITEMS = (
    "graduate-reception",
    "employment-registration",
    "employment-booklet",
    "enterprise-social-insurance",
    "social-security-card",
    "startup-subsidy",
    "startup-loan",
    "job-seeking-subsidy",
    "talent-startup",
    "talent-hired",
    "talent-overseas-startup",
    "talent-overseas-hired",
    "unemployment-registration",
    "unemployment-benefit",
)
UPSTREAM = {
    "employment-registration": ("graduate-reception", "BYJS"),
    "employment-booklet": ("employment-registration", "JYDJ"),
    "startup-subsidy": ("employment-booklet", "CYZS"),
    "startup-loan": ("employment-booklet", "CYZS"),
    "unemployment-benefit": ("unemployment-registration", "SYDJ"),
}
LAID_OFF = person("laid_off")
KNOWN = {
    "applicant.name": LAID_OFF.name,
    "applicant.id_number": LAID_OFF.id_number,
    "agent.id_number": person("agent").id_number,
    "guarantor.id_number": person("birch_mother").id_number,
    "talent.insurance_status": "paying",
    "benefit.insurance_status": "paused",
}
T = TypeVar("T")


def form_of(site: Site, item: str) -> dict[str, str]:
    """Everything that the item asks, typed as the dictionary's examples say."""
    matter = next(site.matters[code] for code in MATTERS if item in site.matters[code].demands)
    fields = [field for field in matter.fields if field.key in matter.demands[item].fields]
    typed = {f.key: canonical(f.definition, f.definition.example) for f in fields if f.definition.example}
    return {**typed, **{key: text for key, text in KNOWN.items() if key in matter.demands[item].fields}}


def handover(town: Town, item: str, key: str, **more: Any) -> Handover:
    plan = Attachment("plan", "计划书", "C", media_type="application/pdf", body=b"%PDF-1.4")
    card = Attachment("id", "居民身份证", "A", sha256="0" * 64)
    pre_review, form = more.pop("pre_review", False), more.pop("form", form_of(town.site, item))
    return Handover(key, "c-1", f"{key}-no", item, "测试事项", pre_review, 5, form, {}, (plan, card), **more)


def through(town: Town, use: Callable[[Handles], Awaitable[T]]) -> T:
    async def run(line: Connected) -> T:
        assert line.handles is not None
        return await use(line.handles)

    return town.run(CODE, run)


def hand_over(town: Town, *cases: Handover) -> list[Taken]:
    async def run(handles: Handles) -> list[Taken]:
        return [await handles.hand_over(case) for case in cases]

    return through(town, run)


def ask(town: Town, resource: str, number: str, **more: Any) -> Outcome:
    subject = "uscc" if resource == "insured-employer" else "id_number"
    return town.ask(f"{CODE}.{resource}", {subject: number}, **more)


# --- answers ------------------------------------------------------------------------------------------------------------


def test_its_mapping_has_nothing_to_complain_of(town: Town) -> None:
    assert town.run(CODE, lambda line: line.check()) == []


def test_a_job_that_ended_says_when_and_why(town: Town) -> None:
    found = ask(town, "employment", LAID_OFF.id_number)
    assert isinstance(found, Found)
    assert found.values["employment_status"] == "unemployed" and found.values["employment_end_reason"] == "dismissed"
    assert (found.values["employed_from"], found.values["employed_until"]) == ("2023-09-01", "2026-10-31")
    assert found.values["employer_name"] == firm("feed").name and found.values["booklet_number"] == "4113230023990002"


def test_a_job_that_lasts_has_no_end_and_names_no_business_of_ones_own(town: Town) -> None:
    found = ask(town, "employment", person("talent_hired").id_number)
    assert isinstance(found, Found) and found.values["employment_status"] == "employed"
    assert {"employed_until", "employment_end_reason", "own_business_uscc", "booklet_number"} <= set(found.missing)


def test_a_founder_leads_to_the_business_of_their_own(town: Town) -> None:
    found = ask(town, "employment", person("graduate_founder").id_number)
    assert isinstance(found, Found) and found.values["own_business_uscc"] == firm("startup").uscc


def test_insurance_counts_months_and_lists_kinds_and_gaps(town: Town) -> None:
    found = ask(town, "social-insurance", person("resale_buyer").id_number)
    assert isinstance(found, Found) and found.values["insurance_status"] == "paying"
    terms = [(row["paid_from_month"], row["paid_until_month"]) for row in found.lists["terms"]]
    assert terms == [("2023-03", "2024-12"), ("2025-03", "2026-11")]
    assert len(found.lists["kinds"]) == 5 and found.values["unemployment_insurance_months"] == "43"


def test_a_graduate_s_file_is_on_its_way_until_it_has_a_number(town: Town) -> None:
    arrived = ask(town, "graduate", person("graduate_employed").id_number)
    on_its_way = ask(town, "graduate", person("graduate_returning").id_number)
    assert isinstance(arrived, Found) and arrived.values["file_sent_on"] == "2026-07-10"
    assert isinstance(on_its_way, Found) and "file_number" in on_its_way.missing


def test_an_employer_is_found_by_its_code(town: Town) -> None:
    found = ask(town, "insured-employer", firm("talent_firm").uscc)
    assert isinstance(found, Found) and found.values["employer_insurance_number"].startswith("411323990")


@pytest.mark.parametrize("resource", ["employment", "social-insurance", "social-card", "graduate", "insured-employer"])
def test_who_is_in_no_register_is_not_found(town: Town, resource: str) -> None:
    number = firm("startup").uscc if resource == "insured-employer" else NOBODY
    assert isinstance(ask(town, resource, number), NotFound)


def test_every_answer_about_anybody_is_what_the_dictionary_calls_canonical(town: Town) -> None:
    asked = [("employment", entry.person.id_number) for entry in EMPLOYMENTS]
    asked += [("social-insurance", entry.person.id_number) for entry in INSURANCES]
    asked += [("social-card", entry.person.id_number) for entry in SOCIAL_CARDS]
    asked += [("insured-employer", entry.firm.uscc) for entry in INSURED_FIRMS]
    for resource, number in asked[::5]:
        found = ask(town, resource, number)
        assert isinstance(found, Found)
        for row in (found.values, *(row for rows in found.lists.values() for row in rows)):
            assert {name: canonical(town.site.dictionary[name], text) for name, text in row.items()} == dict(row)


FAULTS: list[tuple[dict[str, object], Outcome | type]] = [
    ({"mode": "several"}, Ambiguous),
    ({"mode": "nobody"}, NotFound),
    ({"mode": "denied"}, Denied),
    ({"mode": "busy"}, Unavailable(Why.BUSY)),
    ({"mode": "slow", "seconds": 3}, Unavailable(Why.TIMEOUT)),
    ({"mode": "drop_answer"}, Unavailable(Why.BROKEN_OFF)),
    ({"mode": "down"}, Unavailable),
    ({"mode": "refuse"}, Unusable),
    *(({"mode": "wrong", "variant": variant}, Unusable) for variant in ("garbled", "date", "code", "missing", "other")),
]


@pytest.mark.parametrize("resource", ["employment", "social-insurance"])
@pytest.mark.parametrize(("order", "expected"), FAULTS, ids=lambda one: "" if isinstance(one, type) else str(one))
def test_each_fault_has_its_outcome(town: Town, resource: str, order: dict[str, object], expected: Any) -> None:
    town.control(CODE, **order)
    try:
        outcome = ask(town, resource, LAID_OFF.id_number, timeout_seconds=patience(order))
    finally:
        town.control(CODE, mode="normal")
    assert isinstance(outcome, expected) if isinstance(expected, type) else outcome == expected


def test_of_two_matches_the_chosen_one_is_found(town: Town) -> None:
    town.control(CODE, mode="several")
    several = ask(town, "employment", LAID_OFF.id_number)
    assert isinstance(several, Ambiguous) and len(several.candidates) == 2
    chosen = ask(town, "employment", LAID_OFF.id_number, choice=several.candidates[0].choice)
    town.control(CODE, mode="normal")
    assert isinstance(chosen, Found) and chosen.values["name"] == LAID_OFF.name


def test_wrong_credentials_are_denied(town: Town) -> None:
    async def run() -> Outcome:
        given = Connection(town.addresses[CODE], {"account": "x", "password": "y"})
        line = connect(town.site.departments[CODE], town.site.resources.values(), given, Ports(clock=lambda: NOW))
        assert line.answers is not None
        try:
            asked = query(town.site.resources[f"{CODE}.employment"], {"id_number": LAID_OFF.id_number})
            return await line.answers.answer(asked)
        finally:
            await line.close()

    outcome = asyncio.run(run())
    assert isinstance(outcome, Denied) and outcome.reason == "credentials_refused"


# --- item cases ---------------------------------------------------------------------------------------------------------


def test_every_item_of_the_office_is_tried_here(town: Town) -> None:
    assert set(town.site.departments[CODE].handles) == set(ITEMS)


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_case_is_taken_once_however_often_it_is_sent(town: Town, item: str) -> None:
    case = handover(town, item, f"once-{item}")
    first, second = hand_over(town, case, case)
    assert first.department_no and first.department_no == second.department_no
    assert (first.again, second.again) == (False, True) and first.at is not None


@pytest.mark.parametrize("item", ITEMS)
def test_a_correction_comes_again_under_the_same_number(town: Town, item: str) -> None:
    case = handover(town, item, f"mend-{item}")
    (first,) = hand_over(town, case)
    town.decide(CODE, number=first.department_no, step="correction", defects=[{"material": "表", "reason": "缺签名"}])
    mended = replace(case, key=f"mended-{item}", correction=True)
    again, repeated = hand_over(town, mended, mended)
    assert again.department_no == repeated.department_no == first.department_no and repeated.again


@pytest.mark.parametrize("item", ITEMS)
def test_what_was_withdrawn_is_stopped_once(town: Town, item: str) -> None:
    (taken,) = hand_over(town, handover(town, item, f"stop-{item}"))

    async def run(handles: Handles) -> None:
        for _ in range(2):
            await handles.stop(Stop("s1", "n", taken.department_no, "申请人自愿", item))
        with pytest.raises(PeerRefused):
            await handles.stop(Stop("s2", "n", "no-such-number", "申请人自愿", item))

    through(town, run)


@pytest.mark.parametrize(("item", "upstream", "theirs"), [(item, *known) for item, known in UPSTREAM.items()])
def test_business_that_waits_gets_the_result_it_waits_for(town: Town, item: str, upstream: str, theirs: str) -> None:
    key = f"wait-{item}"
    (taken,) = hand_over(town, handover(town, item, key, pre_review=True))

    async def run(handles: Handles) -> None:
        for _ in range(2):
            await handles.supply(
                UpstreamResult("u1", "n", taken.department_no, upstream, "结果", "X-1", None, NOW, item)
            )

    through(town, run)
    waiting = next(one for one in town.applications(CODE) if one["key"] == f"{key}-no")
    assert waiting["pre_review"] and waiting["upstream"] == {theirs: True}


def test_a_busy_office_is_tried_again_with_the_same_key(town: Town) -> None:
    case = handover(town, "startup-loan", "busy")
    town.control(CODE, mode="busy", operation="ywSq", times=1)
    with pytest.raises(PeerUnreachable):
        hand_over(town, case)
    (taken,) = hand_over(town, case)
    assert taken.department_no and not taken.again


def test_an_answer_that_was_lost_makes_no_second_application(town: Town) -> None:
    case = handover(town, "unemployment-benefit", "lost")
    town.control(CODE, mode="drop_answer", operation="ywSq", times=1)
    with pytest.raises(PeerUnreachable):
        hand_over(town, case)
    (taken,) = hand_over(town, case)
    assert taken.again and [one["key"] for one in town.applications(CODE)].count("lost-no") == 1


@pytest.mark.parametrize("variant", ["garbled", "missing", "code"])
def test_a_receipt_that_nobody_can_use_asks_for_another(town: Town, variant: str) -> None:
    case = handover(town, "talent-hired", f"unusable-{variant}")
    town.control(CODE, mode="wrong", variant=variant, operation="ywSq", times=1)
    with pytest.raises((PeerUnreachable, PeerRefused)):
        hand_over(town, case)
    (taken,) = hand_over(town, case)
    assert taken.again


def test_several_kinds_of_insurance_go_out_one_by_one_in_their_codes(town: Town) -> None:
    form = {**form_of(town.site, "enterprise-social-insurance"), "insurance.kinds": "pension,fantasy"}
    with pytest.raises(PeerRefused, match="XZ"):
        hand_over(town, handover(town, "enterprise-social-insurance", "kinds", form=form))


def test_a_form_without_what_the_office_must_have_is_not_sent(town: Town) -> None:
    form = {k: text for k, text in form_of(town.site, "unemployment-benefit").items() if k != "benefit.claim"}
    with pytest.raises(PeerRefused):
        hand_over(town, handover(town, "unemployment-benefit", "lacking", form=form))
