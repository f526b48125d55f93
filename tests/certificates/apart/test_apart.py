"""A file is judged in a process apart as it is here; what takes too much is stopped, and nobody else waits for it."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Pipe
from multiprocessing.reduction import send_handle
from pathlib import Path

import pytest

from certificates.apart.judging import AT_ONCE, QUICK, Apart, JudgingAwayError, Limits, Patience, was_stopped
from certificates.apart.process import serve
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
    assert made.pid is None and not (pid and Path(f"/proc/{pid}").exists())


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
            with suppress(ProcessLookupError):  # the other's has ended by itself
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


def test_a_judge_that_stands_still_is_replaced_and_the_good_file_is_good(
    apart: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert apart.verify(WORLD.certificate(), WORLD.trust(), AT).ok and apart.pid is not None
    stopped = apart.pid
    os.kill(stopped, signal.SIGSTOP)
    monkeypatch.setattr(apart, "_patience", Patience(awake=0.2))
    assert apart.verify(WORLD.certificate(), WORLD.trust(), AT).ok
    assert apart.pid != stopped and not Path(f"/proc/{stopped}").exists()


def test_who_waits_for_a_verdict_or_a_place_while_it_is_closed_is_told_so_and_starts_no_other(apart: Apart) -> None:
    books, good = Books(), WORLD.certificate()
    trust, every = replace(WORLD.trust(), register=books), range(AT_ONCE + 2)
    with ThreadPoolExecutor(len(every)) as pool:
        waiting = [pool.submit(apart.verify, good, trust, AT, Limits(seconds=QUICK)) for _ in every]
        assert books.asked.wait(60)
        apart.close()
        books.go.set()
        for one in waiting:
            with pytest.raises(JudgingAwayError):
                one.result(60)
    assert apart.pid is None


def test_a_fork_that_no_process_is_to_be_had_for_leaves_the_judge_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left() -> int:
        raise BlockingIOError("示例")

    monkeypatch.setattr(os, "fork", none_left)
    ended: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda group, by: ended.append(by))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(gc, "freeze", lambda: None)
    control, theirs = Pipe()
    with ThreadPoolExecutor(1) as pool:
        serving = pool.submit(serve, theirs)
        with control:
            for _ in range(2):
                ours, given = Pipe()
                with given:
                    send_handle(control, given.fileno(), None)
                with pytest.raises(EOFError):
                    ours.recv_bytes()
                assert not ended
        serving.result(60)
    assert ended == [signal.SIGKILL]
