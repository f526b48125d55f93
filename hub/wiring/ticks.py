"""What the hub does by itself every so often: end lost questions, collect dropped files, publish the log's head, forget old things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import anyio.to_thread
import structlog
from sqlalchemy import delete, or_

from adapters.connect import Connected
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
    Tick("publish_checkpoint", 10),
    Tick("forget", 3600),
)
KEEP_DONE_WORK = timedelta(days=30)
KEEP_DONE_TICKS = timedelta(hours=1)


@dataclass(frozen=True)
class Ticks:
    """`asked_long_ago` holds after how long a question without an outcome counts as lost."""

    log: SharingLog
    adapters: Mapping[str, Connected]
    asked_long_ago: Watermarks

    async def sweep_lost(self, task: Claimed) -> Commit | None:
        """End every question whose outcome never came, exactly once, as `lost`."""
        await anyio.to_thread.run_sync(self._sweep)
        return None

    def _sweep(self) -> None:
        self.log.close_lost(self.asked_long_ago.older(self.log.size()))

    async def collect_files(self, task: Claimed) -> Commit | None:
        """Take in what departments dropped since the last look."""
        for code, connected in self.adapters.items():
            if connected.collects is not None:
                found = await anyio.to_thread.run_sync(connected.collects.collect)
                if found.batches:
                    program_log.info("files_collected", department=code, files=len(found.batches))
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
