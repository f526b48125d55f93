"""What a department reports: once, of its own, in its turn. Whatever comes twice, late or for another's item changes nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hub.errors import BadInput, HubError, NotThere
from hub.store.tables import case_events, clock_segments
from hub.wiring.reports import Acceptance, Decision, SpecialProcedure
from tests.hub.cases.making import FIRE, FOOD, HOTEL, HYGIENE, POWER
from tests.hub.cases.world import World

GRANTED = Decision("approved", decision_no="食许〔2026〕1号")


def decide(world: World, case_id: str, key: str, report: Decision = GRANTED, *, by: str = "") -> str:
    """The refusal's code, or the item case's state."""
    own = world.case(case_id).item(FOOD)
    try:
        return world.hub.department.decision(world.system(by or own.department), own.item_no, key, report).state
    except HubError as e:
        return e.code


@pytest.fixture
def accepted(world: World) -> str:
    case_id = world.dispatched()
    world.accept(case_id, FOOD)
    return case_id


def test_a_decision_that_comes_twice_is_one(world: World, accepted: str) -> None:
    assert [decide(world, accepted, "k") for _ in range(2)] == ["approved", "approved"]
    assert len(world.keys("sign")) == 1


def test_the_same_key_with_another_decision_is_refused(world: World, accepted: str) -> None:
    decide(world, accepted, "k")
    assert decide(world, accepted, "k", Decision("denied", "改主意了")) == "KEY_REUSED"


def test_a_second_decision_under_a_new_key_is_refused(world: World, accepted: str) -> None:
    decide(world, accepted, "k")
    assert decide(world, accepted, "k2", Decision("denied", "改主意了")) == "MOVE_NOT_ALLOWED"
    assert world.state(accepted, FOOD) == "approved"


def test_another_department_s_item_case_does_not_exist_for_the_asker(world: World, accepted: str) -> None:
    assert decide(world, accepted, "k", by="public-security") == "ITEM_NOT_THERE"
    assert world.state(accepted, FOOD) == "reviewing"


def test_before_acceptance_nothing_is_decided(world: World) -> None:
    assert decide(world, world.dispatched(), "k") == "MOVE_NOT_ALLOWED"


def test_after_withdrawal_nothing_is_decided(world: World, accepted: str) -> None:
    world.hub.clerk.act(world.clerk, accepted, "withdraw", reason="不办了")
    assert decide(world, accepted, "k") == "MOVE_NOT_ALLOWED" and world.state(accepted, FOOD) == "withdrawn"


def test_a_refused_report_can_be_sent_again_mended_under_the_same_key(world: World, accepted: str) -> None:
    assert decide(world, accepted, "k", Decision("denied", "")) == "REASON_MISSING"
    assert decide(world, accepted, "k", Decision("denied", "布局不合规")) == "denied"


@pytest.mark.parametrize("result", ["", "maybe"])
def test_an_unknown_result(world: World, accepted: str, result: str) -> None:
    assert decide(world, accepted, "k", Decision(result)) == "RESULT_UNKNOWN"


def test_an_answer_before_our_own_record_of_the_hand_over(world: World) -> None:
    case_id = world.dispatched(handed=False)
    world.accept(case_id, FOOD)
    assert world.state(case_id, FOOD) == "reviewing"
    world.run("hand_over")
    assert world.state(case_id, FOOD) == "reviewing" and world.states(case_id)[HOTEL] == "pushed"
    with world.hub.database.read() as session:
        where = (case_events.c.item_no == world.case(case_id).item(FOOD).item_no, case_events.c.kind == "pushed")
        assert len(session.execute(select(case_events).where(*where)).all()) == 1


@pytest.mark.parametrize("item", [FOOD, HOTEL, POWER])
def test_what_was_never_dispatched_cannot_be_accepted(world: World, item: str) -> None:
    case_id = world.open()
    with pytest.raises(HubError) as refused:
        world.accept(case_id, item)
    assert refused.value.code == "NOT_HANDED_OVER" and world.state(case_id) == "checking"


def test_a_special_procedure_pauses_and_its_end_goes_on(world: World, accepted: str) -> None:
    own = world.case(accepted).item(FOOD)
    system = world.system(own.department)
    begun = SpecialProcedure("start", "2", "检验", "须检验")
    assert world.hub.department.special_procedure(system, own.item_no, "s", begun).state == "suspended"
    assert world.hub.department.item_case(system, own.item_no).due_on == ""
    assert (
        world.hub.department.special_procedure(system, own.item_no, "e", SpecialProcedure("end")).state == "reviewing"
    )
    assert world.hub.department.item_case(system, own.item_no).due_on != ""
    with world.hub.database.read() as session:
        rows = session.execute(select(clock_segments).order_by(clock_segments.c.no)).all()
    assert [(r.no, r.running, r.cause) for r in rows] == [
        (1, True, "acceptance"),
        (2, False, "检验"),
        (3, True, "special procedure ended"),
    ]


def test_what_is_told_late_of_a_special_procedure_is_what_was_then(world: World, accepted: str) -> None:
    """The platform is told minutes later, when the item case has another reason already."""
    own = world.case(accepted).item(FOOD)
    system = world.system(own.department)
    world.hub.department.special_procedure(system, own.item_no, "s", SpecialProcedure("start", "2", "检验", "须检验"))
    world.hub.department.special_procedure(system, own.item_no, "e", SpecialProcedure("end"))
    world.decide(accepted, FOOD, result="denied", reason="布局不合规")
    world.run("push")
    told = [p.values for p in world.outside.given("push") if p.table == "up_pro_special_procedure"]  # type: ignore[attr-defined]
    assert [(v["action"], v["special_name"], v["reason"]) for v in told] == [
        ("start", "检验", "须检验"),
        ("end", "检验", "特别程序结束"),
    ]


def test_a_department_s_correction_goes_round_and_comes_back_under_a_new_key(world: World) -> None:
    case_id = world.dispatched()
    own = world.case(case_id).item(FOOD)
    defects = Acceptance("correction", defects=(("平面图", "不清晰"),))
    for n in range(2):
        world.hub.department.acceptance(world.system(own.department), own.item_no, f"c{n}", defects)
        assert world.state(case_id, FOOD) == "correction"
        world.hub.clerk.act(world.clerk, case_id, f"resubmit:{own.item_no}")
        with pytest.raises(HubError):
            world.hub.clerk.act(world.clerk, case_id, f"resubmit:{own.item_no}")  # a second click
        world.run("hand_over")
    given = [h for h in world.outside.given("hand_over") if h.item == FOOD]  # type: ignore[attr-defined]
    assert [h.correction for h in given] == [False, True, True] and len({h.key for h in given}) == 3  # type: ignore[attr-defined]
    world.accept(case_id, FOOD)
    assert world.state(case_id, FOOD) == "reviewing"


def test_an_item_case_under_review_may_be_corrected_and_goes_on(world: World, accepted: str) -> None:
    own = world.case(accepted).item(FOOD)
    system = world.system(own.department)
    world.hub.department.acceptance(system, own.item_no, "c", Acceptance("correction", defects=(("平面图", "旧版"),)))
    assert world.hub.department.item_case(system, own.item_no).due_on == ""  # Xixia: the clock stands
    world.hub.clerk.act(world.clerk, accepted, f"resubmit:{own.item_no}")
    world.run("hand_over")
    world.hub.department.acceptance(system, own.item_no, "a2", Acceptance("accepted"))
    assert world.state(accepted, FOOD) == "reviewing"
    assert world.hub.department.item_case(system, own.item_no).due_on != ""


def test_a_correction_without_a_defect_is_refused(world: World) -> None:
    case_id = world.dispatched()
    own = world.case(case_id).item(HYGIENE)
    with pytest.raises(BadInput):
        world.hub.department.acceptance(world.system(own.department), own.item_no, "c", Acceptance("correction"))


def test_a_number_that_names_no_item_case(world: World) -> None:
    with pytest.raises(NotThere):
        world.hub.department.item_case(world.system("health"), "41132320261120000001-99")


def test_reasons_are_nowhere_in_clear(world: World, accepted: str) -> None:
    world.decide(accepted, FOOD, result="denied", reason="演示乙另有许可被吊销")
    world.accept(accepted, FIRE)
    with world.hub.database.read() as session:
        facts = [r.facts for r in session.execute(select(case_events.c.facts))]
    assert "演示乙" not in str(facts) and "演示乙" not in str(world.keys("push")) + str(world.keys("sms"))
