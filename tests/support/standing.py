"""Tells whether the thread of an event loop was put to sleep by a call of its own: then nobody whom it serves gets on meanwhile.

It measures no time that a busy machine could lengthen: a thread that waits for its turn at a processor does not count, nor does one
that computes. Looked at again and again it must sleep each time, at the very same instruction, and not where a loop waits for work.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

LOOK_SECONDS = 0.02
MOST_LOOKS = 40
"""So often in a row the same sleep is seen before it is one. A lock or a file of this machine takes a few of them at most."""


@contextmanager
def watched(thread: threading.Thread | None = None) -> Iterator[list[str]]:
    """Gives the places where that thread (or the calling one) stood still; whoever asks looks at them in the end."""
    found: list[str] = []
    ends = threading.Event()
    watch = threading.Thread(target=_watch, args=(thread or threading.current_thread(), ends, found), daemon=True)
    watch.start()
    try:
        yield found
    finally:
        ends.set()
        watch.join()


def _watch(thread: threading.Thread, ends: threading.Event, found: list[str]) -> None:
    before: tuple[int, int] | None = None
    looks = 0
    while not ends.wait(LOOK_SECONDS):
        frame = sys._current_frames().get(thread.ident or 0)
        here = (id(frame), frame.f_lasti) if frame is not None and _sleeps(thread, frame) else None
        looks = looks + 1 if here is not None and here == before else 0
        before = here
        if looks == MOST_LOOKS and frame is not None:
            found.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}")


def _sleeps(thread: threading.Thread, frame: FrameType) -> bool:
    if frame.f_code.co_name == "select" and frame.f_code.co_filename.endswith("selectors.py"):
        return False  # the loop itself waits, for whatever comes
    try:
        said = Path(f"/proc/self/task/{thread.native_id}/stat").read_text()
    except OSError:
        return True  # another system, which does not say
    return said.rpartition(")")[2].split()[0] == "S"
