"""A hub on PostgreSQL for several nodes: one process of doors, the simulators, a server of its own that may be ended. Tests bring their workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.clock import utc_now
from hub.demo.counting import site_of
from hub.demo.matching import recorded, unmatched
from hub.demo.stage import Shared, Stage, set_up
from hub.demo.story import Cast, Story
from hub.sharinglog import LogKeys
from tests.nodes.crew import SLOWED, Crew, control, tasks, until
from tests.support.postgres import Postgres, running


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running() as own:
        yield own


@pytest.fixture(scope="module")
def stage(server: Postgres, tmp_path_factory: pytest.TempPathFactory, in_common: Shared) -> Iterator[Stage]:
    """The doors alone: whatever is done is done by the workers of a test."""
    with server.fresh() as hub_url, server.fresh() as log_url:
        where = tmp_path_factory.mktemp("nodes")
        stage = set_up(where, 0, database_url=hub_url, log_url=log_url, brisk=True, worker=False, shared=in_common)
        try:
            yield stage
        finally:
            stage.end()


@pytest.fixture(scope="module")
def crew(stage: Stage) -> Crew:
    """Three workers to begin with; the first files of the departments are taken in."""
    joined = Crew(stage)
    joined.only("w1", "w2", "w3")
    until(lambda: any(row.state == "done" for row in tasks(stage, "tick:collect_files:%")), 90)
    return joined


@pytest.fixture(autouse=True)
def normal(stage: Stage) -> Iterator[None]:
    """Departments work as ever before and after each test."""
    yield
    control(stage, SLOWED, "normal")


def faults(stage: Stage) -> list[str]:
    """Every request at a department without its earlier record, and every record without its request."""
    keys = LogKeys.load(stage.settings.keys_folder / "log")
    log = recorded(stage.settings.log_database, keys, stage.settings.log_origin_name, utc_now)
    return unmatched(site_of(stage), log, stage.addresses)


@pytest.fixture
def story(stage: Stage) -> Iterator[Story]:
    told = Story(Cast(stage.hub_url, stage.password))
    yield told
    told.leave()
