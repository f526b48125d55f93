"""A department's system asks through the hub: within its own case, under a grant, through the doorway that records; both ways signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from adapters.client import AnswerRefused, ClientProblem, Doc, Peer, hub_key
from adapters.clientsigning import SIGNATURE, check_answer, sign
from adapters.connect import Connected
from adapters.contract import (
    Ambiguous,
    Candidate,
    Denied,
    Found,
    NotFound,
    Outcome,
    Pending,
    Query,
    Raw,
    Unavailable,
    Unusable,
    Why,
)
from catalog.types import Department, Kind
from hub.store.tables import item_cases
from hub.wiring.open_certificates import CALLS
from tests.hub.api.wired import BASE, FIRM, FOOD, POLICE, Wired, opened, pem

LEASE = "real-estate.lease"
FOUND = Found({"lease_number": "示例租约1", "deed_number": "示例证1", "secret": "x"}, Raw(b"{}", "application/json"))


class Office:
    """The far side: says what a test wants, and keeps what it was asked."""

    def __init__(self) -> None:
        self.says: Outcome | Exception = FOUND
        self.asked: list[Query] = []

    async def answer(self, query: Query) -> Outcome:
        self.asked.append(query)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@dataclass(frozen=True)
class Town:
    wired: Wired
    office: Office
    item_no: str

    def peer(self, organisation: str = FOOD) -> Peer:
        (jwk,) = self.wired.http().get("/api/v1/keys").json()["keys"]
        key = pem(self.wired.systems[organisation])
        return Peer(organisation, key, BASE, self.wired.http(), hub=hub_key(jwk))

    def ask(self, organisation: str = FOOD, resource: str = LEASE, **other: object) -> Doc:
        question = {
            "item_no": self.item_no,
            "purpose": "open-guesthouse",
            "subject": {"uscc": FIRM.uscc},
            "handler": "SJ0990",
            **other,
        }
        return self.peer(organisation).ask(resource, **question)  # type: ignore[arg-type]

    def records(self) -> list[Doc]:
        """Phases of questions, with what stands in clear."""
        of_questions = ("intent", "outcome", "denied", "lost")
        return [dict(e.record) for e in self.wired.hub.log.entries() if e.record["phase"] in of_questions]


@pytest.fixture(scope="module")
def town(prepared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    import shutil

    folder = tmp_path_factory.mktemp("asking") / "hub"
    shutil.copytree(prepared_folder, folder)
    office = Office()
    real_estate = Connected(Department("real-estate", "示例登记中心", "", Kind.REST, "411323"), answers=office)
    wired = opened(folder, adapters={"real-estate": real_estate})
    yield Town(wired, office, wired.dispatched(wired.person("clerk")))
    wired.hub.close()


@pytest.fixture(autouse=True)
def _fresh_office(town: Town) -> None:
    town.office.says = FOUND
    town.office.asked.clear()


def refused(town: Town, **other: object) -> ClientProblem:
    with pytest.raises(ClientProblem) as caught:
        town.ask(**other)  # type: ignore[arg-type]
    return caught.value


# --- what is told, and what stands in the log before -------------------------------------------------------------------


def test_a_department_is_told_what_its_grant_covers_and_both_records_stand(town: Town) -> None:
    before = len(town.records())
    told = town.ask()
    assert (told["outcome"], told["values"]) == ("found", {"lease_number": "示例租约1", "deed_number": "示例证1"})
    intent, outcome = town.records()[before:]
    assert intent["consumer"] | {"operator_c": ""} == {
        "org": FOOD,
        "app": "yijian",
        "auth": "signature",
        "operator_c": "",
    }
    assert intent["legal_basis"]["purpose"] == "open-guesthouse" and intent["legal_basis"]["grant"]
    assert outcome["fields"] == ["deed_number", "lease_number"] and outcome["attempts"] == 1
    assert town.office.asked[0].request_id == intent["id"] == told["question_id"]
    assert town.office.asked[0].requester == FOOD


def test_no_record_is_an_answer_and_no_error(town: Town) -> None:
    town.office.says = NotFound()
    assert town.ask()["outcome"] == "not_found"


def test_of_several_matches_only_the_number_is_told(town: Town) -> None:
    town.office.says = Ambiguous((Candidate("1", "测试甲"), Candidate("2", "测试乙")))
    told = town.ask()
    assert (told["outcome"], told["matches"]) == ("ambiguous", 2) and "测试" not in str(told)


# --- whose doing it is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("says", "code", "source", "rule", "retryable"),
    [
        (Unavailable(Why.TIMEOUT), "PROVIDER_UNAVAILABLE", "provider", "timeout", True),
        (Unavailable(Why.BREAKER_OPEN), "PROVIDER_UNAVAILABLE", "provider", "breaker_open", True),
        (Unusable("lease_number", "$.a", "codes"), "PROVIDER_UNUSABLE", "provider", "codes:lease_number", False),
        (RuntimeError("测试甲"), "PROVIDER_UNUSABLE", "provider", "adapter_fault", False),
        (Denied("no_right"), "PROVIDER_DENIED", "provider-business", "no_right", False),
        (Pending("T-1", datetime(2026, 12, 1, tzinfo=UTC)), "PROVIDER_PENDING", "provider-business", "pending", False),
        (Unavailable(Why.LOST), "ASK_LOST", "hub", "", True),
    ],
)
def test_an_error_says_whose_doing_it_is(
    town: Town, says: Outcome, code: str, source: str, rule: str, retryable: bool
) -> None:
    town.office.says = says
    problem = refused(town)
    assert (problem.code, problem.source, problem.rule, problem.retryable) == (code, source, rule, retryable)
    assert problem.request_id


def test_the_header_tells_a_failing_hub_from_a_failing_department(town: Town) -> None:
    body = b"{}"
    with town.wired.http() as http:
        headers = {
            "Authorization": sign(FOOD, town.wired.systems[FOOD], "POST", "/api/v1/exchange/x", body, datetime.now(UTC))
        }
        answer = http.post("/api/v1/exchange/x", content=body, headers={**headers, "Content-Type": "application/json"})
    assert answer.status_code == 422 and answer.headers["Yijian-Failed"] == "client" == answer.json()["source"]


def test_a_line_that_the_hub_has_not_is_the_hubs_doing(town: Town) -> None:
    problem = refused(town, resource="public-security.person", subject={"id_number": FIRM.boss.id_number})
    assert (problem.code, problem.source) == ("NO_CONNECTION", "hub")


# --- who may not ----------------------------------------------------------------------------------------------------


def test_somebody_who_is_not_in_the_case_is_not_asked_about_and_the_refusal_is_recorded(town: Town) -> None:
    before = len(town.records())
    problem = refused(town, subject={"uscc": "91411323MA990000XL"})
    assert (problem.code, problem.rule, problem.source) == ("ASK_REFUSED", "subject_unproven", "client")
    assert "have the window take their proof first" in problem.detail
    assert [r["phase"] for r in town.records()[before:]] == ["denied"] and not town.office.asked


def test_what_the_cases_matter_asks_nowhere_is_refused_for_that_and_for_no_number(town: Town) -> None:
    problem = refused(town, resource="real-estate.mortgage", subject={"id_number": FIRM.boss.id_number})
    assert problem.rule == "subject_not_of_case"
    assert "By the catalog under which this case was opened" in problem.detail


def test_another_departments_item_case_is_not_there(town: Town) -> None:
    assert refused(town, organisation=POLICE).code == "ITEM_NOT_THERE"


def test_another_purpose_than_the_cases_is_refused(town: Town) -> None:
    assert refused(town, purpose="open-hotpot").code == "PURPOSE_DIFFERS"


def test_what_a_person_answers_and_what_is_not_there_are_told_apart(town: Town) -> None:
    assert refused(town, resource="real-estate.nothing").code == "RESOURCE_NOT_THERE"
    people = next(r["code"] for r in town.peer().catalog() if r["way"] == "person")
    assert refused(town, resource=people).code == "ANSWERED_BY_A_PERSON"


def test_a_subject_with_other_keys_names_the_right_ones(town: Town) -> None:
    problem = refused(town, subject={"id_number": FIRM.boss.id_number})
    assert problem.code == "BAD_INPUT" and "uscc" in problem.fields["subject"]


def test_a_decided_item_case_is_no_reason_to_ask_any_more(town: Town) -> None:
    other = town.wired.dispatched(town.wired.person("clerk"))
    with town.wired.hub.database.write() as session:
        session.execute(update(item_cases).where(item_cases.c.item_no == other).values(state="approved"))
    assert refused(town, item_no=other).code == "NOT_AT_WORK"


def test_where_the_log_takes_nothing_nobody_is_asked_and_nothing_is_told(town: Town) -> None:
    from hub.sharinglog import LogUnavailable

    class Full:
        async def append_async(self, record: object) -> None:
            raise LogUnavailable("the disk is full")

    exchange = town.wired.hub.sharing._exchange
    kept, exchange._log = exchange._log, Full()  # type: ignore[assignment]
    try:
        problem = refused(town)
    finally:
        exchange._log = kept
    assert (problem.code, problem.source, problem.retryable) == ("LOG_UNAVAILABLE", "hub", True)
    assert not town.office.asked


# --- signed both ways ------------------------------------------------------------------------------------------------


def test_each_answer_is_signed_for_its_request(town: Town) -> None:
    town.ask()  # the client has checked it: a `hub` key was given
    (jwk,) = town.wired.http().get("/api/v1/keys").json()["keys"]
    target, now = "/api/v1/catalog", datetime.now(UTC)
    with town.wired.http() as http:
        answer = http.get(
            target, headers={"Authorization": sign(FOOD, town.wired.systems[FOOD], "GET", target, b"", now, "n-1")}
        )
    signature, key = answer.headers[SIGNATURE], hub_key(jwk)
    check_answer(signature, key, FOOD, "n-1", 200, answer.content, now)
    spoilt = {
        "BODY_DIFFERS": (FOOD, "n-1", 200, answer.content + b" ", now),
        "OTHER_REQUEST": (FOOD, "n-2", 200, answer.content, now),
        "OTHER_STATUS": (FOOD, "n-1", 403, answer.content, now),
        "NOT_FOR_US": (POLICE, "n-1", 200, answer.content, now),
        "TOO_OLD": (FOOD, "n-1", 200, answer.content, now + timedelta(seconds=200)),
    }
    for code, given in spoilt.items():
        with pytest.raises(AnswerRefused) as caught:
            check_answer(signature, key, *given)
        assert caught.value.code == code
    with pytest.raises(AnswerRefused, match="UNSIGNED"):
        check_answer("", key, FOOD, "n-1", 200, answer.content, now)


def test_a_refusal_is_signed_too(town: Town) -> None:
    assert (
        refused(town, purpose="open-hotpot").code == "PURPOSE_DIFFERS"
    )  # the client checks the signature before the status


def test_a_token_used_at_one_node_is_refused_at_another(town: Town, fresh: Wired) -> None:
    target = "/api/v1/catalog?allowed=true"
    header = {"Authorization": sign(FOOD, fresh.systems[FOOD], "GET", target, b"", datetime.now(UTC))}
    other = opened(fresh.hub.settings.folder, fresh.hub.settings.database_url)
    try:
        first, second = (one.http().get(target, headers=header) for one in (fresh, other))
    finally:
        other.hub.close()
    assert first.status_code == 200 and (second.status_code, second.json()["code"]) == (401, "TOKEN_REPLAYED")


@pytest.mark.parametrize(
    ("late", "body", "code"),
    [
        (timedelta(minutes=-3), b"", "TOKEN_EXPIRED"),
        (timedelta(minutes=3), b"", "TOKEN_NOT_YET"),
        (timedelta(), b"{}", "BODY_DIFFERS"),
    ],
)
def test_an_old_window_and_a_changed_body_are_refused_by_name(
    town: Town, late: timedelta, body: bytes, code: str
) -> None:
    target = "/api/v1/catalog"
    header = {"Authorization": sign(FOOD, town.wired.systems[FOOD], "GET", target, b"", datetime.now(UTC) + late)}
    answer = town.wired.http().request("GET", target, headers=header, content=body)
    assert (answer.status_code, answer.json()["code"]) == (401, code)


# --- the catalog for programs ---------------------------------------------------------------------------------------


def test_the_whole_catalog_is_listed_and_what_one_may_use_is_marked(town: Town) -> None:
    peer = town.peer()
    whole, mine = peer.catalog(), peer.catalog(allowed=True)
    assert {r["code"] for r in mine} < {r["code"] for r in whole} and LEASE in {r["code"] for r in mine}
    lease = next(r for r in mine if r["code"] == LEASE)
    assert {f["name"] for f in lease["fields"] if f["allowed"]} >= {"lease_number", "deed_number"}
    assert any(g["allowed"] and g["ground"] and g["until"] for g in lease["grants"])
    assert not any(f["allowed"] for r in whole if r not in mine for f in r["fields"])


def test_a_resource_that_is_not_offered_is_listed_with_its_notice(town: Town) -> None:
    catalogs = town.wired.hub.catalogs
    site, digest = catalogs.current(), catalogs.current_digest()
    off = replace(site.resources[LEASE], disabled="系统升级，12月1日恢复")
    catalogs._sites[digest] = replace(site, resources={**site.resources, LEASE: off})
    try:
        listed = {r["code"]: r for r in town.peer().catalog(allowed=True)}
        problem = refused(town)
    finally:
        catalogs._sites[digest] = site
    assert (listed[LEASE]["notice"], listed[LEASE]["exchange"]) == ("系统升级，12月1日恢复", False)
    assert problem.code == "RESOURCE_DISABLED" and "12月1日恢复" in problem.detail and not town.office.asked


def test_a_resources_schema_sample_and_call_fit_each_other(town: Town) -> None:
    from jsonschema import Draft202012Validator

    peer, path = town.peer(), f"/catalog/resources/{LEASE}"
    schema, sample, call = (peer.call("GET", f"{path}/{part}") for part in ("schema", "sample", "openapi"))
    Draft202012Validator(schema).validate({name: sample["answer"][name] for name in ("values", "lists")})
    (operation,) = call["paths"].values()
    body = operation["post"]["requestBody"]["content"]["application/json"]["schema"]["allOf"][1]
    Draft202012Validator(body["properties"]["subject"]).validate(sample["question"]["subject"])
    assert call["openapi"] == "3.1.0" and "ExchangeIn" in call["components"]["schemas"]


def test_a_type_of_certificate_is_described_by_the_calls_that_its_entry_names(town: Town) -> None:
    listed = next(one for one in town.peer().catalog() if one["kind"] == "certificate")
    assert listed["service"]["answers_within_ms"] == 500 and listed["service"]["hours"] == "全天"
    described = town.peer().call("GET", listed["links"]["openapi"].removeprefix("/api/v1"))
    assert sorted(described["paths"]) == sorted(listed["links"][name] for name in CALLS)
    assert "Certificate" in described["components"]["schemas"]
