"""A token that is fetched with the caller's own credentials (OAuth 2.0, RFC 6749 §4.4) and kept until shortly before it ends.

Many callers share one fetch. A token lives in this process alone: it is written nowhere and never logged.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote_plus, urlencode

from adapters.contract import Denied, Unavailable, Unusable
from adapters.kinds.auth.keys import basic
from adapters.kinds.guard import Reply, Sending
from adapters.kinds.paths import Steps, text_at

Send = Callable[[Sending], Awaitable[Reply | Unavailable | Unusable]]
Failed = Unavailable | Unusable | Denied

LONGEST_TOKEN = 8_192
LONGEST_LIFE_SECONDS = 86_400.0
"""A token is fetched anew once a day whatever its end: an installation that was locked out is to notice."""


@dataclass(frozen=True)
class TokenRequest:
    """How the token is asked for. `send` is basic (credentials in a header), form or json (in the body); places are in the answer."""

    path: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    send: str = "basic"
    id_word: str = "client_id"
    secret_word: str = "client_secret"
    more: Mapping[str, str] = field(default_factory=lambda: {"grant_type": "client_credentials"})
    token: Steps = ("access_token",)
    expires_in: Steps = ("expires_in",)
    header: str = "Authorization"
    prefix: str = "Bearer "
    query: str = ""
    slack_seconds: float = 30.0
    life_seconds: float = 300.0
    """Where the answer names no end."""
    timeout_seconds: float = 5.0


@dataclass
class _Token:
    text: str = field(repr=False)
    until: float


class Token:
    """A credential for any number of tasks of one event loop. `monotonic` counts lifetimes, so that no clock's jump ends or stretches one."""

    def __init__(self, request: TokenRequest, send: Send, monotonic: Callable[[], float]) -> None:
        self._request, self._send, self._monotonic = request, send, monotonic
        self._token: _Token | None = None
        self._fetching: asyncio.Task[_Token | Failed] | None = None

    def __repr__(self) -> str:
        return "Token(…)"

    async def show(self, sending: Sending) -> Sending | Failed:
        """The request with a token that is still good, or why there is none."""
        token = self._token
        if token is None or self._monotonic() >= token.until:
            fetched = await self._fetched()
            if not isinstance(fetched, _Token):
                return fetched
            token = fetched
        if self._request.query:
            return replace(sending, params=(*sending.params, (self._request.query, token.text)))
        return replace(sending, headers={**sending.headers, self._request.header: self._request.prefix + token.text})

    def renew(self, refused: Sending) -> bool:
        """After a 401: drops the token that was refused; True where one more try with another one makes sense."""
        if self._token is not None and self._bears(refused, self._token.text):
            self._token = None
        return True

    def _bears(self, sending: Sending, token: str) -> bool:
        if self._request.query:
            return (self._request.query, token) in sending.params
        return sending.headers.get(self._request.header) == self._request.prefix + token

    async def _fetched(self) -> _Token | Failed:
        """One fetch for all who wait; a caller who gives up does not end it for the others."""
        if self._fetching is None:
            self._fetching = asyncio.ensure_future(self._fetch())
            self._fetching.add_done_callback(self._done)
        return await asyncio.shield(self._fetching)

    def _done(self, task: asyncio.Task[_Token | Failed]) -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()  # whoever waited has it; nobody waiting is no fault

    async def _fetch(self) -> _Token | Failed:
        asked_at = self._monotonic()
        reply = await self._send(self._sending())
        if not isinstance(reply, Reply):
            return reply
        if reply.status >= 400:
            return Denied("credentials_refused")
        try:
            tree = json.loads(reply.body.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            return Unusable("", "", "token")
        token, said = text_at(tree, self._request.token), text_at(tree, self._request.expires_in)
        if not token:
            # Many answer 200 with a code of their own where the credentials are wrong.
            return Denied("credentials_refused")
        if len(token) > LONGEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
            return Unusable("", "", "token")
        life = float(said) if said.isdigit() and len(said) < 10 else self._request.life_seconds
        # A life shorter than the slack serves those who wait now.
        self._token = _Token(token, asked_at + min(max(life - self._request.slack_seconds, 0.0), LONGEST_LIFE_SECONDS))
        return self._token

    def _sending(self) -> Sending:
        request = self._request
        headers: dict[str, str] = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        words = dict(request.more)
        if request.send == "basic":
            # RFC 6749 §2.3.1: both are written as in a form first.
            headers |= basic(quote_plus(request.client_id), quote_plus(request.client_secret))
        else:
            words |= {request.id_word: request.client_id, request.secret_word: request.client_secret}
        content = urlencode(words).encode()
        if request.send == "json":
            headers["Content-Type"], content = "application/json", json.dumps(words).encode()
        return Sending("POST", request.path, request.timeout_seconds, headers, (), content, 65_536, about_nobody=True)
