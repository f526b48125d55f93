"""A far side for the wires' tests: a bare HTTP server whose every byte a test decides. It knows no department."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Came:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class FarSide:
    address: str
    came: list[Came] = field(default_factory=list)


Answerer = Callable[[Came, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def far_side(answer: Answerer) -> AsyncIterator[FarSide]:
    """Serves until the block ends; `answer` writes whatever it likes."""
    side = FarSide("")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (came := await _request(reader)) is not None:
                side.came.append(came)
                await answer(came, writer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    side.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield side
    finally:
        server.close()


async def _request(reader: asyncio.StreamReader) -> Came | None:
    head = await reader.readline()
    if not head:
        return None
    method, path, _ = head.decode().split(" ", 2)
    headers: dict[str, str] = {}
    while (line := (await reader.readline()).decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Came(method, path, headers, body)


def http(body: bytes, *, status: int = 200, media_type: str = "application/json", extra: str = "") -> bytes:
    """A whole answer's bytes."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    return head.encode() + body


def says(tree: object, status: int = 200) -> Answerer:
    """A far side that answers JSON."""
    return writes(http(json.dumps(tree, ensure_ascii=False).encode(), status=status))


def writes(content: bytes) -> Answerer:
    async def answer(came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(content)

    return answer


def breaks_off(content: bytes) -> Answerer:
    """A far side that resets the connection after some bytes."""

    async def answer(came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return answer


def drips(content: bytes, seconds_each: float) -> Answerer:
    """A far side that sends one byte at a time, so that no single read ever times out."""

    async def answer(came: Came, writer: asyncio.StreamWriter) -> None:
        for at in range(len(content)):
            writer.write(content[at : at + 1])
            await writer.drain()
            await asyncio.sleep(seconds_each)

    return answer


def waits(seconds: float) -> Answerer:
    async def answer(came: Came, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)

    return answer


def free_port_address() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"
