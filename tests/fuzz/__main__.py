"""`make fuzz`: every operation of the JSON door, called with generated requests, at a real hub with real departments. It mends nothing.

A whole case is played first, so that ids, states and notices exist; then each operation is called by whom it is for, by somebody of
another role and by nobody, with data that fits the description and data that does not. Each answer is held against the description:
no 5xx, no status, content type, header or body that is not declared, nothing taken that the description forbids. At the end the
hub must still be in order: its log verifies and nothing it wrote into its program log is a bug. Exit 0 clean, 1 something found.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from hub.demo.stage import Stage, set_up
from tests.fuzz.calling import Callers
from tests.fuzz.ground import played
from tests.fuzz.operations import Found, operations, tried

QUICK, USUAL = 12, 60
"""Generated requests for each operation and each kind of data."""


def main() -> int:
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix="yijian-fuzz-") as folder:
        stage = set_up(Path(folder), 0)
        try:
            return _run(stage, asked)
        finally:
            stage.end()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} requests of each kind for each operation")
    parser.add_argument("--examples", type=int, default=0, help=f"how many instead; usually {USUAL}")
    parser.add_argument("--seed", type=int, default=1, help="another number, other requests")
    parser.add_argument("--only", default="", help="operations whose name contains this")
    asked = parser.parse_args()
    asked.examples = asked.examples or (QUICK if asked.quick else USUAL)
    return asked


def _run(stage: Stage, asked: argparse.Namespace) -> int:
    began = time.monotonic()
    ground = played(stage)
    callers = Callers(stage, ground)
    print(f"{ground}; {asked.examples} requests of each kind for each operation, seed {asked.seed}", flush=True)
    found: list[Found] = []
    for operation in operations(stage.hub_url, ground, asked.only):
        one = tried(operation, callers, asked.examples, asked.seed)
        found.append(one)
        print(one.line, flush=True)
    troubles = [trouble for one in found for trouble in one.troubles] + _after(stage, callers)
    print("\n".join(("", *troubles)) if troubles else "")
    total = sum(one.answers.total() for one in found)
    print(json.dumps({"operations": len(found), "requests": total, "found": len(troubles), "seconds": round(time.monotonic() - began)}))  # fmt: skip
    return 1 if troubles else 0


def _after(stage: Stage, callers: Callers) -> list[str]:
    """What is out of order when all is over."""
    failed = [check for check in callers.person("auditor").verify_log() if check["state"] == "failed"]
    broken = [f"The log does not verify: {check['name']}: {check['sentence']}" for check in failed]
    said = (stage.folder / "hub.out").read_text(errors="replace")
    bugs = [line for line in said.splitlines() if "Traceback" in line or "api bug" in line or "work_broken" in line]
    return [*broken, *(f"The program log: {line[:400]}" for line in bugs[:20])]


if __name__ == "__main__":
    sys.exit(main())
