"""Traces leave only where the environment names a collector, and hold codes and ids alone."""

from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters.outside.traces import Collector
from hub import trace
from hub.settings import Settings
from hub.wiring.telemetry import TracesMisconfigured, given_to, resource, telling

SETTINGS = Settings(node="hub-7")


def test_a_click_and_what_follows_from_it_are_one_trace_at_the_collector() -> None:
    exporter = InMemorySpanExporter()
    with given_to(Collector(resource(SETTINGS), exporter)):
        with trace.span("request", kind="server", case="c1"):
            parent = trace.traceparent()
        with trace.span("work", parent, kind="consumer", work="push"), trace.span("sending", department="platform"):
            pass
    request, sending, work = sorted(exporter.get_finished_spans(), key=lambda span: span.name)
    assert parent.endswith("-01") and work.parent and work.parent == request.context
    assert {span.context.trace_id for span in (request, sending, work) if span.context} == {int(parent[3:35], 16)}
    assert dict(sending.attributes or {}) == {"yijian.department": "platform"}
    assert request.resource.attributes["service.instance.id"] == "hub-7"


def test_without_a_collector_nothing_is_told_and_nothing_is_sampled() -> None:
    with telling(SETTINGS, {}), trace.span("request"):
        assert trace.detail("log_append") is None and trace.traceparent().endswith("-00")


def test_without_a_collector_nothing_of_the_extra_is_imported() -> None:
    program = (
        "import sys, hub.wiring.telemetry as t, hub.settings as s\n"
        "with t.telling(s.Settings(), {}): assert not [m for m in sys.modules if m.startswith('opentelemetry')]"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_collector_without_its_packages_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with (
        pytest.raises(TracesMisconfigured, match=r"yijian\[otel\]"),
        telling(SETTINGS, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}),
    ):
        pass
