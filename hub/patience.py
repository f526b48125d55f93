"""How long the server waits for a client that is slow to speak, and how much of a head it hears. It answers no request.

uvicorn waits for ever and hears any head: a few hundred clients that send a byte now and then would hold every connection.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 15.0
"""For the request line and all headers."""

HEAD_LIMIT = 65_536
"""Bytes of them."""

BODY_SECONDS = 300.0
"""For a whole body: the largest file over a slow line of 0.6 Mbit/s."""

CONNECTIONS = 2000
"""At once; more are told to come again (503)."""


class Patient(HttpToolsProtocol):
    """One connection, which ends when its client is too slow or its head too long. What it was doing learns of a disconnect."""

    _wait: asyncio.TimerHandle | None = None
    _hearing_head = True
    _heard = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for(HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        self._heard += len(data)
        super().data_received(data)
        if self._hearing_head and self._heard > HEAD_LIMIT:
            self._end()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._hearing_head, self._heard = True, 0
        self._wait_for(HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        self._hearing_head = False
        self._wait_for(BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._wait_no_more()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait_for(self, seconds: float) -> None:
        self._wait_no_more()
        self._wait = self.loop.call_later(seconds, self._end)

    def _wait_no_more(self) -> None:
        if self._wait is not None:
            self._wait.cancel()
            self._wait = None

    def _end(self) -> None:
        self.logger.warning("A client was too slow or its head too long; its connection was ended.")
        self.transport.abort()
