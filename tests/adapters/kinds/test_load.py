"""How much a department has to bear: its rate is exact in every window, and nobody waits for a turn that comes too late."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.contract import Misconfigured, Unavailable, Why
from adapters.kinds.frontdb_faults import Stop
from adapters.kinds.frontdb_line import Database
from adapters.kinds.guard import Guard, Reply, Sending
from adapters.kinds.load import Limit, Load, Rate, load_of
from adapters.kinds.settings import Settings
from tests.adapters.kinds.far_side import far_side, says
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
            guard = Guard(side.address, load=Load(4, Rate((Limit(2, 30.0),))))
            try:
                return [await guard.send(Sending("GET", "/", 1)) for _ in range(3)], guard.load.turned_away
            finally:
                await guard.close()

    replies, turned_away = asyncio.run(run())
    assert [type(reply) for reply in replies] == [Reply, Reply, Unavailable]
    assert replies[2] == Unavailable(Why.BUSY) and turned_away == 1


def test_a_front_database_is_not_asked_more_often_than_it_allows(tmp_path: Path) -> None:
    async def run() -> None:
        from sqlalchemy.engine import make_url

        database = Database(make_url(f"sqlite:///{tmp_path / 'f.sqlite'}"), load=Load(2, Rate((Limit(1, 30.0),))))
        try:
            assert await database.call(lambda connection: 7, 2, readonly=True) == 7
            with pytest.raises(Stop) as stop:
                await database.call(lambda connection: 7, 2, readonly=True)
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
