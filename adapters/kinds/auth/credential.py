"""Makes the credential that a manifest's `auth` table names, with the connection's secrets. It fetches and sends nothing.

`auth` says how; what is shown is a secret of the connection and stands in no catalog.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from adapters.contract import Misconfigured
from adapters.kinds.auth.keys import InHeaders, InQuery, Nobody, Signs, basic, bearer
from adapters.kinds.auth.oauth2 import Failed, Send, Token, TokenRequest
from adapters.kinds.auth.signers import EXCHANGE_PLATFORM, SIGNERS, with_prefix
from adapters.kinds.auth.signing import Signer, check
from adapters.kinds.guard import Sending
from adapters.kinds.paths import Steps, steps
from adapters.kinds.settings import Settings
from catalog.nearest import one_of

API_KEY_KEYS = frozenset(("style", "secret", "header", "query", "prefix"))
BASIC_KEYS = frozenset(("style", "user", "password"))
BEARER_KEYS = frozenset(("style", "secret"))
SIGNER_KEYS = frozenset(
    ("style", "id", "secret", "sid", "algorithm", "text", "put", "place", "time", "encoding", "prefix")
)
OAUTH2_KEYS = frozenset(
    [
        "style",
        "token_path",
        "id",
        "secret",
        "send",
        "id_word",
        "secret_word",
        "grant",
        "scope",
        "more",
        "token",
        "expires_in",
        "header",
        "prefix",
        "query",
        "slack_seconds",
        "life_seconds",
        "timeout_seconds",
    ]
)
STYLES = ("none", "api_key", "basic", "bearer", "oauth2", *SIGNERS, "sign")


class Credential(Protocol):
    async def show(self, sending: Sending) -> Sending | Failed:
        """The request with the proof of who asks, or why there is none."""

    def renew(self, refused: Sending) -> bool:
        """Told of a 401; True where one more try makes sense."""


@dataclass
class Credentials:
    """All credentials of one line: each `auth` table is made once, so that a token is fetched once for all who need it."""

    department: str
    secrets: Mapping[str, str] = field(repr=False)
    send: Send = field(repr=False)
    clock: Callable[[], datetime]
    monotonic: Callable[[], float] = time.monotonic
    nonce: Callable[[], str] = lambda: secrets.token_hex(16)
    _made: dict[str, Credential] = field(default_factory=dict, repr=False)

    def of(self, auth: Settings) -> Credential:
        """Raises Misconfigured for a wrong table or a secret that is not set."""
        key = repr(sorted(auth.table.items(), key=str))
        if key not in self._made:
            self._made[key] = self._make(auth)
        return self._made[key]

    def _make(self, auth: Settings) -> Credential:
        check_auth(auth)
        style = auth.text("style", "none")
        if style == "none":
            return Nobody()
        if style == "api_key":
            return self._api_key(auth)
        if style == "basic":
            return InHeaders(basic(self._secret(auth, "user"), self._secret(auth, "password")))
        if style == "bearer":
            return InHeaders(bearer(self._shown(auth, "secret", "token")))
        if style == "oauth2":
            return Token(self._token_request(auth), self.send, self.monotonic)
        id_, secret = self._shown(auth, "id", "app_id"), self._secret(auth, "secret", "app_secret")
        return Signs(signer_of(auth), id_, secret, auth.text("sid", ""), self.clock, self.nonce)

    def _api_key(self, auth: Settings) -> Credential:
        key = auth.text("prefix", "") + self._shown(auth, "secret", "api_key")
        if "query" in auth.table:
            return InQuery(((auth.text("query"), key),))
        return InHeaders({auth.text("header"): key})

    def _token_request(self, auth: Settings) -> TokenRequest:
        scope = {"scope": auth.text("scope")} if "scope" in auth.table else {}
        grant = {"grant_type": auth.text("grant", "client_credentials")} if auth.text("grant", "x") else {}
        more = {name: str(value) for name, value in auth.inner("more").table.items()}
        return TokenRequest(
            auth.text("token_path"),
            self._secret(auth, "id", "client_id"),
            self._secret(auth, "secret", "client_secret"),
            auth.text("send", "basic"),
            auth.text("id_word", "client_id"),
            auth.text("secret_word", "client_secret"),
            {**grant, **scope, **more},
            _steps(auth, "token", "$.access_token"),
            _steps(auth, "expires_in", "$.expires_in"),
            auth.text("header", "Authorization"),
            auth.text("prefix", "Bearer "),
            auth.text("query", ""),
            auth.number("slack_seconds", 30.0),
            auth.number("life_seconds", 300.0),
            auth.number("timeout_seconds", 5.0),
        )

    def _secret(self, auth: Settings, key: str, default: str = "") -> str:
        name = auth.text(key, default or key)
        if name not in self.secrets:
            raise Misconfigured(f"{self.department}: the secret {name!r} is not set for this connection; set it.")
        return self.secrets[name]

    def _shown(self, auth: Settings, key: str, default: str) -> str:
        """A secret that goes on the wire as it is."""
        secret = self._secret(auth, key, default)
        if not secret.isascii() or not secret.isprintable():
            raise Misconfigured(f"{self.department}: a secret holds characters that no header can; set it anew.")
        return secret


def check_auth(auth: Settings) -> None:
    """Raises Misconfigured for a table that cannot work, whatever the secrets are."""
    style = auth.text("style", "none")
    if style not in STYLES:
        raise Misconfigured(
            f"{auth.where}: style must be one of those known here, not {style!r}; {one_of(style, STYLES)}."
        )
    if style == "api_key":
        auth.only(API_KEY_KEYS)
        if ("header" in auth.table) == ("query" in auth.table):
            raise Misconfigured(f"{auth.where}: say either in which header or in which query word the key stands.")
    elif style in ("basic", "bearer", "none"):
        auth.only({"basic": BASIC_KEYS, "bearer": BEARER_KEYS}.get(style, frozenset(("style",))))
    elif style == "oauth2":
        auth.only(OAUTH2_KEYS)
        auth.text("token_path")
        for key in ("token", "expires_in"):
            _steps(auth, key, "$")
        send = auth.text("send", "basic")
        if send not in ("basic", "form", "json"):
            raise Misconfigured(f"{auth.where}: send = {send!r} is none; {one_of(send, ('basic', 'form', 'json'))}.")
    else:
        auth.only(SIGNER_KEYS)
        check(signer_of(auth), auth.where)


def signer_of(auth: Settings) -> Signer:
    """The named signer with what the manifest changes in it. Raises Misconfigured."""
    style = auth.text("style")
    known = SIGNERS.get(style) or Signer(auth.text("algorithm"), auth.text("text"), {})
    put = {name: str(text) for name, text in auth.inner("put").table.items()} or known.put
    signer = replace(
        known,
        algorithm=auth.text("algorithm", known.algorithm),
        text=auth.text("text", known.text),
        put=put,
        place=auth.text("place", known.place),
        time=auth.text("time", known.time),
        encoding=auth.text("encoding", known.encoding),
    )
    return with_prefix(signer, auth.text("prefix", EXCHANGE_PLATFORM)) if style == EXCHANGE_PLATFORM else signer


def _steps(auth: Settings, key: str, default: str) -> Steps:
    try:
        return steps(auth.text(key, default))
    except ValueError as e:
        raise Misconfigured(f"{auth.where}: {e}.") from e
