"""Credentials of whoever calls, put on a request when its bytes are known: a session's token, or a system's signature. It generates nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from requests import PreparedRequest
from requests.auth import AuthBase

from adapters.client import YijianClient, private_key, sign
from hub.demo.stage import Stage
from tests.fuzz.ground import PLATFORM, Ground

USERS: Mapping[str, str] = {
    "clerk": "clerk",
    "reviewer": "health",
    "auditor": "auditor",
    "catalog_manager": "catalog",
    "operator": "operator",
}
ITEM_NO = re.compile(r"/item-cases/([^/?]+)")


class Nobody(AuthBase):
    """No credentials, whatever the generator put there."""

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        r.headers.pop("Authorization", None)
        return r


class Session(AuthBase):
    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        r.headers["Authorization"] = f"Session {self._token()}"
        return r


class Signature(AuthBase):
    """Signs as the department whose item case the address names, else as the one given."""

    def __init__(self, key_of: Callable[[str], Ed25519PrivateKey], ground: Ground, organisation: str) -> None:
        self._key_of, self._ground, self._organisation = key_of, ground, organisation

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        named = ITEM_NO.search(r.path_url)
        who = self._ground.departments.get(named[1], self._organisation) if named else self._organisation
        body = r.body.encode() if isinstance(r.body, str) else r.body or b""
        assert isinstance(body, bytes) and r.method is not None
        r.headers["Authorization"] = sign(who, self._key_of(who), r.method, r.path_url, body, datetime.now(UTC))
        return r


class Callers:
    """Everybody who may knock, by role. A person whose session ended logs in again."""

    def __init__(self, stage: Stage, ground: Ground) -> None:
        self._stage, self._ground = stage, ground
        self._clients: dict[str, YijianClient] = {}

    def person(self, role: str) -> YijianClient:
        """The person of this role, with a living session."""
        client = self._clients.setdefault(role, YijianClient(self._stage.hub_url))
        try:
            client.me()
        except Exception:  # logged out by the request before
            client.login(USERS[role], self._stage.password)
        return client

    def of(self, role: str) -> AuthBase:
        """The credentials of a role; of no role, nobody's."""
        if not role:
            return Nobody()
        if role in USERS:
            return Session(lambda: self.person(role)._token)
        return Signature(self._key, self._ground, PLATFORM if role == "platform" else "market-regulation")

    def _key(self, organisation: str) -> Ed25519PrivateKey:
        return private_key((self._stage.folder / "departments" / "keys" / f"{organisation}.pem").read_bytes())
