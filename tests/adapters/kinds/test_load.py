"""How much a department has to bear: its rate is exact in every window, and nobody waits for a turn that comes too late."""

from __future__ import annotations

import asyncio
import threading
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from adapters.contract import Misconfigured, Unavailable, Why
from adapters.kinds.frontdb_faults import Stop
from adapters.kinds.frontdb_line import Database
from adapters.kinds.guard import Guard, Reply, Sending
from adapters.kinds.load import Limit, Load, Places, Rate, load_of
from adapters.kinds.settings import Settings
from tests.adapters.kinds.far_side import Came, far_side, http, says
from tests.adapters.kinds.test_guard import Ticking


def test_a_call_waits_for_its_turn_and_the_next_one_for_the_turn_after_it() -> None:
    rate = Rate((Limit(2, 1.0),), Ticking())
    assert [rate.reserve(5) for _ in range(5)] == [0, 0, 1, 1, 2]


def test_a_turn_that_comes_too_late_is_not_reserved() -> None:
    clock = Ticking()
    rate = Rate((Limit(1, 1.0),), clock)
    assert rate.reserve(0) == 0 and rate.reserve(0.5) is None
    clock.now = 1
    assert rate.reserve(0) == 0


@given(st.lists(st.floats(0, 3), max_size=40), st.integers(1, 4), st.integers(1, 9))
def test_no_window_ever_holds_more_calls_than_its_limit(pauses: list[float], second: int, minute: int) -> None:
    clock, limits = Ticking(), (Limit(second, 1.0), Limit(minute, 60.0))
    rate, turns = Rate(limits, clock), []
    for pause in pauses:
        clock.now += pause
        wait = rate.reserve(90)
        turns += [] if wait is None else [clock.now + wait]
    assert all(later - earlier >= -1e-6 for earlier, later in pairwise(turns))
    for limit in limits:
        assert all(
            later - earlier >= limit.seconds - 1e-6 for earlier, later in zip(turns, turns[limit.most :], strict=False)
        )


def test_a_department_is_not_called_more_often_than_it_allows() -> None:
    async def run() -> tuple[list[object], int]:
        async with far_side(says({})) as side:
            guard = Guard(side.address, load=Load(4, Rate((Limit(2, 900.0),))))
            try:
                return [await guard.send(Sending("GET", "/", 60)) for _ in range(3)], guard.load.turned_away
            finally:
                await guard.close()

    replies, turned_away = asyncio.run(run())
    assert [type(reply) for reply in replies] == [Reply, Reply, Unavailable]
    assert replies[2] == Unavailable(Why.BUSY) and turned_away == 1


def test_a_front_database_is_not_asked_more_often_than_it_allows(tmp_path: Path) -> None:
    async def run() -> None:
        database = Database(make_url(f"sqlite:///{tmp_path / 'f.sqlite'}"), load=Load(2, Rate((Limit(1, 900.0),))))
        try:
            assert await database.call(lambda connection: 7, 60, readonly=True) == 7
            with pytest.raises(Stop) as stop:
                await database.call(lambda connection: 7, 60, readonly=True)
            assert stop.value.outcome == Unavailable(Why.BUSY) and database.load.turned_away == 1
        finally:
            await database.close()

    asyncio.run(run())


@pytest.mark.parametrize("wrong", [{"per_second": 0}, {"per_minute": 1.5}, {"per_second": "5"}])
def test_a_limit_that_is_no_number_of_calls_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(Misconfigured, match="manners: per_"):
        load_of(Settings({"manners": wrong}, "civil-affairs [wire]"), 4)


@given(st.integers(1, 500), st.integers(1, 40))
def test_processes_that_share_a_department_never_exceed_its_limit_together(minute: int, processes: int) -> None:
    wire = Settings({"manners": {"per_minute": minute}}, "[wire]")
    [(limit, _)] = load_of(wire, 40, processes).rate._last
    assert processes * limit.most * 60 / limit.seconds <= minute + 1e-9
    assert processes * load_of(wire, 40, processes).most <= 40


# --- one line takes the place of another ----------------------------------------------------------------------------------


def test_a_line_that_takes_anothers_place_waits_for_what_is_under_way_there() -> None:
    async def run() -> None:
        goes_on = asyncio.Event()

        async def answer(came: Came, writer: asyncio.StreamWriter) -> None:
            await goes_on.wait()
            writer.write(http(b"{}"))

        async with far_side(answer) as side:
            older = Guard(side.address, load=Load(2))
            newer = Guard(side.address, load=load_of(Settings({}, "w"), 2, before=older.load))
            calls = [asyncio.create_task(one.send(Sending("GET", "/", 60))) for one in (older, older, newer)]
            while len(side.came) < 2 or not newer.load.waiting:
                await asyncio.sleep(0.001)
            assert len(side.came) == 2 and newer.load.under_way == 2
            goes_on.set()
            assert [type(await call) for call in calls] == [Reply] * 3 and newer.load.under_way == 0
            await older.close()
            await newer.close()

    asyncio.run(run())


def test_a_front_databases_new_line_waits_for_the_statement_of_the_older_one(tmp_path: Path) -> None:
    url, goes_on = make_url(f"sqlite:///{tmp_path / 'f.sqlite'}"), threading.Event()

    async def run() -> None:
        older = Database(url, load=Load(1))
        newer = Database(url, load=load_of(Settings({}, "w"), 1, before=older.load))
        first = asyncio.create_task(older.call(lambda _: goes_on.wait(60), 60, readonly=True))
        while not older.load.under_way:
            await asyncio.sleep(0.001)
        second = asyncio.create_task(newer.call(lambda _: goes_on.is_set(), 60, readonly=True))
        while not newer.load.waiting:
            await asyncio.sleep(0.001)
        goes_on.set()
        assert await first and await second
        await older.close()
        await newer.close()

    asyncio.run(run())


def test_a_line_that_takes_anothers_place_keeps_the_rate_over_both() -> None:
    clock = Ticking()
    older = Rate((Limit(2, 60.0),), clock)
    assert [older.reserve(90) for _ in range(2)] == [0, 0]
    newer = Rate((Limit(3, 60.0),), clock, older)
    assert [newer.reserve(90) for _ in range(2)] == [0, 60]


@settings(max_examples=40)
@given(st.lists(st.sampled_from(("take", "leave", "over")), max_size=30), st.integers(1, 3))
def test_never_more_places_are_taken_than_there_are_and_whoever_waits_gets_one(steps: list[str], most: int) -> None:
    async def run() -> None:
        places, tasks, begun = Places(), list[asyncio.Task[None]](), list[asyncio.Task[None]]()
        for step in (*steps, *["over"] * len(steps)):
            waits = [task for task in tasks if not task.done()]
            if step == "take":
                tasks.append(asyncio.create_task(places.take(most)))
            elif step == "leave" and waits:
                waits[0].cancel()
            elif step == "over" and begun:
                begun.pop(0)
                places.give_back()
            before = set(tasks)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            begun += [task for task in before if task.done() and not task.cancelled() and tasks.remove(task) is None]
            assert len(begun) == places.taken <= most
        assert not places.taken and all(task.done() for task in tasks)

    asyncio.run(run())
