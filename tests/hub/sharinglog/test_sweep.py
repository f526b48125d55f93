"""How old a question is, told by its number: nobody's wall clock has a say."""

from __future__ import annotations

from datetime import timedelta

from hub.sharinglog import Watermarks


def test_a_record_is_old_once_the_log_had_it_long_enough_ago() -> None:
    now = [0.0]
    marks = Watermarks(timedelta(seconds=60), lambda: now[0])
    assert marks.older(10) == 0, "a process that just began knows of nothing old"
    now[0] = 59.0
    assert marks.older(15) == 0
    now[0] = 60.0
    assert marks.older(20) == 10
    now[0] = 119.5
    assert marks.older(30) == 15
    now[0] = 1000.0
    assert marks.older(40) == 30


def test_only_the_marks_that_are_still_needed_are_kept() -> None:
    now = [0.0]
    marks = Watermarks(timedelta(seconds=60), lambda: now[0])
    for _ in range(1000):
        now[0] += 5
        marks.older(int(now[0]))
    assert len(marks._marks) <= 14
