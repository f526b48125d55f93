"""交通运输局 over its real server: hauliers' vehicles, and three kinds of item in GB18030 attributes. It plays no whole case."""

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
from adapters.simulators.population import Firm, firm, person
from catalog.dictionary import canonical
from tests.adapters.town import NOW, Town, patience

CODE, FLEET = "transport", "transport.fleet"
ITEMS = ("vehicle-repair-filing", "road-freight-permit", "road-transport-certificate")
HAULIER = firm("logistics")
FORM = {
    "enterprise.uscc": HAULIER.uscc,
    "enterprise.enterprise_name": HAULIER.name,
    "legal_representative.name": HAULIER.boss.name,
    "legal_representative.id_number": HAULIER.boss.id_number,
    "premises.address": HAULIER.place.line,
    "premises.floor_area": "2450",
    "premises.tenure": "leased",
    "repair.category": "3",
    "repair.items": "轮胎动平衡及修补",
    "repair.bays": "3",
    "repair.workshop_area": "120",
    "repair.parking_area": "60",
    "repair.tools": "举升机",
    "repair.head_name": person("repairer").name,
    "repair.waste_oil": "FJY-2026-9901",
    "freight.scope": "general,container",
    "freight.planned_vehicles": "4",
    "freight.parking_area": "1600",
    "freight.drivers": "3",
    "freight.safety_officer": HAULIER.boss.name,
    "freight.area": "interprovincial",
    "truck.plate": "豫R9901D",
    "truck.vin": "LSYYDACC9P9900001",
    "truck.kind": "重型半挂牵引车",
    "truck.model": "示例牌DF4250",
    "truck.total_mass": "25000",
    "truck.approved_load": "16005",
    "truck.grade": "1",
    "truck.inspected_until": "2027-06-30",
    "truck.satellite": "true",
    "truck.insurance": "CYRX-2026-9901",
}
OF_A_PERSON = {
    **{key: text for key, text in FORM.items() if not key.startswith("legal_representative.")},
    "enterprise.uscc": firm("repair_shop").uscc,
    "enterprise.enterprise_name": firm("repair_shop").name,
    "operator.name": person("repairer").name,
    "operator.id_number": person("repairer").id_number,
}


def handover(item: str, key: str, form: dict[str, str] = FORM, **more: Any) -> Handover:
    rules = Attachment("rules", "安全生产管理制度", "C", media_type="application/pdf", body=b"%PDF-1.4")
    licence = Attachment("licence", "营业执照", "A", sha256="0" * 64)
    waits = more.pop("pre_review", False)
    return Handover(key, "c-1", f"{key}-no", item, "测试事项", waits, 5, form, {}, (rules, licence), **more)


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


def fleet(town: Town, keeper: Firm, seconds: float = 20.0) -> Outcome:
    return town.ask(FLEET, {"uscc": keeper.uscc}, timeout_seconds=seconds)


def test_its_mapping_has_nothing_to_complain_of(town: Town) -> None:
    assert town.run(CODE, lambda line: line.check()) == []


def test_a_hauliers_vehicles_are_a_list_in_canonical_words(town: Town) -> None:
    found = fleet(town, HAULIER)
    assert isinstance(found, Found) and found.values["fleet_size"] == str(len(found.lists["vehicles"])) == "4"
    first = found.lists["vehicles"][0]
    assert (first["technical_grade"], first["satellite_terminal"], first["total_mass"]) == ("1", "true", "25000")
    for row in (found.values, *found.lists["vehicles"]):
        for name, text in row.items():
            assert canonical(town.site.dictionary[name], text) == text, name


def test_a_keeper_without_a_vehicle_is_found_with_none(town: Town) -> None:
    found = fleet(town, firm("garage"))
    assert isinstance(found, Found) and found.values["fleet_size"] == "0" and not found.lists.get("vehicles")


def test_a_firm_that_the_office_does_not_know_is_not_found(town: Town) -> None:
    assert isinstance(fleet(town, firm("mall")), NotFound)


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


@pytest.mark.parametrize(("order", "expected"), FAULTS, ids=lambda one: "" if isinstance(one, type) else str(one))
def test_each_fault_has_its_outcome(town: Town, order: dict[str, object], expected: Any) -> None:
    town.control(CODE, **order)
    try:
        outcome = fleet(town, HAULIER, patience(order))
    finally:
        town.control(CODE, mode="normal")
    assert isinstance(outcome, expected) if isinstance(expected, type) else outcome == expected


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_case_is_taken_once_however_often_it_is_sent(town: Town, item: str) -> None:
    case = handover(item, f"once-{item}")
    first, second = hand_over(town, case, case)
    assert first.department_no and first.department_no == second.department_no
    assert (first.again, second.again) == (False, True) and first.at is not None


def test_a_shopkeeper_files_in_their_own_name(town: Town) -> None:
    (taken,) = hand_over(town, handover("vehicle-repair-filing", "person-1", OF_A_PERSON))
    assert taken.department_no and not taken.again


@pytest.mark.parametrize("item", ITEMS)
def test_a_correction_comes_again_under_the_same_number(town: Town, item: str) -> None:
    case = handover(item, f"mend-{item}")
    (first,) = hand_over(town, case)
    town.decide(CODE, number=first.department_no, step="correction", defects=[{"material": "制度", "reason": "缺页"}])
    (again,) = hand_over(town, replace(case, key=f"mended-{item}", correction=True))
    assert again.department_no == first.department_no


@pytest.mark.parametrize("item", ITEMS)
def test_what_was_withdrawn_is_stopped_and_an_unknown_number_needs_a_person(town: Town, item: str) -> None:
    (taken,) = hand_over(town, handover(item, f"stop-{item}"))
    stop = Stop("s-1", "n", taken.department_no, "申请人自愿", item)
    told(town, stop, stop)
    with pytest.raises(PeerRefused):
        told(town, replace(stop, department_no="JTYZ0"))


def test_a_vehicle_waits_for_the_permit_of_its_haulier(town: Town) -> None:
    item = "road-transport-certificate"
    (taken,) = hand_over(town, handover(item, "wait-1", pre_review=True))
    result = UpstreamResult("u-1", "n", taken.department_no, "road-freight-permit", "许可证", "X-1", None, NOW, item)
    told(town, result, result)
    kept = next(one for one in town.applications(CODE) if one["number"] == taken.department_no)
    assert kept["upstream"] == {"HYXK": True}


@pytest.mark.parametrize(
    "order", [{"mode": "busy"}, {"mode": "wrong", "variant": "garbled"}, {"mode": "drop_answer"}], ids=str
)
def test_what_was_not_understood_is_sent_again_with_the_same_key(town: Town, order: dict[str, str]) -> None:
    case = handover("road-freight-permit", f"again-{order}")
    town.control(CODE, **order, times=1)
    with pytest.raises(PeerUnreachable):
        hand_over(town, case)
    (taken,) = hand_over(town, case)
    assert taken.again == (order["mode"] != "busy")
