"""While a department's wire is down its persons answer, at their inbox; once it is back, whoever answers first has answered."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from adapters.contract import Denied, Outcome, Query, Unavailable, Why
from adapters.kinds.inbox import InboxAnswers
from catalog.fallback import Fallback
from hub.errors import NotThere
from hub.exchange import Exchange
from hub.prefill import settle
from hub.prefill.driver import Prefill, inbox_answered
from hub.prefill.later import LaterAnswer
from hub.prefill.rules import Reason
from hub.sharinglog import SharingLog
from hub.store import work
from hub.store.database import Database
from hub.store.files import Files, FolderStore
from hub.store.tables import inbox_entries, queries
from hub.wiring.fallingback import FallingBack
from hub.wiring.inbox_store import Inbox
from tests.hub.prefill.making import HAPPY, INDEX_KEY, LEASE, NOW, REGION, SITE, Departments, World

DOWN = Unavailable(Why.REFUSED_CONNECTION)
BY_HAND = LaterAnswer("found", "official-1", "estate", {"deed_no": "示例-0009"}, as_of=NOW)


def made(database: Database, log: SharingLog, folder: Path, rule: Fallback) -> World:
    departments, files = Departments(log), Files(FolderStore(folder / "files"))
    inbox = InboxAnswers(Inbox(database, files, REGION, lambda: NOW, lambda at: at))
    answers = {code: departments for code in SITE.departments}
    exchange = Exchange(answers, log, clock=lambda: world.now, by_hand={"estate": inbox})
    prefill = Prefill(database, exchange, files, lambda _: SITE, INDEX_KEY, None, {"estate": rule})
    world = World(database, prefill, departments, log)
    world.open_case()
    departments.replies[LEASE.code] = DOWN
    return world


@pytest.fixture
def world(database: Database, log: SharingLog, tmp_path: Path) -> World:
    """The land registry is down, and its persons answer at once."""
    return made(database, log, tmp_path, Fallback(questions_after_minutes=0))


@pytest.fixture
def waiting(world: World) -> World:
    """The question about the lease waits for a person."""
    world.start()
    world.run()
    return world


def entries(world: World) -> list[Any]:
    with world.database.read() as session:
        return list(session.execute(select(inbox_entries).order_by(inbox_entries.c.number)))


def answer(world: World) -> None:
    """As the inbox page does it: the entry is done and the answer kept, in one transaction."""
    with world.database.write() as session:
        inbox_answered(session, entries(world)[0].number, BY_HAND, world.now)
        session.execute(update(inbox_entries).values(state="done", done_by="official-1"))


def records(world: World, *phases: str) -> list[tuple[Any, ...]]:
    found = [e.record for e in world.log.entries() if e.record.get("phase") in (phases or ("outcome",))]
    return [(r.get("result"), r.get("reason")) for r in found]


def tick(world: World, rule: Fallback | None = None) -> None:
    """The tick, and what it put to be done."""
    looking = FallingBack({"estate": rule or Fallback(questions_after_minutes=0)}, REGION)
    commit = asyncio.run(looking.look(work.Claimed(0, "fall_back", "t", "", {}, 1)))
    assert commit is not None
    with world.database.write() as session:
        commit(session, world.now)
    world.run()


# --- to a person --------------------------------------------------------------------------------------------------------


def test_a_question_to_a_wire_that_is_down_waits_for_a_person_and_the_log_names_that_door(waiting: World) -> None:
    query = waiting.query(LEASE)
    assert (query.state, query.outcome, query.reason) == ("pending", "pending", "by_hand:refused_connection")
    [entry] = entries(waiting)
    assert (entry.department, entry.state, entry.body["fields"]) == ("estate", "open", ["deed_no"])
    assert entry.body["instead_of"] == "refused_connection"
    assert {("unavailable", "refused_connection"), ("pending", "by_hand:refused_connection")} <= {*records(waiting)}
    assert waiting.value("premises.deed_no").status == "waiting"


def test_what_a_person_answered_fills_the_form_says_that_it_came_by_hand_and_is_worth_less(waiting: World) -> None:
    answer(waiting)
    waiting.run()
    value = waiting.value("premises.deed_no")
    assert (value.value, value.status) == ("示例-0009", "auto")
    assert value.source is not None
    assert (value.source.trust, value.source.reason) == ("B", "by_hand:refused_connection")
    [later] = [e.record for e in waiting.log.entries() if e.record.get("answers_seq") is not None]
    assert (later["result"], later["consumer"]["app"]) == ("found", "yijian-inbox")
    assert waiting.value("premises.address").value, "the next question follows from it"


@pytest.mark.parametrize("said", [Denied("no"), Unavailable(Why.BUSY)])
def test_who_answers_or_asks_to_be_left_alone_is_not_down(world: World, said: Outcome) -> None:
    world.departments.replies[LEASE.code] = said
    world.start()
    world.run()
    assert entries(world) == []


def test_a_department_whose_manifest_says_nothing_is_never_asked_by_hand(world: World) -> None:
    world.departments.replies |= {LEASE.code: HAPPY[LEASE.code], "market.licence": DOWN}
    world.start()
    world.run()
    assert entries(world) == []


def test_a_worker_that_died_on_the_way_to_the_person_leaves_one_entry(world: World) -> None:
    world.start()
    with world.database.write() as session:
        session.execute(update(queries).where(queries.c.resource == LEASE.code).values(tries=2))
    for _ in range(2):
        task = work.Claimed(0, "ask", "k", "", {**args(world), "try": "2", "by_hand": "timeout"}, 1)
        asyncio.run(world.prefill.answer_one(task))
    assert len(entries(world)) == 1


def args(world: World) -> dict[str, str]:
    query = world.query(LEASE)
    return {"query": query.id, "case": query.case_id, "try": str(query.tries)}


def test_a_manifest_that_waits_lets_the_clerk_go_on_and_the_tick_hands_it_over_later(
    database: Database, log: SharingLog, tmp_path: Path
) -> None:
    rule = Fallback(questions_after_minutes=30)
    world = made(database, log, tmp_path, rule)
    world.start()
    world.run()
    assert (world.query(LEASE).state, entries(world)) == ("answered", [])
    tick(world, rule)
    assert entries(world) == [], "half an hour has not gone by"
    world.now = NOW + timedelta(minutes=31)
    tick(world, rule)
    assert (world.query(LEASE).state, len(entries(world))) == ("pending", 1)


def test_what_a_clerk_has_settled_is_not_handed_over(database: Database, log: SharingLog, tmp_path: Path) -> None:
    rule = Fallback(questions_after_minutes=30)
    world = made(database, log, tmp_path, rule)
    world.start()
    world.run()
    world.act(settle.go_on, world.query(LEASE).id, Reason("source_down"))
    world.now = NOW + timedelta(minutes=31)
    tick(world, rule)
    assert entries(world) == []


# --- the wire is back ---------------------------------------------------------------------------------------------------


def test_the_wire_that_is_back_answers_what_nobody_took_and_the_person_need_not(waiting: World) -> None:
    waiting.departments.replies[LEASE.code] = HAPPY[LEASE.code]
    waiting.now = NOW + timedelta(minutes=2)
    tick(waiting)
    value = waiting.value("premises.deed_no")
    assert value.source is not None
    assert (value.value, value.source.trust, value.source.reason) == ("示例-0001", "A", "")
    [entry] = entries(waiting)
    assert (entry.state, entry.done_by) == ("done", "wire")
    assert ("unavailable", "superseded") in records(waiting), "the person's place in the log is closed"
    with pytest.raises(NotThere):
        answer(waiting)


def test_a_wire_that_is_still_down_leaves_it_with_the_person_and_is_tried_less_and_less(waiting: World) -> None:
    waiting.now = NOW + timedelta(minutes=2)
    tick(waiting)
    tick(waiting)
    assert len(waiting.departments.asked_of(LEASE)) == 2, "once before, once as a probe"
    assert (waiting.query(LEASE).state, entries(waiting)[0].state) == ("pending", "open")
    answer(waiting)
    waiting.run()
    assert waiting.value("premises.deed_no").value == "示例-0009"


def test_a_person_who_answers_while_the_wire_is_asked_was_first(waiting: World) -> None:
    async def late(query: Query) -> Outcome:
        answer(waiting)
        return HAPPY[LEASE.code]

    waiting.departments.replies[LEASE.code] = late
    waiting.now = NOW + timedelta(minutes=2)
    tick(waiting)
    value = waiting.value("premises.deed_no")
    assert (value.value, value.status) == ("示例-0009", "auto")
    assert ("found", None) in records(waiting), "what the wire said stands in the log"


def test_the_wire_is_not_asked_while_a_person_is_at_it(waiting: World) -> None:
    waiting.departments.replies[LEASE.code] = HAPPY[LEASE.code]
    waiting.now = NOW + timedelta(minutes=2)
    with waiting.database.write() as session:
        taken = {**entries(waiting)[0].body, "taken_at": waiting.now.isoformat()}
        session.execute(update(inbox_entries).values(body=taken))
    tick(waiting)
    assert waiting.query(LEASE).state == "pending"
    waiting.now += timedelta(minutes=31)
    tick(waiting)
    assert waiting.query(LEASE).state == "answered"


def test_a_worker_that_died_with_the_wires_answer_asks_again_and_nothing_is_doubled(waiting: World) -> None:
    waiting.departments.replies[LEASE.code] = HAPPY[LEASE.code]
    task = work.Claimed(0, "ask-wire", "k", "", args(waiting), 1)
    asyncio.run(waiting.back.ask_wire(task))
    waiting.now = NOW + timedelta(minutes=2)
    tick(waiting)
    assert (waiting.query(LEASE).outcome, entries(waiting)[0].done_by) == ("found", "wire")


def test_two_departments_with_the_same_number_at_their_inboxes_are_not_mixed_up(waiting: World) -> None:
    with waiting.database.write() as session, pytest.raises(NotThere):
        inbox_answered(session, entries(waiting)[0].number, replace(BY_HAND, organisation="market"), NOW)
