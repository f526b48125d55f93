"""The bench of the one form: its matter, and the least time against which it measures."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from catalog.join import join
from catalog.parsing import site_from
from catalog.reading import read_site
from catalog.types import Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    from hubs import own_site

    document, mistakes = read_site(own_site(Path(tmp_path_factory.mktemp("bench"))))
    found = site_from(document)
    assert not mistakes and not join(found, date(2026, 11, 20))
    return found


def test_its_matter_asks_eight_resources_over_live_wires(site: Site) -> None:
    from prefill import MATTER, ROUNDS

    asked = {source.resource for field in site.matters[MATTER].fields for source in field.sources}
    assert asked == {code for round_ in ROUNDS for code in round_} and len(asked) == 8
    assert {site.departments[site.resources[code].department].kind for code in asked} == {"soap", "rest"}


def test_one_form_takes_two_delays_and_many_take_the_queue_before_the_busiest_department(site: Site) -> None:
    from prefill import DELAY, critical_path

    assert critical_path(site, 1) == 2 * DELAY
    busiest = site.departments["human-resources"]  # three of the eight
    assert critical_path(site, 20) == pytest.approx(60 / busiest.max_in_flight * DELAY)
