"""Load, join and check of 58 and of 5,800 matters: whether a matter costs the same in a county and in a province. It proves no rule of the catalog.

The large site is the real one over and over, every matter and grant renamed, written as files to a scratch folder. Each size is
loaded in a process of its own, so that memory and caches of one do not help the other. It prints one JSON object last.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from statistics import quantiles
from time import perf_counter, process_time
from typing import Any

import behind  # noqa: F401
from machine import ROOT, machine, print_result, spread, versions
from storage import scratch

from catalog.demand import form_of, items_for, materials_of
from catalog.join import join
from catalog.loading import located
from catalog.mismatch import Mismatch
from catalog.parsing import site_from
from catalog.publishing import freeze, thaw
from catalog.reading import read_site
from catalog.types import Matter, Site

SITE = ROOT / "catalog" / "sites" / "xixia"
ON = date(2026, 11, 20)
AIM = 1.3
COPIES, QUICK_COPIES = 100, 10
ROUNDS, QUICK_ROUNDS = 5, 2
MORE = 5
FORMS = 2000
METHOD = (
    "the site's own matters and grants written n times under new codes and titles, items and departments once; read + parse + join + lines of mismatches, "
    "then freeze and thaw, CPU seconds of the best round, a fresh process for each size; ratio = CPU per matter of the large site over that of the real one, the worse of two: ratio_with_fixed as it is, "
    "ratio_beyond_fixed after taking off what the site costs without any matter; memory = resident size after loading over that before, per matter; "
    "forms = form_of and materials_of of the largest matter over all its situations"
)


def main() -> None:
    args = _arguments()
    if args.load:
        print(json.dumps(_loaded(Path(args.load), args.rounds)))
        return
    copies, rounds = (QUICK_COPIES, QUICK_ROUNDS) if args.quick else (COPIES, ROUNDS)
    with scratch(args.folder) as folder:
        base = {"method": METHOD, "machine": machine(folder), "versions": versions()}
        # What a matter costs at 58 is a small difference of two small figures: many rounds of each.
        sizes = [_measured(_site(folder, count), rounds * (1 if count > 1 else MORE)) for count in (0, 1, copies)]
    nothing, small, large = sizes
    plain = _per(large, "seconds") / _per(small, "seconds")
    beyond = _beyond(large, nothing) / _beyond(small, nothing)
    ratio = max(plain, beyond)
    headline = {"ratio": round(ratio, 3), "aim": AIM, "met": ratio <= AIM, "quick": args.quick}
    print_result(
        "catalog",
        {
            **headline,
            "ratio_with_fixed": round(plain, 3),
            "ratio_beyond_fixed": round(beyond, 3),
            "matters": [small["matters"], large["matters"]],
            **base,
            "parts": {part: _part(part, small, large) for part in (*STAGES, "seconds")},
            "memory_kib_per_matter": [round(_kib(one, nothing), 1) for one in (small, large)],
            "document_mib": [round(one["bytes"] / 2**20, 2) for one in (small, large)],
            "mismatch": {"one_per_matter_us": [round(_per(one, "faults") * 1e6, 1) for one in (small, large)]},
            "forms": _forms(site_from(read_site(SITE)[0])),
        },
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the matters and two rounds, within 30 seconds")
    parser.add_argument("--folder", default="/var/tmp", help="where the generated site is written (default: /var/tmp)")
    parser.add_argument("--load", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=1, help=argparse.SUPPRESS)
    return parser.parse_args()


# --- the generated site -----------------------------------------------------------------------------------------------


def _site(folder: Path, copies: int) -> Path:
    """The real site with its matters `copies` times; with none, a site of units and items alone."""
    made = folder / f"site-{copies}"
    shutil.copytree(SITE, made)
    if copies == 0:
        _emptied(made)
    for number in range(1, copies):
        for file in sorted((SITE / "matters").glob("*.toml")):
            _write(made / "matters" / f"{file.stem}-{number}.toml", _renamed(file.read_text("utf-8"), number))
        for file in sorted((SITE / "grants").glob("*.toml")):
            _write(made / "grants" / f"{file.stem}-{number}.toml", _regranted(file.read_text("utf-8"), number))
    _handed_over(made, copies)
    return made


def _emptied(made: Path) -> None:
    for file in (*(made / "matters").glob("*.toml"), *(made / "grants").glob("*.toml")):
        file.unlink()


def _renamed(text: str, number: int) -> str:
    text = re.sub(r'(?m)^code = "([^"]+)"', rf'code = "\1-{number}"', text, count=1)
    text = re.sub(r'(?m)^title = "([^"]+)"', rf'title = "\1（{number}）"', text, count=1)
    return re.sub(r"(?m)^aliases = .*$", "aliases = []", text, count=1)


def _regranted(text: str, number: int) -> str:
    text = re.sub(r'(?m)^code = "([^"]+)"', rf'code = "\1-{number}"', text)
    renamed = lambda found: re.sub(r'"([^"]+)"', rf'"\1-{number}"', found[0])  # noqa: E731
    return re.sub(r"(?ms)^purposes = \[.*?\]", renamed, text)


def _handed_over(made: Path, copies: int) -> None:
    """A lead takes the verification sheet of every copy of a matter of look-ups; without matters it takes none."""
    for code, matter in site_from(read_site(SITE)[0]).matters.items():
        if matter.sheet:
            file = made / "departments" / matter.lead / "department.toml"
            text = file.read_text("utf-8")
            if not copies:
                text = re.sub(rf"(?ms)^\[handles\.{code}[.\]].*?(?=^\[|\Z)", "", text)
            more = "".join(f'\n[handles.{code}-{number}]\nsheet = "{number}"\n' for number in range(1, copies))
            _write(file, text + more)


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


# --- one size, in its own process -------------------------------------------------------------------------------------

STAGES = ("read", "parse", "join", "freeze", "thaw")


def _measured(folder: Path, rounds: int) -> dict[str, Any]:
    command = [sys.executable, str(Path(__file__).resolve()), "--load", str(folder), "--rounds", str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{folder.name} could not be loaded: {done.stderr.strip()}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _loaded(folder: Path, rounds: int) -> dict[str, Any]:
    """Load the site some times; CPU seconds of each stage in the best round, resident size, size of the document."""
    before = _resident()
    document, mistakes = read_site(folder)
    site = site_from(document)
    gc.collect()
    resident = _resident() - before
    wrong = [*mistakes, *join(site, ON)]
    if wrong and site.matters:
        raise SystemExit(f"the generated site does not join: {wrong[0]} and {len(wrong) - 1} more")
    took: dict[str, list[float]] = {stage: [] for stage in STAGES}
    size = sum(_round(folder, took) for _ in range(rounds)) // rounds
    stages = {stage: min(found) for stage, found in took.items()}
    return {
        **stages,
        "seconds": sum(stages[stage] for stage in ("read", "parse", "join")),
        "faults": _faults(folder, site),
        "matters": len(site.matters),
        "resident": resident,
        "bytes": size,
    }


def _round(folder: Path, took: dict[str, list[float]]) -> int:
    """One round of all stages; gives the size of the frozen document."""
    document, _mistakes = _timed(took["read"], lambda: read_site(folder))
    site = _timed(took["parse"], lambda: site_from(document))
    _timed(took["join"], lambda: located(folder, join(site, ON)))
    frozen, _digest = _timed(took["freeze"], lambda: freeze(document))
    _timed(took["thaw"], lambda: thaw(frozen))
    return len(frozen)


def _timed(into: list[float], act: Callable[[], Any]) -> Any:
    gc.collect()
    start = process_time()
    done = act()
    into.append(process_time() - start)
    return done


def _faults(folder: Path, site: Site) -> float:
    """CPU seconds to find the lines of one mistake in each matter: an author's bad day must not be a bad hour."""
    faults = [Mismatch(f"matters/{code}.toml", 0, "UNKNOWN_ITEM", "", ("items", 0, "item")) for code in site.matters]
    start = process_time()
    located(folder, faults)
    return process_time() - start


def _resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def _per(size: dict[str, Any], what: str) -> float:
    return float(size[what]) / max(int(size["matters"]), 1)


def _beyond(size: dict[str, Any], nothing: dict[str, Any]) -> float:
    return (float(size["seconds"]) - float(nothing["seconds"])) / int(size["matters"])


def _kib(size: dict[str, Any], nothing: dict[str, Any]) -> float:
    return (float(size["resident"]) - float(nothing["resident"])) / 1024 / int(size["matters"])


def _part(part: str, small: dict[str, Any], large: dict[str, Any]) -> dict[str, float]:
    """Milliseconds per matter at both sizes, and how they stand to each other."""
    few, many = _per(small, part) * 1e3, _per(large, part) * 1e3
    return {"ms_small": round(few, 3), "ms_large": round(many, 3), "ratio": round(many / few, 3)}


# --- forms ------------------------------------------------------------------------------------------------------------


def _forms(site: Site) -> dict[str, Any]:
    largest = max(site.matters.values(), key=lambda one: (len(one.fields), len(one.items)))
    situations = list(_situations(largest))
    took = []
    for answers in itertools.islice(itertools.cycle(situations), FORMS):
        start = perf_counter()
        chosen = items_for(largest, answers)
        form_of(largest, chosen, answers)
        materials_of(largest, chosen, answers)
        took.append((perf_counter() - start) * 1e3)
    size = {"matter": largest.code, "fields": len(largest.fields), "items": len(largest.items)}
    return {**size, "situations": len(situations), "p95_ms": round(quantiles(took, n=20)[18], 3), **spread(took)}


def _situations(matter: Matter) -> Iterator[dict[str, str]]:
    """Combinations of answers; of very many, some hundreds picked by a fixed seed."""
    asked = [(one.key, [answer.code for answer in one.answers]) for one in matter.questions if not one.settled]
    every = itertools.islice(itertools.product(*(answers for _, answers in asked)), 1 << 14)
    found = [dict(zip((key for key, _ in asked), answers, strict=True)) for answers in every]
    return iter(random.Random(1).sample(found, min(len(found), 400)))


if __name__ == "__main__":
    main()
