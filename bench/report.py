"""The benches' JSON as the tables of README.md and README.zh-CN.md, so that nobody types a figure. It measures nothing.

.venv/bin/python bench/log.py > var/bench/log.json        # and so on for each bench
.venv/bin/python bench/report.py var/bench                # the English table; --chinese for the other
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

BENCHES = ("prefill", "log", "cases", "memory", "catalog", "exchange", "filedrop", "certificates")
WORDS = {
    "english": ("Bench", "What", "Ratio", "Aim", "Met", "yes", "no", "Measured on", "quick run"),
    "chinese": ("测试", "内容", "比值", "目标", "达到", "是", "否", "测于", "快速运行"),
}
AT_LEAST = ("log", "exchange")
"""Benches whose ratios are all to be large; of others, and of cells beside such a one, a part says so itself (`at_least`)."""
IN_THE_TABLE = ("growth", "throughput")
"""Parts by name that have a line of their own, as every cell has."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds <bench>.json, each the output of one bench")
    parser.add_argument("--chinese", action="store_true")
    args = parser.parse_args()
    found = {name: result for name in BENCHES if (result := read(args.folder / f"{name}.json"))}
    if not found:
        raise SystemExit(f"{args.folder} holds no output of a bench: {', '.join(f'{name}.json' for name in BENCHES)}")
    print(table(found, "chinese" if args.chinese else "english"))


def read(path: Path) -> dict[str, Any]:
    """A bench's object: the last line of its output. Empty where there is no such file."""
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text("utf-8").strip().splitlines()[-1])
    return found


def table(found: Mapping[str, Mapping[str, Any]], language: str) -> str:
    """Markdown: one line for each part and for what it shows beside, then what it was measured on."""
    bench, what, ratio, aim, met, yes, no, on, quick = WORDS[language]
    lines = [f"| {bench} | {what} | {ratio} | {aim} | {met} |", "|---|---|---|---|---|"]
    for name, result in found.items():
        large = {str(cell["cell"]) for cell in result.get("cells") or () if cell.get("at_least")}
        for cell, figure, wanted in parts(result):
            if wanted is None:
                lines.append(f"| `bench/{name}.py` | {cell} | {figure} | | |")
                continue
            is_large = cell in large or (name in AT_LEAST and not large)
            sign, good = ("≥", figure >= wanted) if is_large else ("≤", figure <= wanted)
            lines.append(f"| `bench/{name}.py` | {cell} | {figure} | {sign} {wanted} | {yes if good else no} |")
    for name, result in found.items():
        machine, versions = result["machine"], result["versions"]
        hasty = f", {quick}" if result["quick"] else ""
        lines.append(
            f"\n`{name}`: {on} {result['measured_at'][:10]}, {machine['processor']}, {machine['cores']} cores, "
            f"{machine['file_system']}, Python {versions['python']}, {versions['commit']}{hasty}"
        )
    return "\n".join(lines)


def parts(result: Mapping[str, Any]) -> Iterator[tuple[str, float, float | None]]:
    """Each part with its ratio and its aim, after it what it shows beside; None where there is no aim. A bench of one figure is one part."""
    cells = result.get("cells") or [one for one in result.get("parts", ()) if isinstance(one, Mapping)]
    shown = [one for one in cells if one.get("part", "growth") in IN_THE_TABLE]
    for cell in shown:
        title, aim = str(cell["cell"]), cell.get("aim", result["aim"])
        yield title, float(cell["ratio"]), None if aim is None else float(aim)
        for what, figure in cell.get("shown", {}).items():
            yield f"{title.partition(';')[0]}; {what}", float(figure), None
    if not shown:
        yield str(result.get("of", "")), float(result["ratio"]), float(result["aim"])


if __name__ == "__main__":
    main()
