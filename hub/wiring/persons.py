"""Whose facts are in what is sent or shown, and on what ground that happens: what the sharing log learns beside the names of fields.

It reads and records nothing else. A person counts by the role that a field or a material belongs to, and is known by what was proven
at the counter and by what the form holds now; a file's contents are not read.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from hub.cases.opening import PARTY_KINDS
from hub.sharinglog import Basis, CaseRef
from hub.store import subjects
from hub.store.database import Session
from hub.store.tables import evidence, form_values, materials, queries
from hub.wiring.scene import Scene

CASE_WORK = "办件经办"
LOOKS = {
    "audit": "审计监督",
    "inbox": "事项审批",
    "progress-showing": "持证主体同意（出示码）",
    "progress": "本人查询",
    "certificate-showing": "持证主体同意（出示码）",
}
"""Grounds of looking, by how the screen's name begins; all else is the clerk's work on the case."""


def basis_of(
    screen: str = "", case: CaseRef | None = None, scene: Scene | None = None, item: str | None = None
) -> Basis:
    """Purpose: the matter. Ground of what is sent: the legal bases of its item, or of all items of the case; of a look: its kind of work."""
    if scene is None:
        ground = next((ground for begins, ground in LOOKS.items() if screen.startswith(begins)), CASE_WORK)
        return Basis(purpose=case.matter if case else None, clause=ground)
    items = [item] if item else scene.case.chosen
    bases = dict.fromkeys(ground for one in items for ground in scene.item(one).legal_bases)
    return Basis(purpose=scene.case.matter, clause="；".join(bases) or CASE_WORK)


def persons(
    session: Session, scene: Scene, fields: Iterable[str] = (), papers: Iterable[str] = (), roles: Iterable[str] = ()
) -> tuple[str, ...]:
    """Identifiers of everybody whose form fields, materials (codes) or roles these are: the applicant first, each once."""
    named = [*roles, *(key.rpartition(".")[0] for key in fields), *_roles_of_papers(session, scene, tuple(papers))]
    of_role = {
        r.code: r.identifier.rpartition(".")[2] for r in scene.matter.roles if r.kind in PARTY_KINDS and r.identifier
    }
    keys = {role: f"{role}.{of_role[_code(role)]}" for role in named if _code(role) in of_role}
    return _once((*_proven(session, scene, keys), *_filled(session, scene, keys.values())))


def everybody(session: Session, scene: Scene) -> tuple[str, ...]:
    """As `persons`, of the whole case: who is in the form, and every party."""
    return persons(session, scene, [f.key for f in scene.form.fields], roles=[p.role for p in scene.case.parties])


def _proven(session: Session, scene: Scene, roles: Iterable[str]) -> list[str]:
    """The applicant, and who stands in these roles."""
    known = {p.role: p.subject_id for p in scene.case.parties}
    ids = [scene.case.applicant, *(known[role] for role in roles if role in known)]
    found = subjects.subjects_by_id(session, filter(None, ids))
    return [found[one].identifier for one in ids if one]


def _filled(session: Session, scene: Scene, keys: Iterable[str]) -> list[str]:
    """An owner or a child is often no party of the case, only a number in its form."""
    c, named = form_values.c, sorted(keys)
    if not named:
        return []
    rows = session.execute(select(c.value).where(c.case_id == scene.case.id, c.field.in_(named)).order_by(c.field))
    return [str(row.value) for row in rows if row.value]


def _roles_of_papers(session: Session, scene: Scene, codes: tuple[str, ...]) -> list[str]:
    """Of those that a department's answer stands for: the role that it was asked about."""
    if not codes:
        return []
    found = session.execute(
        select(queries.c.subject_role)
        .join(evidence, evidence.c.query_id == queries.c.id)
        .join(materials, materials.c.evidence_id == evidence.c.id)
        .where(materials.c.case_id == scene.case.id, materials.c.code.in_(codes))
    )
    return [str(role) for role in found.scalars() if role]


def _code(role: str) -> str:
    return role.partition("[")[0]


def _once(identifiers: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in identifiers if one))
