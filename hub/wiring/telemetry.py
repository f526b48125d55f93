"""Whether and how traces leave this process: to an OpenTelemetry collector, where the environment names one. It begins no trace.

Names and codes go out, ids of traces and cases; no name, number or value of anybody's (docs/operations.md). FastAPI's own tracing stays
off: its spans hold addresses with what people typed into them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from adapters.contract import Misconfigured
from adapters.outside.traces import Collector, Part
from hub import trace
from hub.errors import HubError
from hub.settings import VERSION, Settings

WANTED = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class TracesMisconfigured(HubError):
    """A collector is named and its packages are not installed."""

    code = "TRACES_MISCONFIGURED"


@contextmanager
def telling(settings: Settings, environment: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Within the block every ended part goes to the collector that the environment names; to none where it names none.

    Raises TracesMisconfigured.
    """
    if not any(environment.get(name) for name in WANTED) or environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        yield
        return
    try:
        collector = Collector(resource(settings))
    except Misconfigured as e:
        raise TracesMisconfigured(str(e)) from e
    with given_to(collector):
        yield


@contextmanager
def given_to(collector: Collector) -> Iterator[None]:
    """Within the block every ended part goes to this collector; at its end, what is left."""
    take_back = trace.export(lambda ended: collector.take(part_of(ended)))
    try:
        yield
    finally:
        take_back()
        collector.close()


def resource(settings: Settings) -> Mapping[str, str]:
    """What every part says about the process that it comes from."""
    return {"service.name": "yijian", "service.version": VERSION, "service.instance.id": settings.node}


def part_of(ended: trace.Ended) -> Part:
    here = ended.here
    about = {"yijian.case": here.case, "yijian.department": here.department}
    attributes = {**{f"yijian.{name}": value for name, value in ended.attributes.items()}, **about}
    known = {name: value for name, value in attributes.items() if value != ""}
    return Part(
        ended.name, ended.kind, here.trace_id, here.span_id, ended.parent_id, ended.started, ended.ended, known, ended.failed
    )  # fmt: skip
