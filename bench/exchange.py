"""What the whole doorway costs beside a bare proxy: calls per second, p50 and p99, by kind, size of the answer and number of processes.

Both are FastAPI applications before the same far side, asked by the same 64 callers in the same run. The doorway does what the hub does for a
question: policy, the intent durable, the adapter with its mapping, the outcome durable; the proxy passes bytes. It prints one JSON object last.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import behind  # noqa: F401
from doorway import KINDS, SIZES
from machine import machine, print_result, versions
from storage import fdatasyncs_per_second, scratch

from hub.sharinglog import LogKeys

CALLERS = 64
AIM = 0.5
FLAT = 1.1
"""Memory counts as flat below this, as in bench/memory.py."""
HERE = Path(__file__).resolve().parent
METHOD = (
    "64 callers, each with a connection of its own that stays open, ask again as soon as they are answered; calls per second = good answers / seconds; "
    "ratio = doorway / proxy of the same kind, size and number of processes, proxy and doorway one after the other; the doorway answers with the mapped "
    "values, the proxy with the whole body; memory is the resident size of the doorway's processes after each cell, grown that after the last cell / after the first with 1 MB; "
    "far side, callers and servers share the machine's cores"
)


@dataclass
class Calls:
    """What the callers saw of one server setup."""

    seconds: float = 0.0
    took: list[float] = field(default_factory=list)
    errors: int = 0

    def told(self) -> dict[str, Any]:
        took = sorted(self.took)
        at = [
            round(took[min(len(took) - 1, int(len(took) * part))] * 1000, 1) if took else None for part in (0.5, 0.99)
        ]
        return {
            "calls_per_second": round(len(took) / self.seconds, 1),
            "p50_ms": at[0],
            "p99_ms": at[1],
            "errors": self.errors,
        }


@dataclass(frozen=True)
class Servers:
    ports: tuple[int, ...]
    pids: tuple[int, ...]

    def resident_mib(self) -> float:
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids]
        return round(sum(pages) * 4096 / 2**20, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a third of a second a cell, within 30 seconds")
    parser.add_argument("--folder", default="/var/tmp", help="a folder on the disk to measure (default: /var/tmp)")
    parser.add_argument("--only", default="", help="only cells whose name begins so, such as `rest, 1 KB`")
    args = parser.parse_args()
    seconds = 0.35 if args.quick else 8.0
    with scratch(args.folder) as folder:
        LogKeys.create(folder / "keys")
        base = {
            "method": METHOD,
            "machine": machine(folder),
            "versions": versions("fastapi", "httpx2", "zeep"),
            "fdatasyncs_per_second": round(fdatasyncs_per_second(folder, 0.3)),
        }
        with started("far", 1, folder) as far:
            address = f"http://127.0.0.1:{far.ports[0]}"
            parts = [part for count in (1, 2) for part in _measured(count, address, folder, seconds, args.only)]
    cells = [part for part in parts if part["part"] == "cell"]
    worst = min((cell for cell in cells if "aim" in cell), key=lambda cell: float(cell["ratio"]), default=cells[0])
    errors = sum(cell["doorway"]["errors"] + cell["proxy"]["errors"] for cell in cells)
    headline = {"ratio": worst["ratio"], "aim": AIM, "met": worst["ratio"] >= AIM and not errors, "quick": args.quick}
    of = f"the cell furthest from its aim: {worst['cell']}"
    print_result(
        "exchange", {**headline, "of": of, "errors": errors, **base, "cells": _rows(parts, errors), "parts": parts}
    )


def _rows(parts: list[dict[str, Any]], errors: int) -> list[dict[str, Any]]:
    """What has an aim, as lines of a table: calls at 1 KB, calls that failed at any size, memory from the first large answers to the last."""
    aimed = [
        {"cell": one["cell"], "ratio": one["ratio"], "aim": AIM, "at_least": True} for one in parts if "aim" in one
    ]
    failed = {"cell": "calls that failed, of all sizes, wires and processes", "ratio": errors, "aim": 0}
    after = "after the last answers of 1 MB ÷ after the first"
    grown = [
        {"cell": f"{one['cell']}, {after}", "ratio": one["grown"], "aim": FLAT}
        for one in parts
        if one["part"] == "memory"
    ]
    return [*aimed, failed, *grown]


def _measured(count: int, address: str, folder: Path, seconds: float, only: str) -> Iterator[dict[str, Any]]:
    """Proxy and doorway stand side by side; only one is asked at a time."""
    with started("proxy", count, folder, address) as proxy, started("doorway", count, folder, address) as doorway:
        memory: list[float] = []
        for kind in KINDS:
            for number, size in enumerate(SIZES):
                name = f"{kind}, {size}, {count} process{'es' if count > 1 else ''}"
                if not name.startswith(only):
                    continue
                for servers in (proxy, doorway):  # connections, WSDLs and code that runs for the first time
                    asyncio.run(calls(servers, f"/{kind}/{number}", 0.2, callers=2 * count))
                bare, whole = (asyncio.run(calls(one, f"/{kind}/{number}", seconds)) for one in (proxy, doorway))
                memory.append(doorway.resident_mib())
                yield _cell(name, bare, whole, aimed=kind == "rest" and number == 0)
        large = memory[len(SIZES) - 1 :] or memory or [1.0]
        grown = round(large[-1] / large[0], 3)
        yield {
            "part": "memory",
            "cell": f"memory, {count} process{'es' if count > 1 else ''}",
            "mib": memory,
            "grown": grown,
        }


def _cell(name: str, bare: Calls, whole: Calls, *, aimed: bool) -> dict[str, Any]:
    proxy, doorway = bare.told(), whole.told()
    ratio = round(doorway["calls_per_second"] / max(proxy["calls_per_second"], 0.1), 3)
    found = {"part": "cell", "cell": name, "ratio": ratio, "doorway": doorway, "proxy": proxy}
    return {**found, "aim": AIM, "met": ratio >= AIM} if aimed else found


async def calls(servers: Servers, path: str, seconds: float, callers: int = CALLERS) -> Calls:
    """All callers at once, spread evenly over the servers."""
    found = Calls()
    until = perf_counter() + seconds
    begun = perf_counter()
    ports = [servers.ports[number % len(servers.ports)] for number in range(callers)]
    await asyncio.gather(*(_caller(port, path, until, found) for port in ports))
    found.seconds = perf_counter() - begun
    return found


async def _caller(port: int, path: str, until: float, found: Calls) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 21)
    request = f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
    try:
        while (asked := perf_counter()) < until:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
            await reader.readexactly(length)
            if b" 200 " in lines[0]:
                found.took.append(perf_counter() - asked)
            else:
                found.errors += 1
    except (asyncio.IncompleteReadError, ConnectionError):
        found.errors += 1
    finally:
        writer.close()


@contextmanager
def started(part: str, count: int, folder: Path, address: str = "") -> Iterator[Servers]:
    """Processes of bench/doorway.py; they end with their standard input."""
    command = [sys.executable, str(HERE / "doorway.py"), part, "--folder", str(folder), "--address", address]
    with ExitStack() as stack:
        processes = []
        for _ in range(count):
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=HERE.parent, text=True
            )
            stack.callback(_end, process)
            processes.append(process)
        ports = [process.stdout.readline().strip() for process in processes if process.stdout is not None]
        if not all(ports):
            raise SystemExit(f"bench/doorway.py {part} did not start; its error stands above")
        yield Servers(tuple(map(int, ports)), tuple(process.pid for process in processes))


def _end(process: subprocess.Popen[str]) -> None:
    process.communicate()
    process.wait(timeout=20)


if __name__ == "__main__":
    main()
