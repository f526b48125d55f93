"""One hub node of bench/cases.py and bench/memory.py: clerks who play whole cases at its counter, and its worker. It is no command of its own.

It reads one line with what to play, and prints one JSON line when it is ready and one when all is archived.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import behind  # noqa: F401
from sqlalchemy import Connection, event, func, select
from town import Town

from adapters.simulators.population import numbers
from catalog.parsing import site_from
from catalog.reading import read_site
from catalog.types import Matter
from hub.app import Server
from hub.cli.memory import give_large_blocks_back
from hub.clock import new_id, utc_now
from hub.demo.story import SCAN, TYPED
from hub.identity.principal import HUB, Principal, Role
from hub.settings import Settings
from hub.store.tables import cases, queries
from hub.wiring.build import Hub, build

MATTER, BRIEF = "open-guesthouse", "bench-brief"
"""Five items with one dependency; and one item with one question, which costs a tenth of it."""
LOOK_SECONDS = 0.02
STATEMENTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
PATIENCE_SECONDS = 600.0


@dataclass
class Counted:
    """Statements of this process to the hub's own database, and transactions in which it changed something."""

    statements: int = 0
    commits: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, hub: Hub) -> None:
        engine = hub.database.engine

        @event.listens_for(engine, "after_cursor_execute")
        def executed(connection: Connection, _c: Any, statement: str, _p: Any, _x: Any, _m: bool) -> None:
            with self._lock:
                self.statements += statement.startswith(STATEMENTS) and not statement.startswith("SELECT count(*)")
            if statement.startswith(STATEMENTS[1:]):
                connection.info["changed"] = True

        @event.listens_for(engine, "commit")
        def committed(connection: Connection) -> None:
            if connection.info.pop("changed", False):
                with self._lock:
                    self.commits += 1

        @event.listens_for(engine, "rollback")
        def rolled_back(connection: Connection) -> None:
            connection.info.pop("changed", None)


class Counter:
    """Clerks at one node."""

    def __init__(self, hub: Hub, node: str) -> None:
        self._hub, self._node = hub, node
        self._clerk = Principal(HUB, clerk_of(hub), "演示窗口甲", "hub", hub.settings.region, frozenset({Role.CLERK}))

    def play(self, number: int, matter: str = MATTER) -> None:
        """One whole case, from the counter to the archive."""
        case_id = self.open(number, matter)
        self._type(case_id)
        self._hand_in(case_id)
        self._hub.clerk.act(self._clerk, case_id, "receive", promise=True)
        self._until(lambda: self._count(cases, cases.c.id == case_id, cases.c.state == "archived"))

    def open(self, number: int, matter: str = MATTER) -> str:
        """A form that departments have filled; gives the case's id."""
        case_id = self._open(number, self._hub.catalogs.current().matters[matter])
        self._until(lambda: not self._count(queries, queries.c.case_id == case_id, queries.c.state == "queued"))
        return case_id

    def _open(self, number: int, matter: Matter) -> str:
        role = matter.roles[0]
        one = _firm(number) if role.kind == "enterprise" else _person(number)
        parties = {role.code: {**one, "proof": role.proofs[0], "phone": "13800000000"}}
        items = tuple(item.item for item in matter.items)
        key = f"{self._node}-{new_id(utc_now())}"
        return self._hub.clerk.open_case(self._clerk, matter.code, {}, items, parties, key)

    def _type(self, case_id: str) -> None:
        case = self._hub.clerk.case(self._clerk, case_id)
        for f in (f for group in case.groups for f in group.fields):
            if f.status == "conflict":
                self._hub.clerk.resolve(self._clerk, case_id, f.key, f.alternatives[0].which, "original_seen")
            elif f.required and f.status == "empty":
                value = TYPED.get(f.key) or (f.options[0].code if f.options else f.example)
                self._hub.clerk.set_field(self._clerk, case_id, f.key, value, "original_seen" if f.locked else "")

    def _hand_in(self, case_id: str) -> None:
        for m in self._hub.clerk.case(self._clerk, case_id).materials:
            if m.status in ("missing", "waiting"):
                self._hub.clerk.upload(self._clerk, case_id, m.code, f"{m.code}.pdf", "application/pdf", SCAN)

    def _count(self, table: Any, *where: Any) -> int:
        with self._hub.database.read() as session:
            return int(session.execute(select(func.count()).select_from(table).where(*where)).scalar_one())

    def _until(self, holds: Any) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            if time.monotonic() > end:
                raise SystemExit("a case did not come to its end")
            time.sleep(LOOK_SECONDS)


def _firm(number: int) -> dict[str, str]:
    return {"identifier": numbers.uscc(f"MA9Y{number % 10_000:04d}"), "name": "西峡县示例民宿有限公司"}


def _person(number: int) -> dict[str, str]:
    born = date(1970, 1, 1) + timedelta(days=number // 10 % 10_000)
    return {"identifier": numbers.id_number(f"{born:%Y%m%d}", 990 + number % 10), "name": "测试甲"}


def clerk_of(hub: Hub) -> str:
    """The account that the bench made."""
    from hub.store.tables import accounts

    with hub.database.read() as session:
        return str(session.execute(select(accounts.c.id)).scalars().first())


async def main() -> None:
    give_large_blocks_back()  # as `yijian serve` does
    settings = Settings()
    town = Town(site_from(read_site(settings.site)[0]), settings.region)
    hub = build(settings, adapters=town.adapters())
    town.report(hub)
    counted = Counted()
    counted.watch(hub)
    counter = Counter(hub, settings.node)
    async with _serving(hub) if "--serve" in sys.argv else _working(hub) as port:
        print(json.dumps({"ready": True, "port": port}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            act = _opened if "open" in order else _played
            print(json.dumps(await asyncio.to_thread(act, counter, counted, town, order)), flush=True)
    hub.close()


@asynccontextmanager
async def _working(hub: Hub) -> AsyncIterator[int]:
    """The worker alone."""
    stop = asyncio.Event()
    running = asyncio.create_task(hub.runner().run(stop))
    yield 0
    stop.set()
    await running


@asynccontextmanager
async def _serving(hub: Hub) -> AsyncIterator[int]:
    """Doors and worker, as `yijian serve` has them."""
    server = Server(hub)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(LOOK_SECONDS)
    yield server.port
    server.end()
    await running


def _opened(counter: Counter, counted: Counted, town: Town, order: dict[str, int]) -> dict[str, Any]:
    """Open forms and leave them open; their ids once every question is answered, and what that took."""
    statements, cpu = counted.statements, time.process_time()
    with ThreadPoolExecutor(order["at_once"]) as clerks:
        ids = list(clerks.map(counter.open, range(order["first"], order["first"] + order["open"])))
    return {"ids": ids, "statements": counted.statements - statements, "cpu": time.process_time() - cpu}


def _played(counter: Counter, counted: Counted, town: Town, order: dict[str, int]) -> dict[str, Any]:
    """Play `cases` cases, `at_once` at a time, beginning with number `first`; what it took."""
    commits, statements, pushed = counted.commits, counted.statements, town.pushed
    cpu, began = time.process_time(), time.monotonic()
    with ThreadPoolExecutor(order["at_once"]) as clerks:
        matter = BRIEF if order.get("brief") else MATTER
        list(clerks.map(lambda n: counter.play(n, matter), range(order["first"], order["first"] + order["cases"])))
    if town.failed:
        raise SystemExit(f"a report was not taken: {town.failed[0]}")
    return {
        "seconds": time.monotonic() - began,
        "commits": counted.commits - commits,
        "statements": counted.statements - statements,
        "pushed": town.pushed - pushed,
        "cpu": time.process_time() - cpu,
    }


if __name__ == "__main__":
    asyncio.run(main())
