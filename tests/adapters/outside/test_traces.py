"""The line to an OpenTelemetry collector: what a part becomes, and that it arrives over HTTP."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from adapters.outside.traces import Collector, Part
from tests.adapters.kinds.far_side import far_side, says

AT = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
PART = Part("question", "client", "ab" * 16, "cd" * 8, "ef" * 8, AT, AT + timedelta(seconds=2), {"yijian.outcome": "found"})  # fmt: skip


def test_a_part_arrives_with_its_ids_times_and_attributes() -> None:
    exporter = InMemorySpanExporter()
    collector = Collector({"service.name": "yijian"}, exporter)
    collector.take(PART)
    collector.close()
    (span,) = exporter.get_finished_spans()
    assert span.context and span.parent and (span.name, span.kind) == ("question", SpanKind.CLIENT)
    assert f"{span.context.trace_id:x}" == "ab" * 16 and f"{span.parent.span_id:x}" == "ef" * 8
    assert span.end_time and span.start_time and span.end_time - span.start_time == 2_000_000_000
    assert dict(span.attributes or {}) == {"yijian.outcome": "found"} and span.status.status_code is StatusCode.UNSET
    assert span.resource.attributes["service.name"] == "yijian"


def test_a_failed_part_says_what_kind_of_fault() -> None:
    exporter = InMemorySpanExporter()
    collector = Collector({}, exporter)
    collector.take(Part("work", "consumer", "ab" * 16, "cd" * 8, "", AT, AT, {}, "PEER_REFUSED"))
    collector.close()
    (span,) = exporter.get_finished_spans()
    assert (span.status.status_code, span.status.description, span.parent) == (StatusCode.ERROR, "PEER_REFUSED", None)


def test_parts_go_to_the_address_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> list[tuple[str, str]]:
        async with far_side(says({})) as side:
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", side.address)
            collector = Collector({"service.name": "yijian"})
            collector.take(PART)
            await asyncio.to_thread(collector.close)
            return [(came.path, came.headers["content-type"]) for came in side.came]

    assert asyncio.run(run()) == [("/v1/traces", "application/x-protobuf")]
