"""Several nodes of one hub on PostgreSQL: they come, go, stand still, lose their database and tell the wrong time. Effects are counted at the far side."""

from __future__ import annotations

import threading
from collections import Counter

import httpx2
import pytest

from hub.demo.counting import pushes
from hub.demo.run import report, well
from hub.demo.stage import Stage
from hub.demo.story import Story
from hub.outbox import wire_key
from hub.wiring import keys
from tests.nodes.conftest import faults
from tests.nodes.crew import (
    SLOWED,
    Crew,
    Stream,
    asked_again_and_again,
    control,
    filled,
    journal,
    opened,
    settled,
    tasks,
    until,
)
from tests.support.postgres import Postgres

pytestmark = pytest.mark.pg

FOOD = SLOWED
BRISK_SECONDS = 20.0
"""How long an orderly stop may take: five, and room for a machine that stands still meanwhile."""


def applications(stage: Stage) -> int:
    """How many food permits were applied for at the department, by its own count."""
    return sum(1 for effect in journal(stage, FOOD)["effects"] if effect["operation"] == "received")


def kill_whoever_asks(stage: Stage, crew: Crew) -> str:
    """Kill the first worker that has a question to a department under way; its name."""
    rows = until(lambda: [row for row in tasks(stage, "ask:%") if row.lease_until and row.owner in crew.nodes])
    crew.kill(rows[0].owner)
    return str(rows[0].owner)


def token(story: Story, name: str = "clerk") -> str:
    return story.person(name)._token  # noqa: SLF001 - the browser's cookie holds the same


def handed_over(stage: Stage, operation: str) -> int:
    return sum(1 for request in journal(stage, FOOD)["requests"] if request["operation"] == operation)


def test_workers_that_are_killed_and_replaced_while_a_case_runs_lose_and_double_nothing(
    stage: Stage, crew: Crew, story: Story
) -> None:
    """And the pushes of the case come to the platform in their order, under three workers."""
    before, killed = applications(stage), list[str]()
    killing = threading.Thread(target=lambda: killed.append(kill_whoever_asks(stage, crew)))
    killing.start()
    case_id, played = story.open_and_fill()
    killing.join()
    assert killed, "nobody was killed with a question under way"
    crew.worker("w4")
    story.receive(case_id)
    crew.kill(next(node for node in ("w1", "w2") if node not in killed))
    crew.worker("w5")
    story.decide(case_id)
    played.case = story.end(case_id)
    settled(story)
    story.finish(case_id, played)
    assert well(report(stage, played)) and applications(stage) == before + 1
    case_no = played.case["case_no"]
    assert pushes(stage, case_no).doubled == 0
    assert arrived(stage, case_no) == queued(stage, case_no)


def queued(stage: Stage, case_no: str) -> list[str]:
    """Keys of the case's pushes in the order of their stream, as the platform sees them."""
    index_key = keys.load(stage.settings.keys_folder).index
    return [wire_key(index_key, row.key) for row in tasks(stage, f"push:{case_no}:%")]


def arrived(stage: Stage, case_no: str) -> list[str]:
    wanted = set(queued(stage, case_no))
    came = [effect["key"] for effect in journal(stage, "platform")["effects"] if effect["key"] in wanted]
    return list(dict.fromkeys(came))


def test_a_page_of_one_node_shows_what_the_worker_of_another_filled_in(stage: Stage, crew: Crew, story: Story) -> None:
    crew.only("w4", "w5")
    other = crew.door("hub-2")
    case_id = opened(story)
    stream = Stream().open(other, token(story), case_id)
    story.person("clerk").wait_for(case_id, filled)
    until(lambda: "山水间" in stream.text or "示例" in stream.text)
    code, _ = crew.stop("hub-2")
    stream.close()
    assert (code, stream.ended) == (0, "in order")


def test_a_worker_that_was_paused_past_its_lease_wakes_and_writes_nothing(
    stage: Stage, crew: Crew, story: Story
) -> None:
    """It stands still in the middle of a hand-over; another does it again, by the same key."""
    crew.only("w4")
    case_id, _ = story.open_and_fill()
    before, requests = applications(stage), Counter(r["operation"] for r in journal(stage, FOOD)["requests"])
    control(stage, FOOD, "slow", seconds=2)
    story.receive(case_id)
    case_no = story.person("clerk").case(case_id)["case_no"]
    until(lambda: Counter(r["operation"] for r in journal(stage, FOOD)["requests"]) - requests)
    crew.pause("w4")
    control(stage, FOOD, "normal")
    crew.worker("w6")
    until(lambda: all(row.state == "done" for row in tasks(stage, f"hand_over:{case_no}%")))
    crew.wake("w4")
    until(lambda: any(line["result"] == "lease_lost" for line in crew.said("w4", "work")))
    assert applications(stage) == before + 1
    events = [row for row in tasks(stage, f"hand_over:{case_no}%") if row.owner == "w6"]
    assert events, "another worker did it"
    crew.only("w4", "w6")
    story.decide(case_id)
    assert story.end(case_id)["state"] == "archived"


def test_the_database_restarts_under_load_and_everything_goes_on_by_itself(
    server: Postgres, stage: Stage, crew: Crew, story: Story
) -> None:
    crew.only("w4", "w6")
    other, case_id, stop = crew.door("hub-2"), opened(story), threading.Event()
    stream = Stream().open(other, token(story), case_id)
    answers: list[tuple[int, str]] = []

    def look() -> None:
        for answer in asked_again_and_again([stage.hub_url, other], {"yijian": token(story)}, stop):
            answers.append((answer.status_code, answer.text))

    looking = threading.Thread(target=look)
    looking.start()
    until(lambda: stream.text)
    server.crash()
    until(lambda: any(status == 503 for status, _ in answers))
    server.start()
    since = len(answers)
    case = until(lambda: _read(story, case_id))
    until(lambda: any(status == 200 for status, _ in answers[since:]))
    stop.set()
    looking.join()
    story.person("clerk").wait_for(case["id"], filled, 120)
    until(lambda: "id: " in stream.text)
    assert {status for status, _ in answers} <= {200, 503}
    assert all("暂时" in text and "Traceback" not in text for status, text in answers if status == 503)
    assert all(process.poll() is None for process in (*stage.processes, *crew.nodes.values()))
    assert not any("Traceback" in crew.wrote(node) for node in crew.nodes)
    crew.stop("hub-2")


def _read(story: Story, case_id: str) -> dict[str, object] | None:
    try:
        return story.person("clerk").case(case_id)
    except Exception as e:
        assert getattr(e, "status", 503) == 503, e
        return None


def test_a_node_with_open_streams_and_work_in_flight_stops_within_seconds(
    stage: Stage, crew: Crew, story: Story
) -> None:
    for node in ("w4", "w6"):
        crew.stop(node)
    node = crew.door("hub-3", worker=True)
    control(stage, FOOD, "slow", seconds=40)  # whoever waited for the answer would be seen
    case_id = opened(story)
    streams = [Stream().open(node, token(story), case_id) for _ in range(5)]
    until(lambda: all(stream.text for stream in streams))
    until(lambda: any(row.owner == "hub-3" and row.lease_until for row in tasks(stage, "ask:%")))
    code, seconds = crew.stop("hub-3")
    for stream in streams:
        stream.close()
    assert (code, {stream.ended for stream in streams}) == (0, {"in order"})
    assert seconds <= BRISK_SECONDS
    assert not [row for row in tasks(stage, "%") if row.lease_until], "what it did not end is given back"
    control(stage, FOOD, "normal")
    crew.worker("w7")
    story.person("clerk").wait_for(case_id, filled, 120)


def test_the_operators_page_lists_the_node_that_is_gone_beside_the_one_that_works(
    stage: Stage, crew: Crew, story: Story
) -> None:
    crew.only("w7")
    with httpx2.Client(trust_env=False, cookies={"yijian": token(story, "operator")}) as client:
        page = client.get(f"{stage.hub_url}/operations").text
    assert "w1" in page and "w7" in page


def test_after_all_this_every_request_has_its_earlier_record_and_the_reverse(stage: Stage, crew: Crew) -> None:
    until(lambda: not faults(stage), told=lambda: faults(stage))


def test_clocks_that_are_an_hour_off_steal_no_work_and_hold_none_back(stage: Stage, crew: Crew, story: Story) -> None:
    for node in list(crew.nodes):
        crew.stop(node)
    crew.skewed_worker("early", 3600, lease_seconds=30)  # as in use: the brisk ones are lost on a busy machine too
    crew.skewed_worker("late", -3600, lease_seconds=30)
    crew.worker("right", lease_seconds=30)
    before = applications(stage)
    case_id, played = story.open_and_fill()
    story.receive(case_id)
    story.decide(case_id)
    played.case = story.end(case_id)
    settled(story)
    story.finish(case_id, played)
    assert well(report(stage, played)) and applications(stage) == before + 1
    ends = [line["result"] for node in ("early", "late", "right") for line in crew.said(node, "work")]
    assert "done" in ends and "lease_lost" not in ends
    lost = story.person("auditor").audit(case_no=played.case["case_no"], phase="lost")["rows"]
    assert lost == []
    early = "came before its record"  # by the clock of the node that is ahead
    until(lambda: all(early in fault for fault in faults(stage)), told=lambda: faults(stage))
