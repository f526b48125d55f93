"""Keeps a case's parties in step with its form: whom answers reached, whose name came, whose proof no longer holds. It asks nobody.

The clerk proves who is at the counter; everybody else is in the case because an answer named them.
"""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.policy import PARTY_KINDS, Reached, identifier_key, plain_key
from hub.prefill import feed, rows
from hub.prefill.caseform import CaseForm
from hub.prefill.rows import PartyRow
from hub.prefill.standing import Desk, Standings
from hub.prefill.values import Status, known
from hub.store import subjects
from hub.store.database import Session
from hub.store.tables import parties

NAMES = ("name", "enterprise_name")
"""Fields of a role that hold its party's name."""


def set_right(session: Session, desk: Desk, state: Standings) -> None:
    """Write, change and take away the parties that answers reached, and the names that departments told."""
    changed = _set_reached(session, desk, state)
    _set_names(session, desk, state, rows.read_people(session, desk.case.case_id) if changed else state.people)


def drop_disproven(session: Session, desk: Desk, state: Standings) -> bool:
    """Take the proof from a party whose identifier a person settled to another value: the register names somebody else. Whether one lost it.

    A role with a relation is then reached by the answer; the applicant and roles that nothing reaches are not touched.
    """
    values, dropped_one = state.values, False
    roles = {role.code: role for role in desk.case.matter.roles if role.relation}
    for party in state.standing.parties:
        role = roles.get(party.role.partition("[")[0])
        value = values.get(identifier_key(role, party.role if "[" in party.role else "")) if role else None
        if value is None or not party.proof or value.status is not Status.CONFIRMED or not value.source:
            continue
        if value.value != party.identifier and value.source.department:
            where = (parties.c.case_id == desk.case.case_id, parties.c.role == party.role)
            dropped = {"proof": "", "proven_at": None, "proven_by": "", "reached_by": value.source.query_id}
            session.execute(update(parties).where(*where).values(**dropped))
            feed.add(session, desk.case.case_id, "party", party.role, desk.now)
            dropped_one = True
    return dropped_one


def _set_names(session: Session, desk: Desk, state: Standings, there: tuple[PartyRow, ...]) -> None:
    """A name that a department told is the party's as soon as it is there; it stands before one that was typed.

    Of somebody in two roles whom two departments call otherwise, the first role's name stands: else each round would change it again."""
    settled: set[str] = set()
    for party in there:
        told = [state.values[key] for n in NAMES if (key := f"{party.role}.{n}") in state.values]
        name = next((v.value for v in told if v.usable and v.source and v.source.department), "")
        if not name or party.subject_id in settled:
            continue
        settled.add(party.subject_id)
        if name != party.name:
            subjects.rename(session, party.subject_id, name)
            feed.add(session, desk.case.case_id, "party", party.role, desk.now)


def _set_reached(session: Session, desk: Desk, state: Standings) -> bool:
    """Whom answers reached by a declared relation: a party without proof, made, changed or taken away as the form says. Whether any was."""
    wanted, changed = _reached_roles(desk.case, state), False
    there, names = {row.role: row for row in state.people}, known(state.values, {})
    for at, (kind, one, query_id) in wanted.items():
        name, row = names.get(f"{at}.name", ""), there.get(at)
        same = row is not None and (row.kind, row.identifier) == (kind, one.value) and bool(row.name or not name)
        if same or (row is not None and row.proven):
            continue
        found = subjects.know(session, desk.index_key, desk.case.region, kind, one.value, name, desk.now)
        changed = True
        if row is None or row.subject_id != found.id:
            _write_party(session, desk, at, kind, found.id, query_id)
    for at, row in there.items():
        if row.reached_by and not row.proven and at not in wanted:
            session.execute(delete(parties).where(parties.c.case_id == desk.case.case_id, parties.c.role == at))
            feed.add(session, desk.case.case_id, "party", at, desk.now)
            changed = True
    return changed


def _reached_roles(case: CaseForm, state: Standings) -> dict[str, tuple[str, Reached, str]]:
    now_known = known(state.values, state.identifiers)
    found = {}
    for role in case.matter.roles:
        for one in state.standing.reached if role.relation and role.kind in PARTY_KINDS else ():
            assert role.relation is not None
            same_key = plain_key(one.key) == role.relation.via == identifier_key(role)
            if same_key and one.resource in role.relation.resources and now_known.get(one.key) == one.value:
                query_id = next((r.source.query_id for r in state.replies if r.resource == one.resource), "")
                found[one.key.rpartition(".")[0]] = (role.kind, one, query_id)
    return found


def _write_party(session: Session, desk: Desk, at: str, kind: str, subject_id: str, query_id: str) -> None:
    columns = {"subject_id": subject_id, "kind": kind, "proof": "", "reached_by": query_id}
    insert_into = (sqlite if session.dialect.name == "sqlite" else postgresql).insert(parties)
    statement = insert_into.values(case_id=desk.case.case_id, role=at, **columns)
    session.execute(statement.on_conflict_do_update(index_elements=["case_id", "role"], set_=columns))
    feed.add(session, desk.case.case_id, "party", at, desk.now)
