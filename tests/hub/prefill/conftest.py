"""A case at the counter on each engine, with the real sharing log. It holds no test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.exchange import Exchange
from hub.prefill.driver import Prefill
from hub.sharinglog import LogKeys, SharingLog
from hub.store.database import Database
from hub.store.files import Files, FolderStore
from tests.hub.prefill.making import INDEX_KEY, NOW, SITE, Departments, World


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SharingLog]:
    keys = LogKeys.create(tmp_path / "log-keys")
    url = f"sqlite:///{tmp_path / 'sharing-log.sqlite'}"
    opened = SharingLog.open(url, keys, "yijian.example/log", lambda: NOW, "hub-1", follow=False)
    yield opened
    opened.close()


@pytest.fixture
def world(database: Database, log: SharingLog, tmp_path: Path) -> World:
    departments = Departments(log)
    answers = {code: departments for code in SITE.departments}
    exchange = Exchange(answers, log, clock=lambda: NOW)
    files = Files(FolderStore(tmp_path / "files"))
    prefill = Prefill(database, exchange, files, lambda _digest: SITE, INDEX_KEY)
    made = World(database, prefill, departments, log)
    made.open_case()
    return made
