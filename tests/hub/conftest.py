"""The wired hub for the tests of the doors: one for all tests of a door itself, a fresh one per engine for what is stored."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ENGINES
from tests.hub.api.wired import Wired, opened, prepare
from tests.support.postgres import Postgres


@pytest.fixture(scope="session")
def wired(prepared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wired]:
    """On SQLite, shared: these tests look at a door, not at the store."""
    found = opened(_copied(prepared_folder, tmp_path_factory.mktemp("door") / "hub"))
    yield found
    found.hub.close()


@pytest.fixture
def fresh(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Wired]:
    """A hub of one's own, on each engine."""
    if engine == "sqlite":
        folder = _copied(request.getfixturevalue("prepared_folder"), tmp_path / "hub")
        found = opened(folder)
        yield found
        found.hub.close()
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    folder = _copied(request.getfixturevalue("prepared_on_postgres"), tmp_path / "hub")
    with postgres.fresh("wired") as url:
        found = opened(folder, url)
        yield found
        found.hub.close()


@pytest.fixture(scope="module", params=ENGINES)
def standing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wired]:
    """One for a file on each engine: for tests that are refused, or look at nothing but what they made themselves."""
    folder = tmp_path_factory.mktemp("standing") / "hub"
    if request.param == "sqlite":
        found = opened(_copied(request.getfixturevalue("prepared_folder"), folder))
        yield found
        found.hub.close()
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    _copied(request.getfixturevalue("prepared_on_postgres"), folder)
    with postgres.fresh("wired") as url:
        found = opened(folder, url)
        yield found
        found.hub.close()


@pytest.fixture
def shared(standing: Wired, request: pytest.FixtureRequest) -> Wired:
    """`standing`, counted with the tests of its engine."""
    request.node.user_properties.append(("engine", standing.hub.database.dialect))
    return standing


@pytest.fixture(scope="session")
def prepared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared") / "hub"
    prepare(folder)
    return folder


@pytest.fixture(scope="session")
def prepared_on_postgres(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Path:
    folder = tmp_path_factory.mktemp("prepared-on-postgres") / "hub"
    postgres.run("CREATE DATABASE wired")
    prepare(folder, postgres.url("wired"))
    return folder


def _copied(prepared: Path, folder: Path) -> Path:
    shutil.copytree(prepared, folder)
    return folder
