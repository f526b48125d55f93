"""The first site's grants: each matter may ask what it asks and nothing beside, on its own law. What the hub then does with a grant is held by tests/hub."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from catalog.demand import asked_fields
from catalog.loading import Loaded, load
from catalog.rules.grants import check
from catalog.types import ItemKind, Matter, Site
from tests.catalog.conftest import ON, XIXIA

HOTEL = "旅馆业治安管理办法"
LODGINGS = {"open-guesthouse", "open-farm-stay"}


@pytest.fixture(scope="module")
def site() -> Site:
    return load(XIXIA, ON).site


def asked_as_document(matter: Matter) -> Iterable[str]:
    """Resources whose document itself the matter takes: a print-out shows whatever stands in it."""
    return {item.result.resource for item in matter.demands.values() if item.kind is ItemKind.PRINT_OUT}


def test_no_grant_covers_a_field_that_its_matter_does_not_ask(site: Site) -> None:
    wider = {}
    for grant in site.grants:
        matter = site.matters[grant.purpose]
        asked = asked_fields(matter, matter.demands.values()).get(grant.resource, ())
        if grant.resource not in asked_as_document(matter) and set(grant.fields) - set(asked):
            wider[grant.code, grant.purpose] = sorted(set(grant.fields) - set(asked))
    assert wider == {}


def test_a_matter_has_one_grant_of_a_resource(site: Site) -> None:
    held = [(grant.purpose, grant.resource) for grant in site.grants]
    assert sorted(held) == sorted(set(held)), "the list of needs would show the ground of the first alone"


def test_the_hotel_rule_is_the_ground_of_lodgings_alone(site: Site) -> None:
    assert {grant.purpose for grant in site.grants if HOTEL in grant.clause} == LODGINGS


@pytest.mark.parametrize(
    ("matter", "law"),
    [
        ("school-enrolment", "《中华人民共和国义务教育法》第十二条"),
        ("kindergarten-enrolment", "《中华人民共和国学前教育法》"),
        ("open-ktv", "《娱乐场所管理条例》"),
        ("open-bakery", "《中华人民共和国食品安全法》第三十六条"),
        ("open-card-room", "《中华人民共和国市场主体登记管理条例》"),
        ("housing-fund-loan", "《住房公积金管理条例》第二十六条"),
        ("new-home-deed-tax", "《中华人民共和国契税法》"),
        ("unemployment", "《失业保险条例》"),
    ],
)
def test_who_a_person_is_is_asked_on_the_matter_s_own_law(site: Site, matter: str, law: str) -> None:
    (clause,) = [g.clause for g in site.grants if (g.resource, g.purpose) == ("public-security.person", matter)]
    assert law in clause


def test_matters_without_a_grant_for_one_resource_are_one_mistake_where_the_grant_belongs(loaded: Loaded) -> None:
    site = loaded.site
    (matter,) = site.matters.values()
    twin = replace(matter, code="open-air-stage")
    more = replace(site, matters={**site.matters, twin.code: twin})
    resource = site.grants[0].resource
    lacking = [one for one in check(more, None) if one.code == "MISSING_GRANT" and f" {resource}" in one.message]
    assert len(lacking) == 1 and lacking[0].file == "grants.toml" and lacking[0].at[-1] == "purposes"
    bare = [one for one in check(replace(more, grants=()), None) if f" {resource}," in one.message]
    assert [one.file for one in bare] == [f"grants/{resource.partition('.')[0]}.toml"]
    assert f"{matter.code}, {twin.code} ask" in bare[0].message
