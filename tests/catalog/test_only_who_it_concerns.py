"""The first site asks a paper or a number only of those whom it concerns, and nothing of the applicant that a unit decides."""

from __future__ import annotations

import pytest

from catalog.demand import form_of, items_for, materials_of
from catalog.loading import load
from catalog.types import Exemption, Matter, Site
from tests.catalog.conftest import ON, XIXIA


@pytest.fixture(scope="module")
def site() -> Site:
    return load(XIXIA, ON).site


def papers(matter: Matter, answers: dict[str, str]) -> dict[str, Exemption | None]:
    needed = materials_of(matter, items_for(matter, answers), answers)
    return {one.material.code: one.exemption for one in needed}


@pytest.mark.parametrize(
    ("matter", "paper", "asked_of", "spared"),
    [
        (
            "graduate-employment",
            "special-group-certificate",
            {"resident_category": "aided"},
            {"resident_category": "adult"},
        ),
        ("graduate-settlement", "head-consent", {"transfer_to": "household"}, {"transfer_to": "own"}),
        ("new-home-deed-tax", "house-search-authorisation", {"marital_state": "married"}, {"marital_state": "single"}),
        (
            "open-community-elderly-care",
            "community-site-agreement",
            {"care_site": "commissioned"},
            {"care_site": "own"},
        ),
        (
            "housing-fund-loan",
            "other-mortgagees-consent",
            {"mortgage_kind": "change", "other_mortgagees": "yes"},
            {"mortgage_kind": "change"},
        ),
    ],
)
def test_a_conditional_paper_is_asked_of_those_it_concerns(
    site: Site, matter: str, paper: str, asked_of: dict[str, str], spared: dict[str, str]
) -> None:
    assert paper in papers(site.matters[matter], asked_of)
    assert paper not in papers(site.matters[matter], spared)


@pytest.mark.parametrize(
    ("matter", "answers", "upstream"),
    [
        ("open-ktv", {}, "construction-fire-acceptance"),
        ("open-amusement-park", {}, "construction-fire-filing"),
        ("open-amusement-park", {"works": "special"}, "construction-fire-acceptance"),
        ("open-guesthouse", {}, ""),
    ],
)
def test_an_acceptance_of_the_same_case_is_not_asked_for_in_advance(
    site: Site, matter: str, answers: dict[str, str], upstream: str
) -> None:
    whole = site.matters[matter]
    number = form_of(whole, items_for(whole, answers), answers).field("premises.fire_acceptance_number")
    assert number is not None and not number.required
    exemption = papers(whole, answers)["fire-acceptance"]
    assert exemption is not None and exemption.upstream_item == upstream


def test_a_talent_declares_one_grade_and_no_sum(site: Site) -> None:
    whole = site.matters["talent-recognition"]
    form = form_of(whole, items_for(whole, {}), {})
    assert [f.key for f in form.fields if f.definition.name == "talent_grade"] == ["talent.grade"]
    assert {"talent-reward", "talent-hired"} <= set(form.used_by["talent.grade"])
    assert not [f.key for f in form.fields if f.key in ("reward.amount", "reward.budget_year")]


def test_homes_are_counted_before_the_deed_tax_is_declared(site: Site) -> None:
    pairs = [(d.upstream, d.downstream) for d in site.matters["new-home-deed-tax"].dependencies]
    assert ("home-count-look-up", "deed-tax-declaration") in pairs
