"""The page of departments: how each has answered, and a check at the word of a person, recorded before it happens and kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hub.errors import NotAllowed, NotThere
from hub.identity.principal import HUB, Principal, Role
from hub.sharinglog import Basis, CaseRef, Denied, Intent, Lost, Operator, Outcome, Provider
from hub.store.tables import department_checks
from hub.store.work import Claimed
from hub.wiring.department_checks import DepartmentChecks
from hub.wiring.department_views import ConnectedRow, Figures
from tests.hub.cases.test_operations_page import OPERATOR
from tests.hub.cases.world import REGION, World

MANAGER = Principal(HUB, "m", "演示目录员辛", "hub", REGION, frozenset({Role.CATALOG_MANAGER}))
CLERK = Principal(HUB, "c", "演示窗口壬", "hub", REGION, frozenset({Role.CLERK}))


def row(world: World, code: str) -> ConnectedRow:
    return next(one for one in world.hub.departments.overview(OPERATOR) if one.code == code)


def asked(world: World, resource: str = "public-security.person") -> int:
    """A question to the police, or to another, in the log."""
    who, about = Operator("hub", "test", "c"), Provider(resource.partition(".")[0], resource)
    intent = Intent(who, CaseRef(), Basis(purpose="x"), about, ("full_name",), "411323199001019908", "x")
    return world.hub.log.append(intent).seq


def ended(world: World, seq: int, result: str, reason: str | None = None, **more: int | str) -> int:
    return world.hub.log.append(Outcome(seq, result, reason, attempts=1, latency_ms=40, **more)).seq  # type: ignore[arg-type]


def test_a_department_shows_since_when_it_fails_and_how_often(world: World) -> None:
    for result in ("found", "not_found", "unavailable", "unusable"):
        world.now[0] += timedelta(minutes=10)
        ended(world, asked(world), result)
    figures = row(world, "public-security").figures
    assert (figures.calls, figures.failed, figures.error_rate) == (4, 2, 0.5)
    assert figures.since == world.now[0] - timedelta(minutes=10) and not figures.at_least and figures.failing
    assert figures.p50 == figures.p95 == 40


def test_a_state_that_is_no_matter_of_answers_has_no_since_of_theirs(world: World) -> None:
    ended(world, asked(world), "found")
    found = row(world, "public-security")
    stands = {
        (state, failing): replace(
            found, standing=replace(found.standing, state=state), figures=replace(found.figures, failing=failing)
        ).since
        for state in ("up", "slow", "down")
        for failing in (False, True)
    }
    known = {one for one, since in stands.items() if since == found.figures.since}
    assert known == {("up", False), ("slow", True), ("down", True)}
    assert {since for one, since in stands.items() if one not in known} == {None}


def test_a_department_that_is_down_and_answered_by_hand_fails_all_the_same(world: World) -> None:
    for answer in ("found", "", "superseded"):
        ended(world, asked(world), "unavailable", "timeout")
        waits = asked(world)
        place = ended(world, waits, "pending", "by_hand:timeout")
        if answer == "found":
            ended(world, waits, "found", answers_seq=place)
        elif answer:
            ended(world, waits, "unavailable", "superseded", answers_seq=place)
    figures = row(world, "public-security").figures
    assert (figures.calls, figures.failed, figures.error_rate) == (3, 3, 1.0)
    assert (figures.by_hand, figures.open, figures.p50) == (1, 1, None)


def test_what_the_hub_refuses_or_loses_is_no_failure_of_the_department(world: World) -> None:
    who, about = Operator("hub", "test", "c"), Provider("public-security", "public-security.person")
    world.hub.log.append(Denied(who, CaseRef(), Basis(purpose="x"), about, ("full_name",), "x", "x", "no_grant"))
    ended(world, asked(world), "unavailable", "lost")
    world.hub.log.append(Lost(asked(world)))
    ended(world, asked(world), "denied", "department")
    figures = row(world, "public-security").figures
    assert (figures.calls, figures.failed, figures.by_hub) == (1, 0, 3)
    ended(world, asked(world), "denied", "credentials_refused")
    assert row(world, "public-security").figures.failed == 1


def test_tries_are_counted_and_what_another_question_brought_is_none(world: World) -> None:
    world.hub.log.append(Outcome(asked(world), "found", attempts=2, latency_ms=90))
    world.hub.log.append(Outcome(asked(world), "found", attempts=1, latency_ms=90, cache="joined:1"))
    asked(world)
    figures = row(world, "public-security").figures
    assert (figures.calls, figures.attempts, figures.open) == (2, 2, 1)


def test_what_our_own_registry_answers_is_no_call_of_the_department(world: World) -> None:
    ended(world, asked(world, "agriculture.feed-licence"), "found")
    ended(world, asked(world, "agriculture.feed-licence"), "unavailable", "timeout")
    asked(world, "agriculture.feed-licence")
    assert row(world, "agriculture").figures == Figures()


def test_a_department_that_was_never_asked_has_no_figures(world: World) -> None:
    assert row(world, "public-security").figures == Figures() and row(world, "public-security").checked is None


def test_each_of_the_seven_parts_says_whether_it_was_tried(world: World) -> None:
    asyncio.run(world.hub.departments.check(MANAGER, "public-security"))
    checked = row(world, "public-security").checked
    assert checked is not None
    assert {one.part: one.state for one in checked.parts} == {
        "settings": "ok", "connection": "mend", "credentials": "untried", "expiry": "untried", "probe": "untried", "mapping": "ok", "catalog": "ok",
    }  # fmt: skip
    assert all(one.command for one in checked.findings if one.state == "untried")


def test_of_a_unit_without_a_system_the_check_asks_who_could_answer(world: World) -> None:
    asyncio.run(world.hub.departments.check(MANAGER, "water"))
    checked = row(world, "water").checked
    assert checked is not None and checked.state == "mend"
    assert [(one.about, one.how) for one in checked.findings if one.state == "mend"] == [("probe", "people")]


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


DAY = Claimed(0, "check_departments", "tick:check_departments", "", {}, 1)


def daily(world: World, since_start: float) -> None:
    """What the hub does by itself so many seconds after its start."""
    ticking = iter((0.0, since_start))
    parts = (
        world.hub.database,
        world.hub.log,
        world.hub.catalogs,
        world.hub.adapters,
        world.hub.settings,
        world.hub.clock,
    )
    asyncio.run(DepartmentChecks(*parts, monotonic=lambda: next(ticking)).daily(DAY))


def test_every_department_is_looked_at_once_a_day_without_a_person(world: World) -> None:
    asyncio.run(world.hub.departments.check(OPERATOR, "water"))
    world.now[0] += timedelta(hours=1)
    daily(world, 3600)
    rows = {one.code: one.checked for one in world.hub.departments.overview(OPERATOR)}
    assert {one.by for code, one in rows.items() if one and code != "water"} == {
        "每日自检"
    } and None not in rows.values()
    assert rows["water"] is not None and rows["water"].by == OPERATOR.subject
    recorded = len(world.hub.log.search(phase="admin", limit=500))
    daily(world, 3600)
    assert len(world.hub.log.search(phase="admin", limit=500)) == recorded
    world.now[0] += timedelta(hours=23)
    daily(world, 3600)
    assert row(world, "water").checked.by == "每日自检"  # type: ignore[union-attr]


def test_a_hub_that_has_just_started_looks_at_no_department(world: World) -> None:
    daily(world, 60)
    assert all(one.checked is None for one in world.hub.departments.overview(OPERATOR))


def test_all_are_checked_with_one_button_by_those_who_may(world: World) -> None:
    asyncio.run(world.hub.departments.check_all(OPERATOR))
    assert all(one.checked for one in world.hub.departments.overview(OPERATOR))
    with pytest.raises(NotAllowed):
        asyncio.run(world.hub.departments.check_all(CLERK))


def test_a_check_is_kept_for_a_year(world: World) -> None:
    for _ in range(2):
        asyncio.run(world.hub.departments.check(OPERATOR, "water"))
        world.now[0] += timedelta(days=366)
    with world.hub.database.read() as session:
        assert session.scalar(select(func.count()).select_from(department_checks)) == 1


def test_only_operators_and_catalog_managers_see_and_check(world: World) -> None:
    with pytest.raises(NotAllowed):
        world.hub.departments.overview(CLERK)
    with pytest.raises(NotAllowed):
        asyncio.run(world.hub.departments.check(CLERK, "public-security"))


def test_a_department_that_no_catalog_has_is_not_checked(world: World) -> None:
    with pytest.raises(NotThere):
        asyncio.run(world.hub.departments.check(OPERATOR, "nobody"))
