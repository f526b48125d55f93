"""Starts all servers in one thread with its own event loop, and stops them; used by the demo's process and by tests.

Which there are is in `departments`; what each does is in its own file.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.simulators.departments import KINDS
from adapters.simulators.journal import Journal, Now
from adapters.simulators.server import Connection, Setting, Simulator
from adapters.simulators.timestamper import TimestampServer, make_authority

_STOP_SECONDS = 2.0
_STAMPS_FOR = timedelta(days=1100)


@dataclass(frozen=True)
class Config:
    """`folder`: journals, state, keys, drops. `hub`: base URL of the hub. `base_port` 0 = any free ports, else base + 1, base + 2, ….
    `auto`: desks decide by themselves `delay_seconds` after each step. `idempotent`: the platform takes repeats as one. `only`: codes of
    those to start; none means all."""

    folder: Path
    hub: str
    host: str = "127.0.0.1"
    base_port: int = 0
    auto: bool = True
    delay_seconds: float = 0.5
    idempotent: bool = True
    now: Now = field(default=lambda: datetime.now(UTC))
    only: frozenset[str] = frozenset()


class Running:
    """The running servers. `addresses`: base URL by code; `connections`: how the hub reaches each; `folders`: drop folders by code;

    `peers`: codes of those that call the hub, each with its key under `<folder>/keys`. `timestamper`: address of the timestamp authority, which
    is nobody's department; its root lies in `<folder>/trust/timestamp-roots`.
    """

    def __init__(self, config: Config) -> None:
        setting = Setting(config.folder, config.hub, config.now, config.auto, config.delay_seconds, config.idempotent)
        self._config, self._setting = config, setting
        self.simulators: dict[str, Simulator[Any]] = {}
        self.addresses: dict[str, str] = {}
        self.connections: dict[str, Connection] = {}
        self.folders: Mapping[str, Path] = {}
        self.peers: tuple[str, ...] = ()
        self.timestamper = ""
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="simulators", daemon=True)

    def begin(self) -> Running:
        """Return once every server listens. Raises OSError when a port is taken."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def journal(self, code: str) -> Journal:
        """That server's journal, to be read from the test's own thread."""
        return self.simulators[code].journal

    def stop(self) -> None:
        """Close everything within two seconds; may be called twice."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join(_STOP_SECONDS)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        opened: list[Simulator[Any]] = []
        try:
            for place, kind in enumerate(KINDS, 1):
                if self._config.only and kind.code not in self._config.only:
                    continue
                simulator = kind(self._setting)
                self.simulators[kind.code] = simulator
                opened.append(simulator)
                port = self._config.base_port + place if self._config.base_port else 0
                self.addresses[kind.code] = await simulator.open(self._config.host, port)
            self._describe()
            async with self._stamping():
                self._ready.set()
                await self._ended.wait()
        except Exception as failure:  # told to the starting thread, which raises it
            self._failure = failure
        finally:
            await asyncio.gather(*(simulator.close() for simulator in opened))
            self._ready.set()

    @asynccontextmanager
    async def _stamping(self) -> AsyncIterator[None]:
        """The timestamp authority beside the departments, with keys of its own for as long as it runs."""
        now = self._config.now()
        authority = make_authority(now - timedelta(days=1), now + _STAMPS_FOR)
        place = (
            self._config.folder / "trust" / "timestamp-roots" / f"{hashlib.sha256(authority.root).hexdigest()[:12]}.pem"
        )
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(ssl.DER_cert_to_PEM_cert(authority.root))
        server = TimestampServer(authority, self._config.now)
        port = self._config.base_port + len(KINDS) + 1 if self._config.base_port else 0
        self.timestamper = await server.open(self._config.host, port)
        try:
            yield
        finally:
            await server.close()

    def _describe(self) -> None:
        folder = self._config.folder
        self.connections = {
            code: kept.connection(self.addresses[code], folder) for code, kept in self.simulators.items()
        }
        self.folders = {
            code: Path(str(known["folder"])) for code, known in self.connections.items() if "folder" in known
        }
        self.peers = tuple(code for code, kept in self.simulators.items() if kept.reporter is not None)


def start(config: Config) -> Running:
    """All servers up and listening. Raises OSError when a port is taken."""
    return Running(config).begin()
