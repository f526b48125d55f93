"""A file is judged in a process apart as it is here; what takes too much is stopped, and nobody else waits for it."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from certificates.apart.judging import QUICK, Apart, Limits, was_stopped
from certificates.apart.wire import Asked, answered
from certificates.status import StatusEntry
from certificates.verify import verify
from tests.certificates.making import AT, DAY, KeyRing, World
from tests.certificates.pdf import making as pdf

WORLD = World("ES256", KeyRing("ES256"))


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    made = Apart()
    yield made
    pid = made.pid
    made.close()
    assert pid is not None and made.pid is None and not Path(f"/proc/{pid}").exists()


@dataclass
class Books:
    """A register that says nothing before it is let go, and notes that it was asked."""

    said: tuple[StatusEntry, ...] = ()
    asked: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    def entries(self, identifier_text: str) -> tuple[StatusEntry, ...]:
        self.asked.set()
        assert self.go.wait(60)
        return tuple(replace(each, identifier=identifier_text) for each in self.said)


def forks(apart: Apart) -> list[int]:
    return [int(each) for each in Path(f"/proc/{apart.pid}/task/{apart.pid}/children").read_text("ascii").split()]


def test_the_verdict_is_that_of_the_verifier_here(apart: Apart) -> None:
    for file in (WORLD.certificate(), b"a poem", b""):
        assert apart.verify(file, WORLD.trust(), AT) == verify(file, WORLD.trust(), AT)


def test_the_askers_register_is_asked(apart: Apart) -> None:
    books = Books((StatusEntry("", "07", AT - DAY),))
    books.go.set()
    assert apart.verify(WORLD.certificate(), replace(WORLD.trust(), register=books), AT).failed == ("status",)


def test_a_file_that_takes_more_memory_than_there_is_fails_and_says_why(apart: Apart) -> None:
    report = apart.verify(pdf.good(), pdf.trust(), AT, Limits(memory=1 << 16))
    assert was_stopped(report) and report.failed == ("format",) and report.format == "pdf", report.checks
    assert apart.verify(pdf.good(), pdf.trust(), AT).ok


def test_while_one_is_judged_another_is_and_one_that_is_killed_is_never_good(apart: Apart) -> None:
    books, good = Books(), WORLD.certificate()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(apart.verify, good, replace(WORLD.trust(), register=books), AT, Limits(seconds=QUICK))
        assert books.asked.wait(60)
        assert apart.verify(good, WORLD.trust(), AT).ok
        for pid in forks(apart):
            os.kill(pid, signal.SIGKILL)
        books.go.set()
        assert was_stopped(slow.result(60))


def test_of_what_the_process_sends_nothing_is_made_but_a_report(tmp_path: Path) -> None:
    class Command:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "made"),)

    assert answered(pickle.dumps(Command())) is None and not (tmp_path / "made").exists()
    assert answered(b"\x80") is None and answered(pickle.dumps("good")) is None
    assert answered(pickle.dumps(Asked("1"))) == Asked("1")
