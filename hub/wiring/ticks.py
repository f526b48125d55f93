"""What the hub does by itself every so often: end lost questions, collect dropped files, publish the log's head, forget old things."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import anyio.to_thread
import structlog
from sqlalchemy import delete, or_

from adapters.connect import Connected
from adapters.contract import Collects
from adapters.kinds.threads import Threads
from hub.identity import peers, sessions
from hub.jobs import Commit, Tick
from hub.sharinglog import SharingLog, Watermarks
from hub.store.database import Session
from hub.store.tables import work
from hub.store.work import DONE, SKIPPED, Claimed
from hub.wiring.polling import LOOK

program_log = structlog.get_logger(__name__)

TICKS = (
    Tick("sweep_lost", 5),
    Tick("collect_files", 10),
    Tick("poll_reports", 5),
    Tick("fall_back", 15),
    Tick("publish_checkpoint", 10),
    Tick("forget", 3600),
    Tick("expire_certificates", 3600),
    Tick("restamp_certificates", 60, alone=True),
    Tick("check_departments", 3600),
    Tick("forget_questions", 600),
)
COLLECT_SECONDS = 8.0
"""How long a round of collecting waits for the departments' folders; what takes longer goes on behind it."""
KEEP_DONE_WORK = timedelta(days=30)
KEEP_DONE_TICKS = timedelta(hours=1)


@dataclass(frozen=True)
class Ticks:
    """`asked_long_ago` holds after how long a question without an outcome counts as lost."""

    log: SharingLog
    adapters: Mapping[str, Connected]
    asked_long_ago: Watermarks
    _collecting: dict[str, Future[None]] = field(default_factory=dict)

    async def sweep_lost(self, task: Claimed) -> Commit | None:
        """End every question whose outcome never came, exactly once, as `lost`."""
        await anyio.to_thread.run_sync(self._sweep)
        return None

    def _sweep(self) -> None:
        self.log.close_lost(self.asked_long_ago.older(self.log.size()))

    async def collect_files(self, task: Claimed) -> Commit | None:
        """Take in what departments dropped since the last look, side by side: where one hangs, or has much to read, the others are
        looked at again meanwhile and it is not."""
        for code, connected in self.adapters.items():
            if connected.collects is not None and (code not in self._collecting or self._collecting[code].done()):
                self._collecting[code] = _collected(code, connected.collects)
        if self._collecting:
            await asyncio.wait(map(asyncio.wrap_future, self._collecting.values()), timeout=COLLECT_SECONDS)
        return None

    async def publish_checkpoint(self, task: Claimed) -> Commit | None:
        await anyio.to_thread.run_sync(self.log.publish_checkpoint)
        return None

    async def forget(self, task: Claimed) -> Commit | None:
        """Drop ended work, expired sessions and tokens; nothing that says who saw what."""

        def commit(session: Session, now: datetime) -> None:
            ended = work.c.state.in_((DONE, SKIPPED))
            session.execute(delete(work).where(ended, work.c.created_at < now - KEEP_DONE_WORK))
            ticks = or_(work.c.key.like("tick:%"), work.c.kind == LOOK)
            session.execute(delete(work).where(ended, ticks, work.c.created_at < now - KEEP_DONE_TICKS))
            sessions.forget(session, now)
            peers.forget_tokens(session, now)

        return commit


def _collected(department: str, collects: Collects) -> Future[None]:
    """On a thread of this department alone."""
    thread = Threads(1, f"collect-{department}")

    def work() -> None:
        try:
            found = collects.collect()
        except Exception as e:
            program_log.error("files_not_collected", department=department, fault=type(e).__name__)
            return
        if found.batches:
            program_log.info("files_collected", department=department, files=len(found.batches))

    future = thread.start(work)
    thread.close()
    return future
