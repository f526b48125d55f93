"""Sessions of people who logged in: a random token, of which only the SHA-256 is stored. It knows no cookie and no page."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, or_, select, update

from hub.clock import Random
from hub.identity.principal import HUB, Principal, Role
from hub.store.database import Session
from hub.store.tables import accounts, login_sessions

KEPT = timedelta(days=7)
"""How long an ended session's row stays, for an operator who looks into a break-in."""


@dataclass(frozen=True)
class Opened:
    """A session just opened: the token for the browser (256 bits, never stored) and its CSRF word."""

    account_id: str
    token: str = field(repr=False)
    csrf: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class Seated:
    """The person of a living session."""

    principal: Principal
    csrf: str = field(repr=False)
    expires_at: datetime


def start(session: Session, account_id: str, now: datetime, until: datetime, rng: Random = os.urandom) -> Opened:
    """Open a session for this account; a login never goes on with a token that was there before it."""
    opened = Opened(account_id, _text(rng(32)), _text(rng(32)), until)
    values = {"account_id": account_id, "csrf": opened.csrf, "created_at": now, "expires_at": until}
    session.execute(insert(login_sessions).values(token_hash=_hash(opened.token), **values))
    return opened


def seated(session: Session, token: str, now: datetime) -> Seated | None:
    """The person of this token, if the session lives and the account is not disabled; else None."""
    row = session.execute(_SEATED, {"token_hash": _hash(token), "now": now}).first()
    if row is None:
        return None
    person = Principal(HUB, row.id, row.name, row.organisation, row.region, frozenset(Role(r) for r in row.roles))
    return Seated(person, row.csrf, row.expires_at)


def end(session: Session, token: str, now: datetime) -> None:
    """Log out. An unknown token is no error: the person is out either way."""
    session.execute(
        update(login_sessions)
        .where(login_sessions.c.token_hash == _hash(token), login_sessions.c.ended_at.is_(None))
        .values(ended_at=now)
    )


def end_all(session: Session, account_id: str, now: datetime) -> None:
    """End every session of an account."""
    session.execute(
        update(login_sessions)
        .where(login_sessions.c.account_id == account_id, login_sessions.c.ended_at.is_(None))
        .values(ended_at=now)
    )


def forget(session: Session, now: datetime) -> int:
    """Delete the rows of sessions that ended a week ago; gives how many. For a tick."""
    old = now - KEPT
    gone = session.execute(
        delete(login_sessions).where(or_(login_sessions.c.expires_at < old, login_sessions.c.ended_at < old))
    )
    return gone.rowcount


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _text(random: bytes) -> str:
    return base64.urlsafe_b64encode(random).rstrip(b"=").decode()


_SEATED = (
    select(
        accounts.c.id,
        accounts.c.name,
        accounts.c.organisation,
        accounts.c.region,
        accounts.c.roles,
        login_sessions.c.csrf,
        login_sessions.c.expires_at,
    )
    .join(login_sessions, login_sessions.c.account_id == accounts.c.id)
    .where(
        login_sessions.c.token_hash == bindparam("token_hash"),
        login_sessions.c.ended_at.is_(None),
        login_sessions.c.expires_at > bindparam("now"),
        accounts.c.disabled_at.is_(None),
    )
)
"""Made once: it is asked at every request."""
