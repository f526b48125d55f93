"""Hand-over, stop and upstream results: what a department is told when things go as they should, and when the wire breaks."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from adapters.contract import PeerRefused, PeerUnreachable
from hub.errors import NotNow
from hub.store import work
from hub.store.tables import inbox_entries
from hub.store.tables import work as work_rows
from tests.hub.cases.making import ALL, FIRE, FOOD, HOTEL, HYGIENE, POWER
from tests.hub.cases.world import PHONE, World

TO_SYSTEMS = (HOTEL, FOOD)
"""Items of departments that have a system; the others wait in the inbox."""


def withdraw(world: World, case_id: str) -> None:
    world.hub.clerk.act(world.clerk, case_id, "withdraw", reason="不办了")


def given(world: World, verb: str) -> list[str]:
    return [what.item for what in world.outside.given(verb)]  # type: ignore[attr-defined]


def inbox(world: World, kind: str) -> dict[str, str]:
    with world.hub.database.read() as session:
        rows = session.execute(select(inbox_entries).where(inbox_entries.c.kind == kind))
        return {r.about: r.state for r in rows}


def test_receipt_hands_every_item_over(world: World) -> None:
    case_id = world.dispatched()
    assert set(given(world, "hand_over")) == set(TO_SYSTEMS)
    assert set(inbox(world, "handover")) == set(ALL) - set(TO_SYSTEMS)
    assert set(world.states(case_id).values()) == {"pushed"}
    assert world.case(case_id).item(FOOD).department_no.startswith("WB-")


def test_a_department_learns_what_its_item_needs_and_no_more(world: World) -> None:
    case_id = world.dispatched()
    handover = next(h for h in world.outside.given("hand_over") if h.item == FOOD)  # type: ignore[attr-defined]
    form = world.scene(case_id).form
    assert set(handover.form) <= {key for key, items in form.used_by.items() if FOOD in items}  # type: ignore[attr-defined]
    assert "power.contact_phone" not in handover.form  # type: ignore[attr-defined]


def test_a_department_that_is_down_holds_up_no_other(world: World) -> None:
    world.outside.fails = [PeerUnreachable("down")]
    case_id = world.dispatched()
    waiting = [code for code, state in world.states(case_id).items() if state == "waiting"]
    assert len(waiting) == 1 and waiting[0] in TO_SYSTEMS
    world.again()
    world.run("hand_over")
    assert set(world.states(case_id).values()) == {"pushed"}


def test_every_try_has_the_same_key(world: World) -> None:
    world.outside.fails = [PeerUnreachable("down"), PeerUnreachable("down")]
    world.dispatched(chosen=(FOOD,))
    for _ in range(2):
        world.again()
        world.run("hand_over")
    keys = [key for verb, key, *_ in world.outside.calls if verb == "hand_over"]
    assert len(keys) == 3 and len(set(keys)) == 1


def test_withdrawn_while_still_queued_nothing_is_given_and_nobody_is_stopped(world: World) -> None:
    case_id = world.dispatched(handed=False)
    withdraw(world, case_id)
    world.run("hand_over", "stop")
    assert world.state(case_id) == "withdrawn" and not world.outside.calls and not inbox(world, "handover")
    assert set(world.keys("hand_over").values()) | set(world.keys("stop").values()) == {"done"}


def test_withdrawn_after_the_hand_over_every_department_is_stopped(world: World) -> None:
    case_id = world.dispatched()
    withdraw(world, case_id)
    world.run("stop")
    assert set(given(world, "stop")) == set(TO_SYSTEMS) and set(inbox(world, "stop")) == set(ALL) - set(TO_SYSTEMS)
    assert set(inbox(world, "handover").values()) == {"done"}, "what is stopped must not stay on the desk"


def test_withdrawn_when_nobody_knows_whether_the_hand_over_arrived_the_department_is_stopped_too(world: World) -> None:
    world.outside.fails = [PeerUnreachable("broken off after it was sent")]
    case_id = world.dispatched(chosen=(FOOD,))
    withdraw(world, case_id)
    world.again()
    world.run("hand_over", "stop")
    assert given(world, "hand_over") == [FOOD] == given(world, "stop")


def test_a_department_that_never_had_it_and_says_so_needs_no_person(world: World) -> None:
    world.outside.fails = [PeerUnreachable("down"), PeerRefused("unknown")]
    case_id = world.dispatched(chosen=(FOOD,))
    withdraw(world, case_id)
    world.again()
    world.run("hand_over", "stop")
    assert set(world.keys("stop").values()) == {"done"}


def test_a_department_that_took_it_and_will_not_stop_needs_one(world: World) -> None:
    case_id = world.dispatched(chosen=(FOOD,))
    withdraw(world, case_id)
    world.outside.fails = [PeerRefused("decided already")]
    world.run("stop")
    assert set(world.keys("stop").values()) == {"dead"}


def test_a_withdrawal_while_the_hand_over_is_on_the_wire(world: World) -> None:
    """The department's receipt comes back to a case that was withdrawn meanwhile: its number is kept, and it is stopped."""
    case_id = world.dispatched(chosen=(FOOD,), handed=False)
    world.outside.on_call = lambda verb: withdraw(world, case_id) if verb == "hand_over" else None
    world.run("hand_over", "stop")
    assert world.state(case_id, FOOD) == "withdrawn" and world.case(case_id).item(FOOD).department_no
    assert given(world, "stop") == [FOOD]


def test_after_one_decision_the_rest_is_withdrawn_and_the_result_is_delivered(world: World) -> None:
    case_id = world.dispatched()
    world.accept(case_id, FOOD)
    world.decide(case_id, FOOD)
    withdraw(world, case_id)
    world.run()
    assert world.states(case_id) == {code: "delivered" if code == FOOD else "withdrawn" for code in ALL}
    assert world.state(case_id) == "archived"
    with pytest.raises(NotNow):
        withdraw(world, case_id)


def test_no_upstream_result_goes_to_a_department_whose_item_ended(world: World) -> None:
    case_id = world.dispatched()
    world.accept(case_id, HYGIENE, FIRE, HOTEL)
    world.decide(case_id, HYGIENE, FIRE)
    world.run("sign")  # the supplies are queued now
    withdraw(world, case_id)
    world.run("supply", "stop")
    assert given(world, "supply") == [] and HOTEL in given(world, "stop")


def test_what_one_department_is_told_goes_in_order(world: World) -> None:
    world.outside.fails = [PeerUnreachable("down")]
    case_id = world.dispatched(chosen=(HYGIENE, FIRE, HOTEL))
    world.accept(case_id, HYGIENE, FIRE, HOTEL)
    world.decide(case_id, HYGIENE, FIRE)
    world.run("sign", "supply")
    assert given(world, "supply") == []  # the hand-over before it is still open
    world.again()
    world.run("hand_over", "supply")
    assert [verb for verb, *_ in world.outside.calls] == ["hand_over", "hand_over", "supply", "supply"]


def test_a_department_that_gets_an_item_after_its_upstream_results_is_told_that_they_follow(world: World) -> None:
    """Else it would refuse them: it was down, or the hub died, while the others decided."""
    world.outside.fails = [PeerUnreachable("down")]
    case_id = world.dispatched(chosen=(HYGIENE, FIRE, HOTEL))
    world.accept(case_id, HYGIENE, FIRE)
    world.decide(case_id, HYGIENE, FIRE)
    world.run("sign")
    world.again()
    world.run("hand_over")
    assert world.outside.given("hand_over")[-1].pre_review  # type: ignore[attr-defined]
    world.accept(case_id, HOTEL)
    world.run("supply")
    assert given(world, "supply") == [HOTEL, HOTEL]


def test_a_refused_hand_over_stands_still_until_a_person_looks(world: World) -> None:
    world.outside.fails = [PeerRefused("no")]
    world.dispatched(chosen=(FOOD,))
    [(key, state)] = world.keys("hand_over").items()
    assert state == "dead"
    with world.hub.database.write() as session:
        dead = session.execute(select(work_rows.c.id).where(work_rows.c.key == key)).scalar_one()
        work.retry(session, dead, world.now[0])
    world.run("hand_over")
    assert world.keys("hand_over") == {key: "done"} and given(world, "hand_over") == [FOOD, FOOD]


def test_the_key_on_the_wire_stays_after_ended_work_was_forgotten(world: World) -> None:
    """The number of a hand-over counts corrections in the case's own events, not rows of a queue that is swept."""
    case_id = world.dispatched(chosen=(FOOD,))
    with world.hub.database.write() as session:
        session.execute(work_rows.delete())
    assert world.case(case_id).item(FOOD).attempt == 1
    with world.hub.database.write() as session:
        session.execute(update(work_rows).values(state="done"))


def test_the_queue_names_rows_and_nobody(world: World) -> None:
    world.dispatched()
    with world.hub.database.read() as session:
        rows = session.execute(select(work_rows.c.key, work_rows.c.stream, work_rows.c.args)).all()
    assert rows and not any(PHONE in str(row) or "示例" in str(row) for row in rows)


# --- the inbox ------------------------------------------------------------------------------------------------------------


def entry(world: World, kind: str, item: str) -> str:
    with world.hub.database.read() as session:
        where = (inbox_entries.c.kind == kind, inbox_entries.c.about == item, inbox_entries.c.state == "open")
        return str(session.execute(select(inbox_entries.c.id).where(*where)).scalar_one())


def test_an_item_case_cannot_be_put_aside_by_taking_note_of_it(world: World) -> None:
    world.dispatched()
    with pytest.raises(NotNow) as refused:
        world.hub.reviewer.act(world.officer("health"), entry(world, "handover", HYGIENE), "acknowledge", "", {})
    assert refused.value.code == "NOT_A_NOTE" and inbox(world, "handover")[HYGIENE] == "open"


def test_a_stop_is_taken_note_of(world: World) -> None:
    case_id = world.dispatched()
    withdraw(world, case_id)
    world.run("stop")
    world.hub.reviewer.act(world.officer("health"), entry(world, "stop", HYGIENE), "acknowledge", "", {})
    assert inbox(world, "stop")[HYGIENE] == "done"


def test_a_correction_by_a_person_closes_the_entry_and_the_next_hand_over_opens_one(world: World) -> None:
    case_id = world.dispatched()
    officer, own = world.officer("health"), world.case(case_id).item(HYGIENE)
    world.hub.reviewer.act(officer, entry(world, "handover", HYGIENE), "correct", "缺检测报告原件", {})
    assert world.state(case_id, HYGIENE) == "correction" and inbox(world, "handover")[HYGIENE] == "done"
    world.hub.clerk.act(world.clerk, case_id, f"resubmit:{own.item_no}")
    world.run("hand_over")
    world.hub.reviewer.act(officer, entry(world, "handover", HYGIENE), "accept", "", {})
    assert world.state(case_id, HYGIENE) == "reviewing"


def test_a_person_s_whole_review(world: World) -> None:
    case_id = world.dispatched()
    officer = world.officer("health")
    at = entry(world, "handover", HYGIENE)
    special = {"kind": "2", "name": "检测"}
    for action, reason, values in (
        ("accept", "", {}),
        ("suspend", "须检测", special),
        ("resume", "", {}),
        ("approve", "", {}),
    ):
        world.hub.reviewer.act(officer, at, action, reason, values)
    assert world.state(case_id, HYGIENE) == "approved" and inbox(world, "handover")[HYGIENE] == "done"


def test_an_item_case_is_to_be_accepted_by_the_end_of_the_next_working_day(world: World) -> None:
    world.dispatched()
    [row] = world.hub.reviewer.inbox(world.officer("power-supply"), "", 1)[0]
    assert (
        row.due_at is not None
        and row.due_at.isoformat() == "2026-11-23T10:00:00+00:00"
        and row.title.endswith(world.scene(world.open("x")).item(POWER).title)
    )
