"""One department's line to the outside: a shared HTTP client, a bound on calls in flight, one time limit, a size limit and a breaker.

It reads no business meaning and never raises for what the far side did: a fault comes back as `Unavailable` or `Unusable`.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path

import httpx2

from adapters.authorities import public_authorities
from adapters.contract import Misconfigured, Unavailable, Unusable, Why
from adapters.kinds.kept import Kept
from adapters.kinds.load import Load

DEFAULT_SIZE_LIMIT = 10 * 1024 * 1024
LONGEST_REST_SECONDS = 60.0
"""A `Retry-After` is heeded no longer than this: a mistake there must not keep a department away for a day."""
_BUSY = (429, 503)
KEPT_HEADERS = ("date", "link", "location", "www-authenticate")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,50}/[a-z0-9!#$&^_.+-]{1,49}")

Through = Callable[[httpx2.AsyncBaseTransport], httpx2.AsyncBaseTransport]
"""Puts something between a department's line and its socket: a recorder, or recorded answers and no socket at all."""
Reached = Callable[[str], None]
"""Is told that a moment is here: after it the outside has something of ours, or a file of theirs stands elsewhere."""
ON_WIRE = {"GET": "look-on-wire"}
"""What is said once a whole request is out, by its method; of all others REQUEST_ON_WIRE."""
REQUEST_ON_WIRE = "request-on-wire"


@dataclass(frozen=True)
class Sending:
    """One request. `path` is already encoded and is added to the department's address; the time limit covers waiting for a
    place, connecting, and the last byte."""

    method: str
    path: str = field(repr=False)
    timeout_seconds: float
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    content: bytes | None = field(default=None, repr=False)
    size_limit: int = DEFAULT_SIZE_LIMIT
    about_nobody: bool = False
    """It carries nothing of ours that matters, as a request for a token: no moment is told of it."""


@dataclass(frozen=True)
class Reply:
    """A whole answer that arrived within its limits. `media_type` is lower case without parameters."""

    status: int
    media_type: str
    charset: str
    body: bytes = field(repr=False)
    retry_after: float = 0.0
    """Seconds for which the far side asked to be left alone."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Those of KEPT_HEADERS that came, lower case."""


@dataclass(frozen=True)
class Identity:
    """By which certificate we show who we are (mTLS): PEM files, and the key's password where it has one."""

    certificate: Path
    key: Path
    password: str = field(default="", repr=False)


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Stops asking after `threshold` consecutive failures; after `rest_seconds` one probe is let through."""

    def __init__(self, threshold: int, rest_seconds: float, monotonic: Callable[[], float]) -> None:
        self._threshold, self._rest, self._monotonic = threshold, rest_seconds, monotonic
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def state(self) -> BreakerState:
        if self._opened_at is None:
            return BreakerState.CLOSED
        rested = self._monotonic() - self._opened_at >= self._rest
        return BreakerState.HALF_OPEN if rested else BreakerState.OPEN

    @property
    def silent_seconds(self) -> float | None:
        """How long ago the last of the failures was by which it is open, or half open; None while it is closed."""
        return None if self._opened_at is None else self._monotonic() - self._opened_at

    def admit(self) -> bool:
        state = self.state
        if state is BreakerState.CLOSED:
            return True
        if state is BreakerState.OPEN or self._probing:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        self._failures, self._opened_at, self._probing = 0, None, False

    def failed(self) -> None:
        self._failures += 1
        self._probing = False
        if self._failures >= self._threshold:
            self._opened_at = self._monotonic()

    def abandoned(self) -> None:
        """A call was cancelled from our side: it says nothing about the department."""
        self._probing = False


class _Stopped(Exception):
    def __init__(self, outcome: Unavailable | Unusable) -> None:
        super().__init__()
        self.outcome = outcome


class Guard:
    """The line of one department. Bound to the event loop that first uses it; `close()` when the department is dropped."""

    def __init__(
        self,
        address: str,
        *,
        max_in_flight: int = 4,
        ca: Path | None = None,
        shows: Identity | None = None,
        breaker_threshold: int = 5,
        breaker_rest_seconds: float = 20.0,
        monotonic: Callable[[], float] = time.monotonic,
        traceparent: Callable[[], str] = lambda: "",
        reached: Reached | None = None,
        load: Load | None = None,
        through: Through | None = None,
    ) -> None:
        self._traceparent, self._reached = traceparent, reached
        self.address = address.rstrip("/")
        self.load = load or Load(max_in_flight)
        self._slots = asyncio.Semaphore(self.load.most)
        self.breaker = Breaker(breaker_threshold, breaker_rest_seconds, monotonic)
        self._monotonic, self._rests_until = monotonic, 0.0
        tls = _tls(ca, shows) if ca or shows else public_authorities()
        own = Kept(tls)
        self._client = httpx2.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            timeout=None,
            transport=through(own) if through else own,
            headers={"User-Agent": "yijian", "Accept-Encoding": "identity"},
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def send(
        self, sending: Sending, is_server_error: Callable[[Reply], bool] = lambda reply: reply.status >= 500
    ) -> Reply | Unavailable | Unusable:
        """One request, never repeated here. `is_server_error` lets a wire that answers faults with status 500 (SOAP) read them."""
        if self._monotonic() < self._rests_until:
            return Unavailable(Why.BUSY)
        if not self.breaker.admit():
            return Unavailable(Why.BREAKER_OPEN)
        turn = self.load.rate.reserve(sending.timeout_seconds)
        if turn is None:
            self.breaker.abandoned()
            self.load.turned_away += 1
            return Unavailable(Why.BUSY)
        try:
            outcome = await self._within_limits(sending, turn)
        except BaseException:
            self.breaker.abandoned()
            raise
        if isinstance(outcome, Reply) and outcome.status in _BUSY:
            self._rests_until = self._monotonic() + outcome.retry_after
        if isinstance(outcome, Reply) and is_server_error(outcome):
            outcome = Unavailable(Why.BUSY if outcome.status == 503 else Why.SERVER_ERROR)
        if isinstance(outcome, Reply) and outcome.status == 429:
            outcome = Unavailable(Why.BUSY)
        self._count(outcome)
        return outcome

    def _count(self, outcome: Reply | Unavailable | Unusable) -> None:
        if not isinstance(outcome, Unavailable):
            self.breaker.succeeded()
        elif outcome.reason is Why.BUSY:
            self.breaker.abandoned()  # busy is alive: backing off is the caller's matter
        else:
            self.breaker.failed()

    async def _within_limits(self, sending: Sending, turn: float) -> Reply | Unavailable | Unusable:
        waiting = True
        try:
            async with asyncio.timeout(sending.timeout_seconds), self._place(turn):
                waiting = False
                return await self._call(sending)
        except TimeoutError:
            self.load.turned_away += waiting
            return Unavailable(Why.BUSY if waiting else Why.TIMEOUT)
        except _Stopped as e:
            return e.outcome
        except (httpx2.ConnectError, httpx2.UnsupportedProtocol) as e:
            return Unavailable(Why.UNTRUSTED if _is_tls(e) else Why.REFUSED_CONNECTION)
        except httpx2.LocalProtocolError:
            return Unusable("", "", "request_not_sendable")
        except httpx2.TransportError:
            return Unavailable(Why.BROKEN_OFF)

    @asynccontextmanager
    async def _place(self, turn: float) -> AsyncIterator[None]:
        """One of the department's places, as soon as it is this call's turn and one is free."""
        await self.load.place(turn)
        try:
            yield
        finally:
            self.load.places.give_back()

    async def _call(self, sending: Sending) -> Reply:
        request = self._client.build_request(
            sending.method,
            self.address + sending.path,
            params=sending.params or None,
            headers={**sending.headers, **({"traceparent": parent} if (parent := self._traceparent()) else {})},
            content=sending.content,
            extensions=self._traced(sending),
        )
        response = await self._client.send(request, stream=True)
        try:
            return await _read(response, sending.size_limit)
        finally:
            await response.aclose()

    def _traced(self, sending: Sending) -> dict[str, object]:
        reached = self._reached
        if reached is None or sending.about_nobody:
            return {}

        async def tell(event: str, _: Mapping[str, object]) -> None:
            if event.endswith("send_request_body.complete"):
                reached(ON_WIRE.get(sending.method, REQUEST_ON_WIRE))

        return {"trace": tell}


def _tls(ca: Path | None, shows: Identity | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(ca) if ca else None)
    except (OSError, ValueError) as e:
        raise Misconfigured(
            f"{ca} holds no certificate of an authority ({getattr(e, 'strerror', None) or type(e).__name__}); correct ca of the connection."
        ) from e
    if shows is not None:
        try:
            # An empty password: without one a key that has one would ask for it at the terminal.
            context.load_cert_chain(shows.certificate, shows.key, password=shows.password)
        except (OSError, ssl.SSLError) as e:
            raise Misconfigured(
                f"{shows.certificate.name} and {shows.key.name} cannot be shown ({type(e).__name__}); they are PEM files that "
                "belong together, the key's password is the secret key_password."
            ) from None
    return context


async def _read(response: httpx2.Response, size_limit: int) -> Reply:
    if 300 <= response.status_code < 400:
        # Following one would carry a subject's key to an address that nobody approved.
        raise _Stopped(Unusable("", "", "redirect"))
    if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        # Never asked for. Unpacked, a few bytes could be any number of them.
        raise _Stopped(Unusable("", "", "content_encoding"))
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > size_limit:
            raise _Stopped(Unusable("", "", "too_large"))
        parts.append(part)
    media_type, charset = _media_type(response.headers.get("content-type", ""))
    kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return Reply(response.status_code, media_type, charset, b"".join(parts), _retry_after(response), kept)


def _retry_after(response: httpx2.Response) -> float:
    """Seconds, or the time until a date: by the far side's own clock, which stands beside it, so that ours does not matter."""
    said = response.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", said):
        return min(float(said), LONGEST_REST_SECONDS)
    try:
        rest = parsedate_to_datetime(said) - parsedate_to_datetime(response.headers.get("date", ""))
        return min(max(rest.total_seconds(), 0.0), LONGEST_REST_SECONDS)
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _is_tls(fault: BaseException | None) -> bool:
    """Whether it was the encryption that failed, most often a certificate that nobody vouches for."""
    while fault is not None:
        if isinstance(fault, ssl.SSLError):
            return True
        fault = fault.__cause__ or fault.__context__
    return False


def _media_type(header: str) -> tuple[str, str]:
    """Type and charset, lower case; "" for what is no type: it is stored and shown beside the answer."""
    said, *parameters = header.split(";")
    found = said.strip().lower()
    media_type = found if _TYPE.fullmatch(found) else ""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return media_type, value.strip().strip('"').lower()
    return media_type, ""
