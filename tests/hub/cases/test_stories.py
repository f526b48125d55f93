"""Whole cases on both engines, by the bundles and the worker's errands: what the tables hold at each turn."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from hub.errors import NotNow
from hub.store.tables import archives, case_events, certificate_files, certificates, notices
from hub.wiring.reports import Acceptance
from tests.hub.cases.making import ALL, FIRE, FOOD, HOTEL, HYGIENE, POWER
from tests.hub.cases.world import FIRM, NAME, PHONE, World


def kinds(world: World, case_id: str) -> list[str]:
    with world.hub.database.read() as session:
        rows = session.execute(select(case_events).where(case_events.c.case_id == case_id).order_by(case_events.c.no))
        found = [(r.no, r.kind) for r in rows]
    assert [no for no, _ in found] == list(range(1, len(found) + 1)), "events have gaps"
    return [kind for _, kind in found]


def papers(world: World, case_id: str) -> list[str]:
    with world.hub.database.read() as session:
        query = select(notices.c.kind).where(notices.c.case_id == case_id).order_by(notices.c.issued_at, notices.c.id)
        return list(session.execute(query).scalars())


def test_from_receipt_to_archive(world: World) -> None:
    case_id = world.dispatched()
    world.everything(case_id)
    assert world.state(case_id) == "archived" and set(world.states(case_id).values()) == {"delivered"}
    assert world.count(certificates) == 4 and world.count(archives) == 1
    assert {"intake_receipt", "acceptance_notice", "decision_granted", "delivery_proof"} <= set(papers(world, case_id))
    assert kinds(world, case_id)[-1] == "archived" and not world.keys("push", "dead")


def test_the_manifest_names_nobody(world: World) -> None:
    case_id = world.dispatched()
    world.everything(case_id)
    with world.hub.database.read() as session:
        file = session.execute(select(archives.c.manifest_file)).scalar_one()
    manifest = world.hub.files.read(file).decode()
    assert json.loads(manifest)["case_no"] == world.case(case_id).case_no
    for personal in (FIRM.uscc, NAME, PHONE, "示例法定代表人姓名", "决〔2026〕"):
        assert personal not in manifest or personal == "决〔2026〕"


def test_the_manifest_lists_every_file_that_carries_a_certificate_with_its_digest(world: World) -> None:
    case_id = world.dispatched()
    world.everything(case_id)
    with world.hub.database.read() as session:
        file = session.execute(select(archives.c.manifest_file)).scalar_one()
        held = {(r.kind, r.file) for r in session.execute(select(certificate_files))}
    listed = [one for one in json.loads(world.hub.files.read(file))["files"] if one["kind"] == "certificate"]
    assert {(one["name"].rpartition(".")[2], one["sha256"]) for one in listed} == held
    assert {"ycert", "credential", "ofd"} <= {kind for kind, _ in held}


def test_the_hotel_permit_is_reviewed_only_when_both_certificates_are_signed(world: World) -> None:
    case_id = world.dispatched()
    world.accept(case_id, HYGIENE, FIRE, HOTEL)
    assert world.state(case_id, HOTEL) == "pre_review"
    world.decide(case_id, HYGIENE, FIRE)
    assert world.state(case_id, HOTEL) == "pre_review"  # decided, but nothing is signed yet
    world.run("sign")
    assert world.state(case_id, HOTEL) == "reviewing"
    world.run("supply")
    assert len(world.outside.given("supply")) == 2


def test_a_department_that_accepts_last_still_gets_what_it_waited_for(world: World) -> None:
    case_id = world.dispatched()
    world.accept(case_id, HYGIENE, FIRE)
    world.decide(case_id, HYGIENE, FIRE)
    world.run("sign")
    world.accept(case_id, HOTEL)
    world.run("supply")
    assert world.state(case_id, HOTEL) == "reviewing" and len(world.outside.given("supply")) == 2


def test_a_denied_upstream_ends_the_waiting_item_and_only_it(world: World) -> None:
    case_id = world.dispatched()
    world.accept(case_id, HYGIENE, FIRE, HOTEL, FOOD)
    world.decide(case_id, FIRE, result="denied", reason="安全出口不足")
    assert world.states(case_id) | {POWER: ""} == {
        POWER: "",
        HYGIENE: "reviewing",
        FIRE: "denied",
        HOTEL: "terminated",
        FOOD: "reviewing",
    }
    assert "termination_notice" in papers(world, case_id)
    world.run("stop")
    assert [stop.item for stop in world.outside.given("stop")] == [HOTEL]  # type: ignore[attr-defined]


def test_when_all_is_refused_the_case_is_refused_and_archived(world: World) -> None:
    case_id = world.dispatched(chosen=(FIRE, FOOD))
    for code in (FIRE, FOOD):
        own = world.case(case_id).item(code)
        report = Acceptance("refused", "不属于本机关职权")
        world.hub.department.acceptance(world.system(own.department), own.item_no, f"r-{code}", report)
    assert world.state(case_id) == "refused"
    world.run()
    assert world.state(case_id) == "archived"


def test_the_window_corrects_twice_and_then_receives(world: World) -> None:
    case_id = world.open()
    for _ in range(2):
        world.hub.clerk.act(world.clerk, case_id, "correct")
        assert world.state(case_id) == "correction"
        world.hub.clerk.act(world.clerk, case_id, "resubmit")
    world.complete(case_id)
    world.receive(case_id)
    assert papers(world, case_id).count("one_time_notice") == 2 and world.state(case_id) == "dispatched"


def test_a_scan_that_the_clerk_calls_defective_must_come_again(world: World) -> None:
    case_id = world.open()
    world.complete(case_id)
    code = world.scene(case_id).needed[0].material.code
    world.hub.clerk.act(world.clerk, case_id, "correct", defects=(code, "公章不清晰", ""))
    with world.hub.database.read() as session:
        body = str(session.execute(select(notices.c.body)).scalar_one())
    assert world.scene(case_id).needed[0].material.name in body and "公章不清晰" in body
    world.hub.clerk.act(world.clerk, case_id, "resubmit")
    with pytest.raises(NotNow) as refused:
        world.receive(case_id)
    assert refused.value.code == "NOT_COMPLETE"


def test_what_is_incomplete_is_not_received(world: World) -> None:
    case_id = world.open()
    with pytest.raises(NotNow) as refused:
        world.receive(case_id)
    assert refused.value.code == "NOT_COMPLETE" and world.state(case_id) == "checking"


def test_a_returned_filing_keeps_its_reason_sealed_and_on_paper(world: World) -> None:
    case_id = world.open()
    world.hub.clerk.act(world.clerk, case_id, "return", reason="不属于本窗口")
    with world.hub.database.read() as session:
        note = session.execute(select(case_events.c.note).where(case_events.c.kind == "returned")).scalar_one()
    assert (world.state(case_id), note, papers(world, case_id)) == ("returned", "不属于本窗口", ["return_notice"])


def test_a_second_case_on_the_same_day_has_the_next_number(world: World) -> None:
    first, second = (world.case(world.open(key)).case_no for key in ("a", "b"))
    assert int(second) == int(first) + 1 and len(world.case(world.open("c", (FIRE,))).items) == 1


def test_ending_a_case_does_not_touch_another(world: World) -> None:
    one, other = world.dispatched("a"), world.dispatched("b")
    world.hub.clerk.act(world.clerk, one, "withdraw", reason="不办了")
    assert set(world.states(other)) == set(ALL) and world.state(other) == "dispatched"
