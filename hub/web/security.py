"""The headers of every page, and the check that a posted form came from our own page. It knows no person and no session store."""

from __future__ import annotations

import hmac
import os
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.clock import Random
from hub.errors import NotAllowed

# report-uri alone: browsers that know report-to ignore it over plain HTTP and delay it by up to a minute elsewhere.
CSP = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    "report-uri /csp-reports"
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


class FormForged(NotAllowed):
    """A form without the session's own word. Status 403."""

    code = "FORM_FORGED"


class SecurityHeaders:
    """ASGI middleware: gives each request a nonce (`request.state.nonce`) and each answer its security headers.

    An answer that says nothing about caching may hold personal facts, so it is not stored anywhere.
    """

    def __init__(self, app: ASGIApp, rng: Random = os.urandom) -> None:
        self.app = app
        self.rng = rng

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = self.rng(16).hex()
        scope.setdefault("state", {})["nonce"] = nonce

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                dress(MutableHeaders(scope=message), nonce)
            await send(message)

        await self.app(scope, receive, dressed)


def dress(headers: MutableHeaders, nonce: str) -> None:
    """Adds the security headers that the answer has not set itself."""
    for name, value in FIXED.items():
        headers.setdefault(name, value)
    headers.setdefault("Content-Security-Policy", CSP.format(nonce=nonce))
    headers.setdefault("Cache-Control", "no-store")


def check_word(sent: str | None, expected: str) -> None:
    """Raises FormForged unless the posted word is the session's (compared in constant time)."""
    if not sent or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise FormForged("页面已过期或来自别处，这一步没有执行。请刷新页面后再试。")


def check_origin(headers: Headers, public_url: str) -> None:
    """Raises FormForged if the browser says that the form was on another site. Programs that send no Origin pass."""
    origin = headers.get("origin")
    if not origin or headers.get("sec-fetch-site") == "same-origin":
        return
    ours = {headers.get("host", ""), urlsplit(public_url).netloc}
    if urlsplit(origin).netloc not in ours:
        raise FormForged("这次提交来自别的网站，没有执行。请从本系统的页面操作。")
