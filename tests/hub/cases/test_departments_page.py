"""The page of departments: how each has answered, and a check at the word of a person, recorded before it happens and kept."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from hub.errors import NotAllowed, NotThere
from hub.identity.principal import HUB, Principal, Role
from hub.wiring.department_views import ConnectedRow, Figures
from tests.hub.cases.test_operations_page import OPERATOR, answered
from tests.hub.cases.world import REGION, World

MANAGER = Principal(HUB, "m", "演示目录员辛", "hub", REGION, frozenset({Role.CATALOG_MANAGER}))
CLERK = Principal(HUB, "c", "演示窗口壬", "hub", REGION, frozenset({Role.CLERK}))


def row(world: World, code: str) -> ConnectedRow:
    return next(one for one in world.hub.departments.overview(OPERATOR) if one.code == code)


def test_a_department_shows_since_when_it_fails_and_how_often(world: World) -> None:
    case_id = world.open()
    for minutes_ago, outcome in ((50, "found"), (40, "not_found"), (30, "unavailable"), (20, "unusable")):
        answered(world, case_id, outcome, minutes_ago)
    figures = row(world, "public-security").figures
    assert (figures.calls, figures.failed, figures.error_rate) == (4, 2, 0.5)
    assert figures.since == world.now[0] - timedelta(minutes=30) and not figures.at_least
    assert figures.p50 == figures.p95 == 0


def test_a_department_that_was_never_asked_has_no_figures(world: World) -> None:
    assert row(world, "public-security").figures == Figures() and row(world, "public-security").checked is None


def test_a_check_is_in_the_log_and_its_findings_are_kept(world: World) -> None:
    before = world.hub.log.health().size
    asyncio.run(world.hub.departments.check(MANAGER, "public-security"))
    checked = row(world, "public-security").checked
    assert checked is not None and checked.state == "mend" and checked.at == world.now[0]
    assert [one.about for one in checked.findings if one.state == "mend"] == ["connection"]
    (acts,) = [found for found in world.hub.log.search(phase="admin") if found.seq >= before]
    assert (acts.record["action"], acts.record["target"]) == ("check_department", "public-security")


def test_the_newest_check_is_the_one_that_is_shown(world: World) -> None:
    asyncio.run(world.hub.departments.check(MANAGER, "public-security"))
    world.now[0] += timedelta(minutes=5)
    asyncio.run(world.hub.departments.check(OPERATOR, "public-security"))
    checked = row(world, "public-security").checked
    assert checked is not None and (checked.at, checked.by) == (world.now[0], OPERATOR.subject)


def test_only_operators_and_catalog_managers_see_and_check(world: World) -> None:
    with pytest.raises(NotAllowed):
        world.hub.departments.overview(CLERK)
    with pytest.raises(NotAllowed):
        asyncio.run(world.hub.departments.check(CLERK, "public-security"))


def test_a_department_that_no_catalog_has_is_not_checked(world: World) -> None:
    with pytest.raises(NotThere):
        asyncio.run(world.hub.departments.check(OPERATOR, "nobody"))
