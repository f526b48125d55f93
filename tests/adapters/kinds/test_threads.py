"""A department's own threads: what hangs on them hangs for that department alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import anyio
import pytest

from adapters.kinds.threads import Look, NoTurn, Threads


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What hangs at it goes on after the test."""
    opened = threading.Event()
    yield opened
    opened.set()


def test_what_comes_while_all_threads_hang_has_no_turn_and_other_threads_work(gate: threading.Event) -> None:
    hung, other = Threads(1), Threads(1)

    async def ask() -> int:
        hung.start(gate.wait)
        with pytest.raises(NoTurn):
            await hung.within(0.05, lambda: 1)
        return await other.within(60, lambda: 2)

    assert anyio.run(ask) == 2


def test_work_that_hangs_is_left_in_time_and_its_thread_stays_with_it(gate: threading.Event) -> None:
    async def ask() -> None:
        with pytest.raises(TimeoutError) as e:
            await Threads(1).within(0.05, gate.wait)
        assert not isinstance(e.value, NoTurn)

    anyio.run(ask)


def test_a_look_that_hangs_shows_what_was_said_last_and_looks_once(gate: threading.Event) -> None:
    began: list[bool] = []

    def work() -> str:
        began.append(gate.wait())
        return "new"

    look = Look(Threads(4), work, "old", seconds=0.05)
    assert [look(), look(), look()] == ["old"] * 3
    gate.set()
    while look() != "new":
        pass
    assert began[0]


def test_an_error_of_the_work_is_the_askers(gate: threading.Event) -> None:
    async def ask() -> None:
        with pytest.raises(OSError, match="gone"):
            await Threads().run(lambda: (_ for _ in ()).throw(OSError("gone")))

    anyio.run(ask)


def test_threads_that_were_closed_work_again_when_they_are_asked() -> None:
    threads = Threads(2)
    assert threads.start(lambda: 1).result() == 1
    threads.close()
    assert threads.start(lambda: 2).result() == 2
