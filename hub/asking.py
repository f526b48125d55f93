"""How a permitted question reaches its department: with an equal one in flight, from what the catalog lets us keep, or asked, politely.

It decides nothing about permission and writes no record: `hub.exchange` does both, before and after, for every caller by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

import structlog

from adapters.contract import Found, NotFound, Outcome, Query, Unavailable, Unusable, Why
from adapters.manners import Asked, Manners
from hub import metrics

program_log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 2.0
"""How much longer than its own limit an adapter may take before nobody waits for it any more."""
MOST_KEPT = 512

T = TypeVar("T")

Answer = Callable[[Query], Awaitable[Outcome]]


@dataclass(frozen=True)
class Question:
    """A permitted question: what goes on the wire, the number of its intent, and the grounds on which it is asked."""

    query: Query
    seq: int
    grant: str
    clause: str
    asked_at: datetime


@dataclass(frozen=True)
class Put:
    """What a question came to. `attempts` is how often it was put to the department for this caller; `shared` is "" or where the
    answer is from: `joined:<n>` an equal question in flight, `kept:<n>` an earlier one, n the number of its intent."""

    outcome: Outcome
    attempts: int
    shared: str = ""


@dataclass(frozen=True)
class _InFlight:
    question: Question
    end: asyncio.Future[Outcome | None]
    """None: whoever asked went away, and somebody else must ask."""


@dataclass(frozen=True)
class _Kept:
    question: Question
    outcome: Outcome
    until: float


class Asking:
    """One for each process, of any number of tasks. `manners` by department; one that is not there is asked once."""

    def __init__(self, manners: Mapping[str, Manners], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._manners, self._monotonic = manners, monotonic
        self._in_flight: dict[tuple[object, ...], _InFlight] = {}
        self._kept: OrderedDict[tuple[object, ...], _Kept] = OrderedDict()

    async def put(self, answer: Answer, question: Question) -> Put:
        """Never raises for what a department, or a bug in its adapter, did."""
        kept = self._from_kept(question)
        if kept is not None:
            return self._told(question, kept)
        key = _joined_by(question)
        while (
            other := self._in_flight.get(key)
        ) is not None and other.question.query.resource == question.query.resource:
            outcome = await asyncio.shield(other.end)
            if outcome is not None:
                return self._told(question, Put(outcome, 0, f"joined:{other.question.seq}"))
        return await self._first(answer, question, key)

    async def put_again(self, answer: Answer, query: Query) -> Outcome:
        """For an answer that was promised: joined with nobody's, kept for nobody. Never raises, as `put`."""
        return (await self._asked(answer, query)).outcome

    async def _first(self, answer: Answer, question: Question, key: tuple[object, ...]) -> Put:
        mine = _InFlight(question, asyncio.get_running_loop().create_future())
        self._in_flight[key] = mine
        outcome: Outcome | None = None
        try:
            asked = await self._asked(answer, question.query)
            outcome = asked.outcome
        finally:
            if self._in_flight.get(key) is mine:
                del self._in_flight[key]
            mine.end.set_result(outcome)
        self._keep(question, outcome)
        metrics.question_tries(question.query.resource.department, asked.attempts)
        return Put(outcome, asked.attempts)

    async def _asked(self, answer: Answer, query: Query) -> Asked:
        attempts = 0

        async def put(seconds_left: float) -> Outcome:
            nonlocal attempts
            attempts += 1
            return await answer(query if attempts == 1 else replace(query, timeout_seconds=seconds_left))

        manners = self._manners.get(query.resource.department) or ONCE
        try:
            async with asyncio.timeout(query.timeout_seconds + PATIENCE_SECONDS):
                return await manners.asked(put, query.timeout_seconds, again=query.resource.repeatable)
        except TimeoutError:
            return Asked(Unavailable(Why.TIMEOUT), attempts)
        except Exception as e:
            # The message and the frames' values may hold a person's facts: only the place of the fault is told.
            program_log.error("adapter_fault", resource=query.resource.code, request=query.request_id, fault=_place(e))
            return Asked(Unusable("", "", "adapter_fault"), attempts)

    def _told(self, question: Question, put: Put) -> Put:
        metrics.question_shared(question.query.resource.department, put.shared.partition(":")[0])
        return put

    # --- answers that the catalog lets us keep --------------------------------------------------------------------------

    def _from_kept(self, question: Question) -> Put | None:
        resource = question.query.resource
        if not resource.keep_seconds:
            return None
        key = _asked_by(question.query)
        kept = self._kept.get(key)
        if kept is None or kept.until <= self._monotonic() or kept.question.query.resource != resource:
            self._kept.pop(key, None)
            return None
        return Put(kept.outcome, 0, f"kept:{kept.question.seq}")

    def _keep(self, question: Question, outcome: Outcome) -> None:
        """In this process's memory alone, never longer than the catalog says, and never a refusal or an outage."""
        seconds = question.query.resource.keep_seconds
        if not seconds or not isinstance(outcome, Found | NotFound):
            return
        if isinstance(outcome, Found) and outcome.as_of is None:
            outcome = replace(outcome, as_of=question.asked_at)  # whoever gets it later must see how old it is
        now = self._monotonic()
        while self._kept and (len(self._kept) >= MOST_KEPT or next(iter(self._kept.values())).until <= now):
            self._kept.popitem(last=False)
        self._kept[_asked_by(question.query)] = _Kept(question, outcome, now + seconds)


ONCE = Manners(tries=1)


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end even if the caller is cancelled meanwhile; the cancellation goes on afterwards."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.cancelled():
            await asyncio.wait({task})
        raise


def _asked_by(query: Query) -> tuple[object, ...]:
    """Equal for questions whose answers are equal, whoever asks and why."""
    return query.resource.code, tuple(sorted(query.subject.items())), query.fields, query.choice


def _joined_by(question: Question) -> tuple[object, ...]:
    """Equal only within one case, item, purpose and grant, of one organisation, in one event loop."""
    query = question.query
    grounds = (query.case_no, query.item, query.purpose, question.grant, question.clause, query.requester)
    return (id(asyncio.get_running_loop()), *grounds, *_asked_by(query))


def _place(fault: Exception) -> str:
    """Kind and place of a fault, without its message."""
    frame = fault.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_filename.rpartition('/')[2]}:{frame.tb_lineno}" if frame else "?"
    return f"{type(fault).__name__} at {where}"
