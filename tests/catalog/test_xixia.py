"""The first site: it joins, and 我要开民宿 demands what its sources and proposals say."""

from __future__ import annotations

import re

import pytest

from catalog.demand import check_choice, form_of, items_for, materials_of
from catalog.dictionary import BadValue, canonical
from catalog.join import needs
from catalog.loading import Loaded, load
from catalog.policies import SETTINGS
from catalog.types import FormField, IssuedBy, Lock, Matter
from tests.catalog.conftest import ON, XIXIA


@pytest.fixture(scope="module")
def xixia() -> Loaded:
    return load(XIXIA, ON)


@pytest.fixture
def guesthouse(xixia: Loaded) -> Matter:
    return xixia.site.matters["open-guesthouse"]


def test_the_site_joins_without_a_mismatch(xixia: Loaded) -> None:
    assert [str(found) for found in xixia.mismatches] == []


def test_the_matter_is_the_list_s_own(guesthouse: Matter) -> None:
    assert (guesthouse.title, guesthouse.sequence, guesthouse.lead) == ("我要开民宿", 2, "market-regulation")
    assert [found.change_note for found in guesthouse.items] == ["低压居民新装", "", "", "", ""]


def test_the_items_are_named_as_in_the_list(xixia: Loaded, guesthouse: Matter) -> None:
    assert [xixia.site.items[found.item].title for found in guesthouse.items] == [
        "用电预约（新装、更名、过户、销户）",
        "公共场所卫生许可",
        "公众聚集场所投入使用、营业前消防安全检查（不采用告知承诺制）",
        "旅馆业特种行业许可证核发",
        "食品（含保健食品）经营许可核发",
    ]


def test_no_food_permit_without_dining(guesthouse: Matter) -> None:
    assert "food-permit" in items_for(guesthouse, {})
    assert "food-permit" not in items_for(guesthouse, {"dining": "no"})


@pytest.mark.parametrize("answers", [{}, {"dining": "no"}, {"premises": "own"}, {"filing": "agent"}])
def test_every_situation_gives_a_form_and_materials(xixia: Loaded, guesthouse: Matter, answers: dict[str, str]) -> None:
    chosen = items_for(guesthouse, answers)
    assert check_choice(xixia.site, guesthouse, chosen, answers) == []
    form = form_of(guesthouse, chosen, answers)
    assert 45 <= len(form.fields) <= 70
    assert ("agent.id_number" in form.used_by) == (answers.get("filing") == "agent")
    assert ("owner.id_number" in form.used_by) == (answers.get("premises") != "own")
    assert sum(needed.exemption is not None for needed in materials_of(guesthouse, chosen, answers)) >= 7


def test_the_owner_s_address_is_reached_over_four_answers(guesthouse: Matter) -> None:
    fields: dict[str, FormField] = {field.key: field for field in guesthouse.fields}
    chain, key = [], "owner.registered_address"
    while fields[key].sources:
        source = fields[key].sources[0]
        chain.append(source.resource)
        key = next(iter(source.subject.values()))
    assert chain == ["public-security.person", "real-estate.deed", "real-estate.lease"]
    assert key == "enterprise.uscc"


def test_the_legal_representative_s_name_has_two_sources_that_may_differ(guesthouse: Matter) -> None:
    field = next(one for one in guesthouse.fields if one.key == "legal_representative.name")
    assert [source.resource for source in field.sources] == [
        "market-regulation.business-licence",
        "public-security.person",
    ]


def test_own_premises_ask_no_lease(xixia: Loaded, guesthouse: Matter) -> None:
    form = form_of(guesthouse, items_for(guesthouse, {}), {"premises": "own"})
    assert "real-estate.lease" not in {source.resource for field in form.fields for source in field.sources}


def test_the_hotel_permit_waits_for_fire_and_hygiene(guesthouse: Matter) -> None:
    edges = {(one.upstream, one.downstream) for one in guesthouse.dependencies}
    assert edges == {("fire-safety-inspection", "hotel-permit"), ("public-place-hygiene-permit", "hotel-permit")}
    assert all(one.proposed for one in guesthouse.dependencies)


def test_permits_are_issued_by_the_hub_and_the_power_service_is_not(xixia: Loaded, guesthouse: Matter) -> None:
    issued = {code: xixia.site.items[code].result.issued_by for code in guesthouse.demands}
    assert issued.pop("power-connection") is IssuedBy.DEPARTMENT
    assert set(issued.values()) == {IssuedBy.HUB}
    assert not xixia.site.items["power-connection"].has_acceptance


def test_every_material_has_its_nine_sub_elements(xixia: Loaded) -> None:
    for item in xixia.site.items.values():
        for one in item.materials:
            texts = (
                one.name,
                one.legal_basis,
                one.type_and_format,
                one.source,
                one.acceptance_standard,
                one.paper_size,
            )
            assert all(texts) and one.notes and one.paper_copies >= 1, (item.code, one.code)


def test_every_open_point_is_decided_with_a_source(xixia: Loaded) -> None:
    assert {setting.point for setting in SETTINGS.values()} == {f"K-{number:02}" for number in range(1, 27)}
    assert set(xixia.site.policy) == set(SETTINGS)
    assert all(value.source for value in xixia.site.policy.values())


def test_every_need_has_a_supplier_and_a_ground(xixia: Loaded) -> None:
    assert [need for need in needs(xixia.site) if need.resource and need.state != "met"] == []


def test_a_register_s_address_may_be_corrected_at_the_counter(xixia: Loaded, guesthouse: Matter) -> None:
    chosen = items_for(guesthouse, {})
    open_to_correction = [f.key for f in form_of(guesthouse, chosen, {}).fields if f.sources]
    locks = {f.key: f.lock for f in guesthouse.fields if f.key in open_to_correction}
    assert {key for key, lock in locks.items() if lock is Lock.EDITABLE} == {"premises.address"}


@pytest.mark.parametrize("count", ["room_count", "bed_count", "building_floors"])
def test_no_guesthouse_has_minus_three_rooms_or_none(xixia: Loaded, count: str) -> None:
    for few in ("-3", "0"):
        with pytest.raises(BadValue):
            canonical(xixia.site.dictionary[count], few)


def test_every_item_has_the_codes_by_which_the_platform_knows_it(xixia: Loaded) -> None:
    """基本编码 of 12 digits, and 实施编码: the unit's code, the county level, the same 12 digits. No two items share one."""
    seen: dict[str, str] = {}
    for item in xixia.site.items.values():
        basic, task = (str(item.extras.get(name, "")) for name in ("basic_code", "task_code"))
        assert re.fullmatch(r"[0-9]{12}", basic), item.code
        assert task == f"{xixia.site.departments[item.department].uscc}4{basic}", item.code
        assert seen.setdefault(basic, item.code) == item.code, f"{item.code} has the code of {seen[basic]}"


def test_every_result_that_somebody_issues_has_a_certificate_type(xixia: Loaded) -> None:
    issued = [item for item in xixia.site.items.values() if item.result.issued_by is not IssuedBy.NOBODY]
    assert len(issued) == 65 and all(item.result.certificate_type in xixia.site.certificates for item in issued)


def test_a_department_s_own_results_are_of_types_that_are_taken_in(xixia: Loaded) -> None:
    theirs = [item for item in xixia.site.items.values() if item.result.issued_by is IssuedBy.DEPARTMENT]
    kinds = {xixia.site.certificates[item.result.certificate_type].title for item in theirs}
    assert {"社会保障卡", "居民身份证领取凭证", "用电报装受理回执", "契税申报办理结果"} <= kinds
