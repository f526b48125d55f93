"""Accounts and systems' keys as an operator keeps them: listed, changed, revoked, each act in the sharing log first. It prints nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select

from hub.errors import NotThere
from hub.identity import accounts, passwords, peers
from hub.identity.principal import TITLES, Role
from hub.sharinglog import Admin, Operator, SharingLog
from hub.store.database import Database, Session
from hub.store.tables import accounts as account_rows
from hub.store.tables import login_sessions, peer_keys
from hub.wiring.listings import AccountRow


@dataclass(frozen=True)
class PeerRow:
    """A system's key; `revoked_at` is None while it lives."""

    id: str
    organisation: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class Keeper:
    """Who keeps this hub's accounts and keys, and with what. Every act writes its record before it happens."""

    database: Database
    log: SharingLog
    who: Operator

    def create_account(self, new: accounts.NewAccount, now: datetime) -> str:
        """The new account's id. Raises BadInput: see `hub.identity.accounts.create`."""
        passwords.checked(new.password, new.username)
        self.log.append(Admin("create_account", "account", who=self.who, result=",".join(sorted(new.roles))))
        with self.database.write() as session:
            return accounts.create(session, new, now)

    def set_password(self, username: str, password: str, now: datetime) -> None:
        """Ends the account's sessions and wakes it. Raises NotThere (ACCOUNT_UNKNOWN), BadInput (PASSWORD_WEAK)."""
        account_id = self._id_of(username)
        passwords.checked(password, username.strip().lower())  # before the record: a refused password changes nothing
        self._note("set_password", account_id)
        with self.database.write() as session:
            accounts.set_password(session, account_id, password, now)

    def disable(self, username: str, now: datetime) -> None:
        """No login any more; living sessions end. Raises NotThere (ACCOUNT_UNKNOWN)."""
        account_id = self._id_of(username)
        self._note("disable_account", account_id)
        with self.database.write() as session:
            accounts.disable(session, account_id, now)

    def enable(self, username: str) -> None:
        """Raises NotThere (ACCOUNT_UNKNOWN)."""
        account_id = self._id_of(username)
        self._note("enable_account", account_id)
        with self.database.write() as session:
            accounts.enable(session, account_id)

    def add_key(self, region: str, organisation: str, pem: str, now: datetime) -> str:
        """The new key's id. Raises BadInput (BAD_PEER_KEY)."""
        self.log.append(Admin("register_peer_key", organisation, who=self.who))
        with self.database.write() as session:
            return peers.register_key(session, region, organisation, pem, now)

    def revoke_key(self, key_id: str, now: datetime) -> None:
        """Nothing signed with it is let in from now on. Raises NotThere (PEER_KEY_UNKNOWN)."""
        living = and_(peer_keys.c.id == key_id, peer_keys.c.revoked_at.is_(None))
        with self.database.read() as session:
            row = session.execute(select(peer_keys.c.organisation).where(living)).first()
        if row is not None:
            self.log.append(Admin("revoke_peer_key", row.organisation, who=self.who, reason=f"key:{key_id}"))
        with self.database.write() as session:
            peers.revoke_key(session, key_id, now)

    def _note(self, action: str, account_id: str) -> None:
        self.log.append(Admin(action, f"account:{account_id}", who=self.who))

    def _id_of(self, username: str) -> str:
        known = select(account_rows.c.id).where(account_rows.c.username == username.strip().lower())
        with self.database.read() as session:
            found = session.execute(known).scalar()
        if found is None:
            raise NotThere("没有这个账号，请用 yijian accounts list 查看账号。", code="ACCOUNT_UNKNOWN")
        return str(found)


def accounts_of(session: Session, now: datetime) -> tuple[AccountRow, ...]:
    """Every account by user name, with its state and last login."""
    started = func.max(login_sessions.c.created_at).label("at")
    last = select(login_sessions.c.account_id, started).group_by(login_sessions.c.account_id).subquery()
    joined = select(account_rows, last.c.at).outerjoin(last, last.c.account_id == account_rows.c.id)
    rows = session.execute(joined.order_by(account_rows.c.username))
    return tuple(
        AccountRow(
            r.username,
            r.name,
            r.organisation,
            tuple(TITLES[Role(name)] for name in r.roles),
            _state(r.disabled_at, r.rests_until, now),
            r.at,
        )
        for r in rows
    )


def who_answer(session: Session, department: str) -> int:
    """How many people of a department may answer at its inbox: its reviewers whose account is in use."""
    of_it = (account_rows.c.organisation == department, account_rows.c.disabled_at.is_(None))
    rows = session.execute(select(account_rows.c.roles).where(*of_it))
    return sum(Role.REVIEWER.value in row.roles for row in rows)


def peers_of(session: Session) -> tuple[PeerRow, ...]:
    """Every key of every system, revoked ones too."""
    columns = (peer_keys.c.id, peer_keys.c.organisation, peer_keys.c.created_at, peer_keys.c.revoked_at)
    rows = session.execute(select(*columns).order_by(peer_keys.c.organisation, peer_keys.c.created_at))
    return tuple(PeerRow(*row) for row in rows)


def _state(disabled: datetime | None, rests: datetime | None, now: datetime) -> str:
    if disabled:
        return "disabled"
    return "resting" if rests and rests > now else "active"
