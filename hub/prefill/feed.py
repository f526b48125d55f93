"""What changed in a case, numbered without gaps: a page reads on after the last number it saw. It carries no value, only references.

Kinds: `value` (form key), `query` (query id), `material` (code), `party` (role), `case` (state) and what other parts add.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, func, insert, select

from hub.errors import NotThere
from hub.store.database import Session, remembered
from hub.store.tables import case_feed, cases


@dataclass(frozen=True)
class FeedRow:
    """One change. `no` counts 1, 2, 3 … within the case and is the event id of the live page."""

    no: int
    kind: str
    reference: str
    at: datetime


def since(session: Session, case_id: str, after_no: int = 0, limit: int = 200) -> list[FeedRow]:
    """The changes after `after_no`, oldest first."""
    rows = session.execute(_SINCE, {"id": case_id, "after": after_no, "most": limit})
    return [FeedRow(*row) for row in rows]


def last(session: Session, case_id: str) -> int:
    """The number of the last change; 0 where nothing happened yet."""
    return int(session.execute(_LAST, {"id": case_id}).scalar() or 0)


def add(session: Session, case_id: str, kind: str, reference: str, now: datetime) -> None:
    """Note a change in the caller's transaction. Raises NotThere for an unknown case."""
    add_all(session, case_id, kind, (reference,), now)


def add_all(session: Session, case_id: str, kind: str, references: Sequence[str], now: datetime) -> None:
    """Note changes of one kind, in this order."""
    if not references:
        return
    lock_case(session, case_id)
    here, key = remembered(session), ("feed", case_id)
    first = 1 + (here[key] if key in here else last(session, case_id))
    changes = [{"no": no, "reference": reference} for no, reference in enumerate(references, first)]
    session.execute(_INSERT, [{"case_id": case_id, "kind": kind, "at": now, **one} for one in changes])
    here[key] = first + len(changes) - 1


def lock_case(session: Session, case_id: str) -> None:
    """One writer of a case at a time until the transaction ends (SQLite has one writer anyway). Raises NotThere."""
    if ("locked", case_id) in remembered(session):
        return
    if session.execute(_LOCKED, {"id": case_id}).first() is None:
        raise NotThere("No such case; reload the list.", code="CASE_UNKNOWN")
    is_locked(session, case_id)


def is_locked(session: Session, case_id: str) -> None:
    """For whoever locked the case in a statement of its own: until the session ends it is not locked again."""
    remembered(session)["locked", case_id] = True


_LOCKED = select(cases.c.id).where(cases.c.id == bindparam("id")).with_for_update()
_LAST = select(func.max(case_feed.c.no)).where(case_feed.c.case_id == bindparam("id"))
_MOST: BindParameter[int] = bindparam("most")
_SINCE = (
    select(case_feed.c.no, case_feed.c.kind, case_feed.c.reference, case_feed.c.at)
    .where(case_feed.c.case_id == bindparam("id"), case_feed.c.no > bindparam("after"))
    .order_by(case_feed.c.no)
    .limit(_MOST)
)
_INSERT = insert(case_feed)
