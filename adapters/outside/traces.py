"""Gives parts of traces to an OpenTelemetry collector (OTLP over HTTP), in the background and in batches. It decides nothing about what is told.

The packages are the extra `otel`; they are imported when a collector is wanted, never before. Address, headers and time limit are
OpenTelemetry's own variables (OTEL_EXPORTER_OTLP_ENDPOINT, …_HEADERS, …_TIMEOUT).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.contract import Misconfigured

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter

SCOPE = "yijian"
SAMPLED = 1


@dataclass(frozen=True)
class Part:
    """One ended part of a trace: ids in hex, `kind` one of OpenTelemetry's words, `failed` a kind of fault or empty."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    started: datetime
    ended: datetime
    attributes: Mapping[str, str | int | float | bool]
    failed: str = ""


class Collector:
    """The line to one collector. `take` never waits and never raises; `close` sends what is left, for a few seconds at most."""

    def __init__(self, resource: Mapping[str, str], exporter: SpanExporter | None = None) -> None:
        """`exporter` None means OTLP over HTTP as the environment says. Raises Misconfigured where the extra is not installed."""
        try:
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace.export import BatchSpanProcessor

            if exporter is None:
                from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

                exporter = OTLPSpanExporter()
        except ImportError as e:
            raise Misconfigured(
                "Traces are wanted (OTEL_EXPORTER_OTLP_ENDPOINT) and the packages are not there: install yijian[otel]."
            ) from e
        self._resource = Resource.create(dict(resource))
        self._processor = BatchSpanProcessor(exporter)

    def take(self, part: Part) -> None:
        self._processor.on_end(self._span(part))

    def close(self) -> None:
        end: Callable[[], None] = self._processor.shutdown
        end()

    def _span(self, part: Part) -> ReadableSpan:
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope
        from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

        def context(span_id: str) -> SpanContext:
            return SpanContext(int(part.trace_id, 16), int(span_id, 16), False, TraceFlags(SAMPLED))

        return ReadableSpan(
            part.name,
            context(part.span_id),
            context(part.parent_id) if part.parent_id else None,
            self._resource,
            dict(part.attributes),
            kind=SpanKind[part.kind.upper()],
            status=Status(StatusCode.ERROR, part.failed) if part.failed else Status(StatusCode.UNSET),
            start_time=_nanoseconds(part.started),
            end_time=_nanoseconds(part.ended),
            instrumentation_scope=InstrumentationScope(SCOPE),
        )


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1000
