"""The site's matters are those of the published list, name by name and row by row; what people added to them is theirs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from shutil import copytree

import pytest

from catalog.listing.importing import Imported, batch_of, differences, import_list
from catalog.listing.resolving import Resolved, items_of, resolve, units_of
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


def test_every_matter_of_the_list_stands_in_the_site(site: Site, resolved: Resolved) -> None:
    assert (resolved.asides, [matter.title for matter in resolved.matters if matter.new]) == ((), [])
    assert {matter.code for matter in resolved.matters} == set(site.matters) and len(site.matters) == 58


def test_no_matter_of_the_site_says_otherwise_than_the_list(site: Site, resolved: Resolved) -> None:
    assert [str(one) for matter in resolved.matters for one in differences(XIXIA, matter, site)] == []


def test_every_row_of_the_list_is_an_item_of_its_matter_and_no_more(site: Site, resolved: Resolved) -> None:
    listed = {matter.code: Counter(item.item for item in matter.items) for matter in resolved.matters}
    assert {code: Counter(one.item for one in matter.items) for code, matter in site.matters.items()} == listed
    assert sum(map(len, listed.values())) == 182


def test_75_names_are_70_items_and_22_units_are_21(site: Site, listed: Listed) -> None:
    items, units = items_of(site), units_of(site)
    codes = {name: items.code(name) for row in listed.rows for name in [row.cells["item_name"]]}
    leads = {units.code(row.cells["lead_department"]) for row in listed.rows}
    assert (len(codes), len(set(codes.values())), set(codes.values())) == (75, 70, set(site.items))
    assert len(leads | {units.code(row.cells["item_department"]) for row in listed.rows}) == 21
    assert units.code("消防") == units.code("消防支队") == "fire-rescue"


def test_the_lead_is_the_list_s_own_in_eighteen_matters_without_an_item(site: Site) -> None:
    led = [one for one in site.matters.values() if one.lead not in {item.department for item in one.demands.values()}]
    assert len(led) == 18


def test_the_list_makes_a_site_from_nothing_under_the_same_codes(tmp_path: Path, site: Site) -> None:
    folder = copytree(XIXIA, tmp_path / "site")
    for file in (folder / "matters").iterdir():
        file.unlink()
    done: Imported = import_list(folder / "lists/fifth-batch.csv", folder)
    again = import_list(folder / "lists/fifth-batch.csv", folder)
    assert (done.rows, len(done.made), done.settled, again.made) == (182, 58, True, ())
    assert {path.stem for path in (folder / "matters").iterdir()} == set(site.matters)
