"""Who may call a department: tokens that it gives for an account (OAuth 2.0), and signatures as the national exchange platform wants them.

Written from the departments' papers with the standard library alone; it shares nothing with the hub's side of either.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs, unquote_plus

from adapters.simulators.http import Reply, Request


@dataclass
class Tokens:
    """Gives tokens at `path` to one account, each for `seconds`. They are in memory alone: after a restart all are void."""

    path: str
    account: str
    password: str
    seconds: int = 1800
    _ends: dict[str, datetime] = field(default_factory=dict)

    def give(self, request: Request, now: datetime) -> Reply | None:
        """The answer to a request for a token; None for any other request."""
        if request.path != self.path:
            return None
        asked = parse_qs(request.body.decode("utf-8", "replace"))
        if request.method != "POST" or asked.get("grant_type") != ["client_credentials"]:
            return _json(400, {"error": "unsupported_grant_type"})
        if not self._known(request.headers.get("authorization", "")):
            return _json(401, {"error": "invalid_client"})
        self._ends = {text: end for text, end in self._ends.items() if end > now}
        token = secrets.token_urlsafe(24)
        self._ends[token] = now + timedelta(seconds=self.seconds)
        return _json(200, {"access_token": token, "token_type": "Bearer", "expires_in": self.seconds})

    def admits(self, request: Request, now: datetime) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        end = self._ends.get(token)
        return scheme == "Bearer" and end is not None and now < end

    def _known(self, header: str) -> bool:
        try:
            said = base64.b64decode(header.removeprefix("Basic "), validate=True).decode()
        except ValueError:
            return False
        account, _, password = said.partition(":")
        return (unquote_plus(account), unquote_plus(password)) == (self.account, self.password)


@dataclass(frozen=True)
class Signatures:
    """Takes `gjgxjhpt_sign` = Base64(HMAC-SHA256(key, sid + rid + rtime)) of one requester for the services of this department."""

    requester: str
    key: str = field(repr=False)
    services: frozenset[str]
    window: timedelta = timedelta(minutes=10)

    def admits(self, headers: Mapping[str, str], now: datetime) -> bool:
        sid, rid, rtime = (headers.get(f"gjgxjhpt_{word}", "") for word in ("sid", "rid", "rtime"))
        if sid not in self.services or rid != self.requester or not (rtime.isdigit() and len(rtime) == 13):
            return False
        if abs(now.timestamp() - int(rtime) / 1000) > self.window.total_seconds():
            return False
        made = hmac.new(self.key.encode(), f"{sid}{rid}{rtime}".encode(), hashlib.sha256).digest()
        return hmac.compare_digest(base64.b64encode(made).decode(), headers.get("gjgxjhpt_sign", ""))


def _json(status: int, body: object) -> Reply:
    return Reply(status, json.dumps(body).encode())
