"""Appends per second to the sharing log by many callers at once, over the disk's fdatasync rate just before. It proves no promise.

Each caller writes what a question to a department writes: an intent, and then its outcome, each durable before the next;
secrets, pairing and the search projection as in the hub. It prints one JSON object last.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time, sleep
from typing import Any

from machine import machine, print_result, spread, versions
from storage import database, fdatasyncs_per_second, scratch, server_version

from hub.sharinglog import Basis, CaseRef, Intent, LogKeys, Operator, Outcome, Provider, Receipt, SharingLog

AIMS = {64: 1.5, 256: 2.0}
QUESTIONS_OF_A_CASE = 8
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
WHO = Operator("11411326MB00000010", "yijian", "clerk-017", "window-03", "password")
BASIS = Basis("g-enterprise", "guesthouse-rules art. 7", "open-guesthouse")
REGISTRY = Provider("market-regulation", "enterprise-registration", "企业登记信息")
FIELDS = ("name", "credit_code", "legal_representative", "address", "established_on", "business_scope")
ANSWER = bytes(1200)
METHOD = (
    "intent then outcome per question, 8 questions per person, answer of 1,200 bytes hashed; follower on (projection and checkpoints); "
    "fdatasync = one writer, 4 KiB over a preallocated file, same file system, measured just before each run; ratio = median of the runs' own ratios"
)


@dataclass(frozen=True)
class Length:
    """How long and how often one cell is measured, in seconds."""

    rounds: int
    warm_up: float
    measured: float
    fdatasync: float


QUICK, WHOLE = Length(1, 0.3, 1.0, 0.3), Length(7, 1.0, 4.0, 1.0)


@dataclass
class Tally:
    """When each append of each caller ended and how long it took, in seconds. One list for each caller, so that none waits."""

    stop: threading.Event = field(default_factory=threading.Event)
    ends: list[list[tuple[float, float]]] = field(default_factory=list)

    def mine(self) -> list[tuple[float, float]]:
        self.ends.append([])
        return self.ends[-1]

    def within(self, start: float, end: float) -> list[float]:
        return [took for ends in self.ends for at, took in ends if start <= at < end]


@dataclass(frozen=True)
class Run:
    """One measurement of one cell."""

    ratio: float
    appends: float
    fdatasyncs: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    searchable: float


def main() -> None:
    args = _arguments()
    length = QUICK if args.quick else WHOLE
    engines = ("sqlite", "postgresql") if args.engine == "both" else (args.engine,)
    with scratch(args.folder) as folder:
        base = {"method": METHOD, "machine": machine(folder), "versions": versions("cryptography", "psycopg")}
        cells = [cell for engine in engines for cell in _measure(engine, folder, length)]
    worst = min(cells, key=lambda cell: float(cell["ratio"]) / float(cell["aim"]))
    headline = {"ratio": worst["ratio"], "aim": worst["aim"], "met": worst["met"], "quick": args.quick}
    print_result("log", {**headline, "of": f"the cell furthest from its aim: {worst['cell']}", **base, "cells": cells})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short run of each cell, within 30 seconds")
    parser.add_argument("--engine", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--folder", default="/var/tmp", help="a folder on the disk to measure (default: /var/tmp)")
    return parser.parse_args()


def _measure(engine: str, folder: Path, length: Length) -> Iterator[dict[str, Any]]:
    """Every cell of one engine, on one log that grows as a log does; rounds outside, so that a slow minute meets all cells."""
    place = folder / engine
    place.mkdir()
    runs: dict[tuple[str, int], list[Run]] = {}
    with database(engine, place) as url:
        log = SharingLog.open(url, LogKeys.create(place / "keys"), "bench.example/log", _now, "bench yijian/0")
        server = server_version(url)
        try:
            for _ in range(length.rounds):
                for callers, (kind, drive) in itertools.product(AIMS, DRIVERS.items()):
                    runs.setdefault((kind, callers), []).append(_run(log, drive, callers, place, length))
            body = _mean_body(log)
        finally:
            log.close()
    for (kind, callers), found in runs.items():
        yield _cell(engine, server, kind, callers, found) | {"leaf_bytes": body}


def _run(log: SharingLog, drive: Driver, callers: int, place: Path, length: Length) -> Run:
    fdatasyncs = fdatasyncs_per_second(place, length.fdatasync)
    tally, before = Tally(), log.size()
    began = perf_counter()
    driving = threading.Thread(target=drive, args=(log, callers, tally))
    driving.start()
    sleep(length.warm_up)
    start, cpu, size = perf_counter(), process_time(), log.size()
    sleep(length.measured)
    end, cpu, size = perf_counter(), process_time() - cpu, log.size() - size
    tally.stop.set()
    driving.join()
    log.search(limit=1)  # ends only when everything appended can be found
    searchable = (log.size() - before) / (perf_counter() - began)
    took = tally.within(start, end)
    appends = len(took) / (end - start)
    tail = quantiles(took, n=100)[98]
    return Run(
        appends / fdatasyncs, appends, fdatasyncs, median(took) * 1e3, tail * 1e3, cpu / max(size, 1) * 1e6, searchable
    )


def _cell(engine: str, server: str, kind: str, callers: int, runs: list[Run]) -> dict[str, Any]:
    ratio = spread([run.ratio for run in runs])
    return {
        "cell": f"{engine}, {callers} {kind}",
        "engine": f"{engine} {server}".strip(),
        "ratio": ratio["median"],
        "aim": AIMS[callers],
        "met": ratio["median"] >= AIMS[callers],
        "ratios": ratio,
        "appends_per_second": spread([run.appends for run in runs], 0),
        "fdatasyncs_per_second": spread([run.fdatasyncs for run in runs], 0),
        "p50_ms": round(median(run.p50_ms for run in runs), 2),
        "p99_ms": round(median(run.p99_ms for run in runs), 2),
        "hub_cpu_us_per_append": round(median(run.cpu_us for run in runs), 1),
        "searchable_per_second": round(median(run.searchable for run in runs)),
    }


# --- the callers ------------------------------------------------------------------------------------------------------


def _threads(log: SharingLog, callers: int, tally: Tally) -> None:
    """Each caller a thread, as the clerks' pages are."""

    def call() -> None:
        ends = tally.mine()
        seq = 0
        for make in _records():
            if tally.stop.is_set():
                return
            record = make(seq)
            began = perf_counter()
            seq = log.append(record).seq
            ended = perf_counter()
            ends.append((ended, ended - began))

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _coroutines(log: SharingLog, callers: int, tally: Tally) -> None:
    """Each caller a task of one event loop, as questions to departments are."""

    async def call() -> None:
        ends = tally.mine()
        seq = 0
        for make in _records():
            if tally.stop.is_set():
                return
            record = make(seq)
            began = perf_counter()
            receipt: Receipt = await log.append_async(record)
            seq = receipt.seq
            ended = perf_counter()
            ends.append((ended, ended - began))

    async def all_callers() -> None:
        await asyncio.gather(*(call() for _ in range(callers)))

    asyncio.run(all_callers())


Driver = Callable[[SharingLog, int, Tally], None]
DRIVERS: dict[str, Driver] = {"threads": _threads, "coroutines": _coroutines}
_persons = itertools.count()


def _records() -> Iterator[Callable[[int], Intent | Outcome]]:
    """Intent, outcome, intent … of one made-up person after another; an outcome takes the number of its intent."""
    while True:
        subject = _identifier(next(_persons))
        case = CaseRef("open-guesthouse", "enterprise", f"bench-{subject[6:]}")
        for _ in range(QUESTIONS_OF_A_CASE):
            request = f'{{"fields":{list(FIELDS)},"id_number":"{subject}"}}'
            yield lambda _: Intent(WHO, case, BASIS, REGISTRY, FIELDS, subject, request)  # noqa: B023
            yield lambda seq: Outcome(seq, "found", fields=FIELDS, rows=1, answer=ANSWER, latency_ms=212)


def _identifier(number: int) -> str:
    """A made-up ID number: 411326, a day, sequence codes 990–999, a valid check digit."""
    born = date(1950, 1, 1) + timedelta(days=number // 10 % 20_000)
    plain = f"411326{born:%Y%m%d}{990 + number % 10}"
    total = sum(int(digit) * weight for digit, weight in zip(plain, WEIGHTS, strict=True))
    return plain + "10X98765432"[total % 11]


def _mean_body(log: SharingLog) -> int:
    sizes = [len(entry.leaf) for entry in log.entries(0, min(1_000, log.size()))]
    return round(sum(sizes) / len(sizes))


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
