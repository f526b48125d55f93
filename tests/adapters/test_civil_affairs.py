"""民政局 over its real server: marriages, social bodies and the filing of homes for the old. It plays no whole case."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from adapters.connect import Connection, Ports, connect
from adapters.contract import (
    Ambiguous,
    Attachment,
    Denied,
    Found,
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
from adapters.simulators.population import body, firm, person
from adapters.simulators.population.civil import spouse_of
from catalog.dictionary import canonical
from tests.adapters.kinds.making import query
from tests.adapters.town import NOW, Town, patience

CODE = "civil-affairs"
ITEMS = ("elderly-care-filing", "public-elderly-care-filing")
HOME = firm("elder_home")
SUBJECTS = {"id_number": person("buyer").id_number, "uscc": body("community_care").uscc}
FORM = {
    "enterprise.uscc": HOME.uscc,
    "enterprise.enterprise_name": HOME.name,
    "legal_representative.name": HOME.boss.name,
    "legal_representative.id_number": HOME.boss.id_number,
    "premises.premises_name": "夕阳红示例养老院",
    "premises.address": HOME.place.line,
    "premises.floor_area": "3860",
    "premises.tenure": "leased",
    "care.beds": "96",
    "care.nursing_beds": "40",
    "care.staff": "31",
    "care.workers": "22",
    "care.head_name": HOME.boss.name,
    "care.head_phone": "19900000001",
    "care.clinic_inside": "false",
    "care.meals": "own_kitchen",
    "care.opened_on": "2026-12-01",
    "care.fee_lowest": "1800",
    "care.fee_highest": "4200",
    "care.prepayment": "none",
    "care.liability_insured": "true",
    "care.community": "示例社区",
    "care.services": "day_care,meals",
    "care.site": "commissioned",
    "care.free_beds": "8",
}


def handover(item: str, key: str, **more: Any) -> Handover:
    promise = Attachment("promise", "承诺书", "C", media_type="application/pdf", body=b"%PDF-1.4")
    licence = Attachment("licence", "营业执照", "A", sha256="0" * 64)
    waits = more.pop("pre_review", False)
    return Handover(key, "c-1", f"{key}-no", item, "测试事项", waits, 5, FORM, {}, (promise, licence), **more)


def hand_over(town: Town, *cases: Handover) -> list[Taken]:
    async def run() -> list[Taken]:
        line = town.connected(CODE)
        assert line.handles is not None
        try:
            return [await line.handles.hand_over(case) for case in cases]
        finally:
            await line.close()

    return asyncio.run(run())


def told(town: Town, *messages: Stop | UpstreamResult) -> None:
    async def run() -> None:
        line = town.connected(CODE)
        assert line.handles is not None
        try:
            for message in messages:
                await (line.handles.stop(message) if isinstance(message, Stop) else line.handles.supply(message))
        finally:
            await line.close()

    asyncio.run(run())


def test_its_mapping_has_nothing_to_complain_of(town: Town) -> None:
    assert town.run(CODE, lambda line: line.check()) == []


@pytest.mark.parametrize("key", ["buyer", "buyer_spouse"])
def test_each_of_a_couple_leads_to_the_other(town: Town, key: str) -> None:
    found, partner = (
        town.ask("civil-affairs.marriage", {"id_number": person(key).id_number}),
        spouse_of(person(key)),
    )
    assert isinstance(found, Found) and partner is not None
    assert (found.values["spouse_name"], found.values["spouse_id_number"]) == (partner.name, partner.id_number)
    assert found.values["marriage_state"] == "in_force" and found.values["married_on"][4] == "-"


def test_somebody_who_never_registered_a_marriage_is_not_found(town: Town) -> None:
    asked = town.ask("civil-affairs.marriage", {"id_number": person("plum_son").id_number})
    assert isinstance(asked, NotFound)


def test_a_social_body_is_found_with_its_head(town: Town) -> None:
    found = town.ask("civil-affairs.social-body", {"uscc": SUBJECTS["uscc"]})
    assert isinstance(found, Found) and found.values["social_body_certificate_number"] == "9900990001"
    assert found.values["legal_representative_id_number"] == person("community_head").id_number
    assert (found.values["registered_capital"], found.values["registration_status"]) == ("300000", "正常")


@pytest.mark.parametrize("resource", ["marriage", "social-body"])
def test_every_value_is_what_the_dictionary_calls_canonical(town: Town, resource: str) -> None:
    known = town.site.resources[f"{CODE}.{resource}"]
    found = town.ask(known.code, {key: SUBJECTS[key] for key in known.subject})
    assert isinstance(found, Found)
    for name, text in found.values.items():
        assert canonical(town.site.dictionary[name], text) == text, name


FAULTS: list[tuple[dict[str, object], Outcome | type]] = [
    ({"mode": "several"}, Ambiguous),
    ({"mode": "nobody"}, NotFound),
    ({"mode": "denied"}, Denied),
    ({"mode": "busy"}, Unavailable(Why.BUSY)),
    ({"mode": "slow", "seconds": 3}, Unavailable(Why.TIMEOUT)),
    ({"mode": "drop_answer"}, Unavailable(Why.BROKEN_OFF)),
    ({"mode": "refuse"}, Unusable),
    *(({"mode": "wrong", "variant": variant}, Unusable) for variant in ("garbled", "date", "code", "missing", "other")),
]


@pytest.mark.parametrize("resource", ["marriage", "social-body"])
@pytest.mark.parametrize(("order", "expected"), FAULTS, ids=lambda one: "" if isinstance(one, type) else str(one))
def test_each_fault_has_its_outcome(town: Town, resource: str, order: dict[str, object], expected: Any) -> None:
    known = town.site.resources[f"{CODE}.{resource}"]
    town.control(CODE, **order)
    try:
        outcome = town.ask(known.code, {key: SUBJECTS[key] for key in known.subject}, timeout_seconds=patience(order))
    finally:
        town.control(CODE, mode="normal")
    assert isinstance(outcome, expected) if isinstance(expected, type) else outcome == expected


def test_a_wrong_account_is_denied(town: Town) -> None:
    async def run() -> Outcome:
        wrong = Connection(town.addresses[CODE], {"client_id": "yjs-411323", "client_secret": "x"})
        line = connect(town.site.departments[CODE], town.site.resources.values(), wrong, Ports(clock=lambda: NOW))
        assert line.answers is not None
        try:
            asked = query(town.site.resources["civil-affairs.marriage"], {"id_number": SUBJECTS["id_number"]})
            return await line.answers.answer(asked)
        finally:
            await line.close()

    assert isinstance(asyncio.run(run()), Denied)


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_case_is_taken_once_however_often_it_is_sent(town: Town, item: str) -> None:
    case = handover(item, f"once-{item}")
    first, second = hand_over(town, case, case)
    assert first.department_no and first.department_no == second.department_no
    assert (first.again, second.again) == (False, True) and first.at is not None


def test_a_busy_office_gets_it_again_with_the_same_key(town: Town) -> None:
    case = handover("elderly-care-filing", "busy-1")
    town.control(CODE, mode="busy", times=1)
    with pytest.raises(PeerUnreachable, match="busy"):
        hand_over(town, case)
    assert not hand_over(town, case)[0].again


@pytest.mark.parametrize("item", ITEMS)
def test_a_correction_comes_again_under_the_same_number(town: Town, item: str) -> None:
    case = handover(item, f"mend-{item}")
    (first,) = hand_over(town, case)
    town.decide(CODE, number=first.department_no, step="correction", defects=[{"material": "章程", "reason": "缺页"}])
    again = hand_over(town, replace(case, key=f"mended-{item}", correction=True))[0]
    assert again.department_no == first.department_no


@pytest.mark.parametrize("item", ITEMS)
def test_what_was_withdrawn_is_stopped_and_an_unknown_number_needs_a_person(town: Town, item: str) -> None:
    (taken,) = hand_over(town, handover(item, f"stop-{item}"))
    told(
        town,
        Stop("s-1", "n", taken.department_no, "申请人自愿", item),
        Stop("s-1", "n", taken.department_no, "自愿", item),
    )
    with pytest.raises(PeerRefused):
        told(town, Stop("s-2", "n", "MZYL0", "申请人自愿", item))


def test_a_filing_that_waits_gets_the_result_of_the_fire_filing(town: Town) -> None:
    item = "public-elderly-care-filing"
    (taken,) = hand_over(town, handover(item, "wait-1", pre_review=True))
    result = UpstreamResult(
        "u-1", "n", taken.department_no, "construction-fire-filing", "备案凭证", "X-1", None, NOW, item
    )
    told(town, result, result)
    kept = next(one for one in town.applications(CODE) if one["number"] == taken.department_no)
    assert kept["upstream"] == {"XFBA": True}


def test_what_the_office_cannot_read_is_sent_again(town: Town) -> None:
    case = handover("elderly-care-filing", "garbled-1")
    town.control(CODE, mode="wrong", variant="garbled", times=1)
    with pytest.raises(PeerUnreachable):
        hand_over(town, case)
    assert hand_over(town, case)[0].again
