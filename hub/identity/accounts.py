"""Accounts of people: made, given a password, disabled, and checked at the login. It knows no cookie and no page."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from sqlalchemy import Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.clock import new_id
from hub.errors import BadInput, NotAllowed, NotThere
from hub.identity import passwords, sessions
from hub.identity.principal import HUB, Principal, Role, roles_of_a_person
from hub.store.database import Database, Session
from hub.store.numbers import next_number
from hub.store.tables import accounts

REFUSALS = "logins-refused"
"""The number series that counts refused logins per day, for the operator."""

USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")


class LoginRefused(NotAllowed):
    """No login. One answer for every cause, so that nobody learns which names exist."""

    code = "LOGIN_REFUSED"
    status = 401


@dataclass(frozen=True)
class NewAccount:
    region: str
    username: str
    name: str = field(repr=False)
    organisation: str
    roles: Collection[str]
    password: str = field(repr=False)
    phone: str = field(default="", repr=False)


@dataclass(frozen=True)
class LoginRules:
    """After `tries` wrong passwords an account rests for `rest`; a login lasts `lasts`."""

    tries: int = 5
    rest: timedelta = timedelta(minutes=15)
    lasts: timedelta = timedelta(hours=8)
    hasher: PasswordHasher = field(default=passwords.HASHER, repr=False)


def create(session: Session, new: NewAccount, now: datetime, hasher: PasswordHasher = passwords.HASHER) -> str:
    """Make an account; gives its id. Raises BadInput: USERNAME_BAD, USERNAME_TAKEN, ROLES_CLASH, ROLE_UNKNOWN, PASSWORD_WEAK."""
    if not USERNAME.fullmatch(new.username):
        raise BadInput("用户名为 2–40 位小写字母、数字、点或连字符，以字母开头。", code="USERNAME_BAD")
    values = {
        "id": new_id(now),
        "region": new.region,
        "username": new.username,
        "password_hash": passwords.hashed(passwords.checked(new.password, new.username), hasher),
        "name": new.name,
        "organisation": new.organisation,
        "roles": sorted(roles_of_a_person(new.roles)),
        "phone": new.phone,
        "created_at": now,
        "failed_logins": 0,
    }
    statement = (sqlite if session.dialect.name == "sqlite" else postgresql).insert(accounts).values(values)
    made = session.execute(
        statement.on_conflict_do_nothing(index_elements=["username"]).returning(accounts.c.id)
    ).scalar()
    if made is None:
        raise BadInput("该用户名已被使用，请换一个。", code="USERNAME_TAKEN")
    return str(made)


def log_in(database: Database, rules: LoginRules, username: str, password: str, now: datetime) -> sessions.Opened:
    """Check name and password and open a session.

    Raises LoginRefused, with the same words and after the same time for an unknown name, a wrong password, a disabled account
    and one that rests. The hash is computed outside any transaction: it takes a tenth of a second.
    """
    with database.read() as session:
        known = session.execute(select(accounts).where(accounts.c.username == username.strip().lower())).first()
    right = passwords.fits(known.password_hash if known else None, password, rules.hasher)
    with database.write() as session:
        opened = _admit(session, rules, known.id, known.password_hash if right else None, now) if known else None
        if opened is None:  # an unknown name costs a durable write too, else its time would tell
            next_number(session, "", REFUSALS, now.date().isoformat())
    if opened is None:
        minutes = int(rules.rest.total_seconds() // 60)
        raise LoginRefused(
            f"用户名或密码不正确，或账号暂时不能登录。连续 {rules.tries} 次输错后须等待 {minutes} 分钟；忘记密码请联系运维重设。"
        )
    return opened


def change_password(database: Database, rules: LoginRules, account_id: str, old: str, new: str, now: datetime) -> None:
    """The person's own change; it ends all sessions of the account. Raises LoginRefused, BadInput (PASSWORD_WEAK)."""
    with database.read() as session:
        account = _account(session, account_id)
    if not passwords.fits(account.password_hash, old, rules.hasher):
        raise LoginRefused("原密码不正确，密码没有更改。")
    new_hash = passwords.hashed(passwords.checked(new, account.username), rules.hasher)
    with database.write() as session:
        _put_password(session, account_id, new_hash, now)


def set_password(
    session: Session, account_id: str, new: str, now: datetime, hasher: PasswordHasher = passwords.HASHER
) -> None:
    """An operator's change; it wakes a resting account and ends all its sessions. Raises NotThere, BadInput (PASSWORD_WEAK)."""
    account = _account(session, account_id)
    _put_password(session, account_id, passwords.hashed(passwords.checked(new, account.username), hasher), now)


def disable(session: Session, account_id: str, now: datetime) -> None:
    """No login any more, and all sessions end. The row stays: cases name it. Raises NotThere."""
    _account(session, account_id)
    session.execute(update(accounts).where(accounts.c.id == account_id).values(disabled_at=now))
    sessions.end_all(session, account_id, now)


def enable(session: Session, account_id: str) -> None:
    """Undo `disable`. Raises NotThere."""
    _account(session, account_id)
    session.execute(
        update(accounts).where(accounts.c.id == account_id).values(disabled_at=None, failed_logins=0, rests_until=None)
    )


def principal(session: Session, account_id: str) -> Principal:
    """Who this account is. Raises NotThere."""
    account = _account(session, account_id)
    roles = frozenset(Role(name) for name in account.roles)
    return Principal(HUB, account.id, account.name, account.organisation, account.region, roles)


def _account(session: Session, account_id: str) -> Row[tuple[object, ...]]:
    row = session.execute(select(accounts).where(accounts.c.id == account_id)).first()
    if row is None:
        raise NotThere("没有这个账号，请查看账号列表。", code="ACCOUNT_UNKNOWN")
    return row


def _admit(
    session: Session, rules: LoginRules, account_id: str, right_hash: str | None, now: datetime
) -> sessions.Opened | None:
    """Open a session, or count a wrong try. The row is read again: another try may have changed it meanwhile."""
    account = session.execute(select(accounts).where(accounts.c.id == account_id).with_for_update()).one()
    if account.disabled_at is not None or (account.rests_until is not None and account.rests_until > now):
        return None
    this = update(accounts).where(accounts.c.id == account_id)
    if right_hash != account.password_hash:
        wrong = account.failed_logins + 1
        rests = {"failed_logins": 0, "rests_until": now + rules.rest}
        session.execute(this.values({"failed_logins": wrong} if wrong < rules.tries else rests))
        return None
    session.execute(this.values(failed_logins=0, rests_until=None))
    return sessions.start(session, account_id, now, now + rules.lasts)


def _put_password(session: Session, account_id: str, new_hash: str, now: datetime) -> None:
    values = {"password_hash": new_hash, "failed_logins": 0, "rests_until": None}
    session.execute(update(accounts).where(accounts.c.id == account_id).values(values))
    sessions.end_all(session, account_id, now)
