"""Starts all servers in one thread with its own event loop, and stops them; used by the demo's process and by tests.

It is the only place that knows all simulators; what each does is in its own file.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.simulators.journal import Journal, Now
from adapters.simulators.market_regulation import MarketRegulation
from adapters.simulators.province import Province
from adapters.simulators.public_security import PublicSecurity
from adapters.simulators.real_estate import RealEstate
from adapters.simulators.server import Setting, Simulator
from adapters.simulators.sms import Sms

KINDS: tuple[type[Simulator[Any]], ...] = (PublicSecurity, MarketRegulation, RealEstate, Province, Sms)
"""In the order of their ports: base + 1, base + 2, …"""

_STOP_SECONDS = 2.0


@dataclass(frozen=True)
class Config:
    """`folder`: journals, state, keys, drops. `hub`: base URL of the hub. `base_port` 0 = any free ports, else base + 1 … 5.
    `auto`: desks decide by themselves `delay_seconds` after each step. `idempotent`: the platform takes repeats as one."""

    folder: Path
    hub: str
    host: str = "127.0.0.1"
    base_port: int = 0
    auto: bool = True
    delay_seconds: float = 0.5
    idempotent: bool = True
    now: Now = field(default=lambda: datetime.now(UTC))


class Running:
    """The running servers. `addresses`: base URL by code; `folders`: drop folders by code."""

    def __init__(self, config: Config) -> None:
        setting = Setting(config.folder, config.hub, config.now, config.auto, config.delay_seconds, config.idempotent)
        self._config, self._setting = config, setting
        self.simulators: dict[str, Simulator[Any]] = {}
        self.addresses: dict[str, str] = {}
        self.folders: Mapping[str, Path] = {}
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
                simulator = kind(self._setting)
                self.simulators[kind.code] = simulator
                opened.append(simulator)
                port = self._config.base_port + place if self._config.base_port else 0
                self.addresses[kind.code] = await simulator.open(self._config.host, port)
            self.folders = {"real-estate": self._config.folder / "drops" / "real-estate"}
            self._ready.set()
            await self._ended.wait()
        except Exception as failure:  # told to the starting thread, which raises it
            self._failure = failure
        finally:
            await asyncio.gather(*(simulator.close() for simulator in opened))
            self._ready.set()


def start(config: Config) -> Running:
    """All servers up and listening. Raises OSError when a port is taken."""
    return Running(config).begin()
