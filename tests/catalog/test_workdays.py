"""Working days: make-up days count, holidays do not, and outside the calendar the answer says that it is provisional."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.calendar_seed import rows
from catalog.parsing import site_from
from catalog.reading import read_site
from catalog.types import CalendarDay
from catalog.workdays import Calendar, calendar_of
from tests.catalog.conftest import XIXIA

CALENDAR = calendar_of(site_from(read_site(XIXIA)[0]).calendar)
covered = st.dates(date(2025, 1, 1), date(2026, 9, 30))


def test_a_make_up_saturday_is_a_working_day() -> None:
    assert CALENDAR.is_workday(date(2026, 2, 28)) == (True, False)


def test_the_first_working_day_after_the_eve_of_national_day_is_a_week_later() -> None:
    assert CALENDAR.add_workdays(date(2026, 9, 30), 1) == (date(2026, 10, 8), False)


def test_the_day_itself_does_not_count() -> None:
    assert CALENDAR.add_workdays(date(2026, 11, 20), 0) == (date(2026, 11, 20), False)
    assert CALENDAR.add_workdays(date(2026, 11, 20), 1) == (date(2026, 11, 23), False)


def test_a_deadline_beyond_the_calendar_counts_mondays_to_fridays_and_is_provisional() -> None:
    assert CALENDAR.add_workdays(date(2026, 12, 31), 1) == (date(2027, 1, 1), True)


def test_an_empty_calendar_makes_everything_provisional() -> None:
    assert calendar_of(()).add_workdays(date(2026, 11, 20), 1) == (date(2026, 11, 23), True)


def test_a_gap_in_the_calendar_is_provisional_too() -> None:
    days = (CalendarDay(date(2026, 11, 23), True, "", ""), CalendarDay(date(2026, 11, 25), True, "", ""))
    assert calendar_of(days).workdays_between(date(2026, 11, 22), date(2026, 11, 25)) == (3, True)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        CALENDAR.add_workdays(date(2026, 11, 20), -1)


@given(covered, st.integers(0, 40))
def test_days_added_are_the_days_between(start: date, count: int) -> None:
    end, provisional = CALENDAR.add_workdays(start, count)
    assert CALENDAR.workdays_between(start, end) == (count, provisional)
    assert count == 0 or CALENDAR.is_workday(end)[0]


@given(covered, covered)
def test_between_is_the_same_backwards_with_the_sign_turned(start: date, end: date) -> None:
    forth, back = CALENDAR.workdays_between(start, end)[0], CALENDAR.workdays_between(end, start)[0]
    assert forth == -back


@given(covered, st.integers(1, 20), st.integers(1, 20))
def test_adding_twice_is_adding_the_sum(start: date, first: int, second: int) -> None:
    middle, _ = CALENDAR.add_workdays(start, first)
    assert CALENDAR.add_workdays(middle, second)[0] == CALENDAR.add_workdays(start, first + second)[0]


def test_the_site_s_calendar_is_what_the_seed_command_makes() -> None:
    made = {date.fromisoformat(day): working == "1" for day, working, _, _ in rows(2025, 2026)}
    assert Calendar(made, date(2026, 12, 31)) == CALENDAR
    assert len(made) == (date(2026, 12, 31) - date(2025, 1, 1) + timedelta(days=1)).days


def test_the_seed_command_invents_no_year() -> None:
    with pytest.raises(NotImplementedError):
        list(rows(2026, 2027))
