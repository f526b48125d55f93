"""The connections of one department's line that stay open between calls; who calls gets the one that was used last. It bounds no number: `guard` does.

Each has a pool of the HTTP client for itself. One pool for all looks at every idle connection before and after each request, to see
whether the far side has closed it: with 64 of them that was a fifth of what a question costs.
"""

from __future__ import annotations

import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2

KEPT_SECONDS = 5.0


class Kept(httpx2.AsyncBaseTransport):
    """As many connections as there were requests at once. Bound to the event loop that first uses it."""

    def __init__(self, tls: ssl.SSLContext, seconds: float = KEPT_SECONDS) -> None:
        """No connection is used again that was idle for longer than `seconds`, and none stays open so while others are used."""
        self._tls, self._seconds = tls, seconds
        self._limits = httpx2.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=seconds)
        self._idle: deque[tuple[float, httpx2.AsyncHTTPTransport]] = deque()
        self._closed = False

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        one = await self._chosen()
        try:
            response = await one.handle_async_request(request)
        except BaseException:
            await self._give_back(one)  # what broke is closed already: the next request connects anew
            raise
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Answer(response.stream, lambda: self._give_back(one))
        return response

    async def aclose(self) -> None:
        """Requests under way come to their end; nothing stays open after them."""
        self._closed = True
        while self._idle:
            await self._idle.popleft()[1].aclose()

    async def _chosen(self) -> httpx2.AsyncHTTPTransport:
        while self._idle:
            _, one = self._idle.pop()
            if not _holds_more(one):
                return one
            await one.aclose()
        # trust_env off: a proxy variable of the machine must never carry personal data elsewhere.
        return httpx2.AsyncHTTPTransport(verify=self._tls, limits=self._limits, trust_env=False)

    async def _give_back(self, one: httpx2.AsyncHTTPTransport) -> None:
        if self._closed:
            await one.aclose()
            return
        now = time.monotonic()
        self._idle.append((now, one))
        while self._idle and self._idle[0][0] < now - self._seconds:
            await self._idle.popleft()[1].aclose()


class _Answer(httpx2.AsyncByteStream):
    """An answer's body, which gives its connection back once it is closed."""

    def __init__(self, body: httpx2.AsyncByteStream, give_back: Callable[[], Awaitable[None]]) -> None:
        self._body, self._give_back = body, give_back

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._body.__aiter__()

    async def aclose(self) -> None:
        try:
            await self._body.aclose()
        finally:
            await self._give_back()


def _holds_more(one: httpx2.AsyncHTTPTransport) -> bool:
    """Whether the connection holds bytes beyond the answer that was read from it: an answer that nobody asked for.

    Taken for the next answer it would be one person's facts under another's question. The HTTP client has no word for this, so its inside
    is looked at; `tests/hub/test_rest_faults.py` would see a version of it that looks different there.
    """
    pool: Any = one._pool
    states = (getattr(getattr(kept, "_connection", None), "_h11_state", None) for kept in pool.connections)
    return any(state is not None and state.trailing_data[0] for state in states)
