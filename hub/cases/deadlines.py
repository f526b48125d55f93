"""Deadlines from clock segments over a working-day calendar. They are computed each time and never stored as a moved date.

The clock starts with acceptance (K-04), special procedures are not counted (seed 004 annex B), the first day is not counted
(民法典 art. 201). Proposed where the seeds are silent: a correction asked after acceptance does not stop the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from catalog.workdays import Calendar
from hub.clock import local


@dataclass(frozen=True)
class Segment:
    """A stretch in which the clock ran or stood; `cause` says why, `basis` by what right."""

    no: int
    running: bool
    cause: str
    basis: str
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Due:
    """`on` is None before the clock starts and while it stands. `provisional`: the calendar does not reach that far."""

    on: date | None
    provisional: bool
    paused: str = ""


def due(segments: Sequence[Segment], workdays: int, calendar: Calendar) -> Due:
    """When the item must be decided, given the promised working days."""
    if not segments:
        return Due(None, False)
    if not segments[-1].running and segments[-1].ended_at is None:
        return Due(None, False, segments[-1].cause)
    pauses = [(s.started_at, s.ended_at) for s in segments if not s.running and s.ended_at]
    stood = sum(calendar.workdays_between(local(start).date(), local(end).date())[0] for start, end in pauses)
    on, provisional = calendar.add_workdays(local(segments[0].started_at).date(), workdays + stood)
    return Due(on, provisional)


def overdue(deadline: Due, today: date, decided_on: date | None) -> bool:
    return deadline.on is not None and (decided_on or today) > deadline.on
