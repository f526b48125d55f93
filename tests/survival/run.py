"""`make survive`: a long run of random crashes on one engine, while cases are played all the time. Prints a table and one JSON object.

`CRASHES`, `ENGINE` (sqlite, postgresql), `SEED` and `MINUTES` (after which it is enough) come from the environment. Exit 1 on any fault.
"""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.demo.stage import set_up
from hub.demo.surviving import AtRandom, ran
from tests.support.postgres import running


def main() -> int:
    crashes, engine = int(os.environ.get("CRASHES") or 1000), os.environ.get("ENGINE") or "sqlite"
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    print(f"{crashes} crashes on {engine}, SEED={seed}", flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whatever ends the run ends its servers
    folder = Path(tempfile.mkdtemp(prefix="yijian-survive-"))
    well = False
    try:
        with databases(engine) as (database_url, log_url):
            plan = AtRandom(crashes, seed, seconds=60 * float(os.environ.get("MINUTES") or math.inf))
            well = survive(folder, plan, engine, database_url, log_url, seed)
    finally:
        if well:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"everything is kept in {folder}", flush=True)
    return 0 if well else 1


def survive(folder: Path, plan: AtRandom, engine: str, database_url: str, log_url: str, seed: int) -> bool:
    stage = set_up(
        folder, 0, database_url=database_url, log_url=log_url, idempotent_platform=False, brisk=True, start=False
    )
    try:
        survived = ran(stage, plan, lambda line: print(line, flush=True))
    finally:
        stage.end()
    print(f"\n{survived.table()}\n")
    print(json.dumps({"engine": engine, "seed": seed, **survived.outcome()}, ensure_ascii=False))
    return survived.found.well


@contextmanager
def databases(engine: str) -> Iterator[tuple[str, str]]:
    """URLs of hub database and log; empty for SQLite, whose files lie in the folder."""
    if engine != "postgresql":
        yield "", ""
        return
    with running() as server, server.fresh() as database_url, server.fresh() as log_url:
        yield database_url, log_url


if __name__ == "__main__":
    sys.exit(main())
