"""The thread of an open log: search projection within a second, a checkpoint every 10 s while it grows and one at closing.

It appends nothing. What fails here is seen in `health` as lag and age, and is tried again a second later.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from hub.sharinglog.errors import LogError

TICK_SECONDS = 1.0
CHECKPOINT_SECONDS = 10.0


class Follower:
    """`catch_up` and `publish` are called from its thread, one after the other."""

    def __init__(self, catch_up: Callable[[], object], publish: Callable[[], object]) -> None:
        self._catch_up, self._publish = catch_up, publish
        self._grown, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._follow, name="sharinglog-follower", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def grown(self) -> None:
        """There are new records."""
        self._grown.set()

    def close(self) -> None:
        """Sign what is not signed yet, then stop. Nothing may be appended any more."""
        self._stop.set()
        self._grown.set()
        if self._thread.is_alive():
            self._thread.join()

    def _follow(self) -> None:
        signed_at, unsigned = monotonic() - CHECKPOINT_SECONDS, False
        while not self._stop.is_set():
            self._grown.wait(TICK_SECONDS if unsigned else None)
            unsigned = unsigned or self._grown.is_set()
            self._grown.clear()
            with suppress(LogError):
                self._catch_up()
                if unsigned and monotonic() - signed_at >= CHECKPOINT_SECONDS:
                    self._publish()
                    signed_at, unsigned = monotonic(), False
            self._stop.wait(TICK_SECONDS)
        if unsigned or self._grown.is_set():
            with suppress(LogError):
                self._publish()
