"""Decisions in the words of their kind: 准予行政许可 is said of permits alone. Pure, and once on a whole hub."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.contract import Push
from catalog.notices import DECISIONS
from catalog.types import IssuedBy, Item, ItemKind
from hub.cases import approval
from hub.cases.notices import freeze, title
from hub.cases.states import ItemState
from hub.cases.step import Step
from hub.wiring.case_view import state_title
from hub.wiring.reports import Decision
from tests.hub.cases.asking import DECLARATION, Counter, found
from tests.hub.cases.making import FACTS, FIRE, NOW, SITE, TERMS, case, item
from tests.hub.cases.test_notices import of_item

DECIDED = [
    (ItemKind.PERMIT, "准予行政许可决定书", "决定准予许可", "准予"),
    (ItemKind.FILING, "备案通知书", "予以备案", "已备案"),
    (ItemKind.REGISTRATION, "准予登记通知书", "准予登记", "已登记"),
    (ItemKind.DECLARATION, "申报办结通知书", "申报办理完成", "已办结"),
    (ItemKind.BENEFIT, "核准决定书", "予以核准", "已核准"),
]


def of_kind(kind: ItemKind) -> Item:
    """An item whose department issues its result itself."""
    known = SITE.items[FIRE]
    return replace(known, kind=kind, result=replace(known.result, issued_by=IssuedBy.DEPARTMENT, certificate_type=""))


def body(step: Step) -> str:
    draft = step.notices[0]
    facts = {**draft.facts, "notice_no": "411323-准-2026-000001", "case_no": "1", "item_no": "1-01"}
    return freeze(SITE, draft.kind, facts, NOW).body


@pytest.mark.parametrize(("kind", "heading", "words", "stands"), DECIDED)
def test_a_grant_speaks_of_its_kind(kind: ItemKind, heading: str, words: str, stands: str) -> None:
    one = of_kind(kind)
    text = body(approval.approve(case(rest=ItemState.REVIEWING), one, "决1", {"document_no": "文1号"}, of_item()))
    assert heading in text and words in text and "文1号" in text
    assert ("许可" in text.replace(one.title, "")) == (kind is ItemKind.PERMIT)
    assert title("decision_granted", one) == heading
    assert state_title(one, item(FIRE, ItemState.APPROVED)) == stands


@pytest.mark.parametrize("kind", [kind for kind, *_ in DECIDED])
def test_a_denial_speaks_of_its_kind(kind: ItemKind) -> None:
    one, words = of_kind(kind), DECISIONS[kind]
    text = body(approval.deny(case(rest=ItemState.REVIEWING), one, "决2", "材料不实", of_item()))
    assert words.denied_title in text and words.refused in text and "材料不实" in text
    assert state_title(one, item(FIRE, ItemState.DENIED)) == words.denied


@pytest.mark.parametrize("kind", [kind for kind, *_ in DECIDED])
def test_a_department_s_own_result_reserves_no_certificate(kind: ItemKind) -> None:
    step = approval.approve(case(rest=ItemState.REVIEWING), of_kind(kind), "决1", {}, FACTS)
    assert step.reserve == () and not [t for t in step.work if t.kind == "sign"]


def test_only_a_declaration_waits_for_a_payment() -> None:
    special = approval.Special("2", "待缴款", "", "10.00", "窗口")
    step = approval.suspend(case(rest=ItemState.REVIEWING), TERMS, of_kind(ItemKind.DECLARATION), special)
    assert step.events[0].facts["name"] == "待缴款" and "10.00" not in repr(step)
    with pytest.raises(Exception, match="只有申报类事项"):
        approval.suspend(case(rest=ItemState.REVIEWING), TERMS, of_kind(ItemKind.FILING), special)


def test_a_document_that_the_department_issued_is_shown_and_pushed_with_its_number(counter: Counter) -> None:
    counter.says("housing.home-count", found(home_count="1"))
    case_id, world = counter.buy(), counter.world
    world.accept(case_id, DECLARATION)
    own = world.case(case_id).item(DECLARATION)
    report = Decision("approved", "", "受2026-1", {"document_no": "示例申报回执0001"})
    world.hub.department.decision(world.system("tax"), own.item_no, "k-decide", report)
    view = counter.item(case_id, DECLARATION)
    assert (view.state_title, view.document_no, view.certificate) == ("已办结", "示例申报回执0001", "")
    world.run()
    told = [p for p in world.outside.given("push") if isinstance(p, Push) and p.table == "up_pro_result"]
    assert "示例申报回执0001" in [p.values.get("certificate_number") for p in told]
    assert "申报办结通知书" in [n.title for n in counter.page(case_id).notices]
