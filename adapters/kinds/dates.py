"""Reads and writes days the ways departments write them, with the precision kept: a date known to the month is never given a day.

Canonical text is ISO 8601: `1990-05-01`, or `1990-05`, or `1990`. It knows no field and no clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone

from adapters.kinds.readings import Breaks, Good

OPEN_END = "9999-12-31"
"""Canonical text of 长期, as `FieldDefinition.open_ended` says."""

BEIJING = timezone(timedelta(hours=8))
YEARS = range(1900, 2201)
"""A department's clock outside of these is wrong; beyond them time zones overflow."""
_EPOCH = datetime(1970, 1, 1, tzinfo=BEIJING) + timedelta(hours=8)
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?", re.ASCII)

# --- reading ---------------------------------------------------------------------------------------------------------


def _date(year: str, month: str, day: str, rule: str) -> Good:
    precision = "year" if int(month) == 0 else "month" if int(day) == 0 else ""
    if int(month) == 0 and int(day) != 0:
        raise Breaks(rule)
    try:
        known = date(int(year), int(month) or 1, int(day) or 1)
    except ValueError:
        raise Breaks(rule) from None
    return Good(known.isoformat()[: {"": 10, "month": 7, "year": 4}[precision]], precision)


def _by_pattern(pattern: str, rule: str) -> Callable[[str], Good]:
    compiled = re.compile(pattern, re.ASCII)

    def read(text: str) -> Good:
        match = compiled.fullmatch(text)
        if match is None:
            raise Breaks(rule)
        return _date(match[1], match[2] or "0", match[3] or "0", rule)

    return read


def _iso_date(text: str) -> Good:
    partial = _PARTIAL.fullmatch(text)
    if partial is not None:
        return _date(partial[1], partial[2] or "0", "0", "date")
    try:
        if len(text) == 10:
            return Good(date.fromisoformat(text).isoformat())
        moment = datetime.fromisoformat(text)
        # A moment with a zone is that day's date in China; one without is local already.
        local = moment.astimezone(BEIJING) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise Breaks("date") from None
    if len(text) < 16:
        raise Breaks("date")
    return Good(local.date().isoformat())


_DIGITS = {sign: str(at) for at, sign in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0", "元": "1"}
_chinese = _by_pattern(r"(\d{4})年(?:(\d{1,2})月(?:(\d{1,2})日)?)?", "chinese_date")


def _chinese_date(text: str) -> Good:
    """2024年3月5日, and 二〇二四年三月五日 as it stands on documents."""
    if text[:1].isascii():
        return _chinese(text)
    parts = re.fullmatch(r"(.{4})年(?:(.{1,3})月(?:(.{1,3})日)?)?", text)
    if parts is None:
        raise Breaks("chinese_date")
    year = "".join(_DIGITS.get(sign, "") for sign in parts[1])
    if len(year) != 4:
        raise Breaks("chinese_date")
    numbers = [0 if part is None else _ten(part) for part in (parts[2], parts[3])]
    if any(number == 0 and part is not None for number, part in zip(numbers, (parts[2], parts[3]), strict=True)):
        raise Breaks("chinese_date")
    return _date(year, str(numbers[0]), str(numbers[1]), "chinese_date")


def _ten(text: str) -> int:
    """十 to 九十九 and single digits; 0 for anything else."""
    tens, mark, ones = text.rpartition("十")
    if any(sign not in _DIGITS or sign == "元" for sign in tens + ones) or len(tens) > 1 or len(ones) > 1:
        return 0
    if not mark:
        return int(_DIGITS[ones])
    return int(_DIGITS[tens] if tens else 1) * 10 + int(_DIGITS[ones] if ones else 0)


def _since_epoch(digits: str, per_second: int, rule: str) -> Callable[[str], Good]:
    def read(text: str) -> Good:
        if not re.fullmatch(digits, text, re.ASCII):
            raise Breaks(rule)
        try:
            day = (_EPOCH + timedelta(seconds=int(text) // per_second)).date()
        except OverflowError:
            raise Breaks(rule) from None
        if day.year not in YEARS:
            raise Breaks(rule)
        return Good(day.isoformat())

    return read


DATE_FORMS: Mapping[str, Callable[[str], Good]] = {
    "yyyymmdd": _by_pattern(r"(\d{4})(\d{2})(\d{2})", "yyyymmdd"),
    "yyyymmddhhmmss": _by_pattern(r"(\d{4})(\d{2})(\d{2})(?:[01]\d|2[0-3])[0-5]\d[0-5]\d", "yyyymmddhhmmss"),
    "year_month": _by_pattern(r"(\d{4})-?(\d{2})()", "year_month"),
    "slash_date": _by_pattern(r"(\d{4})/(\d{1,2})(?:/(\d{1,2}))?", "slash_date"),
    "chinese_date": _chinese_date,
    "date": _iso_date,
    "epoch": _since_epoch(r"-?\d{1,11}", 1, "epoch"),
    "epoch_ms": _since_epoch(r"-?\d{1,14}", 1000, "epoch_ms"),
}
"""Those `as` of a field that give a day, a month or a year."""


def moment(value: object) -> datetime | None:
    """A department's time: yyyyMMddHHmmss or ISO, Beijing time where it names no zone. None where it is neither, or in no year
    that a register knows."""
    text = str(value) if isinstance(value, str | int | date) else ""
    try:
        found = datetime.strptime(text, "%Y%m%d%H%M%S") if text.isdigit() else datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.year not in YEARS:
        return None
    return found if found.tzinfo else found.replace(tzinfo=BEIJING)


# --- writing ---------------------------------------------------------------------------------------------------------


def is_partial(value: object) -> bool:
    """Whether a canonical text is a date known to the month or the year only."""
    return isinstance(value, str) and _PARTIAL.fullmatch(value) is not None


def _moment(value: object) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found.astimezone(BEIJING) if found.tzinfo else found


def _seconds(value: object) -> int:
    found = _moment(value)
    return int((found if found.tzinfo else found.replace(tzinfo=BEIJING)).timestamp())


def _written_in(pattern: str) -> Callable[[object], str]:
    # Not strftime: it writes years before 1000 with fewer digits.
    return lambda value: pattern.format(_moment(value))


DATES_OUT: Mapping[str, Callable[[object], object]] = {
    "yyyymmdd": _written_in("{0.year:04}{0.month:02}{0.day:02}"),
    "yyyymmddhhmmss": _written_in("{0.year:04}{0.month:02}{0.day:02}{0.hour:02}{0.minute:02}{0.second:02}"),
    "year_month": _written_in("{0.year:04}{0.month:02}"),
    "slash_date": _written_in("{0.year:04}/{0.month}/{0.day}"),
    "chinese_date": _written_in("{0.year:04}年{0.month}月{0.day}日"),
    "date": lambda value: _moment(value).date().isoformat(),
    "iso": lambda value: _moment(value).isoformat(timespec="seconds"),
    "datetime": _written_in("{0.year:04}-{0.month:02}-{0.day:02} {0.hour:02}:{0.minute:02}:{0.second:02}"),
    "epoch": _seconds,
    "epoch_ms": lambda value: _seconds(value) * 1000 + _moment(value).microsecond // 1000,
}
"""Those `as` of a request that write a day or a moment, in Beijing time."""

_PARTIAL_OUT: Mapping[str, tuple[str, str]] = {
    "yyyymmdd": ("{0}{1}00", "{0}0000"),
    "slash_date": ("{0}/{2}", "{0}/0"),
    "chinese_date": ("{0}年{2}月", "{0}年"),
    "date": ("{0}-{1}", "{0}"),
    "year_month": ("{0}{1}", "{0}00"),
}


def partial_written(text: str, form: str) -> str:
    """A month or a year in a department's style. Raises ValueError for a style that can only hold a day."""
    parts = _PARTIAL.fullmatch(text)
    if parts is None or form not in _PARTIAL_OUT:
        raise ValueError("precision")
    of_month, of_year = _PARTIAL_OUT[form]
    return of_month.format(parts[1], parts[2], int(parts[2])) if parts[2] else of_year.format(parts[1])
