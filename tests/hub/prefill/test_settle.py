"""What a clerk may do with each outcome of a question."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from sqlalchemy import select, update

from adapters.contract import RESULT_WORDS, Ambiguous, Candidate, NotFound, Outcome, Pending, Query, Unavailable, Why
from hub.errors import BadInput, NotNow
from hub.prefill import settle
from hub.prefill.rules import Reason
from hub.prefill.settle import WAYS_ON, Way
from hub.prefill.values import Status
from hub.store.tables import cases, queries
from hub.store.tables import work as work_table
from tests.hub.prefill.acts import DOWN, filled, refused
from tests.hub.prefill.making import (
    HAPPY,
    LEASE,
    LICENCE,
    NOW,
    RAW,
    World,
    found,
)


def test_every_outcome_has_its_ways_on():
    assert set(WAYS_ON) == set(RESULT_WORDS.values())
    assert len(WAYS_ON) == len(get_args(Outcome))
    assert [way.title for way in WAYS_ON["pending"]] == ["请申请人提交材料", "说明理由后继续"]


# --- queries ------------------------------------------------------------------------------------------------------------


def test_a_retry_asks_the_same_query_again_and_makes_no_second_one(world: World):
    filled(world, estate_lease=DOWN)
    world.departments.replies[LEASE.code] = HAPPY[LEASE.code]
    settled = world.act(settle.retry, world.query(LEASE).id)
    assert (settled.state, settled.ways) == ("queued", ())
    world.run()
    assert (world.query(LEASE).outcome, world.query(LEASE).tries) == ("found", 2)
    assert len(world.departments.asked_of(LEASE)) == 2
    assert world.value("owner.name").value == "演示乙"


def test_a_retry_pressed_twice_asks_once(world: World):  # open-forms #1183
    filled(world, estate_lease=DOWN)
    world.act(settle.retry, world.query(LEASE).id)
    refused(world, "NOTHING_TO_RETRY", NotNow, settle.retry, world.query(LEASE).id)
    world.run()
    assert len(world.departments.asked_of(LEASE)) == 2


def test_an_answered_query_is_asked_again_only_with_a_reason(world: World):
    filled(world)
    refused(world, "NOTHING_TO_RETRY", NotNow, settle.retry, world.query(LEASE).id)
    refused(world, "REASON_NEEDED", BadInput, settle.ask_again, world.query(LEASE).id, Reason(text=" "))
    world.act(settle.ask_again, world.query(LEASE).id, Reason(text="不动产中心已更正"))
    world.run()
    assert len(world.departments.asked_of(LEASE)) == 2


def test_a_question_lost_in_a_crash_may_be_asked_again(world: World):
    filled(world, estate_lease=Unavailable(Why.LOST))
    assert Way.RETRY in settle.ways_on(world.query(LEASE).outcome, world.query(LEASE).state, 0)
    world.act(settle.retry, world.query(LEASE).id)
    world.run()
    assert len(world.departments.asked_of(LEASE)) == 2


def test_a_query_whose_work_was_given_up_may_be_set_going_again(world: World):
    world.start()
    with world.database.write() as session:
        session.execute(update(work_table).values(state="dead"))
    world.act(settle.retry, world.query(LEASE).id)
    world.run()
    assert world.query(LEASE).outcome == "found"


def test_a_chosen_candidate_goes_back_to_the_department(world: World):
    candidates = (Candidate("row-7", "测试甲(1990)"), Candidate("row-9", "测试甲(1985)"))

    async def asks_back(query: Query) -> Outcome:
        return HAPPY[LEASE.code] if query.choice == "row-9" else Ambiguous(candidates, RAW)

    filled(world, estate_lease=asks_back)  # type: ignore[arg-type]
    refused(world, "NO_SUCH_CANDIDATE", BadInput, settle.choose, world.query(LEASE).id, 2)
    world.act(settle.choose, world.query(LEASE).id, 1)
    world.run()
    assert world.departments.asked_of(LEASE)[-1].choice == "row-9"
    assert world.value("premises.deed_no").value == "示例-0001"
    refused(world, "NOTHING_TO_CHOOSE", NotNow, settle.choose, world.query(LEASE).id, 0)


@pytest.mark.parametrize("wrong_one", [NotFound(RAW), found({"deed_no": "示例-0009"})])
def test_a_wrong_choice_is_not_repeated_when_the_question_is_asked_anew(world: World, wrong_one: Outcome):
    async def asks_back(query: Query) -> Outcome:
        chosen = {"row-7": wrong_one, "row-9": HAPPY[LEASE.code]}
        return chosen.get(query.choice, Ambiguous((Candidate("row-7", "甲"), Candidate("row-9", "乙")), RAW))

    filled(world, estate_lease=asks_back)  # type: ignore[arg-type]
    world.act(settle.choose, world.query(LEASE).id, 0)
    world.run()
    again = settle.ask_again if world.query(LEASE).outcome == "found" else settle.retry
    world.act(again, world.query(LEASE).id, *([Reason(text="选错了")] if again is settle.ask_again else []))
    world.run()
    assert (world.query(LEASE).outcome, world.departments.asked_of(LEASE)[-1].choice) == ("ambiguous", "")
    world.act(settle.choose, world.query(LEASE).id, 1)
    world.run()
    assert world.value("premises.deed_no").value == "示例-0001"


def test_several_matches_with_nothing_to_choose_from_may_be_asked_again(world: World):
    filled(world, estate_lease=Ambiguous((), RAW))
    query = world.query(LEASE)
    assert settle.ways_on(query.outcome, query.state, query.candidates) == (Way.RETRY, Way.PAPER, Way.GO_ON)
    refused(world, "NOTHING_TO_CHOOSE", NotNow, settle.choose, query.id, 0)
    assert world.act(settle.retry, query.id).state == "queued"


def test_a_found_answer_offers_to_be_asked_again_once_the_department_mended_its_record(world: World):
    filled(world)
    query = world.query(LICENCE)
    assert settle.ways_on(query.outcome, query.state, 0) == (Way.AGAIN,)
    mended = replace(HAPPY[LICENCE.code], values={**HAPPY[LICENCE.code].values, "enterprise_name": "更名后的示例公司"})
    world.departments.replies[LICENCE.code] = mended
    world.act(settle.ask_again, query.id, Reason(text="已更正"))
    world.run()
    assert world.value("enterprise.name").value == "更名后的示例公司"


def test_a_clerk_goes_on_only_with_a_reason_and_the_reason_is_kept(world: World):
    filled(world, market_licence=DOWN)
    query = world.query(LICENCE)
    refused(world, "REASON_NEEDED", BadInput, settle.go_on, query.id, Reason())
    refused(world, "REASON_NEEDED", BadInput, settle.go_on, query.id, Reason("other"))
    world.act(settle.go_on, query.id, Reason("source_down"))
    with world.database.read() as session:
        row = session.execute(select(queries).where(queries.c.id == query.id)).one()
    assert (row.settled_by, row.settled_reason["way"], row.settled_reason["reason"]) == (
        "clerk-1",
        "go_on",
        "source_down",
    )


def test_asking_for_the_paper_ends_the_waiting_for_a_person_of_the_department(world: World):
    filled(world, market_licence=Pending("T-1", NOW))
    assert world.value("enterprise.name").status is Status.WAITING
    settled = world.act(settle.ask_for_paper, world.query(LICENCE).id)
    assert settled.materials == ("licence-copy",)
    assert world.material("licence-copy").status == "missing"
    assert world.value("enterprise.name").status is Status.EMPTY


def test_a_found_answer_is_neither_gone_on_without_nor_replaced_by_paper(world: World):
    filled(world)
    refused(world, "NO_SUCH_WAY", NotNow, settle.go_on, world.query(LEASE).id, Reason("source_down"))


def test_a_received_form_is_closed(world: World):
    filled(world, estate_lease=DOWN)
    with world.database.write() as session:
        session.execute(update(cases).values(state="received"))
    refused(world, "FORM_CLOSED", NotNow, settle.retry, world.query(LEASE).id)
    refused(world, "FORM_CLOSED", NotNow, settle.type_value, "enterprise.phone", "13800000000")
