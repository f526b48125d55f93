"""Questions that wait for a person whose answer could not be recorded truly any more, after a loss. It asks nobody again; the clerk does."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from adapters.contract import RESULT_WORDS, Unavailable, Why
from hub.prefill import feed, rows
from hub.store.database import Session
from hub.store.tables import queries


def lose_pending(session: Session, now: datetime, answered: Collection[int] | None = None) -> tuple[str, ...]:
    """End questions that wait for a person as unavailable (lost): all, or those whose pending record the log shows as `answered`.

    What such a person says can no more be recorded under that question: it would stand under another's number, or under a record of
    something else. Gives their tickets; an answer to one is refused (TICKET_UNKNOWN), and each case offers to ask again.
    """
    c = queries.c
    waiting = select(c.id, c.case_id, c.ticket, c.outcome_seq).where(c.state == rows.PENDING).order_by(c.case_id)
    found = [row for row in session.execute(waiting) if answered is None or row.outcome_seq in answered]
    for row in found:
        feed.lock_case(session, row.case_id)
        rows.write_query(
            session,
            rows.read_query(session, row.id),
            now,
            state=rows.ANSWERED,
            outcome=RESULT_WORDS[Unavailable],
            reason=Why.LOST,
            ticket="",
            later=None,
            answered_at=now,
        )
    return tuple(row.ticket for row in found)
