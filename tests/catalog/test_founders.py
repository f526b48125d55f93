"""Matters of who is about to register, and of shopkeepers: their parts of the form, and the licence that the case itself makes."""

from __future__ import annotations

import pytest

from catalog.demand import NeededMaterial, form_of, items_for, materials_of
from catalog.loading import Loaded, load
from catalog.types import Matter
from tests.catalog.conftest import ON, XIXIA

REGISTRATIONS = {"new-individual": "individual-registration", "new-cooperative": "cooperative-registration"}


@pytest.fixture(scope="module")
def xixia() -> Loaded:
    return load(XIXIA, ON)


def founding(xixia: Loaded) -> list[tuple[Matter, str]]:
    matters = xixia.site.matters.values()
    return [(matter, REGISTRATIONS[part]) for matter in matters for part in matter.parts if part in REGISTRATIONS]


def needed(matter: Matter, chosen: tuple[str, ...], answers: dict[str, str]) -> dict[str, NeededMaterial]:
    return {one.material.code: one for one in materials_of(matter, chosen, answers)}


def test_every_matter_of_a_founder_registers_first(xixia: Loaded) -> None:
    assert len(founding(xixia)) >= 8
    for matter, registration in founding(xixia):
        waiting = {one.downstream for one in matter.dependencies if one.upstream == registration}
        assert waiting >= set(matter.demands) - {registration}, matter.code


def test_the_applicant_of_a_founding_is_the_person_at_the_counter(xixia: Loaded) -> None:
    for matter, _ in founding(xixia):
        first = next(role for role in matter.roles if role.kind in ("person", "enterprise"))
        assert (first.code, first.kind, matter.applicant_kind) == ("operator", "person", "person")
        assert "enterprise" not in {role.code for role in matter.roles}, matter.code


def test_the_licence_that_the_case_makes_is_brought_by_nobody(xixia: Loaded) -> None:
    for matter, registration in founding(xixia):
        licence = "new-licence" if registration == "individual-registration" else "new-cooperative-licence"
        found = needed(matter, items_for(matter, {}), {})[licence]
        assert found.exemption is not None and found.exemption.upstream_item == registration
        assert registration not in found.items, "the registration itself gives the licence"
        (later, *_) = (item for item in items_for(matter, {}) if item != registration)
        assert needed(matter, (later,), {})[licence].exemption is None, "who registered before brings the licence"


@pytest.mark.parametrize(("tenure", "resource"), [("own", "deed-of-person"), ("leased", "lease-of-person")])
def test_a_founder_s_premises_are_found_by_the_person_s_number(xixia: Loaded, tenure: str, resource: str) -> None:
    for matter, _ in founding(xixia):
        deed = form_of(matter, items_for(matter, {}), {"premises": tenure}).field("premises.deed_number")
        assert deed is not None and [source.resource for source in deed.sources] == [f"real-estate.{resource}"]


def test_a_founder_s_lease_is_exempt_by_the_person_s_number(xixia: Loaded) -> None:
    matter = xixia.site.matters["open-tennis-hall"]
    exemption = needed(matter, items_for(matter, {}), {"premises": "leased"})["premises-lease"].exemption
    assert exemption is not None and exemption.resource == "real-estate.lease-of-person"


def test_a_family_names_its_members_and_brings_the_household_book(xixia: Loaded) -> None:
    matter = xixia.site.matters["open-tennis-hall"]
    for composition, asked in (("person", False), ("family", True)):
        answers = {"composition": composition}
        form = form_of(matter, ("individual-registration",), answers)
        assert (form.field("registration.family_operators") is not None) == asked
        assert ("family-relation-proof" in needed(matter, ("individual-registration",), answers)) == asked


def test_a_shop_or_a_permit_by_the_size_of_the_place(xixia: Loaded) -> None:
    matter = xixia.site.matters["open-cake-shop"]
    assert "small-food-shop-registration" in items_for(matter, {"food_scale": "small"})
    assert "food-permit" in items_for(matter, {"food_scale": "full"})
    assert "food-permit" not in items_for(matter, {"food_scale": "small"})


def test_the_tobacco_permit_goes_by_every_name_of_the_list(xixia: Loaded) -> None:
    item = xixia.site.items["tobacco-retail-permit"]
    listed = {"烟草专卖零售许可新证办办理", "烟草专卖零售许可新办办理", "烟草专卖零售许可证核发"}
    assert listed <= {item.title, *item.aliases}
