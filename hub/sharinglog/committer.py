"""Group commit: one thread takes all that is queued, commits it at once, then wakes every caller. Knows no SQL.

No timer is needed: while one commit runs the next batch gathers.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from copy import copy
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from hub.sharinglog.errors import LogError, LogUnavailable

MOST_RECORDS = 512
MOST_BYTES = 256 * 1024
UNEXPECTED = "the sharing log failed ({}): nothing may be asked or shown; report this with the program log"

Work = TypeVar("Work")
Done = TypeVar("Done")


@dataclass
class _Queued(Generic[Work, Done]):
    work: Work
    size: int
    future: "Future[Done]" = field(default_factory=Future)


class Committer(Generic[Work, Done]):
    """Feeds `commit` with batches, from one thread.

    `commit` gives, in order, a result or an error for each item, or raises LogError for the whole batch.
    """

    def __init__(self, commit: Callable[[Sequence[Work]], Sequence[Done | LogError]]) -> None:
        self._commit = commit
        self._queue: deque[_Queued[Work, Done]] = deque()
        self._changed = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="sharinglog-committer", daemon=True)
        self._thread.start()

    def put(self, work: Work, size: int) -> "Future[Done]":
        """Queue one item of `size` bytes; the future ends only after the commit. Raises LogUnavailable once closed."""
        item: _Queued[Work, Done] = _Queued(work, size)
        # Running, a future cannot be cancelled: a caller who goes away does not take the record along.
        item.future.set_running_or_notify_cancel()
        with self._changed:
            if not self._open:
                raise LogUnavailable("the sharing log is closed: start the hub again")
            self._queue.append(item)
            self._changed.notify()
        return item.future

    def close(self) -> None:
        """Commit what is queued, then stop."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while batch := self._next():
            try:
                results = self._commit([item.work for item in batch])
            except LogError as error:
                results = [_again(error, error) for _ in batch]
            except Exception as error:  # a bug must not leave callers waiting for ever
                results = [_again(LogUnavailable(UNEXPECTED.format(type(error).__name__)), error) for _ in batch]
            for item, result in zip(batch, results, strict=True):
                if isinstance(result, LogError):
                    item.future.set_exception(result)
                else:
                    item.future.set_result(result)

    def _next(self) -> list[_Queued[Work, Done]]:
        with self._changed:
            while not self._queue and self._open:
                self._changed.wait()
            batch: list[_Queued[Work, Done]] = []
            room = MOST_BYTES
            while self._queue and len(batch) < MOST_RECORDS and (not batch or self._queue[0].size <= room):
                batch.append(self._queue.popleft())
                room -= batch[-1].size
            return batch


def _again(error: LogError, cause: Exception) -> LogError:
    """An exception object for each caller: one object raised in many threads would mix their tracebacks."""
    own = copy(error)
    own.__cause__ = cause
    return own
