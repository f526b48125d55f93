"""Pre-fill's rows: reads a case's values, queries, evidence and parties as plain values, and writes what changed. It decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import BindParameter, Insert, Row, Select, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.contract import Certificate, Rows
from catalog.types import REGISTRY_WAY
from hub import grades
from hub.errors import NotThere
from hub.policy import Party, identifier_key
from hub.prefill import feed
from hub.prefill.caseform import CaseForm
from hub.prefill.values import BY_HAND, Alternative, Override, Provenance, Reply, Status, Value
from hub.store.database import Session
from hub.store.tables import evidence, form_values, materials, parties, queries, subjects

QUEUED, PENDING, ANSWERED, DROPPED = "queued", "pending", "answered", "dropped"
"""States of a query: to be asked (again), waiting for a person of the department, ended, and not asked since the case ended."""


@dataclass(frozen=True)
class QueryRow:
    """A query of the case. `tries` numbers the attempt that is queued or was made last, from 1."""

    id: str
    case_id: str
    resource: str
    subject: Mapping[str, str] = field(repr=False)
    keys: Mapping[str, str]
    role: str
    fields: tuple[str, ...]
    item: str
    round: int
    state: str
    outcome: str
    reason: str
    detail: Mapping[str, Any]
    tries: int
    request_id: str
    intent_seq: int | None
    outcome_seq: int | None
    choice: str = field(repr=False)
    evidence_id: str
    asked_at: datetime | None
    settled: bool
    candidates: int = 0
    """How many matches an ambiguous answer listed to choose from."""
    way: str = ""
    """How a person settled it, as `settle.Way` calls it; empty while nobody did."""

    @property
    def open(self) -> bool:
        """An answer may still come and nobody has settled it."""
        return self.state in (QUEUED, PENDING) and not self.settled

    @property
    def by_hand(self) -> str:
        """Why a person answers, or answered, in the wire's stead; empty for the wire's own answers."""
        return str(self.detail.get("by_hand") or "")

    @property
    def trust(self) -> str:
        """The grade of an answer by hand; empty where it is its resource's."""
        return str(self.detail.get("trust") or "")

    @property
    def certificate(self) -> Certificate | None:
        """The certificate of the hub's registry that the answer came from."""
        told = self.detail.get("certificate")
        return Certificate(**told) if told else None

    @property
    def question(self) -> tuple[str, frozenset[tuple[str, str]]]:
        return self.resource, frozenset(self.subject.items())

    def valid_on(self, day: date) -> bool:
        """Whether what the record says had not run out on that day."""
        until = self.detail.get("valid_to")
        return not until or date.fromisoformat(str(until)) >= day


@dataclass(frozen=True)
class Material:
    """A material's row as pre-fill reads it."""

    code: str
    status: str
    evidence_id: str


@dataclass(frozen=True)
class PartyRow:
    """A party's row with who it is. The name is empty where nobody knows it, the proof until the identity was proven."""

    role: str
    kind: str
    subject_id: str
    identifier: str = field(repr=False)
    name: str = field(repr=False)
    proof: str
    proven: bool
    reached_by: str

    @property
    def party(self) -> Party:
        """As policy sees it."""
        return Party(self.role, self.identifier, self.proof)


# --- values ---------------------------------------------------------------------------------------------------------


def read_values(session: Session, case_id: str) -> dict[str, Value]:
    return {row.field: _value(row) for row in session.execute(_VALUES, {"case_id": case_id})}


def write_values(session: Session, case_id: str, values: Sequence[Value], now: datetime, by: str = "") -> None:
    """Store fields, in one statement for all, and tell the feed."""
    if not values:
        return
    rows = [{"case_id": case_id, "field": one.key, "version": 1, **_columns(one, now, by)} for one in values]
    session.execute(_storing(session.dialect.name, tuple(rows[0])), rows)
    feed.add_all(session, case_id, "value", [one.key for one in values], now)


@cache
def _storing(dialect: str, columns: tuple[str, ...]) -> Insert:
    """The statement that stores a value, made once: it is run at every round."""
    statement = (sqlite if dialect == "sqlite" else postgresql).insert(form_values)
    new = {name: statement.excluded[name] for name in columns if name not in ("case_id", "field", "version")}
    set_ = {**new, "version": form_values.c.version + 1}
    made: Insert = statement.on_conflict_do_update(index_elements=["case_id", "field"], set_=set_)
    return made


def _columns(value: Value, now: datetime, by: str) -> dict[str, Any]:
    return {
        "value": value.value or None,
        "status": value.status.value,
        "source": value.source.to_json() if value.source else None,
        "alternatives": [{"value": one.value, "source": one.source.to_json()} for one in value.alternatives] or None,
        "override": _override_json(value.override),
        "updated_at": now,
        "updated_by": by,
    }


def _value(row: Row[Any]) -> Value:
    alternatives = tuple(
        Alternative(one["value"], Provenance.from_json(one["source"])) for one in row.alternatives or ()
    )
    override = row.override and Override(**{**row.override, "at": datetime.fromisoformat(row.override["at"])})
    source = Provenance.from_json(row.source) if row.source else None
    return Value(row.field, row.value or "", Status(row.status), source, alternatives, override or None)


def _override_json(override: Override | None) -> dict[str, str] | None:
    if override is None:
        return None
    return {
        "old": override.old,
        "by": override.by,
        "reason": override.reason,
        "text": override.text,
        "at": override.at.isoformat(),
    }


# --- queries and evidence -------------------------------------------------------------------------------------------


def read_queries(session: Session, case_id: str) -> list[QueryRow]:
    return [_query(row) for row in session.execute(_QUERIES, {"case_id": case_id})]


def queries_in(session: Session, chosen: Select[Any]) -> list[QueryRow]:
    """Whole rows of any cases, as chosen."""
    return [_query(row) for row in session.execute(chosen)]


def read_query(session: Session, query_id: str, *, lock: bool = False) -> QueryRow:
    """Raises NotThere."""
    statement = select(queries).where(queries.c.id == query_id)
    row = session.execute(statement.with_for_update() if lock else statement).first()
    if row is None:
        raise NotThere("没有这个查询，请刷新页面", code="QUERY_UNKNOWN")
    return _query(row)


def write_query(session: Session, query: QueryRow, now: datetime, **columns: Any) -> None:
    """Change a query's row and tell the feed."""
    session.execute(update(queries).where(queries.c.id == query.id).values(**columns))
    feed.add(session, query.case_id, "query", query.id, now)


def _query(row: Row[Any]) -> QueryRow:
    return QueryRow(
        id=row.id,
        case_id=row.case_id,
        resource=row.resource,
        subject=dict(row.subject),
        keys=dict(row.subject_keys),
        role=row.subject_role,
        fields=tuple(row.fields),
        item=row.item,
        round=row.round,
        state=row.state,
        outcome=row.outcome,
        reason=row.reason,
        detail=dict(row.detail or {}),
        tries=row.tries,
        request_id=row.request_id,
        intent_seq=row.intent_seq,
        outcome_seq=row.outcome_seq,
        choice=row.choice or "",
        evidence_id=row.evidence_id or "",
        asked_at=row.asked_at,
        settled=bool(row.settled_by),
        candidates=len(row.candidates or ()),
        way=str((row.settled_reason or {}).get("way", "")) if row.settled_by else "",
    )


def read_replies(session: Session, case: CaseForm, rows: list[QueryRow]) -> list[Reply]:
    """Every query of the case as the form sees it, with its newest evidence."""
    kept = {row.id: row for row in session.execute(_EVIDENCE, {"case_id": case.case_id})}
    return [reply_of(case, query, kept.get(query.evidence_id)) for query in rows]


def reply_of(case: CaseForm, query: QueryRow, kept: Row[Any] | None = None) -> Reply:
    resource, about = case.resources[query.resource], query.certificate
    department = case.departments[resource.department]
    source = Provenance(
        trust=kept.trust if kept else resource.trust,
        department=department.code,
        department_name=department.name,
        resource=resource.code,
        resource_title=resource.title,
        query_id=query.id,
        log_seq=kept.outcome_seq if kept else None,
        fetched_at=kept.fetched_at if kept else None,
        as_of=kept.as_of if kept else None,
        verified=kept.verified if kept else None,
        certificate=about.type_name if about else resource.certificate_type,
        certificate_number=about.number if about else "",
        certificate_issuer=about.issuer if about else "",
        reason=f"{BY_HAND}{query.by_hand}" if query.by_hand else "",
    )
    if kept is None or not_usable(case, query, "prefill"):
        gone = resource.way == REGISTRY_WAY and query.state == ANSWERED and kept is None
        return Reply(query.resource, query.subject, query.role, query.open, source, withdrawn=gone)
    lists = cast("Mapping[str, Rows]", {name: tuple(rows) for name, rows in kept.lists.items()})
    return Reply(
        query.resource, query.subject, query.role, query.open, source, kept._mapping["values"], lists, kept.precision
    )


def not_usable(case: CaseForm, query: QueryRow, use: str) -> str:
    """Why the certificate that answered may not be used so, by its grade and the site's rule (`grades.why_not`); empty where it may, and of
    answers that are no certificate. The case's own catalog decides, as in all else."""
    resource, about = case.resources[query.resource], query.certificate
    if not resource.certificate_type:
        return ""
    if about is not None:
        return grades.why_not(case.policy, grades.Standing(about.trust, about.checked), use)
    return grades.why_not(case.policy, grades.Standing(query.trust or resource.trust, False), use)


# --- parties and materials ------------------------------------------------------------------------------------------


def read_people(session: Session, case_id: str) -> tuple[PartyRow, ...]:
    """The case's parties in the order of their roles."""
    rows = session.execute(_PEOPLE, {"case_id": case_id})
    return tuple(
        PartyRow(
            r.role,
            r.kind,
            r.subject_id,
            str(r.identifier),
            str(r.name or ""),
            r.proof if r.proven_at else "",
            r.proven_at is not None,
            r.reached_by or "",
        )
        for r in rows
    )


def identifiers(case: CaseForm, known_parties: tuple[Party, ...]) -> dict[str, str]:
    """Form key → identifier of each proven party."""
    roles = {role.code: role for role in case.matter.roles}
    found = {}
    for party in known_parties:
        role = roles.get(party.role.partition("[")[0])
        if role and party.proof:
            found[identifier_key(role, party.role if "[" in party.role else "")] = party.identifier
    return {key: value for key, value in found.items() if key}


def read_materials(session: Session, case_id: str) -> dict[str, Material]:
    rows = session.execute(_MATERIALS, {"case_id": case_id})
    return {row.code: Material(row.code, row.status, row.evidence_id) for row in rows}


def write_materials(session: Session, case_id: str, changes: Mapping[str, Mapping[str, Any]], now: datetime) -> None:
    """Make or change materials' rows, code → columns and the same columns for all, and tell the feed."""
    if not changes:
        return
    rows = [{"case_id": case_id, "code": code, **columns, "updated_at": now} for code, columns in changes.items()]
    statement = _insert(session, materials)
    new = {name: statement.excluded[name] for name in rows[0] if name not in ("case_id", "code")}
    session.execute(statement.on_conflict_do_update(index_elements=["case_id", "code"], set_=new), rows)
    feed.add_all(session, case_id, "material", list(changes), now)


def add_evidence(session: Session, **columns: Any) -> None:
    session.execute(insert(evidence).values(**columns))


def _insert(session: Session, table: Any) -> Any:
    return (sqlite if session.dialect.name == "sqlite" else postgresql).insert(table)


# --- statements, made once: a case's rows are read at every round ---------------------------------------------------

_OF_CASE: BindParameter[str] = bindparam("case_id")
_VALUES = select(form_values).where(form_values.c.case_id == _OF_CASE)
_QUERIES = select(queries).where(queries.c.case_id == _OF_CASE).order_by(queries.c.round, queries.c.id)
_EVIDENCE = select(evidence).where(evidence.c.case_id == _OF_CASE)
_MATERIALS = select(materials).where(materials.c.case_id == _OF_CASE)
_PEOPLE = (
    select(
        parties.c.role,
        parties.c.kind,
        parties.c.subject_id,
        parties.c.proof,
        parties.c.proven_at,
        parties.c.reached_by,
        subjects.c.identifier,
        subjects.c.name,
    )
    .join(subjects, subjects.c.id == parties.c.subject_id)
    .where(parties.c.case_id == _OF_CASE)
    .order_by(parties.c.role)
)
