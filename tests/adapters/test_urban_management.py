"""住建局（城管） over its real server: streets and drains are found by deed, four permits go in by one intake. It plays no whole case."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

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
from adapters.simulators.population import deed, firm, person
from catalog.dictionary import canonical
from tests.adapters.town import NOW, Town, patience

CODE = "urban-management"
ITEMS = ("shop-signboard", "outdoor-advertising", "drainage-permit", "road-occupation-permit")
FIRM = firm("bakery")
FORM = {
    "enterprise.uscc": FIRM.uscc,
    "enterprise.enterprise_name": FIRM.name,
    "legal_representative.name": FIRM.boss.name,
    "legal_representative.id_number": FIRM.boss.id_number,
    "legal_representative.phone": "19900000001",
    "premises.premises_name": "麦香示例",
    "premises.address": FIRM.place.line,
    "premises.deed_number": deed("bakery").number,
    "premises.tenure": "leased",
    "signboard.wording": "麦香示例面包",
    "signboard.shape": "letters",
    "signboard.width": "5.2",
    "signboard.height": "0.9",
    "signboard.clearance": "3",
    "signboard.material": "不锈钢",
    "signboard.lighting": "inside",
    "advert.kind": "posted",
    "advert.subject": "开业宣传",
    "advert.site": "西峡县莲湖路21号墙面",
    "advert.medium": "banner",
    "advert.face_area": "4.5",
    "advert.pieces": "2",
    "advert.from": "2026-12-01",
    "advert.to": "2026-12-31",
    "drain.kind": "general",
    "drain.water_use": "2.4",
    "drain.daily_volume": "2.1",
    "drain.outlets": "1",
    "drain.pretreatment": "隔油池",
    "drain.pollutants": "01,04",
    "premises.sewer_pipe": "莲湖路DN400污水管",
    "occupation.road": "莲湖路21号门前",
    "occupation.surface": "pavement",
    "occupation.purpose": "event",
    "occupation.length": "6",
    "occupation.width": "2.5",
    "occupation.from": "2026-12-01",
    "occupation.to": "2026-12-03",
    "occupation.site_head": FIRM.boss.name,
    "occupation.site_phone": "19900000002",
}
OF_A_PERSON = {
    **{key: text for key, text in FORM.items() if not key.startswith(("enterprise.", "legal_representative."))},
    "operator.name": person("dentist").name,
    "operator.id_number": person("dentist").id_number,
    "operator.phone": "19900000003",
    "business.proposed_name": "西峡县洁白示例口腔诊所",
}


def handover(item: str, key: str, form: dict[str, str] = FORM, **more: Any) -> Handover:
    drawing = Attachment("drawing", "效果图", "C", media_type="application/pdf", body=b"%PDF-1.4")
    licence = Attachment("licence", "营业执照", "A", sha256="0" * 64)
    pre_review = more.pop("pre_review", False)
    return Handover(key, "c-1", f"{key}-no", item, "测试事项", pre_review, 5, form, {}, (drawing, licence), **more)


def hand_over(town: Town, *cases: Handover) -> list[Taken]:
    async def run() -> list[Taken]:
        line = town.connected(CODE)
        assert line.handles is not None
        try:
            return [await line.handles.hand_over(case) for case in cases]
        finally:
            await line.close()

    return asyncio.run(run())


def stop(town: Town, key: str, number: str, item: str) -> None:
    async def run() -> None:
        line = town.connected(CODE)
        assert line.handles is not None
        try:
            await line.handles.stop(Stop(key, "n", number, "申请人自愿", item))
        finally:
            await line.close()

    asyncio.run(run())


# --- answers ------------------------------------------------------------------------------------------------------------


def test_its_mapping_has_nothing_to_complain_of(town: Town) -> None:
    assert town.run(CODE, lambda line: line.check()) == []


def test_a_street_front_is_found_by_the_deed(town: Town) -> None:
    found = town.ask("urban-management.street-frontage", {"deed_number": deed("mall").number})
    assert isinstance(found, Found)
    assert (found.values["frontage_road"], found.values["road_grade"]) == ("样例大道", "主干路")
    assert found.values["signboard_rule_on"] == "2025-03-05" and found.values["historic_building"] == "false"


def test_a_street_without_a_rule_says_nothing_of_one(town: Town) -> None:
    found = town.ask("urban-management.street-frontage", {"deed_number": deed("bakery").number})
    assert isinstance(found, Found) and {"signboard_rule", "signboard_rule_on"} <= set(found.missing)


def test_a_drain_is_found_by_the_deed_in_canonical_words(town: Town) -> None:
    found = town.ask("urban-management.drain-connection", {"deed_number": deed("hotpot").number})
    assert isinstance(found, Found) and found.values["sewer_pipe"].endswith("污水管")
    for name, text in found.values.items():
        assert canonical(town.site.dictionary[name], text) == text


def test_a_house_that_nobody_surveyed_is_not_found(town: Town) -> None:
    asked = town.ask("urban-management.drain-connection", {"deed_number": deed("tailor").number})
    assert isinstance(asked, NotFound)


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


@pytest.mark.parametrize("resource", ["street-frontage", "drain-connection"])
@pytest.mark.parametrize(("order", "expected"), FAULTS, ids=lambda one: "" if isinstance(one, type) else str(one))
def test_each_fault_has_its_outcome(town: Town, resource: str, order: dict[str, object], expected: Any) -> None:
    key = "mall" if resource == "street-frontage" else "hotpot"
    town.control(CODE, **order)
    try:
        outcome = town.ask(f"{CODE}.{resource}", {"deed_number": deed(key).number}, timeout_seconds=patience(order))
    finally:
        town.control(CODE, mode="normal")
    assert isinstance(outcome, expected) if isinstance(expected, type) else outcome == expected


# --- item cases ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_case_is_taken_once_however_often_it_is_sent(town: Town, item: str) -> None:
    case = handover(item, f"once-{item}")
    first, second = hand_over(town, case, case)
    assert first.department_no and first.department_no == second.department_no
    assert (first.again, second.again) == (False, True) and first.at is not None


@pytest.mark.parametrize("item", ITEMS)
def test_a_person_whose_shop_is_yet_to_be_registered_applies_in_their_own_name(town: Town, item: str) -> None:
    (taken,) = hand_over(town, handover(item, f"person-{item}", OF_A_PERSON))
    assert taken.department_no and not taken.again


@pytest.mark.parametrize("item", ITEMS)
def test_a_correction_comes_again_under_the_same_number(town: Town, item: str) -> None:
    case = handover(item, f"mend-{item}")
    (first,) = hand_over(town, case)
    town.decide(
        CODE, number=first.department_no, step="correction", defects=[{"material": "效果图", "reason": "无尺寸"}]
    )
    mended = replace(case, key=f"mended-{item}", correction=True)
    again, repeated = hand_over(town, mended, mended)
    assert again.department_no == repeated.department_no == first.department_no and repeated.again


def test_a_correction_that_nobody_asked_for_needs_a_person(town: Town) -> None:
    case = handover("shop-signboard", "unasked")
    hand_over(town, case)
    with pytest.raises(PeerRefused, match="51"):
        hand_over(town, replace(case, key="unasked-2", correction=True))


@pytest.mark.parametrize("item", ITEMS)
def test_what_was_withdrawn_is_stopped_once(town: Town, item: str) -> None:
    (taken,) = hand_over(town, handover(item, f"stop-{item}"))
    stop(town, "s1", taken.department_no, item)
    stop(town, "s1", taken.department_no, item)
    with pytest.raises(PeerRefused):
        stop(town, "s2", "no-such-number", item)


def test_a_busy_desk_is_tried_again_with_the_same_key(town: Town) -> None:
    case = handover("drainage-permit", "busy")
    town.control(CODE, mode="busy", operation="Sqs", times=1)
    with pytest.raises(PeerUnreachable):
        hand_over(town, case)
    (taken,) = hand_over(town, case)
    assert taken.department_no and not taken.again


def test_an_answer_that_was_lost_makes_no_second_application(town: Town) -> None:
    case = handover("road-occupation-permit", "lost")
    town.control(CODE, mode="drop_answer", operation="Sqs", times=1)
    with pytest.raises(PeerUnreachable):
        hand_over(town, case)
    (taken,) = hand_over(town, case)
    assert taken.again and [one["key"] for one in town.applications(CODE)].count("lost") == 1


@pytest.mark.parametrize("variant", ["garbled", "missing"])
def test_a_receipt_that_nobody_can_use_is_asked_for_again(town: Town, variant: str) -> None:
    town.control(CODE, mode="wrong", variant=variant, operation="Sqs", times=1)
    with pytest.raises(PeerUnreachable):
        hand_over(town, handover("shop-signboard", f"unusable-{variant}"))
    (taken,) = hand_over(town, handover("shop-signboard", f"unusable-{variant}"))
    assert taken.again


def test_a_form_without_what_the_department_must_have_is_not_sent(town: Town) -> None:
    without = {key: text for key, text in FORM.items() if key != "drain.pollutants"}
    with pytest.raises(PeerRefused, match="Wrw"):
        hand_over(town, handover("drainage-permit", "lacking", without))


def test_a_permit_that_waits_for_the_registration_gets_it(town: Town) -> None:
    async def run() -> None:
        line = town.connected(CODE)
        assert line.handles is not None
        taken = await line.handles.hand_over(handover("outdoor-advertising", "wait", OF_A_PERSON, pre_review=True))
        paper = Attachment("licence", "营业执照", "A", media_type="application/pdf", body=b"%PDF-1.4")
        result = UpstreamResult(
            "u1",
            "n",
            taken.department_no,
            "individual-registration",
            "营业执照",
            "X-1",
            paper,
            NOW,
            "outdoor-advertising",
        )
        await line.handles.supply(result)
        await line.handles.supply(result)
        await line.close()

    asyncio.run(run())
    waiting = next(one for one in town.applications(CODE) if one["key"] == "wait")
    assert waiting["pre_review"] and waiting["upstream"] == {"GSDJ": True}
