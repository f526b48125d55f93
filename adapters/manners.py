"""How often a department is asked again after a question came to nothing: a few times, spread, within one budget. It asks nobody itself.

Only questions come here, since only they may be repeated; what is handed over or sent is repeated by the hub's queue, with its key.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import stamina

from adapters.contract import Outcome, Unavailable, Why
from adapters.kinds.load import whole
from adapters.kinds.settings import Settings

PASSING = frozenset({Why.REFUSED_CONNECTION, Why.BROKEN_OFF, Why.SERVER_ERROR})
"""What may be over in a moment. A timeout has used up the question's time; who is busy, or rests, asked to be left alone."""
NOT_ASKED = frozenset({Why.BREAKER_OPEN, Why.BUSY})
"""Ends of a second try that say nothing new: the first one's end stands."""
LEAST_LEFT_SECONDS = 0.25
"""With less time than this a second try would only be cut off."""
SAVED_AT_MOST = 10.0
MANNERS_KEYS = frozenset(("per_second", "per_minute", "tries", "retry_share"))


class RetryBudget:
    """Each question saves a share of a second try, and each second try spends a whole one: a department that is down gets that
    share more questions, not twice as many. It begins full."""

    def __init__(self, share: float, most: float = SAVED_AT_MOST) -> None:
        self._share, self._most, self._saved = share, most, most

    def save(self) -> None:
        self._saved = min(self._most, self._saved + self._share)

    def spend(self) -> bool:
        if self._saved < 1:
            return False
        self._saved -= 1
        return True


@dataclass(frozen=True)
class Asked:
    """What a question came to, and how often it was put."""

    outcome: Outcome
    attempts: int


class _Passing(Exception):
    """A try came to nothing that may be over in a moment."""


class Manners:
    """Of one department. `tries` is how often a question is put at most; 1 means once."""

    def __init__(
        self,
        tries: int = 2,
        retry_share: float = 0.2,
        *,
        first_wait_seconds: float = 0.1,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tries, self._budget, self._monotonic = tries, RetryBudget(retry_share), monotonic
        self._first_wait = first_wait_seconds

    async def asked(self, put: Callable[[float], Awaitable[Outcome]], seconds: float, *, again: bool = True) -> Asked:
        """Put a question, and again while that may help; `put` is told how many seconds are left of the whole.

        `again` False: the resource says that it must not be repeated. Whatever `put` raises goes through.
        """
        until = self._monotonic() + seconds
        self._budget.save()
        asked = Asked(await put(seconds), 1)
        if not again or self._tries == 1 or not _passing(asked.outcome):
            return asked

        def worth(fault: Exception) -> bool:
            left = until - self._monotonic()
            return isinstance(fault, _Passing) and left > LEAST_LEFT_SECONDS and self._budget.spend()

        with suppress(_Passing):
            async for attempt in stamina.retry_context(
                on=worth,
                attempts=self._tries,
                timeout=None,
                wait_initial=self._first_wait,
                wait_max=1.0,
                wait_jitter=self._first_wait,
            ):
                with attempt:
                    if attempt.num > 1:  # the first one stands above: a question that goes well needs none of this
                        outcome = await put(max(0.0, until - self._monotonic()))
                        if isinstance(outcome, Unavailable) and outcome.reason in NOT_ASKED:
                            return asked
                        asked = Asked(outcome, asked.attempts + 1)
                    if _passing(asked.outcome):
                        raise _Passing
        return asked


def _passing(outcome: Outcome) -> bool:
    return isinstance(outcome, Unavailable) and outcome.reason in PASSING


def manners_of(wire: Settings) -> Manners:
    """`[wire.manners]`: `tries` (2) and `retry_share` (0.2), beside the limits of `load_of`. Raises Misconfigured."""
    found = wire.inner("manners")
    found.only(MANNERS_KEYS)
    return Manners(whole(found, "tries", 2, 1, 5), found.number("retry_share", 0.2))
