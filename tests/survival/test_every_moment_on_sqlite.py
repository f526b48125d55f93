"""A crash at every durable moment, on SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.demo.stage import Shared
from hub.demo.surviving import Survived
from tests.survival.every_moment import EveryMoment, survived


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, in_common: Shared) -> Iterator[Survived]:
    yield from survived(tmp_path_factory.mktemp("dying"), in_common)


class TestOnSqlite(EveryMoment):
    engine = "sqlite"
