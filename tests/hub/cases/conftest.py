"""A hub with its people for each test, on each engine. It holds no test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.store.database import Database
from tests.hub.cases import asking
from tests.hub.cases.asking import Counter
from tests.hub.cases.world import World, opened, prepare


@pytest.fixture(scope="session")
def prepared_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cases") / "keys"
    prepare(folder)
    return folder


@pytest.fixture
def world(database: Database, prepared_keys: Path, tmp_path: Path) -> Iterator[World]:
    url = database.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    made = opened(tmp_path / "hub", prepared_keys, url)
    yield made
    made.hub.close()


@pytest.fixture
def counter(database: Database, prepared_keys: Path, tmp_path: Path) -> Iterator[Counter]:
    url = database.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    made = asking.counter(tmp_path / "hub", prepared_keys, url)
    yield made
    made.world.hub.close()
