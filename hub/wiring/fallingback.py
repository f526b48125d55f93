"""The tick around departments whose wire is down: what waited long enough goes to a person, what waits there is asked of the wire again.

It only puts work; `hub.prefill.takeback` does it. One waiting question is the probe; once the wire has answered, all others follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from adapters.connect import Connected
from catalog.fallback import Fallback
from catalog.types import Kind, Site
from hub.jobs import Commit
from hub.prefill import byhand, rows
from hub.prefill.byhand import MARK
from hub.prefill.caseform import INTAKE, UNDER_WAY
from hub.prefill.rows import ANSWERED, PENDING, QueryRow
from hub.store import work
from hub.store.database import Session
from hub.store.tables import cases, inbox_entries, queries
from hub.store.work import Claimed
from hub.wiring.switchboard import PartOf

TAKEN_FOR = timedelta(minutes=30)
"""Who opened a question is at it for this long: the wire is not asked for it meanwhile."""
MOST = 200
"""Questions of one department at a time; the next tick sees to the others."""


def fallbacks_of(adapters: Mapping[str, Connected]) -> Mapping[str, Fallback]:
    """Department → what it does by hand, of those that do."""
    return PartOf(adapters, lambda one: one.by_hand.rule if one.by_hand else None)


@dataclass(frozen=True)
class FallingBack:
    rules: Mapping[str, Fallback]
    region: str

    async def look(self, task: Claimed) -> Commit | None:
        if not any(rule.questions_after_minutes is not None for rule in self.rules.values()):
            return None

        def commit(session: Session, now: datetime) -> None:
            for code, rule in self.rules.items():
                for query in self._to_hand(session, code, rule, now):
                    work.put(session, byhand.to_hand(query), now)
                for query in self._to_wire(session, code, now):
                    work.put(session, byhand.ask_wire(query), now)

        return commit

    def _to_hand(self, session: Session, code: str, rule: Fallback, now: datetime) -> list[QueryRow]:
        since = byhand.down_since(session, code)
        if since is None or now - since < rule.questions_after:
            return []
        c = queries.c
        own = c.resource.startswith(f"{code}.", autoescape=True)
        chosen = _going_on(self.region).where(
            own, c.answered_at >= since, c.state == ANSWERED, c.outcome == "unavailable", c.settled_by == ""
        )
        found = rows.queries_in(session, chosen)
        return [query for query in found if rule.answers(query.resource, query.reason)]

    def _to_wire(self, session: Session, code: str, now: datetime) -> list[QueryRow]:
        waiting = [q for q in self._waiting(session, code, now) if q.reason.startswith(MARK)]
        if not waiting:
            return []
        due = [q for q in waiting if (at := byhand.try_again_at(q)) is not None and at <= now]
        if byhand.down_since(session, code) is not None:
            return due[:1]
        return [q for q in waiting if q in due or not q.detail.get("wire_tries")]

    def _waiting(self, session: Session, code: str, now: datetime) -> list[QueryRow]:
        """What waits at the department's inbox, oldest first, without what a person has opened lately."""
        e, c = inbox_entries.c, queries.c
        open_ones = select(e.number, e.body).where(
            e.region == self.region, e.department == code, e.kind == "question", e.state == "open"
        )
        numbers = [row.number for row in session.execute(open_ones.limit(MOST)) if not is_taken(row.body, now)]
        own = c.resource.startswith(f"{code}.", autoescape=True)
        free = (c.ticket.in_(numbers), own, c.state == PENDING, c.later.is_(None), c.settled_by == "")
        return rows.queries_in(session, _going_on(self.region).where(*free)) if numbers else []


def _going_on(region: str) -> Select[Any]:
    """Questions of cases that still go on, oldest first."""
    c = queries.c
    going_on = cases.c.state.in_(sorted(INTAKE | UNDER_WAY))
    chosen = select(queries).join(cases, cases.c.id == c.case_id).where(c.region == region, going_on)
    return chosen.order_by(c.answered_at, c.id).limit(MOST)


def is_taken(body: Mapping[str, object], now: datetime) -> bool:
    """Whether somebody is at the entry."""
    at = body.get("taken_at")
    return bool(at) and now - datetime.fromisoformat(str(at)) < TAKEN_FOR


# --- how much waits -----------------------------------------------------------------------------------------------------


def is_by_hand(site: Site, department: str, kind: str, about: str) -> bool:
    """Whether an inbox entry stands in for the department's wire: what its manifest gives the inbox anyway does not."""
    known = site.departments.get(department)
    if known is None or known.kind is Kind.INBOX:
        return False
    if kind == "question":
        return about in site.resources and not site.resources[about].way
    return kind == "handover" and not known.takes_at_inbox(about)


def waiting_by_hand(session: Session, site: Site, department: str) -> tuple[int, int]:
    """How many questions and item cases wait for a person in the wire's stead."""
    e = inbox_entries.c
    open_ones = (e.region == site.region, e.department == department, e.state == "open")
    counted = select(e.kind, e.about, func.count().label("n")).where(*open_ones).group_by(e.kind, e.about)
    found = {"question": 0, "handover": 0}
    for row in session.execute(counted):
        if is_by_hand(site, department, row.kind, row.about):
            found[row.kind] += row.n
    return found["question"], found["handover"]


def is_with_hand(session: Session, site: Site, department: str, item: str, item_no: str) -> bool:
    """Whether persons of the department were given this item case in the wire's stead: it then stays with them."""
    if not is_by_hand(site, department, "handover", item):
        return False
    e = inbox_entries.c
    given = (e.region == site.region, e.department == department, e.kind == "handover", e.item_no == item_no)
    return session.execute(select(e.id).where(*given).limit(1)).first() is not None
