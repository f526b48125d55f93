"""Guesses what the columns of a sample hold: a rule that reads every value, and a few shapes. It keeps no value of the sample.

A shape has 9 for a digit, A and a for letters, 字 for a Chinese character, and the marks between them: enough to know a date from a
number, and nothing about anybody. Only words of a short code list are given as they stand, and only where many rows share few of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from adapters.kinds.values import DATES, Good, Rule, normalise

GUESSED = (
    "id_number",
    "uscc",
    "id_number_or_uscc",
    "yyyymmdd",
    "yyyymmddhhmmss",
    "slash_date",
    "chinese_date",
    "date",
    "year_month",
    "integer",
    "decimal",
    "grouped_decimal",
)
"""Rules of `values.FORMS` in the order in which they are tried: the narrow ones first."""
PLAUSIBLE = frozenset(str(year) for year in range(1900, 2101))
"""Years of a date in a register: 12345678 is a number."""
MOST_SHAPES = 3
MOST_CODES = 12
ROWS_PER_CODE = 3
_CODE = re.compile(r"[A-Z0-9]{1,3}|0[0-9]")
_LEADING_ZERO = re.compile(r"0\d+")


@dataclass(frozen=True)
class SampleColumn:
    """`form` is a key of FORMS (what `as` would say), `text` where nothing narrower reads every value. `codes`: the words of a short
    code list, else empty. `longest` counts characters; `filled` and `rows` count rows of the sample."""

    name: str
    form: str
    shapes: tuple[str, ...]
    filled: int
    rows: int
    longest: int
    unique: bool
    codes: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """No row of the sample leaves it empty."""
        return self.rows > 0 and self.filled == self.rows


def column_of(name: str, values: Sequence[str]) -> SampleColumn:
    """What the cells below one name look like."""
    filled = [value.strip() for value in values if value.strip()]
    form = form_of(filled)
    return SampleColumn(
        name,
        form,
        tuple(shape for shape, _ in Counter(map(shape_of, filled)).most_common(MOST_SHAPES)),
        len(filled),
        len(values),
        max(map(len, filled), default=0),
        len(filled) > 1 and len(set(filled)) == len(filled),
        _codes(filled) if form in ("text", "code", "integer", "yyyymmdd") else (),
    )


def form_of(filled: Sequence[str]) -> str:
    """The narrowest rule that reads every value; `code` for digits whose leading zeros would be lost in a number."""
    if not filled:
        return "text"
    found = next((form for form in GUESSED if all(_reads(form, value) for value in filled)), "text")
    if found == "integer" and any(_LEADING_ZERO.fullmatch(value) for value in filled):
        return "code"
    return "code" if found == "integer" and _codes(filled) else found


def shape_of(text: str) -> str:
    """`2026年3月` is `9{4}字9字`."""
    signs = ((sign, sum(1 for _ in run)) for sign, run in groupby(map(_sign, text)))
    return "".join(sign if count == 1 else f"{sign}{{{count}}}" for sign, count in signs)


def _sign(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isascii():
        return ("A" if character.isupper() else "a") if character.isalpha() else character
    return "字" if character.isalpha() else character


def _reads(form: str, value: str) -> bool:
    reading = normalise(value, Rule(form))
    return isinstance(reading, Good) and (form not in DATES or reading.text[:4] in PLAUSIBLE)


def _codes(filled: Sequence[str]) -> tuple[str, ...]:
    found = sorted(set(filled))
    is_short = len(found) <= MOST_CODES and len(filled) >= ROWS_PER_CODE * len(found)
    return tuple(found) if is_short and all(_CODE.fullmatch(word) for word in found) else ()
