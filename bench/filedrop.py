"""How fast a large file is taken into a replica, in how much memory, and what other questions feel of it. It proves no rule.

The file is one of a million rows in GB18030, of the columns and checks of 房屋租赁备案, and stands against the standard library's csv
reading the same file and doing nothing with it. It prints one JSON object last.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import hashlib
import os
import resource
import tempfile
import threading
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from time import perf_counter, sleep
from typing import Any

import behind  # noqa: F401
from machine import machine, print_result, spread, versions

from adapters.connect import Connected, Connection, Ports, connect
from adapters.contract import Batch, Found, Query
from adapters.kinds import dropload
from catalog.types import Department, Kind, Resource, ResourceField, ShareType

AIM, MEMORY_AIM, WAIT_AIM = 0.15, 300, 2.0
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ROWS, QUICK_ROWS = 1_000_000, 60_000
COLUMNS = [
    "BABH",
    "HTBH",
    "CZR",
    "CZFMC",
    "CZFZJH",
    "BDCQZH",
    "FWZL",
    "ZLMJ",
    "ZLQS",
    "ZLJZ",
    "ZJ",
    "ZJZQ",
    "BARQ",
    "BAZT",
]
WIRE = """
encoding = "gb18030"
control = { file = "WJM", rows = "HS", sha256 = "ZY", produced_on = "RQ" }
[files.leases]
pattern = "fwzlba_{yyyymmdd}.csv"
columns = ["BABH", "HTBH", "CZR", "CZFMC", "CZFZJH", "BDCQZH", "FWZL", "ZLMJ", "ZLQS", "ZLJZ", "ZJ", "ZJZQ", "BARQ", "BAZT"]
key = "BABH"
[files.leases.rows]
BABH = { required = true }
CZFZJH = { as = "id_number_or_uscc", required = true }
BDCQZH = { required = true }
ZLQS = { as = "yyyymmdd", required = true }
ZLJZ = { as = "yyyymmdd", empty = ["长期"] }
ZJ = { as = "fen", required = true }
ZJZQ = { codes = { "1" = "月", "2" = "季", "3" = "年" }, required = true }
BAZT = { codes = { "1" = "有效", "2" = "注销" }, required = true }
"""
METHOD = (
    "ratio: rows per second from the whole file in the drop folder to rows that answer (digest, decoding, every check of every row, index, record, swap) over rows per second of "
    "csv.reader on the same file just before, best of two. memory: peak of the process that takes files in plus peak of the one that it starts for a large file. "
    "wait: p95 of questions to the replica by number and by deed while the file is taken in over p95 of the same questions at rest, one after the other, one every 5 ms, in the process that takes the file in"
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


# --- the file -------------------------------------------------------------------------------------------------------------


def number_of(at: int) -> str:
    """A made-up number with a right check digit and a sequence code of 990 to 999."""
    day = f"{1950 + at % 50:04d}{1 + at // 50 % 12:02d}{1 + at // 600 % 28:02d}"
    body = f"4113{at // 168000 % 100:02d}{day}99{at // 16800 % 10}"
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def row(at: int) -> list[str]:
    return [
        f"BA{at:010d}",
        f"HT2026{at:08d}",
        f"测试{'甲乙丙丁戊己庚辛'[at % 8]}",
        f"示例{at % 5000}房屋租赁有限公司",
        number_of(at),
        f"豫（2026）西峡县不动产权第{at:07d}号",
        f"西峡县测试路{at % 1000}号{at % 7}单元",
        f"{40 + at % 100}.5",
        f"2026{1 + at % 12:02d}01",
        f"2027{1 + at % 12:02d}01",
        str(100_000 + at % 900_000),
        str(1 + at % 3),
        f"2026{1 + at % 12:02d}05",
        str(1 + at % 2),
    ]


def written(folder: Path, day: str, rows: int, first: int = 0) -> Path:
    place = folder / f"fwzlba_{day}.csv"
    with place.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(row(at) for at in range(first, first + rows))
    return place


def release(place: Path, day: str, rows: int) -> None:
    """Writes the control file: from here on it is complete."""
    with place.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    place.with_suffix(".ok").write_text(f"WJM={place.name}\nHS={rows}\nZY={sha256}\nRQ={day}\n")


def alone(place: Path) -> float:
    """Rows per second of csv.reader, which does nothing with them."""
    best = 0.0
    for _ in range(2):
        began = perf_counter()
        with place.open(encoding="gb18030", newline="") as file:
            count = sum(1 for _ in csv.reader(file, strict=True))
        best = max(best, count / (perf_counter() - began))
    return best


# --- the department -------------------------------------------------------------------------------------------------------


def department(folder: Path) -> tuple[Department, dict[str, Resource]]:
    wire: Mapping[str, Any] = tomllib.loads(WIRE)
    fields = (ResourceField("address", ShareType.CONDITIONAL, {"path": "FWZL"}, False),)

    def resource_of(code: str, column: str) -> Resource:
        wire = {"file": "leases", "match": {column: "key"}}
        return Resource(
            code=f"leases.{code}",
            department="leases",
            title="租赁",
            share=ShareType.CONDITIONAL,
            subject=("key",),
            fields=fields,
            lists=(),
            wire=wire,
        )

    found = [resource_of("number", "CZFZJH"), resource_of("deed", "BDCQZH")]
    made = Department(
        code="leases",
        name="示例租赁中心",
        uscc="11411323MB00009009",
        kind=Kind.FILEDROP,
        region="411323",
        wire=wire,
        folder=str(folder),
    )
    return made, {one.code: one for one in found}


@dataclass
class Drop:
    """A drop folder with what takes it in."""

    folder: Path
    url: str = ""

    def __post_init__(self) -> None:
        self.drop, self.batches = self.folder / "drop", list[Batch]()
        self.drop.mkdir(parents=True)
        made, self.resources = department(self.folder)
        ports = Ports(
            clock=lambda: NOW,
            on_batch=self.batches.append,
            replica_folder=self.folder / "replicas",
            replica_url=self.url,
        )
        self.line: Connected = connect(made, self.resources.values(), Connection(folder=self.drop), ports)

    def take(self) -> float:
        """Seconds of one round."""
        began = perf_counter()
        assert self.line.collects is not None
        found = self.line.collects.collect()
        assert found.batches and not found.held, found.held
        return perf_counter() - began

    async def ask(self, at: int) -> float:
        """Seconds of one question about a row that is there."""
        code, key = ("number", number_of(at)) if at % 2 else ("deed", row(at)[5])
        query = Query(
            request_id="0193d0f0-0000-7000-8000-000000000001",
            resource=self.resources[f"leases.{code}"],
            subject={"key": key},
            fields=("address",),
            case_no="411323-2026-000001",
            item="food-permit",
            purpose="bench",
            handler="clerk-01",
            requester="11411323MB00009009",
            timeout_seconds=10.0,
        )
        assert self.line.answers is not None
        began = perf_counter()
        outcome = await self.line.answers.answer(query)
        took = perf_counter() - began
        assert isinstance(outcome, Found), outcome
        return took


async def asked(drop: Drop, rows: int, until: threading.Event, most: int) -> list[float]:
    """One question every 5 ms until the event, or as many as `most`."""
    took: list[float] = []
    while len(took) < most and not until.is_set():
        took.append(await drop.ask(len(took) * 7919 % rows))
        await asyncio.sleep(0.005)
    return took


def p95(took: list[float]) -> float:
    """In ms; of so few that there is none, the longest."""
    return (quantiles(took, n=20)[18] if len(took) > 1 else max(took, default=0.0)) * 1000


# --- memory ---------------------------------------------------------------------------------------------------------------


class Peak:
    """The most that the processes started meanwhile had, by looking every 50 ms."""

    def __init__(self) -> None:
        self.mib, self._end = 0.0, threading.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join()

    def _watch(self) -> None:
        while not self._end.is_set():
            self.mib = max(self.mib, _children_mib())
            sleep(0.05)


def _children_mib() -> float:
    found = 0
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            try:
                lines = Path(f"/proc/{child}/status").read_text().splitlines()
            except OSError:
                continue
            found += sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return found / 1024


def own_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- the run --------------------------------------------------------------------------------------------------------------


def measured(folder: Path, rows: int, idle: int) -> dict[str, Any]:
    drop = Drop(folder)
    before = written(drop.drop, "20261118", rows)
    plain = alone(before)
    release(before, "20261118", rows)
    peak = Peak()
    with peak.watching():
        first = drop.take()
    at_rest = asyncio.run(asked(drop, rows, threading.Event(), idle))
    release(written(drop.drop, "20261119", rows, first=10), "20261119", rows)
    ended, took = threading.Event(), list[float]()

    def take() -> None:
        try:
            took.append(drop.take())
        finally:
            ended.set()

    taking = threading.Thread(target=take)
    taking.start()
    meanwhile = asyncio.run(asked(drop, rows - 10, ended, 1_000_000)) if rows > 10 else []
    taking.join()
    asyncio.run(drop.line.close())
    return {
        "rows": rows,
        "csv_rows_per_second": round(plain),
        "rows_per_second": round(rows / first),
        "seconds": round(first, 2),
        "seconds_while_asked": round(took[0], 2),
        "peak_mib": round(own_mib() + peak.mib),
        "own_mib": round(own_mib()),
        "other_process_mib": round(peak.mib),
        "p95_at_rest_ms": round(p95(at_rest), 2),
        "p95_meanwhile_ms": round(p95(meanwhile), 2),
        "asked_meanwhile": len(meanwhile),
        "wait": round(p95(meanwhile) / p95(at_rest), 2),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="60,000 rows, within 30 s")
    options.add_argument("--rows", type=int)
    options.add_argument("--runs", type=int, default=1)
    said = options.parse_args()
    rows = said.rows or (QUICK_ROWS if said.quick else ROWS)
    if rows < ROWS:
        dropload.LARGE = 1024 * 1024  # a short run takes the way of a long one
    runs = []
    for _ in range(said.runs):
        with tempfile.TemporaryDirectory(dir=os.environ.get("YIJIAN_BENCH_FOLDER")) as folder:
            stands_on = machine(Path(folder))
            runs.append(measured(Path(folder), rows, 200 if said.quick else 1000))
        print(runs[-1], flush=True)
    ratio = spread([one["rows_per_second"] / one["csv_rows_per_second"] for one in runs])
    worst = max(one["peak_mib"] for one in runs), max(one["wait"] for one in runs)
    print_result(
        "filedrop",
        {
            "ratio": ratio["median"],
            "aim": AIM,
            "met": ratio["median"] >= AIM and worst[0] < MEMORY_AIM and worst[1] <= WAIT_AIM,
            "quick": said.quick,
            "method": METHOD,
            "cells": [
                {"cell": f"{rows:,} rows, rows/s ÷ csv alone", "ratio": ratio["median"], "aim": AIM, "at_least": True},
                {"cell": "peak memory, MiB", "ratio": worst[0], "aim": MEMORY_AIM},
                {"cell": "p95 of questions meanwhile ÷ at rest", "ratio": worst[1], "aim": WAIT_AIM},
            ],
            "spread": ratio,
            "runs": runs,
            "machine": stands_on,
            "versions": versions("sqlalchemy"),
        },
    )


if __name__ == "__main__":
    main()
