"""Identity numbers and credit codes with their check characters, read and checked again before they are sent. It asks no register."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from operator import mul

from adapters.kinds.readings import Breaks, Good, Missing

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_SIGNS = "10X98765432"
_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def id_check(body: str) -> str:
    """The check character of the first 17 digits of a 公民身份号码 (GB 11643)."""
    return _ID_SIGNS[_weighed(body, 0) % 11]


def uscc_check(body: str) -> str:
    """The check character of the first 17 of a 统一社会信用代码 (GB 32100)."""
    total = sum(_USCC_SIGNS.index(sign) * weight for sign, weight in zip(body, _USCC_WEIGHTS, strict=True))
    return _USCC_SIGNS[-total % 31]


def is_id_number(text: str) -> bool:
    """公民身份号码 with a true birth date and check character (GB 11643)."""
    if len(text) != 18:
        return False
    # A file has a million numbers, but few places and days among them: what those are worth is looked up.
    place, day, sequence = _of_place(text[:6]), _of_day(text[6:14]), _of_sequence(text[14:17])
    if place is None or day is None or sequence is None:
        return False
    return _ID_SIGNS[(place + day + sequence) % 11] == text[17]


def _weighed(digits: str, first: int) -> int:
    """What these digits, the first of which stands at `first` of a number, give to its sum."""
    return sum(map(mul, map(int, digits), _ID_WEIGHTS[first:]))


@lru_cache(maxsize=10_000)
def _of_place(text: str) -> int | None:
    return _weighed(text, 0) if _is_digits(text) and text[0] != "0" else None


@lru_cache(maxsize=50_000)
def _of_day(text: str) -> int | None:
    if not _is_digits(text):
        return None
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
    return _weighed(text, 6)


@lru_cache(maxsize=1_000)
def _of_sequence(text: str) -> int | None:
    return _weighed(text, 14) if _is_digits(text) else None


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def is_uscc(text: str) -> bool:
    """统一社会信用代码 with a true check character (GB 32100)."""
    if len(text) != 18 or any(sign not in _USCC_SIGNS for sign in text):
        return False
    return uscc_check(text[:17]) == text[17]


def _id_number(text: str) -> Good:
    if not is_id_number(text.upper()):
        raise Breaks("id_number")
    return Good(text.upper())


def _uscc(text: str) -> Good:
    if not is_uscc(text.upper()):
        raise Breaks("uscc")
    return Good(text.upper())


def _id_number_or_uscc(text: str) -> Good:
    if not (is_id_number(text.upper()) or is_uscc(text.upper())):
        raise Breaks("id_number_or_uscc")
    return Good(text.upper())


def _id_number_of_person(text: str) -> Good | Missing:
    """A column that holds persons and firms: the person's number, nothing for a firm."""
    return Missing() if is_uscc(text.upper()) else _id_number(text)


def _uscc_of_firm(text: str) -> Good | Missing:
    return Missing() if is_id_number(text.upper()) else _uscc(text)


IDENTIFIER_FORMS: Mapping[str, Callable[[str], Good | Missing]] = {
    "id_number": _id_number,
    "uscc": _uscc,
    "id_number_or_uscc": _id_number_or_uscc,
    "id_number_of_person": _id_number_of_person,
    "uscc_of_firm": _uscc_of_firm,
}
"""Those `as` of a field that give a number of a person or a body."""
