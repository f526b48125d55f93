"""One step is one transaction: all of it or nothing, one after another, numbered without gaps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select

from hub.cases.apply import apply
from hub.cases.notices import TemplateUnfit
from hub.cases.step import ClockMove, Draft, Event, ItemFacts, Move, Step
from hub.errors import HubError, NotNow
from hub.store.tables import case_events, case_feed, clock_segments, notices
from hub.store.tables import work as work_rows
from hub.store.work import Task
from hub.wiring.reports import Acceptance
from tests.hub.cases.making import ALL, FIRE, FOOD, HOTEL, HYGIENE, NOW, POWER
from tests.hub.cases.world import World

TABLES = (case_events, case_feed, clock_segments, notices, work_rows)


def do(world: World, case_id: str, step: Step, *, version: int | None = None, now: datetime = NOW) -> None:
    scene = world.scene(case_id)
    case = scene.case if version is None else replace(scene.case, version=version)
    with world.hub.database.write() as session:
        apply(session, case, scene.site, step, "test", now)


def test_an_error_in_the_last_part_of_a_step_leaves_nothing_of_it(world: World) -> None:
    case_id = world.dispatched()
    before = [world.count(table) for table in TABLES], world.states(case_id)
    whole = Step(
        moves=(Move("accept", FIRE),),
        events=(Event("accepted", FIRE),),
        clock=(ClockMove(FIRE, "start", "acceptance"),),
        facts=(ItemFacts(FIRE, {"department_no": "X"}),),
        work=(Task("sms", "x"),),
        notices=(Draft("no-such-notice"),),
    )
    with pytest.raises(TemplateUnfit):
        do(world, case_id, whole)
    assert ([world.count(table) for table in TABLES], world.states(case_id)) == before


def test_what_was_loaded_before_somebody_else_s_step_cannot_be_written(world: World) -> None:
    case_id = world.dispatched()
    version = world.case(case_id).version
    do(world, case_id, Step(moves=(Move("accept", FIRE),)), version=version)
    with pytest.raises(NotNow) as refused:
        do(world, case_id, Step(moves=(Move("accept", FOOD),)), version=version)
    assert refused.value.code == "CASE_CHANGED" and world.state(case_id, FOOD) == "pushed"


def test_a_move_that_no_table_has_names_those_that_are_possible(world: World) -> None:
    case_id = world.dispatched()
    with pytest.raises(NotNow, match="accept") as refused:
        do(world, case_id, Step(moves=(Move("approve", FIRE),)))
    assert refused.value.code == "MOVE_NOT_ALLOWED"


def test_an_item_that_the_case_does_not_have(world: World) -> None:
    case_id = world.open(chosen=(FIRE,))
    with pytest.raises(HubError) as refused:
        do(world, case_id, Step(moves=(Move("accept", FOOD),)))
    assert refused.value.code == "ITEM_NOT_IN_CASE"


def test_the_moment_of_acceptance_stays_the_first_one(world: World) -> None:
    case_id = world.dispatched()
    world.accept(case_id, FIRE)
    first = world.case(case_id).item(FIRE).accepted_at
    later = NOW + timedelta(days=3)
    for step in (Step(moves=(Move("correct", FIRE),)), Step(moves=(Move("push", FIRE), Move("accept", FIRE)))):
        do(world, case_id, step, now=later)
    own = world.case(case_id).item(FIRE)
    assert (own.accepted_at, own.pushed_at) == (first, later)


def test_departments_that_answer_at_once_take_turns_and_none_is_lost(world: World) -> None:
    case_id = world.dispatched()
    with ThreadPoolExecutor(len(ALL)) as threads:
        list(threads.map(lambda code: world.accept(case_id, code), ALL))
    assert world.states(case_id)[HOTEL] == "pre_review"
    with world.hub.database.read() as session:
        numbers = session.execute(select(case_events.c.no).where(case_events.c.case_id == case_id)).scalars().all()
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_two_upstreams_decided_at_once_release_the_waiting_item_once(world: World) -> None:
    case_id = world.dispatched()
    world.accept(case_id, HYGIENE, FIRE, HOTEL)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda code: world.decide(case_id, code), (HYGIENE, FIRE)))
    world.run("sign")
    with world.hub.database.read() as session:
        released = session.execute(select(case_events.c.no).where(case_events.c.kind == "released")).all()
    assert len(released) == 1 and world.state(case_id, HOTEL) == "reviewing"


def test_two_answers_to_one_item_case_at_once_are_one(world: World) -> None:
    case_id = world.dispatched()
    own = world.case(case_id).item(POWER)

    def accept(key: str) -> str:
        try:
            world.hub.department.acceptance(world.system(own.department), own.item_no, key, Acceptance("accepted"))
        except NotNow as e:
            return e.code
        return "taken"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(accept, ("one", "other"))) == ["MOVE_NOT_ALLOWED", "taken"]


def test_a_step_inside_a_write_opens_no_second_connection(world: World) -> None:
    """Two connections for one piece of work starve a pool that is full of such pieces."""
    case_id = world.dispatched()
    world.hub.catalogs._sites.clear()
    taken: list[object] = []
    event.listen(world.hub.database.engine, "checkout", lambda *what: taken.append(what[0]))
    with world.hub.database.write() as session:
        world.hub.clerk._desk.scene(session, case_id)
    assert len(taken) == 1
