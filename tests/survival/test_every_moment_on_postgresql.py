"""A crash at every durable moment, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.demo.stage import Shared
from hub.demo.surviving import Survived
from tests.support.postgres import Postgres
from tests.survival.every_moment import EveryMoment, survived

pytestmark = pytest.mark.pg


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, in_common: Shared) -> Iterator[Survived]:
    with postgres.fresh() as hub_url, postgres.fresh() as log_url:
        yield from survived(tmp_path_factory.mktemp("dying"), in_common, hub_url, log_url)


class TestOnPostgresql(EveryMoment):
    engine = "postgresql"
