"""One round of pre-fill in the caller's transaction: fill the form from all that is known, queue what can be asked next. It asks nobody.

Everything is worked out anew from the rows of the case, so a round may be run at any time, by any node, and again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import insert, select

from catalog.demand import NeededMaterial
from catalog.types import FormField, ItemKind
from hub.clock import local, new_id
from hub.policy import Standing
from hub.prefill import feed, people, rows
from hub.prefill.caseform import CaseForm
from hub.prefill.fill import fill, reached, strayed, waiting_for
from hub.prefill.freed import FREED_MATERIAL, freed
from hub.prefill.plan import Asked, PlannedQuery, Wanted, plan
from hub.prefill.rows import QUEUED, QueryRow
from hub.prefill.standing import Desk, Standings, standing_of
from hub.prefill.values import PROOF, Change, Known, Provenance, Reply, Status, Value, known, subject_of
from hub.store import work
from hub.store.database import Session
from hub.store.sealing import blind_index
from hub.store.tables import queries
from hub.store.work import Task

MOST_PASSES = 12
ISSUED_HERE = "A"
"""The grade that a form and its materials show of a certificate that was issued here, which has none of its own."""
ASK = "ask"
"""Kind of the work that asks one query; its key is `ask:<query id>:<try>`."""

OURS_TO_CHANGE = ("waiting", "missing", "exempt", *FREED_MATERIAL)
"""Material statuses that pre-fill may change; what a clerk took in stays."""

LIFTED = ("deferred", "promised")
"""Statuses that an answer lifts before receipt: what a department supplies need not be promised any more."""


def advance(session: Session, desk: Desk, state: Standings | None = None) -> Standings:
    """Fill what the answers allow, queue what can be asked now, and set materials and reached parties right.

    What came for a subject that the form no longer names is taken back first. Does nothing once the case is received: what departments were given must not change under them.
    `state`: how the case stands, where the caller has just read it in this transaction (whom answers reached is worked out anew). Gives how its form stands after the round.
    """
    feed.lock_case(session, desk.case.case_id)
    start = state or standing_of(session, desk.case)
    if not desk.case.open:
        return start
    if people.drop_disproven(session, desk, start):
        start = standing_of(session, desk.case)
    before, values, replies = dict(start.values), dict(start.values), list(start.replies)
    asked = {query.question: frozenset(query.fields) for query in start.queries}
    queued, standing = False, start.standing
    for _ in range(MOST_PASSES):
        changed = _settle(desk.case, values, replies, start.identifiers)
        planned, standing = _planned(desk.case, values, replies, start, asked)
        for query in planned:
            asked[query.question], queued = frozenset(query.fields), True
            query_id = queue(session, desk, query, _round(query, values, start.queries))
            replies = [one for one in replies if not _is(one, query)] + [
                _open_reply(desk.case, query, query_id, replies)
            ]
        if not changed and not planned:
            break
    changed_values = [value for key, value in values.items() if value != before.get(key)]
    rows.write_values(session, desk.case.case_id, changed_values, desk.now, desk.actor)
    after = standing_of(session, desk.case) if queued else replace(start, values=values, standing=standing)
    _set_materials(session, desk, after)
    people.set_right(session, desk, after)
    return after


def requeue(
    session: Session, desk: Desk, query: QueryRow, after: timedelta = timedelta(), by_hand: str = "", **columns: object
) -> None:
    """Ask a query once more after a while: a new try, and a new intent when its turn comes. `by_hand`: a person, and why not the wire."""
    attempt = query.tries + 1
    rows.write_query(session, query, desk.now, state=QUEUED, tries=attempt, **columns)
    put_work(session, query.id, query.case_id, attempt, desk.now, after, by_hand)


def put_work(
    session: Session,
    query_id: str,
    case_id: str,
    attempt: int,
    now: datetime,
    after: timedelta = timedelta(),
    by_hand: str = "",
) -> None:
    args = {"query": query_id, "case": case_id, "try": str(attempt), **({"by_hand": by_hand} if by_hand else {})}
    work.put(session, Task(ASK, f"{ASK}:{query_id}:{attempt}", args, after=after), now)


def make_rows(session: Session, desk: Desk) -> None:
    """The rows that a case's form and materials need, where they are not there yet: every field and every material once."""
    there = rows.read_values(session, desk.case.case_id)
    given = _given(session, desk)
    made: list[Value] = []
    for field in desk.case.fields:
        value, before = given.get(field.key, Value(field.key)), there.get(field.key)
        if before is None or (value.value and value.value != before.value and _takes_given(before)):
            made.append(value)
    rows.write_values(session, desk.case.case_id, made, desk.now, desk.actor)
    kept = rows.read_materials(session, desk.case.case_id)
    missing = [needed for needed in desk.case.materials if needed.material.code not in kept]
    statuses = {needed.material.code: {"status": _first_status(needed)} for needed in missing}
    rows.write_materials(session, desk.case.case_id, statuses, desk.now)


def _first_status(needed: NeededMaterial) -> str:
    return "upstream" if needed.exemption is not None and needed.exemption.upstream_item else "missing"


def _takes_given(before: Value) -> bool:
    """Nothing there yet, or an answer of the situation that was changed since."""
    return not before.value or (before.source is not None and before.source.reason == "situation")


def _given(session: Session, desk: Desk) -> dict[str, Value]:
    """What is known without asking: who the proven parties are, and the answers of the situation (nothing is asked twice)."""
    there = rows.read_people(session, desk.case.case_id)
    proven = tuple(one.party for one in there)
    proofs, names = {one.role: one.proof for one in there}, {one.role: one.name for one in there}
    found: dict[str, Value] = {}
    for key, identifier in rows.identifiers(desk.case, proven).items():
        at = key.rpartition(".")[0]
        source = Provenance(
            "B", verified=True, by=desk.actor, reason=f"{PROOF}{proofs.get(at, '')}", fetched_at=desk.now
        )
        found[key] = Value(key, identifier, Status.CONFIRMED, source)
        if names.get(at):
            found[f"{at}.name"] = Value(f"{at}.name", names[at], Status.CONFIRMED, source)
    for field in desk.case.fields:
        answer = desk.case.answers.get(field.answer_of, "") if field.answer_of else ""
        if answer:
            source = Provenance("D", by=desk.actor, reason="situation", fetched_at=desk.now)
            found[field.key] = Value(field.key, answer, Status.CONFIRMED, source)
        if field.sources and field.key.endswith(".name"):
            found.pop(field.key, None)  # a department's word on the name is worth more than a second look at the card
    return found


# --- filling and planning -------------------------------------------------------------------------------------------


def _settle(case: CaseForm, values: dict[str, Value], replies: list[Reply], identifiers: Known) -> bool:
    taken_back = _take(values, strayed(case.fields, values, replies, known(values, identifiers)))
    return _take(values, fill(case.fields, values, replies, known(values, identifiers))) or taken_back


def _take(values: dict[str, Value], changes: list[Change]) -> bool:
    values.update({change.after.key: change.after for change in changes})
    return bool(changes)


def _planned(
    case: CaseForm, values: dict[str, Value], replies: list[Reply], start: Standings, asked: Asked
) -> tuple[list[PlannedQuery], Standing]:
    """The next questions, and how policy sees the case with these values."""
    now_known = known(values, start.identifiers)
    standing = replace(start.standing, reached=reached(case.fields, replies, now_known))
    return plan(_wanted(case, values), now_known, standing, asked), standing


def _wanted(case: CaseForm, values: dict[str, Value]) -> Wanted:
    """Fields that no person has settled, and exemptions of materials. A field that a person decided needs no query, save a look-up's."""
    decided = (Status.OVERRIDDEN,)
    fields = tuple(
        field
        for field in case.fields
        if field.sources
        and (values.get(field.key, Value(field.key)).status not in decided or _answers_a_look_up(case, field))
    )
    exemptions = tuple(needed.exemption for needed in case.materials if needed.exemption and needed.exemption.resource)
    return Wanted(fields, exemptions)


def _answers_a_look_up(case: CaseForm, field: FormField) -> bool:
    """What a look-up shows is asked even where a person has put another value into the form."""
    results = [item.result for item in case.items.values() if item.kind is ItemKind.LOOK_UP]
    return any((s.resource, s.subject) == (r.resource, r.subject) for s in field.sources for r in results)


def _round(query: PlannedQuery, values: dict[str, Value], asked: list[QueryRow]) -> int:
    """How many answers had to come before: 1 for what is asked at once, one more than the answer that named its subject."""
    sources = [values[key].source for key in query.keys.values() if key in values]
    named_by = {source.query_id for source in sources if source}
    return 1 + max((one.round for one in asked if one.id in named_by), default=0)


def _is(reply: Reply, query: PlannedQuery) -> bool:
    return (reply.resource, frozenset(reply.subject.items())) == query.question


def queue(session: Session, desk: Desk, query: PlannedQuery, round_no: int) -> str:
    """Make the query's row and its work; a row that was asked for fewer fields is asked again with all of them."""
    blind = blind_index(
        desk.index_key, query.resource, *(f"{item}={query.subject[item]}" for item in sorted(query.subject))
    )
    where = (
        queries.c.case_id == desk.case.case_id,
        queries.c.resource == query.resource,
        queries.c.subject_blind == blind,
    )
    there = session.execute(select(queries.c.id).where(*where)).scalar()
    if there is not None:
        requeue(session, desk, rows.read_query(session, there), fields=list(query.fields), settled_by="")
        return str(there)
    query_id = new_id(desk.now)
    session.execute(
        insert(queries).values(
            id=query_id,
            case_id=desk.case.case_id,
            region=desk.case.region,
            resource=query.resource,
            subject=dict(query.subject),
            subject_blind=blind,
            subject_role=query.role,
            subject_keys=dict(query.keys),
            fields=list(query.fields),
            item=desk.case.item_for(query),
            round=round_no,
            state=QUEUED,
            tries=1,
            queued_at=desk.now,
        )
    )
    feed.add(session, desk.case.case_id, "query", query_id, desk.now)
    put_work(session, query_id, desk.case.case_id, 1, desk.now)
    return query_id


def _open_reply(case: CaseForm, query: PlannedQuery, query_id: str, replies: list[Reply]) -> Reply:
    """The query just queued, with what an earlier try of it brought."""
    for one in replies:
        if _is(one, query):
            return replace(one, open=True)
    resource = case.resources[query.resource]
    return Reply(
        query.resource,
        query.subject,
        query.role,
        True,
        Provenance(resource.trust, resource.department, query_id=query_id),
    )


# --- materials ------------------------------------------------------------------------------------------


def _set_materials(session: Session, desk: Desk, state: Standings) -> None:
    now_known = known(state.values, state.identifiers)
    expecting = waiting_for(desk.case.fields, state.values, state.replies, now_known)
    kept = rows.read_materials(session, desk.case.case_id)
    not_demanded = freed(desk.case, state).materials
    changes: dict[str, dict[str, object]] = {}
    for needed in desk.case.materials:
        row = kept.get(needed.material.code)
        if row is None or not (needed.exemption and needed.exemption.resource):
            continue
        status, query = _material_status(desk, needed, state.queries, now_known, expecting)
        if status == "missing":
            status = not_demanded.get(row.code, status)
        lifts = row.status in LIFTED and status == "exempt" and desk.case.open
        if row.status not in OURS_TO_CHANGE and not lifts:
            continue
        evidence_id = query.evidence_id if query and status == "exempt" else ""
        if (status, evidence_id) != (row.status, row.evidence_id):
            trust = _trust(desk.case, query) if query and evidence_id else ""
            document = str(query.detail.get("document_file", "")) if query and status == "exempt" else ""
            changes[row.code] = {
                "status": status,
                "evidence_id": evidence_id,
                "trust": trust,
                "due_on": None,
                "note": None,
                "file": document,
                "media_type": str(query.detail.get("document_type", "")) if query and document else "",
            }
    rows.write_materials(session, desk.case.case_id, changes, desk.now)


def _trust(case: CaseForm, query: QueryRow) -> str:
    """The grade of what stands for the paper: a certificate's own (A where it was issued here), else the answer's."""
    about = query.certificate
    return (about.trust or ISSUED_HERE) if about else query.trust or case.resources[query.resource].trust


def _material_status(
    desk: Desk, needed: NeededMaterial, asked: list[QueryRow], now_known: Known, expecting: frozenset[str]
) -> tuple[str, QueryRow | None]:
    """免提交 when the record is there and has not run out; waiting while it may still come; else it must be handed in."""
    exemption = needed.exemption
    assert exemption is not None
    subject = subject_of(exemption.subject, now_known)
    if subject is None:
        unknown = [key for key in exemption.subject.values() if not now_known.get(key)]
        return ("waiting" if all(key in expecting for key in unknown) else "missing"), None
    query = next((q for q in asked if q.resource == exemption.resource and dict(q.subject) == subject), None)
    if query is None:
        return "missing", None
    usable = query.evidence_id and not rows.not_usable(desk.case, query, "material")
    if usable and query.valid_on(local(desk.now).date()):
        return "exempt", query
    return ("waiting" if query.open else "missing"), query
