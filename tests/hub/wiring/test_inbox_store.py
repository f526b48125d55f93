"""The inbox's store: one person is asked once, however often a question comes. Pages and reports are tested elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from adapters.contract import Query
from catalog.types import Resource, ShareType
from hub.store.database import Database
from hub.store.files import Files, FolderStore
from hub.store.tables import inbox_entries
from hub.wiring.inbox_store import Inbox

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
REPORT = Resource("health.report", "health", "检测报告", ShareType.CONDITIONAL, ("uscc",), (), way="inbox")


@pytest.fixture
def inbox(database: Database, tmp_path: Path) -> Inbox:
    return Inbox(database, Files(FolderStore(tmp_path / "files")), "411323", lambda: NOW, lambda at: at)


def question(request_id: str, uscc: str = "91411323MA9YJ00160", fields: tuple[str, ...] = ("number",)) -> Query:
    return Query(
        request_id=request_id,
        resource=REPORT,
        subject={"uscc": uscc},
        fields=fields,
        case_no="41132320261128000001",
        item="permit",
        purpose="open",
        handler="",
        requester="hub",
        timeout_seconds=5,
    )


def entries(database: Database) -> list[list[str]]:
    with database.read() as session:
        return [list(row.body["fields"]) for row in session.execute(select(inbox_entries.c.body))]


def test_a_question_whose_asker_died_before_it_learnt_the_ticket_is_put_to_a_person_once(
    inbox: Inbox, database: Database
) -> None:
    ticket, due = inbox.open_question(question("first"))
    assert inbox.open_question(question("second")) == (ticket, due)
    assert entries(database) == [["number"]]


def test_a_question_that_asks_for_more_fields_takes_the_place_of_the_one_before(
    inbox: Inbox, database: Database
) -> None:
    ticket, _ = inbox.open_question(question("first"))
    assert inbox.open_question(question("second", fields=("number", "day")))[0] == ticket
    assert entries(database) == [["number", "day"]]


def test_a_question_about_somebody_else_is_another_question(inbox: Inbox, database: Database) -> None:
    inbox.open_question(question("first"))
    inbox.open_question(question("second", uscc="91411323MA9YJ00320"))
    assert len(entries(database)) == 2
