"""What can go wrong on an HTTP wire, as one table: a name, the bytes that a far side sends, and what they must become. It asserts nothing."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adapters.contract import Why
from tests.adapters.faults.doors import Door
from tests.adapters.kinds.far_side import Answerer, Came, breaks_off, drips, http, waits, writes

GOOD, UNREAD = "good", "unread"
"""Outcomes that differ by door: the good answer of it, and the rule of one that is cut off inside."""


@dataclass(frozen=True)
class Fault:
    """`becomes` is a reason of Unavailable, the rule of Unusable, GOOD or UNREAD."""

    far: Callable[[Door], Answerer]
    becomes: Why | str


def whole(door: Door, **more: object) -> bytes:
    return http(door.good, **{"media_type": door.media_type, **more})  # type: ignore[arg-type]


def closes(content: bytes) -> Answerer:
    """A far side that writes and then ends the connection in good order."""

    async def answer(came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        writer.close()

    return answer


def endless(head: bytes, part: bytes) -> Answerer:
    async def answer(came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(part)
            await writer.drain()

    return answer


def _chunked(door: Door, end: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {door.media_type}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    return head + f"{len(door.good):x}\r\n".encode() + door.good + b"\r\n" + end


def _lengths(door: Door, *lengths: int | str) -> bytes:
    lines = "".join(f"Content-Length: {length}\r\n" for length in lengths)
    return f"HTTP/1.1 200 OK\r\nContent-Type: {door.media_type}\r\n{lines}\r\n".encode() + door.good


def _status(status: int, body: bytes = b"<html>x</html>", extra: str = "") -> Callable[[Door], Answerer]:
    return lambda door: writes(http(body, status=status, media_type="text/html", extra=extra))


def _to(place: str, status: int = 302) -> Callable[[Door], Answerer]:
    return lambda door: writes(whole(door, status=status, extra=f"Location: {place}\r\n"))


def _body(change: Callable[[bytes], bytes], charset: str = "") -> Callable[[Door], Answerer]:
    def far(door: Door) -> Answerer:
        return writes(http(change(door.good), media_type=f"{door.media_type}{charset}"))

    return far


BOMB = gzip.compress(b" " * 50_000_000, 9)
"""50 KB that would be 50 MB."""

FAULTS: Mapping[str, Fault] = {
    # the connection
    "reset_before_any_byte": Fault(lambda door: breaks_off(b""), Why.BROKEN_OFF),
    "reset_within_the_headers": Fault(lambda door: breaks_off(whole(door)[:25]), Why.BROKEN_OFF),
    "reset_within_the_body": Fault(lambda door: breaks_off(whole(door)[:-9]), Why.BROKEN_OFF),
    "closed_without_an_answer": Fault(lambda door: closes(b""), Why.BROKEN_OFF),
    "body_shorter_than_its_length": Fault(lambda door: closes(whole(door)[:-9]), Why.BROKEN_OFF),
    "chunked_cut_short": Fault(lambda door: closes(_chunked(door, b"")), Why.BROKEN_OFF),
    "chunk_of_no_size": Fault(lambda door: closes(_chunked(door, b"zz\r\n")), Why.BROKEN_OFF),
    "silence": Fault(lambda door: waits(5), Why.TIMEOUT),
    "dripped_headers": Fault(lambda door: drips(whole(door), 0.03), Why.TIMEOUT),
    "dripped_body": Fault(lambda door: _head_then_drip(door), Why.TIMEOUT),
    # the protocol
    "no_http": Fault(lambda door: closes(b"220 ftp.example ready\r\n"), Why.BROKEN_OFF),
    "length_below_zero": Fault(lambda door: closes(_lengths(door, -1)), Why.BROKEN_OFF),
    "two_lengths_that_differ": Fault(lambda door: closes(_lengths(door, len(door.good), 3)), Why.BROKEN_OFF),
    "length_too_small": Fault(lambda door: closes(_lengths(door, len(door.good) - 9)), UNREAD),
    "headers_of_200_kb": Fault(lambda door: closes(whole(door, extra=f"X: {'a' * 200_000}\r\n")), Why.BROKEN_OFF),
    "headers_without_end": Fault(lambda door: endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 999), Why.BROKEN_OFF),
    "switching_protocols": Fault(lambda door: closes(b"HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n"), Why.BROKEN_OFF),
    "continue_without_end": Fault(lambda door: drips(b"HTTP/1.1 100 Continue\r\n\r\n" * 9, 0.02), Why.TIMEOUT),
    "early_hints_before_the_answer": Fault(
        lambda door: writes(b"HTTP/1.1 100 X\r\n\r\nHTTP/1.1 103 X\r\nLink: <a>\r\n\r\n" + whole(door)), GOOD
    ),
    # the status
    "too_many_requests": Fault(_status(429, extra="Retry-After: 0\r\n"), Why.BUSY),
    "internal_server_error": Fault(_status(500), Why.SERVER_ERROR),
    "bad_gateway": Fault(_status(502), Why.SERVER_ERROR),
    "service_unavailable": Fault(_status(503), Why.BUSY),
    "gateway_timeout": Fault(_status(504), Why.SERVER_ERROR),
    "status_599": Fault(_status(599), Why.SERVER_ERROR),
    "no_content": Fault(lambda door: writes(b"HTTP/1.1 204 X\r\n\r\n"), "content_type"),
    "redirect_to_another_host": Fault(_to("http://127.0.0.1:9/x"), "redirect"),
    "redirect_to_a_file": Fault(_to("file:///etc/passwd"), "redirect"),
    "redirect_to_itself": Fault(_to("/"), "redirect"),
    "redirect_that_keeps_the_method": Fault(_to("http://127.0.0.1:9/x", 307), "redirect"),
    "redirect_for_ever": Fault(_to("http://127.0.0.1:9/x", 308), "redirect"),
    # what came
    "empty_body": Fault(_body(lambda good: b""), UNREAD),
    "login_page_under_200": Fault(_status(200, b"<html><form>login</form></html>"), "content_type"),
    "no_content_type": Fault(lambda door: writes(whole(door).replace(b"Content-Type", b"X-Type")), "content_type"),
    "content_type_of_5000_characters": Fault(
        lambda door: writes(http(door.good, media_type=f"application/{'x' * 5000}")), "content_type"
    ),
    "another_format_than_promised": Fault(
        lambda door: writes(http(b"x", media_type="application/pdf")), "content_type"
    ),
    "gzip_bomb": Fault(lambda door: writes(whole_of(BOMB, door, "Content-Encoding: gzip\r\n")), "content_encoding"),
    "gzip_twice": Fault(lambda door: writes(whole(door, extra="Content-Encoding: gzip, gzip\r\n")), "content_encoding"),
    "compressed_unsaid": Fault(_body(gzip.compress), "encoding"),
    "identity_said_in_capitals": Fault(lambda door: writes(whole(door, extra="Content-Encoding: Identity\r\n")), GOOD),
    "cut_off_inside": Fault(_body(lambda good: good[:-9]), UNREAD),
    "two_answers_in_one": Fault(_body(lambda good: good + good), UNREAD),
    "utf_16_with_its_mark": Fault(_body(lambda good: good.decode().encode("utf-16")), "encoding"),
    "bytes_that_are_no_utf_8": Fault(_body(lambda good: good[:-9] + b"\xff\xfe" + good[-9:]), "encoding"),
    "byte_order_mark_before_utf_8": Fault(_body(lambda good: b"\xef\xbb\xbf" + good), GOOD),
}


def _head_then_drip(door: Door) -> Answerer:
    async def answer(came: Came, writer: asyncio.StreamWriter) -> None:
        content = whole(door)
        at = content.index(b"\r\n\r\n") + 4
        writer.write(content[:at])
        await drips(content[at:], 0.03)(came, writer)

    return answer


def whole_of(body: bytes, door: Door, extra: str) -> bytes:
    return http(body, media_type=door.media_type, extra=extra)
