"""A worker that dies before any single change to a file of an item case: it is handed over once and whole, and each report is applied once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.house.source import ROOT


def test_whatever_it_was_at_when_it_died_each_file_goes_once_and_each_report_counts_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.survival.item_cases_by_file", str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    died, faults = (json.loads(line) for line in ran.stdout.splitlines()[-2:])
    assert faults == [] and died["died"] >= 20 and len(died["effects"]) == 2
