"""市场监督管理局 over its real server: five more kinds of item case go in, each by its own mapping. It plays no whole case."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from adapters.connect import Connected
from adapters.contract import Attachment, Handover, PeerRefused, Stop, Taken
from adapters.simulators.population import deed, firm, person
from adapters.simulators.population.street import RESERVED_NAMES
from tests.adapters.town import Town

CODE = "market-regulation"
T = TypeVar("T")

PLACE = {
    "premises.address": "河南省南阳市西峡县样例路1号",
    "premises.tenure": "leased",
    "premises.lease_number": "XZB2026-0990",
    "premises.floor_area": "120.5",
    "premises.operating_area": "86",
    "premises.health_certified_staff": "3",
}


def founder(key: str) -> dict[str, str]:
    """What the form knows of who is about to register."""
    who, name = person(key), next(one for one in RESERVED_NAMES if one.founder.key == key)
    return {
        "operator.name": who.name,
        "operator.id_number": who.id_number,
        "operator.phone": "19900000003",
        "operator.sex": "1",
        "operator.ethnicity": "01",
        "operator.birth_date": "1985-07-21",
        "operator.registered_address": who.home.line,
        "business.proposed_name": name.name,
        "business.name_declaration_number": name.number,
        "business.scope": name.scope,
        "business.industry": "体育场馆管理",
        "business.staff_count": "4",
    }


def enterprise(key: str) -> dict[str, str]:
    who = firm(key)
    return {
        "enterprise.uscc": who.uscc,
        "enterprise.enterprise_name": who.name,
        "legal_representative.name": who.boss.name,
        "legal_representative.id_number": who.boss.id_number,
        "legal_representative.phone": "19900000001",
        "premises.deed_number": deed(key).number,
    }


FORMS: dict[str, dict[str, str]] = {
    "individual-registration": {
        **founder("tennis_founder"),
        "registration.composition": "family",
        "registration.family_operators": "测试率",
        "registration.invested_funds": "80000",
        "registration.dwelling_use": "no",
        "registration.premises_postcode": "474550",
        "registration.licence_copies": "1",
        "registration.electronic_licence": "true",
    },
    "cooperative-registration": {
        **founder("coop_1"),
        "cooperative.cooperative_members": "5",
        "cooperative.farmer_members": "4",
        "cooperative.members_contribution": "1200000",
        "cooperative.contribution_in_kind": "300000",
        "cooperative.contributed_land_area": "48",
        "cooperative.cooperative_chair": "演示鸣",
        "cooperative.cooperative_supervisor": "测试白",
        "cooperative.founding_meeting_on": "2026-11-08",
        "cooperative.licence_copies": "2",
    },
    "small-food-shop-registration": {
        **enterprise("bakery"),
        "small_shop.small_food_kind": "catering",
        "small_shop.small_food_items": "cakes,drinks",
        "small_shop.tableware_cleaning": "none",
        "small_shop.waste_oil_collector": "西峡县示例环卫服务有限公司",
        "small_shop.food_safety_lead": "示例皇",
        "small_shop.trades_online": "false",
    },
    "food-workshop-registration": {
        **enterprise("teahouse"),
        "workshop.workshop_category": "pastry,tea",
        "workshop.workshop_products": "绿豆糕",
        "workshop.workshop_equipment": "蒸箱一台",
        "workshop.raw_material_source": "西峡县示例粮油店",
        "workshop.workshop_packaging": "loose",
        "workshop.workshop_daily_output": "35",
        "workshop.process_water": "mains",
    },
    "food-production-permit": {
        **enterprise("water_plant"),
        "production.production_category": "0601",
        "production.production_varieties": "饮用天然泉水",
        "production.product_standard": "GB 19298—2014",
        "production.yearly_capacity": "36000",
        "production.filling_lines": "2",
        "production.self_testing": "true",
        "production.food_safety_director": "示例火",
        "production.food_technicians": "3",
        "enterprise.staff_count": "26",
    },
}
ITEMS = tuple(FORMS)


def handover(item: str, key: str, form: dict[str, str] | None = None, **more: Any) -> Handover:
    rules = Attachment("rules", "管理制度", "C", media_type="application/pdf", body=b"%PDF-1.4")
    proof = Attachment("proof", "居民身份证", "A", sha256="0" * 64)
    whole = {**PLACE, **FORMS[item]} if form is None else form
    return Handover(key, "c-1", f"{key}-no", item, "测试事项", False, 5, whole, {}, (rules, proof), **more)


def with_line(town: Town, act: Callable[[Connected], Awaitable[T]]) -> T:
    async def run() -> T:
        line = town.connected(CODE)
        try:
            return await act(line)
        finally:
            await line.close()

    return asyncio.run(run())


def hand_over(town: Town, *cases: Handover) -> list[Taken]:
    async def act(line: Connected) -> list[Taken]:
        assert line.handles is not None
        return [await line.handles.hand_over(case) for case in cases]

    return with_line(town, act)


def stop(town: Town, key: str, number: str, item: str) -> None:
    async def act(line: Connected) -> None:
        assert line.handles is not None
        await line.handles.stop(Stop(key, "n", number, "申请人自愿", item))

    with_line(town, act)


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_case_is_taken_once_however_often_it_is_sent(town: Town, item: str) -> None:
    case = handover(item, f"once-{item}")
    first, second = hand_over(town, case, case)
    assert first.department_no and first.department_no == second.department_no
    assert (first.again, second.again) == (False, True) and first.at is not None


@pytest.mark.parametrize("item", ITEMS)
def test_a_correction_comes_again_under_the_same_number(town: Town, item: str) -> None:
    case = handover(item, f"mend-{item}")
    (first,) = hand_over(town, case)
    town.decide(CODE, number=first.department_no, step="correction", defects=[{"material": "制度", "reason": "缺页"}])
    (mended,) = hand_over(town, replace(case, key=f"mended-{item}", correction=True))
    assert mended.department_no == first.department_no


@pytest.mark.parametrize("item", ITEMS)
def test_what_was_withdrawn_is_stopped_and_stopping_twice_is_no_fault(town: Town, item: str) -> None:
    (taken,) = hand_over(town, handover(item, f"stop-{item}"))
    stop(town, "s-1", taken.department_no, item)
    stop(town, "s-2", taken.department_no, item)
    with pytest.raises(PeerRefused):
        stop(town, "s-3", "no-such-number", item)


@pytest.mark.parametrize("item", ITEMS)
def test_what_is_decided_is_not_stopped_any_more(town: Town, item: str) -> None:
    (taken,) = hand_over(town, handover(item, f"late-{item}"))
    for step in ("accept", "approve"):
        town.decide(CODE, number=taken.department_no, step=step)
    with pytest.raises(PeerRefused):
        stop(town, "s-1", taken.department_no, item)


MISSING = {
    "individual-registration": "registration.invested_funds",
    "cooperative-registration": "cooperative.cooperative_chair",
    "small-food-shop-registration": "small_shop.food_safety_lead",
    "food-workshop-registration": "workshop.raw_material_source",
    "food-production-permit": "production.food_technicians",
}


@pytest.mark.parametrize("item", ITEMS)
def test_a_form_without_what_the_paper_wants_is_not_sent(town: Town, item: str) -> None:
    form = {key: text for key, text in {**PLACE, **FORMS[item]}.items() if key != MISSING[item]}
    before = len(town.journal(CODE))
    with pytest.raises(PeerRefused):
        hand_over(town, handover(item, f"short-{item}", form))
    assert len(town.journal(CODE)) == before


def test_a_word_that_the_department_has_not_is_not_sent(town: Town) -> None:
    form = {**PLACE, **FORMS["food-production-permit"], "production.production_category": "0601,9999"}
    with pytest.raises(PeerRefused):
        hand_over(town, handover("food-production-permit", "word", form))


def test_a_new_entity_gets_its_code_and_the_declared_name(town: Town) -> None:
    (taken,) = hand_over(town, handover("individual-registration", "licence"))
    kept = next(one for one in town.applications(CODE) if one["number"] == taken.department_no)
    assert kept["results"]["tyshxydm"].startswith("92411323MA9YK")
    assert kept["results"]["qymc"] == FORMS["individual-registration"]["business.proposed_name"]
