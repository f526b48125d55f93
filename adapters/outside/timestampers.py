"""Several timestamp authorities in their order, behind the port Timestamper: one that fails rests for a while, and the next is asked. It keeps nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from certificates.errors import SigningFailed, TimestamperAway
from certificates.ports import Timestamper

FIRST_REST, LONGEST_REST = 5.0, 600.0
"""Seconds for which an authority that failed is not asked: doubled each time up to the longest (proposed)."""


@dataclass
class _Asked:
    """One authority; `until` by the monotonic clock."""

    port: Timestamper
    failures: int = 0
    until: float = 0.0


class Timestampers:
    """Implements ``certificates.ports.Timestamper``. Threads may share one.

    A wrong answer counts as none: whose certificate waits for a stamp is not made to wait for somebody else's mistake.
    """

    def __init__(self, ports: Sequence[Timestamper], clock: Callable[[], float] = time.monotonic) -> None:
        self._asked = [_Asked(port) for port in ports]
        self._clock = clock
        self._lock = threading.Lock()

    def stamp(self, digest: bytes) -> bytes:
        """A token from the first authority that gives one. Raises TimestamperAway: each failed now, or rests since it failed."""
        code = "timestamp-resting"
        for one in self._awake():
            try:
                token = one.port.stamp(digest)
            except SigningFailed as error:
                code = error.code
                self._rest(one)
            else:
                self._well(one)
                return token
        raise TimestamperAway(code, "No timestamp authority answers; what is signed now is stamped later by itself.")

    def _awake(self) -> list[_Asked]:
        with self._lock:
            now = self._clock()
            return [one for one in self._asked if one.until <= now]

    def _rest(self, one: _Asked) -> None:
        with self._lock:
            one.failures += 1
            one.until = self._clock() + min(FIRST_REST * 2 ** min(one.failures - 1, 20), LONGEST_REST)

    def _well(self, one: _Asked) -> None:
        with self._lock:
            one.failures, one.until = 0, 0.0
