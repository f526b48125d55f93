"""A hub with its people for each test, on each engine. It holds no test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.store.database import Database
from tests.conftest import ENGINES
from tests.hub.cases import asking
from tests.hub.cases.asking import Counter
from tests.hub.cases.sharing import Shop, stands
from tests.hub.cases.world import World, opened, prepare
from tests.support.postgres import Postgres


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


@pytest.fixture(scope="module", params=ENGINES)
def standing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, prepared_keys: Path
) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("sharing")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated_file"), folder / "hub.sqlite")
        yield from stands(folder, prepared_keys, f"sqlite:///{folder / 'hub.sqlite'}")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.fresh(request.getfixturevalue("migrated_template")) as url:
        yield from stands(folder, prepared_keys, url)


@pytest.fixture
def shop(standing: Shop, request: pytest.FixtureRequest) -> Shop:
    request.node.user_properties.append(("engine", standing.world.hub.database.dialect))
    return standing
