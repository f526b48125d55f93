"""Open pages of cases: which of them is woken, by whose write, and what a look at the feed needs."""

from __future__ import annotations

import asyncio
from contextlib import closing

import pytest

from hub.clock import utc_now
from hub.errors import NotThere
from hub.prefill import feed
from hub.store.database import Database
from hub.wiring import bells
from tests.hub.cases.world import World


def change(database: Database, case_id: str) -> None:
    with database.write() as session:
        feed.add(session, case_id, "material", "floor-plan", utc_now())


async def woken(world: World, watched: str, changed: str, by: Database) -> bool:
    """Whether the page of one case wakes when another process, or this one, writes to some case."""
    with world.hub.bells.of(watched) as bell:
        assert await bell.wait(30)  # the first look
        await asyncio.to_thread(change, by, changed)
        return await bell.wait(30 if watched == changed else 0.2)


def test_a_page_wakes_when_its_case_changes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bells, "LOOK_EVERY", 60)  # only the commit can wake it
    case_id = world.open()
    assert asyncio.run(woken(world, case_id, case_id, world.hub.database))


def test_a_page_sleeps_on_when_another_case_changes(world: World) -> None:
    first, second = world.open("k1"), world.open("k2")
    assert not asyncio.run(woken(world, first, second, world.hub.database))


def test_a_page_wakes_when_another_node_writes(world: World) -> None:
    case_id = world.open()
    url = world.hub.database.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    with closing(Database(url)) as node:
        assert asyncio.run(woken(world, case_id, case_id, node))


def test_nobody_looks_once_the_last_page_is_closed(world: World) -> None:
    async def closed() -> bool:
        with world.hub.bells.of("a"):
            looking = world.hub.bells._looking
        assert looking is not None
        await asyncio.wait_for(looking, 30)
        return looking.done()

    assert asyncio.run(closed())


def test_the_feed_of_another_regions_case_is_not_there(world: World) -> None:
    case_id = world.open()
    assert world.hub.clerk.feed(world.clerk, case_id, 0)
    object.__setattr__(world.hub.clerk._desk, "region", "410000")
    with pytest.raises(NotThere):
        world.hub.clerk.feed(world.clerk, case_id, 0)
