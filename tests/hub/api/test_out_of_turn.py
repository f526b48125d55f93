"""What departments and the platform say too late, twice, of somebody else's or of nothing, on both engines: refused, and nothing changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from adapters.client import Doc, Peer
from hub.identity import peers
from hub.store.tables import case_events, peer_keys
from tests.hub.api.test_people import problem
from tests.hub.api.test_systems import filing
from tests.hub.api.wired import FOOD, PLATFORM, POLICE, Wired


def events(wired: Wired) -> int:
    with wired.hub.database.read() as session:
        return int(session.execute(select(func.count()).select_from(case_events)).scalar_one())


def reports(peer: Peer, item_no: str) -> list[tuple[object, ...]]:
    """Every report that a department can make."""
    return [
        (peer.acceptance, item_no, "accepted"),
        (peer.pre_review, item_no),
        (peer.special_procedure, item_no, "end"),
        (peer.decision, item_no, "approved"),
    ]


def codes(calls: list[tuple[object, ...]]) -> list[tuple[int, str]]:
    refused = [problem(*call) for call in calls]
    return [(one.status, one.code) for one in refused]


def test_a_decision_that_comes_twice_or_turned_round(fresh: Wired) -> None:
    item_no, food = fresh.dispatched(fresh.person("clerk")), fresh.peer(FOOD)
    food.acceptance(item_no, "accepted")
    first = food.decision(item_no, "approved", key="decided")
    before = events(fresh)
    assert food.decision(item_no, "approved", key="decided") == first
    assert problem(food.decision, item_no, "denied", key="decided", reason="场所不符").code == "KEY_REUSED"
    assert problem(food.decision, item_no, "approved").code == "MOVE_NOT_ALLOWED"
    assert problem(food.decision, item_no, "denied", reason="场所不符").code == "MOVE_NOT_ALLOWED"
    assert food.item_case(item_no)["state"] == "approved" and events(fresh) == before


def test_reports_of_another_s_item_case_of_none_and_after_withdrawal(fresh: Wired) -> None:
    clerk, food, police = fresh.person("clerk"), fresh.peer(FOOD), fresh.peer(POLICE)
    item_no = fresh.dispatched(clerk)
    before = events(fresh)
    assert {status for status, _ in codes(reports(police, item_no))} == {404}
    for unknown in ("4113239999-01", "x", item_no.lower() + "-02", "' OR 1=1 --", "　"):
        assert {status for status, _ in codes(reports(food, unknown))} == {404}, unknown
    assert events(fresh) == before
    case_id = clerk.cases()["rows"][0]["id"]
    clerk.act(case_id, "withdraw", "申请人撤回")
    withdrawn = events(fresh)
    assert {status for status, _ in codes(reports(food, item_no))} == {409}
    assert food.item_case(item_no)["state"] == "withdrawn" and events(fresh) == withdrawn


def test_a_clock_that_is_wrong_and_a_key_that_was_revoked(fresh: Wired) -> None:
    item_no, now = fresh.dispatched(fresh.person("clerk")), datetime.now(UTC)
    for late, code in ((-300, "TOKEN_EXPIRED"), (-115, "TOKEN_EXPIRED"), (300, "TOKEN_NOT_YET")):
        at = now + timedelta(seconds=late - 6 if late == -115 else late)
        assert problem(fresh.peer(FOOD, at).item_case, item_no).code == code
    for late in (-45, 45):
        assert fresh.peer(FOOD, now + timedelta(seconds=late)).item_case(item_no)["state"] == "pushed"
    with fresh.hub.database.write() as session:
        key = session.execute(select(peer_keys.c.id).where(peer_keys.c.organisation == FOOD)).scalar_one()
        peers.revoke_key(session, key, now)
    assert problem(fresh.peer(FOOD).item_case, item_no).code == "KEY_REVOKED"


def test_a_system_of_another_region(fresh: Wired) -> None:
    item_no = fresh.dispatched(fresh.person("clerk"))
    with fresh.hub.database.write() as session:
        session.execute(update(peer_keys).where(peer_keys.c.organisation == FOOD).values(region="410000"))
    assert problem(fresh.peer(FOOD).item_case, item_no).code == "OTHER_REGION"


def test_a_filing_is_taken_once_and_withdrawn_once(fresh: Wired) -> None:
    platform, clerk = fresh.peer(PLATFORM), fresh.person("clerk")
    filed = platform.file(filing(), key="f")
    assert clerk.take_filing(filed["id"]) == clerk.take_filing(filed["id"])
    first = platform.withdraw(filed["id"], "不办了", key="w")
    before = events(fresh)
    assert platform.withdraw(filed["id"], "不办了", key="w") == first
    assert platform.withdraw(filed["id"], "不办了")["state"] == "withdrawn"
    assert problem(platform.withdraw, filed["id"], "又办了", key="w").code == "KEY_REUSED"
    assert events(fresh) == before
    assert problem(platform.filing, "nothing").status == problem(platform.withdraw, "nothing", "x").status == 404


def test_a_filing_full_of_nonsense(fresh: Wired) -> None:
    """It waits for a clerk as it came, and whoever takes it reads every mistake; nothing of it becomes a case."""
    nonsense: Doc = {**filing(), "chosen": ["fly"], "parties": {"nobody": {"identifier": "0", "name": "<script>"}}, "delivery": {"way": "rocket"}}  # fmt: skip
    filed = fresh.peer(PLATFORM).file(nonsense)
    clerk = fresh.person("clerk")
    assert [row["id"] for row in clerk.filings()] == [filed["id"]]
    assert problem(clerk.take_filing, filed["id"]).code == "OPENING_INCOMPLETE"
    assert clerk.cases()["rows"] == []
