"""The bundle for logging in and out. It shows no page."""

from __future__ import annotations

from datetime import datetime

from hub.identity import accounts, sessions
from hub.identity.accounts import LoginRefused, LoginRules
from hub.identity.principal import Principal
from hub.sharinglog import Admin, SharingLog
from hub.store.database import Database
from hub.wiring.access import operator


class SessionBundle:
    def __init__(self, database: Database, rules: LoginRules, log: SharingLog) -> None:
        self._database, self._rules, self._log = database, rules, log

    def login(self, username: str, password: str, now: datetime) -> tuple[str, Principal]:
        """A new session's token and its person; both outcomes are in the log. Raises LoginRefused."""
        try:
            opened = accounts.log_in(self._database, self._rules, username, password, now)
        except LoginRefused:
            self._log.append(Admin("login", "account", result="refused"))
            raise
        with self._database.read() as session:
            p = accounts.principal(session, opened.account_id)
        self._log.append(Admin("login", "account", who=operator(p), result="opened"))
        return opened.token, p

    def principal(self, token: str, now: datetime) -> tuple[Principal, str] | None:
        """The person of a living session and its CSRF word, else None."""
        with self._database.read() as session:
            seated = sessions.seated(session, token, now)
        return (seated.principal, seated.csrf) if seated else None

    def logout(self, token: str, now: datetime) -> None:
        with self._database.write(quiet=True) as session:
            sessions.end(session, token, now)
