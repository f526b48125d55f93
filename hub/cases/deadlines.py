"""Deadlines from clock segments over a working-day calendar. They are computed each time and never stored as a moved date.

The clock starts with acceptance or with intake (K-04), special procedures are not counted (seed 004 annex B), the first day is not
counted (民法典 art. 201). Whether a correction after acceptance stops the clock is the site's to say (K-04). Limits in hours are
counted in office hours or round the clock (K-08).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from catalog.workdays import Calendar
from hub.clock import SHANGHAI, local

END_OF_WORK = time(18, 0)
"""Where the site names no office hours."""


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
    """When the item must be decided, given the promised working days; the real working days of each pause are added."""
    if not segments:
        return Due(None, False)
    if not segments[-1].running and segments[-1].ended_at is None:
        return Due(None, False, segments[-1].cause)
    pauses = [
        calendar.workdays_between(local(s.started_at).date(), local(s.ended_at).date())
        for s in segments
        if not s.running and s.ended_at
    ]
    stood = sum(days for days, _ in pauses)
    on, provisional = calendar.add_workdays(local(segments[0].started_at).date(), workdays + stood)
    return Due(on, provisional or any(guessed for _, guessed in pauses))


def overdue(deadline: Due, today: date) -> bool:
    return deadline.on is not None and today > deadline.on


def acceptance_due(given: datetime, workdays: int, count_first_day: bool, office: str, calendar: Calendar) -> datetime:
    """The moment by which a department accepts or refuses: the end of work of the last day (000 二(三); K-08)."""
    counted = max(workdays - 1, 0) if count_first_day and calendar.is_workday(local(given).date())[0] else workdays
    day, _ = calendar.add_workdays(local(given).date(), counted)
    closing = _stretches(office)[-1][1] if office else END_OF_WORK
    return datetime.combine(day, closing, SHANGHAI)


def hours_due(given: datetime, hours: int, office: str, calendar: Calendar) -> datetime:
    """The moment `hours` after `given`, counted round the clock, or in `office` hours (`08:30-12:00,14:30-18:00`) of working days."""
    left, at = timedelta(hours=hours), local(given)
    if not office:
        return at + left
    day = at.date()
    while True:
        for opens, closes in _stretches(office) if calendar.is_workday(day)[0] else ():
            begin = max(at, datetime.combine(day, opens, SHANGHAI))
            end = datetime.combine(day, closes, SHANGHAI)
            if begin + left <= end:
                return begin + left
            left -= max(end - begin, timedelta())
        day += timedelta(days=1)


def _stretches(office: str) -> list[tuple[time, time]]:
    pairs = (stretch.partition("-") for stretch in office.split(","))
    return [(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, _, closes in pairs]
