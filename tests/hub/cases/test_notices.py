"""Notices: no blank is left open by any step, prescribed words stay word for word, and what is frozen is frozen."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

import pytest

from catalog.demand import materials_of, situation
from catalog.notices import blanks
from catalog.workdays import calendar_of
from hub.cases import acceptance, approval, asked, delivery, intake, withdrawal
from hub.cases import facts as words
from hub.cases.consequences import follow_up
from hub.cases.facts import Counter, Papers
from hub.cases.intake import Problem
from hub.cases.notices import TITLES, TemplateUnfit, freeze
from hub.cases.states import CaseState, ItemState
from hub.cases.step import Draft, Step
from tests.hub.cases.making import ALL, FIRE, HOTEL, MATTER, NOW, SITE, TERMS, case, terms

NEEDED = materials_of(MATTER, ALL, situation(MATTER, {}))
STATUSES = {n.material.code: "uploaded" for n in NEEDED} | {
    NEEDED[0].material.code: "exempt",
    NEEDED[1].material.code: "deferred",
    NEEDED[2].material.code: "upstream",
    NEEDED[4].material.code: "promised",
}
DUE = {NEEDED[1].material.code: date(2026, 11, 27)}
PAPERS = Papers(NEEDED, STATUSES, DUE)
COUNTER = Counter("西峡县示例窗口", "0377-00000000", "0377-00000001", "演示窗口甲")
CHECKING = case(CaseState.CHECKING)
UNDER_WAY = case(CaseState.IN_PROGRESS, rest=ItemState.REVIEWING)


def of_case(one: object = CHECKING) -> dict[str, str]:
    return words.of_case(one, SITE, PAPERS, COUNTER, "西峡县示例民宿有限公司", NOW)  # type: ignore[arg-type]


def of_item(code: str = FIRE) -> dict[str, str]:
    return words.of_item(of_case(UNDER_WAY), SITE.items[code], SITE, calendar_of(SITE.calendar), NOW, PAPERS)


def steps() -> list[Step]:
    """Every step that gives a notice, with the facts that the wiring gives it."""
    item, reviewing, delivering = SITE.items[FIRE], UNDER_WAY, case(CaseState.DELIVERING, rest=ItemState.APPROVED)
    denied = case(CaseState.IN_PROGRESS, fire=ItemState.DENIED, rest=ItemState.REVIEWING, hotel=ItemState.PRE_REVIEW)
    foreign = replace(item, result=replace(item.result, issued_by="department"))  # type: ignore[arg-type]
    told = (Problem("told", "盖章不清", ""),)
    return [
        intake.receive(CHECKING, TERMS, of_case()),
        intake.receive(CHECKING, terms(one_step=True), of_case()),
        intake.ask_correction(CHECKING, TERMS, told, of_case()),
        intake.ask_correction(CHECKING, terms(window_notice="correction_notice"), told, of_case()),
        intake.give_back(CHECKING, TERMS, "不属于本窗口", of_case()),
        acceptance.accept(case(), TERMS, item, of_item()),
        acceptance.refuse(case(), item, "不属于本机关职权", of_item()),
        acceptance.correct(case(), TERMS, item, (("平面图", "不清晰"),), of_item()),
        approval.approve(reviewing, foreign, "消许〔2026〕1号", {}, of_item()),
        approval.deny(reviewing, item, "消不许〔2026〕1号", "安全出口不足", of_item()),
        withdrawal.withdraw(reviewing, TERMS, "不办了", of_case(reviewing)),
        delivery.deliver(delivering, "electronic", "", of_case(delivering)),
        follow_up(denied, TERMS, of_case(denied)) or Step(),
        asked.sheet_made(
            UNDER_WAY,
            TERMS,
            {
                **of_case(UNDER_WAY),
                "lead_name": "示例教体局",
                "persons": "儿童：测试乙",
                "applied_for": "申请学校：示例小学",
                "look_ups": "1. 示例查询",
            },
        ),
    ]


DRAFTS = [draft for step in steps() for draft in step.notices]


def frozen(draft: Draft) -> str:
    facts = {**draft.facts, "notice_no": "411323-收-2026-000001", "case_no": CHECKING.case_no, "item_no": "-01"}
    return freeze(SITE, draft.kind, facts, NOW).body


@pytest.mark.parametrize("draft", DRAFTS, ids=[d.kind for d in DRAFTS])
def test_no_notice_leaves_with_a_hole(draft: Draft) -> None:
    body = frozen(draft)
    assert "{" not in body and "None" not in body and 'class="notice"' in body


def test_every_kind_that_a_step_can_give_was_tried() -> None:
    assert {d.kind for d in DRAFTS} == set(TITLES) - {"handover_slip"}


def test_a_blank_that_nothing_fills_names_template_and_blank() -> None:
    with pytest.raises(TemplateUnfit, match=r"intake_receipt.*material_count"):
        freeze(SITE, "intake_receipt", {k: v for k, v in of_case().items() if k != "material_count"}, NOW)


def test_a_missing_template_says_what_to_add() -> None:
    with pytest.raises(TemplateUnfit, match="notices/"):
        freeze(replace(SITE, notices={}), "intake_receipt", of_case(), NOW)


# --- what stands in them ------------------------------------------------------------------------------------------------


def test_the_receipt_counts_only_what_was_handed_in_and_lists_the_rest_apart() -> None:
    facts = of_case()
    exempt, deferred, upstream, promised = (NEEDED[n].material.name for n in (0, 1, 2, 4))
    assert facts["material_count"] == str(len(NEEDED) - 4)
    assert exempt not in facts["materials"] and facts["exempted"] == f"1. {exempt}\n2. {upstream}"
    assert facts["outstanding"] == f"1. {deferred}（2026年11月27日前补交）（容缺受理）\n2. {promised}（告知承诺）"


def test_a_deferral_and_a_promise_are_two_papers_that_name_only_their_items() -> None:
    by_kind = {d.kind: d.facts for d in DRAFTS}
    deferral, promise = by_kind["deferral_promise"], by_kind["commitment_letter"]
    assert deferral["materials"] == f"1. {NEEDED[1].material.name}（2026年11月27日前补交）"
    assert promise["materials"] == f"1. {NEEDED[4].material.name}"
    assert deferral["items"].count("\n") + 1 == len(set(NEEDED[1].items) & set(ALL))


def test_an_acceptance_never_says_complete_where_something_is_deferred() -> None:
    for code in ALL:
        lacks = any(code in NEEDED[n].items for n in (1, 4))
        assert of_item(code)["finding"].startswith("其余") == lacks


def test_a_termination_returns_no_paper_that_a_living_item_needs() -> None:
    shared = next(n for n in NEEDED if len(n.items) > 1)
    alone = next(n for n in NEEDED if n.items == (HOTEL,))
    papers = Papers(NEEDED, {shared.material.code: "uploaded", alone.material.code: "uploaded"})
    back = papers.returned(UNDER_WAY, [HOTEL])
    assert alone.material.name in back and shared.material.name not in back
    assert shared.material.name in papers.returned(UNDER_WAY, ALL)


def test_a_notice_is_laid_out_by_classes_and_signed_on_the_right() -> None:
    body = frozen(next(d for d in DRAFTS if d.kind == "intake_receipt"))
    assert '<p class="to">西峡县示例民宿有限公司：</p>' in body
    assert '<p class="sign">西峡县示例窗口（章）</p><p class="sign">2026年11月20日</p>' in body
    assert all("××" not in template for template in SITE.notices.values())


def test_decisions_name_their_legal_basis_and_where_to_appeal() -> None:
    bodies = {d.kind: frozen(d) for d in DRAFTS}
    assert "第三十二条" in bodies["acceptance_notice"] and "第三十二条" in bodies["refusal_decision"]
    assert "第三十八条第一款" in bodies["decision_granted"] and "第三十八条第二款" in bodies["decision_denied"]
    assert "西峡县人民政府" in bodies["decision_denied"] and "西峡县人民法院" in bodies["decision_denied"]


def test_scans_of_the_window_go_back_as_paper_and_an_online_filing_has_none() -> None:
    assert NEEDED[3].material.name in of_case()["returned_materials"]
    assert NEEDED[0].material.name not in of_case()["returned_materials"]
    online = words.of_case(replace(CHECKING, channel="online"), SITE, Papers(NEEDED, STATUSES), COUNTER, "x", NOW)
    assert online["returned_materials"] == "无纸质材料需要退还"


def test_only_results_that_there_are_are_delivered() -> None:
    part = case(CaseState.DELIVERING, rest=ItemState.DENIED, fire=ItemState.APPROVED)
    assert of_case(part)["results"] == f"1. {SITE.items[FIRE].result.name}"


def test_the_date_promised_is_said_to_be_provisional_beyond_the_calendar() -> None:
    late = words.of_item(of_case(), SITE.items[HOTEL], SITE, calendar_of(()), NOW)
    assert "暂定" in late["due_on"] and "暂定" not in of_item()["due_on"]


ANNEX_B = (
    "经审查,申请材料齐全,符合法定形式,现予收件(受理),将在",
    "其中,该事项办理过程中涉及的以下程序:听证、招标、拍卖、检验、检测、检疫、鉴定、专家评审等",
    "与审批结果无必然联系",
    "第一联申请人留存,第二联窗口存档",
)
ANNEX_C = (
    "依法进行了审查，因您所送的材料不齐全（或不符合法定形式），暂时不能收件（受理）。请您补充齐全或修改下列材料后前来办理。",
    "请您将上述材料尽快补齐补正后送本窗口。",
    "特此告知",
)


@pytest.mark.parametrize(
    ("kind", "prescribed"), [("intake_acceptance_notice", ANNEX_B), ("correction_notice", ANNEX_C)]
)
def test_the_words_of_the_standard_s_annexes_are_kept(kind: str, prescribed: tuple[str, ...]) -> None:
    body = frozen(next(d for d in DRAFTS if d.kind == kind))
    assert all(sentence in body for sentence in prescribed)
    assert body.count(prescribed[0]) == 2 and "存根" in body  # sheet and stub


# --- frozen ---------------------------------------------------------------------------------------------------------------


def test_a_later_template_changes_no_notice_that_was_given() -> None:
    facts = {**of_case(), "notice_no": "n", "case_no": "c", "item_no": ""}
    before = freeze(SITE, "intake_receipt", facts, NOW)
    later = replace(SITE, notices={**SITE.notices, "intake_receipt": "另一种回执\n{addressee}"})
    after = freeze(later, "intake_receipt", facts, NOW)
    assert before.body != after.body and before.sha256 == hashlib.sha256(before.body.encode()).hexdigest()


def test_what_a_person_typed_is_text_and_never_markup() -> None:
    facts = {**of_case(), "notice_no": "n", "case_no": "c", "item_no": "", "addressee": "<b>{case_no}</b>"}
    body = freeze(SITE, "intake_receipt", facts, NOW).body
    assert "&lt;b&gt;{case_no}&lt;/b&gt;" in body and "<b>" not in body


def test_every_blank_of_every_template_is_known_to_somebody() -> None:
    given = {key for draft in DRAFTS for key in draft.facts} | {"notice_no", "case_no", "item_no", "issued_on"}
    for kind, template in SITE.notices.items():
        if kind != "handover_slip":
            assert set(blanks(template)) <= given, kind
