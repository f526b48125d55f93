"""Each process says every half minute that it is there, with its version and what its clock shows. It decides nothing about others.

The word is an ended row of the queue's table, so that nodes without a worker are seen too; `Ticks.forget` drops it after an hour.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import anyio.to_thread
import structlog

from hub.clock import Clock
from hub.errors import HubError
from hub.jobs import TICK
from hub.settings import VERSION
from hub.store import work
from hub.store.database import Database
from hub.store.work import Task

program_log = structlog.get_logger(__name__)

KIND = "node_seen"
EVERY_SECONDS = 30


@dataclass(frozen=True)
class Presence:
    """One process. `worker` says whether it also does the queue's work."""

    database: Database
    node: str
    clock: Clock
    worker: bool
    catalog: Callable[[], str] = lambda: ""
    """Digest of the catalog by which it reaches departments."""

    def say(self) -> None:
        """One word; the row's own moment is the database's, so the difference of the clocks can be read from it."""
        with self.database.write(quiet=True) as session:
            now = self.database.now(session)
            slot = int(now.timestamp()) // EVERY_SECONDS
            work.note(session, Task(KIND, f"{TICK}{KIND}:{self.node}:{slot}", self._about()), self.node, now)

    def _about(self) -> Mapping[str, str]:
        return {
            "version": VERSION,
            "clock": self.clock().isoformat(),
            "worker": "yes" if self.worker else "",
            "catalog": self.catalog(),
        }


@asynccontextmanager
async def present(presence: Presence) -> AsyncIterator[None]:
    """Within the block the process says that it is there."""
    saying = asyncio.create_task(_say_again_and_again(presence))
    try:
        yield
    finally:
        saying.cancel()
        with suppress(asyncio.CancelledError):
            await saying


async def _say_again_and_again(presence: Presence) -> None:
    while True:
        try:
            await anyio.to_thread.run_sync(presence.say)
        except HubError as e:  # the next word comes soon
            program_log.warning("presence_not_noted", code=e.code)
        await asyncio.sleep(EVERY_SECONDS)
