"""The process that judges for others: `python -m certificates.apart.process DESCRIPTOR`. It reads everything once and forks for each file.

Each fork has the limits of its job and no more than one job; the clock that ends it is the system's, which no library in C can hold up.
It ends with whoever started it, and all its forks with it.
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import resource
import signal
import sys
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from pathlib import Path

from certificates.apart.wire import PATIENCE, READY, Asked, Job
from certificates.status import StatusEntry
from certificates.suites import SUITES
from certificates.verify import verify

LOADED = (
    "certificates.pdf.checking", "certificates.ofd.checking", "certificates.compact.checking",
    "pyhanko.pdf_utils.filters", "encodings.utf_16_be", "encodings.utf_16_le", "_strptime",
)  # fmt: skip
"""What a fork would read anew for each file otherwise."""


class _Books:
    """The asker's register, asked over the pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def entries(self, identifier_text: str) -> tuple[StatusEntry, ...] | None:
        self._pipe.send(Asked(identifier_text))
        found: tuple[StatusEntry, ...] | None = self._pipe.recv()
        return found


def serve(control: Connection) -> None:
    """Fork for each pipe that comes in, until the other end is gone."""
    for name in LOADED:
        importlib.import_module(name)
    for suite in SUITES.values():
        suite.unavailable()  # their self-tests, which hold for every fork
    gc.collect()
    gc.freeze()  # pages that no fork's collector touches stay shared
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries them
    while True:
        try:
            pipe = Connection(recv_handle(control))
        except (EOFError, OSError, RuntimeError):
            break
        try:
            if os.fork() == 0:
                control.close()
                _one(pipe)
        except OSError:
            pass  # no process is to be had for this one; it learns it by its pipe, and the next may have one
        pipe.close()
    os.killpg(0, signal.SIGKILL)


def _one(pipe: Connection) -> None:
    """Judge one file and end, whatever happens."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what libraries say of a file, they say of its contents
        pipe.send_bytes(READY)
        job: Job = pipe.recv()
        _limit(job)
        trust = replace(job.trust, register=_Books(pipe)) if job.books else job.trust
        pipe.send_bytes(pickle.dumps(verify(job.file, trust, job.at)))
    finally:
        os._exit(0)


def _limit(job: Job) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, _mapped() + job.memory),
        (resource.RLIMIT_CPU, job.seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    signal.setitimer(signal.ITIMER_REAL, PATIENCE * job.seconds)  # nobody handles it: the system ends the process


def _mapped() -> int:
    """Bytes that the process has mapped already; on a system that does not say, as much as is usual."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 30


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
