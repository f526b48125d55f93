"""A stage for each engine: hub, departments and platform as processes of their own. After every story the journals are matched with the log."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from adapters.client import Peer, YijianClient
from hub.clock import utc_now
from hub.demo.counting import site_of
from hub.demo.matching import recorded, unmatched_at_last
from hub.demo.plays import plays
from hub.demo.stage import Shared, Stage, set_up
from hub.demo.story import Cast, Story
from hub.demo.tour import tour
from hub.sharinglog import LogKeys
from tests.conftest import ENGINES
from tests.support.spilled import ProgramLog, astray, spilled


@pytest.fixture(scope="session", params=ENGINES)
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, in_common: Shared
) -> Iterator[Stage]:
    """One stage per engine for all stories; each story has a case of its own. The platform repeats rows when asked to."""
    folder = tmp_path_factory.mktemp(f"stage-{request.param}")
    if request.param == "sqlite":
        yield from _running(folder, in_common, "", "")
        return
    server = request.getfixturevalue("postgres")
    with server.fresh() as hub_url, server.fresh() as log_url:
        yield from _running(folder, in_common, hub_url, log_url)


def _running(folder: Path, in_common: Shared, database_url: str, log_url: str) -> Iterator[Stage]:
    stage = set_up(
        folder, 0, database_url=database_url, log_url=log_url, idempotent_platform=False, brisk=True, shared=in_common
    )
    try:
        yield stage
    finally:
        stage.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def program_log(stage: Stage) -> ProgramLog:
    """What the hub writes about itself: one JSON object a line, and nobody's facts."""
    return ProgramLog(stage.folder / "hub.out")


@pytest.fixture(autouse=True)
def matched(request: pytest.FixtureRequest, stage: Stage, program_log: ProgramLog) -> Iterator[None]:
    """Rule 2 of the house: each request that reached a socket has exactly one earlier record, and the reverse."""
    request.node.user_properties.append(
        ("engine", "postgresql" if "postgres" in stage.settings.hub_database else "sqlite")
    )
    yield
    said = program_log.more()
    assert spilled(said) == [], "the program log holds somebody's facts"
    assert astray(said) == []
    with httpx2.Client(trust_env=False, timeout=60) as wire:
        for address in stage.addresses.values():
            wire.post(f"{address}/_control", json={"mode": "normal"})
    keys = LogKeys.load(stage.settings.keys_folder / "log")
    log = partial(recorded, stage.settings.log_database, keys, stage.settings.log_origin_name, utc_now)
    assert unmatched_at_last(site_of(stage), log, stage.addresses) == []


@pytest.fixture
def story(stage: Stage) -> Iterator[Story]:
    told = Story(Cast(stage.hub_url, stage.password))
    yield told
    told.leave()


@pytest.fixture
def platform(stage: Stage) -> Iterator[Peer]:
    """The platform's own key, as an outsider holds it."""
    with httpx2.Client(trust_env=False, timeout=30) as wire:
        yield Peer(
            "platform", (stage.folder / "departments" / "keys" / "platform.pem").read_bytes(), stage.hub_url, wire
        )


@pytest.fixture(scope="session")
def toured(stage: Stage) -> dict[str, Any]:
    """What came of playing every matter of the list, once for an engine."""
    return tour(stage, plays(), lambda _: None)


@pytest.fixture
def clerk(stage: Stage) -> Iterator[YijianClient]:
    with YijianClient(stage.hub_url) as client:
        client.login("clerk", stage.password)
        yield client
