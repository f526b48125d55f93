"""Rows of a holder's leave that may be used so many times until a moment, under its keyed hash: what codes 用证码 and links have in common.

What each of them gives stands in `codes` and `links`. Kept again it is the first; a use is counted, and a leave revoked, under a lock on its row.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Row, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.store.database import Session


class Leave(Protocol):
    """How long it may be used, how often, and how often it was."""

    @property
    def until(self) -> datetime: ...

    @property
    def times(self) -> int: ...

    @property
    def used(self) -> int: ...

    @property
    def revoked_at(self) -> datetime | None: ...


def why_not(leave: Leave, words: tuple[str, str, str], now: datetime) -> str:
    """Why it cannot be used now: one of the three `words` (revoked, expired, used up); empty where it can."""
    revoked, expired, used_up = words
    if leave.revoked_at is not None:
        return revoked
    if now >= leave.until:
        return expired
    return used_up if leave.used >= leave.times else ""


def keep(session: Session, table: Table, under: str, values: Mapping[str, object]) -> str:
    """Keep it under its hash, the column `under`; the one that is there already stays as it is. Gives the id of the one that is there."""
    on = sqlite if session.dialect.name == "sqlite" else postgresql
    session.execute(on.insert(table).values(**values).on_conflict_do_nothing(index_elements=[under]))
    return str(session.execute(select(table.c.id).where(table.c[under] == values[under])).scalar_one())


def find(session: Session, table: Table, *where: ColumnElement[bool], lock: bool = False) -> Row[Any] | None:
    """`lock`: nobody else uses or revokes it until this transaction ends."""
    wanted = select(table).where(*where)
    return session.execute(wanted.with_for_update() if lock else wanted).first()


def count(session: Session, table: Table, leave_id: str, used: int) -> None:
    """One use more than the `used` of before. The row is locked, and may be used."""
    session.execute(update(table).where(table.c.id == leave_id).values(used=used + 1))


def revoke(session: Session, table: Table, by: str, now: datetime, *where: ColumnElement[bool]) -> Row[Any] | None:
    """From now on it is of no use; again changes nothing. None where there is no such one."""
    session.execute(update(table).where(*where, table.c.revoked_at.is_(None)).values(revoked_at=now, revoked_by=by))
    return find(session, table, *where)
