"""What a process does with large blocks that are free again. It runs in processes of its own, since what it sets holds for a whole one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = Path(__file__).parents[3] / "hub/cli/memory.py"
PLAY = """
import os, runpy, sys
given = runpy.run_path(sys.argv[1])["give_large_blocks_back"]()
resident = lambda: int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
before, kept = resident(), []
for _ in range(2):  # the first free block teaches the C library to keep the second
    block = bytearray(20 << 20)
    block[::4096] = b"x" * 5120
    kept += [bytes(100_000) for _ in range(8)]  # what lies above a block holds it fast
    del block
print(given, resident() - before < 10)
"""


@pytest.mark.parametrize(("said", "ends"), [({}, "True True"), ({"MALLOC_MMAP_THRESHOLD_": "32000000"}, "True False")])
def test_a_large_block_is_the_systems_own_again_unless_the_operator_says_otherwise(
    said: dict[str, str], ends: str
) -> None:
    environment = {**{k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")}, **said}
    ran = subprocess.run(
        [sys.executable, "-I", "-c", PLAY, str(MODULE)], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == ends


def test_the_collector_does_not_look_at_program_and_catalog_again() -> None:
    play = 'import gc, runpy, sys; runpy.run_path(sys.argv[1])["leave_what_stays"](); print(gc.get_freeze_count() > 1000, gc.get_threshold()[0])'
    ran = subprocess.run([sys.executable, "-I", "-c", play, str(MODULE)], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["True", "10000"]
