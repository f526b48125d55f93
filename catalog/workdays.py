"""Counts working days over a calendar. It knows no case, no pause and no time of day.

Outside what the calendar covers Mondays to Fridays count, and the result is marked provisional (docs/design.md §4): the State
Council announces each year's 调休 only in the autumn before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from catalog.types import CalendarDay

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """`days` says of each covered date whether it is a working day; `covered_to` is the last covered date."""

    days: Mapping[date, bool] = field(repr=False)
    covered_to: date

    def is_workday(self, day: date) -> tuple[bool, bool]:
        """(is it a working day, is that provisional)."""
        known = self.days.get(day) if day <= self.covered_to else None
        return (day.weekday() < _SATURDAY, True) if known is None else (known, False)

    def add_workdays(self, start: date, count: int) -> tuple[date, bool]:
        """The `count`-th working day after `start` (which itself does not count) and whether it is provisional.

        With 0 it is `start` itself. Raises ValueError for a negative count."""
        if count < 0:
            raise ValueError("count of working days must not be negative; swap the two dates instead")
        day, left, provisional = start, count, False
        while left:
            day += _DAY
            working, guessed = self.is_workday(day)
            provisional = provisional or guessed
            left -= working
        return day, provisional

    def workdays_between(self, start: date, end: date) -> tuple[int, bool]:
        """How many working days lie after `start` up to and with `end` (negative if `end` is earlier), and whether that is provisional."""
        if end < start:
            count, provisional = self.workdays_between(end, start)
            return -count, provisional
        found = [self.is_workday(start + _DAY * step) for step in range(1, (end - start).days + 1)]
        return sum(working for working, _ in found), any(guessed for _, guessed in found)


def calendar_of(days: Iterable[CalendarDay]) -> Calendar:
    """The calendar of a site's days. An empty one covers nothing: everything is provisional."""
    known = {found.day: found.working for found in days}
    return Calendar(known, max(known, default=date.min))
