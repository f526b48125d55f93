"""Persons and bodies: one row each, a random id, sealed identifiers and a blind index to find them by. It decides nothing about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.clock import new_id
from hub.store.database import Session
from hub.store.sealing import blind_index
from hub.store.tables import subjects


@dataclass(frozen=True)
class Subject:
    id: str
    kind: str
    identifier: str = field(repr=False)
    name: str = field(repr=False)


def know(
    session: Session, index_key: bytes, region: str, kind: str, identifier: str, name: str, now: datetime
) -> Subject:
    """The subject with this identifier, made when unknown. A name that comes later is kept; it never overwrites one."""
    blind = blind_index(index_key, region, kind, identifier)
    insert = (sqlite if session.dialect.name == "sqlite" else postgresql).insert(subjects)
    session.execute(
        insert.values(
            id=new_id(now),
            region=region,
            kind=kind,
            blind_index=blind,
            identifier=identifier,
            name=name or None,
            created_at=now,
        ).on_conflict_do_nothing(index_elements=["region", "kind", "blind_index"])
    )
    row = session.execute(
        select(subjects.c.id, subjects.c.name).where(
            subjects.c.region == region, subjects.c.kind == kind, subjects.c.blind_index == blind
        )
    ).one()
    if name and row.name is None:
        session.execute(update(subjects).where(subjects.c.id == row.id).values(name=name))
    return Subject(row.id, kind, identifier, str(row.name or name))


def rename(session: Session, subject_id: str, name: str) -> None:
    """Keep the name that a register told, also over another one."""
    session.execute(update(subjects).where(subjects.c.id == subject_id).values(name=name))


def subject(session: Session, subject_id: str) -> Subject:
    return subjects_by_id(session, (subject_id,))[subject_id]


def subjects_by_id(session: Session, ids: Iterable[str]) -> dict[str, Subject]:
    """By id; one that is not there is not in it."""
    wanted = sorted(set(ids))
    rows = session.execute(_ONE, {"id": wanted[0]}) if len(wanted) == 1 else session.execute(_SEVERAL, {"ids": wanted})
    return {row.id: Subject(row.id, row.kind, str(row.identifier), str(row.name or "")) for row in rows}


_KNOWN = select(subjects.c.id, subjects.c.kind, subjects.c.identifier, subjects.c.name)
_ONE = _KNOWN.where(subjects.c.id == bindparam("id"))
_SEVERAL = _KNOWN.where(subjects.c.id.in_(bindparam("ids", expanding=True)))
