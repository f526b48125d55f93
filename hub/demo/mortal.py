"""A hub that dies at given moments and is started again: who sees to both, and what is known of each death. It plays nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx2

from hub.demo.moulded import Mould, Process
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
        self._own = Mould() if stage.shared is None else None
        self._hub: Process | None = None
        self._from = 0

    def start(self, moments: Mapping[Moment, int] | None = None) -> Death | None:
        """Start it, armed for whichever of `moments` comes first; back once it answers, or with its death before that.

        Raises StageFailed where it ended by itself or does not answer.
        """
        armed = ",".join(f"{moment.value}:{times}" for moment, times in (moments or {}).items())
        environment = {**os.environ, **hub_environment(self._stage.settings), "YIJIAN_CRASH_AT": armed}
        self._from = self._out.stat().st_size if self._out.exists() else 0
        self._hub = self._mould().start(("hub", "serve"), environment, self._out)
        return self._until_it_answers()

    def death(self, seconds: float) -> Death | None:
        """Its death as soon as it comes, None if it lives on. Raises StageFailed where it ended otherwise than by a moment."""
        assert self._hub is not None
        try:
            code = self._hub.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self._hub = None
        moment = self._marked()
        if code != -signal.SIGKILL or not moment:
            raise StageFailed(f"The hub ended with {code} and not at a moment; see {self._out} for why.")
        return Death(moment, time.monotonic(), time.time())

    def kill(self) -> Death:
        """Kill it now, wherever it is."""
        assert self._hub is not None
        self._hub.kill()
        self._hub.wait(20)
        self._hub = None
        return Death(self._marked() or ANYWHERE, time.monotonic(), time.time())

    def end(self) -> None:
        """End it in order, and what starts it."""
        try:
            if self._hub is not None:
                self._hub.terminate()
                self._hub.wait(20)
        finally:
            if self._own is not None:
                self._own.end()

    def _mould(self) -> Mould:
        shared = self._stage.shared
        mould = self._own if shared is None else shared.mould
        assert mould is not None
        return mould

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


def table(deaths: Sequence[Death]) -> dict[str, int]:
    """How often the hub died at each moment, in the order of a case."""
    order = [*(moment.value for moment in Moment), ANYWHERE]
    counts = {name: sum(1 for death in deaths if death.moment == name) for name in order}
    return {name: count for name, count in counts.items() if count}
