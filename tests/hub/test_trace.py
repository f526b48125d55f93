"""One trace from a click through the queue to a department: its parts, and what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from hub import trace
from hub.store import work
from hub.store.database import Database
from hub.store.work import Task

NOW = datetime(2025, 6, 3, 2, 0, tzinfo=UTC)


@pytest.fixture
def ended() -> Iterator[list[trace.Ended]]:
    parts: list[trace.Ended] = []
    take_back = trace.export(parts.append)
    yield parts
    take_back()


def test_outside_every_trace_nothing_is_said() -> None:
    assert (trace.here(), trace.trace_id(), trace.traceparent(), trace.case()) == (None, None, "", "")


def test_parts_of_one_trace_share_its_id_and_name_their_parent(ended: list[trace.Ended]) -> None:
    with trace.span("request", case="c1"), trace.span("question", department="health") as inner:
        inner.note(outcome="found")
    question, request = ended
    assert question.here.trace_id == request.here.trace_id and question.parent_id == request.here.span_id
    assert (question.here.case, question.here.department) == ("c1", "health") and request.here.department == ""
    assert question.attributes == {"outcome": "found"} and question.started <= question.ended


def test_what_is_learned_later_belongs_to_the_running_part(ended: list[trace.Ended]) -> None:
    with trace.span("request"):
        trace.bind(case="41132320261120000001")
        assert trace.case() == "41132320261120000001"
    assert ended[0].here.case == "41132320261120000001" and trace.case() == ""


def test_only_ids_numbers_and_codes_name_a_case() -> None:
    with trace.span("request", case="测试甲 的办件"):
        trace.bind(department="a" * 200)
        assert (trace.case(), trace.here() and trace.here().department) == ("", "")  # type: ignore[union-attr]


def test_a_failed_part_says_what_kind_of_failure_and_not_whose(ended: list[trace.Ended]) -> None:
    with pytest.raises(KeyError), trace.span("work"):
        raise KeyError("测试甲")
    assert ended[0].failed == "KeyError" and "测试甲" not in repr(ended)


def test_tasks_of_one_process_do_not_see_each_others_traces() -> None:
    async def one(case: str) -> tuple[str, str | None]:
        with trace.span("work", case=case):
            await asyncio.sleep(0)
            return trace.case(), trace.trace_id()

    async def both() -> list[tuple[str, str | None]]:
        return list(await asyncio.gather(one("a"), one("b")))

    (a, first), (b, second) = asyncio.run(both())
    assert (a, b) == ("a", "b") and first != second


def test_an_address_names_its_case_by_id_or_by_the_number_of_an_item_case() -> None:
    assert trace.case_in({"case_id": "c1"}) == "c1"
    assert trace.case_in({"item_no": "41132320261120000001-02"}) == "41132320261120000001" and trace.case_in({}) == ""


def test_work_goes_on_under_the_trace_of_whoever_put_it(database: Database) -> None:
    with trace.span("request"), database.write() as session:
        clicked = trace.trace_id()
        work.put(session, Task("push", "push:1", {"case_id": "c1"}), NOW)
    (task,) = work.claim(database, "a", 1, timedelta(seconds=30))
    assert task.args == {"case_id": "c1"}
    with trace.span("work", task.trace):
        assert trace.trace_id() == clicked
