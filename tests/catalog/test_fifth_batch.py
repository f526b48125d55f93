"""The site's matters are those of the published list, name by name and row by row; what people added to them is theirs."""

from __future__ import annotations

from collections import Counter

import pytest

from catalog.listing.importing import batch_of, differences
from catalog.listing.resolving import Resolved, resolve
from catalog.listing.table import Listed, read_list
from catalog.loading import load
from catalog.types import Site
from tests.catalog.conftest import ON, XIXIA

LIST = XIXIA / "lists" / "fifth-batch.csv"


@pytest.fixture(scope="module")
def site() -> Site:
    return load(XIXIA, ON).site


@pytest.fixture(scope="module")
def listed() -> Listed:
    return read_list(LIST)


@pytest.fixture(scope="module")
def resolved(site: Site, listed: Listed) -> Resolved:
    return resolve(listed, site, batch_of(LIST))


def test_the_list_is_whole(listed: Listed) -> None:
    rows = listed.rows
    assert (len(rows), len({row.sequence for row in rows}), len({row.cells["item_name"] for row in rows})) == (
        182,
        58,
        75,
    )
    assert (sum(row.cells["change_note"] != "" for row in rows), listed.asides) == (21, ())
    assert len({row.sequence for row in rows if row.province_mandated}) == 12


def test_no_matter_of_the_site_says_otherwise_than_the_list(site: Site, resolved: Resolved) -> None:
    here = [matter for matter in resolved.matters if not matter.new]
    print(f"\n{len(here)} matters of 58 stand in the site; rows that wait: {len(resolved.asides)}")
    assert [str(one) for matter in here for one in differences(XIXIA, matter, site)] == []


def test_no_matter_has_an_item_that_the_list_has_not(site: Site, resolved: Resolved) -> None:
    waiting = {int(one.cells["seq"]) for one in resolved.asides}
    whole = [matter for matter in resolved.matters if not matter.new and matter.sequence not in waiting]
    listed = {matter.code: Counter(item.item for item in matter.items) for matter in whole}
    assert {code: Counter(one.item for one in site.matters[code].items) for code in listed} == listed
