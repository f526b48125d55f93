"""Stages one dropped file in its replica: in this process, or a large one in a process of its own. It judges no file as a whole.

A large file keeps the interpreter busy for many seconds, and every other answer of the hub would wait with it. The other process holds
the lock of the replica as long as it lives, and ends when this one does.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from adapters.kinds.dropfile import Reading, Refused, RowError
from adapters.kinds.dropsetup import DropKind
from adapters.kinds.replica import Replica

LARGE = 8 * 1024 * 1024
"""Bytes of a file that is staged by another process; a workbook unpacks to ten times as much."""
LARGE_WORKBOOK = 1024 * 1024
POLITE = 10


@dataclass(frozen=True)
class Loading:
    """What is to be staged where. `replica` is a Replica's address."""

    kind: DropKind
    place: Path
    replica: tuple[Path, str]


@dataclass(frozen=True)
class Loaded:
    """`seen` rows stood in the file, `rows` are staged under `generation`; `errors` go back to the department; `deleted` counts what a
    delta takes away."""

    generation: int
    rows: int
    seen: int
    errors: tuple[RowError, ...]
    deleted: int = 0


def load(loading: Loading, replica: Replica, lock: int) -> Loaded:
    """Raises Refused, OSError."""
    limit = LARGE_WORKBOOK if loading.kind.format == "xlsx" else LARGE
    return _elsewhere(loading, lock) if loading.place.stat().st_size > limit else stage(loading, replica)


def stage(loading: Loading, replica: Replica) -> Loaded:
    kind = loading.kind
    refused = kind.refused
    reading = Reading(kind.lines(loading.place), kind.layout, on_refused=refused.add)
    staged = replica.stage(kind.layout.name, kind.stored, reading.rows(), kind.keys, refused)
    reading.repeated(staged.repeated)
    return Loaded(staged.generation, staged.rows, reading.seen, tuple(reading.listed()))


# --- in a process of its own ----------------------------------------------------------------------------------------------


def _elsewhere(loading: Loading, lock: int) -> Loaded:
    command = [sys.executable, "-c", "from adapters.kinds.dropload import main; main()"]
    kept = (lock,) if lock >= 0 else ()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=kept) as other:
        assert other.stdin is not None and other.stdout is not None
        try:
            pickle.dump(loading, other.stdin)
            other.stdin.flush()
            said = other.stdout.read()  # its input stays open meanwhile: it ends when we do
        finally:
            other.kill()
    return _understood(said)


def _understood(said: bytes) -> Loaded:
    if not said:
        raise OSError(5, "另一进程中断")
    found = json.loads(said)
    if "refused" in found:
        raise Refused(found["refused"])
    if "failed" in found:
        raise OSError(*found["failed"])
    errors = tuple(RowError(*error) for error in found["errors"])
    return Loaded(found["generation"], found["rows"], found["seen"], errors)


def _told(loading: Loading) -> dict[str, object]:
    replica = Replica(*loading.replica)
    try:
        done = stage(loading, replica)
    except Refused as e:
        return {"refused": str(e)}
    except OSError as e:
        return {"failed": [e.errno or 5, e.strerror or "?"]}
    finally:
        replica.close()
    return {"generation": done.generation, "rows": done.rows, "seen": done.seen, "errors": done.errors}


def _end_with_the_other() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def main() -> None:
    """Reads a Loading from standard input, stages it, and writes what came of it as JSON."""
    os.nice(POLITE)
    gc.disable()  # rows are in no circle, and looking for some among thousands of lists takes a tenth of the time
    loading = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the process that started this one
    threading.Thread(target=_end_with_the_other, daemon=True).start()
    sys.stdout.write(json.dumps(_told(loading)))
    sys.stdout.flush()
    os._exit(0)
