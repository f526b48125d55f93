"""What falls to a person's hand while a department's wire is down: when, how it is marked, and when the wire is tried again. It asks nobody.

A question that fell to hand is a question of its own, with its intent and outcome; the mark says for which reason the wire did not answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from adapters.contract import DEFERRED
from catalog.fallback import Fallback
from catalog.types import ItemKind
from hub.prefill.caseform import CaseForm
from hub.prefill.rows import PENDING, QueryRow
from hub.prefill.values import BY_HAND
from hub.store.database import Session
from hub.store.tables import inbox_entries, queries
from hub.store.work import Task

Rules = Mapping[str, Fallback]
"""Department → what it does by hand, by its manifest of today: a case goes on with its own catalog, an outage is now."""

MARK = BY_HAND
"""Begins the reason of a question that waits for a person in the wire's stead; the wire's reason follows."""
TO_HAND = "to-hand"
ASK_WIRE = "ask-wire"
"""Kind of the work that asks the wire for what waits at hand; its key is `ask-wire:<query id>:<try>:<how often>`."""
CLOSE_BY_HAND = "close-by-hand"
BY_THE_WIRE = "wire"
"""Who put a question away that the wire, back again, answered first."""
DOWN_OF = timedelta(days=3)
MOST_CALLS = 300
FIRST_TRY, LONGEST = timedelta(minutes=1), timedelta(minutes=30)


def falls(session: Session, rules: Rules, case: CaseForm, query: QueryRow, reason: str, now: datetime) -> bool:
    """Whether the question, which the wire just ended for this reason, is put to a person now."""
    department = query.resource.partition(".")[0]
    rule = rules.get(department)
    if rule is None or not rule.answers(query.resource, reason) or _wants_a_document(case, query):
        return False
    return now - (down_since(session, department) or now) >= rule.questions_after


def _wants_a_document(case: CaseForm, query: QueryRow) -> bool:
    """A print-out is the department's own signed file: nobody can type it."""
    items = case.items.values()
    return any(item.kind is ItemKind.PRINT_OUT and item.result.resource == query.resource for item in items)


def down_since(session: Session, department: str) -> datetime | None:
    """From when on its wire has answered nothing, by what all nodes asked; None where it answered last, or nothing was asked."""
    c = queries.c
    newest = (
        select(c.outcome, c.reason, c.answered_at, c.detail)
        .where(c.resource.startswith(f"{department}.", autoescape=True), c.outcome != "", c.answered_at.is_not(None))
        .order_by(c.answered_at.desc(), c.id.desc())
        .limit(MOST_CALLS)
    )
    since: datetime | None = None
    for row in session.execute(newest):
        detail: Mapping[str, Any] = row.detail or {}
        if detail.get("way"):
            continue  # the hub's own registry answered: that says nothing of the wire
        if row.outcome == "unavailable" or row.reason.startswith(MARK):
            began = datetime.fromisoformat(detail["down_since"]) if detail.get("down_since") else row.answered_at
            since = min(began, since or began)
        elif row.outcome != "denied" and not detail.get("by_hand"):
            break
    return since


def marked(why: str, rule: Fallback | None, trust: str, since: datetime | None) -> dict[str, str]:
    """What a query's detail says of the door by which its answer comes."""
    grade = (rule or Fallback()).grade(trust)
    return {"by_hand": why, "trust": grade, "down_since": since.isoformat() if since else ""}


def waits_by_hand(query: QueryRow) -> bool:
    return query.state == PENDING and query.reason.startswith(MARK)


def try_again_at(query: QueryRow) -> datetime | None:
    """When the wire may be asked for it again: the longer the oftener it was in vain."""
    times, at = int(query.detail.get("wire_tries", 0)), query.detail.get("wire_at")
    last = datetime.fromisoformat(at) if at else query.asked_at
    return last + min(FIRST_TRY * 2**times, LONGEST) if last else None


def ask_wire(query: QueryRow) -> Task:
    times = int(query.detail.get("wire_tries", 0))
    args = {"query": query.id, "case": query.case_id, "try": str(query.tries)}
    return Task(ASK_WIRE, f"{ASK_WIRE}:{query.id}:{query.tries}:{times}", args)


def to_hand(query: QueryRow) -> Task:
    args = {"query": query.id, "case": query.case_id, "try": str(query.tries)}
    return Task(TO_HAND, f"{TO_HAND}:{query.id}:{query.tries}", args)


def close_by_hand(query: QueryRow) -> Task:
    """The person's open place in the log is closed, since the wire answered. `args` hold numbers alone."""
    assert query.asked_at is not None
    args = {
        "query": query.id,
        "request": query.request_id,
        "intent": str(query.intent_seq),
        "pending": str(query.outcome_seq),
        "asked_at": query.asked_at.isoformat(),
    }
    return Task(CLOSE_BY_HAND, f"{CLOSE_BY_HAND}:{query.request_id}", args)


def put_away(session: Session, query: QueryRow, now: datetime) -> None:
    """Nobody need answer at the inbox any more what has been answered."""
    ticket = str(session.execute(select(queries.c.ticket).where(queries.c.id == query.id)).scalar() or "")
    if not ticket or ticket.startswith(DEFERRED):
        return
    c = inbox_entries.c
    about = (c.number == ticket, c.department == query.resource.partition(".")[0], c.kind == "question")
    session.execute(
        update(inbox_entries).where(*about, c.state == "open").values(state="done", done_at=now, done_by=BY_THE_WIRE)
    )
