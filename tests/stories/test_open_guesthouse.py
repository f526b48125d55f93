"""我要开民宿 through the doors: to its end, and along the ways on when a department does not do its part. Plays over HTTP only."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from adapters.client import ClientProblem, Doc, Peer
from hub.demo.run import report, well
from hub.demo.stage import Stage
from hub.demo.story import APPLICANT, MATTER, TYPED, Story

pytestmark = pytest.mark.pg

OWNER_FIRM = "91411323MA9YJ0024T"


def control(stage: Stage, code: str, mode: str, **more: Any) -> None:
    httpx2.post(f"{stage.addresses[code]}/_control", json={"mode": mode, **more}, trust_env=False).raise_for_status()


def opened(story: Story) -> tuple[Any, Doc]:
    """A case whose departments have all been asked."""
    clerk = story.person("clerk")
    page = clerk.opening(MATTER, {})
    chosen = [item["code"] for item in page["items"]]
    role = page["roles"][0]
    party = {"identifier": APPLICANT, "proof": role["proofs"][0]["code"]}
    case_id = clerk.open_case(MATTER, {}, chosen, {role["code"]: party})
    return clerk, clerk.wait_for(case_id, lambda c: bool(c["queries"]) and c["counts"]["open_queries"] == 0)


def query(case: Doc, resource: str) -> Doc:
    return next(q for q in case["queries"] if q["resource"] == resource)


def field(case: Doc, key: str) -> Doc:
    return next(f for group in case["groups"] for f in group["fields"] if f["key"] == key)


def test_the_whole_matter_ends_archived_and_every_push_is_at_the_platform_once(stage: Stage, story: Story) -> None:
    outcome = report(stage, story.play())
    told = outcome["stories"][0]
    assert told["state"] == "archived"
    assert [i["state"] for i in told["items"]] == ["delivered"] * 5
    assert len(told["certificates"]) == 4
    assert well(outcome)


def test_a_department_that_is_down_is_no_missing_record_and_a_retry_fills_the_form(stage: Stage, story: Story) -> None:
    control(stage, "public-security", "down")
    clerk, case = opened(story)
    person = query(case, "人口基本信息")
    assert (person["outcome"], field(case, "legal_representative.sex")["value"]) == ("unavailable", "")
    control(stage, "public-security", "normal")
    clerk.way(case["id"], person["id"], "retry")
    case = clerk.wait_for(case["id"], lambda c: field(c, "legal_representative.sex")["value"] != "")
    assert field(case, "legal_representative.sex")["shown"] == "男性"


def test_html_in_place_of_an_answer_is_unusable_and_the_locked_field_stays_open_to_the_paper(
    stage: Stage, story: Story
) -> None:
    control(stage, "market-regulation", "wrong")
    clerk, case = opened(story)
    licence = query(case, "营业执照信息")
    assert licence["outcome"] == "unusable"
    clerk.way(case["id"], licence["id"], "ask_for_paper")
    with pytest.raises(ClientProblem) as refused:
        clerk.set_field(case["id"], "enterprise.enterprise_name", "西峡县示例民宿有限公司")
    assert refused.value.code == "REASON_NEEDED"
    typed = clerk.set_field(case["id"], "enterprise.enterprise_name", "西峡县示例民宿有限公司", "original_seen")
    assert (typed["status"], typed["provenance"]["trust"]) == ("manual", "C")


def test_a_locked_field_takes_no_posted_value_while_its_department_has_spoken(stage: Stage, story: Story) -> None:
    clerk, case = opened(story)
    with pytest.raises(ClientProblem) as refused:
        clerk.set_field(case["id"], "enterprise.enterprise_name", "冒名企业", "original_seen")
    assert refused.value.code == "FIELD_LOCKED"
    assert field(clerk.case(case["id"]), "enterprise.enterprise_name")["value"] == "西峡县山水间示例民宿有限公司"


def test_a_firm_that_owns_its_premises_need_not_bring_the_deed(story: Story) -> None:
    clerk = story.person("clerk")
    page = clerk.opening(MATTER, {"premises": "own"})
    party = {"identifier": OWNER_FIRM, "proof": page["roles"][0]["proofs"][0]["code"]}
    chosen = [item["code"] for item in page["items"]]
    case_id = clerk.open_case(MATTER, {"premises": "own"}, chosen, {"enterprise": party})
    case = clerk.wait_for(case_id, lambda c: bool(c["queries"]) and c["counts"]["open_queries"] == 0)
    assert field(case, "premises.deed_number")["provenance"]["resource"] == "权利人名下不动产权证号"
    assert field(case, "premises.floor_area")["value"] == "1850"
    deed = next(m for m in case["materials"] if m["code"] == "premises-deed")
    assert deed["status"] == "exempt"
    [firm] = [p for p in case["parties"] if p["role"] == "enterprise"]
    assert firm["name"] == "西峡县自有房示例酒店有限公司"  # known as soon as the register told it


@pytest.mark.parametrize("role", ["owner", "premises"])
def test_a_stranger_named_as_owner_is_never_asked_about(story: Story, role: str) -> None:
    clerk = story.person("clerk")
    page = clerk.opening(MATTER, {})
    parties = {
        "enterprise": {"identifier": APPLICANT, "proof": page["roles"][0]["proofs"][0]["code"]},
        role: {"identifier": "411323197803059939", "proof": "x"},
    }
    with pytest.raises(ClientProblem) as refused:
        clerk.open_case(MATTER, {}, [item["code"] for item in page["items"]], parties)
    assert refused.value.code == "OPENING_INCOMPLETE"


def test_two_people_match_is_shown_as_a_choice_and_not_as_an_answer(stage: Stage, story: Story) -> None:
    control(stage, "market-regulation", "several", operation="yyzzCx")
    _, case = opened(story)
    licence = query(case, "营业执照信息")
    assert licence["outcome"] == "ambiguous"
    assert field(case, "enterprise.enterprise_name")["value"] == ""


def test_an_incomplete_case_is_not_received_and_says_everything_that_is_missing(stage: Stage, story: Story) -> None:
    clerk, case = opened(story)
    with pytest.raises(ClientProblem) as refused:
        clerk.act(case["id"], "receive")
    assert refused.value.code == "NOT_COMPLETE"
    clerk.act(case["id"], "correct")
    case = clerk.case(case["id"])
    assert (case["state"], [n["kind"] for n in case["notices"]]) == ("correction", ["one_time_notice"])


def test_a_denied_upstream_ends_the_item_that_waits_for_it_and_no_other(stage: Stage, story: Story) -> None:
    case_id, played = story.open_and_fill()
    story.receive(case_id)
    for who in ("power", "health", "fire"):
        story.step_at_inbox(who, case_id, "accept")
    story.step_at_inbox("health", case_id, "deny", "现场审查不符合卫生要求")
    for who in ("power", "fire"):
        story.step_at_inbox(who, case_id, "approve")
    case = story.person("clerk").wait_for(case_id, lambda c: c["state"] == "archived", 60)
    states = {i["code"]: i["state"] for i in case["items"]}
    assert (states["public-place-hygiene-permit"], states["hotel-permit"]) == ("denied", "terminated")
    assert {states[c] for c in ("power-connection", "fire-safety-inspection", "food-permit")} == {"delivered"}


def test_a_withdrawal_before_any_decision_stops_every_department(stage: Stage, story: Story) -> None:
    httpx2.post(
        f"{stage.addresses['market-regulation']}/_decide", json={"mode": "manual"}, trust_env=False
    ).raise_for_status()
    case_id, _ = story.open_and_fill()
    story.receive(case_id)
    clerk = story.person("clerk")
    clerk.wait_for(case_id, lambda c: all(i["department_no"] for i in c["items"]), 30)
    clerk.act(case_id, "withdraw", "申请人改变计划")
    case = clerk.wait_for(case_id, lambda c: c["state"] in ("withdrawn", "archived"), 30)
    httpx2.post(f"{stage.addresses['market-regulation']}/_decide", json={"mode": "auto"}, trust_env=False)
    assert {i["state"] for i in case["items"]} == {"withdrawn"}


def test_an_online_filing_becomes_one_case_however_often_it_comes(platform: Peer, story: Story) -> None:
    clerk = story.person("clerk")
    page = clerk.opening(MATTER, {})
    body = {
        "matter": MATTER,
        "answers": {},
        "chosen": [item["code"] for item in page["items"]],
        "parties": {"enterprise": {"identifier": APPLICANT, "proof": page["roles"][0]["proofs"][0]["code"]}},
        "delivery": {"way": "electronic"},
        "values": {key: TYPED[key] for key in ("premises.room_count", "enterprise.contact_phone")},
    }
    filed = [platform.file(body, key="story-filing")["id"] for _ in range(2)]
    assert filed[0] == filed[1]
    with pytest.raises(ClientProblem) as refused:
        platform.file({**body, "delivery": {"way": "window"}}, key="story-filing")
    assert refused.value.code == "KEY_REUSED"
    case_id = clerk.take_filing(filed[0])
    assert clerk.take_filing(filed[0]) == case_id
    case = clerk.wait_for(case_id, lambda c: bool(c["queries"]) and c["counts"]["open_queries"] == 0)
    assert field(case, "premises.room_count")["value"] == "14"
    assert platform.filing(filed[0])["case_no"] == case["case_no"]
    assert not clerk.filings()


def test_the_platform_files_by_itself_and_takes_the_filing_back(stage: Stage, platform: Peer, story: Story) -> None:
    clerk = story.person("clerk")
    page = clerk.opening(MATTER, {})
    party = {"identifier": APPLICANT, "proof": page["roles"][0]["proofs"][0]["code"]}
    chosen = [item["code"] for item in page["items"]]
    body = {
        "matter": MATTER,
        "answers": {},
        "chosen": chosen,
        "parties": {"enterprise": party},
        "delivery": {"way": "electronic"},
        "values": {},
    }
    httpx2.post(
        f"{stage.addresses['platform']}/_submit",
        json={"stream": "taken-back", "body": body},
        trust_env=False,
        timeout=20,
    )
    waiting = story.until(lambda: clerk.filings() or None)
    assert platform.withdraw(waiting[0]["id"], "申请人撤回", key="taken-back")["state"] == "withdrawn"
    with pytest.raises(ClientProblem) as refused:
        clerk.take_filing(waiting[0]["id"])
    assert (refused.value.code, clerk.filings()) == ("FILING_WITHDRAWN", [])
