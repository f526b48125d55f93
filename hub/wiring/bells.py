"""Wakes a case's open pages when the case changed: one look at the feed for all pages of this process. It shows nothing and decides nothing.

A commit of this process rings at once; what another node wrote rings at the next look. A bell that rang in vain costs one small read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import anyio.to_thread
import structlog
from sqlalchemy import func, select

from hub.store.database import Database, StoreUnavailable
from hub.store.tables import case_feed

program_log = structlog.get_logger(__name__)

LOOK_EVERY = 0.4
"""Seconds between looks while nothing of this process was written."""
GATHER = 0.02
"""Seconds after a commit: answers that come together are drawn together."""
AT_ONCE = 500
"""Cases of one look, well below what a statement may name."""


class Bell:
    """One open page's."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float) -> bool:
        """True as soon as it rang, also before; False after `seconds` of silence."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        rang = self._rung.is_set()
        self._rung.clear()
        return rang


class Bells:
    """The bells of one process. `commit` may be called from any thread, `of` on the loop of the pages."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._bells: dict[str, set[Bell]] = {}
        self._seen: dict[str, int] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        database.after_write(self.commit)

    def commit(self) -> None:
        """Something was written in this process."""
        if self._bells and self._loop is not None:
            with suppress(RuntimeError):  # the loop ended meanwhile; whoever wrote must not learn of it
                self._loop.call_soon_threadsafe(self._woken.set)

    @contextmanager
    def of(self, case_id: str) -> Iterator[Bell]:
        """A bell for this case, as long as the page is open. It rings at once: what was written before it hung is seen, too."""
        bell = Bell()
        self._bells.setdefault(case_id, set()).add(bell)
        self._seen.pop(case_id, None)
        self._begin()
        try:
            yield bell
        finally:
            self._bells[case_id].discard(bell)
            if not self._bells[case_id]:
                del self._bells[case_id]
                self._seen.pop(case_id, None)

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        if self._looking is None or self._looking.done() or self._loop is not loop:
            self._loop, self._woken = loop, asyncio.Event()
            self._looking = loop.create_task(self._look_on())
        self._woken.set()

    async def _look_on(self) -> None:
        while self._bells:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._woken.wait()
                    await asyncio.sleep(GATHER)
            self._woken.clear()
            try:
                self._ring(await anyio.to_thread.run_sync(self._last, tuple(self._bells)))
            except StoreUnavailable as e:
                program_log.error("pages_not_woken", code=e.code)
            except Exception:  # a bug must not leave every page of the process asleep for good
                program_log.exception("pages_not_woken")

    def _ring(self, last: dict[str, int]) -> None:
        for case_id, number in last.items():
            if number != self._seen.get(case_id) and case_id in self._bells:
                self._seen[case_id] = number
                for bell in self._bells[case_id]:
                    bell.ring()

    def _last(self, case_ids: Sequence[str]) -> dict[str, int]:
        """The number of each case's last change."""
        found: dict[str, int] = {}
        c = case_feed.c
        with self._database.read() as session:
            for start in range(0, len(case_ids), AT_ONCE):
                some = case_ids[start : start + AT_ONCE]
                counted = select(c.case_id, func.max(c.no)).where(c.case_id.in_(some)).group_by(c.case_id)
                found.update({case_id: number for case_id, number in session.execute(counted)})
        return found
