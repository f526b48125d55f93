"""Failpoints: what arms them, what they do, and that they cost nothing unarmed. The crashes themselves: tests/survival."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from hub import moments
from hub.moments import CrashPointUnknown, Moment, arm, outside, sending, sentence
from hub.wiring.doctor import examine

DYING = """
import atexit
from hub.moments import Moment, arm, reached
arm("intent-durable:2,push-taken:1")
atexit.register(print, "flushed")
try:
    for _ in range(3):
        reached(Moment.INTENT_NEXT)
        reached(Moment.INTENT_DURABLE)
        print("once", flush=True)
finally:
    print("finally", flush=True)
"""


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm("")


def test_the_nth_time_the_process_dies_as_in_a_power_cut() -> None:
    died = subprocess.run([sys.executable, "-c", DYING], capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL
    assert (died.stdout, died.stderr) == ("once\n", "yijian died at the moment intent-durable\n")


@pytest.mark.parametrize("crash_at", ["nowhere:1", "push-taken", "push-taken:0", "push-taken:x", "push-taken:1,"])
def test_a_crash_point_that_is_no_moment_starts_nothing(crash_at: str) -> None:
    with pytest.raises(CrashPointUnknown, match="unset it"):
        arm(crash_at)
    started = subprocess.run(
        [sys.executable, "-m", "hub", "serve"],
        env={"YIJIAN_CRASH_AT": crash_at, "YIJIAN_FOLDER": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    ) if crash_at == "nowhere:1" else None  # fmt: skip
    assert started is None or (started.returncode == 2 and "CRASH_POINT_UNKNOWN" in started.stderr)


def test_the_doctor_says_that_a_hub_is_armed(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("YIJIAN_FOLDER", str(tmp_path))
    monkeypatch.setenv("YIJIAN_CRASH_AT", "push-taken:3")
    (first, *_) = asyncio.run(examine())
    assert not first.well and first.sentence.startswith("this hub kills itself the 3. time at push-taken")


def test_unarmed_nothing_is_counted_and_adapters_are_given_nothing_to_call() -> None:
    assert arm("") == sentence("") == ""
    moments.reached(Moment.PUSH_TAKEN)
    assert outside() is None


def test_a_request_on_a_wire_is_of_the_moment_of_who_sends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    arm("push-taken:1000")
    told: list[Moment] = []
    monkeypatch.setattr(moments, "reached", told.append)
    tell = outside()
    assert tell is not None
    with sending(Moment.QUESTION_ON_WIRE):
        tell(moments.LOOK)
    with sending(Moment.PUSH_ON_WIRE):
        tell(moments.LOOK)
        tell(moments.REQUEST)
    tell(moments.REQUEST)  # the doctor's look at an address is of no moment
    tell("file-claimed")
    assert told == [Moment.QUESTION_ON_WIRE, Moment.PUSH_LOOKED_UP, Moment.PUSH_ON_WIRE, Moment.FILE_CLAIMED]
