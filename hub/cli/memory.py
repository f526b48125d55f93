"""Has the C library give large blocks back to the system as soon as they are free, and the collector leave alone what stays. It limits nothing.

glibc learns from each freed block to keep the next one of that size, in an arena for each thread: a page that was drawn once in each
of six threads stayed as 200 MiB of the process (docs/decisions/0030).
"""

from __future__ import annotations

import ctypes
import gc
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


AT_A_TIME = 10_000
"""So many new objects before the collector looks at them; by itself it does after 700, and a page of a case makes more."""


def leave_what_stays() -> None:
    """Program and catalog are no garbage: to look at all of them took 150 ms each time, in the middle of somebody's request. Once the hub is built."""
    gc.freeze()
    gc.set_threshold(AT_A_TIME, *gc.get_threshold()[1:])
