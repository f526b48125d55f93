"""Connections to a department are kept: many questions go over few of them, and never over more than it bears."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from adapters.connect import Connected, Connection, Ports, connect
from adapters.contract import Found, Outcome
from adapters.kinds.kept import Kept
from tests.adapters.kinds.far_side import Came, http
from tests.adapters.kinds.far_side import _request as request_of
from tests.adapters.kinds.making import NOW, department_of, query
from tests.adapters.kinds.soap_town import HERE, toml
from tests.hub import test_rest_faults as rest
from tests.hub import test_soap_faults as soap
from tests.hub.test_exchange import PERSON

QUESTIONS = 40
MANIFESTS: dict[str, tuple[str, Path, bytes]] = {
    "rest": (rest.manifest("d", rest.FAULTS["oversize"]), Path("/"), http(rest.JSON)),
    "soap": (toml(soap.WIRE, "", soap.RESOURCE), HERE, http(soap.GOOD.encode(), media_type="text/xml")),
}


class Counted:
    """A far side that counts connections as they are accepted, and how many are open at once."""

    def __init__(self, answer: bytes, closes_after: int = 0) -> None:
        self.answer, self.closes_after = answer, closes_after
        self.accepted = self.most = self.open = 0
        self.came: list[Came] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted, self.open = self.accepted + 1, self.open + 1
        self.most, answered = max(self.most, self.open), 0
        try:
            while (came := await request_of(reader)) is not None:
                self.came.append(came)
                writer.write(self.answer)
                answered += 1
                if answered == self.closes_after:
                    break
        finally:
            self.open -= 1
            writer.close()

    @asynccontextmanager
    async def at_a_port(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        server.close()


async def asks(kind: str, far: Counted, ask: Callable[[Connected], AsyncIterator[Outcome]]) -> list[Outcome]:
    text, folder, _ = MANIFESTS[kind]
    async with far.at_a_port() as address:
        department, known = department_of(text, folder)
        where = Connection(address, {"user": "u", "password": "p"})
        line = connect(department, known.values(), where, Ports(lambda: NOW))
        try:
            return [outcome async for outcome in ask(line)]
        finally:
            await line.close()


async def one(line: Connected, kind: str) -> Outcome:
    assert line.answers is not None
    (resource,) = department_of(*MANIFESTS[kind][:2])[1].values()
    return await line.answers.answer(query(resource, {"id_number": PERSON}, timeout_seconds=20.0))


@pytest.mark.parametrize("kind", MANIFESTS)
def test_questions_one_after_another_go_over_one_connection(kind: str) -> None:
    async def in_turn(line: Connected) -> AsyncIterator[Outcome]:
        for _ in range(QUESTIONS):
            yield await one(line, kind)

    far = Counted(MANIFESTS[kind][2])
    outcomes = asyncio.run(asks(kind, far, in_turn))
    assert all(isinstance(outcome, Found) for outcome in outcomes)
    assert (far.accepted, len(far.came)) == (1, QUESTIONS)


@pytest.mark.parametrize("kind", MANIFESTS)
def test_questions_at_once_open_no_more_connections_than_the_department_bears(kind: str) -> None:
    async def at_once(line: Connected) -> AsyncIterator[Outcome]:
        for outcome in await asyncio.gather(*(one(line, kind) for _ in range(QUESTIONS))):
            yield outcome

    far = Counted(MANIFESTS[kind][2])
    outcomes = asyncio.run(asks(kind, far, at_once))
    assert all(isinstance(outcome, Found) for outcome in outcomes) and len(far.came) == QUESTIONS
    assert far.accepted <= 4 and far.most <= 4, "max_in_flight of a department that says nothing else"


@pytest.mark.parametrize("kind", MANIFESTS)
def test_a_department_that_closes_after_each_answer_is_asked_all_the_same(kind: str) -> None:
    async def in_turn(line: Connected) -> AsyncIterator[Outcome]:
        for _ in range(5):
            yield await one(line, kind)
            await asyncio.sleep(0.01)  # its closing is on the way

    far = Counted(MANIFESTS[kind][2].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1), closes_after=1)
    outcomes = asyncio.run(asks(kind, far, in_turn))
    assert all(isinstance(outcome, Found) for outcome in outcomes) and far.accepted == 5


async def wide(far: Counted, kept: Kept, address: str, questions: int = 4) -> list[httpx2.Response]:
    """As many requests under way at once, their answers not read yet."""
    async with asyncio.timeout(20):
        return [await kept.handle_async_request(httpx2.Request("GET", address)) for _ in range(questions)]


def test_connections_of_a_rush_are_closed_once_they_were_idle_for_long() -> None:
    async def run() -> int:
        far, kept = Counted(http(b"{}")), Kept(ssl.create_default_context(), seconds=0.0)
        async with far.at_a_port() as address:
            for answer in await wide(far, kept, address):
                await answer.aread()
            assert far.accepted == 4
            for answer in await wide(far, kept, address, questions=1):
                await answer.aread()
            async with asyncio.timeout(20):
                while far.open > 1:
                    await asyncio.sleep(0.005)
            await kept.aclose()
        return far.accepted

    assert asyncio.run(run()) == 5


def test_an_answer_under_way_is_read_to_its_end_though_the_line_is_closed_and_leaves_no_connection() -> None:
    async def run() -> list[bytes]:
        far, kept = Counted(http(b"{}")), Kept(ssl.create_default_context())
        async with far.at_a_port() as address:
            answers = await wide(far, kept, address)
            await kept.aclose()
            bodies = [await answer.aread() for answer in answers]
            async with asyncio.timeout(20):
                while far.open:
                    await asyncio.sleep(0.005)
        return bodies

    assert asyncio.run(run()) == [b"{}"] * 4
