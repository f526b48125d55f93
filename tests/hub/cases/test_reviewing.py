"""A reviewer at the inbox: what a reason, a correction and a special procedure must say, and what the entry tells."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from hub.cases.views import InboxView
from hub.errors import BadInput, NotNow
from hub.store.tables import inbox_entries, notices
from hub.web.wording import REASONS
from tests.hub.cases.making import HYGIENE, NOW
from tests.hub.cases.world import REGION, World


def entry(world: World, case_id: str, kind: str = "handover") -> str:
    own, c = world.case(case_id).item(HYGIENE), inbox_entries.c
    wanted = select(c.id).where(c.item_no == own.item_no, c.kind == kind).order_by(c.opened_at.desc(), c.id.desc())
    with world.hub.database.read() as session:
        return str(session.execute(wanted.limit(1)).scalar_one())


def act(
    world: World, case_id: str, action: str, reason: str = "", defects: tuple[str, ...] = (), **values: str
) -> None:
    world.hub.reviewer.act(world.officer("health"), entry(world, case_id), action, reason, values, defects)


def notice(world: World, kind: str) -> str:
    with world.hub.database.read() as session:
        wanted = select(notices.c.body).where(notices.c.kind == kind).order_by(notices.c.issued_at.desc())
        return str(session.execute(wanted.limit(1)).scalar_one())


def test_no_adverse_act_offers_a_reason_that_says_the_opposite() -> None:
    for kind in ("review_refuse", "review_deny", "review_correct", "review_suspend"):
        assert REASONS[kind][-1] == "其他" and not any("材料齐全、符合" in one for one in REASONS[kind])
    assert "review" not in REASONS


@pytest.mark.parametrize("action", ["refuse", "correct"])
def test_an_adverse_act_without_a_reason_is_not_taken(world: World, action: str) -> None:
    case_id = world.dispatched()
    with pytest.raises(BadInput):
        act(world, case_id, action)
    assert world.state(case_id, HYGIENE) == "pushed"


@pytest.mark.parametrize(("kind", "name"), [("", "检测"), ("2", ""), ("3", "检测")])
def test_a_special_procedure_without_kind_or_name_does_not_begin(world: World, kind: str, name: str) -> None:
    case_id = world.dispatched()
    act(world, case_id, "accept")
    with pytest.raises(BadInput):
        act(world, case_id, "suspend", "须检测", kind=kind, name=name)
    assert world.state(case_id, HYGIENE) == "reviewing"


def test_a_correction_names_each_ticked_material_with_its_copies(world: World) -> None:
    case_id = world.dispatched()
    shown = world.hub.reviewer.entry(world.officer("health"), entry(world, case_id))
    first = shown.wanted[0]
    act(world, case_id, "correct", "材料不符合法定形式", (first.code, "另请写明水源"))
    body = notice(world, "correction_notice")
    assert f"{first.title}（一式" in body and "：材料不符合法定形式。" in body
    assert "另请写明水源。" in body and "另请写明水源（" not in body


# --- deferred materials -----------------------------------------------------------------------------------------------

PDF = b"%PDF-1.4 example"


def deferred(world: World) -> tuple[str, str]:
    """A received case with one of the hygiene permit's materials deferred: case and material."""
    case_id = world.open()
    world.complete(case_id)
    scene = world.scene(case_id)
    code = next(n.material.code for n in scene.needed if HYGIENE in n.items and n.material.deferrable)
    world.hub.clerk.material_way(world.clerk, case_id, code, "defer", "申请人承诺补交")
    world.receive(case_id)
    world.run("hand_over")
    return case_id, code


def shown(world: World, case_id: str, kind: str = "handover") -> InboxView:
    return world.hub.reviewer.entry(world.officer("health"), entry(world, case_id, kind))


def test_a_department_is_told_of_a_deferred_material_and_its_day(world: World) -> None:
    case_id, code = deferred(world)
    view = shown(world, case_id)
    [paper] = [m for m in view.materials if m.code == code]
    assert (paper.status, paper.due_on, paper.has_file) == ("deferred", date(2026, 11, 27), False)
    assert len(view.open_papers) == 1 and "逾期" not in view.open_papers[0]


def test_a_deferred_material_that_comes_after_receipt_reaches_its_department(world: World) -> None:
    case_id, code = deferred(world)
    world.hub.clerk.upload(world.clerk, case_id, code, "补交.pdf", "application/pdf", PDF)
    world.run("hand_over")
    note, whole = shown(world, case_id, "supplement"), shown(world, case_id)
    assert [m.code for m in note.materials] == [code] and [a.code for a in note.actions] == ["acknowledge"]
    assert next(m for m in whole.materials if m.code == code).has_file and not whole.open_papers
    found = world.hub.reviewer.file(world.officer("health"), entry(world, case_id), code)
    assert found.body == PDF


def test_a_deferral_that_ran_out_is_seen_by_clerk_and_reviewer(world: World) -> None:
    case_id, _ = deferred(world)
    world.now[0] += timedelta(days=10)
    assert "已逾期" in shown(world, case_id).open_papers[0]
    [row] = world.hub.clerk.work_list(world.clerk, "", "", 1)[0]
    assert row.waiting_on.startswith("容缺材料逾期未补交")


def test_a_material_that_was_not_deferred_is_still_closed_after_receipt(world: World) -> None:
    case_id, code = deferred(world)
    other = next(m.code for m in world.hub.clerk.case(world.clerk, case_id).materials if m.code != code)
    with pytest.raises(NotNow):
        world.hub.clerk.upload(world.clerk, case_id, other, "x.pdf", "application/pdf", PDF)


def test_the_reviewer_sees_where_each_value_came_from_in_the_order_of_the_form(world: World) -> None:
    case_id = world.dispatched()
    view, form = shown(world, case_id), world.scene(case_id).form
    assert len(view.marks) == len(view.form) and "窗口录入，未核验" in view.marks
    order = [f"{f.group}·{f.title}" for f in form.fields]
    assert [order.index(title) for title, _ in view.form] == sorted(order.index(title) for title, _ in view.form)


# --- questions of a case that ended -----------------------------------------------------------------------------------


def question(world: World, case_id: str) -> str:
    """A question about the case that waits for a person of the health department."""
    with world.hub.database.write() as session:
        values = {"id": "q-1", "region": REGION, "department": "health", "kind": "question", "key": "q-key"}
        body = {"subject": {"id_number": "x"}, "fields": ["name"], "purpose": "", "resource_title": "健康证明"}
        case_no = world.case(case_id).case_no
        more = {
            "number": "HEA1",
            "case_no": case_no,
            "about": "health",
            "state": "open",
            "body": body,
            "opened_at": NOW,
        }
        session.execute(insert(inbox_entries).values(**values, **more))
    return "q-1"


@pytest.mark.parametrize("action", ["return", "withdraw"])
def test_a_case_that_ends_leaves_no_question_open_in_an_inbox(world: World, action: str) -> None:
    case_id = world.open()
    asked = question(world, case_id)
    world.hub.clerk.act(world.clerk, case_id, action, reason="申请人要求")
    officer = world.officer("health")
    assert not world.hub.reviewer.inbox(officer, "open", 1)[0]
    [row] = world.hub.reviewer.inbox(officer, "done", 1)[0]
    assert row.state_title == "办件已结束，无需答复"
    with pytest.raises(NotNow, match="办件已经结束"):
        world.hub.reviewer.answer(officer, asked, False, {})
