"""Who takes part in the demo follows from the catalog and from what the simulators say, never from a list of departments."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.simulators.departments import GATEWAY, KINDS, connections, connections_toml
from catalog.loading import load
from catalog.types import Kind, Site
from hub.demo.cast import connected, people_of, unconnected
from hub.wiring.connections import read

SITE = Path(__file__).parents[3] / "catalog/sites/xixia"


@pytest.fixture(scope="module")
def site() -> Site:
    return load(SITE).site


def test_the_known_names_are_still_there(site: Site) -> None:
    names = {somebody.username: somebody for somebody in people_of(site)}
    assert {"clerk", "health", "fire", "power", "auditor", "catalog", "operator"} <= set(names)
    assert (names["fire"].organisation, names["operator"].organisation) == ("fire-rescue", "hub")


def test_every_inbox_has_a_reviewer_under_the_departments_code(site: Site) -> None:
    people = people_of(site)
    reviewers = {somebody.username: somebody.organisation for somebody in people if somebody.role == "reviewer"}
    inboxes = {code for code in site.departments if site.has_inbox(code)}
    assert inboxes and {code: reviewers.get(code) for code in inboxes} == {code: code for code in inboxes}
    assert len({somebody.username for somebody in people}) == len(people)


def test_a_department_that_gets_an_inbox_gets_a_reviewer(site: Site) -> None:
    new = replace(site.departments["health"], code="culture", name="示例文广旅局", aliases=("文广旅局",))
    people = people_of(replace(site, departments={**site.departments, "culture": new}))
    assert [(p.name, p.organisation) for p in people if p.username == "culture"] == [
        ("演示审批（文广旅局）", "culture")
    ]


def test_every_department_with_a_wire_has_its_simulator(site: Site) -> None:
    codes = {kind.code for kind in KINDS}
    assert len(codes) == len(KINDS) and GATEWAY in codes
    assert unconnected(site, dict.fromkeys(codes)) == (), "its class belongs into adapters/simulators/departments.py"


def test_a_department_without_a_server_is_named_and_a_server_without_department_left_out(site: Site) -> None:
    weather = replace(site.departments["health"], code="weather", kind=Kind.REST)
    more = replace(site, departments={**site.departments, "weather": weather})
    assert unconnected(more, {"platform": 1})[-1] == "weather"
    assert connected(site, {"platform": 1, "sms": 2, "unknown": 3}) == {"platform": 1, "sms": 2}


def test_the_file_of_connections_is_what_the_hub_reads(tmp_path: Path) -> None:
    known = connections("127.0.0.1", 9100, tmp_path)
    (tmp_path / "connections.toml").write_text(connections_toml(known))
    found = read(tmp_path / "connections.toml")
    assert set(found) == {kind.code for kind in KINDS}
    assert found["real-estate"].folder == tmp_path / "drops" / "real-estate" and not found["real-estate"].address
    for place, kind in enumerate(KINDS, 9101):
        address = found[kind.code].address  # none for a drop folder, a file for a front database
        assert address in ("", f"http://127.0.0.1:{place}") or address.startswith(f"sqlite:///{tmp_path}/")
        assert found[kind.code].secrets == ({} if "folder" in known[kind.code] else kind.secrets)
