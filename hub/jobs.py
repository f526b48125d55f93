"""Runs the queue and the ticks: claims work, calls its handler, ends it in one transaction. It knows no kind of work.

A handler does its talking with no transaction open and gives back what to write; that and the task's end are one transaction, fenced
by the owner: a worker that lost its lease writes nothing. A tick becomes work, so that many nodes sweep once.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ParamSpec, TypeVar

import anyio.to_thread
import structlog
from anyio import CapacityLimiter

from hub import metrics, trace
from hub.clock import Clock
from hub.errors import HubError
from hub.moments import Moment, reached, tell_of_waiting
from hub.store import work
from hub.store.database import WORK, Database, Session, StoreUnavailable
from hub.store.work import Claimed, GiveUp, Task, TryLater

program_log = structlog.get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

Commit = Callable[[Session, datetime], None]
Handler = Callable[[Claimed], Awaitable[Commit | None]]

POLL_SECONDS = 0.25
PATIENCE_SECONDS = 60.0
"""How long what was done outside waits for the database to take it, before it is put off and done again."""
GRACE_SECONDS = 2.0
"""How long work in flight may go on after the process was asked to end."""
LONGEST_PAUSE = timedelta(minutes=10)
OUTAGE_TRIES = 300
"""Two days with LONGEST_PAUSE between tries: a department's weekend must not leave hundreds of dead letters."""
OTHER_TRIES = 8
"""For an error that no waiting mends, save a case that somebody else changed at the same moment."""
BUG_TRIES = 3
WAITING_SHARE = 8
"""How many times its slots a worker may have under way, where the rest only wait for departments: those that hang must not keep
the work of others out."""
TICK = "tick:"
"""How a tick's key begins: one that fails is let go, since the next comes soon."""


@dataclass(frozen=True)
class Tick:
    """Something to be done every so often, once for all nodes."""

    name: str
    seconds: int
    alone: bool = False
    """Whether the next one waits until this one has ended, on whichever node."""


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
    """One process's worker. `run` ends soon after `stop` is set: what is not done within a grace time is given back to the queue."""

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
        self._waiting = 0
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self) -> None:
        """Look for work at once; safe from any thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop ended meanwhile; whoever wrote must not learn of it
                self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self, stop: asyncio.Event, grace_seconds: float = GRACE_SECONDS) -> None:
        self._loop = asyncio.get_running_loop()
        self._database.after_write(self.wake, of_work=True)
        others = [asyncio.create_task(self._keep_leases()), asyncio.create_task(self._wake_on(stop))]
        others += [asyncio.create_task(self._tick(tick)) for tick in self._ticks]
        try:
            while not stop.is_set():
                self._pulse.beat()
                await self._round()
        finally:
            for each in others:
                each.cancel()
            await self._let_end(grace_seconds)
            await asyncio.gather(*others, return_exceptions=True)

    async def _let_end(self, seconds: float) -> None:
        """Wait for the work in flight; what does not end in time is cancelled and given back, so that another node need not wait for its lease."""
        left = dict(self._running)
        if left:
            await asyncio.wait(left.values(), timeout=seconds)
        given_back = [number for number, task in left.items() if not task.done()]
        for number in given_back:
            left[number].cancel()
        await asyncio.gather(*left.values(), return_exceptions=True)
        if given_back:
            with contextlib.suppress(StoreUnavailable):  # then the leases run out
                await _in_thread(work.give_back, self._database, self._owner, given_back)

    async def _round(self) -> None:
        self._wake.clear()
        free = self._free()
        claimed = await self._claim(free) if free else []
        if any(not task.key.startswith(TICK) for task in claimed):
            reached(Moment.WORK_CLAIMED)
        for task in claimed:
            self._running[task.id] = asyncio.create_task(self._do(task))
        if len(claimed) < free or not free:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)

    def _free(self) -> int:
        """How much may be begun: what waits for a department takes no slot, within WAITING_SHARE."""
        most = self._slots * WAITING_SHARE - len(self._running)
        return max(0, min(self._slots - len(self._running) + self._waiting, most))

    def _waits(self, change: int) -> None:
        was_full = self._free() == 0
        self._waiting += change
        if was_full and change > 0:
            self._wake.set()

    async def _claim(self, most: int) -> list[Claimed]:
        """New work, never what this process is still at. Whatever goes wrong, the worker lives and looks again."""
        kinds, own = list(self._handlers), list(self._running)
        try:
            return await _in_thread(work.claim, self._database, self._owner, most, self._lease, kinds, own)
        except StoreUnavailable as e:
            program_log.error("queue_unavailable", code=e.code)
        except Exception:  # a worker that died of it would be missed by nobody
            program_log.exception("queue_broken")
        await asyncio.sleep(POLL_SECONDS)
        return []

    async def _do(self, task: Claimed) -> None:
        tell_of_waiting(self._waits)
        case, department = about(task)
        with trace.span("work", task.trace, kind="consumer", case=case, department=department, work=task.kind) as span:
            await self._try(task, span)

    async def _try(self, task: Claimed, span: trace.Span) -> None:
        begun = time.perf_counter()
        try:
            commit = await self._handlers[task.kind](task)
            # Done outside and not yet written here: while the database is away this waits, rather than be done outside again.
            kept = await self._once_it_answers(lambda: self._finish(task, commit), PATIENCE_SECONDS)
            self._tell_of(task, "done" if kept else "lease_lost", begun)
        except HubError as e:
            span.failed = e.code
            program_log.warning("work_failed", kind=task.kind, key=task.key, code=e.code, tries=task.tries)
            await self._end_badly(task, f"{e.code}: {e}", begun, for_good=task.failures + 1 >= most_tries(e))
        except Exception as e:  # a bug must stop its own stream, never the worker
            span.failed = type(e).__name__
            program_log.exception("work_broken", kind=task.kind, key=task.key)
            await self._end_badly(task, f"BUG: {type(e).__name__}", begun, for_good=task.failures + 1 >= BUG_TRIES)
        finally:
            self._running.pop(task.id, None)
            self._wake.set()

    def _tell_of(self, task: Claimed, result: str, begun: float) -> None:
        took = time.perf_counter() - begun
        metrics.work(task.kind, result, took)
        routine = result == "done" and not trace.case()  # ticks and looks that went well are many and say nothing
        tell = program_log.debug if routine else program_log.info
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
        def write() -> bool:
            with self._database.write(quiet=True) as session:
                if task.key.startswith(TICK):
                    return work.let_go(session, task, self._owner, self._clock(), error)
                if for_good:
                    return work.bury(session, task, self._owner, self._clock(), error)
                until = self._database.now(session) + pause_after(task.failures + 1)
                return work.put_off(session, task, self._owner, until, error)

        result = "let_go" if task.key.startswith(TICK) else "dead" if for_good else "put_off"
        kept = await self._once_it_answers(write)
        self._tell_of(task, result if kept else "lease_lost", begun)

    async def _once_it_answers(self, write: Callable[[], bool], seconds: float = math.inf) -> bool:
        """What `write` gives as soon as the database takes it. Raises StoreUnavailable after `seconds`.

        A commit whose answer was lost is tried again too: its task is then ended already, and nothing is written twice.
        """
        until = time.monotonic() + seconds
        while True:
            try:
                return await _in_thread(write)
            except StoreUnavailable as e:
                program_log.error("queue_unavailable", code=e.code)
                if time.monotonic() >= until:
                    raise
            await asyncio.sleep(POLL_SECONDS)

    async def _keep_leases(self) -> None:
        own_thread = CapacityLimiter(1)  # the common ones may all be waiting for the database, or for its disk
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            held = (self._database, self._owner, list(self._running), self._lease)
            try:
                await anyio.to_thread.run_sync(work.extend, *held, limiter=own_thread)
            except StoreUnavailable as e:
                program_log.error("queue_unavailable", code=e.code)
            except Exception:  # without leases, others would do our work again
                program_log.exception("leases_not_kept")

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _tick(self, tick: Tick) -> None:
        """At once, then every so often by a clock that nobody sets: a wall clock put back must not hold up the sweeps."""
        while True:
            try:
                await _in_thread(self._put_tick, tick)
            except StoreUnavailable as e:
                program_log.error("queue_unavailable", code=e.code)
            except Exception:
                program_log.exception("tick_not_put", tick=tick.name)
            await asyncio.sleep(tick.seconds)

    def _put_tick(self, tick: Tick) -> None:
        with self._database.write(moments=None) as session:
            now = self._database.now(session)
            slot = int(now.timestamp()) // tick.seconds
            stream = f"{TICK}{tick.name}:" if tick.alone else ""
            work.put(session, Task(tick.name, f"{TICK}{tick.name}:{slot}", stream=stream), now)


def most_tries(error: HubError) -> int:
    """After how many failures a person must look: at once, after two days of outage, or soon."""
    if isinstance(error, GiveUp):
        return 1
    return OUTAGE_TRIES if isinstance(error, TryLater) or error.status in (503, 507) else OTHER_TRIES


def pause_after(failures: int) -> timedelta:
    """How long to wait after the n-th failure: 1, 2, 4 … seconds, at most LONGEST_PAUSE."""
    return min(timedelta(seconds=2 ** min(max(0, failures - 1), 20)), LONGEST_PAUSE)


def about(task: Claimed) -> tuple[str, str]:
    """The case and the department that a piece of work is about, by its arguments and its stream (case × receiver); an item case's
    number begins with its case's."""
    of_item = task.args.get("item_no", "").rpartition("-")[0]
    case = task.args.get("case_id") or task.args.get("case") or of_item
    return case, task.args.get("department") or task.stream.rpartition(":")[2]


async def _in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    return await anyio.to_thread.run_sync(lambda: function(*args, **kwargs))
