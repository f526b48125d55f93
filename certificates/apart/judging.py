"""Verifies in a process apart, as `certificates.verify.verify` does here: for whoever must go on whatever a stranger sends. It keeps nothing.

One process is started at the first file and has read all libraries; each file is judged in a fork of it. See `process`.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection, Pipe
from multiprocessing.reduction import send_handle
from pathlib import Path

from certificates.apart.wire import LONGEST, READY, Asked, Job, answered
from certificates.checks import Report, failed
from certificates.trust import Trust
from certificates.verify import format_of

MEMORY, SECONDS = 384 * 1024 * 1024, 15
"""What one file may have beyond what reading the libraries took; seconds of a processor. (All figures here are proposed.)"""
QUICK, AT_ONCE = 2, 4
"""Within so many seconds of a processor nearly every file is judged; so many have them at the same time for one process, others wait."""
SLOW_AT_ONCE, SLOW_WAIT = 2, 5.0
"""What needs more begins again beside the others: so many at the same time, after waiting at most so many seconds for a place."""
TOO_MUCH = "文件内容过大或过于复杂，已停止核验。"
_TOLD = {"PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "OPENSSL_CONF", "OPENSSL_MODULES", "PYTHONDONTWRITEBYTECODE"}
"""Variables of the environment that the process gets: no other, for there may be secrets in them."""
_ROOT = Path(__file__).parents[2]


class JudgingAwayError(Exception):
    """No process can be started that would judge, or all places are taken by files that need long. Of the file nothing is known."""


@dataclass(frozen=True, slots=True)
class Limits:
    memory: int = MEMORY
    seconds: int = SECONDS


class Apart:
    """The process that judges, started when it is first needed and again where it ended; threads may share it."""

    def __init__(self, at_once: int = AT_ONCE, slow_at_once: int = SLOW_AT_ONCE) -> None:
        self._room, self._slow = threading.BoundedSemaphore(at_once), threading.BoundedSemaphore(slow_at_once)
        self._one = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: Connection | None = None
        self._owner = 0

    def verify(self, file: bytes, trust: Trust, at: datetime, limits: Limits = Limits()) -> Report:  # noqa: B008 - it is frozen
        """Judge as `certificates.verify.verify` does. A file that takes more than ``limits`` fails ``format``.

        Who sends files that need long holds up nobody but others who do: they are judged anew in places of their own.
        Raises JudgingAwayError, and what the trust's register raises."""
        with self._room:
            found = self._judged(file, trust, at, Limits(limits.memory, min(QUICK, limits.seconds)))
        if found is None and limits.seconds > QUICK:
            if not self._slow.acquire(timeout=SLOW_WAIT):
                raise JudgingAwayError("Too many files that need long are being judged; try again later.")
            try:
                found = self._judged(file, trust, at, limits)
            finally:
                self._slow.release()
        return replace(found, at=at) if found is not None else stopped(file, at)

    def _judged(self, file: bytes, trust: Trust, at: datetime, limits: Limits) -> Report | None:
        books, plain = trust.register is not None, replace(trust, register=None)
        with self._handed() as pipe:
            return _answer(pipe, Job(file, plain, at.astimezone(UTC), books, limits.memory, limits.seconds), trust)

    def close(self) -> None:
        """End the process and every fork of it."""
        with self._one:
            self._end()

    @property
    def pid(self) -> int | None:
        """The process that is running now, where one was started."""
        return self._process.pid if self._process is not None else None

    def _handed(self) -> Connection:
        """A pipe whose other end the process has: it closes when the fork that judges ends."""
        ours, theirs = Pipe()
        with theirs, self._one:
            for _ in range(2):
                try:
                    send_handle(self._running(), theirs.fileno(), None)
                except OSError:
                    self._end()
                else:
                    return ours
        ours.close()
        raise _away()

    def _running(self) -> Connection:
        if self._control is None or self._owner != os.getpid():
            ours, theirs = Pipe()
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "certificates.apart.process", str(theirs.fileno())],
                    pass_fds=(theirs.fileno(),),
                    cwd=_ROOT,
                    env={name: value for name, value in os.environ.items() if name in _TOLD},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                )
            self._control, self._owner = ours, os.getpid()
        return self._control

    def _end(self) -> None:
        control, process = self._control, self._process
        self._control = self._process = None
        if control is not None:
            control.close()
        if process is not None and self._owner == os.getpid():
            process.wait()


def _answer(pipe: Connection, job: Job, trust: Trust) -> Report | None:
    """The report; None where the judging process ended without one. What it asks of the register it is told. Raises JudgingAwayError."""
    if not _ready(pipe):
        raise _away()
    try:
        pipe.send(job)
        while isinstance(found := answered(pipe.recv_bytes(LONGEST)), Asked):
            pipe.send(trust.register.entries(found.identifier) if trust.register is not None else None)
    except (EOFError, OSError):
        return None
    return found


def _ready(pipe: Connection) -> bool:
    try:
        return pipe.recv_bytes(len(READY)) == READY
    except (EOFError, OSError):
        return False


def _away() -> JudgingAwayError:
    return JudgingAwayError("No process that judges can be started; see to the machine's memory and processes.")


def stopped(file: bytes, at: datetime) -> Report:
    """What is said of a file that nobody finished judging."""
    return Report(at, format_of(file), (failed("format", TOO_MUCH),))


def was_stopped(report: Report) -> bool:
    """Whether nobody finished judging: what the file is, and whether it claims anything, is not known."""
    return any(each.sentence == TOO_MUCH for each in report.checks)


APART = Apart()
"""The one of this process."""


@atexit.register
def _close() -> None:
    with suppress(OSError):
        APART.close()
