"""Appending, pairing, disclosing, searching: what the rest of the hub relies on."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.sharinglog import (
    Admin,
    AlreadyClosed,
    BadRecord,
    CaseRef,
    Denied,
    LogKeys,
    LogMisconfigured,
    LogUnavailable,
    Outcome,
    ReceivedBatch,
    Sent,
    SharingLog,
    UnknownIntent,
    Viewed,
)
from hub.sharinglog.engine import Lock
from hub.sharinglog.records import Record
from tests.hub.sharinglog.conftest import BASIS, CASE, REGISTRY, SUBJECT, WHO, Clock, intent


def test_a_question_and_its_outcome_are_numbered_in_order_and_verified(log: SharingLog) -> None:
    asked = log.append(intent())
    told = log.append(Outcome(asked.seq, "found", fields=("name",), rows=1, answer=b"<name>", latency_ms=12))
    assert (asked.seq, told.seq, log.size()) == (0, 1, 2)
    report = log.verify()
    assert report.ok and report.size == 2 and report.open_questions == 0, report


def test_every_kind_of_record_is_kept(log: SharingLog) -> None:
    asked = log.append(intent())
    log.append(Outcome(asked.seq, "unavailable", "timeout"))
    log.append(Denied(WHO, CASE, BASIS, REGISTRY, ("deposit",), SUBJECT, "q", "no_grant"))
    log.append(Sent("platform", "push", "push-1", b"{}", who=WHO, case=CASE, subjects=(SUBJECT,)))
    log.append(Sent("sms", "sms", "sms-1", b"text", recipient="13900000000"))
    log.append(ReceivedBatch(REGISTRY, "2026-11-20.csv", b"a,b", 2, ("address",), "found"))
    log.append(Viewed(WHO, "case", "print", ("name",), (SUBJECT,), CASE))
    log.append(Admin("login_failed", "clerk", WHO, reason="password"))
    phases = [entry.record["phase"] for entry in log.entries()]
    assert phases == ["intent", "outcome", "denied", "sent", "sent", "received-batch", "viewed", "admin"]
    assert log.verify().ok


def test_no_value_stands_in_a_leaf(log: SharingLog) -> None:
    log.append(intent())
    log.append(Sent("sms", "sms", "sms-1", b"text", recipient="13900000000", subjects=(SUBJECT,)))
    text = b"".join(entry.leaf for entry in log.entries()).decode()
    for value in (SUBJECT, "窗口-007", "终端-3", "XX20261120-0001", "13900000000", "id_number="):
        assert value not in text
    assert json.loads(text[: text.index("}{") + 1])["subject_c"] != ""


def test_a_question_ends_once(log: SharingLog) -> None:
    asked = log.append(intent())
    log.append(Outcome(asked.seq, "not_found"))
    with pytest.raises(AlreadyClosed):
        log.append(Outcome(asked.seq, "found"))
    with pytest.raises(UnknownIntent):
        log.append(Outcome(99, "found"))
    assert log.size() == 2 and log.verify().ok


def test_a_pending_question_is_answered_once(log: SharingLog) -> None:
    asked = log.append(intent())
    pending = log.append(Outcome(asked.seq, "pending"))
    log.append(Outcome(asked.seq, "found", fields=("name",), answer=b"yes", answers_seq=pending.seq, who=WHO))
    with pytest.raises(AlreadyClosed):
        log.append(Outcome(asked.seq, "not_found", answers_seq=pending.seq))
    report = log.verify()
    assert report.ok, report


def test_an_answer_must_name_the_question_it_belongs_to(log: SharingLog) -> None:
    one, other = log.append(intent()), log.append(intent())
    pending = log.append(Outcome(one.seq, "pending"))
    with pytest.raises(UnknownIntent):
        log.append(Outcome(other.seq, "found", answers_seq=pending.seq))
    with pytest.raises(UnknownIntent):
        log.append(Outcome(one.seq, "found", answers_seq=other.seq))
    assert log.health().pending == 1 and log.verify().ok


def test_only_the_closed_set_of_results_is_accepted() -> None:
    with pytest.raises(BadRecord):
        Outcome(0, "maybe")
    with pytest.raises(BadRecord):
        Outcome(0, "pending", answers_seq=1)


def test_disclosed_values_are_those_committed(log: SharingLog) -> None:
    receipt = log.append(intent())
    values = log.disclose(receipt.seq)
    assert values["subject"] == SUBJECT
    assert values["operator"] == "窗口-007" and values["terminal"] == "终端-3"
    assert values["application"] == "XX20261120-0001"


def test_search_finds_by_person_case_operator_provider_phase_and_time(log: SharingLog, clock: Clock) -> None:
    start = clock()
    asked = log.append(intent())
    clock.move(minutes=1)
    log.append(Outcome(asked.seq, "found", fields=("name",)))
    log.append(intent("411323198502029925", case=CaseRef("homestay", None, "other")))
    assert [row.seq for row in log.search(subject=SUBJECT)] == [1, 0], "an outcome belongs to its question's subject"
    assert [row.seq for row in log.search(case_no="XX20261120-0001")] == [1, 0]
    assert [row.seq for row in log.search(operator="窗口-007", phase="intent")] == [2, 0]
    assert [row.seq for row in log.search(provider=REGISTRY.org, until=start + timedelta(seconds=1))] == [0]
    assert [row.seq for row in log.search(since=start + timedelta(seconds=1), limit=1)] == [2]
    assert [row.seq for row in log.search(before_seq=2)] == [1, 0]
    assert log.search(subject=SUBJECT)[0].provider == REGISTRY.org
    assert log.search(subject="411323199001010000") == []


def test_the_projection_can_be_rebuilt(log: SharingLog) -> None:
    asked = log.append(intent())
    log.append(Outcome(asked.seq, "found"))
    before = log.search(subject=SUBJECT)
    assert log.rebuild_projection() == 2
    assert log.search(subject=SUBJECT) == before


def test_threads_appending_at_once_get_gap_free_numbers(log: SharingLog) -> None:
    seqs: list[int] = []

    def work() -> None:
        for _ in range(12):
            asked = log.append(intent())
            seqs.extend((asked.seq, log.append(Outcome(asked.seq, "found", answer=b"x")).seq))

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seqs) == list(range(16 * 24))
    report = log.verify()
    assert report.ok and report.open_questions == 0, report


def test_a_clock_that_steps_back_keeps_the_order(log: SharingLog, clock: Clock) -> None:
    first = log.append(intent())
    clock.move(hours=-3)
    second = log.append(intent())
    assert (first.seq, second.seq) == (0, 1) and second.time < first.time
    assert log.verify().ok


def test_a_cancelled_caller_does_not_take_the_record_along(log: SharingLog) -> None:
    async def scene() -> None:
        task = asyncio.create_task(log.append_async(intent()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scene())
    log.append(Admin("probe", "log"))  # commits after whatever was queued before it
    assert [entry.record["phase"] for entry in log.entries()] == ["intent", "admin"]


def test_a_caller_who_never_waits_leaves_the_record_in(log: SharingLog) -> None:
    log._put(intent())
    log.append(Admin("probe", "log"))
    assert [entry.record["phase"] for entry in log.entries()] == ["intent", "admin"]


def test_a_loop_that_is_gone_before_the_commit_stops_nobody_else(log: SharingLog) -> None:
    async def leave_at_once() -> None:
        work = log._checked(intent())
        log._committer.put_async(work, len(work.leaf.body))

    with log._engine.write(Lock.HEAD):  # nothing can commit before the loop is closed
        asyncio.run(leave_at_once())
    assert log.append(Admin("probe", "log")).seq == 1


def test_of_many_async_callers_only_the_refused_one_gets_the_error(log: SharingLog) -> None:
    asked = log.append(intent()).seq

    async def scene() -> list[Any]:
        ends: tuple[Record, ...] = (
            Outcome(asked, "found"),
            Outcome(asked, "not_found"),
            Outcome(77, "found"),
            Admin("probe", "log"),
        )
        return await asyncio.gather(*map(log.append_async, ends), return_exceptions=True)

    first, second, unknown, other = asyncio.run(scene())
    assert (first.seq, other.seq) == (1, 2)
    assert isinstance(second, AlreadyClosed) and isinstance(unknown, UnknownIntent)


def test_many_async_callers_share_commits(log: SharingLog) -> None:
    async def scene() -> list[int]:
        return [receipt.seq for receipt in await asyncio.gather(*(log.append_async(intent()) for _ in range(40)))]

    assert sorted(asyncio.run(scene())) == list(range(40))


def test_a_closed_log_refuses_with_advice(opened: Callable[[], SharingLog]) -> None:
    log = opened()
    log.append(intent())
    log.close()
    with pytest.raises(LogUnavailable, match="start the hub"):
        log.append(intent())
    assert opened().size() == 1


def test_another_origin_or_other_keys_are_refused(
    opened: Callable[[], SharingLog], engine_url: str, clock: Clock, tmp_path: Path, keys: LogKeys
) -> None:
    log = opened()
    log.append(intent())
    log.publish_checkpoint()
    with pytest.raises(LogMisconfigured, match="not other"):
        SharingLog.open(engine_url, keys, "other", clock, "node")
    with pytest.raises(LogMisconfigured, match="not signed with these keys"):
        SharingLog.open(engine_url, LogKeys.create(tmp_path / "others"), log.origin, clock, "node")


def test_health_tells_size_open_questions_and_what_is_unsigned(log: SharingLog, clock: Clock) -> None:
    log.append(intent())
    log.publish_checkpoint()
    assert log.health().checkpoint_age_s == 0.0
    log.append(intent())
    clock.move(seconds=30)
    health = log.health()
    assert (health.size, health.unpaired, health.checkpoint_size) == (2, 2, 1)
    assert health.checkpoint_age_s == pytest.approx(30) and health.oldest_unpaired_s == pytest.approx(30)
