"""Reading a case out of its rows into the plain value that steps take. It changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select
from sqlalchemy import case as either

from hub.cases.deadlines import Segment
from hub.cases.plain import PlainCase, PlainItem, PlainParty
from hub.cases.states import CaseState, ItemState
from hub.errors import NotThere
from hub.prefill import feed
from hub.store.database import Session, by_value
from hub.store.tables import case_events, cases, certificates, clock_segments, item_cases, parties


def load(session: Session, case_id: str, region: str, *, lock: bool = False) -> PlainCase:
    """The case, or NotThere when it does not exist in this region. `lock` keeps other steps of the case out until commit."""
    row = session.execute(_CASE_LOCKED if lock else _CASE, {"id": case_id, "region": region}).first()
    if row is None:
        raise _not_there()
    if lock:
        feed.is_locked(session, case_id)
    return _plain([row], session)[0]


def load_all(session: Session, case_ids: Sequence[str], region: str) -> list[PlainCase]:
    """These cases in this order, in as many statements as one takes. One that is not of this region is left out."""
    wanted = select(cases).where(cases.c.id.in_(case_ids), by_value(cases.c.region) == region)
    rows = session.execute(wanted).all()
    found = {case.id: case for case in _plain(rows, session)}
    return [found[case_id] for case_id in case_ids if case_id in found]


def state_of(session: Session, case_id: str, region: str, *, lock: bool = False) -> CaseState:
    """Where the case stands. Raises NotThere when it does not exist in this region. `lock` as for `load`."""
    found = session.execute(_STATE_LOCKED if lock else _STATE, {"id": case_id, "region": region}).scalar()
    if found is None:
        raise _not_there()
    if lock:
        feed.is_locked(session, case_id)
    return CaseState(found)


def id_of_number(session: Session, case_no: str, region: str) -> str:
    """The id behind a case number. Raises NotThere."""
    found = session.execute(select(cases.c.id).where(cases.c.case_no == case_no, cases.c.region == region)).scalar()
    if found is None:
        raise NotThere("There is no case with this number in this region.", code="CASE_NOT_THERE")
    return str(found)


def id_of_item_number(session: Session, item_no: str, region: str, department: str = "") -> str:
    """The id of the case that holds this item case; a department only finds its own. Raises NotThere."""
    query = select(item_cases.c.case_id).where(item_cases.c.item_no == item_no, item_cases.c.region == region)
    if department:
        query = query.where(item_cases.c.department == department)
    found = session.execute(query).scalar()
    if found is None:
        raise NotThere(
            "There is no such item case for this organisation; use the number given in the hand-over.",
            code="ITEM_NOT_THERE",
        )
    return str(found)


def _not_there() -> NotThere:
    return NotThere("There is no such case in this region; check the number.", code="CASE_NOT_THERE")


def _plain(rows: Sequence[Row[Any]], session: Session) -> list[PlainCase]:
    ids = [row.id for row in rows]
    events = _events(session, ids)
    items, people = _items(session, ids, events), _parties(session, ids)
    return [
        PlainCase(
            id=row.id,
            case_no=row.case_no,
            region=row.region,
            matter=row.matter,
            catalog_digest=row.catalog_digest,
            state=CaseState(row.state),
            handler=row.handler,
            situation=dict(row.situation),
            chosen=tuple(row.chosen),
            delivery=dict(row.delivery),
            created_at=row.created_at,
            channel=row.channel,
            applicant=row.applicant or "",
            filing_id=row.filing_id or "",
            received_at=row.received_at,
            closed_at=row.closed_at,
            version=row.version,
            items=tuple(items.get(row.id, ())),
            parties=tuple(people.get(row.id, ())),
            events=sum(count for _, count, _ in events.get(row.id, ())),
        )
        for row in rows
    ]


Counts = Mapping[str, Sequence[tuple[str, int, int]]]
"""Case → (number of the item case, its events, how often it came back from a correction), with "" for what is about the whole case."""


def _events(session: Session, ids: Sequence[str]) -> Counts:
    found: dict[str, list[tuple[str, int, int]]] = {}
    for row in _of(session, _EVENTS, ids):
        found.setdefault(row.case_id, []).append((row.item_no, int(row.events), int(row.resubmitted)))
    return found


def _items(session: Session, ids: Sequence[str], events: Counts) -> dict[str, list[PlainItem]]:
    segments = _segments(session, ids)
    resubmitted = {item_no: often for counted in events.values() for item_no, _, often in counted}
    found: dict[str, list[PlainItem]] = {}
    for row in _of(session, _ITEMS, ids):
        found.setdefault(row.case_id, []).append(
            PlainItem(
                id=row.id,
                item=row.item,
                item_no=row.item_no,
                department=row.department,
                state=ItemState(row.state),
                department_no=row.department_no,
                pushed_at=row.pushed_at,
                accepted_at=row.accepted_at,
                decided_at=row.decided_at,
                decision_no=row.decision_no,
                segments=tuple(segments.get(row.id, [])),
                certificate=row.identifier or row.imported or "",
                certificate_signed=row.certificate_state == "signed" or bool(row.imported),
                answer=row.answer,
                attempt=1 + resubmitted.get(row.item_no, 0),  # its next hand-over needs a key of its own
            )
        )
    return found


def _segments(session: Session, ids: Sequence[str]) -> dict[str, list[Segment]]:
    found: dict[str, list[Segment]] = {}
    for r in _of(session, _SEGMENTS, ids):
        found.setdefault(r.item_case_id, []).append(
            Segment(r.no, r.running, r.cause, r.basis, r.started_at, r.ended_at)
        )
    return found


def _parties(session: Session, ids: Sequence[str]) -> dict[str, list[PlainParty]]:
    found: dict[str, list[PlainParty]] = {}
    for r in _of(session, _PARTIES, ids):
        party = PlainParty(r.role, r.kind, r.subject_id, r.proof, r.proven_at, r.reached_by or "")
        found.setdefault(r.case_id, []).append(party)
    return found


# --- statements, made once: a case is read at every step ------------------------------------------------------------------


def _made(column: ColumnElement[str], statement: Select[Any]) -> tuple[Select[Any], Select[Any]]:
    """The statement for one case, and for several."""
    one, many = column == bindparam("id"), column.in_(bindparam("ids", expanding=True))
    return statement.where(one), statement.where(many)


def _of(session: Session, made: tuple[Select[Any], Select[Any]], ids: Sequence[str]) -> Sequence[Row[Any]]:
    one, many = made
    return (session.execute(one, {"id": ids[0]}) if len(ids) == 1 else session.execute(many, {"ids": list(ids)})).all()


_RESUBMITTED = func.sum(either((case_events.c.kind == "resubmitted", 1), else_=0)).label("resubmitted")
_EVENTS = _made(
    case_events.c.case_id,
    select(case_events.c.case_id, case_events.c.item_no, func.count().label("events"), _RESUBMITTED).group_by(
        case_events.c.case_id, case_events.c.item_no
    ),
)
_imported = certificates.alias()
_ITEMS = _made(
    item_cases.c.case_id,
    select(
        item_cases,
        certificates.c.identifier,
        certificates.c.state.label("certificate_state"),
        _imported.c.identifier.label("imported"),
    )
    .outerjoin(certificates, certificates.c.item_case_id == item_cases.c.id)
    .outerjoin(_imported, _imported.c.id == item_cases.c.imported_id)
    .order_by(item_cases.c.item_no),
)
_SEGMENTS = _made(
    item_cases.c.case_id,
    select(clock_segments)
    .join(item_cases, item_cases.c.id == clock_segments.c.item_case_id)
    .order_by(clock_segments.c.item_case_id, clock_segments.c.no),
)
_PARTIES = _made(parties.c.case_id, select(parties).order_by(parties.c.role))
_CASE = select(cases).where(cases.c.id == bindparam("id"), cases.c.region == bindparam("region"))
_CASE_LOCKED = _CASE.with_for_update()
_STATE = select(cases.c.state).where(cases.c.id == bindparam("id"), cases.c.region == bindparam("region"))
_STATE_LOCKED = _STATE.with_for_update()
