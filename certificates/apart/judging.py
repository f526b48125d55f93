"""Verifies in a process apart, as `certificates.verify.verify` does here: for whoever must go on whatever a stranger sends. It keeps nothing.

One process is started at the first file and has read all libraries; each file is judged in a fork of it. See `process`.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from multiprocessing.connection import Connection, Pipe
from multiprocessing.reduction import send_handle
from pathlib import Path

from certificates.apart.wire import LONGEST, PATIENCE, READY, Asked, Job, answered
from certificates.checks import Report, failed
from certificates.trust import Trust
from certificates.verify import format_of

MEMORY, SECONDS = 384 * 1024 * 1024, 15
"""What one file may have beyond what reading the libraries took; seconds of a processor. (All figures here are proposed.)"""
QUICK, AT_ONCE = 2, 4
"""Within so many seconds of a processor nearly every file is judged; so many have them at the same time for one process, others wait."""
STANDING = 5.0
"""So many seconds after the system should have ended a fork it is taken for ended."""
SLOW_AT_ONCE, SLOW_WAIT = 2, 5.0
"""What needs more begins again beside the others: so many at the same time, after waiting at most so many seconds for a place."""
TOO_MUCH = "文件内容过大或过于复杂，已停止核验。"
_TOLD = {"PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "OPENSSL_CONF", "OPENSSL_MODULES", "PYTHONDONTWRITEBYTECODE"}
"""Variables of the environment that the process gets: no other, for there may be secrets in them."""
_ROOT = Path(__file__).parents[2]


class JudgingAwayError(Exception):
    """Nobody can judge now: no process can be started, all places are taken, or it was closed meanwhile. Of the file nothing is known."""


@dataclass(frozen=True, slots=True)
class Limits:
    memory: int = MEMORY
    seconds: int = SECONDS


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds of a clock: for a place, for the first word of a process that was started just now, and of one that has answered before."""

    place: float = 20.0
    starting: float = 30.0
    awake: float = 5.0


class Apart:
    """The process that judges, started when it is first needed and again where it ended or does not answer; threads may share it."""

    def __init__(
        self, at_once: int = AT_ONCE, slow_at_once: int = SLOW_AT_ONCE, patience: Patience = Patience()
    ) -> None:  # noqa: B008 - it is frozen
        self._room, self._slow = threading.BoundedSemaphore(at_once), threading.BoundedSemaphore(slow_at_once)
        self._patience = patience
        self._one = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: Connection | None = None
        self._answered = False
        self._owner = self._closings = 0

    def verify(self, file: bytes, trust: Trust, at: datetime, limits: Limits = Limits()) -> Report:  # noqa: B008 - it is frozen
        """Judge as `certificates.verify.verify` does. A file that takes more than ``limits`` fails ``format``.

        Who sends files that need long holds up nobody but others who do: they are judged anew in places of their own.
        Raises JudgingAwayError, and what the trust's register raises."""
        since = self._closings
        with _place(self._room, self._patience.place):
            found = self._judged(file, trust, at, Limits(limits.memory, min(QUICK, limits.seconds)), since)
        if found is None and limits.seconds > QUICK:
            with _place(self._slow, SLOW_WAIT):
                found = self._judged(file, trust, at, limits, since)
        return replace(found, at=at) if found is not None else stopped(file, at)

    def _judged(self, file: bytes, trust: Trust, at: datetime, limits: Limits, since: int) -> Report | None:
        """None where the file was too much. A process that does not answer is ended, and another one asked once more."""
        books, plain = trust.register is not None, replace(trust, register=None)
        job = Job(file, plain, at.astimezone(UTC), books, limits.memory, limits.seconds)
        for _ in range(2):
            pipe, control = self._handed(since)
            with pipe:
                if self._ready(pipe, control):
                    found = _answer(pipe, job, trust, partial(self._stands_still, control))
                    if found is not None or self._control is control:
                        return found  # else it was ended under the file's feet, which says nothing of the file
        raise _away()

    def _ready(self, pipe: Connection, control: Connection) -> bool:
        """Whether a fork has begun. One that is silent stands still, and is replaced; one that closed the pipe could not fork."""
        if not pipe.poll(self._patience.awake if self._answered else self._patience.starting):
            self._stands_still(control)
            return False
        try:
            heard = pipe.recv_bytes(len(READY)) == READY
        except (EOFError, OSError):
            return False
        self._answered = self._answered or heard
        return heard

    def _stands_still(self, control: Connection) -> None:
        with self._one:
            if self._control is control:
                self._end()

    def close(self) -> None:
        """End the process and every fork of it. Who is waiting for a verdict gets JudgingAwayError, and starts no other."""
        with self._one:
            self._closings += 1
            self._end()

    @property
    def pid(self) -> int | None:
        """The process that is running now, where one was started."""
        return self._process.pid if self._process is not None else None

    def _handed(self, since: int) -> tuple[Connection, Connection]:
        """A pipe whose other end the process has: it closes when the fork that judges ends. And by which process."""
        ours, theirs = Pipe()
        with theirs, self._one:
            for _ in range(2 if since == self._closings else 0):
                try:
                    control = self._running()
                    send_handle(control, theirs.fileno(), None)
                except OSError:
                    self._end()
                else:
                    return ours, control
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
            self._control, self._owner, self._answered = ours, os.getpid(), False
        return self._control

    def _end(self) -> None:
        """By a signal that nothing holds up, to it and its forks: one that was stopped hears no other."""
        control, process = self._control, self._process
        self._control = self._process = None
        if control is not None:
            control.close()
        if process is not None and self._owner == os.getpid():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)  # it was not waited for: the number is still its own
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)


@contextmanager
def _place(places: threading.BoundedSemaphore, seconds: float) -> Iterator[None]:
    if not places.acquire(timeout=seconds):
        raise JudgingAwayError("Too many files are being judged; try again later.")
    try:
        yield
    finally:
        places.release()


def _answer(pipe: Connection, job: Job, trust: Trust, still: Callable[[], None]) -> Report | None:
    """The report; None where the judging process ended without one, or stood still: that is told. What it asks of the register it is told."""
    try:
        pipe.send(job)
        while pipe.poll(PATIENCE * job.seconds + STANDING):
            found = answered(pipe.recv_bytes(LONGEST))
            if not isinstance(found, Asked):
                return found
            pipe.send(trust.register.entries(found.identifier) if trust.register is not None else None)
        still()
    except (EOFError, OSError):
        pass
    return None


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
