"""The doorway: nothing is asked before its intent is durable, nothing is shown before its outcome is."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from adapters.contract import (
    Ambiguous,
    Candidate,
    Denied,
    Document,
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
from catalog.types import Grant, Resource, ResourceField, Role, ShareType
from hub import metrics, trace
from hub.exchange import Ask, Exchange, ExchangeError, Handler, Later
from hub.policy import Party, Standing
from hub.sharinglog import LogKeys, LogUnavailable, Receipt, SharingLog
from hub.sharinglog.records import Record
from hub.store.database import Database

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
PERSON = "41132319900101991X"
RAW = Raw(b'{"poxm":"..."}', "application/json")
FOUND = Found({"spouse_name": "演示乙"}, RAW)
RESOURCE = Resource(
    "civil-affairs.marriage",
    "civil-affairs",
    "婚姻登记信息",
    ShareType.CONDITIONAL,
    ("id_number",),
    (ResourceField("spouse_name", ShareType.CONDITIONAL, {}), ResourceField("secret", ShareType.WITHHELD, {})),
    timeout_seconds=20.0,
)
GRANT = Grant("G-1", RESOURCE.code, "homestay", "民法典", "art. 1", ("spouse_name",), date(2027, 1, 1), "411323")
ASK = Ask(
    resource=RESOURCE,
    fields=("spouse_name", "secret"),
    subject={"id_number": PERSON},
    keys={"id_number": "applicant.id_number"},
    standing=Standing((Role("applicant", "申请人", "person", "id_number"),), (Party("applicant", PERSON, "id_card"),)),
    grants=(GRANT,),
    region="411323",
    case_no="XX20261120-0001",
    matter="homestay",
    item="fire-safety",
    purpose="homestay",
    ground="消防法",
    handler=Handler("clerk-1", "xixia-window"),
)
STRANGER = replace(ASK, subject={"id_number": "41132319851212992X"})


class Department:
    """Answers as told, and notes how long the log was when the question reached it."""

    def __init__(self, log: SharingLog, reply: Callable[[], Awaitable[Outcome]] | Outcome) -> None:
        self.log, self.reply = log, reply
        self.asked: list[Query] = []
        self.log_sizes: list[int] = []

    async def answer(self, query: Query) -> Outcome:
        self.asked.append(query)
        self.log_sizes.append(self.log.size())
        return await self.reply() if callable(self.reply) else self.reply


class FullDisk:
    """A log that takes `room` records and no more."""

    def __init__(self, log: SharingLog, room: int) -> None:
        self.log, self.room = log, room

    def append(self, record: Record) -> Receipt:
        self.room -= 1
        if self.room < 0:
            raise LogUnavailable("the disk is full")
        return self.log.append(record)

    async def append_async(self, record: Record) -> Receipt:
        return self.append(record)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SharingLog]:
    keys = LogKeys.create(tmp_path / "keys")
    url = f"sqlite:///{tmp_path / 'log.sqlite'}"
    opened = SharingLog.open(url, keys, "yijian.example/log", lambda: NOW, "hub-1", follow=False)
    yield opened
    opened.close()


def exchange(department: Department, log: object = None) -> Exchange:
    return Exchange({"civil-affairs": department}, log or department.log, clock=lambda: NOW)  # type: ignore[arg-type]


def records(log: SharingLog) -> list[dict[str, object]]:
    return [entry.record for entry in log.entries()]


def phases(log: SharingLog) -> list[object]:
    return [record["phase"] for record in records(log)]


async def test_the_intent_is_durable_when_the_question_reaches_the_department(log: SharingLog):
    department = Department(log, FOUND)
    answered = await exchange(department).ask(ASK)
    assert department.log_sizes == [1]
    assert phases(log) == ["intent", "outcome"]
    assert (answered.intent_seq, answered.outcome_seq) == (0, 1)


async def test_what_our_own_registry_answers_is_measured_as_ours(log: SharingLog):
    def measured(department: str) -> float:
        labels = {"department": department, "resource": "civil-affairs.ours", "outcome": "found"}
        return metrics.REGISTRY.get_sample_value("yijian_question_seconds_count", labels) or 0.0

    ours = replace(RESOURCE, code="civil-affairs.ours", way="registry")
    before, grants = measured("hub"), (replace(GRANT, resource=ours.code),)
    await exchange(Department(log, FOUND)).ask(replace(ASK, resource=ours, grants=grants))
    assert (measured("hub") - before, measured("civil-affairs")) == (1.0, 0.0)


async def test_the_request_id_on_the_wire_is_the_id_of_the_intent(log: SharingLog):
    department = Department(log, FOUND)
    answered = await exchange(department).ask(ASK)
    assert department.asked[0].request_id == records(log)[0]["id"] == answered.request_id


async def test_the_question_and_its_records_carry_the_trace_of_the_click(log: SharingLog):
    department = Department(log, lambda: wrapped(FOUND))
    seen: list[str | None] = []

    async def wrapped(outcome: Outcome) -> Outcome:
        seen.append(trace.trace_id())
        return outcome

    with trace.span("request"):
        clicked = trace.trace_id()
        await exchange(department).ask(ASK)
    assert seen == [clicked] and [record["trace_id"] for record in records(log)] == [clicked, clicked]


async def test_only_permitted_fields_go_on_the_wire_and_the_cut_ones_are_logged(log: SharingLog):
    department = Department(log, FOUND)
    answered = await exchange(department).ask(ASK)
    assert department.asked[0].fields == ("spouse_name",)
    assert records(log)[1]["fields_denied"] == ["secret"]
    assert answered.cut == ("secret",)


async def test_a_department_that_gives_more_than_was_asked_is_cut(log: SharingLog):
    department = Department(log, replace(FOUND, values={"spouse_name": "演示乙", "secret": "x"}))
    answered = await exchange(department).ask(ASK)
    assert isinstance(answered.outcome, Found)
    assert answered.outcome.values == {"spouse_name": "演示乙"}
    assert records(log)[1]["fields"] == ["spouse_name"]


async def test_a_refused_query_is_still_in_the_log_and_reaches_nobody(log: SharingLog):
    department = Department(log, FOUND)
    answered = await exchange(department).ask(replace(ASK, grants=()))
    assert answered.outcome == Denied("no_grant")
    assert department.asked == []
    assert [(r["phase"], r["reason"]) for r in records(log)] == [("denied", "no_grant")]


async def test_a_stranger_is_refused_and_the_refusal_is_in_the_log(log: SharingLog):
    department = Department(log, FOUND)
    answered = await exchange(department).ask(STRANGER)
    assert answered.outcome == Denied("subject_unproven")
    assert (department.asked, phases(log)) == ([], ["denied"])


async def test_a_log_that_does_not_take_the_intent_means_that_nobody_is_asked(log: SharingLog):
    department = Department(log, FOUND)
    with pytest.raises(LogUnavailable):
        await exchange(department, FullDisk(log, 0)).ask(ASK)
    assert department.asked == []


async def test_a_log_that_does_not_take_the_outcome_means_that_nothing_is_shown(log: SharingLog):
    department = Department(log, FOUND)
    with pytest.raises(LogUnavailable):
        await exchange(department, FullDisk(log, 1)).ask(ASK)
    assert len(department.asked) == 1
    assert phases(log) == ["intent"]


async def test_a_question_swept_as_lost_meanwhile_shows_no_answer(log: SharingLog):
    async def slow() -> Outcome:
        log.close_lost(log.size())
        return FOUND

    answered = await exchange(Department(log, slow)).ask(ASK)
    assert answered.outcome == Unavailable(Why.LOST)
    assert answered.outcome_seq is None
    assert phases(log) == ["intent", "lost"]


async def test_a_cancelled_question_still_ends_in_the_log(log: SharingLog):
    reached = asyncio.Event()

    async def hang() -> Outcome:
        reached.set()
        await asyncio.sleep(30)
        return FOUND

    asking = asyncio.create_task(exchange(Department(log, hang)).ask(ASK))
    await reached.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert [(r["phase"], r.get("reason")) for r in records(log)] == [("intent", None), ("outcome", "lost")]


async def test_a_department_that_hangs_longer_than_its_adapter_allows_is_a_timeout(log: SharingLog, monkeypatch):
    async def hang() -> Outcome:
        await asyncio.sleep(30)
        return FOUND

    monkeypatch.setattr("hub.asking.PATIENCE_SECONDS", 0.01)
    answered = await exchange(Department(log, hang)).ask(replace(ASK, resource=replace(RESOURCE, timeout_seconds=0.01)))
    assert answered.outcome == Unavailable(Why.TIMEOUT)


async def test_a_bug_in_an_adapter_ends_the_question_and_tells_no_value(log: SharingLog, capsys):
    async def broken() -> Outcome:
        raise KeyError(PERSON)

    answered = await exchange(Department(log, broken)).ask(ASK)
    assert answered.outcome == Unusable("", "", "adapter_fault")
    assert records(log)[1]["reason"] == "adapter_fault"
    printed = capsys.readouterr()
    assert "KeyError at test_exchange.py" in printed.out + printed.err
    assert PERSON not in printed.out + printed.err


async def test_asking_with_a_write_session_open_raises_and_asks_nobody(log: SharingLog, database: Database):
    department = Department(log, FOUND)
    with database.write(), pytest.raises(ExchangeError) as refused:
        await exchange(department).ask(ASK)
    assert refused.value.code == "ASKED_WHILE_WRITING"
    assert (department.asked, log.size()) == ([], 0)


async def test_a_department_without_a_connection_is_told_before_anything_is_logged(log: SharingLog):
    with pytest.raises(ExchangeError, match="civil-affairs"):
        await Exchange({}, log, clock=lambda: NOW).ask(ASK)
    assert log.size() == 0


@pytest.mark.parametrize(
    ("outcome", "result", "reason"),
    [
        (FOUND, "found", None),
        (NotFound(RAW), "not_found", None),
        (Ambiguous((Candidate("1", "测试甲"), Candidate("2", "测试甲")), RAW), "ambiguous", None),
        (Denied("no_right", RAW), "denied", "no_right"),
        (Unavailable(Why.TIMEOUT), "unavailable", "timeout"),
        (Unusable("spouse_name", "$.poxm", "codes", RAW), "unusable", "codes:spouse_name"),
        (Pending("T-1", NOW), "pending", None),
    ],
)
async def test_each_outcome_has_its_own_word_in_the_log(log: SharingLog, outcome: Outcome, result: str, reason: str):
    await exchange(Department(log, outcome)).ask(ASK)
    assert (records(log)[1]["result"], records(log)[1].get("reason")) == (result, reason)


async def test_what_a_department_writes_in_a_refusal_never_enters_the_leaf(log: SharingLog):
    await exchange(Department(log, Denied(f"无权查询 {PERSON}", RAW))).ask(ASK)
    assert records(log)[1]["reason"] == "stated_by_department"


async def test_no_value_of_question_or_answer_is_in_the_leaves(log: SharingLog):
    await exchange(Department(log, FOUND)).ask(ASK)
    leaves = b"".join(entry.leaf for entry in log.entries()).decode()
    assert all(value not in leaves for value in (PERSON, "演示乙", ASK.case_no, "clerk-1"))
    assert log.disclose(0)["subject"] == PERSON


async def test_documents_are_covered_by_the_digest_of_the_answer(log: SharingLog):
    documents = (Document("deed.pdf", "application/pdf", b"%PDF"),)
    await exchange(Department(log, replace(FOUND, documents=documents))).ask(ASK)
    assert records(log)[1]["answer_bytes"] == len(RAW.body) + 4
    raw, deed = (hashlib.sha256(body).hexdigest() for body in (RAW.body, b"%PDF"))
    covered = hashlib.sha256(f'{{"documents":["{deed}"],"raw":"{raw}"}}'.encode()).hexdigest()
    assert log.disclose(1)["answer"] == f"sha256:{covered}"


async def test_many_questions_are_asked_at_once_but_never_more_than_allowed(log: SharingLog):
    most = now = 0

    async def slow() -> Outcome:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        return FOUND

    doorway = Exchange({"civil-affairs": Department(log, slow)}, log, clock=lambda: NOW, at_once=3)
    answered = await doorway.ask_all([replace(ASK, case_no=f"XX20261120-{number:04}") for number in range(8)])
    assert (len(answered), most) == (8, 3)
    assert phases(log).count("outcome") == 8


async def test_the_later_answer_to_a_pending_question_is_in_the_log_before_it_is_shown(log: SharingLog):
    doorway = exchange(Department(log, Pending("T-1", NOW)))
    first = await doorway.ask(ASK)
    assert first.intent_seq is not None
    assert first.outcome_seq is not None
    later = Later(FOUND, first.request_id, first.intent_seq, first.outcome_seq, NOW, ("spouse_name",))
    completed = doorway.complete(later)
    assert completed.outcome_seq == 2
    assert records(log)[2]["answers_seq"] == 1
    assert doorway.complete(later).outcome_seq is None
    assert log.size() == 3
