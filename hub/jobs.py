"""Runs the queue and the ticks: claims work, calls its handler, ends it in one transaction. It knows no kind of work.

A handler does its talking with no transaction open and gives back what to write; that and the task's end are one transaction, fenced
by the owner: a worker that lost its lease writes nothing. APScheduler is the ticker only; a tick becomes work so that many nodes sweep once.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ParamSpec, TypeVar

import anyio.to_thread
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from hub import metrics, trace
from hub.clock import Clock
from hub.errors import HubError
from hub.moments import Moment, reached
from hub.store import work
from hub.store.database import WORK, Database, Session, StoreUnavailable
from hub.store.work import Claimed, GiveUp, Task, TryLater

program_log = structlog.get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

Commit = Callable[[Session, datetime], None]
Handler = Callable[[Claimed], Awaitable[Commit | None]]

POLL_SECONDS = 0.25
LONGEST_PAUSE = timedelta(minutes=10)
OUTAGE_TRIES = 300
"""Two days with LONGEST_PAUSE between tries: a department's weekend must not leave hundreds of dead letters."""
OTHER_TRIES = 8
"""For an error that no waiting mends, save a case that somebody else changed at the same moment."""
BUG_TRIES = 3
TICK = "tick:"
"""How a tick's key begins: one that fails is let go, since the next comes soon."""


@dataclass(frozen=True)
class Tick:
    """Something to be done every so often, once for all nodes."""

    name: str
    seconds: int


class Pulse:
    """When this process's worker last looked for work, for whoever asks whether it still does."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._at: float | None = None

    def beat(self) -> None:
        self._at = self._monotonic()

    @property
    def silent_for(self) -> float:
        """Seconds; infinite where it never looked."""
        return float("inf") if self._at is None else self._monotonic() - self._at


class Runner:
    """One process's worker. `run` ends soon after `stop` is set; work in flight gets a grace time, then its lease runs out."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        ticks: tuple[Tick, ...],
        node: str,
        clock: Clock,
        *,
        slots: int = 16,
        lease: timedelta = timedelta(seconds=30),
        pulse: Pulse | None = None,
    ) -> None:
        self._pulse = pulse or Pulse()
        self._database = database
        self._handlers = handlers
        self._ticks = ticks
        self._owner = node
        self._clock = clock
        self._slots = slots
        self._lease = lease
        self._running: dict[int, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self) -> None:
        """Look for work at once; safe from any thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop ended meanwhile; whoever wrote must not learn of it
                self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self, stop: asyncio.Event, grace_seconds: float = 5.0) -> None:
        self._loop = asyncio.get_running_loop()
        self._database.after_write(self.wake)
        scheduler = self._scheduler()
        scheduler.start()
        keeper = asyncio.create_task(self._keep_leases())
        stopper = asyncio.create_task(self._wake_on(stop))
        try:
            while not stop.is_set():
                self._pulse.beat()
                await self._round()
        finally:
            scheduler.shutdown(wait=False)
            keeper.cancel()
            stopper.cancel()
            left = list(self._running.values())
            if left:
                await asyncio.wait(left, timeout=grace_seconds)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, keeper, stopper, return_exceptions=True)

    async def _round(self) -> None:
        self._wake.clear()
        free = self._slots - len(self._running)
        try:
            claimed = (
                await _in_thread(
                    work.claim,
                    self._database,
                    self._owner,
                    free,
                    self._lease,
                    list(self._handlers),
                    list(self._running),
                )
                if free
                else []
            )
        except StoreUnavailable as e:
            program_log.error("queue_unavailable", code=e.code)
            claimed = []
            await asyncio.sleep(POLL_SECONDS)
        if any(not task.key.startswith(TICK) for task in claimed):
            reached(Moment.WORK_CLAIMED)
        for task in claimed:
            self._running[task.id] = asyncio.create_task(self._do(task))
        if len(claimed) < free or not free:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)

    async def _do(self, task: Claimed) -> None:
        case, department = about(task)
        with trace.span("work", task.trace, kind="consumer", case=case, department=department, work=task.kind) as span:
            await self._try(task, span)

    async def _try(self, task: Claimed, span: trace.Span) -> None:
        begun = time.perf_counter()
        try:
            commit = await self._handlers[task.kind](task)
            kept = await _in_thread(self._finish, task, commit)
            self._tell_of(task, "done" if kept else "lease_lost", begun)
        except HubError as e:
            span.failed = e.code
            program_log.warning("work_failed", kind=task.kind, key=task.key, code=e.code, tries=task.tries)
            await self._end_badly(task, f"{e.code}: {e}", begun, for_good=task.tries >= most_tries(e))
        except Exception as e:  # a bug must stop its own stream, never the worker
            span.failed = type(e).__name__
            program_log.exception("work_broken", kind=task.kind, key=task.key)
            await self._end_badly(task, f"BUG: {type(e).__name__}", begun, for_good=task.tries >= BUG_TRIES)
        finally:
            self._running.pop(task.id, None)
            self._wake.set()

    def _tell_of(self, task: Claimed, result: str, begun: float) -> None:
        took = time.perf_counter() - begun
        metrics.work(task.kind, result, took)
        tell = program_log.debug if task.key.startswith(TICK) else program_log.info
        tell("work", kind=task.kind, key=task.key, result=result, tries=task.tries, ms=round(took * 1000))

    def _finish(self, task: Claimed, commit: Commit | None) -> bool:
        moments = None if task.key.startswith(TICK) else WORK
        with self._database.write(moments=moments) as session:
            now = self._clock()
            if not work.finish(session, task, self._owner, now):
                program_log.warning("lease_lost", kind=task.kind, key=task.key)
                return False
            if commit is not None:
                commit(session, now)
        return True

    async def _end_badly(self, task: Claimed, error: str, begun: float, *, for_good: bool) -> None:
        def write() -> None:
            with self._database.write(quiet=True) as session:
                if task.key.startswith(TICK):
                    work.let_go(session, task, self._owner, self._clock(), error)
                elif for_good:
                    work.bury(session, task, self._owner, self._clock(), error)
                else:
                    until = self._database.now(session) + pause_after(task.tries)
                    work.put_off(session, task, self._owner, until, error)

        result = "let_go" if task.key.startswith(TICK) else "dead" if for_good else "put_off"
        try:
            await _in_thread(write)
            self._tell_of(task, result, begun)
        except StoreUnavailable:
            program_log.error("queue_unavailable", kind=task.kind, key=task.key)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            try:
                await _in_thread(work.extend, self._database, self._owner, list(self._running), self._lease)
            except StoreUnavailable as e:
                program_log.error("queue_unavailable", code=e.code)
            except Exception:  # without leases, others would do our work again
                program_log.exception("leases_not_kept")

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    def _scheduler(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(timezone="UTC")
        for tick in self._ticks:
            scheduler.add_job(
                self._tick, "interval", args=(tick,), seconds=tick.seconds, next_run_time=self._clock(), max_instances=1
            )
        return scheduler

    async def _tick(self, tick: Tick) -> None:
        try:
            await _in_thread(self._put_tick, tick)
        except StoreUnavailable as e:
            program_log.error("queue_unavailable", code=e.code)

    def _put_tick(self, tick: Tick) -> None:
        with self._database.write(moments=None) as session:
            now = self._database.now(session)
            slot = int(now.timestamp()) // tick.seconds
            work.put(session, Task(tick.name, f"{TICK}{tick.name}:{slot}"), now)


def most_tries(error: HubError) -> int:
    """After how many tries a person must look: at once, after two days of outage, or soon."""
    if isinstance(error, GiveUp):
        return 1
    return OUTAGE_TRIES if isinstance(error, TryLater) or error.status in (503, 507) else OTHER_TRIES


def pause_after(tries: int) -> timedelta:
    """How long to wait after the n-th failed try: 1, 2, 4 … seconds, at most LONGEST_PAUSE."""
    return min(timedelta(seconds=2 ** min(max(0, tries - 1), 20)), LONGEST_PAUSE)


def about(task: Claimed) -> tuple[str, str]:
    """The case and the department that a piece of work is about, by its arguments and its stream (case × receiver); an item case's
    number begins with its case's."""
    of_item = task.args.get("item_no", "").rpartition("-")[0]
    case = task.args.get("case_id") or task.args.get("case") or of_item
    return case, task.args.get("department") or task.stream.rpartition(":")[2]


async def _in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    return await anyio.to_thread.run_sync(lambda: function(*args, **kwargs))
