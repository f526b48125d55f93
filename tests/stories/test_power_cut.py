"""The hub dies without a warning, in the middle of asking or of handing over, and is started again: the case goes on from its rows."""

from __future__ import annotations

import time

import httpx2
import pytest

from hub.demo.run import report, well
from hub.demo.stage import Stage
from hub.demo.story import APPLICANT, MATTER, Story
from tests.stories.test_open_guesthouse import control, field

pytestmark = pytest.mark.pg


def requests(stage: Stage, code: str, operation: str) -> int:
    journal = httpx2.get(f"{stage.addresses[code]}/_journal", trust_env=False).json()
    return sum(1 for r in journal["requests"] if r["operation"] == operation)


def applications(stage: Stage) -> int:
    """How many food permits were applied for at the department, by its own count."""
    journal = httpx2.get(f"{stage.addresses['market-regulation']}/_journal", trust_env=False).json()
    return sum(1 for effect in journal["effects"] if effect["operation"] == "received")


def test_killed_while_departments_are_asked_nobody_is_asked_again_what_was_answered(stage: Stage, story: Story) -> None:
    control(stage, "public-security", "slow", seconds=2)
    before = requests(stage, "market-regulation", "yyzzCx")
    clerk = story.person("clerk")
    page = clerk.opening(MATTER, {})
    party = {"identifier": APPLICANT, "proof": page["roles"][0]["proofs"][0]["code"]}
    case_id = clerk.open_case(MATTER, {}, [i["code"] for i in page["items"]], {"enterprise": party})
    clerk.wait_for(case_id, lambda c: field(c, "enterprise.enterprise_name")["value"] != "")
    stage.kill_hub()
    control(stage, "public-security", "normal")
    stage.start_hub()
    clerk.wait_for(case_id, lambda c: field(c, "owner.registered_address")["value"] != "", 60)
    clerk.wait_for(case_id, lambda c: field(c, "legal_representative.sex")["shown"] == "男性", 60)
    assert requests(stage, "market-regulation", "yyzzCx") == before + 1
    time.sleep(
        stage.settings.intent_lost_after_seconds + 16
    )  # the sweep ends the question whose answer died with the hub


def test_killed_after_receiving_every_item_is_still_handed_over_once(stage: Stage, story: Story) -> None:
    case_id, played = story.open_and_fill()
    taken = applications(stage)
    story.receive(case_id)
    stage.kill_hub()
    stage.start_hub()
    story.decide(case_id)
    played.case = story.end(case_id)
    story.finish(case_id, played)
    assert well(report(stage, played))
    assert applications(stage) == taken + 1
