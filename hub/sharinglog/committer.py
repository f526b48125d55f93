"""Group commit: one thread takes all that is queued, commits it at once, then wakes every caller. Knows no SQL.

No timer is needed: while one commit runs the next batch gathers.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from typing import Generic, TypeVar

from hub import metrics, trace
from hub.moments import Moment, reached
from hub.sharinglog.errors import LogError, LogUnavailable

MOST_RECORDS = 512
MOST_BYTES = 256 * 1024
UNEXPECTED = "the sharing log failed ({}): nothing may be asked or shown; report this with the program log"

Work = TypeVar("Work")
Done = TypeVar("Done")


class Queued(Generic[Work, Done]):
    """One item, whose caller waits for its commit. It cannot be taken back: a caller who goes away leaves it in."""

    __slots__ = ("_ended", "_part", "_result", "since", "size", "work")

    def __init__(self, work: Work, size: int) -> None:
        self.work, self.size, self.since = work, size, time.perf_counter()
        self._part = trace.detail("log_append")
        self._result: Done | LogError | None = None
        self._ended = threading.Lock()  # the cheapest thing that a thread can wait for
        self._ended.acquire()

    def result(self) -> Done:
        """Wait for the commit; gives what it gave, or raises its error."""
        with self._ended:
            result = self._result
        if isinstance(result, LogError):
            raise result
        assert result is not None
        return result

    def end(self, result: Done | LogError) -> None:
        self._result = result
        self._ended.release()
        if self._part is not None:
            self._part.end(type(result).__name__ if isinstance(result, LogError) else "")


class _Awaited(Queued[Work, Done]):
    """One item whose caller is a task: it is woken through its loop, together with the others of that loop."""

    __slots__ = ("future", "loop")

    def __init__(self, work: Work, size: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(work, size)
        self.loop = loop
        self.future: asyncio.Future[Done] = loop.create_future()

    def wake(self) -> None:
        if self.future.done():  # its caller went away
            return
        try:
            self.future.set_result(self.result())
        except LogError as error:
            self.future.set_exception(error)


class Committer(Generic[Work, Done]):
    """Feeds `commit` with batches, from one thread.

    `commit` gives, in order, a result or an error for each item, or raises LogError for the whole batch.
    """

    def __init__(self, commit: Callable[[Sequence[Work]], Sequence[Done | LogError]]) -> None:
        self._commit = commit
        self._queue: deque[Queued[Work, Done]] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._open = True
        self.failing = ""
        """Why the last batch was not taken; empty after one that was."""
        self._thread = threading.Thread(target=self._run, name="sharinglog-committer", daemon=True)
        self._thread.start()

    def put(self, work: Work, size: int) -> Queued[Work, Done]:
        """Queue one item of `size` bytes, for a thread. Raises LogUnavailable once closed."""
        item: Queued[Work, Done] = Queued(work, size)
        self._put(item)
        return item

    def put_async(self, work: Work, size: int) -> "asyncio.Future[Done]":
        """Queue one item of `size` bytes, for a task; cancelling the future does not take the item back."""
        item: _Awaited[Work, Done] = _Awaited(work, size, asyncio.get_running_loop())
        self._put(item)
        return item.future

    def close(self) -> None:
        """Commit what is queued, then stop."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join()

    def _put(self, item: Queued[Work, Done]) -> None:
        with self._changed:
            if not self._open:
                raise LogUnavailable("the sharing log is closed: start the hub again")
            self._queue.append(item)
            self._changed.notify()

    def _run(self) -> None:
        while batch := self._next():
            reached(Moment.APPEND_NEXT)
            try:
                results = self._commit([item.work for item in batch])
                self.failing = ""
                metrics.log_commit(len(batch), time.perf_counter() - batch[0].since)
            except LogError as error:
                self._failed(str(error))
                results = [_again(error, error) for _ in batch]
            except Exception as error:  # a bug must not leave callers waiting for ever
                self._failed(UNEXPECTED.format(type(error).__name__))
                results = [_again(LogUnavailable(UNEXPECTED.format(type(error).__name__)), error) for _ in batch]
            reached(Moment.APPEND_COMMITTED)
            for item, result in zip(batch, results, strict=True):
                item.end(result)
            _wake([item for item in batch if isinstance(item, _Awaited)])

    def _failed(self, why: str) -> None:
        self.failing = why
        metrics.log_failure()

    def _next(self) -> list[Queued[Work, Done]]:
        with self._changed:
            while not self._queue and self._open:
                self._changed.wait()
            batch: list[Queued[Work, Done]] = []
            room = MOST_BYTES
            while self._queue and len(batch) < MOST_RECORDS and (not batch or self._queue[0].size <= room):
                batch.append(self._queue.popleft())
                room -= batch[-1].size
            return batch


def _wake(awaited: Sequence[_Awaited[Work, Done]]) -> None:
    """One call into each loop: a call for each task writes to the loop's socket each time."""
    for loop in {item.loop for item in awaited}:
        ours = [item for item in awaited if item.loop is loop]
        with suppress(RuntimeError):  # the loop was closed, and its callers with it
            loop.call_soon_threadsafe(_wake_all, ours)


def _wake_all(awaited: Sequence[_Awaited[Work, Done]]) -> None:
    for item in awaited:
        item.wake()


def _again(error: LogError, cause: Exception) -> LogError:
    """An exception object for each caller: one object raised in many threads would mix their tracebacks."""
    own = copy(error)
    own.__cause__ = cause
    return own
