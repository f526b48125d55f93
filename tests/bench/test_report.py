"""The report: each part of each bench once, with its aim the right way round."""

from __future__ import annotations

from typing import Any

BASE: dict[str, Any] = {
    "quick": False,
    "measured_at": "2026-11-28T08:00:00+00:00",
    "machine": {"processor": "示例处理器", "cores": 2, "file_system": "ext4"},
    "versions": {"python": "3.11.7", "commit": "abc"},
}


def test_a_large_ratio_is_good_for_the_log_and_bad_for_the_rest() -> None:
    from report import table

    log = {**BASE, "ratio": 2.5, "aim": 2.0, "cells": [{"cell": "sqlite, 256 threads", "ratio": 2.5, "aim": 2.0}]}
    memory = {**BASE, "ratio": 1.3, "aim": 1.1, "cells": [{"cell": "sqlite", "ratio": 1.3}]}
    text = table({"log": log, "memory": memory}, "english")
    assert "| `bench/log.py` | sqlite, 256 threads | 2.5 | ≥ 2.0 | yes |" in text
    assert "| `bench/memory.py` | sqlite | 1.3 | ≤ 1.1 | no |" in text and "2026-11-28" in text


def test_a_part_without_an_aim_and_what_is_shown_beside_it_are_lines_without_a_verdict() -> None:
    from report import parts, table

    grown, other = {"part": "growth", "cell": "a", "ratio": 1.2}, {"part": "memory", "cell": "c", "ratio": 1.0}
    whole = {"part": "throughput", "cell": "b; of raw", "ratio": 0.2, "aim": None, "shown": {"cases per second": 3}}
    cases = {**BASE, "ratio": 1.2, "aim": 1.5, "parts": [grown, other, whole]}
    assert list(parts(cases)) == [("a", 1.2, 1.5), ("b; of raw", 0.2, None), ("b; cases per second", 3.0, None)]
    assert "| `bench/cases.py` | b; cases per second | 3.0 | | |" in table({"cases": cases}, "english")


def test_a_bench_of_one_figure_is_one_line() -> None:
    from report import parts

    catalog = {"aim": 1.3, "ratio": 1.1, "parts": {"read": {"ratio": 1.0}}}
    assert list(parts(catalog)) == [("", 1.1, 1.3)]


def test_the_doorways_figures_say_that_no_call_failed_and_that_memory_stayed_flat() -> None:
    from exchange import _rows
    from report import table

    cells = [
        {"part": "cell", "cell": "rest, 1 KB, 1 process", "ratio": 0.4, "aim": 0.5},
        {"part": "cell", "cell": "soap, 1 MB"},
    ]
    flat = {"part": "memory", "cell": "memory, 1 process", "grown": 1.02}
    found = {**BASE, "ratio": 0.4, "aim": 0.5, "cells": _rows([*cells, flat], 0)}
    text = table({"exchange": found}, "english")
    assert "| rest, 1 KB, 1 process | 0.4 | ≥ 0.5 | no |" in text
    assert "| calls that failed, of all sizes, wires and processes | 0.0 | ≤ 0.0 | yes |" in text
    assert "after the first | 1.02 | ≤ 1.1 | yes |" in text
