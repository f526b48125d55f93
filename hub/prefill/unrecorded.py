"""Questions whose log goes on no more: what waits for a person can never be recorded there. It asks nobody again; the clerk does."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from adapters.contract import RESULT_WORDS, Unavailable, Why
from hub.prefill import feed, rows
from hub.store.database import Session
from hub.store.tables import queries


def lose_pending(session: Session, now: datetime) -> int:
    """End every question that waits for a person as unavailable (lost), so that no answer of his is recorded under another's number.

    Gives how many. Such an answer is then refused (TICKET_UNKNOWN), and each case offers to ask again.
    """
    waiting = select(queries.c.id, queries.c.case_id).where(queries.c.state == rows.PENDING).order_by(queries.c.case_id)
    found = session.execute(waiting).all()
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
    return len(found)
