"""The stream of a case: what changed, in order, from where the page left off, and its end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.sharinglog import LogUnavailable
from hub.store.database import StoreUnavailable
from hub.web.doors import Doors
from hub.web.pages import live
from hub.wiring.listings import FeedRow
from tests.hub.web import example
from tests.hub.web.conftest import Visit


@pytest.fixture
def clerk(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> example.Clerk:
    monkeypatch.setattr(live, "LOOK_EVERY", 0.01)
    door = doors.clerk
    assert isinstance(door, example.Clerk)
    door.rows = [FeedRow(4, "field", "enterprise.phone"), FeedRow(5, "query", "q2")]
    return door


def leave_checking(clerk: example.Clerk) -> None:
    clerk.cases["c1"] = replace(clerk.cases["c1"], state="received", state_title="已收件")


def test_the_stream_draws_what_changed_and_ends_with_checking(visit: Visit, clerk: example.Clerk) -> None:
    leave_checking(clerk)
    text = visit("clerk").get("/cases/c1/feed?after=3").text
    events = [part for part in text.split("\n\n") if part.startswith("id:")]
    assert len(events) == 1 and events[0].startswith("id: 5\ndata: ")
    assert "#f-enterprise-phone" in events[0] and "#f-legal_representative-address" in events[0]
    assert "#f-enterprise-uscc" not in events[0]
    assert text.endswith("event: ended\ndata: ended\n\n")


def test_the_browsers_last_event_id_wins_over_the_address(visit: Visit, clerk: example.Clerk) -> None:
    leave_checking(clerk)
    clerk.rows.append(FeedRow(6, "field", "premises.area"))
    text = visit("clerk").get("/cases/c1/feed?after=3", headers={"Last-Event-ID": "5"}).text
    assert "#f-premises-area" in text and "#f-enterprise-phone" not in text


def test_the_stream_ends_when_the_process_closes(visit: Visit, doors: Doors, clerk: example.Clerk) -> None:
    object.__setattr__(doors, "closing", lambda: True)
    answer = visit("clerk").get("/cases/c1/feed?after=5")
    assert answer.headers["content-type"].startswith("text/event-stream") and "id:" not in answer.text


def test_a_quiet_stream_says_that_it_is_there(
    visit: Visit, doors: Doors, clerk: example.Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([False] * 5)
    object.__setattr__(doors, "closing", lambda: next(looks, True))
    monkeypatch.setattr(live, "COMMENT_EVERY", 0.0)
    assert ": still here" in visit("clerk").get("/cases/c1/feed?after=5").text


def test_another_regions_case_is_not_found_and_no_stream(visit: Visit) -> None:
    assert visit("clerk").get("/cases/none/feed").status_code == 404


def test_a_case_in_progress_is_drawn_again_only_when_something_changed(visit: Visit, clerk: example.Clerk) -> None:
    client = visit("clerk")
    assert client.get("/cases/c2/changes?after=5").status_code == 204
    assert 'hx-target="#s-items"' in client.get("/cases/c2/changes?after=4").text


def test_each_line_of_an_event_is_a_data_line() -> None:
    assert live.event(7, "<p>\n\n一\n</p>") == "id: 7\ndata: <p>\ndata: 一\ndata: </p>\n\n"


def test_the_stream_outlives_a_database_that_is_away_and_then_shows_what_changed(
    visit: Visit, clerk: example.Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_checking(clerk)
    look, calls = clerk.case, iter([None, StoreUnavailable("away"), LogUnavailable("away")])

    def case(*given: object) -> object:
        error = next(calls, None)
        if error is not None:
            raise error
        return look(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(clerk, "case", case)
    text = visit("clerk").get("/cases/c1/feed?after=3").text
    assert "id: 5\n" in text and text.endswith("event: ended\ndata: ended\n\n")
