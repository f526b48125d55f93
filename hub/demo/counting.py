"""Counts what the hub ended and what the far side holds, key by key: a figure that only one side knows proves nothing."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx2
from sqlalchemy import select

from catalog.types import Site
from hub.demo.stage import Stage
from hub.outbox import wire_key
from hub.store.catalogs import Catalogs
from hub.store.database import Database
from hub.store.tables import work
from hub.store.work import DONE, READY
from hub.wiring import keys


@dataclass(frozen=True)
class Pushes:
    """`pushed`: ended at the hub; `received`: rows of the platform with exactly these keys; `doubled`: keys that made two rows."""

    pushed: int
    received: int
    doubled: int


def pushes(stage: Stage, case_no: str, patience_seconds: float = 30) -> Pushes:
    """Wait until nothing of the case is under way to the platform, then count on both sides."""
    database = Database(stage.settings.hub_database)
    index_key = keys.load(stage.settings.keys_folder).index
    try:
        end = time.monotonic() + patience_seconds
        while (states := _states(database, case_no)) and READY in states.values() and time.monotonic() < end:
            time.sleep(0.2)
    finally:
        database.close()
    wired = {wire_key(index_key, key) for key, state in states.items() if state == DONE}
    journal = httpx2.get(f"{stage.addresses['platform']}/_journal", trust_env=False, timeout=20).json()
    rows = Counter(effect["key"] for effect in journal["effects"])
    return Pushes(len(wired), sum(1 for key in wired if rows[key]), sum(1 for key in wired if rows[key] > 1))


def departments_by_kind(stage: Stage) -> dict[str, int]:
    """How the departments of the published catalog are connected."""
    return dict(sorted(Counter(d.kind.value for d in site_of(stage).departments.values()).items()))


def site_of(stage: Stage) -> Site:
    """The published catalog."""
    database = Database(stage.settings.hub_database)
    try:
        return Catalogs(database, stage.settings.site, stage.settings.region).current()
    finally:
        database.close()


def _states(database: Database, case_no: str) -> dict[str, Any]:
    with database.read() as session:
        rows = session.execute(select(work.c.key, work.c.state).where(work.c.key.like(f"push:{case_no}:%")))
        return {row.key: row.state for row in rows}
