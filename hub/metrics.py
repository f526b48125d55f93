"""What this process counts and measures while it works, for Prometheus. It shows nothing by itself: `hub.watch` does.

No label holds a value of somebody's or anything without bounds: route templates, codes of the catalog, outcomes. docs/metrics.md lists every
one, and a test holds that page against this file. What stands in the databases is read at each scrape (`hub.wiring.gauges`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.process_collector import ProcessCollector

REGISTRY = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=REGISTRY)

QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
DISK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

_REQUESTS = Histogram(
    "yijian_request_seconds",
    "Requests at both doors, from the first byte to the last; streams are not among them.",
    ("method", "route", "status"),
    buckets=QUICK,
    registry=REGISTRY,
)
_STREAMS = Gauge("yijian_streams_open", "Live streams (server-sent events) that pages hold open.", registry=REGISTRY)
_QUESTIONS = Histogram(
    "yijian_question_seconds",
    "Questions to departments, from the policy's look to the durable outcome.",
    ("department", "resource", "outcome"),
    buckets=SLOW,
    registry=REGISTRY,
)
_RETRIES = Counter(
    "yijian_question_retries", "Second and later tries of questions, by themselves.", ("department",), registry=REGISTRY
)
_SHARED = Counter(
    "yijian_questions_shared",
    "Questions that reached no department: how is joined (the same one was in flight) or kept (the catalog says so).",
    ("department", "how"),
    registry=REGISTRY,
)
_SENDINGS = Histogram(
    "yijian_sending_seconds",
    "Hand-overs, stops, upstream results, pushes and messages; result is taken, refused or unreachable.",
    ("receiver", "channel", "result"),
    buckets=SLOW,
    registry=REGISTRY,
)
_WORK = Histogram(
    "yijian_work_seconds",
    "Pieces of work of the queue; result is done, put_off, dead, let_go (a tick) or lease_lost.",
    ("kind", "result"),
    buckets=SLOW,
    registry=REGISTRY,
)
_APPENDS = Histogram(
    "yijian_log_append_seconds",
    "From handing a record to the sharing log until it is durable: the one of each group commit that waited longest.",
    buckets=DISK,
    registry=REGISTRY,
)
_RECORDS = Counter(
    "yijian_log_records", "Records that this process made durable in the sharing log.", registry=REGISTRY
)
_REFUSED = Counter(
    "yijian_log_failures", "Group commits that the sharing log's database did not take.", registry=REGISTRY
)
_WRITES = Histogram(
    "yijian_write_wait_seconds",
    "Waiting for the hub's database before a write: SQLite's one writer, or a free connection.",
    buckets=DISK,
    registry=REGISTRY,
)
_SIGNINGS = Histogram(
    "yijian_signing_seconds",
    "Certificates signed; result is signed or failed.",
    ("result",),
    buckets=QUICK,
    registry=REGISTRY,
)


def request(method: str, route: str, status: int, seconds: float) -> None:
    """One answered request; `route` is the template, never the path."""
    _REQUESTS.labels(method if method in METHODS else "OTHER", route, status).observe(seconds)


@contextmanager
def stream() -> Iterator[None]:
    """While a live stream is open."""
    _STREAMS.inc()
    try:
        yield
    finally:
        _STREAMS.dec()


def question(department: str, resource: str, outcome: str, seconds: float) -> None:
    _QUESTIONS.labels(department, resource, outcome).observe(seconds)


def question_tries(department: str, attempts: int) -> None:
    if attempts > 1:
        _RETRIES.labels(department).inc(attempts - 1)


def question_shared(department: str, how: str) -> None:
    _SHARED.labels(department, how).inc()


def sending(receiver: str, channel: str, result: str, seconds: float) -> None:
    _SENDINGS.labels(receiver, channel, result).observe(seconds)


def work(kind: str, result: str, seconds: float) -> None:
    _WORK.labels(kind, result).observe(seconds)


def log_commit(records: int, seconds: float) -> None:
    """A group commit of the sharing log is durable; `seconds` is how long its oldest record waited."""
    _APPENDS.observe(seconds)
    _RECORDS.inc(records)


def log_failure() -> None:
    _REFUSED.inc()


def write_wait(seconds: float) -> None:
    _WRITES.observe(seconds)


@contextmanager
def signing() -> Iterator[None]:
    """While one certificate is signed."""
    begun, result = time.perf_counter(), "failed"
    try:
        yield
        result = "signed"
    finally:
        _SIGNINGS.labels(result).observe(time.perf_counter() - begun)
