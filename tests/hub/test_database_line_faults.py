"""Each fault of the line to a front database, through the whole doorway: a real PostgreSQL behind a relay that spoils what it answers."""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from adapters.connect import Connection, Ports, connect
from adapters.kinds import frontdb_line
from hub.sharinglog import SharingLog
from tests.adapters.faults.test_limits import certificate
from tests.adapters.kinds.making import department_of
from tests.hub.doorway import NAME, NOW, Told, is_well, log, told
from tests.hub.test_table_faults import DDL, TOML
from tests.support.postgres import Postgres

__all__ = ["log"]
ENCRYPTED = (80877103).to_bytes(4, "big")
"""What a client says first that would rather speak TLS (PostgreSQL's protocol, SSLRequest)."""


class Relay:
    """Passes on what both sides say; from the answer with a person's name on it does as `fault` says. One thread, until `close`."""

    def __init__(self, unix: str, fault: str = "", certificate: Path | None = None) -> None:
        self.unix, self.fault, self.certificate = unix, fault, certificate
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.server.getsockname()[1]}"
        self._other: dict[socket.socket, socket.socket] = {}
        self._asks: set[socket.socket] = set()
        self._dripping: dict[socket.socket, bytes] = {}
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        self._ends.set()
        self._thread.join()
        for one in (self.server, *self._other):
            one.close()

    def _run(self) -> None:
        while not self._ends.is_set():
            readable, _, _ = select.select([self.server, *self._other], [], [], 0.02)
            for one in readable:
                with suppress(OSError):
                    self._accept() if one is self.server else self._pass_on(one)
            for to, left in list(self._dripping.items()):
                with suppress(OSError):
                    to.send(left[:1])
                self._dripping[to] = left[1:] or b" "

    def _accept(self) -> None:
        client, _ = self.server.accept()
        head = client.recv(8)
        if head[4:] == ENCRYPTED and self.certificate is not None:
            client.send(b"S")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            context.wrap_socket(client, server_side=True).close()
            return
        client.send(b"N")
        there = socket.socket(socket.AF_UNIX)
        there.connect(self.unix)
        self._other |= {client: there, there: client}
        self._asks.add(client)

    def _pass_on(self, one: socket.socket) -> None:
        to, said = self._other.get(one), one.recv(65536)
        if to is None or not said:
            self._drop(one)
        elif self.fault and one not in self._asks and NAME.encode() in said:
            self._spoil(one, to, said)
        else:
            to.sendall(said)

    def _spoil(self, there: socket.socket, client: socket.socket, said: bytes) -> None:
        if self.fault == "reset_mid_answer":
            client.sendall(said[: said.index(NAME.encode())])
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._drop(client)
        if self.fault == "dripping":
            self._dripping[client] = said

    def _drop(self, one: socket.socket) -> None:
        for gone in (one, self._other.pop(one, None)):
            if gone is not None:
                self._other.pop(gone, None)
                self._dripping.pop(gone, None)
                gone.close()


@pytest.fixture(scope="module")
def front(postgres: Postgres) -> Iterator[str]:
    """The department's database, by its unix socket."""
    with postgres.fresh() as url, psycopg.connect(url, autocommit=True) as theirs:
        for statement in filter(str.strip, DDL.split(";")):
            theirs.execute(statement)
        yield url


@pytest.fixture
def relay(front: str) -> Iterator[Relay]:
    found = Relay(f"{make_url(front).query['host']}/.s.PGSQL.5432")
    yield found
    found.close()


async def through_the_doorway(front: str, relay: Relay, log: SharingLog, times: int = 1) -> list[Told]:
    """The second question is put when the line is well again."""
    department, known = department_of(TOML.replace('kind = "frontdb"', 'kind = "frontdb"\nmax_in_flight = 1'))
    address, secrets = f"postgresql://{relay.address}/{make_url(front).database}", {"user": "postgres"}
    line = connect(department, known.values(), Connection(address, secrets, ca=relay.certificate), Ports(lambda: NOW))
    try:
        found = []
        for n in range(times):
            in_time = n == 0 and relay.fault in ("swallowed_answer", "dripping")
            found += await told(log, line, next(iter(known.values())), 0.4 if in_time else 20.0)
            relay.fault = ""
        return found
    finally:
        await line.close()


FAULTS = {
    "reset_mid_answer": ("unavailable", "broken_off"),
    "swallowed_answer": ("unavailable", "timeout"),
    "dripping": ("unavailable", "timeout"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_its_outcome_and_its_record_and_the_next_question_is_answered(
    fault: str, front: str, relay: Relay, log: SharingLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frontdb_line, "CUT_AFTER_SECONDS", 0.1)
    relay.fault = fault
    bad, good = asyncio.run(through_the_doorway(front, relay, log, times=2))
    assert bad.said == FAULTS[fault] and good.said == ("found", "") and is_well(good)


def test_an_expired_certificate_is_not_believed_and_recorded_so(
    front: str, relay: Relay, log: SharingLog, tmp_path: Path
) -> None:
    relay.certificate = certificate(tmp_path, "127.0.0.1", days=-1)
    [found] = asyncio.run(through_the_doorway(front, relay, log))
    assert found.said == ("unavailable", "untrusted")
