"""A service request (用电预约) is taken and done: its words, and its promised time, which runs from 接单."""

from __future__ import annotations

from sqlalchemy import select

from hub.store.tables import clock_segments
from hub.wiring.reports import Acceptance, Decision
from tests.hub.cases.making import FIRE, POWER
from tests.hub.cases.world import World


def title(world: World, case_id: str, item: str = POWER) -> str:
    return next(i.state_title for i in world.hub.clerk.case(world.clerk, case_id).items if i.code == item)


def entry(world: World) -> str:
    officer = world.officer("power-supply")
    return world.hub.reviewer.inbox(officer, "open", 1)[0][0].id


def test_it_is_told_in_words_of_its_own(world: World) -> None:
    case_id = world.dispatched()
    assert (title(world, case_id), title(world, case_id, FIRE)) == ("已推送，待接单", "已推送，待受理")
    world.accept(case_id, POWER, FIRE)
    assert (title(world, case_id), title(world, case_id, FIRE)) == ("办理中", "审批中")
    officer = world.officer("power-supply")
    view = world.hub.reviewer.entry(officer, entry(world))
    assert view.item and view.item.service and view.row.state_title == "办理中"


def test_its_promised_time_runs_from_being_taken_to_being_done(world: World) -> None:
    case_id = world.dispatched()
    taken_on = world.now[0]
    world.accept(case_id, POWER)
    own = world.case(case_id).item(POWER)
    view = world.hub.reviewer.entry(world.officer("power-supply"), entry(world))
    assert own.accepted_at == taken_on and view.item is not None
    assert view.item.due_on and view.row.due_at and view.row.due_at.date() == view.item.due_on
    world.decide(case_id, POWER)
    with world.hub.database.read() as session:
        segment = session.execute(select(clock_segments).where(clock_segments.c.item_case_id == own.id)).one()
    assert segment.running and segment.ended_at is not None


def test_a_correction_of_it_starts_no_second_clock(world: World) -> None:
    case_id = world.dispatched()
    world.accept(case_id, POWER)
    own, system = world.case(case_id).item(POWER), world.system("power-supply")
    asked = Acceptance("correction", defects=(("平面图", "不清晰"),))
    world.hub.department.acceptance(system, own.item_no, "c", asked)
    world.hub.department.acceptance(system, own.item_no, "again", Acceptance("accepted"))
    world.hub.department.decision(system, own.item_no, "d", Decision("approved"))
    with world.hub.database.read() as session:
        segments = session.execute(select(clock_segments).where(clock_segments.c.item_case_id == own.id)).all()
    assert [s.cause for s in segments].count("taken") == 1 and all(s.ended_at for s in segments)
