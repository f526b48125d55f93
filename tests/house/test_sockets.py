"""The guard on sockets itself: it must see through libraries and tasks. It opens nothing beyond loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import httpx2
import pytest

from tests.support.sockets import ROOT, Blocked, Guard

SOURCE = """
import asyncio
import httpx2

def ask(port):
    return httpx2.get(f"http://127.0.0.1:{port}/")

async def ask_async(port):
    async with httpx2.AsyncClient() as client:
        return await client.get(f"http://127.0.0.1:{port}/")

async def ask_in_a_task(port):
    return await asyncio.create_task(ask_async(port))
"""


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as listener:  # bound but not listening: a connect is refused
        listener.bind(("127.0.0.1", 0))
        yield listener.getsockname()[1]


def played_by(path: str) -> ModuleType:
    """The same code as if it stood in this file of the house."""
    module = ModuleType("played")
    exec(compile(SOURCE, str(ROOT / path), "exec"), module.__dict__)
    return module


@pytest.mark.parametrize("path", ["hub/exchange.py", "hub/web/pages.py", "catalog/join.py", "certificates/verify.py"])
def test_a_connection_outside_adapters_is_blocked(path: str, closed_port: int, sockets: Guard) -> None:
    with pytest.raises(Blocked, match=f"Only adapters/ opens .* opened by {path}"):
        played_by(path).ask(closed_port)
    assert sockets.broken.pop()


@pytest.mark.parametrize("verb", ["ask_async", "ask_in_a_task"])
def test_a_connection_is_followed_through_tasks(verb: str, closed_port: int, sockets: Guard) -> None:
    module = played_by("hub/exchange.py")
    with pytest.raises(Exception) as caught:  # noqa: PT011 - a task group may wrap it
        asyncio.run(getattr(module, verb)(closed_port))
    assert "hub/exchange.py" in sockets.broken.pop(), caught.value
    sockets.broken.clear()


@pytest.mark.parametrize("path", ["adapters/kinds/rest.py", "hub/demo/story.py", "tests/stories/test_x.py"])
def test_adapters_the_client_and_tests_may_connect(path: str, closed_port: int) -> None:
    with pytest.raises(httpx2.ConnectError):
        played_by(path).ask(closed_port)
    with pytest.raises(httpx2.ConnectError):
        asyncio.run(played_by(path).ask_in_a_task(closed_port))


def test_nothing_is_reached_beyond_loopback(sockets: Guard) -> None:
    with pytest.raises(Blocked, match="beyond loopback"), socket.socket() as s:
        s.connect(("192.0.2.1", 80))
    with pytest.raises(Blocked, match="look-up of example.com"):
        socket.create_connection(("example.com", 80))
    sockets.broken.clear()


def test_a_name_under_invalid_fails_as_an_unknown_name(sockets: Guard) -> None:
    with pytest.raises(socket.gaierror):
        socket.create_connection(("zfgjj.invalid", 80))


def test_uvloop_stays_out_of_test_processes() -> None:
    with pytest.raises(ImportError):
        __import__("uvloop")
    assert Path(ROOT, "pyproject.toml").exists()
