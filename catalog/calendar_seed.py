"""Prints a calendar.csv of working days: `python -m catalog.calendar_seed --from 2025 --to 2026 > calendar.csv`.

A tool for the authors of a site; the hub never runs it. It invents nothing: a year that `chinesecalendar` does not
know is refused, and days outside the file count as provisional.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.metadata import version

from catalog.reading import CALENDAR_COLUMNS

_WEEKDAYS = "一二三四五六日"


def rows(first: int, last: int) -> Iterator[tuple[str, str, str, str]]:
    """One row per day from 1 January of `first` to 31 December of `last`. Raises NotImplementedError for a year not known."""
    import chinese_calendar

    source = f"chinesecalendar {version('chinesecalendar')}（国务院办公厅节假日安排）"
    day = date(first, 1, 1)
    while day.year <= last:
        working = chinese_calendar.is_workday(day)
        yield (
            day.isoformat(),
            "1" if working else "0",
            _title(day, working, chinese_calendar.get_holiday_detail(day)[1]),
            source,
        )
        day += timedelta(days=1)


def _title(day: date, working: bool, holiday: str | None) -> str:
    weekend = day.weekday() >= 5
    if working:
        return "调休上班" if weekend else f"星期{_WEEKDAYS[day.weekday()]}"
    return _HOLIDAYS.get(holiday or "", "节假日") if holiday else f"星期{_WEEKDAYS[day.weekday()]}"


_HOLIDAYS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Print a calendar.csv of working days for a site.")
    parser.add_argument("--from", dest="first", type=int, required=True, help="first year")
    parser.add_argument("--to", dest="last", type=int, required=True, help="last year")
    years = parser.parse_args()
    try:
        found = list(rows(years.first, years.last))
    except NotImplementedError:
        print("chinesecalendar does not know all of these years; name fewer, or update the package", file=sys.stderr)
        return 1
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(CALENDAR_COLUMNS)
    writer.writerows(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
