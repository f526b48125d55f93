"""An answer that a department's system promised: when it is asked for again, until it comes or its time is over. It asks nobody itself.

A person's later answer comes by itself, through the inbox; such a question is not looked after here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from adapters.contract import DEFERRED, Outcome, Pending, Unavailable
from hub.prefill.rows import QueryRow
from hub.store.database import Session
from hub.store.work import Task, put

ASK_AGAIN = "ask-again"
"""Kind of the work that asks again; its key is `ask-again:<query id>:<try>:<how often>`."""
FIRST = timedelta(seconds=15)
LONGEST = timedelta(minutes=10)


def promised(outcome: Outcome) -> bool:
    """Whether a system, and no person, is to answer later."""
    return isinstance(outcome, Pending) and outcome.ticket.startswith(DEFERRED)


def still_open(outcome: Outcome) -> bool:
    """Whether what came on asking again leaves the promise standing: not yet, or nobody to be reached just now."""
    return isinstance(outcome, Pending | Unavailable)


def ask_again(session: Session, query: QueryRow, times: int, now: datetime) -> None:
    """Queue the next time, the later the oftener it was asked. It is over at the promised time, which the handler looks at."""
    args = {"query": query.id, "case": query.case_id, "try": str(query.tries), "times": str(times)}
    after = min(FIRST * 2**times, LONGEST)
    put(session, Task(ASK_AGAIN, f"{ASK_AGAIN}:{query.id}:{query.tries}:{times}", args, after=after), now)
