"""One dead department is nobody else's trouble: forty that hang, and every page and every other department answers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import anyio
from starlette.testclient import TestClient

from adapters.connect import Connected, Connection, Ports, connect
from adapters.contract import Outcome, Query, Unavailable, Why
from catalog.types import Department, Kind, Resource, ResourceField, ShareType, Wire
from hub.clock import utc_now
from hub.exchange import Ask, Exchange
from tests.hub.api import wired
from tests.hub.test_exchange import ASK, FOUND, GRANT

FORTY = 40
SILENT_SECONDS, A_FEW_SECONDS = 0.8, 6.0
PAGES = ("/login", "/progress", "/desk", "/healthz", "/api/v1/matters", "/api/v1/cases")


class Prompt:
    async def answer(self, query: Query) -> Outcome:
        return FOUND


@contextmanager
def hung() -> Iterator[str]:
    """A port where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as server:
        taken: list[socket.socket] = []

        def take() -> None:
            with suppress(OSError):
                while True:
                    taken.append(server.accept()[0])

        thread = threading.Thread(target=take)
        thread.start()
        try:
            yield f"postgresql://127.0.0.1:{server.getsockname()[1]}/front"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in taken:
                connection.close()


FRONT = {"table": "HYXX", "match": {"ZJHM": "id_number"}}
DROP = {"file": "hyxx", "match": {"ZJHM": "id_number"}}
FILES = {
    "control": {"file": "WJM", "rows": "HS", "sha256": "ZY", "produced_on": "RQ"},
    "files": {"hyxx": {"pattern": "hyxx_{yyyymmdd}.csv", "columns": ["ZJHM", "POXM"]}},
}


def front(number: int, address: str, folder: Path) -> tuple[Connected, Ask]:
    """A front database at that address, which takes the connection and says nothing."""
    return made(f"front-{number}", Kind.FRONTDB, FRONT, {}, Connection(address), Ports(utc_now))


def drop(number: int, address: str, folder: Path) -> tuple[Connected, Ask]:
    """A file drop whose replica is in a database there."""
    ports = Ports(utc_now, on_batch=lambda _: None, replica_folder=folder, replica_url=address)
    return made(f"drop-{number}", Kind.FILEDROP, DROP, FILES, Connection(folder=folder), ports)


def made(code: str, kind: Kind, asked: Wire, wire: Wire, connection: Connection, ports: Ports) -> tuple[Connected, Ask]:
    field = ResourceField("spouse_name", ShareType.CONDITIONAL, {"path": "POXM"})
    resource = Resource(
        f"{code}.marriage",
        code,
        "婚姻",
        ShareType.CONDITIONAL,
        ("id_number",),
        (field,),
        wire=asked,
        timeout_seconds=SILENT_SECONDS,
    )
    department = Department(code, "示例局", "", kind, "411323", wire=wire)
    connected = connect(department, [resource], connection, ports)
    grant = replace(GRANT, resource=resource.code)
    return connected, replace(ASK, resource=resource, fields=("spouse_name",), grants=(grant,))


def test_forty_hung_front_databases_and_forty_hung_replicas_slow_neither_a_page_nor_another_department(
    tmp_path: Path,
) -> None:
    wired.prepare(tmp_path)
    with hung() as address:
        fronts = [hanging(number, address, tmp_path) for hanging in (front, drop) for number in range(FORTY)]
        hub = wired.opened(tmp_path)
        answers = {a.resource.department: c.answers for c, a in fronts if c.answers is not None}
        exchange = Exchange({**answers, "civil-affairs": Prompt()}, hub.hub.log, clock=utc_now, at_once=8 * FORTY)
        asks = [replace(ask, case_no=f"XX-{n}") for n in range(4) for _, ask in fronts]
        with TestClient(hub.app, base_url=wired.BASE, follow_redirects=False) as client:
            assert client.portal is not None
            asking = client.portal.start_task_soon(exchange.ask_all, asks)
            began = time.monotonic()
            for page in PAGES:
                assert client.get(page, headers=hub.session("clerk")).status_code < 400
            assert client.portal.call(exchange.ask, ASK).outcome == FOUND
            took = time.monotonic() - began
            assert not asking.done() or took > SILENT_SECONDS, "nobody hung while the pages were asked for"
            ended = asking.result(timeout=20)
        hub.hub.close()
    assert took < A_FEW_SECONDS, f"{len(PAGES)} pages and a question took {took:.1f} s"
    assert {answered.outcome for answered in ended} <= {
        Unavailable(why) for why in (Why.TIMEOUT, Why.BREAKER_OPEN, Why.BUSY)
    }
    for connected, _ in fronts:
        anyio.run(connected.close)
