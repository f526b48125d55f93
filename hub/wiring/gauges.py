"""What stands in the databases, the adapters and on the disk, read at each scrape. What happens meanwhile is counted in `hub.metrics`.

A part that does not answer is left out and named in `yijian_scrape_failed`, so that a scrape never fails as a whole.
"""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from adapters.connect import Connected
from hub import metrics
from hub.clock import Clock, local
from hub.errors import HubError
from hub.settings import VERSION
from hub.sharinglog import SharingLog
from hub.store import work
from hub.store.database import Database
from hub.wiring.readiness import Readiness

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

GAUGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "yijian_build_info": ("1, with what runs here.", ("version", "python", "database", "node")),
    "yijian_ready": ("1 while nothing is missing (/readyz).", ()),
    "yijian_missing": ("1 for each thing that is missing (/readyz).", ("about",)),
    "yijian_work": ("Open work of the queue: ready, leased or dead.", ("kind", "state")),
    "yijian_work_oldest_seconds": ("How long the work waits that has been due longest.", ("kind",)),
    "yijian_log_size": ("Entries of the sharing log.", ()),
    "yijian_log_unpaired": ("Questions without an outcome.", ()),
    "yijian_log_oldest_unpaired_seconds": ("How old the oldest of them is.", ()),
    "yijian_log_pending": ("Questions that wait for a person of a department.", ()),
    "yijian_log_checkpoint_age_seconds": ("0 while the last signed head covers every entry, else its age.", ()),
    "yijian_log_projection_lag": ("Entries that auditors cannot search yet.", ()),
    "yijian_log_held": ("1 while the sharing log takes nothing.", ()),
    "yijian_breaker_state": ("0 closed, 1 half open, 2 open: the department is not called.", ("department",)),
    "yijian_calls": (
        "Calls of this process: under_way, waiting for their turn or a place, and most that may be under way.",
        ("department", "state"),
    ),
    "yijian_calls_turned_away": ("Calls not made, since their turn would have come too late.", ("department",)),
    "yijian_replica_age_days": ("Of how many days ago a department's stalest bulk file is.", ("department",)),
    "yijian_files_aside": (
        "Files of a department that wait for a person, and kinds of its files with rows whose key could not be read.",
        ("department",),
    ),
    "yijian_database_connections": ("Connections to the hub's database: in_use and most.", ("state",)),
    "yijian_disk_bytes": ("The disk where the hub keeps its files: free and total.", ("state",)),
    "yijian_scrape_failed": ("1 for each part that did not answer this scrape.", ("part",)),
}
BREAKERS = {"closed": 0, "half_open": 1, "open": 2}

Sample = tuple[str, tuple[str, ...], float]


@dataclass(frozen=True, eq=False)
class Gauges(Collector):
    """The gauges of one hub."""

    database: Database
    log: SharingLog
    adapters: Mapping[str, Connected]
    readiness: Readiness
    folder: Path
    node: str
    clock: Clock

    def exposition(self) -> bytes:
        """Everything that this process measures, in Prometheus' text format. Synchronous: call it in a thread."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(metrics.REGISTRY) + generate_latest(registry)

    def describe(self) -> list[Metric]:
        return [GaugeMetricFamily(name, text, labels=labels) for name, (text, labels) in GAUGES.items()]

    def collect(self) -> Iterator[Metric]:
        families = {name: GaugeMetricFamily(name, text, labels=labels) for name, (text, labels) in GAUGES.items()}
        for name, labels, value in self._samples():
            families[name].add_metric(labels, value)
        yield from families.values()

    def _samples(self) -> Iterator[Sample]:
        parts: Mapping[str, Callable[[], list[Sample]]] = {
            "process": self._process,
            "queue": self._queue,
            "log": self._log,
            "departments": self._departments,
        }
        for part, read in parts.items():
            try:
                yield from read()
            except (HubError, OSError):
                yield "yijian_scrape_failed", (part,), 1

    def _process(self) -> list[Sample]:
        missing, disk = self.readiness.missing(), shutil.disk_usage(self.folder)
        used, most = self.database.connections()
        return [
            ("yijian_build_info", (VERSION, platform.python_version(), self.database.program, self.node), 1),
            ("yijian_ready", (), 0 if missing else 1),
            *(("yijian_missing", (one.about,), 1) for one in missing),
            ("yijian_disk_bytes", ("free",), disk.free),
            ("yijian_disk_bytes", ("total",), disk.total),
            ("yijian_database_connections", ("in_use",), used),
            ("yijian_database_connections", ("most",), most),
        ]

    def _queue(self) -> list[Sample]:
        with self.database.read() as session:
            standing, now = work.by_kind(session), self.database.now(session)
        found: list[Sample] = []
        for of in standing:
            for state, number in (("ready", of.ready), ("leased", of.leased), ("dead", of.dead)):
                found.append(("yijian_work", (of.kind, state), number))
            late = (now - of.oldest_due).total_seconds() if of.oldest_due else 0.0
            found.append(("yijian_work_oldest_seconds", (of.kind,), max(0.0, late)))
        return found

    def _log(self) -> list[Sample]:
        health = self.log.health()
        return [
            ("yijian_log_size", (), health.size),
            ("yijian_log_unpaired", (), health.unpaired),
            ("yijian_log_oldest_unpaired_seconds", (), health.oldest_unpaired_s or 0.0),
            ("yijian_log_pending", (), health.pending),
            ("yijian_log_checkpoint_age_seconds", (), health.checkpoint_age_s or 0.0),
            ("yijian_log_projection_lag", (), health.projection_lag),
            ("yijian_log_held", (), 1 if health.held else 0),
        ]

    def _departments(self) -> list[Sample]:
        found: list[Sample] = []
        today = local(self.clock()).date()
        for code, connected in self.adapters.items():
            if connected.breaker is not None:
                found.append(("yijian_breaker_state", (code,), BREAKERS[connected.breaker.state.value]))
            if (load := connected.load) is not None:
                found += [
                    ("yijian_calls", (code, "under_way"), load.under_way),
                    ("yijian_calls", (code, "waiting"), load.waiting),
                    ("yijian_calls", (code, "most"), load.most),
                    ("yijian_calls_turned_away", (code,), load.turned_away),
                ]
            if connected.aside is not None:
                found.append(("yijian_files_aside", (code,), len(connected.aside())))
            fresh = connected.fresh_on() if connected.fresh_on is not None else None
            if fresh is not None:
                found.append(("yijian_replica_age_days", (code,), (today - fresh).days))
        return found
