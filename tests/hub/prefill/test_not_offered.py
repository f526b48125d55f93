"""A resource that its department does not offer for now, while cases run: nobody is asked, the page says why, and there are ways on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.contract import DEFERRED, Pending
from hub.prefill import settle
from hub.prefill.rules import Reason
from hub.store import work
from tests.hub.prefill.making import LEASE, NOW, World

NOTICE = "系统升级，12月1日恢复"


def announce(world: World, notice: str | None) -> None:
    """What the catalog of today says; the case began with an earlier one, which says nothing of it."""
    world.prefill = replace(world.prefill, offered=lambda _, code: notice if code == LEASE.code else None)


@pytest.fixture
def stopped(world: World) -> World:
    announce(world, NOTICE)
    world.start()
    world.run()
    return world


def test_a_running_question_ends_with_the_notice_and_nobody_is_asked(stopped: World) -> None:
    query = stopped.query(LEASE)
    assert (query.state, query.outcome, query.reason) == ("answered", "denied", "resource_disabled")
    assert query.detail["notice"] == NOTICE
    assert stopped.departments.asked_of(LEASE) == []
    assert "denied" in stopped.phases(), "the refusal is in the log"


def test_a_promised_answer_is_not_asked_for_any_more(world: World) -> None:
    world.departments.replies[LEASE.code] = Pending(f"{DEFERRED}7", NOW + timedelta(days=1))
    world.start()
    while claimed := work.claim(world.database, "node-1", 1, timedelta(seconds=30), ("ask",)):
        world.run(world.do(claimed[0]))
    assert world.query(LEASE).state == "pending"
    announce(world, NOTICE)
    world.run()
    assert (world.query(LEASE).outcome, world.query(LEASE).detail["notice"]) == ("denied", NOTICE)
    assert world.departments.tickets == []


def test_the_clerk_goes_on_with_a_reason_or_asks_for_the_paper(stopped: World) -> None:
    ways = settle.ways_on("denied", "answered", 0)
    assert {settle.Way.PAPER, settle.Way.GO_ON, settle.Way.RETRY} == set(ways)
    stopped.act(settle.go_on, stopped.query(LEASE).id, Reason("source_down"))
    assert stopped.query(LEASE).settled


def test_offered_again_it_is_asked_again(stopped: World) -> None:
    announce(stopped, "")
    stopped.act(settle.retry, stopped.query(LEASE).id)
    stopped.run()
    assert (stopped.query(LEASE).outcome, stopped.value("premises.deed_no").value) == ("found", "示例-0001")
