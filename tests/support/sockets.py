"""The guard on sockets: nothing beyond loopback, and no connection opened by our code outside `adapters`. It mends nothing.

Who opens a connection is the innermost frame of our own code at the moment of connect(), followed through the tasks that lead
there: `hub → adapters → httpx2` is the adapter's connection, `hub → httpx2` the hub's. Tests and the demo that
plays a person may connect; the databases connect by themselves. uvloop is kept out of test processes (conftest), since its
connections could not be seen.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

ROOT = Path(__file__).resolve().parents[2]
OURS = ("hub", "adapters", "catalog", "certificates", "tests")
MAY_CONNECT = ("adapters/", "tests/", "hub/demo", "hub/store/", "hub/sharinglog/")
SELF = "tests/support/sockets.py"
LOOP = asyncio.events.__file__
RULE = "Only adapters/ opens an outgoing connection (docs/design.md §2, rule 2)"


class Blocked(RuntimeError):
    """A connection that a rule of the house forbids. Not an OSError: nobody may take it for a department that is down."""


class Guard:
    """Notes forbidden connections in `broken`, for whoever swallows the exception, and raises Blocked."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self._began_by: WeakKeyDictionary[Any, str] = WeakKeyDictionary()

    def check(self, family: int, address: Any) -> None:
        """Raises Blocked for an address beyond loopback, or a TCP connection that our code may not open."""
        if family not in (socket.AF_INET, socket.AF_INET6):
            return
        if not _loopback(str(address[0])):
            self._block(f"No test reaches beyond loopback: connect to {address[0]} from {self.opener() or 'a library'}")
        opener = self.opener()
        if opener and not opener.startswith(MAY_CONNECT):
            self._block(f"{RULE}; this one was opened by {opener}")

    def check_name(self, host: Any) -> None:
        """Raises Blocked for a look-up that would ask a name server; names under .invalid fail as they should."""
        name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
        if name.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if name not in ("localhost", socket.gethostname(), "testserver") and not _literal(name):
            self._block(f"No test reaches beyond loopback: look-up of {name} from {self.opener() or 'a library'}")
        if _literal(name) and not _loopback(name):
            self._block(f"No test reaches beyond loopback: {name}")

    def opener(self) -> str:
        """The file of ours that is nearest to the present call, or empty."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == LOOP:
                task = asyncio.current_task()
                return self._began_by.get(task, "") if task else ""
            path = _house_path(frame.f_code.co_filename)
            if path and path != SELF:
                return path
            frame = frame.f_back
        return ""

    def note_task(self, task: Any) -> None:
        opener = self.opener()
        if opener:
            self._began_by[task] = opener

    def _block(self, fault: str) -> None:
        self.broken.append(fault)
        raise Blocked(fault)


@contextmanager
def installed(guard: Guard) -> Iterator[None]:
    """Put the guard before every socket of this process, and take it away again."""
    plain_lookup, plain_task = socket.getaddrinfo, asyncio.base_events.BaseEventLoop.create_task
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _guarded(guard, getattr(socket.socket, name)))

    def lookup(host: Any, *rest: Any, **options: Any) -> Any:
        guard.check_name(host)
        return plain_lookup(host, *rest, **options)

    def create_task(self: Any, coro: Any, **options: Any) -> Any:
        task = plain_task(self, coro, **options)
        guard.note_task(task)
        return task

    socket.getaddrinfo = lookup
    asyncio.base_events.BaseEventLoop.create_task = create_task  # type: ignore[method-assign]
    try:
        yield
    finally:
        for name in ("connect", "connect_ex", "sendto"):
            delattr(socket.socket, name)  # the plain one is inherited from the C class
        socket.getaddrinfo = plain_lookup
        asyncio.base_events.BaseEventLoop.create_task = plain_task  # type: ignore[method-assign]


def _guarded(guard: Guard, plain: Any) -> Any:
    def call(self: socket.socket, *arguments: Any) -> Any:
        try:
            guard.check(self.family, arguments[-1])
        except Blocked:
            self.close()  # the library that opened it does not expect this error
            raise
        return plain(self, *arguments)

    return call


@cache
def _house_path(file: str) -> str:
    try:
        path = Path(file).resolve().relative_to(ROOT)
    except ValueError:
        return ""
    return path.as_posix() if path.parts[0] in OURS else ""


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _loopback(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    return _literal(host) and ipaddress.ip_address(host.partition("%")[0]).is_loopback
