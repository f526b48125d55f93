"""The stage for faults of every kind of wire: a department is asked through the whole doorway while its neighbour is asked too.

What it asserts holds for every fault: an intent was recorded before, its end names it, no value stands in either, and the neighbour
answered as ever.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.connect import Connected, Connection, Ports, connect
from adapters.contract import Found
from catalog.types import Resource
from hub.exchange import Ask, Exchange
from hub.sharinglog import LogKeys, SharingLog
from tests.adapters.kinds.far_side import far_side, says
from tests.adapters.kinds.making import department_of
from tests.hub.test_exchange import ASK, GRANT, PERSON

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


def asking(resource: Resource, seconds: float = PATIENT) -> Ask:
    """For the one fact of these resources, by the one person of the case."""
    grant = replace(GRANT, resource=resource.code)
    return replace(ASK, resource=replace(resource, timeout_seconds=seconds), fields=("spouse_name",), grants=(grant,))


async def told(
    log: SharingLog, faulty: Connected, resource: Resource, seconds: float = PATIENT, times: int = 1
) -> list[Told]:
    """Asks the faulty department and, at the same moment, its neighbour."""
    async with _neighbour() as (well, other):
        lines = {resource.department: faulty.answers, "market": well.answers}
        exchange = Exchange(lines, log, clock=lambda: NOW)  # type: ignore[arg-type]
        found = []
        for _ in range(times):
            bad, good = await exchange.ask_all([asking(resource, seconds), asking(other)])
            assert isinstance(good.outcome, Found) and good.outcome.values == WELL
            found.append(bad)
    records = [entry.record for entry in log.entries()]
    return [_pair(records, one.outcome_seq or 0, resource.department, one.outcome) for one in found]


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
