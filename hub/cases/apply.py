"""The one function that carries a step out, in the caller's one transaction. It decides nothing.

A case's rows change together or not at all: states, events, clocks, notices, work. What must be told outside becomes work here and is
sent later (outbox).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, update

from catalog.types import Site
from hub.cases import issuance, reporting
from hub.cases import notices as paper
from hub.cases.load import load
from hub.cases.plain import PlainCase
from hub.cases.states import CASE_MOVES, ITEM_MOVES, CaseState, ItemState, open_moves
from hub.cases.step import ClockMove, Draft, Event, Move, Step
from hub.clock import new_id
from hub.errors import NotNow
from hub.prefill import feed
from hub.store import work
from hub.store.database import Session
from hub.store.tables import case_events, cases, clock_segments, item_cases, notices

CASE_STAMPS = {"receive": "received_at", "close": "closed_at", "archive": "archived_at"}
ITEM_STAMPS = {
    "push": "pushed_at",
    "accept": "accepted_at",
    "take": "accepted_at",
    "approve": "decided_at",
    "deny": "decided_at",
    "complete": "decided_at",
    "answer": "decided_at",
    "obtain": "decided_at",
    "refuse": "decided_at",
    "deliver": "delivered_at",
}


def apply(session: Session, case: PlainCase, site: Site, step: Step, actor: str, now: datetime) -> PlainCase:
    """Carry out `step` on `case` as `actor`; gives the case as it is then.

    Raises NotNow when the table of moves forbids a move, or when the case changed since it was loaded.
    """
    case_state, item_states = _moved(case, step.moves)
    _write_case(session, case, case_state, step.moves, now)
    _write_items(session, case, item_states, step, now)
    opened: Counter[str] = Counter()
    for tick in step.clock:
        _write_clock(session, case, tick, opened, now)
    for code in step.reserve:
        issuance.reserve(session, case, case.item(code), site.items[code], site, now)
    for offset, event in enumerate(step.events, start=1):
        _write_event(session, case, event, case.events + offset, actor, now)
    for draft in step.notices:
        _write_notice(session, case, site, draft, actor, now)
    for task in step.work:
        work.put(session, task, now)
    feed.add(session, case.id, "case", case_state.value, now)
    return load(session, case.id, case.region)


def _moved(case: PlainCase, moves: Iterable[Move]) -> tuple[CaseState, dict[str, ItemState]]:
    state = case.state
    items = {i.item: i.state for i in case.items}
    for move in moves:
        if move.item:
            items[move.item] = _next_item(items[case.item(move.item).item], move.action)
        else:
            if (state, move.action) not in CASE_MOVES:
                raise _forbidden(state, move.action)
            state = CASE_MOVES[state, move.action]
    return state, items


def _next_item(state: ItemState, action: str) -> ItemState:
    if (state, action) not in ITEM_MOVES:
        raise _forbidden(state, action)
    return ITEM_MOVES[state, action]


def _forbidden(state: CaseState | ItemState, action: str) -> NotNow:
    allowed = ", ".join(open_moves(state)) or "nothing"
    return NotNow(
        f"“{action}” is not possible in state “{state.value}”; possible now: {allowed}.", code="MOVE_NOT_ALLOWED"
    )


def _write_case(session: Session, case: PlainCase, state: CaseState, moves: tuple[Move, ...], now: datetime) -> None:
    stamps = {CASE_STAMPS[m.action]: now for m in moves if not m.item and m.action in CASE_STAMPS}
    changed = session.execute(
        update(cases)
        .where(cases.c.id == case.id, cases.c.version == case.version)
        .values(state=state.value, version=case.version + 1, **stamps)
    )
    if changed.rowcount != 1:
        raise NotNow("The case was changed by somebody else meanwhile; reload it and try again.", code="CASE_CHANGED")


def _write_items(session: Session, case: PlainCase, states: dict[str, ItemState], step: Step, now: datetime) -> None:
    values: dict[str, dict[str, object]] = {}
    for item in case.items:
        if states[item.item] != item.state:
            values.setdefault(item.item, {})["state"] = states[item.item].value
    for move in step.moves:
        if (
            move.item
            and move.action in ITEM_STAMPS
            and not (ITEM_STAMPS[move.action] == "accepted_at" and case.item(move.item).accepted_at)
        ):
            values.setdefault(move.item, {})[ITEM_STAMPS[move.action]] = now
    for facts in step.facts:
        values.setdefault(facts.item, {}).update(facts.values)
    for code, columns in values.items():
        session.execute(update(item_cases).where(item_cases.c.id == case.item(code).id).values(**columns))


def _write_clock(session: Session, case: PlainCase, tick: ClockMove, opened: Counter[str], now: datetime) -> None:
    """Ends the segment that is open and, unless the clock stops, begins the next."""
    item = case.item(tick.item)
    table = clock_segments
    session.execute(
        update(table).where(table.c.item_case_id == item.id, table.c.ended_at.is_(None)).values(ended_at=now)
    )
    if tick.action == "stop":
        return
    opened[item.id] += 1
    session.execute(
        insert(table).values(
            item_case_id=item.id,
            no=len(item.segments) + opened[item.id],
            running=tick.action in ("start", "resume"),
            cause=tick.cause,
            basis=tick.basis,
            started_at=tick.at or now,
        )
    )


def _write_event(session: Session, case: PlainCase, event: Event, no: int, actor: str, now: datetime) -> None:
    item_no = case.item(event.item).item_no if event.item else ""
    session.execute(
        insert(case_events).values(
            case_id=case.id,
            no=no,
            at=now,
            kind=event.kind,
            item_no=item_no,
            actor=actor,
            facts=dict(event.facts),
            note=event.note or None,
        )
    )
    for task in reporting.tasks(case, event, no):
        work.put(session, task, now)


def _write_notice(session: Session, case: PlainCase, site: Site, draft: Draft, actor: str, now: datetime) -> None:
    item_no = case.item(draft.item).item_no if draft.item else ""
    number = paper.number(session, case.region, draft.kind, now)
    frozen = paper.freeze(
        site, draft.kind, {**draft.facts, "notice_no": number, "case_no": case.case_no, "item_no": item_no}, now
    )
    session.execute(
        insert(notices).values(
            id=new_id(now),
            case_id=case.id,
            region=case.region,
            item_no=item_no,
            kind=draft.kind,
            number=number,
            facts=dict(frozen.facts),
            body=frozen.body,
            body_sha256=frozen.sha256,
            catalog_digest=case.catalog_digest,
            issued_at=now,
            issued_by=actor,
            prints=0,
        )
    )
