"""A reviewer at the inbox: what a reason, a correction and a special procedure must say, and what the entry tells."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hub.errors import BadInput
from hub.store.tables import inbox_entries, notices
from hub.web.wording import REASONS
from tests.hub.cases.making import HYGIENE
from tests.hub.cases.world import World


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
