"""Has the C library give large blocks back to the system as soon as they are free. It measures nothing and limits nothing.

glibc learns from each freed block to keep the next one of that size, in an arena for each thread: a page that was drawn once in each
of six threads stayed as 200 MiB of the process (docs/decisions/0030).
"""

from __future__ import annotations

import ctypes
import os

LARGE, TOP, ARENAS = 1 << 20, 8 << 20, 4
"""A block of this many bytes is the system's own again once it is free; so much may stay free at an arena's end; so many arenas."""

_OPTIONS = (
    ("MALLOC_MMAP_THRESHOLD_", -3, LARGE),
    ("MALLOC_TRIM_THRESHOLD_", -1, TOP),
    ("MALLOC_ARENA_MAX", -8, ARENAS),
)
"""The operator's variable, mallopt's number (malloc.h), our value."""


def give_large_blocks_back() -> bool:
    """Set it for this process, before its threads begin; what the environment says goes before. False where there is no glibc."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return all(mallopt(option, value) for name, option, value in _OPTIONS if name not in os.environ)
