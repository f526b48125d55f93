"""A hub that dies at given moments and is started again: who sees to both, and what is known of each death. It plays nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from hub.demo.stage import Stage, StageFailed, hub_environment
from hub.moments import MARK, Moment

ANYWHERE = "anywhere"
"""A death from outside, between any two instructions."""
ANSWERS_WITHIN_SECONDS = 60.0


@dataclass(frozen=True)
class Death:
    """Where a hub died: at a moment by its own hand, or anywhere by ours. `at` is monotonic seconds, `wall` the epoch's."""

    moment: str
    at: float
    wall: float


class Mortal:
    """Starts the stage's hub, armed or not, and tells how it ended. One at a time; for one thread."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._out = stage.folder / "hub.out"
        self._mould = subprocess.Popen(
            [sys.executable, "-m", "hub.demo.mould"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._told: list[Mapping[str, Any]] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._next("ready", ANSWERS_WITHIN_SECONDS)
        self._pid = 0
        self._from = 0

    def start(self, moments: Mapping[Moment, int] | None = None) -> Death | None:
        """Start it, armed for whichever of `moments` comes first; back once it answers, or with its death before that.

        Raises StageFailed where it ended by itself or does not answer.
        """
        armed = ",".join(f"{moment.value}:{times}" for moment, times in (moments or {}).items())
        environment = {**hub_environment(self._stage.settings), "YIJIAN_CRASH_AT": armed}
        self._from = self._out.stat().st_size if self._out.exists() else 0
        assert self._mould.stdin is not None
        self._mould.stdin.write(json.dumps({"environment": environment, "out": str(self._out)}).encode() + b"\n")
        self._mould.stdin.flush()
        self._pid = int(self._next("pid", ANSWERS_WITHIN_SECONDS))
        return self._until_it_answers()

    def death(self, seconds: float) -> Death | None:
        """Its death as soon as it comes, None if it lives on. Raises StageFailed where it ended otherwise than by a moment."""
        try:
            code = int(self._next("ended", seconds))
        except TimeoutError:
            return None
        self._pid = 0
        moment = self._marked()
        if code != -signal.SIGKILL or not moment:
            raise StageFailed(f"The hub ended with {code} and not at a moment; see {self._out} for why.")
        return Death(moment, time.monotonic(), time.time())

    def kill(self) -> Death:
        """Kill it now, wherever it is."""
        os.kill(self._pid, signal.SIGKILL)
        self._next("ended", 20)
        self._pid = 0
        return Death(self._marked() or ANYWHERE, time.monotonic(), time.time())

    def end(self) -> None:
        """End it in order, and what starts it."""
        try:
            if self._pid:
                os.kill(self._pid, signal.SIGTERM)
                self._next("ended", 20)
        finally:
            assert self._mould.stdin is not None and self._mould.stdout is not None
            self._mould.stdin.close()
            self._mould.wait(20)
            self._reader.join(5)
            self._mould.stdout.close()

    def _until_it_answers(self) -> Death | None:
        until = time.monotonic() + ANSWERS_WITHIN_SECONDS
        with httpx2.Client(trust_env=False, timeout=10) as wire:
            while time.monotonic() < until:
                if (died := self.death(0.05)) is not None:
                    return died
                try:
                    if wire.get(f"{self._stage.hub_url}/healthz").status_code < 500:
                        return None
                except httpx2.HTTPError:
                    continue
        raise StageFailed(f"The hub did not answer within {ANSWERS_WITHIN_SECONDS:.0f} s; see {self._out} for why.")

    def _marked(self) -> str:
        """The moment that the process named as it died, "" for none."""
        with self._out.open("rb") as out:
            out.seek(self._from)
            lines = out.read().decode(errors="replace").splitlines()
        last = next((line for line in reversed(lines) if line.startswith(MARK)), "")
        return last.removeprefix(MARK)

    def _read(self) -> None:
        assert self._mould.stdout is not None
        for line in self._mould.stdout:
            with self._changed:
                self._told.append(json.loads(line))
                self._changed.notify_all()

    def _next(self, word: str, seconds: float) -> Any:
        """What the mould says next of that. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: any(word in one for one in self._told), seconds):
                raise TimeoutError(f"the mould said no {word} within {seconds:.0f} s")
            found = next(one for one in self._told if word in one)
            self._told.remove(found)
            return found[word]


def table(deaths: Sequence[Death]) -> dict[str, int]:
    """How often the hub died at each moment, in the order of a case."""
    order = [*(moment.value for moment in Moment), ANYWHERE]
    counts = {name: sum(1 for death in deaths if death.moment == name) for name in order}
    return {name: count for name, count in counts.items() if count}
