"""The stage for faults of every kind of wire: a department is asked through the whole doorway, and while it is held its neighbour is asked too.

What it asserts holds for every fault: an intent was recorded before, its end names it, no value stands in either, the neighbour
answered while the faulty question was still open, and nothing put the loop to sleep.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection as Database
from sqlalchemy.engine import Engine

from adapters.connect import Connected, Connection, Ports, connect
from adapters.contract import Answers, Found, Outcome, Query
from catalog.types import Resource
from hub.exchange import Ask, Exchange
from hub.policy import Party
from hub.sharinglog import LogKeys, SharingLog
from tests.adapters.kinds.far_side import Answerer, Came, far_side, says
from tests.adapters.kinds.making import department_of
from tests.hub.test_exchange import ASK, GRANT, PERSON
from tests.support.standing import watched

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
NAME = "测试乙"
PATIENT = 30.0
"""Seconds: most faults are not about time, and machines are slow."""
WELL = {"spouse_name": NAME}
NEIGHBOUR = """
[department]
code = "market"
name = "邻居局"
uscc = "11411323MB00009009"
kind = "rest"
[resources.r]
title = "测试"
share = "conditional"
subject = ["id_number"]
[resources.r.wire]
path = "/hy/{id_number}"
[resources.r.fields]
spouse_name = { path = "$.po", required = true }
"""


@dataclass(frozen=True)
class Told:
    """What the log says of one question, and its outcome."""

    result: str
    reason: str
    outcome: object

    @property
    def said(self) -> tuple[str, str]:
        return self.result, self.reason


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharingLog]:
    """One log for all faults of a module."""
    folder = tmp_path_factory.mktemp("log")
    keys = LogKeys.create(folder)
    opened = SharingLog.open(
        f"sqlite:///{folder / 'log.sqlite'}", keys, "x.example/log", lambda: NOW, "n", follow=False
    )
    yield opened
    opened.close()


def asking(resource: Resource, seconds: float = PATIENT, about: str = PERSON) -> Ask:
    """For the one fact of these resources, by the one person of the case."""
    grant = replace(GRANT, resource=resource.code)
    standing = replace(ASK.standing, parties=(Party("applicant", about, "id_card"),))
    asked = replace(ASK, subject={"id_number": about}, standing=standing, fields=("spouse_name",), grants=(grant,))
    return replace(asked, resource=replace(resource, timeout_seconds=seconds))


@dataclass
class Open:
    """The faulty department's line. Its question stays open until the neighbour was answered, unless it has a limit of its own."""

    line: Answers
    is_patient: bool
    began: asyncio.Event = field(default_factory=asyncio.Event)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, query: Query) -> Outcome:
        self.began.set()
        outcome = await self.line.answer(query)
        if self.is_patient:
            await self.may_end.wait()
        return outcome


async def told(
    log: SharingLog,
    faulty: Connected,
    resource: Resource,
    seconds: float = PATIENT,
    times: int = 1,
    release: Callable[[], None] = lambda: None,
    about: str = PERSON,
) -> list[Told]:
    """Asks the faulty department, and its neighbour once that question is on its way. `release` is called when the neighbour has
    been answered: until then the far side may hold whatever it has to say."""
    assert faulty.answers is not None
    found = []
    with watched() as stood_still:
        async with _neighbour() as (well, other):
            for _ in range(times):
                held = Open(faulty.answers, seconds >= PATIENT)
                exchange = Exchange({resource.department: held, "market": well.answers}, log, clock=lambda: NOW)  # type: ignore[dict-item]
                asked = asyncio.create_task(exchange.ask(asking(resource, seconds, about)))
                await asyncio.wait_for(held.began.wait(), PATIENT)
                good = await exchange.ask(asking(other))
                assert isinstance(good.outcome, Found) and good.outcome.values == WELL
                assert not asked.done() or not held.is_patient
                release()
                held.may_end.set()
                found.append(await asked)
    assert stood_still == [], "the loop slept, and whoever else was asked had to wait"
    records = [entry.record for entry in log.entries()]
    return [_pair(records, one.outcome_seq or 0, resource.department, one.outcome) for one in found]


def holding(answer: Answerer, released: asyncio.Event) -> Answerer:
    """A far side that has every question and says nothing until it is released."""

    async def held(came: Came, writer: asyncio.StreamWriter) -> None:
        await released.wait()
        await answer(came, writer)

    return held


@contextmanager
def held_database(address: str) -> Iterator[Callable[[], None]]:
    """Every statement to a database whose address holds these words waits until what is given here is called."""
    released = threading.Event()

    def hold(connection: Database, *_: object) -> None:
        if address in str(connection.engine.url) and not released.wait(PATIENT):
            released.set()  # who waits on the loop has waited once, and the test is red

    event.listen(Engine, "before_cursor_execute", hold)
    try:
        yield released.set
    finally:
        released.set()
        event.remove(Engine, "before_cursor_execute", hold)


def _pair(records: Sequence[Mapping[str, Any]], seq: int, department: str, outcome: object) -> Told:
    end = records[seq]
    intent = records[int(str(end["intent_seq"]))]
    assert (intent["phase"], end["phase"]) == ("intent", "outcome") and int(str(end["intent_seq"])) < seq
    assert intent["provider"]["org"] == department
    assert not any(value in json.dumps([intent, end], ensure_ascii=False) for value in (PERSON, NAME))
    assert PERSON not in repr(outcome) and NAME not in repr(outcome)
    return Told(str(end["result"]), str(end.get("reason") or ""), outcome)


@asynccontextmanager
async def _neighbour() -> AsyncIterator[tuple[Connected, Resource]]:
    async with far_side(says({"po": NAME})) as side:
        department, known = department_of(NEIGHBOUR, Path("/"))
        line = connect(department, known.values(), Connection(side.address), Ports(clock=lambda: NOW))
        try:
            yield line, next(iter(known.values()))
        finally:
            await line.close()


def is_well(told: Told) -> bool:
    """Where the fault changes nothing: the answer is there."""
    return told.result != "found" or (isinstance(told.outcome, Found) and told.outcome.values == WELL)
