"""Threads of one department alone, for work that blocks: a folder that hangs uses up no other department's, nor a page's. It reads nothing.

They are daemons: a read that never comes back keeps no process from ending.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from contextvars import copy_context
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

LOOK_SECONDS = 2.0
"""How long a page waits for what a department's folder says before it shows what was said last."""


class NoTurn(TimeoutError):
    """The work did not begin in time."""


class Threads:
    """At most `most` at once, made when they are needed; what comes then waits for its turn. Safe from any thread and event loop."""

    def __init__(self, most: int = 4, name: str = "department") -> None:
        self._most, self._name = most, name
        self._waiting: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._made = self._busy = 0

    async def run(self, work: Callable[[], T]) -> T:
        """In the caller's context, as `asyncio.to_thread` does it. Who is cancelled leaves at once; the thread stays with its work."""
        return await asyncio.wrap_future(self.start(work))

    async def within(self, seconds: float, work: Callable[[], T]) -> T:
        """Raises TimeoutError, NoTurn where all threads were taken all the while; the work may still go on, for nobody."""
        began: list[bool] = []

        def begun() -> T:
            began.append(True)
            return work()

        try:
            async with asyncio.timeout(seconds):
                return await self.run(begun)
        except TimeoutError as e:
            raise (e if began else NoTurn()) from None

    def start(self, work: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        context = copy_context()

        def do() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(context.run(work))
            except BaseException as e:
                future.set_exception(e)

        with self._lock:
            self._busy += 1
            if self._busy > self._made and self._made < self._most:
                self._made += 1
                threading.Thread(target=self._work, name=self._name, daemon=True).start()
        self._waiting.put(do)
        return future

    def close(self) -> None:
        """Each thread ends once it has done what waits; nobody waits for it."""
        with self._lock:
            made, self._made = self._made, 0
        for _ in range(made):
            self._waiting.put(None)

    def _work(self) -> None:
        while (do := self._waiting.get()) is not None:
            do()
            with self._lock:
                self._busy -= 1


class Look(Generic[T]):
    """What is asked for again and again by pages, such as what lies in a folder: never waited for longer than a moment.

    One look at a time; while it hangs, what was said last stands."""

    def __init__(self, threads: Threads, work: Callable[[], T], first: T, seconds: float = LOOK_SECONDS) -> None:
        self._threads, self._work, self._last, self._seconds = threads, work, first, seconds
        self._under_way: Future[T] | None = None
        self._lock = threading.Lock()

    def __call__(self) -> T:
        """Raises what the look raises."""
        with self._lock:
            hangs = self._under_way is not None and not self._under_way.done()
            if self._under_way is None or not hangs:
                self._under_way = self._threads.start(self._work)
            look = self._under_way
        with suppress(NotYet):
            self._last = look.result(0 if hangs else self._seconds)
        return self._last
