"""How the made-up numbers are made: identity numbers, credit codes, phone numbers, days and months. It knows nobody.

Prefix 411323, sequence codes 990–999 and MA9YJ… mark every number as made up; the check characters are right.
"""

from __future__ import annotations

REGION = "411323"
"""The prefix of every made-up number."""

DAY = "20261120"
"""The day on which the population is true, yyyymmdd: ages, terms and months paid are meant as of this day."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def id_number(birth: str, sequence: int) -> str:
    """A 公民身份号码 of prefix `REGION` with its check digit (GB 11643). `birth` is yyyymmdd, `sequence` 990–999."""
    body = f"{REGION}{birth}{sequence:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def uscc(organisation: str, prefix: str = "91411323") -> str:
    """A 统一社会信用代码: prefix (11… for a government body) + 8 characters + both check characters (GB 11714, GB 32100)."""
    values = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    total = sum(values.index(sign) * weight for sign, weight in zip(organisation, _ORGANISATION_WEIGHTS, strict=True))
    body = f"{prefix}{organisation}{'0123456789X0'[11 - total % 11]}"
    weighed = sum(_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + _ALPHABET[(31 - weighed % 31) % 31]


def later(day: str, *, years: int = 0, months: int = 0) -> str:
    """The day (yyyymmdd) that many years and months later; the 29th to 31st become the 28th where they might not exist."""
    whole = int(day[:4]) * 12 + int(day[4:6]) - 1 + years * 12 + months
    date = int(day[6:])
    return f"{whole // 12:04d}{whole % 12 + 1:02d}{date if date <= 28 or not (years or months) else 28:02d}"


def age(birth: str, day: str = DAY) -> int:
    """Full years on that day."""
    return int(day[:4]) - int(birth[:4]) - (day[4:] < birth[4:])


def months_between(first: str, last: str) -> int:
    """How many months from `first` to `last` (yyyymm), both counted."""
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[4:6]) - int(first[4:6]) + 1
