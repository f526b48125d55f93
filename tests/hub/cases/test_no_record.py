"""A look-up that ends without a record frees what it alone asked for: on a whole hub, on each engine."""

from __future__ import annotations

import pytest

from adapters.contract import NotFound, Unavailable, Why
from hub.errors import NotNow
from tests.hub.cases.asking import REGISTER, Counter, found

RELATION = "child.relation_to_head"
SCAN = b"%PDF-1.4\n"


def moved(counter: Counter, *outcomes: object) -> str:
    """A case of the one look-up, all filled in that the applicant knows; the police has answered as told."""
    counter.says("police.household", *outcomes)  # type: ignore[arg-type]
    case_id = counter.move_school()
    counter.run()
    counter.fill(case_id, {"child.school": "示例第一小学"})
    return case_id


def on(counter: Counter, case_id: str, way: str, reason: str = "") -> None:
    asked = counter.query(case_id, "户籍信息")
    counter.world.hub.clerk.query_way(counter.world.clerk, case_id, asked.id, way, reason=reason)


def lacking(counter: Counter, case_id: str) -> int:
    return counter.page(case_id).counts["problems"]


def test_no_record_frees_the_look_up_s_own_field_and_material(counter: Counter) -> None:
    case_id = moved(counter, NotFound())
    page = counter.page(case_id)
    field = next(f for g in page.groups for f in g.fields if f.key == RELATION)
    assert (field.required, field.status, field.status_title) == (False, "empty", "查无记录")
    assert (page.materials[0].status, page.materials[0].status_title) == ("no_record", "查无记录，不要求提交")
    assert page.counts["problems"] == 0 and page.actions[0].enabled


def test_a_case_without_a_record_is_received_and_the_lead_reads_so(counter: Counter) -> None:
    case_id = moved(counter, NotFound())
    counter.world.receive(case_id)
    assert counter.item(case_id, REGISTER).answer == "no_record"
    assert "材料“儿童户口簿”：查无记录，不要求提交" in counter.sheet(case_id)


def test_a_department_that_is_down_frees_nothing_until_a_person_goes_on(counter: Counter) -> None:
    case_id = moved(counter, Unavailable(Why.TIMEOUT))
    assert lacking(counter, case_id) == 2 and counter.material(case_id).status == "missing"
    with pytest.raises(NotNow):
        counter.world.receive(case_id)
    on(counter, case_id, "go_on", "no_record")
    assert lacking(counter, case_id) == 0 and counter.material(case_id).status_title == "未能核验，不要求提交"
    counter.world.receive(case_id)
    assert "未取得该部门的答复：确无记录" in counter.sheet(case_id)
    assert "材料“儿童户口簿”：未能核验，不要求提交" in counter.sheet(case_id)


def test_who_asked_for_the_paper_still_gets_it(counter: Counter) -> None:
    case_id = moved(counter, NotFound())
    on(counter, case_id, "ask_for_paper")
    assert counter.material(case_id).status == "missing" and lacking(counter, case_id) == 2


def test_a_record_found_on_a_second_try_is_taken(counter: Counter) -> None:
    case_id = moved(counter, NotFound(), found(relation_to_head="长子"))
    on(counter, case_id, "retry")
    counter.run()
    assert counter.material(case_id).status == "exempt" and lacking(counter, case_id) == 0


def test_what_is_not_demanded_may_still_be_handed_in(counter: Counter) -> None:
    case_id = moved(counter, NotFound())
    clerk, who = counter.world.hub.clerk, counter.world.clerk
    clerk.upload(who, case_id, "household-register", "hkb.pdf", "application/pdf", SCAN)
    assert counter.material(case_id).status == "uploaded"
    clerk.material_way(who, case_id, "household-register", "remove", "传错了")
    assert counter.material(case_id).status == "no_record"
