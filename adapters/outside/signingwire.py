"""Calls to a signing service (签名验签服务器): JSON over HTTP, call and answer bound together by a MAC. It knows no authority's key.

The protocol is docs/e-certificates.md, "The signing service's protocol". Nothing of an answer is looked at before its length and its MAC.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from certificates.errors import SignerAway, SigningFailed

TIMEOUT_SECONDS = 10.0
REQUEST_LABEL, ANSWER_LABEL = "yijian-signing/1 request", "yijian-signing/1 answer"
MAC, JSON = "Signing-MAC", "application/json"
MOST_CONNECTIONS = 16
MIN_SECRET = 32
_AWAY = frozenset({408, 425, 429})
_REASON = re.compile(r"[a-z][a-z-]{0,39}")
_ADVICE = {
    "caller": "See YIJIAN_SIGNING_SERVICE_CALLER, YIJIAN_SIGNING_SERVICE_SECRET_FILE and the service's list of callers.",
    "clock": "Set both machines' clocks by NTP.",
    "replayed": "It saw this request before; look who repeats requests between here and there.",
    "key": "It knows no such key for this caller; look into its list of keys.",
    "suite": "The key is for another suite there.",
}


@dataclass(frozen=True)
class ServicePlace:
    """Where the service is, who asks, and the secret that both know. `tls` for https: whom to believe, and what to show."""

    url: str
    caller: str
    secret: bytes = field(repr=False)
    tls: ssl.SSLContext | None = None
    timeout: float = TIMEOUT_SECONDS

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2]


def tls_of(ca: Path | None, shown: Path | None) -> ssl.SSLContext:
    """Whom to believe (None: the public authorities), and the certificate with its key (one PEM) that is shown. Raises SigningFailed."""
    try:
        context = ssl.create_default_context(cafile=str(ca) if ca else None)
        if shown is not None:
            # An empty password: without one a key that has one would ask for it at the terminal.
            context.load_cert_chain(shown, password="")
    except (OSError, ssl.SSLError) as error:
        raise SigningFailed(
            "service-tls",
            f"The PEM files for the signing service cannot be used ({type(error).__name__}); see docs/settings.md.",
        ) from None
    return context


class ServiceLine:
    """One client for all threads: connections are kept and used again. `now` (UTC) goes into each request, `clock` measures the limit."""

    def __init__(
        self,
        place: ServicePlace,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if len(place.secret) < MIN_SECRET:
            raise SigningFailed("service-secret", f"The signing service's secret has at least {MIN_SECRET} characters.")
        self.place, self._now, self._clock = place, now, clock
        limits = httpx2.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS)
        # Without TLS no list of public authorities is read: that takes some 40 ms.
        verify = place.tls or (True if place.url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        self._client = httpx2.Client(
            timeout=place.timeout, verify=verify, limits=limits, trust_env=False, follow_redirects=False
        )

    def call(self, path: str, most: int, **said: str) -> dict[str, Any]:
        """The members of the answer to this very request, of at most `most` bytes.

        Raises SignerAway where the service does not answer, SigningFailed for every answer that cannot be believed.
        """
        request = secrets.token_hex(16)
        told = {"request": request, "time": self._now().strftime("%Y-%m-%dT%H:%M:%SZ"), "caller": self.place.caller}
        body = json.dumps({**told, **said}, sort_keys=True).encode()
        status, shown, answer = self._exchanged(path, body, most)
        if status != httpx2.codes.OK:
            raise _refused(status, answer)
        if not hmac.compare_digest(shown, mac(self.place.secret, ANSWER_LABEL, str(status), answer)):
            raise unbelievable("its MAC is not that of the shared secret")
        found = _members(answer)
        if found.get("request") != request:
            raise unbelievable("it answers another request; it may be an old answer sent again")
        return found

    def close(self) -> None:
        """Drop the kept connections."""
        self._client.close()

    def _exchanged(self, path: str, body: bytes, most: int) -> tuple[int, str, bytes]:
        headers = {
            "Content-Type": JSON,
            "Accept-Encoding": "identity",
            MAC: mac(self.place.secret, REQUEST_LABEL, path, body),
        }
        # The client's own limit is for each read; a service that sends a byte a second would never reach it.
        end, octets = self._clock() + self.place.timeout, b""
        try:
            with self._client.stream(
                "POST", self.place.url.rstrip("/") + path, content=body, headers=headers
            ) as answer:
                if answer.status_code >= 500 or answer.status_code in _AWAY:
                    raise _lost(f"it answered with status {answer.status_code}")
                for part in answer.iter_raw():
                    octets += part
                    if len(octets) > most:
                        raise unbelievable(f"it is longer than {most} bytes")
                    if self._clock() > end:
                        raise _lost("it answers too slowly")
        except httpx2.HTTPError as error:
            raise _lost(f"it cannot be reached, or broke off ({type(error).__name__})") from error
        return answer.status_code, answer.headers.get(MAC, "").encode("ascii", "replace").decode(), octets


def mac(secret: bytes, label: str, first: str, body: bytes) -> str:
    """HMAC-SHA-256 (hex) over the label, a line (the path of a request, the status of an answer), and the body."""
    return hmac.new(secret, f"{label}\n{first}\n".encode() + body, hashlib.sha256).hexdigest()


def unbelievable(what: str) -> SigningFailed:
    """An answer that is none: nothing of it is used."""
    return SigningFailed("service-answer", f"The signing service's answer cannot be used: {what}. Look into its log.")


def _lost(what: str) -> SignerAway:
    return SignerAway(
        "service-lost", f"The signing service does not answer: {what}. Start it, or see YIJIAN_SIGNING_SERVICE_URL."
    )


def _refused(status: int, answer: bytes) -> SigningFailed:
    """What it refused, if it says so in a word of the protocol; a refusal needs no MAC, since nothing is believed of it but the refusal."""
    try:
        said = str(_members(answer).get("error", ""))
    except SigningFailed:
        said = ""
    reason = said if _REASON.fullmatch(said) else f"status {status}"
    if reason == "key":
        # The list of keys was read before a rotation there: it is read anew, and the work comes again.
        return SignerAway("service-key-gone", f"The signing service no longer has this key. {_ADVICE['key']}")
    advice = _ADVICE.get(reason, "Look into its log.")
    return SigningFailed("service-refused", f"The signing service refused ({reason}). {advice}")


def _members(answer: bytes) -> dict[str, Any]:
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise unbelievable("it is no JSON") from error
    if not isinstance(found, dict):
        raise unbelievable("it is no JSON object")
    return found
