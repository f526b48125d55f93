"""住建局 through its front database: works, builders and agents are read by number, six items are written into its tables. No whole case."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from adapters.connect import Connected
from adapters.contract import (
    Ambiguous,
    Attachment,
    FetchedReport,
    Found,
    Handover,
    NotFound,
    PeerRefused,
    PeerUnreachable,
    Stop,
    Unavailable,
    UpstreamResult,
)
from adapters.simulators.population import body, firm, person
from adapters.simulators.population.construction import works
from catalog.dictionary import canonical
from tests.adapters.town import NOW, Town

CODE = "housing-construction"
ITEMS = (
    "fire-design-review",
    "construction-fire-acceptance",
    "construction-fire-filing",
    "contractor-qualification-first",
    "contractor-qualification-added",
    "estate-agency-filing",
)
FIRM = firm("karaoke")
FORM = {
    "enterprise.uscc": FIRM.uscc,
    "enterprise.enterprise_name": FIRM.name,
    "legal_representative.name": FIRM.boss.name,
    "legal_representative.phone": "19900000001",
    "premises.address": FIRM.place.line,
    "works.name": "示例装饰装修工程",
    "works.designer": "演示建筑设计有限公司",
    "works.designer_qualification": "乙级",
    "works.crowd_use": "entertainment",
    "works.fire_resistance": "second",
    "works.fire_compartments": "2",
    "works.evacuation_width": "4.8",
    "works.special_design": "no",
    "works.area": "1680",
    "works.height": "18.6",
    "works.finished_on": "2026-01-12",
    "works.scope": "fit-out",
    "works.structure": "concrete",
    "works.fire_testing_body": "演示消防检测有限公司",
    "works.fire_systems": "自动喷水、火灾自动报警",
    "works.filing_class": "general",
    "works.design_head": "测试乙",
    "works.building_head": "测试丙",
    "works.lining_class": "b1",
    "contractor.wanted_qualification": "decoration",
    "contractor.wanted_grade": "second",
    "contractor.net_assets": "12680000",
    "contractor.technical_head": "测试丁",
    "contractor.technical_head_title": "工程师",
    "agency.services": "both",
    "agency.shops": "1",
    "agency.escrow_bank": "示例银行",
    "agency.shop_head": "测试己",
    "agency.shop_phone": "19900000002",
}
T = TypeVar("T")


def handover(item: str, key: str, form: dict[str, str] = FORM, **more: Any) -> Handover:
    drawing = Attachment("drawing", "图纸", "C", media_type="application/pdf", body=b"%PDF-1.4")
    pre_review = more.pop("pre_review", False)
    return Handover(key, "c-1", f"{key}-no", item, "测试事项", pre_review, 5, form, {}, (drawing,), **more)


def hand_over(town: Town, *cases: Handover) -> list[bool]:
    """Whether each was there before."""

    async def run(line: Connected) -> list[bool]:
        assert line.handles is not None
        return [(await line.handles.hand_over(case)).again for case in cases]

    return town.run(CODE, run)


def application(town: Town, key: str) -> dict[str, Any]:
    """What lies on the bureau's desk under that key."""
    return next(one for one in town.applications(CODE) if one["key"] == key)


def reports(town: Town, item_no: str, until: Callable[[FetchedReport], bool]) -> list[FetchedReport]:
    """What the bureau says of that item case, read and marked as the hub does, as far as `until`."""

    async def run(line: Connected) -> list[FetchedReport]:
        assert line.polls is not None
        found: list[FetchedReport] = []
        end = time.monotonic() + 60
        while not (found and until(found[-1])):
            assert time.monotonic() < end, "the bureau said nothing"
            for waiting in await line.polls.unread():
                report = await line.polls.fetch(waiting.key)
                if report is not None and report.item_no == item_no:
                    found.append(report)
                    await line.polls.mark_read(waiting.key)
            await asyncio.sleep(0.05)
        return found

    return town.run(CODE, run)


def sent(town: Town, send: Callable[[Connected], Awaitable[T]]) -> T:
    return town.run(CODE, send)


# --- answers ------------------------------------------------------------------------------------------------------------


def test_its_database_is_as_its_paper_says(town: Town) -> None:
    assert town.run(CODE, lambda line: line.check()) == []


def test_works_are_found_by_the_number_of_whoever_had_them_done(town: Town) -> None:
    known = works("karaoke")
    found = town.ask(f"{CODE}.construction-works", {"uscc": FIRM.uscc})
    assert known is not None and isinstance(found, Found)
    assert (found.values["works_name"], found.values["works_area"]) == (known.project, "1680")
    assert found.values["is_special_works"] == "true" and {"fire_review_number", "fire_review_on"} <= set(found.missing)
    for name, text in found.values.items():
        assert canonical(town.site.dictionary[name], text) == text


def test_a_founders_own_works_are_found_by_the_identity_number(town: Town) -> None:
    found = town.ask(f"{CODE}.construction-works-of-person", {"id_number": person("dentist").id_number})
    assert isinstance(found, Found) and found.values["works_finished_on"]


def test_a_social_body_has_its_works_too(town: Town) -> None:
    assert isinstance(town.ask(f"{CODE}.construction-works", {"uscc": body("community_care").uscc}), Found)


def test_who_built_much_is_to_choose(town: Town) -> None:
    several = town.ask(f"{CODE}.construction-works", {"uscc": firm("landlord").uscc})
    assert isinstance(several, Ambiguous) and all(one.choice and one.label for one in several.candidates)
    chosen = town.ask(
        f"{CODE}.construction-works", {"uscc": firm("landlord").uscc}, choice=several.candidates[0].choice
    )
    assert isinstance(chosen, Found)


@pytest.mark.parametrize(("key", "name"), [("mall", "验收意见书"), ("applicant", "备案凭证")])
def test_a_fire_document_is_found_with_its_number_and_day(town: Town, key: str, name: str) -> None:
    found, known = town.ask(f"{CODE}.fire-acceptance", {"uscc": firm(key).uscc}), works(key)
    assert known is not None and isinstance(found, Found)
    assert found.values["acceptance_document_number"] == known.fire_no
    assert found.values["acceptance_document_name"].endswith(name)
    assert found.values["acceptance_document_issued_on"].replace("-", "") == known.fire_on


def test_works_without_a_fire_document_have_no_record(town: Town) -> None:
    assert town.ask(f"{CODE}.fire-acceptance", {"uscc": FIRM.uscc}) == NotFound()


def test_a_builder_is_found_with_its_people_counted_and_its_assets_in_yuan(town: Town) -> None:
    found = town.ask(f"{CODE}.contractor-record", {"uscc": firm("decorator").uscc})
    assert isinstance(found, Found) and "held_qualification" in found.missing
    assert (found.values["net_assets"], found.values["registered_constructors"]) == ("12680000", "2")


def test_an_agency_lists_its_brokers(town: Town) -> None:
    found = town.ask(f"{CODE}.agency-record", {"uscc": firm("agency").uscc})
    assert isinstance(found, Found) and found.values["registered_brokers"] == "3"
    assert [row["broker_class"] for row in found.lists["brokers"]][0] == "房地产经纪人"


def test_a_question_stands_in_its_log_under_our_number_before_it_is_answered(town: Town) -> None:
    number = "0193d0f0-0000-7000-8000-0000000000aa"
    town.ask(f"{CODE}.fire-acceptance", {"uscc": FIRM.uscc}, request_id=number)
    assert any(one["request"] == number and one["operation"] == "query XFWS" for one in town.journal(CODE))


@pytest.mark.parametrize("mode", ["busy", "down"])
def test_a_locked_database_is_unavailable_and_never_no_record(town: Town, mode: str) -> None:
    town.control(CODE, mode=mode)
    try:
        asked = town.ask(f"{CODE}.fire-acceptance", {"uscc": FIRM.uscc}, timeout_seconds=1.0)
    finally:
        town.control(CODE, mode="normal")
    assert isinstance(asked, Unavailable)


# --- item cases ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_case_is_written_once_however_often_it_is_sent(town: Town, item: str) -> None:
    case = handover(item, f"once-{item}")
    assert hand_over(town, case, case) == [False, True]
    assert application(town, f"once-{item}")["item_no"] == case.item_no


@pytest.mark.parametrize("item", ITEMS)
def test_acceptance_and_approval_are_read_with_number_and_document(town: Town, item: str) -> None:
    hand_over(town, handover(item, f"pass-{item}"))
    number = application(town, f"pass-{item}")["number"]
    for step in ("accept", "approve"):
        town.decide(CODE, number=number, step=step, reason="符合条件")
    accepted, approved = reports(town, f"pass-{item}-no", lambda one: one.step == "approve")
    assert (accepted.step, accepted.department_no) == ("accept", number)
    assert approved.decision_no and approved.results["zsh"] == approved.decision_no


def test_a_correction_is_read_with_its_defects_and_comes_again(town: Town) -> None:
    case = handover("construction-fire-filing", "mend")
    hand_over(town, case)
    number = application(town, "mend")["number"]
    town.decide(CODE, number=number, step="correction", defects=[{"material": "竣工图纸", "reason": "缺平面图"}])
    (asked,) = reports(town, "mend-no", lambda one: one.step == "correction")
    assert asked.defects == (("竣工图纸", "缺平面图"),)
    mended = replace(case, key="mended", correction=True)
    assert hand_over(town, mended, mended) == [False, True]
    assert application(town, "mend")["state"] == "received"


def test_a_denial_says_why(town: Town) -> None:
    hand_over(town, handover("fire-design-review", "deny"))
    number = application(town, "deny")["number"]
    for step in ("accept", "deny"):
        town.decide(CODE, number=number, step=step, reason="疏散宽度不足")
    denied = reports(town, "deny-no", lambda one: one.step == "deny")[-1]
    assert denied.reason == "疏散宽度不足" and not denied.results


def test_what_was_withdrawn_is_stopped(town: Town) -> None:
    hand_over(town, handover("estate-agency-filing", "stop"))

    async def stop(line: Connected) -> None:
        assert line.handles is not None
        for _ in range(2):
            await line.handles.stop(Stop("stop-key", "stop-no", "", "申请人自愿", "estate-agency-filing"))

    sent(town, stop)
    assert application(town, "stop")["state"] == "withdrawn"


@pytest.mark.parametrize("upstream", ["fire-design-review", "individual-registration"])
def test_an_acceptance_waits_for_its_upstream_result(town: Town, upstream: str) -> None:
    key = f"wait-{upstream}"
    hand_over(town, handover("construction-fire-acceptance", key, pre_review=True))

    async def supply(line: Connected) -> None:
        assert line.handles is not None
        result = UpstreamResult(
            f"u-{key}", f"{key}-no", "", upstream, "结果", "X-1", None, NOW, "construction-fire-acceptance"
        )
        await line.handles.supply(result)
        await line.handles.supply(result)

    assert application(town, key)["upstream"] == {}
    sent(town, supply)
    assert application(town, key)["upstream"] == {"QZ": True}


def test_a_founder_applies_under_their_own_number(town: Town) -> None:
    dentist = person("dentist")
    form = {key: text for key, text in FORM.items() if not key.startswith(("enterprise.", "legal_representative."))}
    form |= {"operator.name": dentist.name, "operator.id_number": dentist.id_number}
    hand_over(town, handover("construction-fire-filing", "founder", form))
    assert application(town, "founder")["about"] == dentist.id_number


def test_a_form_without_what_the_bureau_must_have_is_not_written(town: Town) -> None:
    without = {key: text for key, text in FORM.items() if key != "works.filing_class"}
    with pytest.raises(PeerRefused, match="XMLB"):
        hand_over(town, handover("construction-fire-filing", "lacking", without))


def test_a_locked_database_is_tried_again_with_the_same_key(town: Town) -> None:
    case = handover("fire-design-review", "locked")
    line_is_short = {"handover_timeout_seconds": 1}
    department = replace(town.site.departments[CODE], wire={**town.site.departments[CODE].wire, **line_is_short})
    brisk = replace(town, site=replace(town.site, departments={**town.site.departments, CODE: department}))
    town.control(CODE, mode="busy")
    try:
        with pytest.raises(PeerUnreachable):
            hand_over(brisk, case)
    finally:
        town.control(CODE, mode="normal")
    assert hand_over(town, case) == [False]


def test_a_result_in_a_word_of_no_paper_stays_unread(town: Town) -> None:
    hand_over(town, handover("fire-design-review", "strange"))
    town.control(CODE, mode="wrong", variant="code", operation="result", times=1)
    town.decide(CODE, number=application(town, "strange")["number"], step="accept", reason="受理")

    async def read(line: Connected) -> None:
        assert line.polls is not None
        (waiting,) = [one for one in await line.polls.unread() if one.item_no == "strange-no"]
        with pytest.raises(PeerRefused, match="77"):
            await line.polls.fetch(waiting.key)

    sent(town, read)
