"""The wired hub for the tests of the JSON door: one for all tests of the door itself, a fresh one per engine for what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from adapters.client import YijianClient
from tests.hub.api.wired import Wired, wire


@pytest.fixture(scope="session")
def wired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wired]:
    """On SQLite, shared: these tests look at the door, not at the store."""
    found = wire(tmp_path_factory.mktemp("api"))
    yield found
    found.hub.close()


@pytest.fixture
def fresh(engine_url: str, tmp_path: Path) -> Iterator[Wired]:
    """A hub of one's own, on each engine."""
    found = wire(tmp_path / "hub", engine_url)
    yield found
    found.hub.close()


@pytest.fixture
def http(wired: Wired) -> Iterator[httpx2.Client]:
    """Nobody known."""
    with wired.http() as client:
        yield client


@pytest.fixture
def clerk(wired: Wired) -> YijianClient:
    return wired.person("clerk")
