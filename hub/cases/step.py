"""What a step decides: moves, events, work, clock changes, notices, facts. Steps are values; `apply` alone carries them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hub.store.work import Task


@dataclass(frozen=True)
class Move:
    """An action of the table of moves: on the case, or on one item of it."""

    action: str
    item: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happened, for good. `facts` are codes, numbers and dates, never a person's values; words go into `note`, sealed."""

    kind: str
    item: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    note: str = field(default="", repr=False)


@dataclass(frozen=True)
class ClockMove:
    """Start, pause, resume or stop an item's clock: now, or at an earlier moment `at`."""

    item: str
    action: str
    cause: str
    basis: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Draft:
    """A notice to be frozen: kind names the site's template, `facts` fill it."""

    kind: str
    item: str = ""
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class ItemFacts:
    """Columns of an item case that a step sets."""

    item: str
    values: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True)
class Step:
    """All that one official step changes; two steps add up with `+` and are applied in one transaction."""

    moves: tuple[Move, ...] = ()
    events: tuple[Event, ...] = ()
    work: tuple[Task, ...] = ()
    clock: tuple[ClockMove, ...] = ()
    notices: tuple[Draft, ...] = ()
    facts: tuple[ItemFacts, ...] = ()
    reserve: tuple[str, ...] = ()
    """Items whose certificate gets its identifier with this step."""

    def __add__(self, other: Step) -> Step:
        return Step(
            self.moves + other.moves,
            self.events + other.events,
            self.work + other.work,
            self.clock + other.clock,
            self.notices + other.notices,
            self.facts + other.facts,
            self.reserve + other.reserve,
        )
