"""The work around a question at hand: given to a person after a while, asked of the wire again once it may be back. It decides no value.

The first durable answer wins. Each question to the wire is one more intent with its outcome; what comes too late is in the log and nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select

from adapters.contract import Ambiguous, Found, NotFound, Unavailable, Why
from hub.exchange import Answered, Later
from hub.prefill import byhand, feed, rounds, rows
from hub.prefill.detail import Kept
from hub.prefill.driver import Prefill
from hub.prefill.rows import ANSWERED, PENDING, QueryRow
from hub.store.database import Session
from hub.store.tables import queries
from hub.store.work import Claimed, put

program_log = structlog.get_logger(__name__)

Commit = Callable[[Session, datetime], None]

ANSWERS = Found | NotFound | Ambiguous
"""What ends the wait for a person. A refusal, an outage or a spoilt answer of a system that is coming up does not."""


@dataclass(frozen=True)
class TakingBack:
    prefill: Prefill

    async def to_hand(self, task: Claimed) -> Commit:
        """Put a question that the wire left unanswered to a person, if the case still asks it and nobody has settled it."""

        def write(session: Session, now: datetime) -> None:
            query = _current(session, task, ANSWERED)
            if query is None or query.settled or query.outcome != "unavailable":
                return
            if self.prefill.ask_of(session, query) is not None:
                rounds.requeue(session, self.prefill.desk(session, query.case_id, "", now), query, by_hand=query.reason)

        return write

    async def ask_wire(self, task: Claimed) -> Commit:
        """Ask the wire for what waits at hand. Where it answers, the person need not; else the question stays with the person."""
        ask = await asyncio.to_thread(self.prefill.question, task, PENDING)
        if ask is None:
            return _nothing
        answered = await self.prefill.exchange.ask(ask)
        if not isinstance(answered.outcome, ANSWERS):
            return self._in_vain(task)
        kept = await asyncio.to_thread(self.prefill.keep, answered.outcome)
        return self._taken_back(task, answered, kept)

    def _taken_back(self, task: Claimed, answered: Answered, kept: Kept) -> Commit:
        def write(session: Session, now: datetime) -> None:
            query = _current(session, task, PENDING)
            if query is None or _is_answered(session, query) or query.settled:
                # A person was quicker, or it is not asked any more. The log has what the wire said; the case does not.
                program_log.info("wire_answered_too_late", intent_seq=answered.intent_seq)
                return
            put(session, byhand.close_by_hand(query), now)
            self.prefill.take(session, query, answered, kept, now)

        return write

    def _in_vain(self, task: Claimed) -> Commit:
        def write(session: Session, now: datetime) -> None:
            query = _current(session, task, PENDING)
            if query is not None:
                again = {"wire_tries": int(query.detail.get("wire_tries", 0)) + 1, "wire_at": now.isoformat()}
                rows.write_query(session, query, now, detail={**query.detail, **again})

        return write

    async def close_by_hand(self, task: Claimed) -> Commit:
        """Close the person's place in the log: nobody answers there any more."""
        a = task.args
        asked_at = datetime.fromisoformat(a["asked_at"])
        numbers = (a["request"], int(a["intent"]), int(a["pending"]), asked_at)
        later = Later(Unavailable(Why.SUPERSEDED), *numbers, fields=())
        await asyncio.to_thread(self.prefill.exchange.complete, later)
        return _nothing


def _current(session: Session, task: Claimed, state: str) -> QueryRow | None:
    """The query if it still stands as when the work was put; its case is locked first, as everywhere."""
    feed.lock_case(session, task.args["case"])
    query = rows.read_query(session, task.args["query"])
    return query if query.state == state and str(query.tries) == task.args["try"] else None


def _is_answered(session: Session, query: QueryRow) -> bool:
    """Whether a person's answer is durable already, though its record is yet to come."""
    return session.execute(select(queries.c.later).where(queries.c.id == query.id)).scalar() is not None


def _nothing(_session: Session, _now: datetime) -> None:
    """Nothing is to be written."""
