"""Cases are played while the hub dies again and again; then everything is counted. Which moments it dies at, a plan says.

`ran` is the whole of it: for the survival tests each moment once, for the long run and `demo --kill` so many at random.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Protocol

import httpx2

from hub.demo.counting import site_of
from hub.demo.every import Ended
from hub.demo.mortal import Death, Mortal
from hub.demo.patient import PatientPlayer
from hub.demo.plays import Play, plays
from hub.demo.reckoning import Reckoned, quiet, reckon
from hub.demo.stage import Stage
from hub.demo.tour import office_of
from hub.moments import Moment

Say = Callable[[str], None]
MATTERS = (
    "open-guesthouse",
    "school-enrolment",
    "new-home-deed-tax",
    "graduate-employment",
    "housing-fund-loan",
)
"""Between them they go over every wire, to inboxes, wait for each other, are paid for, looked up, signed, gathered, pushed and told."""
OF_FILES = (
    Moment.FILE_HALF_CLAIMED,
    Moment.FILE_CLAIMED,
    Moment.REPLICA_STAGED,
    Moment.BATCH_RECORDED,
    Moment.REPLICA_SWAPPED,
    Moment.FILE_HALF_REMOVED,
)
OF_PUSHES = (Moment.SENDING_RECORDED, Moment.PUSH_ON_WIRE, Moment.PUSH_TAKEN)
"""What differs between a platform that knows a repeated row and one that stores it twice. The first is asked nothing before."""
DROPPER = "medical-insurance"
"""A department that drops a file whenever it is told to."""
TURNS = 5
"""After so many deaths the platform is of the other kind."""
MANY = 12
"""Where so many moments are armed, the files of the departments' first night are enough."""
PATIENCE_SECONDS = 240.0
QUIET_SECONDS = 90.0


class Plan(Protocol):
    """Where the hub dies next."""

    @property
    def idempotent(self) -> bool:
        """Whether the platform knows a repeated row now, and the hub knows that it does."""
        ...

    def next(self) -> Mapping[Moment, int]:
        """The moments to be armed now, of which the first that comes is meant; empty when it is enough."""
        ...

    def died(self, moment: str) -> None: ...

    @property
    def wait_seconds(self) -> float:
        """How long to wait for one of them before the hub is killed wherever it is."""
        ...


class EachOnce:
    """Every moment, whichever comes first; then the moments of pushes once more with the other kind of platform."""

    wait_seconds = 25.0
    MOST_MISSES = 6

    def __init__(self) -> None:
        self.idempotent = False
        self.left, self.misses = set(Moment), 0
        self._then = [set(OF_PUSHES)]

    def next(self) -> Mapping[Moment, int]:
        if not self.left and self._then:
            self.left, self.idempotent = self._then.pop(), True
        return {} if self.misses >= self.MOST_MISSES else dict.fromkeys(sorted(self.left), 1)

    def died(self, moment: str) -> None:
        self.misses += moment not in self.left
        self.left -= {moment}

    def missing(self) -> list[str]:
        return sorted(self.left)


class AtRandom:
    """So many deaths at moments drawn with a seed; the platform takes turns at knowing repeated rows and storing them twice."""

    wait_seconds = 6.0

    def __init__(self, crashes: int, seed: int, drawn_at_once: int = 3, seconds: float = math.inf) -> None:
        """`drawn_at_once`: moments drawn for each death, of which the first that comes is meant: rare ones would cost much time.

        What it was died at seldom is drawn more often, so that no moment is left to luck. After `seconds` it is enough."""
        self._until = time.monotonic() + seconds
        self._random, self._crashes, self._drawn = random.Random(seed), crashes, drawn_at_once
        self._deaths: Counter[str] = Counter()

    @property
    def idempotent(self) -> bool:
        return self._deaths.total() // TURNS % 2 == 1

    def next(self) -> Mapping[Moment, int]:
        if self._deaths.total() >= self._crashes or time.monotonic() > self._until:
            return {}
        moments = [m for m in Moment if not (self.idempotent and m is Moment.PUSH_LOOKED_UP)]
        drawn = sorted(moments, key=lambda m: self._random.random() ** (1 + self._deaths[m]) ** 2, reverse=True)
        return {m: 1 if m in OF_FILES else self._random.randint(1, 3) for m in drawn[: self._drawn]}

    def died(self, moment: str) -> None:
        self._deaths[moment] += 1


@dataclass
class Survived:
    """What came of it. `under_way`: for each death the cases that were being played."""

    deaths: list[Death] = field(default_factory=list)
    under_way: list[tuple[Ended, ...]] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    found: Reckoned = field(default_factory=Reckoned)
    seconds: float = 0.0

    def outcome(self) -> dict[str, Any]:
        """Everything, as JSON has it."""
        found = self.found
        return {
            "crashes": len(self.deaths),
            "seconds": round(self.seconds),
            "cases": found.cases,
            "ended": found.ended,
            "effects": found.effects,
            "questions": found.questions,
            "doubled": found.doubled,
            "lost": found.lost,
            "log": found.log,
            "well": found.well,
            "moments": self.rows(),
        }

    def table(self) -> str:
        """The rows as Markdown, and a last one for all."""
        head = (
            "| Moment | Crashes | Cases under way | of them ended | Effects doubled | Lost |\n|---|---|---|---|---|---|"
        )
        rows = [tuple(row.values()) for row in self.rows()]
        found = self.found
        whole = ("all", len(self.deaths), found.cases, found.ended, len(found.doubled), len(found.lost))
        return "\n".join((head, *("| " + " | ".join(map(str, row)) + " |" for row in (*rows, whole))))

    def rows(self) -> list[dict[str, Any]]:
        """Moment by moment: how often the hub died there, and what became of the cases that were under way."""
        order = [*(moment.value for moment in Moment), *sorted({d.moment for d in self.deaths} - set(Moment))]
        return [self._row(name) for name in order if any(death.moment == name for death in self.deaths)]

    def _row(self, name: str) -> dict[str, Any]:
        played = [cases for death, cases in zip(self.deaths, self.under_way, strict=True) if death.moment == name]
        concerned = {id(one): one for cases in played for one in cases}.values()
        numbers = [one.case["case_no"] for one in concerned if one.case]

        def about(faults: Sequence[str]) -> int:
            return sum(1 for fault in faults if any(number in fault for number in numbers))

        return {
            "moment": name,
            "crashes": len(played),
            "cases_under_way": len(concerned),
            "cases_ended": sum(1 for one in concerned if one.case.get("state") == "archived"),
            "effects_doubled": about(self.found.doubled),
            "lost": about(self.found.lost),
        }


class _People:
    """So many people, each with a case at a time, until they are told that it is enough; then they bring theirs to its end."""

    def __init__(self, stage: Stage, chosen: Sequence[Play], at_once: int) -> None:
        self._office = office_of(stage, site_of(stage), PATIENCE_SECONDS)
        self._plays, self._lock = cycle(chosen), threading.Lock()
        self._enough = threading.Event()
        self.under_way: dict[int, Ended] = {}
        self.ended: list[Ended] = []
        self._threads = [threading.Thread(target=self._work, args=(n,), daemon=True) for n in range(at_once)]
        for thread in self._threads:
            thread.start()

    def finish(self) -> list[Ended]:
        self._enough.set()
        for thread in self._threads:
            thread.join(2 * PATIENCE_SECONDS)
        return [*self.ended, *self.under_way.values()]

    def _work(self, number: int) -> None:
        player = PatientPlayer(self._office, self._enough.is_set)
        while not self._enough.is_set():
            with self._lock:
                ended = Ended(next(self._plays))
                self.under_way[number] = ended
            player.go_through(ended)
            with self._lock:
                self.ended.append(self.under_way.pop(number))
        player.leave()


def ran(stage: Stage, plan: Plan, say: Say, *, matters: Sequence[str] = MATTERS, at_once: int = 5) -> Survived:
    """Play and die by the plan, start once more without arms, let every case end, count. The stage's hub is not running before
    and after."""
    began, survived = time.monotonic(), Survived()
    mortal = Mortal(stage)
    try:
        people = _People(stage, _chosen(matters), at_once)
        _die_by(plan, stage, mortal, people, survived, say)
        mortal.start()
        survived.ended = people.finish()
        _settle(stage)
        survived.found = reckon(stage, survived.ended, survived.deaths)
    finally:
        mortal.end()
    survived.seconds = time.monotonic() - began
    return survived


def _die_by(plan: Plan, stage: Stage, mortal: Mortal, people: _People, survived: Survived, say: Say) -> None:
    idempotent, dropped = False, 0
    while moments := plan.next():
        if plan.idempotent != idempotent:
            idempotent = plan.idempotent
            stage.platform_knows_repeats(idempotent)
        if len(moments) < MANY and set(moments) & set(OF_FILES) and not _lies_there(stage):
            _drop(stage, dropped)
            dropped += 1
        started = time.monotonic()
        death = mortal.start(moments) or mortal.death(plan.wait_seconds) or mortal.kill()
        survived.deaths.append(death)
        survived.under_way.append(tuple(people.under_way.values()))
        plan.died(death.moment)
        n, lived = len(survived.deaths), time.monotonic() - started
        say(f"  {n}. {death.moment}，运行 {lived:.1f} 秒；在办 {len(people.under_way)} 件，办结 {len(people.ended)} 件")


def _chosen(matters: Sequence[str]) -> list[Play]:
    """The first play of each of these matters, in this order."""
    first: dict[str, Play] = {}
    for play in plays():
        first.setdefault(play.matter, play)
    return [first[matter] for matter in matters]


def _lies_there(stage: Stage) -> bool:
    """Whether a file was dropped that nobody took yet: another of its name would take its place, and it would seem to be lost."""
    return any((stage.folder / "departments" / "drops" / DROPPER).glob("*.ok"))


def _drop(stage: Stage, number: int) -> None:
    """A new file, written later than the one before and not the same."""
    order = {"fault": ("broken_row", "none")[number % 2]}
    httpx2.post(f"{stage.addresses[DROPPER]}/_drop", json=order, trust_env=False, timeout=20).raise_for_status()


def _settle(stage: Stage) -> None:
    """Until the queue is empty and every question has its end; what is not so then is found by counting."""
    end = time.monotonic() + QUIET_SECONDS
    while not quiet(stage) and time.monotonic() < end:
        time.sleep(0.5)
