"""Inbox: a department without a system is a store and a promise, never a silence."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from adapters.contract import Handover, Misconfigured, Pending, Query, Stop, UpstreamResult
from tests.adapters.kinds.making import NOW, PORTS, connected, department_of, handover, query

TOML = """
[department]
code = "d"
name = "测试委"
uscc = "11411323MB00009009"
kind = "inbox"
[resources.r]
title = "报告"
share = "conditional"
subject = ["uscc"]
fields = { hygiene_report_number = "hygiene_report_number" }
[handles.permit]
"""
DUE = datetime(2026, 11, 27, tzinfo=UTC)


class Store:
    """An inbox in memory; `noted` is what a person would see."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, object]] = []

    def open_question(self, query: Query) -> tuple[str, datetime]:
        self.noted.append(("question", query.request_id))
        return "T1", DUE

    def open_handover(self, department: str, handover: Handover) -> str:
        self.noted.append((department, handover.key))
        return "N1"

    def note_stop(self, department: str, stop: Stop) -> None:
        self.noted.append((department, stop.key))

    def note_upstream(self, department: str, result: UpstreamResult) -> None:
        self.noted.append((department, result.key))


def test_a_question_is_noted_and_pending_with_its_due_time() -> None:
    store = Store()
    line = connected(TOML, "", ports=type(PORTS)(clock=PORTS.clock, inbox=store))
    assert line.answers is not None
    (resource,) = department_of(TOML)[1].values()
    outcome = asyncio.run(line.answers.answer(query(resource, {"uscc": "x"}, request_id="R1")))
    assert outcome == Pending("T1", DUE) and store.noted == [("question", "R1")]


def test_item_cases_stops_and_upstream_results_wait_at_the_inbox() -> None:
    store = Store()
    line = connected(TOML, "", ports=type(PORTS)(clock=PORTS.clock, inbox=store))
    assert line.handles is not None
    handles = line.handles

    async def run() -> str:
        taken = await handles.hand_over(handover("permit", {}, key="H"))
        await handles.stop(Stop("S", "n", taken.department_no, "撤回", "permit"))
        await handles.supply(UpstreamResult("U", "n", taken.department_no, "other", "结果", "X", None, NOW, "permit"))
        return taken.department_no

    assert asyncio.run(run()) == "N1" and store.noted == [("d", "H"), ("d", "S"), ("d", "U")]


def test_an_inbox_without_its_store_is_told_at_once() -> None:
    with pytest.raises(Misconfigured, match="inbox store"):
        connected(TOML, "")
