"""Every look is in the sharing log before it is shown, found by its subject, and only those look who may."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from hub.errors import BadInput, HubError, NotAllowed, NotNow, NotThere
from hub.identity.principal import Role
from hub.store.tables import inbox_entries, notices
from tests.hub.cases.making import FIRE, FOOD, HYGIENE, POWER
from tests.hub.cases.world import FIRM, PHONE, World

PDF = b"%PDF-1.4 example"


def test_a_look_at_a_case_is_found_by_its_applicant(world: World) -> None:
    case_id = world.open()
    world.hub.clerk.case(world.clerk, case_id)
    [look] = world.hub.log.search(subject=FIRM.uscc, phase="viewed", limit=10)
    assert look.record["screen"] == "case" and "enterprise.uscc" in look.fields


def test_fields_that_fill_on_an_open_page_are_covered_by_its_look(world: World) -> None:
    case_id = world.open()
    world.hub.clerk.case(world.clerk, case_id)
    world.hub.clerk.field(world.clerk, case_id, "enterprise.uscc")
    assert not world.looks("field")


def test_a_field_that_is_read_without_the_page_is_a_look_of_its_own(world: World) -> None:
    case_id = world.open()
    world.hub.clerk.case(world.second_clerk, case_id)
    assert world.hub.clerk.field(world.clerk, case_id, "enterprise.uscc").value == FIRM.uscc
    [look] = world.looks("field")
    assert look.fields == ("enterprise.uscc",)


def test_without_the_log_nothing_is_shown(world: World) -> None:
    case_id = world.open()
    world.hub.log.close()
    for show in (
        lambda: world.hub.clerk.case(world.clerk, case_id),
        lambda: world.hub.clerk.field(world.clerk, case_id, "enterprise.uscc"),
        lambda: world.hub.clerk.work_list(world.clerk, FIRM.uscc, "", 1),
    ):
        with pytest.raises(HubError):
            show()


def test_a_search_by_person_is_in_the_log_and_finds_by_the_whole_identifier_only(world: World) -> None:
    world.open()
    assert len(world.hub.clerk.work_list(world.clerk, FIRM.uscc.lower(), "", 1)[0]) == 1
    assert not world.hub.clerk.work_list(world.clerk, FIRM.uscc[:10], "", 1)[0]
    assert sorted(str(look.record["action"]) for look in world.looks("work-list")) == ["screen", "search", "search"]


@pytest.mark.parametrize("text", ["%", "_", "%%"])
def test_a_search_takes_no_wild_cards(world: World, text: str) -> None:
    world.open()
    assert world.hub.clerk.work_list(world.clerk, text, "", 1)[0] == ()


def test_a_print_is_counted_and_logged_a_look_only_logged(world: World) -> None:
    world.dispatched()
    with world.hub.database.read() as session:
        notice_id = session.execute(select(notices.c.id).where(notices.c.kind == "intake_receipt")).scalar_one()
    first = world.hub.clerk.notice(world.clerk, notice_id, printed=False)
    assert world.hub.clerk.notice(world.clerk, notice_id, printed=True) == first
    with world.hub.database.read() as session:
        assert session.execute(select(notices.c.prints).where(notices.c.id == notice_id)).scalar_one() == 1
    assert sorted(str(look.record["action"]) for look in world.looks("notice:intake_receipt")) == ["print", "screen"]


def test_a_reviewer_reads_the_notices_of_the_own_department_alone(world: World) -> None:
    case_id = world.dispatched()
    for department, item in (("health", HYGIENE), ("fire-rescue", FIRE)):
        own = world.case(case_id).item(item)
        with world.hub.database.read() as session:
            entry = session.execute(
                select(inbox_entries.c.id).where(inbox_entries.c.item_no == own.item_no)
            ).scalar_one()
        world.hub.reviewer.act(world.officer(department), entry, "accept", "", {})
    with world.hub.database.read() as session:
        rows = session.execute(select(notices.c.id, notices.c.item_no, notices.c.kind)).all()
    readable = set()
    for row in rows:
        try:
            world.hub.clerk.notice(world.officer("health"), row.id, printed=False)
            readable.add((row.kind, row.item_no))
        except NotThere:
            continue
    assert readable == {("acceptance_notice", world.case(case_id).item(HYGIENE).item_no)}


def test_a_look_at_an_inbox_entry_names_the_applicant(world: World) -> None:
    world.dispatched()
    officer = world.officer("power-supply")
    [row] = world.hub.reviewer.inbox(officer, "", 1)[0]
    world.hub.reviewer.entry(officer, row.id)
    found = world.hub.log.search(subject=FIRM.uscc, phase="viewed", limit=10)
    assert [look.record["screen"] for look in found] == ["inbox:handover"]


def test_another_department_s_entry_does_not_exist(world: World) -> None:
    world.dispatched()
    [row] = world.hub.reviewer.inbox(world.officer("power-supply"), "", 1)[0]
    for act in (world.hub.reviewer.entry, lambda p, e: world.hub.reviewer.act(p, e, "accept", "", {})):
        with pytest.raises(NotThere):
            act(world.officer("health"), row.id)


ROLES = [r for r in Role if r != Role.CLERK]


@pytest.mark.parametrize("role", ROLES)
def test_only_a_clerk_works_at_the_counter(world: World, role: Role) -> None:
    case_id = world.open()
    other, clerk = replace(world.clerk, roles=frozenset({role})), world.hub.clerk
    for act in (
        lambda: clerk.matters(other),
        lambda: clerk.case(other, case_id),
        lambda: clerk.feed(other, case_id, 0),
        lambda: clerk.field(other, case_id, "enterprise.uscc"),
        lambda: clerk.set_field(other, case_id, "premises.premises_name", "x"),
        lambda: clerk.upload(other, case_id, "floor-plan", "x.pdf", "application/pdf", PDF),
        lambda: clerk.material_way(other, case_id, "floor-plan", "defer", "x"),
        lambda: clerk.act(other, case_id, "receive"),
        lambda: clerk.certificate(other, case_id, FOOD),
        lambda: clerk.work_list(other, "", "", 1),
        lambda: clerk.filings(other),
        lambda: clerk.take_filing(other, "x"),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert not world.looks()


def test_the_public_page_gives_no_reason_away(world: World) -> None:
    case_id = world.dispatched()
    world.accept(case_id, FOOD)
    world.decide(case_id, FOOD, result="denied", reason="演示乙的健康证明已过期")
    case_no = world.case(case_id).case_no
    view = world.hub.applicant.progress(case_no, PHONE[-4:], "192.0.2.1")
    assert {i.code: i.state for i in view.items}[FOOD] == "denied" and "演示乙" not in repr(view)
    with pytest.raises(NotThere):
        world.hub.applicant.progress(case_no, "9999", "192.0.2.1")


# --- materials ------------------------------------------------------------------------------------------------------------


def deferrable(world: World, case_id: str) -> str:
    return next(m.code for m in world.hub.clerk.case(world.clerk, case_id).materials if m.deferrable)


def test_a_deferral_needs_its_promise_signed_and_has_a_due_day(world: World) -> None:
    case_id = world.open()
    code = deferrable(world, case_id)
    world.complete(case_id)
    world.hub.clerk.material_way(world.clerk, case_id, code, "defer", "申请人自愿")
    with pytest.raises(NotNow) as refused:
        world.hub.clerk.act(world.clerk, case_id, "receive", promise=False)
    assert refused.value.code == "PROMISE_NOT_SIGNED"
    world.receive(case_id)
    view = world.hub.clerk.case(world.clerk, case_id)
    assert [str(m.due_on) for m in view.materials if m.code == code] == ["2026-11-27"]  # five working days
    assert "deferral_promise" in {n.kind for n in view.notices}


def test_what_was_deferred_may_come_after_receipt_and_nothing_else(world: World) -> None:
    case_id = world.open()
    code = deferrable(world, case_id)
    world.complete(case_id)
    world.hub.clerk.material_way(world.clerk, case_id, code, "defer", "申请人自愿")
    world.receive(case_id)
    other = next(m.code for m in world.hub.clerk.case(world.clerk, case_id).materials if m.status == "uploaded")
    with pytest.raises(NotNow):
        world.hub.clerk.upload(world.clerk, case_id, other, "x.pdf", "application/pdf", PDF)
    world.hub.clerk.upload(world.clerk, case_id, code, "x.pdf", "application/pdf", PDF)
    view = world.hub.clerk.case(world.clerk, case_id)
    assert next(m.status for m in view.materials if m.code == code) == "uploaded"
    assert "补交容缺材料" in {e.title for e in view.events}


@pytest.mark.parametrize(
    ("media_type", "body", "code"),
    [
        ("application/pdf", b"", "FILE_EMPTY"),
        ("application/pdf", b"GIF89a", "FILE_TYPE"),
        ("text/html", b"<html>", "FILE_TYPE"),
        ("application/pdf", b"%PDF-" + b"x" * 20_000_000, "FILE_TOO_LARGE"),
    ],
)
def test_a_file_that_is_not_what_it_says(world: World, media_type: str, body: bytes, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        world.hub.clerk.upload(world.clerk, world.open(), "x", "x", media_type, body)
    assert refused.value.code == code


def test_an_unknown_way_with_a_material(world: World) -> None:
    case_id = world.open()
    with pytest.raises(BadInput):
        world.hub.clerk.material_way(world.clerk, case_id, deferrable(world, case_id), "burn", "x")
    assert world.state(case_id, POWER) == "waiting"
