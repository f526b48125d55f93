"""Whole cases per second through the hub's own rules, and how lists grow from ten thousand to a million cases. It proves no rule.

A case is 我要开民宿: five items of which one waits for two, questions, form, materials, hand-overs, decisions, certificates, pushes, archive.
Departments and platform answer at once within the node's process, so that the hub alone is measured. It prints one JSON object last.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import behind  # noqa: F401
import rows
from hubs import Departments, prepare
from machine import machine, print_result, versions
from node import clerk_of
from nodes import Node, answer, started, told
from sqlalchemy import text
from storage import databases, scratch, server_version

from adapters.simulators.population import numbers
from hub.clock import utc_now
from hub.identity.principal import HUB, Principal, Role
from hub.settings import Settings
from hub.sharinglog import LogKeys, SharingLog
from hub.store.database import Database
from hub.wiring import keys
from hub.wiring.build import Hub, build

AIM = 1.5
FORMS = 3
ROW = "x" * 300
METHOD = (
    "growth (the headline): p95 of a page of the work list and of searches, through the clerk's bundle with its record in the sharing log, at the larger number of cases over that at the smaller, "
    "on the same database; worst kind of the worst engine. "
    "a form = one opening of it and its answers (six questions), the others at rest; throughput: cases from the opening to the archive per second of wall time, several at once on each node; transactions of a case = write transactions of the hub's database "
    "+ records of the sharing log, both counted in the same run; raw = one INSERT of 300 bytes and its commit, as many writers as workers, on the same database just before; "
    "a worker is a node on PostgreSQL, and on SQLite, where one process runs, a slot of its worker (YIJIAN_WORKER_SLOTS); "
    "whole cases ÷ raw transactions: the plain quotient of the two rates; "
    "ratio = that x transactions of a case: which part of what the database could commit the whole hub commits"
)


@dataclass(frozen=True)
class Length:
    """Workers; cases per node, before them some that do not count, and how many at once; seconds of raw transactions; sizes of the lists and looks at each kind of list."""

    workers: tuple[int, ...]
    cases: int
    warm_up: int
    at_once: int
    raw: float
    sizes: tuple[int, int]
    looks: int


QUICK = Length((2,), 1, 0, 1, 0.3, (500, 5_000), 4)
WHOLE = Length((1, 3), 18, 6, 6, 2.0, (10_000, 1_000_000), 40)


def main() -> None:
    args = _arguments()
    length = QUICK if args.quick else WHOLE
    engines = ("sqlite", "postgresql") if args.engine == "both" else (args.engine,)
    with scratch(args.folder) as folder:
        base = {"method": METHOD, "machine": machine(folder), "versions": versions("sqlalchemy", "psycopg")}
        parts = [part for engine in engines for part in _measure(engine, folder, length, args.part)]
    grown = [part for part in parts if part["part"] == "growth"]
    worst = max(grown, key=lambda part: float(part["ratio"]), default={"ratio": None, "cell": "not measured"})
    ratio = worst["ratio"]
    headline = {"ratio": ratio, "aim": AIM, "met": ratio is not None and ratio <= AIM, "quick": args.quick}
    of = f"growth, {worst['cell']}"
    print_result("cases", {**headline, "of": of, **base, "sizes": length.sizes, "parts": parts})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="two workers with a case or two, and 5,000 rows instead of a million"
    )
    parser.add_argument("--engine", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--part", choices=("throughput", "growth", "both"), default="both")
    parser.add_argument("--folder", default="/var/tmp", help="a folder on the disk to measure (default: /var/tmp)")
    return parser.parse_args()


def _measure(engine: str, folder: Path, length: Length, part: str) -> Iterator[dict[str, Any]]:
    place = folder / engine
    place.mkdir()
    with databases(engine, place, ("hub", "log")) as urls:
        settings = Settings(folder=place / "node", database_url=urls[0], log_url=urls[1], worker=False)
        prepare(settings, Departments({}, {}))
        title = f"{engine} {server_version(urls[0])}".strip()
        if part != "growth":
            for workers in length.workers:
                yield _throughput(title, settings, workers, length)
        if part != "throughput":
            with closing(build(settings, adapters={})) as hub:
                yield from _growth(title, hub, settings, length)


# --- whole cases --------------------------------------------------------------------------------------------------------


def _throughput(title: str, settings: Settings, workers: int, length: Length) -> dict[str, Any]:
    """On PostgreSQL a worker is a node; SQLite has one node, and a worker is a piece of work that it does at once (YIJIAN_WORKER_SLOTS)."""
    raw = _raw_per_second(settings.hub_database, workers, length.raw)
    nodes, slots = (1, workers) if title.startswith("sqlite") else (workers, settings.worker_slots)
    with started(settings.model_copy(update={"worker_slots": slots}), nodes) as processes:
        for process in processes:
            answer(process)
        told(processes[0], {"open": FORMS, "at_once": 1, "first": 0})
        formed = answer(processes[0])
        if length.warm_up:
            _played(processes, {"cases": length.warm_up, "at_once": length.at_once}, 0)
        records = _records(settings)
        began = perf_counter()
        found = _played(processes, {"cases": length.cases, "at_once": length.at_once}, length.warm_up * nodes)
        wall = perf_counter() - began
        records = _records(settings) - records
    cases = length.cases * nodes
    return {
        **_rates(title, workers, cases / wall, raw, (sum(one["commits"] for one in found) + records) / cases),
        "nodes": nodes,
        "worker_slots_of_a_node": slots,
        "cases": cases,
        "of_which_log_records": round(records / cases, 1),
        "statements_per_case": round(sum(one["statements"] for one in found) / cases),
        "statements_per_form": round(formed["statements"] / FORMS),
        "hub_cpu_ms_per_form": round(formed["cpu"] / FORMS * 1e3),
        "pushes_per_case": round(sum(one["pushed"] for one in found) / cases, 1),
        "hub_cpu_ms_per_case": round(sum(one["cpu"] for one in found) / cases * 1e3),
    }


def _rates(title: str, workers: int, per_second: float, raw: float, transactions: float) -> dict[str, Any]:
    many = "1 worker" if workers == 1 else f"{workers} workers"
    return {
        "part": "throughput",
        "cell": f"{title}, {many}; transactions of whole cases ÷ raw ones",
        "ratio": round(per_second * transactions / raw, 3),
        "aim": None,
        "shown": {
            "whole cases per second": round(per_second, 2),
            "whole cases ÷ raw transactions": round(per_second / raw, 6),
        },
        "workers": workers,
        "transactions_per_case": round(transactions, 1),
        "raw_transactions_per_second": round(raw),
    }


def _played(processes: list[Node], order: dict[str, int], first: int) -> list[dict[str, Any]]:
    """Every node plays its cases at the same time; what each says of it."""
    for number, process in enumerate(processes):
        told(process, {**order, "first": first + number * order["cases"]})
    return [answer(process) for process in processes]


def _records(settings: Settings) -> int:
    """Records in the sharing log."""
    log = SharingLog.open(
        settings.log_database, LogKeys.load(settings.keys_folder / "log"), settings.log_origin_name, utc_now, "bench"
    )
    with closing(log):
        return log.size()


def _raw_per_second(url: str, writers: int, seconds: float) -> float:
    """Commits per second of one small row, `writers` at once, with the hub's own settings of the database."""
    with closing(Database(url)) as database:
        with database.write() as session:
            session.execute(text("CREATE TABLE IF NOT EXISTS bench_raw (writer integer, body text)"))
        done = [0] * writers
        end = perf_counter() + seconds

        def write(writer: int) -> None:
            while perf_counter() < end:
                with database.write() as session:
                    session.execute(_INSERT, {"writer": writer, "body": ROW})
                done[writer] += 1

        threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with database.write() as session:
            session.execute(text("DROP TABLE bench_raw"))
        return sum(done) / seconds


_INSERT = text("INSERT INTO bench_raw (writer, body) VALUES (:writer, :body)")


# --- lists that grow ----------------------------------------------------------------------------------------------------


def _growth(title: str, hub: Hub, settings: Settings, length: Length) -> Iterator[dict[str, Any]]:
    """Each kind of look at both sizes, every kind in turn so that a slow moment meets all."""
    clerk, index_key = _clerk(hub)
    given = {"region": settings.region, "digest": hub.catalogs.current_digest(), "handler": clerk.subject}
    found = enumerate(rows.spread_over(length.looks, length.sizes[0]))
    known = {case: numbers.uscc(f"MA9YG{n:03d}") for n, case in found}
    took: list[dict[str, list[float]]] = []
    loaded = []
    for before, after in zip((0, *length.sizes), length.sizes, strict=False):
        began = perf_counter()
        rows.grow(hub.database, before, after, given)
        rows.settle(hub.database)
        if not before:
            rows.identify(hub.database, index_key, settings.region, known)
        loaded.append(round(perf_counter() - began, 1))
        took.append(_looks(hub, clerk, known, settings.region))
    for kind in took[0]:
        small, large = (_p95(one[kind]) for one in took)
        yield {
            "part": "growth",
            "cell": f"{title}, {kind}",
            "ratio": round(large / small, 3),
            "p95_ms": [round(small * 1e3, 1), round(large * 1e3, 1)],
            "median_ms": [round(median(one[kind]) * 1e3, 1) for one in took],
            "cases": list(length.sizes),
            "load_seconds": loaded,
        }


def _looks(hub: Hub, clerk: Principal, known: dict[int, str], region: str) -> dict[str, list[float]]:
    """Seconds of each look, by kind. Raises SystemExit where a search does not find what is there."""
    took: dict[str, list[float]] = {}

    def look(kind: str, query: str, state: str, holds: Callable[[tuple[Any, ...]], bool]) -> None:
        began = perf_counter()
        found, _ = hub.clerk.work_list(clerk, query, state, 1)
        took.setdefault(kind, []).append(perf_counter() - began)
        if not holds(found):
            raise SystemExit(f"{kind}: {len(found)} rows, and not the ones that were looked for")

    for number, identifier in known.items():
        case_no = rows.number_of(region, number)
        look("work list", "", "", lambda found: len(found) == 30)
        look("work list of one state", "", "in_progress", lambda found: {row.state for row in found} == {"in_progress"})
        look("search by number", case_no, "", lambda found: [row.case_no for row in found] == [case_no])  # noqa: B023
        look("search by twelve digits", case_no[-12:], "", lambda found: [row.case_no for row in found] == [case_no])  # noqa: B023
        look("search by person", identifier, "", lambda found: case_no in {row.case_no for row in found})  # noqa: B023
    return took


def _clerk(hub: Hub) -> tuple[Principal, bytes]:
    roles = frozenset({Role.CLERK})
    clerk = Principal(HUB, clerk_of(hub), "演示窗口甲", "hub", hub.settings.region, roles)
    return clerk, keys.load(hub.settings.keys_folder).index


def _p95(figures: list[float]) -> float:
    return quantiles(figures, n=20, method="inclusive")[18]


if __name__ == "__main__":
    main()
