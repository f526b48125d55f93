"""How much of ours a department has to bear at once: a rate that is never exceeded, and who is under way or waits. It sends nothing.

Everything is counted in this process alone: of several each has its own share, by the setting `asking_processes` (docs/departments.md).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.contract import Misconfigured
from adapters.kinds.settings import Settings

MOST_PER_PERIOD = 100_000


@dataclass(frozen=True)
class Limit:
    """At most `most` calls in any `seconds`, whenever one begins to count: departments count by the clock or by their own window."""

    most: int
    seconds: float


class Rate:
    """Gives each call its moment, so that no window ever holds more calls than its limit. `before`: whose calls count too, as far as it
    knows of them."""

    def __init__(
        self,
        limits: tuple[Limit, ...] = (),
        monotonic: Callable[[], float] = time.monotonic,
        before: Rate | None = None,
    ) -> None:
        self._monotonic = monotonic
        known = max((calls for _, calls in before._last), key=len, default=deque[float]()) if before else ()
        self._last: tuple[tuple[Limit, deque[float]], ...] = tuple(
            (limit, deque(known, maxlen=limit.most)) for limit in limits
        )

    def reserve(self, patience: float) -> float | None:
        """Seconds until this call's turn, which is then its own; None where the turn comes later than `patience` seconds:
        then nothing is reserved. Safe from any one thread."""
        now = self._monotonic()
        turn = max((_free_at(limit, calls, now) for limit, calls in self._last), default=now)
        if turn - now > patience:
            return None
        for _, calls in self._last:
            calls.append(turn)
        return turn - now


def _free_at(limit: Limit, calls: deque[float], now: float) -> float:
    return max(now, calls[0] + limit.seconds) if len(calls) == limit.most else max(now, calls[-1] if calls else now)


class Places:
    """What is under way at a department, on whichever of its lines: one that takes another's place shares them with it. Who comes when all
    are taken waits in order. Bound to one event loop."""

    def __init__(self) -> None:
        self.taken = 0
        self._waiting: deque[tuple[asyncio.Future[None], int]] = deque()

    async def take(self, most: int) -> None:
        """As soon as fewer than `most` are taken. Whoever is cancelled has none."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, most))
        self._next()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._next()
            else:  # its turn came at that very moment
                self.give_back()
            raise

    def give_back(self) -> None:
        self.taken -= 1
        self._next()

    def _next(self) -> None:
        while self._waiting:
            turn, most = self._waiting[0]
            if not turn.done():
                if self.taken >= most:
                    return
                self.taken += 1
                turn.set_result(None)
            self._waiting.popleft()


@dataclass
class Load:
    """What one department bears now, for metrics and for whoever must not wait. `most` is its limit of calls under way."""

    most: int
    rate: Rate = field(default_factory=Rate)
    places: Places = field(default_factory=Places)
    waiting: int = 0
    turned_away: int = 0
    """Calls that were not made since the process began: their turn, or a free place, would have come too late."""

    @property
    def under_way(self) -> int:
        return self.places.taken

    async def place(self, turn: float) -> None:
        """Comes back as soon as it is this call's turn, in `turn` seconds, and a place is free: `places.give_back()` when it is over."""
        self.waiting += 1
        try:
            if turn > 0:
                await asyncio.sleep(turn)
            await self.places.take(self.most)
        finally:
            self.waiting -= 1


def load_of(wire: Settings, most: int, share: int = 1, before: Load | None = None) -> Load:
    """The limits of a department: `max_in_flight`, and `[wire.manners]` with `per_second` and `per_minute`; of `share` processes each has
    its part, one call at least. `before` is that of the line which this one replaces: what began there counts here. Raises Misconfigured."""
    manners = wire.inner("manners")
    limits = []
    for key, seconds in (("per_second", 1.0), ("per_minute", 60.0)):
        if key in manners.table:
            limits.append(_part(Limit(whole(manners, key, 1, 1, MOST_PER_PERIOD), seconds), share))
    if before is None:
        return Load(max(1, most // share), Rate(tuple(limits)))
    return Load(max(1, most // share), Rate(tuple(limits), before=before.rate), before.places, 0, before.turned_away)


def _part(limit: Limit, share: int) -> Limit:
    """Where there is less than one call for each, one in a longer time."""
    most = max(1, limit.most // share)
    return Limit(most, limit.seconds * max(1.0, most * share / limit.most))


def whole(settings: Settings, key: str, default: int, least: int, most: int) -> int:
    """Raises Misconfigured for anything but a whole number from `least` to `most`."""
    number = settings.number(key, default)
    if number != int(number) or not least <= number <= most:
        raise Misconfigured(f"{settings.where}: {key} must be a whole number from {least} to {most}.")
    return int(number)
