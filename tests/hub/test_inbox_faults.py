"""Each fault of an inbox, where a person answers at a page: what the page or the door says, what the log holds, and that no other department waits."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import shutil
import zlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import delete, select, update

from adapters.connect import Connected
from adapters.contract import Answers, Attachment, Found, Outcome, Query, Raw
from adapters.kinds.inbox import InboxAnswers
from catalog.types import Department, Kind
from hub.api.reading import JSON_LIMIT
from hub.clock import utc_now
from hub.identity import accounts
from hub.store import work
from hub.store.tables import inbox_entries, item_cases, queries
from hub.wiring.inbox_store import Inbox
from hub.wiring.program_log import configure
from tests.adapters.kinds.making import handover
from tests.hub.api.wired import FOOD, PASSWORD, QUICK, Wired, opened
from tests.hub.cases.world import answered
from tests.support.full_disk import full_disk

JSON = "application/json"
BOMB = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>'
ZIP_BOMB = b"PK\x03\x04" + zlib.compress(b" " * 9_000_000)


class Neighbour:
    """Another department, which answers at once."""

    async def answer(self, query: Query) -> Outcome:
        return Found({}, Raw(b"{}", JSON), missing=query.fields)


class Lazy:
    """An inbox whose hub is opened after it is connected."""

    store: Inbox

    def open_question(self, query: Query) -> Any:
        return self.store.open_question(query)


@dataclass
class Office:
    """A hub with one question waiting at the market office's inbox, and whoever may knock there."""

    wired: Wired
    entry: str
    intent: int
    store: Inbox

    def post(
        self, body: bytes, kind: str = JSON, role: str = "market", way: str = "", **headers: str
    ) -> httpx2.Response:
        with self.wired.http() as http:
            path = way or f"/api/v1/inbox/{self.entry}/answer"
            return http.post(path, content=body, headers={**self.wired.session(role), "Content-Type": kind, **headers})

    def get(self, path: str) -> httpx2.Response:
        with self.wired.http() as http:
            return http.get(path, headers=self.wired.session("market"))

    def says(self, role: str = "market", **values: str) -> httpx2.Response:
        return self.post(json.dumps({"found": True, "values": values}).encode(), role=role)

    def is_waiting(self) -> bool:
        """Nothing was taken: the entry is open, the question pending, and the log holds no answer to it."""
        with self.wired.hub.database.read() as session:
            c = inbox_entries.c
            state = session.execute(select(c.state).where(c.id == self.entry)).scalar_one()
            kept = session.execute(select(queries.c.state).where(queries.c.intent_seq == self.intent)).scalar_one()
            left = {one.kind for one in work.by_kind(session)}
        return (state, kept, self.later()) == ("open", "pending", []) and "answer-later" not in left

    def later(self) -> list[dict[str, Any]]:
        """What the log says of answers to it."""
        records = (dict(entry.record) for entry in self.wired.hub.log.entries())
        return [one for one in records if one.get("answers_seq") is not None and one["intent_seq"] == self.intent]


def connection(code: str, answers: Answers) -> Connected:
    return Connected(Department(code, "示例局", "", Kind.INBOX, "411323"), answers=answers)


def at(prepared: Path, folder: Path) -> Office:
    """Opens a case whose firm is asked about at the inbox; the police were asked at the same moment and answered."""
    shutil.copytree(prepared, folder)
    lazy, region = Lazy(), "411323"
    codes = {place.parent.name for place in Path("catalog/sites/xixia/departments").glob("*/department.toml")}
    connected = {code: connection(code, Neighbour()) for code in codes}
    found = opened(folder, adapters={**connected, FOOD: connection(FOOD, InboxAnswers(lazy))})  # type: ignore[arg-type]
    lazy.store = Inbox(found.hub.database, found.hub.files, region, utc_now, lambda at: at)
    with found.hub.database.write() as session:
        new = accounts.NewAccount(region, "p.market", "测试乙", FOOD, ["reviewer"], PASSWORD)
        accounts.create(session, new, utc_now(), QUICK)
    return waiting(found, lazy.store, "first")


def waiting(wired: Wired, store: Inbox, key: str) -> Office:
    """A case whose question waits there; the neighbours were asked at the same moment and answered."""
    before = wired.hub.log.size()
    case_id = wired.case(wired.person("clerk"), key)
    done(wired, "ask")
    with wired.hub.database.read() as session:
        c = queries.c
        asked = session.execute(select(c.ticket, c.intent_seq).where(c.case_id == case_id, c.state == "pending")).one()
        entry = session.execute(select(inbox_entries.c.id).where(inbox_entries.c.number == asked.ticket)).scalar_one()
    records = [e.record for e in wired.hub.log.entries()][before:]
    assert {"pending", "found"} <= {one["result"] for one in records if one.get("phase") == "outcome"}
    return Office(wired, str(entry), asked.intent_seq, store)


def done(found: Wired, kind: str) -> None:
    """Does all work of this kind that waits, as a worker would."""
    hub = found.hub
    while tasks := work.claim(hub.database, "w", 50, timedelta(minutes=5), (kind,)):
        for task in tasks:
            commit = asyncio.run(answered(hub.handlers[kind], task))
            with hub.database.write() as session:
                assert work.finish(session, task, "w", utc_now())
                if commit is not None:
                    commit(session, utc_now())


@pytest.fixture(scope="module")
def office(prepared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    found = at(prepared_folder, tmp_path_factory.mktemp("inbox") / "hub")
    yield found
    found.wired.hub.close()


GOOD = {"enterprise_name": "西峡县示例民宿有限公司"}
ANSWER = json.dumps({"found": True, "values": GOOD}, ensure_ascii=False)
FAULTS: dict[str, tuple[bytes, str, int, str]] = {
    "oversize": (b'"' + b"x" * JSON_LIMIT + b'"', JSON, 413, "TOO_LARGE"),
    "wrong_content_type": (ANSWER.encode(), "text/plain", 415, "WRONG_CONTENT_TYPE"),
    "wrong_charset": (ANSWER.encode("gb18030"), JSON, 400, "BAD_ENCODING"),
    "byte_order_mark": (b"\xef\xbb\xbf" + ANSWER.encode(), JSON, 400, "BAD_JSON"),
    "cut_off_inside": (ANSWER.encode()[:-9], JSON, 400, "BAD_JSON"),
    "entity_bomb": (BOMB, "text/xml", 415, "WRONG_CONTENT_TYPE"),
    "external_entity": (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', JSON, 400, "BAD_JSON"),
    "unknown_element": (b'{"found": true, "values": {}, "mehr": 1}', JSON, 422, "BAD_INPUT"),
    "not_asked": (
        b'{"found": true, "values": {"enterprise_name": "x", "firm_name": "x"}}',
        JSON,
        422,
        "ANSWER_NOT_ASKED",
    ),
    "values_beside_no_record": (b'{"found": false, "values": {"enterprise_name": "x"}}', JSON, 422, "ANSWER_NOT_ASKED"),
    "missing_required": (b'{"found": true, "values": {"licence_number": "1"}}', JSON, 422, "ANSWER_INCOMPLETE"),
    "nothing_at_all": (b'{"found": true, "values": {}}', JSON, 422, "ANSWER_INCOMPLETE"),
    "control_characters": (b'{"found": true, "values": {"enterprise_name": "a\\u0000b"}}', JSON, 400, "BAD_TEXT"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_that_is_none_is_refused_and_the_question_waits_on(fault: str, office: Office) -> None:
    body, kind, status, code = FAULTS[fault]
    said = office.post(body, kind)
    assert (said.status_code, said.json()["code"]) == (status, code)
    assert office.is_waiting() and GOOD["enterprise_name"] not in said.text


def leaves_after(parts: list[bytes]) -> Callable[[], Awaitable[dict[str, object]]]:
    """What comes of a body whose client then is gone: reset, or ended by the server since it dripped."""
    left = [{"type": "http.request", "body": one, "more_body": True} for one in parts]

    async def receive() -> dict[str, object]:
        return left.pop(0) if left else {"type": "http.disconnect"}

    return receive


@pytest.mark.parametrize(
    "parts", [[ANSWER.encode()[:20]], [bytes([one]) for one in ANSWER.encode()]], ids=["reset", "drip"]
)
def test_who_leaves_in_the_middle_of_an_answer_has_answered_nothing(parts: list[bytes], office: Office) -> None:
    wired, path = office.wired, f"/api/v1/inbox/{office.entry}/answer"
    head = {**wired.session("market"), "Content-Type": JSON, "Content-Length": str(len(ANSWER.encode()) + 9)}
    raw = [(name.lower().encode(), value.encode()) for name, value in head.items()]
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": raw,
    }
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    asyncio.run(
        wired.app({**scope, "scheme": "http", "server": ("x", 80), "client": ("x", 1)}, leaves_after(parts), send)
    )
    assert said[0]["status"] == 400 and office.is_waiting()
    assert office.get("/api/v1/inbox").status_code == 200


def test_an_answer_that_is_too_long_and_says_no_length_is_refused_as_well(office: Office) -> None:
    parts = iter([b'"', *[b"x" * 65536] * (JSON_LIMIT // 65536), b'"'])
    with office.wired.http() as http:
        headers = {**office.wired.session("market"), "Content-Type": JSON}
        said = http.post(f"/api/v1/inbox/{office.entry}/answer", content=parts, headers=headers)
    assert "content-length" not in said.request.headers
    assert (said.status_code, said.json()["code"]) == (413, "TOO_LARGE") and office.is_waiting()


def test_a_value_that_is_none_is_named_by_its_field_and_not_repeated(office: Office) -> None:
    said = office.says(**GOOD, legal_representative_id_number="411323190001019900")
    assert said.status_code == 422 and [*said.json()["fields"]] == ["legal_representative_id_number"]
    assert office.is_waiting() and "411323190001019900" not in said.text


def test_a_name_that_was_not_asked_is_named_with_what_may_be_filled_in(office: Office) -> None:
    said = office.says(**GOOD, firm_name="x", **{"411323199001019908": "x"})
    assert said.status_code == 422 and [*said.json()["fields"]] == ["values", "firm_name"]
    assert "enterprise_name" in said.json()["detail"] and "411323199001019908" not in said.text and office.is_waiting()


@pytest.mark.parametrize(("role", "status"), [("reviewer", 404), ("clerk", 403), ("auditor", 403)])
def test_nobody_answers_for_another_department(office: Office, role: str, status: int) -> None:
    assert office.says(role, **GOOD).status_code == status and office.is_waiting()


@pytest.mark.parametrize("climbs", ["..%2f..%2fdesk", "%2e%2e", "a%00b", "%EF%BB%BF"])
def test_an_entry_whose_name_would_climb_is_none(office: Office, climbs: str) -> None:
    said = office.post(ANSWER.encode(), way=f"/api/v1/inbox/{climbs}/answer")
    assert 400 <= said.status_code < 500 and office.is_waiting()


def test_on_a_full_disk_no_answer_is_taken_and_the_person_is_told(office: Office) -> None:
    configure("WARNING", "hub-1", io.StringIO())  # what this process prints may lie on the disk that is full
    with full_disk():
        said = office.says(**GOOD)
    assert said.status_code in (503, 507) and office.is_waiting()


def test_who_never_answers_is_overdue_and_nobody_else_waits(office: Office) -> None:
    hub, c = office.wired.hub, inbox_entries.c

    def is_overdue() -> bool:
        rows = office.get("/api/v1/inbox").json()["rows"]
        return bool(next(row for row in rows if row["id"] == office.entry)["overdue"])

    assert not is_overdue()
    with hub.database.write() as session:
        session.execute(update(inbox_entries).where(c.id == office.entry).values(due_at=utc_now() - timedelta(hours=1)))
    assert is_overdue() and office.is_waiting()


NAMES = {"../../etc/passwd": "..%2F..%2Fetc%2Fpasswd", "a\r\nX-Bh: 1": "a%0D%0AX-Bh%3A%201"}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_came_with_an_item_case_is_given_as_it_is_and_never_opened(office: Office, name: str) -> None:
    wired = office.wired
    with wired.hub.database.read() as session:
        item_no = str(session.execute(select(item_cases.c.item_no)).scalars().first())
    papers = tuple(
        Attachment(code, name, "C", "x", media_type=kind, body=body)
        for code, kind, body in (("plan", "text/xml", BOMB), ("list", "application/zip", ZIP_BOMB))
    )
    papers = tuple(replace(one, sha256=hashlib.sha256(one.body).hexdigest()) for one in papers)
    made = replace(handover("food-permit", {}, key=f"handover:{name}", attachments=papers), item_no=item_no)
    number = office.store.open_handover(FOOD, made)
    with wired.hub.database.read() as session:
        entry = session.execute(select(inbox_entries.c.id).where(inbox_entries.c.number == number)).scalar_one()
    for paper in papers:
        came = office.get(f"/api/v1/inbox/{entry}/materials/{paper.code}")
        assert came.content == paper.body and came.headers["content-type"] == "application/octet-stream"
        assert NAMES[name] in came.headers["content-disposition"] and "x-bh" not in came.headers
    with wired.hub.database.write() as session:
        session.execute(delete(inbox_entries).where(inbox_entries.c.id == entry))


def test_an_answer_that_comes_twice_is_one_and_is_in_the_log_once(office: Office) -> None:
    other = waiting(office.wired, office.store, "second")
    assert [other.says(**GOOD).status_code for _ in range(2)] == [204, 409]
    done(office.wired, "answer-later")
    assert [(one["result"], one["intent_seq"]) for one in other.later()] == [("found", other.intent)]
    assert office.is_waiting()
