"""Departments and the platform at the JSON door, on both engines: signed calls, taken once; each fault is a test."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from sqlalchemy import func, select

from adapters.client import ClientProblem, Doc, Peer, sign
from hub.store.tables import case_events, filings
from tests.hub.api.test_people import problem
from tests.hub.api.wired import FOOD, PLATFORM, POLICE, Wired, opening

ACCEPTED = {"reason": "材料齐全，符合法定形式", "department_no": "SPJY20261120990001", "handler": "SJ0990"}


@pytest.fixture
def item_no(shared: Wired) -> str:
    return shared.dispatched(shared.person("clerk"))


def filing() -> Doc:
    return {**opening(), "delivery": {"way": "electronic"}, "values": {"enterprise.contact_phone": "0377-69990001"}}


def events(wired: Wired, kind: str) -> int:
    with wired.hub.database.read() as session:
        found = session.execute(select(func.count()).select_from(case_events).where(case_events.c.kind == kind))
        return int(found.scalar_one())


# --- reports ----------------------------------------------------------------------------------------------------------


def test_a_department_takes_an_item_case_from_acceptance_to_decision(shared: Wired, item_no: str) -> None:
    food = shared.peer(FOOD)
    assert (
        food.acceptance(item_no, "accepted", **ACCEPTED, accepted_at="2026-11-20T09:30:00+08:00")["state"]
        == "reviewing"
    )
    assert food.special_procedure(item_no, "start", name="专家评审", reason="现场条件需评审")["state"] == "suspended"
    assert food.special_procedure(item_no, "end")["state"] == "reviewing"
    decided = food.decision(item_no, "approved", decision_no="西市监食许〔2026〕990001号", results={"ztytdm": "2"})
    assert (decided["item_no"], decided["state"]) == (item_no, "approved")
    assert food.item_case(item_no)["department_no"] == "SPJY20261120990001"


def test_the_same_report_again_gets_the_same_answer(fresh: Wired) -> None:
    item_no = fresh.dispatched(fresh.person("clerk"))
    food = fresh.peer(FOOD)
    first = food.acceptance(item_no, "accepted", key="report-1", **ACCEPTED)
    assert food.acceptance(item_no, "accepted", key="report-1", **ACCEPTED) == first
    assert events(fresh, "accepted") == 1


def test_a_repeated_report_is_marked(fresh: Wired) -> None:
    item_no = fresh.dispatched(fresh.person("clerk"))
    marks = []
    for _ in range(2):
        answer = post(fresh, item_no, json.dumps({"result": "accepted"}).encode())
        marks.append((answer.status_code, answer.headers.get("idempotency-replayed")))
    assert marks == [(200, None), (200, "true")]


def test_the_same_report_many_times_at_once_is_taken_once(fresh: Wired) -> None:
    item_no = fresh.dispatched(fresh.person("clerk"))
    peers = [fresh.peer(FOOD) for _ in range(6)]

    def tell(peer: Peer) -> str:
        return str(peer.acceptance(item_no, "accepted", key="report-1", **ACCEPTED)["state"])

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(tell, peers)) == {"reviewing"}
    assert events(fresh, "accepted") == 1


def test_key_reused(fresh: Wired) -> None:
    item_no = fresh.dispatched(fresh.person("clerk"))
    food = fresh.peer(FOOD)
    food.acceptance(item_no, "accepted", key="report-1", **ACCEPTED)
    refusal = problem(food.acceptance, item_no, "refused", key="report-1", reason="场所不符")
    assert (refusal.status, refusal.code, refusal.retryable) == (409, "KEY_REUSED", False)
    assert problem(food.decision, item_no, "denied", key="report-1", reason="场所不符").code == "KEY_REUSED"


def test_two_departments_may_use_the_same_key(fresh: Wired) -> None:
    item_no = fresh.dispatched(fresh.person("clerk"))
    fresh.peer(FOOD).acceptance(item_no, "accepted", key="1", **ACCEPTED)
    assert problem(fresh.peer(POLICE).acceptance, item_no, "accepted", key="1").status == 404


def test_another_department_s_item_case(shared: Wired, item_no: str) -> None:
    police = shared.peer(POLICE)
    assert problem(police.item_case, item_no).status == problem(police.acceptance, item_no, "accepted").status == 404


def test_a_refusal_without_its_reason(shared: Wired, item_no: str) -> None:
    refusal = problem(shared.peer(FOOD).acceptance, item_no, "refused")
    assert (refusal.status, refusal.code) == (422, "REASON_MISSING")


def test_a_correction_lists_its_defects(shared: Wired, item_no: str) -> None:
    food = shared.peer(FOOD)
    assert problem(food.acceptance, item_no, "correction").code == "DEFECTS_MISSING"
    defects = [{"material": "食品安全管理制度", "reason": "缺签字"}]
    assert food.acceptance(item_no, "correction", defects=defects)["state"] == "correction"


def test_a_decision_before_acceptance(shared: Wired, item_no: str) -> None:
    assert problem(shared.peer(FOOD).decision, item_no, "approved").code == "MOVE_NOT_ALLOWED"


@pytest.mark.parametrize("body", [{"result": "perhaps"}, {"result": "accepted", "handled_by": "x"}, {}, {"result": 1}])
def test_a_report_of_a_wrong_shape(shared: Wired, item_no: str, body: Doc) -> None:
    refusal = problem(shared.peer(FOOD).call, "POST", f"/item-cases/{item_no}/acceptance", body, "k")
    assert (refusal.status, refusal.code) == (422, "BAD_INPUT") and refusal.fields


def test_a_report_without_a_key(shared: Wired, item_no: str) -> None:
    refusal = problem(shared.peer(FOOD).call, "POST", f"/item-cases/{item_no}/acceptance", {"result": "accepted"})
    assert (refusal.status, refusal.code) == (400, "KEY_MISSING")


# --- signatures -------------------------------------------------------------------------------------------------------


def post(wired: Wired, item_no: str, body: bytes, *, signed: bytes | None = None, **more: str) -> httpx2.Response:
    """One report with its token made by hand, so that each part can be wrong."""
    path = f"/api/v1/item-cases/{item_no}/acceptance"
    now = datetime.now(UTC)
    made = sign(FOOD, wired.systems[FOOD], "POST", more.get("target", path), body if signed is None else signed, now)
    headers = {"Authorization": more.get("authorization", made), "Content-Type": "application/json"}
    with wired.http() as http:
        return http.post(path + more.get("query", ""), content=body, headers={**headers, "Idempotency-Key": "k"})


def fault(answer: httpx2.Response) -> str:
    assert answer.status_code == 401
    return str(answer.json()["code"])


BODY = b'{"result": "accepted"}'


def test_body_differs(fresh: Wired) -> None:
    item_no = fresh.dispatched(fresh.person("clerk"))
    assert fault(post(fresh, item_no, BODY, signed=BODY + b" ")) == "BODY_DIFFERS"
    assert events(fresh, "accepted") == 0


def test_replay(fresh: Wired) -> None:
    item_no = fresh.dispatched(fresh.person("clerk"))
    path = f"/api/v1/item-cases/{item_no}/acceptance"
    token = sign(FOOD, fresh.systems[FOOD], "POST", path, BODY, datetime.now(UTC))
    assert post(fresh, item_no, BODY, authorization=token).status_code == 200
    assert fault(post(fresh, item_no, BODY, authorization=token)) == "TOKEN_REPLAYED"


def test_expired(shared: Wired, item_no: str) -> None:
    past = shared.peer(FOOD, datetime.now(UTC) - timedelta(minutes=5))
    assert problem(past.item_case, item_no).code == "TOKEN_EXPIRED"


def test_wrong_route(shared: Wired, item_no: str) -> None:
    other = f"/api/v1/item-cases/{item_no}/decision"
    assert fault(post(shared, item_no, BODY, target=other)) == "WRONG_ROUTE"
    assert fault(post(shared, item_no, BODY, query="?x=1")) == "WRONG_ROUTE"


def test_no_token(shared: Wired, item_no: str) -> None:
    assert fault(post(shared, item_no, BODY, authorization="")) == "TOKEN_MISSING"


def test_a_person_on_a_system_s_route(shared: Wired, item_no: str) -> None:
    answer = post(shared, item_no, BODY, authorization=shared.session("clerk")["Authorization"])
    assert (answer.status_code, answer.json()["code"]) == (403, "ROLE_MISSING")


def test_the_platform_on_a_department_s_route(shared: Wired, item_no: str) -> None:
    refusal = problem(shared.peer(PLATFORM).item_case, item_no)
    assert (refusal.status, refusal.code) == (403, "ROLE_MISSING")


# --- the platform -----------------------------------------------------------------------------------------------------


def test_a_filing_becomes_a_case_and_its_states_are_told(fresh: Wired) -> None:
    platform, clerk = fresh.peer(PLATFORM), fresh.person("clerk")
    filed = platform.file(filing())
    assert filed["state"] == "waiting" and [row["id"] for row in clerk.filings()] == [filed["id"]]
    case = clerk.case(clerk.take_filing(filed["id"]))
    assert platform.filing(filed["id"])["case_no"] == case["case_no"]
    states = platform.case_states(case["case_no"])["items"]
    assert [(item["item"], item["state"], item["due_on"]) for item in states] == [("food-permit", "waiting", None)]


def test_a_filing_sent_twice_is_one(fresh: Wired) -> None:
    platform = fresh.peer(PLATFORM)
    assert platform.file(filing(), key="f-1") == platform.file(filing(), key="f-1")
    with fresh.hub.database.read() as session:
        assert session.execute(select(func.count()).select_from(filings)).scalar_one() == 1
    assert problem(platform.file, {**filing(), "chosen": ["power-connection"]}, key="f-1").code == "KEY_REUSED"


def test_a_filing_is_withdrawn_before_anybody_took_it(shared: Wired) -> None:
    platform = shared.peer(PLATFORM)
    filed = platform.file(filing())
    assert platform.withdraw(filed["id"], "不办了")["state"] == "withdrawn"
    with pytest.raises(ClientProblem, match="FILING_WITHDRAWN"):
        shared.person("clerk").take_filing(filed["id"])


def test_a_filing_for_no_matter_of_ours(shared: Wired) -> None:
    assert problem(shared.peer(PLATFORM).file, {**filing(), "matter": "fly-to-the-moon"}).code == "MATTER_NOT_THERE"


def test_a_department_on_the_platform_s_route(shared: Wired) -> None:
    assert problem(shared.peer(FOOD).file, filing()).code == "ROLE_MISSING"


def test_an_item_case_that_was_never_handed_over(shared: Wired) -> None:
    clerk = shared.person("clerk")
    item_no = clerk.case(shared.case(clerk))["items"][0]["item_no"]
    assert problem(shared.peer(FOOD).acceptance, item_no, "accepted").status in (404, 409)
