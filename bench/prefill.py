"""How much longer the one form takes to fill than the departments take to answer: one form, and many at once. It proves no value.

Eight resources of five departments, each 200 ms behind a real server (SOAP, JSON, XML), in two rounds: an ID number finds the employer, its
number finds licence, insurance and vehicles. The clock runs from the clerk's opening until the last value stands on the clerk's page,
as the page's own event stream brings it; hub, departments and clerk are processes of their own. It prints one JSON object last.
"""

from __future__ import annotations

import argparse
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import behind  # noqa: F401
import httpx2
from hubs import Departments, RunningHub, departments, own_site, running
from machine import machine, print_result, spread, versions
from storage import databases, scratch, server_version

from adapters.client import YijianClient
from adapters.simulators.population import person
from catalog.parsing import site_from
from catalog.reading import read_site
from catalog.types import Site

MATTER = "bench-prefill"
APPLICANT = person("resale_buyer").id_number
PARTIES = {"applicant": {"identifier": APPLICANT, "proof": "居民身份证读卡", "phone": "13800000000"}}
DELAY = 0.2
ROUNDS = (
    (
        "public-security.person",
        "public-security.household",
        "civil-affairs.marriage",
        "human-resources.social-insurance",
        "human-resources.employment",
    ),
    ("market-regulation.business-licence", "human-resources.insured-employer", "transport.fleet"),
)
ONE_AIM, MANY_AIM = 1.15, 1.5
PATIENCE = 60.0
FIELD = re.compile(r'class="field field-(\w+)[^"]*" id="(f-[^"]+)"')
METHOD = (
    "wall = from POST /api/v1/cases to the moment when the page's event stream has shown the last of the eight answers' values; "
    "critical path = the least time in which these questions can be answered: the two rounds' delays after each other, or, for many forms, the questions to "
    "the busiest department, as many at a time as its department.toml allows (max_in_flight), whichever is longer; ratio = wall / critical path, "
    "for many forms at once the wall of the last of them; medians; ratio_to_chain leaves the departments' limits out"
)


@dataclass(frozen=True)
class Length:
    """How many measurements of one form and of `many` at once, after how many that do not count."""

    singles: int
    bursts: int
    many: int
    warm_up: int


QUICK, WHOLE = Length(2, 1, 4, 1), Length(30, 5, 20, 3)


def main() -> None:
    args = _arguments()
    length = QUICK if args.quick else WHOLE
    engines = ("sqlite", "postgresql") if args.engine == "both" else (args.engine,)
    with scratch(args.folder) as folder:
        base = {"method": METHOD, "machine": machine(folder), "versions": versions("psycopg", "lxml", "httpx2")}
        site = own_site(folder)
        with departments(folder) as known:
            known.slow(DELAY, frozenset(code.partition(".")[0] for round_ in ROUNDS for code in round_))
            cells = [cell for engine in engines for cell in _measure(engine, folder, site, known, length)]
    worst = max(cells, key=lambda cell: float(cell["ratio"]) / float(cell["aim"]))
    headline = {"ratio": worst["ratio"], "aim": worst["aim"], "met": worst["met"], "quick": args.quick}
    of = f"the cell furthest from its aim: {worst['cell']}"
    print_result("prefill", {**headline, "of": of, **base, "cells": cells})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two forms, then four at once, within 30 seconds")
    parser.add_argument("--engine", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--folder", default="/var/tmp", help="a folder on the disk to measure (default: /var/tmp)")
    return parser.parse_args()


def _measure(engine: str, folder: Path, site: Path, known: Departments, length: Length) -> Iterator[dict[str, Any]]:
    place = folder / engine
    place.mkdir()
    rules = site_from(read_site(site)[0])
    counts = {1: length.singles, length.many: length.bursts}
    with (
        databases(engine, place, ("hub", "log")) as (hub_url, log_url),
        running(place / "node", site, (hub_url, log_url), known) as hub,
    ):
        server = server_version(hub_url)
        for _ in range(length.warm_up):
            _filled(hub, 1)
        for forms, count in counts.items():
            cpu = hub.cpu_seconds()
            walls = [_filled(hub, forms) for _ in range(count)]
            cpu = (hub.cpu_seconds() - cpu) / (forms * count)
            cell = _cell(f"{engine} {server}".strip(), forms, walls, critical_path(rules, forms))
            yield {**cell, "hub_cpu_ms_per_form": round(cpu * 1e3)}


def _cell(engine: str, forms: int, walls: list[list[float]], path: float) -> dict[str, Any]:
    """`walls`: of each measurement the seconds of every form."""
    last = [max(one) for one in walls]
    chain = len(ROUNDS) * DELAY
    ratio, aim = median(last) / path, ONE_AIM if forms == 1 else MANY_AIM
    return {
        "cell": f"{engine}, {forms} {'form' if forms == 1 else 'forms at once'}",
        "engine": engine,
        "ratio": round(ratio, 3),
        "aim": aim,
        "met": ratio <= aim,
        "critical_path_ms": round(path * 1e3),
        "ratio_to_chain": round(median(last) / chain, 3),
        "wall_ms": spread([one * 1e3 for one in last], 0),
        "form_ms": spread([form * 1e3 for one in walls for form in one], 0),
    }


def critical_path(site: Site, forms: int) -> float:
    """Seconds below which no hub could come: the chain, or the queue before the busiest department."""
    asked: dict[str, int] = {}
    for code in (code for round_ in ROUNDS for code in round_):
        department = site.resources[code].department
        asked[department] = asked.get(department, 0) + forms
    queues = (ceil(count / site.departments[code].max_in_flight) * DELAY for code, count in asked.items())
    return max(len(ROUNDS) * DELAY, *queues) if forms > 1 else len(ROUNDS) * DELAY


# --- the clerk's page ---------------------------------------------------------------------------------------------------


def _filled(hub: RunningHub, forms: int) -> list[float]:
    """Open as many forms at the same moment; seconds until each is filled. Raises SystemExit where an answer was not found."""
    gate = threading.Barrier(forms)
    with hub.clerk() as (client, pages), ThreadPoolExecutor(forms) as clerks:
        opened = [clerks.submit(_open, client, pages, gate) for _ in range(forms)]
        return [one.result() for one in opened]


def _open(client: YijianClient, pages: httpx2.Client, gate: threading.Barrier) -> float:
    gate.wait()
    began = perf_counter()
    case_id = client.open_case(MATTER, {}, [MATTER], PARTIES)
    page = pages.get(f"/cases/{case_id}")
    ended = _watched(pages, page.raise_for_status().text, case_id)
    _check(client.case(case_id))
    return ended - began


def _watched(pages: httpx2.Client, page: str, case_id: str) -> float:
    """When the last value stood on the page."""
    wanted, until = _keys(page), time.monotonic() + PATIENCE
    filled = _values(page)
    after = re.search(r"feed\?after=(\d+)", page)
    assert after is not None
    with pages.stream("GET", f"/cases/{case_id}/feed?after={after[1]}") as stream:
        for line in stream.iter_lines():
            filled |= _values(line)
            if filled >= wanted:
                return perf_counter()
            if time.monotonic() > until:
                break
    raise SystemExit(f"not filled: {sorted(wanted - filled)}")


def _keys(page: str) -> set[str]:
    return {key for _, key in FIELD.findall(page)}


def _values(text: str) -> set[str]:
    return {key for status, key in FIELD.findall(text) if status in ("auto", "confirmed")}


def _check(case: dict[str, Any]) -> None:
    """Every question was answered, in the round that the critical path counts with."""
    found = {query["round"]: 0 for query in case["queries"]}
    for query in case["queries"]:
        found[query["round"]] += query["tone"] == "good"
    if [found.get(number) for number in (1, 2)] != [len(round_) for round_ in ROUNDS]:
        raise SystemExit(f"answers by round: {found}; {[(q['resource'], q['sentence']) for q in case['queries']]}")


if __name__ == "__main__":
    main()
