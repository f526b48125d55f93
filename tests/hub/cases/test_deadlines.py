"""Deadlines: working days with 调休, pauses that give back what they took, provisional beyond the calendar, limits in hours."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.workdays import calendar_of
from hub.cases.deadlines import Due, Segment, acceptance_due, due, hours_due, overdue
from hub.clock import SHANGHAI, local
from tests.hub.cases.making import SITE

CALENDAR = calendar_of(SITE.calendar)
OFFICE = "08:30-12:00,14:30-18:00"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def ran(no: int, start: str, end: str = "") -> Segment:
    return Segment(no, True, "acceptance", "", at(start), at(end) if end else None)


def stood(no: int, start: str, end: str = "") -> Segment:
    return Segment(no, False, "鉴定", "", at(start), at(end) if end else None)


def test_before_acceptance_there_is_no_deadline() -> None:
    assert due((), 10, CALENDAR) == Due(None, False)


def test_the_first_day_does_not_count_and_the_weekend_neither() -> None:
    assert due([ran(1, "2026-11-20T16:00")], 1, CALENDAR).on == date(2026, 11, 23)


def test_the_national_holiday_is_jumped_over_and_its_make_up_saturday_is_worked() -> None:
    assert due([ran(1, "2026-09-30T09:00")], 1, CALENDAR).on == date(2026, 10, 8)
    assert due([ran(1, "2026-10-09T09:00")], 1, CALENDAR) == Due(date(2026, 10, 10), False)


def test_the_day_is_that_of_shanghai() -> None:
    late = Segment(1, True, "acceptance", "", datetime.fromisoformat("2026-11-19T16:30:00+00:00"))  # 00:30 on the 20th
    assert due([late], 1, CALENDAR).on == date(2026, 11, 23)


def test_while_the_clock_stands_nothing_is_due() -> None:
    found = due([ran(1, "2026-11-02T09:00", "2026-11-04T09:00"), stood(2, "2026-11-04T09:00")], 10, CALENDAR)
    assert found == Due(None, False, "鉴定")


def test_a_pause_gives_back_the_working_days_it_took() -> None:
    whole = due([ran(1, "2026-11-02T09:00")], 5, CALENDAR)
    paused = due(
        [
            ran(1, "2026-11-02T09:00", "2026-11-04T09:00"),
            stood(2, "2026-11-04T09:00", "2026-11-11T09:00"),  # five working days, the weekend between them not
            ran(3, "2026-11-11T09:00"),
        ],
        5,
        CALENDAR,
    )
    assert (whole.on, paused.on) == (date(2026, 11, 9), date(2026, 11, 16))


def test_a_pause_within_one_day_gives_nothing_back() -> None:
    segments = [
        ran(1, "2026-11-02T09:00", "2026-11-04T09:00"),
        stood(2, "2026-11-04T09:00", "2026-11-04T17:00"),
        ran(3, "2026-11-04T17:00"),
    ]
    assert due(segments, 5, CALENDAR) == due([ran(1, "2026-11-02T09:00")], 5, CALENDAR)


def test_beyond_the_calendar_the_deadline_is_provisional() -> None:
    last = max(day.day for day in SITE.calendar)
    start = datetime.combine(last, datetime.min.time(), SHANGHAI)
    assert due([Segment(1, True, "", "", start)], 3, CALENDAR).provisional


def test_a_pause_beyond_the_calendar_makes_it_provisional_too() -> None:
    bare = calendar_of(())
    segments = [ran(1, "2026-11-02T09:00", "2026-11-04T09:00"), stood(2, "2026-11-04T09:00", "2026-11-11T09:00")]
    assert due([*segments, ran(3, "2026-11-11T09:00")], 0, bare).provisional


def test_the_day_itself_is_in_time() -> None:
    deadline = Due(date(2026, 11, 20), False)
    assert not overdue(deadline, date(2026, 11, 20)) and overdue(deadline, date(2026, 11, 21))
    assert not overdue(Due(None, False), date(2026, 11, 21))


@given(st.integers(0, 200), st.integers(0, 40), st.integers(0, 30))
def test_a_pause_never_brings_a_deadline_forward(start: int, after: int, lasted: int) -> None:
    began = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI) + timedelta(days=start)
    paused, resumed = began + timedelta(days=after), began + timedelta(days=after + lasted)
    segments = [
        Segment(1, True, "", "", began, paused),
        Segment(2, False, "鉴定", "", paused, resumed),
        Segment(3, True, "", "", resumed),
    ]
    with_pause, without = due(segments, 20, CALENDAR).on, due([Segment(1, True, "", "", began)], 20, CALENDAR).on
    assert with_pause and without and with_pause >= without


# --- limits of the hub's own steps --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_at", "until"),
    [
        ("2026-11-20T09:00", "2026-11-20T11:00"),
        ("2026-11-20T11:00", "2026-11-20T15:30"),  # over noon
        ("2026-11-20T17:00", "2026-11-23T09:30"),  # over the weekend
        ("2026-11-21T10:00", "2026-11-23T10:30"),  # on a Saturday
        ("2026-11-20T06:00", "2026-11-20T10:30"),  # before the doors open
    ],
)
def test_two_office_hours(given_at: str, until: str) -> None:
    assert hours_due(at(given_at), 2, OFFICE, CALENDAR) == at(until)


def test_two_hours_round_the_clock() -> None:
    assert hours_due(at("2026-11-20T23:00"), 2, "", CALENDAR) == at("2026-11-21T01:00")


def test_a_department_accepts_by_the_end_of_the_next_working_day() -> None:
    friday = at("2026-11-20T10:00")
    assert acceptance_due(friday, 1, False, OFFICE, CALENDAR) == at("2026-11-23T18:00")
    assert acceptance_due(friday, 1, True, OFFICE, CALENDAR) == at("2026-11-20T18:00")
    assert local(acceptance_due(friday, 2, False, "", CALENDAR)).date() == date(2026, 11, 24)


def test_a_saturday_is_no_first_day_to_be_counted() -> None:
    assert acceptance_due(at("2026-11-21T10:00"), 1, True, OFFICE, CALENDAR) == at("2026-11-23T18:00")
