"""Resident memory of one hub process: at rest, with many open forms, and while whole cases are done. It looks for no leak by name.

The node is the hub as `yijian serve` runs it, doors and worker, with departments that answer at once within it. It prints one JSON object last.
"""

from __future__ import annotations

import argparse
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import behind  # noqa: F401
import httpx2
from hubs import CLERK, PASSWORD, Departments, own_site, prepare
from machine import machine, print_result, versions
from nodes import Node, answer, started, told
from storage import databases, scratch, server_version

from adapters.client import YijianClient
from hub.settings import Settings

AIM = 1.1
METHOD = (
    "resident size (/proc/<pid>/statm) of one hub process; ratio = after the cases over after the warm-up, the worse engine, and between the two figures nothing else happens; "
    "the cases are brief ones: the matter bench-brief of bench/site with one item and one question goes the whole way through the clerk's and the departments' doors, from the opening over "
    "question, hand-over, acceptance, decision, pushes and message to the archive, and costs a tenth of 我要开民宿 (with --guesthouse: that one); "
    "a whole run is 10,000 of them after 500 of the warm-up; growth = MiB in each fifth of the cases, so that a cache that fills can be told from a leak; per_case = the difference over the number of cases, for_10000 = what so many add (a quick run reckons it); "
    "open forms: each with its page's event stream, first while nothing changes: cpu is the share of one core that they keep busy"
)


@dataclass(frozen=True)
class Length:
    """Open forms; cases of the warm-up and after it, how many at once; seconds of looking on while forms stand open."""

    forms: int
    warm_up: int
    cases: int
    at_once: int
    look_on: float


QUICK, WHOLE = Length(4, 4, 6, 2, 0.3), Length(200, 500, 10_000, 6, 5.0)
FIFTHS = 5


def main() -> None:
    args = _arguments()
    length = QUICK if args.quick else WHOLE
    if args.cases:
        length = Length(length.forms, length.warm_up, args.cases, length.at_once, length.look_on)
    engines = ("sqlite", "postgresql") if args.engine == "both" else (args.engine,)
    with scratch(args.folder) as folder:
        base = {"method": METHOD, "machine": machine(folder), "versions": versions("sqlalchemy", "psycopg")}
        site = own_site(folder)
        cells = [_measure(engine, folder, site, length, brief=not args.guesthouse) for engine in engines]
    worst = max(cells, key=lambda cell: float(cell["ratio"]))
    headline = {"ratio": worst["ratio"], "aim": AIM, "met": worst["met"], "quick": args.quick}
    kind = "cases of 我要开民宿" if args.guesthouse else "brief cases"
    of = f"{worst['cell']}; {kind}, {length.warm_up} in the warm-up"
    print_result("memory", {**headline, "of": of, **base, "cells": cells})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four forms and six cases")
    parser.add_argument(
        "--cases",
        type=int,
        default=0,
        help="so many cases; the whole run's 10000 brief ones take about half an hour an engine",
    )
    parser.add_argument(
        "--guesthouse", action="store_true", help="cases of 我要开民宿 with five items, about a second each"
    )
    parser.add_argument("--engine", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--folder", default="/var/tmp", help="a folder on the disk to measure (default: /var/tmp)")
    return parser.parse_args()


def _measure(engine: str, folder: Path, site: Path, length: Length, *, brief: bool) -> dict[str, Any]:
    place = folder / engine
    place.mkdir()
    with databases(engine, place, ("hub", "log")) as urls:
        settings = Settings(folder=place / "node", database_url=urls[0], log_url=urls[1], site=site)
        prepare(settings, Departments({}, {}))
        with started(settings, 1, "--serve") as (node,):
            port = int(answer(node)["port"])
            told(node, {"open": 1, "at_once": 1, "first": 0})
            answer(node)  # what is made once and kept is there
            figures = {"rest": _resident(node), **_open_forms(node, port, length)}
            sizes, cpu = _cases(node, length, brief=brief)
        title = f"{engine} {server_version(urls[0])}".strip()
    return _cell(title, {**figures, "warm": sizes[0], "done": sizes[-1]}, sizes, cpu, length)


def _open_forms(node: Node, port: int, length: Length) -> dict[str, float]:
    """Many forms at once, each with its stream, and what is left when their pages are closed."""
    told(node, {"open": length.forms, "at_once": 4, "first": 1})
    ids = answer(node)["ids"]
    opened = _resident(node)
    with _streams(port, ids):
        time.sleep(length.look_on)  # every page is drawn once
        cpu, began = _cpu(node), time.monotonic()
        time.sleep(length.look_on)
        share = (_cpu(node) - cpu) / (time.monotonic() - began)
        watched = _resident(node)
    time.sleep(1.0)
    return {"opened": opened, "watched": watched, "watched_cpu": share, "closed": _resident(node)}


def _cases(node: Node, length: Length, *, brief: bool) -> tuple[list[int], float]:
    """Resident size after the warm-up and after each fifth of the cases; seconds of the processor for a case."""
    sizes, cpu = [], 0.0
    first = 1 + length.forms
    for cases in (length.warm_up, *([length.cases // FIFTHS] * FIFTHS)):
        told(node, {"cases": cases, "at_once": length.at_once, "first": first, "brief": brief})
        cpu = answer(node)["cpu"] / cases
        sizes.append(_resident(node))
        first += cases
    return sizes, cpu


def _cell(title: str, figures: dict[str, float], sizes: list[int], cpu: float, length: Length) -> dict[str, Any]:
    ratio = figures["done"] / figures["warm"]
    per_case = (figures["done"] - figures["warm"]) / length.cases
    names = ("rest", "opened", "watched", "closed", "warm", "done")
    mib = {name: round(figures[name] / 2**20, 1) for name in names}
    grown = [round((after - before) / 2**20, 2) for before, after in pairwise(sizes)]
    cases = f"{length.cases:,} cases"
    return {
        "cell": f"{title}; after {cases} ÷ before them",
        "ratio": round(ratio, 3),
        "aim": AIM,
        "met": ratio <= AIM,
        "cases": length.cases,
        "open_forms": length.forms,
        "mib": mib,
        "shown": {
            "at rest, MiB": mib["rest"],
            f"{length.forms} open forms, MiB": mib["watched"],
            f"after {cases}, MiB": mib["done"],
        },
        "growth_mib_by_fifths": grown,
        "hub_cpu_ms_per_case": round(cpu * 1e3),
        "kib_per_open_form": round((figures["watched"] - figures["rest"]) / length.forms / 1024, 1),
        "kib_per_case": round(per_case / 1024, 1),
        "mib_for_10000_cases": round(per_case * 10_000 / 2**20),
        "cpu_of_open_forms": round(figures["watched_cpu"], 3),
    }


@contextmanager
def _streams(port: int, ids: list[str]) -> Iterator[None]:
    """A clerk's browser with all these pages open."""
    with ExitStack() as stack, httpx2.Client(trust_env=False, timeout=60) as wire:
        token = YijianClient(f"http://127.0.0.1:{port}", wire).login(CLERK, PASSWORD)["token"]
        for case_id in ids:
            stream = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            stream.sendall(
                f"GET /cases/{case_id}/feed HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: yijian={token}\r\n\r\n".encode()
            )
            if not stream.recv(4096).startswith(b"HTTP/1.1 200"):
                raise SystemExit("a page's event stream did not open")
        yield


def _resident(node: Node) -> int:
    return int(Path(f"/proc/{node.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _cpu(node: Node) -> float:
    fields = Path(f"/proc/{node.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
