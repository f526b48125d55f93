"""Every item asks something that no unrelated item asks: a catalog of one form under seventy names would prove nothing.

What blocks of parts bring (who runs the business, where) is nobody's own. Run with -s to read what is each item's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from catalog.loading import load
from catalog.types import Item, Site
from tests.catalog.conftest import ON, XIXIA

FAMILIES = (
    ("song-dance-venue-own", "song-dance-venue-leased"),
    ("amusement-venue-own", "amusement-venue-leased"),
    ("fire-safety-inspection", "fire-safety-inspection-promise", "fire-safety-inspection-either"),
    ("talent-startup", "talent-hired", "talent-overseas-startup", "talent-overseas-hired"),
    ("contractor-qualification-first", "contractor-qualification-added"),
    ("construction-fire-acceptance", "construction-fire-filing"),
    ("elderly-care-filing", "public-elderly-care-filing"),
    ("fund-loan-new-home", "fund-loan-second-hand", "fund-loan-self-built"),
    ("mortgage-first", "mortgage-change", "mortgage-transfer"),
)
"""Variants of one approval. They may share what nobody else asks, but no two of them ask the same."""


@dataclass(frozen=True)
class Own:
    """What an item's own file asks: facts by their name in the dictionary, materials by code, questions by key."""

    fields: frozenset[str]
    materials: frozenset[str]
    questions: frozenset[str]

    def without(self, other: Own) -> Own:
        return Own(self.fields - other.fields, self.materials - other.materials, self.questions - other.questions)


def own(item: Item) -> Own:
    named = {field.key: field.definition.name for field in item.asks}
    facts = frozenset(named.get(key, key.rpartition(".")[2]) for key in item.fields)
    return Own(facts, frozenset(one.code for one in item.materials), frozenset(one.key for one in item.questions))


def related(one: str, other: str) -> bool:
    return one == other or any(one in family and other in family for family in FAMILIES)


def alone(asked: dict[str, Own], code: str) -> Own:
    """What of an item no unrelated item asks."""
    left = asked[code]
    for other, theirs in asked.items():
        if not related(code, other):
            left = left.without(theirs)
    return left


@pytest.fixture(scope="module")
def site() -> Site:
    return load(XIXIA, ON).site


@pytest.fixture(scope="module")
def asked(site: Site) -> dict[str, Own]:
    return {code: own(item) for code, item in site.items.items()}


def test_every_item_asks_what_no_unrelated_item_asks(site: Site, asked: dict[str, Own]) -> None:
    bare = []
    for code, item in site.items.items():
        mine = alone(asked, code)
        print(f"\n{code} {item.title}: {len(mine.fields)} fields, {len(mine.materials)} materials of its own")
        print(
            f"  fields: {', '.join(sorted(mine.fields)) or 'none'}\n  materials: {', '.join(sorted(mine.materials)) or 'none'}"
        )
        if not mine.fields and not mine.materials:
            bare.append(code)
    assert not bare, f"These items ask nothing that unrelated items do not ask as well: {bare}"


def test_no_two_items_ask_the_same(asked: dict[str, Own]) -> None:
    first: dict[Own, str] = {}
    same = [(code, first[what]) for code, what in asked.items() if first.setdefault(what, code) != code]
    assert not same, f"Two names and one set of fields, materials and questions: {same}"


def test_variants_of_one_approval_differ(asked: dict[str, Own]) -> None:
    for family in FAMILIES:
        here = [code for code in family if code in asked]
        for code in here:
            for other in here:
                mine, theirs = asked[code], asked[other]
                more, less = mine.without(theirs), theirs.without(mine)
                assert code == other or any(
                    (*more.fields, *more.materials, *more.questions, *less.fields, *less.materials, *less.questions)
                )


def test_what_blocks_bring_is_nobody_s_own(asked: dict[str, Own], site: Site) -> None:
    brought = {
        key.rpartition(".")[2] for part in site.parts.values() for block in part.blocks.values() for key in block.fields
    }
    assert {"enterprise_name", "uscc"} <= brought
    assert not alone(asked, "food-permit").fields & {"enterprise_name", "uscc"}
