"""An answer that a department's system gives later is collected by who asked: under a number, once recorded, within its time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from adapters.client import ClientProblem, Doc
from adapters.connect import Connected
from adapters.contract import (
    DEFERRED,
    Denied,
    Document,
    Found,
    NotFound,
    Outcome,
    Pending,
    Query,
    Raw,
    Unavailable,
    Why,
)
from catalog.types import Department, Kind
from hub.store.tables import exchange_requests, item_cases
from tests.conftest import ENGINES
from tests.hub.api.test_asking import FOUND, LEASE, Office, Town
from tests.hub.api.wired import POLICE, opened

TICKET = f"{DEFERRED}T-1"


class Slow(Office):
    """A system that promises at first, and then says what a test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.then: Outcome = FOUND
        self.tickets: list[tuple[str, str]] = []

    async def answer_later(self, query: Query, ticket: str) -> Outcome:
        self.tickets.append((query.request_id, ticket))
        return self.then


@pytest.fixture(scope="module", params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    on_postgres = request.param == "postgresql"
    prepared: Path = request.getfixturevalue("prepared_on_postgres" if on_postgres else "prepared_folder")
    folder = tmp_path_factory.mktemp("collecting") / "hub"
    shutil.copytree(prepared, folder)
    office = Slow()
    real_estate = Connected(Department("real-estate", "示例登记中心", "", Kind.REST, "411323"), answers=office)
    with request.getfixturevalue("postgres").fresh("wired") if on_postgres else nullcontext("") as url:
        wired = opened(folder, url, adapters={"real-estate": real_estate})
        yield Town(wired, office, wired.dispatched(wired.person("clerk")))
        wired.hub.close()


def slow(town: Town) -> Slow:
    assert isinstance(town.office, Slow)
    return town.office


@pytest.fixture
def promised(town: Town) -> Doc:
    """A question whose answer was promised for tomorrow."""
    slow(town).says = Pending(TICKET, datetime.now(UTC) + timedelta(hours=20))
    slow(town).then = FOUND
    slow(town).tickets.clear()
    return town.ask()


def collect(town: Town, asked: Doc, organisation: str = "") -> Doc:
    return (town.peer(organisation) if organisation else town.peer()).collect(asked["id"])


def kept(town: Town, asked: Doc, **columns: Any) -> Any:
    with town.wired.hub.database.write() as session:
        where = exchange_requests.c.id == asked["id"]
        if columns:
            session.execute(update(exchange_requests).where(where).values(**columns))
        return session.execute(select(exchange_requests).where(where)).first()


def refused(town: Town, asked: Doc, organisation: str = "") -> ClientProblem:
    with pytest.raises(ClientProblem) as caught:
        collect(town, asked, organisation)
    return caught.value


def test_a_promise_is_a_number_to_collect_at_and_is_recorded(town: Town) -> None:
    before = len(town.records())
    slow(town).says = Pending(TICKET, datetime.now(UTC) + timedelta(hours=20))
    asked = town.ask()
    assert (asked["outcome"], asked["collect"]) == ("pending", f"/api/v1/exchange/requests/{asked['id']}")
    intent, outcome = town.records()[before:]
    assert (outcome["result"], outcome["intent_seq"]) == ("pending", asked["intent"])


def test_the_answer_is_asked_for_by_its_ticket_recorded_and_given(town: Town, promised: Doc) -> None:
    told = collect(town, promised)
    assert (told["outcome"], told["values"]) == ("found", {"lease_number": "示例租约1", "deed_number": "示例证1"})
    assert slow(town).tickets == [(promised["question_id"], TICKET)]
    last = town.records()[-1]
    assert (last["result"], last["answers_seq"], told["record"]) == ("found", promised["record"], last_seq(town))


def last_seq(town: Town) -> int:
    return max(e.seq for e in town.wired.hub.log.entries() if e.record["phase"] == "outcome")


@pytest.mark.parametrize("not_yet", [Pending(TICKET, datetime.now(UTC)), Unavailable(Why.TIMEOUT)])
def test_before_it_is_there_the_number_stands_and_nothing_is_recorded(
    town: Town, promised: Doc, not_yet: Outcome
) -> None:
    slow(town).then, before = not_yet, len(town.records())
    assert collect(town, promised)["outcome"] == "pending"
    assert len(town.records()) == before
    slow(town).then = NotFound()
    assert collect(town, promised)["outcome"] == "not_found"


def test_an_answer_whose_delivery_broke_off_is_collected_again_and_that_is_a_record_more(
    town: Town, promised: Doc
) -> None:
    document = Document("证.pdf", "application/pdf", b"%PDF-1.7 x")
    slow(town).then = Found({"lease_number": "示例租约1"}, Raw(b"{}", "application/json"), documents=(document,))
    first = collect(town, promised)
    slow(town).then = NotFound()
    assert collect(town, promised) == first
    [sent] = [e.record for e in town.wired.hub.log.entries() if e.record.get("channel") == "exchange_answer"][-1:]
    assert (sent["key"], sent["fields"]) == (promised["id"], ["lease_number"])


def test_nobody_else_collects_it(town: Town, promised: Doc) -> None:
    assert refused(town, promised, POLICE).code == "ASK_NOT_THERE"
    assert refused(town, {"id": "01a22275-0000-7000-8000-000000000000"}).code == "ASK_NOT_THERE"
    assert collect(town, promised)["outcome"] == "found"


def test_without_the_item_case_on_its_desk_it_is_not_given(town: Town, promised: Doc) -> None:
    def stands(state: str) -> None:
        with town.wired.hub.database.write() as session:
            session.execute(update(item_cases).where(item_cases.c.item_no == town.item_no).values(state=state))

    stands("withdrawn")
    assert refused(town, promised).code == "NOT_AT_WORK"
    stands("pushed")
    assert collect(town, promised)["outcome"] == "found"


def test_what_never_came_ends_in_the_log_and_is_gone(town: Town, promised: Doc) -> None:
    kept(town, promised, until=datetime.now(UTC) - timedelta(seconds=1))
    slow(town).then = Pending(TICKET, datetime.now(UTC))
    assert refused(town, promised).code == "ASK_EXPIRED"
    assert (town.records()[-1]["result"], town.records()[-1]["reason"]) == ("unavailable", "timeout")
    assert refused(town, promised).code == "ASK_EXPIRED"


def test_what_nobody_collects_is_closed_by_itself_and_forgotten(town: Town, promised: Doc) -> None:
    kept(town, promised, until=datetime.now(UTC) - timedelta(seconds=1))
    collecting = town.wired.hub.sharing._collecting
    collecting.forget()
    assert kept(town, promised).state == "expired"
    kept(town, promised, until=datetime.now(UTC) - timedelta(seconds=1))
    collecting.forget()
    assert kept(town, promised) is None


def test_a_refusal_of_the_department_is_its_answer(town: Town, promised: Doc) -> None:
    slow(town).then = Denied("no_permission")
    assert refused(town, promised).code == "PROVIDER_DENIED"
    slow(town).then = FOUND
    assert refused(town, promised).code == "PROVIDER_DENIED"


def test_what_is_kept_is_sealed(town: Town, promised: Doc) -> None:
    collect(town, promised)
    with town.wired.hub.database.engine.connect() as connection:
        raw = connection.exec_driver_sql("SELECT question, answer FROM exchange_requests").all()
    assert not any("示例" in str(value) or LEASE in json.dumps(str(value)) for row in raw for value in row)
