"""Where the tests' files lie: in memory, where a machine has room for them there. It makes no file.

Whether a commit is durable is shown by killing processes, never by pulling a plug: the disk under a test proves nothing and takes most of its time.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOM = 4 << 30
"""Bytes that must be free: a PostgreSQL and the stages of a whole run."""


def in_memory() -> str | None:
    """A file system in memory with room for databases and files; None where there is none, then they lie on the disk."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    return str(memory) if roomy else None


def use_it() -> None:
    """Tell pytest, whose temporary folders are made later, and the processes that it starts."""
    if place := in_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", place)
