"""A small HTTP/1.1 server on asyncio and h11 that can also do what no good server does: hang up without an answer.

Frameworks always send something; a department that dies in mid-answer does not. It knows no department.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

import h11

_MOST = 64 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """One whole request. `path` is decoded, header names are lower case, `query` holds the first value of each name."""

    method: str
    path: str
    query: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Reply:
    """One answer. `hang_up` closes the socket and sends nothing."""

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    media_type: str = "application/json; charset=utf-8"
    hang_up: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


HANG_UP = Reply(status=0, hang_up=True)

Handler = Callable[[Request], Awaitable[Reply]]


class Server:
    """Listens on one port and gives each whole request to the handler. A handler's exception becomes a 500."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._listening: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.accepted = 0
        """How many connections there were."""

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> str:
        """Start listening (port 0: any free one), over TLS where it is given; gives the base URL. Raises OSError."""
        self._listening = await asyncio.start_server(self._accept, host, port, ssl=tls)
        chosen = self._listening.sockets[0].getsockname()[1]
        return f"http{'s' if tls else ''}://{host}:{chosen}"

    async def close(self) -> None:
        """Stop listening and drop the open connections."""
        if self._listening is not None:
            self._listening.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.accepted += 1
        try:
            await _converse(self._handler, reader, writer)
        except (ConnectionError, h11.ProtocolError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()


async def _converse(handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """All requests of one connection, one after the other."""
    wire = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)
    while True:
        request = await _read(wire, reader, writer)
        if request is None:
            return
        reply = await _guarded(handler, request)
        if reply.hang_up:
            return
        await _send(wire, writer, reply, bodyless=request.method == "HEAD")
        if wire.our_state is h11.MUST_CLOSE or wire.their_state is h11.MUST_CLOSE:
            return
        wire.start_next_cycle()


async def _guarded(handler: Handler, request: Request) -> Reply:
    try:
        return await handler(request)
    except Exception as bug:
        return Reply(500, f"{type(bug).__name__} in the simulator".encode(), "text/plain; charset=utf-8")


async def _read(wire: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            if wire.they_are_waiting_for_100_continue:
                writer.write(wire.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            wire.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > _MOST:
                return None
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            return _request(head, bytes(body))
        else:
            return None


def _request(head: h11.Request, body: bytes) -> Request:
    target = urlsplit(head.target.decode("ascii"))
    return Request(
        method=head.method.decode("ascii"),
        path=unquote(target.path),
        query={name: values[0] for name, values in parse_qs(target.query, keep_blank_values=True).items()},
        headers={name.decode("ascii"): value.decode("utf-8", "replace") for name, value in head.headers},
        body=body,
    )


async def _send(wire: h11.Connection, writer: asyncio.StreamWriter, reply: Reply, *, bodyless: bool) -> None:
    headers = [("Content-Type", reply.media_type), ("Content-Length", str(len(reply.body)))]
    headers += reply.headers.items()
    headers.append(("Date", formatdate(usegmt=True)))  # RFC 9110 §6.6.1: whoever has a clock says the time
    writer.write(wire.send(h11.Response(status_code=reply.status, headers=headers)) or b"")
    if not bodyless:
        writer.write(wire.send(h11.Data(data=reply.body)) or b"")
    writer.write(wire.send(h11.EndOfMessage()) or b"")
    await writer.drain()
