"""Each fault of the line to a front database, through the whole doorway: a real PostgreSQL behind a relay that spoils what it answers."""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from adapters.connect import Connection, Ports, connect
from adapters.contract import Found
from adapters.kinds import frontdb_line
from hub.sharinglog import SharingLog
from tests.adapters.faults.test_limits import certificate
from tests.adapters.kinds.making import department_of, query
from tests.hub.doorway import NAME, NOW, PATIENT, Told, is_well, log, told
from tests.hub.test_exchange import PERSON
from tests.hub.test_table_faults import DDL, TOML
from tests.support.postgres import Postgres

__all__ = ["log"]
ENCRYPTED = (80877103).to_bytes(4, "big")
"""What a client says first that would rather speak TLS (PostgreSQL's protocol, SSLRequest)."""
ONE_AT_A_TIME = TOML.replace('kind = "frontdb"', 'kind = "frontdb"\nmax_in_flight = 1')
SILENT = "silent"
"""The fault that befalls every answer, and not that with the person's name alone."""


class Relay:
    """Passes on what both sides say; from the answer with a person's name on it does as `fault` says. One thread, until `close`."""

    def __init__(self, there: str | tuple[str, int], fault: str = "", certificate: Path | None = None) -> None:
        self.there, self.fault, self.certificate = there, fault, certificate
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.server.getsockname()[1]}"
        self._other: dict[socket.socket, socket.socket] = {}
        self._asks: set[socket.socket] = set()
        self._dripping: dict[socket.socket, bytes] = {}
        self.spoilt = 0
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
        self._between(client, socket.AF_UNIX)

    def _between(self, client: socket.socket, family: socket.AddressFamily) -> None:
        there = socket.socket(family)
        there.connect(self.there)
        self._other |= {client: there, there: client}
        self._asks.add(client)

    def _pass_on(self, one: socket.socket) -> None:
        to, said = self._other.get(one), one.recv(65536)
        if to is None or not said:
            self._drop(one)
        elif one not in self._asks and self._spoils(said):
            self._spoil(one, to, said)
        else:
            to.sendall(said)

    def _spoils(self, said: bytes) -> bool:
        return self.fault == SILENT or (bool(self.fault) and NAME.encode() in said)

    def _spoil(self, there: socket.socket, client: socket.socket, said: bytes) -> None:
        self.spoilt += 1
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


def connection_of(front: str, relay: Relay) -> Connection:
    address = f"postgresql://{relay.address}/{make_url(front).database}"
    return Connection(address, {"user": "postgres"}, ca=relay.certificate)


async def through_the_doorway(place: Connection, relay: Relay, log: SharingLog, faults: Sequence[str]) -> list[Told]:
    """A question for each fault, on one line that one at a time may use; "" where the line is well."""
    department, known = department_of(ONE_AT_A_TIME)
    line = connect(department, known.values(), place, Ports(lambda: NOW))
    try:
        found = []
        for relay.fault in faults:
            in_time = relay.fault in ("swallowed_answer", "dripping", SILENT)
            found += await told(log, line, next(iter(known.values())), 0.4 if in_time else PATIENT)
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
    bad, good = asyncio.run(through_the_doorway(connection_of(front, relay), relay, log, (fault, "")))
    assert bad.said == FAULTS[fault] and good.said == ("found", "") and is_well(good)


def test_a_kept_line_that_falls_silent_between_two_questions_keeps_no_thread(
    front: str, relay: Relay, log: SharingLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frontdb_line, "CUT_AFTER_SECONDS", 0.1)
    _, bad, good = asyncio.run(through_the_doorway(connection_of(front, relay), relay, log, ("", SILENT, "")))
    assert bad.said == ("unavailable", "timeout") and good.said == ("found", "") and is_well(good)


def test_who_leaves_while_a_line_is_silent_leaves_no_thread_behind(
    front: str, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frontdb_line, "CUT_AFTER_SECONDS", 0.1)

    async def run() -> object:
        department, known = department_of(ONE_AT_A_TIME)
        line = connect(department, known.values(), connection_of(front, relay), Ports(lambda: NOW))
        assert line.answers is not None
        (resource,) = known.values()
        try:
            relay.fault = "swallowed_answer"
            leaves = asyncio.ensure_future(
                line.answers.answer(query(resource, {"id_number": PERSON}, request_id="1", timeout_seconds=0.4))
            )
            while not (relay.spoilt or leaves.done()):
                await asyncio.sleep(0.01)
            leaves.cancel()
            relay.fault = ""
            return await line.answers.answer(
                query(resource, {"id_number": PERSON}, request_id="2", timeout_seconds=20.0)
            )
        finally:
            await line.close()

    assert isinstance(asyncio.run(run()), Found)


def test_an_expired_certificate_is_not_believed_and_recorded_so(
    front: str, relay: Relay, log: SharingLog, tmp_path: Path
) -> None:
    relay.certificate = certificate(tmp_path, "127.0.0.1", days=-1)
    [found] = asyncio.run(through_the_doorway(connection_of(front, relay), relay, log, ("",)))
    assert found.said == ("unavailable", "untrusted")
