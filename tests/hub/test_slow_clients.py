"""Clients on the wire that are slow, endless or lie: the server ends them and goes on; each test is named after the fault."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from hub import patience
from hub.app import Server
from hub.patience import CONNECTIONS, Patient
from tests.hub.api.wired import Wired

Address = tuple[str, int]
GET = b"GET /login HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def served(wired: Wired) -> Iterator[Address]:
    """The whole hub behind a real socket, with less patience than it has."""
    patient = pytest.MonkeyPatch()
    for name, seconds in (("HEAD_SECONDS", 2.0), ("BODY_SECONDS", 2.0)):  # a busy machine is no slow client
        patient.setattr(patience, name, seconds)
    config = uvicorn.Config(wired.app, port=0, http=Patient, ws="none", log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()
    server.should_exit = True
    thread.join(60)
    patient.undo()


def said(address: Address, *parts: bytes, pause: float = 0.0) -> bytes:
    """Everything that the server answers before it ends the connection."""
    with socket.create_connection(address, timeout=60) as wire:
        try:
            for part in parts:
                wire.sendall(part)
                time.sleep(pause)
            heard = b""
            while chunk := wire.recv(65536):
                heard += chunk
        except (ConnectionResetError, BrokenPipeError):
            return b""
    return heard


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def still_there(address: Address) -> bool:
    answers = (said(address, GET + b"Connection: close\r\n\r\n") for _ in range(5))
    return any(answer and status(answer) == 200 for answer in answers)


def test_the_hub_is_served_with_patience_that_ends(wired: Wired) -> None:
    config = Server(wired.hub).config
    assert (config.http, config.limit_concurrency) == (Patient, CONNECTIONS)


def test_a_head_is_answered_without_a_body_and_the_connection_goes_on(served: Address) -> None:
    head = b"HEAD /verify HTTP/1.1\r\nHost: x\r\n"
    answers = said(served, head + b"\r\n" + head + b"Connection: close\r\n\r\n").split(b"\r\n\r\n")
    assert [status(one) for one in answers[:-1]] == [200, 200] and answers[-1] == b""
    assert all(b"content-length: 0" not in one.lower() for one in answers[:-1])


def test_a_client_that_says_nothing(served: Address) -> None:
    assert said(served) == b"" and still_there(served)


def test_a_head_that_drips(served: Address) -> None:
    began = time.monotonic()
    assert said(served, GET, *[b"X"] * 12, pause=0.1) == b""
    assert time.monotonic() - began < patience.HEAD_SECONDS + 20 and still_there(served)


def test_a_head_without_end(served: Address) -> None:
    line = b"X-Flood: " + b"x" * 4000 + b"\r\n"
    assert said(served, GET, *[line] * 400) == b"" and still_there(served)


def test_a_body_that_drips(served: Address, caplog: pytest.LogCaptureFixture) -> None:
    head = b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 90\r\n\r\n"
    assert said(served, head, *[b"a"] * 12, pause=0.1) == b"" and still_there(served)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_client_that_leaves_in_the_middle_is_no_bug(served: Address, caplog: pytest.LogCaptureFixture) -> None:
    for path in (b"/login", b"/api/v1/session"):
        with socket.create_connection(served, timeout=60) as wire:
            wire.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na")
    assert still_there(served)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: x",
        b"Content-Length: -1",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked, identity",
        b"X y: z",
        b": nameless",
        b"X: a\x00b",
    ],
)
def test_a_head_that_contradicts_itself(served: Address, head: bytes) -> None:
    answer = said(served, b"POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + head + b"\r\n\r\nabcde")
    assert (answer == b"" or 400 <= status(answer) < 500) and still_there(served)


def test_a_chunked_body_without_end(served: Address, wired: Wired) -> None:
    token = wired.session("clerk")["Authorization"].encode()
    head = b"POST /api/v1/openings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    answer = said(served, head + b"Authorization: " + token + b"\r\nTransfer-Encoding: chunked\r\n\r\n", *[chunk] * 20)
    assert (answer == b"" or status(answer) == 413) and still_there(served)


@pytest.mark.parametrize("line", [b"GET /login?q=\xff\xfe HTTP/1.1", b"GET /\xff HTTP/1.1", b"GET /api/v1/\xd6\xd0?a=\xff HTTP/1.1", b"GET //elsewhere.invalid/ HTTP/1.1", b"GET http://elsewhere.invalid/login HTTP/1.1", b"nonsense", b"\x16\x03\x01\x02\x00"])  # fmt: skip
def test_a_request_line_that_is_none_of_ours(served: Address, line: bytes) -> None:
    answer = said(served, line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (answer == b"" or status(answer) < 500) and still_there(served)


@pytest.mark.parametrize("sent", [b"\xb2", b"nonsense", b"-1", b"9" * 300, b"1e3"])
def test_a_last_event_id_that_is_none(served: Address, wired: Wired, sent: bytes) -> None:
    cookie = f"Cookie: yijian={wired.token('clerk')}\r\n".encode()
    answer = said(served, b"GET /cases/none/feed HTTP/1.1\r\nHost: x\r\nConnection: close\r\nLast-Event-ID: " + sent + b"\r\n" + cookie + b"\r\n")  # fmt: skip
    assert status(answer) == 404
