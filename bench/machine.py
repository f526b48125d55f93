"""What a figure was measured on, and how a bench ends: one JSON object, last on stdout. It measures nothing itself."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def machine(folder: Path) -> dict[str, object]:
    """Processor, cores this process may use, memory (MiB), kernel, and the file system under `folder`."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20,
        "kernel": f"{platform.system()} {platform.release()}",
        "file_system": file_system(folder),
        "load_before": round(os.getloadavg()[0], 2),
    }


def versions(*packages: str) -> dict[str, str]:
    """Of Yijian (its commit too), Python, SQLite, and the named packages."""
    return {
        "yijian": version("yijian"),
        "commit": _commit(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{package: version(package) for package in packages},
    }


def file_system(folder: Path) -> str:
    """Kind of the file system that holds `folder`, such as ext4; "unknown" where /proc does not tell."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "unknown"
    place, best, kind = folder.resolve(), "", "unknown"
    for line in mounts.splitlines():
        _, mount, found, *_ = line.split(" ")
        if place.is_relative_to(mount) and len(mount) >= len(best):
            best, kind = mount, found
    return kind


def spread(figures: Sequence[float], digits: int = 3) -> dict[str, float | int]:
    """Median, least, greatest and number of runs, so that nobody takes one run for a figure."""
    return {
        "median": round(median(figures), digits),
        "least": round(min(figures), digits),
        "greatest": round(max(figures), digits),
        "runs": len(figures),
    }


def print_result(bench: str, result: Mapping[str, Any]) -> None:
    """The JSON object. Nothing may be printed after it."""
    stamp = {"bench": bench, "measured_at": datetime.now(UTC).isoformat(timespec="seconds")}
    print(json.dumps({**stamp, **result}, ensure_ascii=False), flush=True)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _commit() -> str:
    """The checked-out commit, with a plus where the tree differs from it; "" without git."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        return head + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
