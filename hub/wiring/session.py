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
    def __init__(self, database: Database, rules: LoginRules, log: SharingLog, region: str) -> None:
        self._database, self._rules, self._log, self._region = database, rules, log, region

    def login(self, username: str, password: str, now: datetime) -> tuple[str, Principal]:
        """A new session's token and its person; both outcomes are in the log. Raises LoginRefused."""
        try:
            opened = accounts.log_in(self._database, self._rules, username, password, now)
        except LoginRefused:
            self._log.append(Admin("login", "account", result="refused"))
            raise
        with self._database.read() as session:
            p = accounts.principal(session, opened.account_id)
        if p.region != self._region:
            self._log.append(Admin("login", "account", who=operator(p), result="refused", reason="other_region"))
            self.logout(opened.token, now)
            raise LoginRefused("这个账号属于其他区划，请从本区划的地址登录。", code="OTHER_REGION")
        self._log.append(Admin("login", "account", who=operator(p), result="opened"))
        return opened.token, p

    def principal(self, token: str, now: datetime) -> tuple[Principal, str] | None:
        """The person of a living session and its CSRF word, else None; several regions may share one database, not their people."""
        with self._database.read() as session:
            seated = sessions.seated(session, token, now)
        here = seated is not None and seated.principal.region == self._region
        return (seated.principal, seated.csrf) if seated is not None and here else None

    def logout(self, token: str, now: datetime) -> None:
        with self._database.write(quiet=True) as session:
            sessions.end(session, token, now)
