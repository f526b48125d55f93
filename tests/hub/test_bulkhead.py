"""One dead department is nobody else's trouble: while forty hang, every page and every other department answers. They hang until the test lets them go."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import pytest
from starlette.testclient import TestClient

from adapters.connect import Connected, Connection, Ports, connect
from adapters.contract import Found, Unavailable, Why
from adapters.kinds import replica_tables
from catalog.types import Department, Kind, Resource, ResourceField, ShareType, Wire
from hub.clock import utc_now
from hub.exchange import Ask, Exchange
from hub.web.gate import cookie_name
from tests.hub.api import wired
from tests.hub.test_exchange import ASK, GRANT, PERSON
from tests.support.standing import watched

FORTY = 40
PLACES = 4
"""Questions that one front database bears at once: so many of its threads hang."""
AT_LEAST = FORTY * PLACES + FORTY
"""Lines that hang: of each front database all, of each replica the one that opens it."""
LONG_SECONDS = 60
"""When the test gives up, and lets them go itself. Nothing else ends in this time."""
PAGES = ("/login", "/progress", "/desk", "/healthz", "/api/v1/matters", "/api/v1/cases")


@dataclass
class Hung:
    """A server that takes connections and says nothing, until `let_go`."""

    server: socket.socket
    taken: list[socket.socket] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"postgresql://127.0.0.1:{self.server.getsockname()[1]}/front"

    def take(self) -> None:
        with suppress(OSError):
            while True:
                connection = self.server.accept()[0]
                if self.is_over.is_set():
                    connection.close()
                else:
                    self.taken.append(connection)

    def let_go(self) -> None:
        self.is_over.set()
        for connection in self.taken:
            connection.close()

    def wait_for(self, lines: int) -> None:
        """Until so many hang; raises after LONG_SECONDS, when whoever shares threads has not enough of them."""
        until = time.monotonic() + LONG_SECONDS
        while len(self.taken) < lines:
            assert time.monotonic() < until and not self.is_over.wait(0.02), f"only {len(self.taken)} of {lines} hang"


@contextmanager
def hung() -> Iterator[Hung]:
    with socket.create_server(("127.0.0.1", 0), backlog=512) as server:
        found = Hung(server)
        thread, limit = threading.Thread(target=found.take), threading.Timer(2 * LONG_SECONDS, found.let_go)
        thread.start()
        limit.start()
        try:
            yield found
        finally:
            limit.cancel()
            found.let_go()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


FRONT = {"table": "HYXX", "match": {"ZJHM": "id_number"}}
DROP = {"file": "hyxx", "match": {"ZJHM": "id_number"}}
PATIENT = {"connect_timeout_seconds": 2 * LONG_SECONDS}
FILES = {
    "control": {"file": "WJM", "rows": "HS", "sha256": "ZY", "produced_on": "RQ"},
    "files": {"hyxx": {"pattern": "hyxx_{yyyymmdd}.csv", "columns": ["ZJHM", "POXM"]}},
}


def front(code: str, address: str) -> tuple[Connected, Ask]:
    return made(code, Kind.FRONTDB, FRONT, PATIENT, Connection(address), Ports(utc_now))


def drop(code: str, folder: Path, address: str = "") -> tuple[Connected, Ask]:
    """A file drop whose replica is in a database there; "": in a file of its own, where no file came yet."""
    ports = Ports(utc_now, on_batch=lambda _: None, replica_folder=folder, replica_url=address)
    return made(code, Kind.FILEDROP, DROP, FILES, Connection(folder=folder), ports)


def made(code: str, kind: Kind, asked: Wire, wire: Wire, connection: Connection, ports: Ports) -> tuple[Connected, Ask]:
    fields = (ResourceField("spouse_name", ShareType.CONDITIONAL, {"path": "POXM"}),)
    whole = Resource(f"{code}.marriage", code, "婚姻", ShareType.CONDITIONAL, ("id_number",), fields, wire=asked)
    resource = replace(whole, timeout_seconds=2 * LONG_SECONDS)
    department = Department(code, "示例局", "", kind, "411323", wire=wire, max_in_flight=PLACES)
    grant = replace(GRANT, resource=resource.code)
    connected = connect(department, [resource], connection, ports)
    return connected, replace(ASK, resource=resource, fields=("spouse_name",), grants=(grant,))


def well(folder: Path) -> list[tuple[Connected, Ask]]:
    """A front database and a file drop like the forty, of which nothing hangs."""
    place = folder / "front.sqlite"
    with closing(sqlite3.connect(place)) as theirs, theirs:
        theirs.execute("CREATE TABLE HYXX (ZJHM VARCHAR(18) PRIMARY KEY, POXM VARCHAR(40))")
        theirs.execute("INSERT INTO HYXX VALUES (?, '测试乙')", (PERSON,))
    return [front("well-front", f"sqlite:///{place}"), drop("well-drop", folder)]


def test_forty_hung_front_databases_and_forty_hung_replicas_slow_neither_a_page_nor_another_department(
    prepared_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(replica_tables.LIFELINE, "connect_timeout", 2 * LONG_SECONDS)
    shutil.copytree(prepared_folder, tmp_path / "hub")
    hub, others = wired.opened(tmp_path / "hub"), well(tmp_path)
    with hung() as far, TestClient(hub.app, base_url=wired.BASE, follow_redirects=False) as client:
        fronts = [front(f"front-{n}", far.address) for n in range(FORTY)]
        drops = [drop(f"drop-{n}", tmp_path, far.address) for n in range(FORTY)]
        answers = {ask.resource.department: line.answers for line, ask in (*others, *fronts, *drops) if line.answers}
        exchange = Exchange(answers, hub.hub.log, clock=utc_now, at_once=2 * FORTY * PLACES)
        asks = [replace(ask, case_no=f"XX-{n}") for n in range(PLACES) for _, ask in (*fronts, *drops)]
        client.cookies.set(cookie_name(hub.hub.settings), hub.token("clerk"))
        assert client.portal is not None
        asking = client.portal.start_task_soon(exchange.ask_all, asks)
        far.wait_for(AT_LEAST)
        with watched(client.portal.call(threading.current_thread)) as stood_still:
            for page in PAGES:
                assert client.get(page, headers=hub.session("clerk")).status_code == 200, page
            found, none_yet = [client.portal.call(exchange.ask, ask).outcome for _, ask in others]
        assert isinstance(found, Found) and none_yet == Unavailable(Why.NO_REPLICA)
        ended = [entry.record for entry in hub.hub.log.entries() if entry.record.get("phase") == "outcome"]
        assert len(ended) == len(others) and not far.is_over.is_set(), "they hung no more when the others answered"
        assert stood_still == []
        far.let_go()
        assert {type(one.outcome) for one in asking.result(timeout=LONG_SECONDS)} == {Unavailable}
        for connected, _ in (*others, *fronts, *drops):
            anyio.run(connected.close)
    hub.hub.close()
