"""The site's departments as a hub reaches them: each with its own server, asked and handed things through the site's mappings. It asserts nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx2

from adapters.connect import Connected, Connection, Ports, connect
from adapters.contract import Batch, Outcome
from catalog.types import Site
from tests.adapters.kinds.making import Store, query

SITE = Path(__file__).parents[2] / "catalog/sites/xixia"
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)
"""When files are taken in: tests drop one day's file after another, and none may be of a day to come."""
T = TypeVar("T")


def patience(order: dict[str, object]) -> float:
    """Seconds to wait for a department under this order: short where it is to be outwaited, and long where its answer counts."""
    return 1.0 if order["mode"] == "slow" else 60.0


@dataclass(frozen=True)
class Town:
    """The site's catalog and where its departments answer."""

    site: Site
    addresses: dict[str, str]
    connections: dict[str, Any]
    drop: Path
    folder: Path

    def connection(self, code: str, **options: str) -> Connection:
        known = self.connections.get(code, {})
        drop = Path(known["folder"]) if "folder" in known else None
        given = {**known.get("options", {}), **options}
        return Connection(known.get("address", ""), known.get("secrets", {}), drop, options=given)

    def connected(
        self, code: str, batches: list[Batch] | None = None, patience: float | None = None, **options: str
    ) -> Connected:
        """`patience`: how many seconds a hand-over may take, where the manifest's own time is too long for a test."""
        taken = batches if batches is not None else []
        # The servers' clocks are right, and some want ours to be so too.
        clock = (lambda: LATER) if batches is not None else (lambda: datetime.now(UTC))
        ports = Ports(clock=clock, inbox=Store(), on_batch=taken.append, replica_folder=self.folder / "replicas")
        site, department = self.site, self.site.departments[code]
        if patience is not None:
            department = replace(department, wire={**department.wire, "handover_timeout_seconds": patience})
        return connect(department, site.resources.values(), self.connection(code, **options), ports)

    def ask(self, resource: str, subject: dict[str, str], **more: Any) -> Outcome:
        async def run(line: Connected) -> Outcome:
            assert line.answers is not None
            numbered = {"request_id": str(uuid4()), **more}  # a number of its own, as the hub gives each question
            return await line.answers.answer(query(self.site.resources[resource], subject, **numbered))

        return self.run(resource.partition(".")[0], run)

    def run(
        self, code: str, use: Callable[[Connected], Awaitable[T]], patience: float | None = None, **options: str
    ) -> T:
        async def whole() -> T:
            line = self.connected(code, None, patience, **options)
            try:
                return await use(line)
            finally:
                await line.close()

        return asyncio.run(whole())

    def control(self, code: str, **order: object) -> None:
        """Give a standing order. A department with a database keeps to it from its next look, and whoever reads its journal has it look."""
        _said("POST", f"{self.addresses[code]}/_control", json=order).raise_for_status()
        self.journal(code)

    def decide(self, code: str, **order: object) -> None:
        _said("POST", f"{self.addresses[code]}/_decide", json=order).raise_for_status()

    def drop_again(self) -> None:
        """The medical-insurance office sends every result so far once more."""
        _said("POST", f"{self.addresses['medical-insurance']}/_drop", json={"table": "djjg"}).raise_for_status()

    def applications(self, code: str) -> list[dict[str, Any]]:
        return list(_said("GET", f"{self.addresses[code]}/_applications").json()["applications"])

    def journal(self, code: str) -> list[dict[str, Any]]:
        found = _said("GET", f"{self.addresses[code]}/_journal").json()
        return list(found if isinstance(found, list) else next(v for v in found.values() if isinstance(v, list)))


def _said(method: str, url: str, **more: Any) -> httpx2.Response:
    """What a server's own door says. Nothing is encrypted there, and to read the machine's certificates takes ten times longer than to ask."""
    with httpx2.Client(trust_env=False, verify=False, timeout=60) as wire:
        return wire.request(method, url, **more)
