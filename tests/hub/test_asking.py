"""How a question is put: equal ones in flight are one question on the wire and two records, and nothing is kept that the catalog does not name."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import stamina.instrumentation

from adapters.contract import Found, Outcome, Query, Unavailable, Why
from adapters.manners import Manners
from catalog.types import ResourceField, ShareType
from hub.exchange import Answered, Ask, Exchange, Handler
from hub.policy import Party
from hub.sharinglog import SharingLog
from tests.hub.test_exchange import ASK, FOUND, GRANT, NOW, RESOURCE, exchange, log, records  # noqa: F401

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Slow:
    """Answers when `open` is set, and notes each question."""

    def __init__(self, *says: Outcome) -> None:
        self.open, self.says, self.asked = asyncio.Event(), list(says) or [FOUND], list[Query]()

    async def answer(self, query: Query) -> Outcome:
        self.asked.append(query)
        await self.open.wait()
        return self.says.pop(0) if len(self.says) > 1 else self.says[0]


PATIENT = replace(ASK, resource=replace(RESOURCE, timeout_seconds=5.0))


async def both(department: Slow, log: SharingLog, one: Ask, other: Ask) -> list[Answered]:  # noqa: F811
    door = Exchange({"civil-affairs": department}, log, clock=lambda: NOW)
    running = [asyncio.create_task(door.ask(ask)) for ask in (one, other)]
    while log.size() < 2 or not department.asked:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    department.open.set()
    return list(await asyncio.gather(*running))


async def test_equal_questions_in_flight_are_asked_once_and_each_caller_has_records_of_its_own(log: SharingLog) -> None:  # noqa: F811
    department = Slow()
    clerk = replace(PATIENT, handler=Handler("clerk-2", "xixia-window"))
    one, other = await both(department, log, PATIENT, clerk)
    assert one.outcome == other.outcome == FOUND and len(department.asked) == 1
    assert one.request_id != other.request_id and (one.intent_seq, other.intent_seq) == (0, 1)
    ends = {r["intent_seq"]: (r["attempts"], r.get("cache")) for r in records(log) if r["phase"] == "outcome"}
    assert ends == {0: (1, None), 1: (0, "joined:0")}


DATED = ResourceField("registered_on", ShareType.CONDITIONAL, {})
WIDE = replace(PATIENT.resource, fields=(*RESOURCE.fields, DATED))
ELSEWHERE = replace(WIDE, code="civil-affairs.divorce")
FULL = replace(GRANT, fields=("spouse_name", "registered_on"))
SAME = replace(PATIENT, resource=WIDE, fields=("spouse_name", "registered_on"), grants=(FULL,))
OTHER_PERSON = "41132319851212992X"
OTHERS = {
    "case": replace(SAME, case_no="XX20261120-0002"),
    "item": replace(SAME, item="food-permit"),
    "purpose": replace(SAME, purpose="verification", grants=(replace(FULL, purpose="verification"),)),
    "grant": replace(SAME, grants=(replace(FULL, code="G-2"),)),
    "clause": replace(SAME, grants=(replace(FULL, clause="art. 2"),)),
    "ground": replace(SAME, grants=(replace(FULL, ground="消防法"),)),
    "organisation": replace(SAME, handler=Handler("clerk-1", "another-window")),
    "person": replace(
        SAME,
        subject={"id_number": OTHER_PERSON},
        standing=replace(SAME.standing, parties=(Party("applicant", OTHER_PERSON, "id_card"),)),
    ),
    "fields": replace(SAME, fields=("spouse_name",)),
    "choice": replace(SAME, choice="2"),
    "resource": replace(SAME, resource=ELSEWHERE, grants=(replace(FULL, resource=ELSEWHERE.code),)),
    "version of the resource": replace(SAME, resource=replace(WIDE, title="婚姻信息")),
}
"""Each differs in the one part from SAME, with which it must not be joined."""


@pytest.mark.parametrize("part", OTHERS)
async def test_questions_of_another_case_or_ground_are_never_joined(log: SharingLog, part: str) -> None:  # noqa: F811
    department = Slow()
    one, other = await both(department, log, SAME, OTHERS[part])
    assert one.outcome == other.outcome == FOUND and len(department.asked) == 2
    assert all("cache" not in r for r in records(log))


async def test_when_the_first_caller_goes_away_the_second_asks_for_itself(log: SharingLog) -> None:  # noqa: F811
    department = Slow()
    door = Exchange({"civil-affairs": department}, log, clock=lambda: NOW)
    first, second = (asyncio.create_task(door.ask(PATIENT)) for _ in range(2))
    while log.size() < 2 or not department.asked:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.wait({first})
    department.open.set()
    assert (await second).outcome == FOUND and len(department.asked) == 2
    ends = {r["intent_seq"]: r["result"] for r in records(log) if r["phase"] == "outcome"}
    assert ends == {0: "unavailable", 1: "found"}


async def test_the_number_of_tries_is_in_the_outcome(log: SharingLog) -> None:  # noqa: F811
    department = Slow(Unavailable(Why.BROKEN_OFF), FOUND)
    department.open.set()
    manners = {"civil-affairs": Manners(2, first_wait_seconds=0.001)}
    door = Exchange({"civil-affairs": department}, log, clock=lambda: NOW, manners=manners)
    assert (await door.ask(PATIENT)).outcome == FOUND
    assert records(log)[1]["attempts"] == 2
    assert [query.request_id for query in department.asked] == [records(log)[0]["id"]] * 2
    assert department.asked[1].timeout_seconds < 5.0


async def down_for_all(log: SharingLog, manners: Manners, questions: int) -> list[int]:  # noqa: F811
    """How often each of so many questions of as many cases was put to a department that stays down, by the log."""
    department = Slow(Unavailable(Why.SERVER_ERROR))
    department.open.set()
    door = Exchange({"civil-affairs": department}, log, clock=lambda: NOW, manners={"civil-affairs": manners})
    patient = replace(RESOURCE, timeout_seconds=60.0)
    await door.ask_all([replace(PATIENT, resource=patient, case_no=f"XX-{n}") for n in range(questions)])
    tries = [int(str(r["attempts"])) for r in records(log) if r["phase"] == "outcome"]
    assert sum(tries) == len(department.asked)
    return tries


async def test_a_department_that_stays_down_has_one_retry_budget_for_all_who_ask_it(log: SharingLog) -> None:  # noqa: F811
    tries = await down_for_all(log, Manners(2, 0.2, first_wait_seconds=0.001), 60)
    assert len(tries) == 60 and 10 <= tries.count(2) <= 10 + 60 * 0.2


async def test_second_tries_of_many_questions_are_spread_by_chance(log: SharingLog) -> None:  # noqa: F811
    waits: list[float] = []
    stamina.instrumentation.set_on_retry_hooks([lambda retry: waits.append(retry.wait_for)])
    try:
        await down_for_all(log, Manners(2, 1.0, first_wait_seconds=0.01), 20)
    finally:
        stamina.instrumentation.set_on_retry_hooks(None)
    assert len(waits) >= 10 and len(set(waits)) == len(waits)
    assert all(0.01 <= wait <= 0.02 for wait in waits), "the first wait, and as much again by chance"


async def test_nothing_is_kept_unless_the_catalog_says_so(log: SharingLog) -> None:  # noqa: F811
    department = Slow()
    department.open.set()
    door = Exchange({"civil-affairs": department}, log, clock=lambda: NOW)
    for case in ("XX-1", "XX-2", "XX-2"):
        await door.ask(replace(PATIENT, case_no=case))
    assert len(department.asked) == 3


async def test_a_kept_answer_serves_another_case_for_its_lifetime_with_its_own_age(log: SharingLog) -> None:  # noqa: F811
    department, now = Slow(), [0.0]
    department.open.set()
    door = Exchange({"civil-affairs": department}, log, clock=lambda: NOW)
    door._asking._monotonic = lambda: now[0]
    kept = replace(PATIENT, resource=replace(RESOURCE, keep_seconds=60))
    await door.ask(kept)
    answered = await door.ask(replace(kept, case_no="XX20261120-0002"))
    assert isinstance(answered.outcome, Found) and answered.outcome.as_of == datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    assert records(log)[3]["cache"] == "kept:0" and len(department.asked) == 1
    now[0] = 60.0
    await door.ask(kept)
    assert len(department.asked) == 2


async def test_a_kept_answer_is_never_given_for_other_fields_or_without_a_grant(log: SharingLog) -> None:  # noqa: F811
    department = Slow()
    department.open.set()
    door = Exchange({"civil-affairs": department}, log, clock=lambda: NOW)
    kept = replace(PATIENT, resource=replace(RESOURCE, keep_seconds=60))
    await door.ask(kept)
    refused = await door.ask(replace(kept, grants=()))
    assert refused.intent_seq is None and records(log)[2]["phase"] == "denied"


async def test_an_outage_is_never_kept(log: SharingLog) -> None:  # noqa: F811
    department = Slow(Unavailable(Why.TIMEOUT), FOUND)
    department.open.set()
    door = Exchange({"civil-affairs": department}, log, clock=lambda: NOW)
    kept = replace(PATIENT, resource=replace(RESOURCE, keep_seconds=60))
    assert [(await door.ask(kept)).outcome for _ in range(2)][0] == Unavailable(Why.TIMEOUT)
    assert len(department.asked) == 2
