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
ENDLESS = ("长期", "长期有效", "永久", "永久有效", "无固定期限", "至今")
"""What stands in a column of dates where one has no end (proposed)."""
MOST_SHAPES = 3
MOST_CODES = 12
ROWS_PER_CODE = 3
_CODE = re.compile(r"[A-Z0-9]{1,3}|0[0-9]")
_LEADING_ZERO = re.compile(r"0\d+")
LARGEST_COUNT = 6
"""Digits of a count of which the name says nothing; longer figures are numbers of something."""
_NUMBER_FORMS = ("integer", "decimal", "grouped_decimal")
_COUNTS = re.compile(
    r"数量?$|人数|次数|金额|额$|面积|单价|价格|费$|率$|比例|合计|总计|小计|总数|总量|资本|资金|余额|重量|高度|年龄|容量|（.*元）|元$|天$|年限|分数|成绩"
    r"|^(je|sl|rs|mj|hj|nl|.*(?:zj|zcje|zje|mj|rs|sl))$"
    r"|(?:^|[_\W])(amount|count|total|qty|quantity|price|area|population|sum|fee|cost|balance|age|rate|percent|score|capital|salary|days|years"
    r"|hours|height|width|length|weight|size)(?:$|[_\W])"
)
_IDENTIFIES = re.compile(
    r"号|编码|代码|电话|手机|邮编|邮政|区划|证件|账户|卡|标识"
    r"|^.*(dm|bm|bh|hm|dh|xh|zh|kh|yb|yzbm|qh|sjh?|lxfs)$"
    r"|(?:^|[_\W])(id|no|nr|num|number|code|phone|tel|telephone|mobile|fax|zip|zipcode|postcode|postal|account|card|key|serial|iso|fips)(?:$|[_\W\d])"
)
"""What a column counts and what it numbers, by its name in Chinese, pinyin initials and English (proposed)."""
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class SampleColumn:
    """`form` is a key of FORMS (what `as` would say), `text` where nothing narrower reads every value. `codes`: the words of a short
    code list, else empty; `open_words` those that stand among its dates for one without an end. `longest` counts characters; `filled` and `rows` count rows of the sample."""

    name: str
    form: str
    shapes: tuple[str, ...]
    filled: int
    rows: int
    longest: int
    unique: bool
    codes: tuple[str, ...] = ()
    open_words: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """No row of the sample leaves it empty."""
        return self.rows > 0 and self.filled == self.rows


def column_of(name: str, values: Sequence[str]) -> SampleColumn:
    """What the cells below one name look like."""
    filled = [value.strip() for value in values if value.strip()]
    endless: tuple[str, ...] = ()
    form = _named_form(name, filled)
    if form == "text":
        form, endless = _dates_among(filled)
    return SampleColumn(
        name,
        form,
        tuple(shape for shape, _ in Counter(map(shape_of, filled)).most_common(MOST_SHAPES)),
        len(filled),
        len(values),
        max(map(len, filled), default=0),
        len(filled) > 1 and len(set(filled)) == len(filled),
        _codes(filled) if form in ("text", "code", "integer", "yyyymmdd") and not endless else (),
        endless,
    )


def _dates_among(filled: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The form of a column whose every value is a date or a word for one without an end, and those words; else text."""
    days = [value for value in filled if value not in ENDLESS]
    form = form_of(days) if len(days) < len(filled) else "text"
    return (form, tuple(word for word in ENDLESS if word in filled)) if form in DATES else ("text", ())


def form_of(filled: Sequence[str]) -> str:
    """The narrowest rule that reads every value; `code` for digits whose leading zeros would be lost in a number."""
    if not filled:
        return "text"
    found = next((form for form in GUESSED if all(_reads(form, value) for value in filled)), "text")
    if found == "integer" and any(_LEADING_ZERO.fullmatch(value) for value in filled):
        return "code"
    return "code" if found == "integer" and _codes(filled) else found


def _named_form(name: str, filled: Sequence[str]) -> str:
    """As `form_of`, but digits are a number only where they plainly count something: a telephone number or a code is no quantity, and
    the next row may have letters in it."""
    form = form_of(filled)
    said = in_small(name)
    if form == "text" or form in ("id_number", "uscc", "id_number_or_uscc") or _COUNTS.search(said):
        return form
    if _IDENTIFIES.search(said):
        return "code" if all(value.isdecimal() for value in filled) else form if form not in _NUMBER_FORMS else "text"
    if form != "integer":
        return form
    lengths = {len(value.lstrip("+-")) for value in filled}
    return "integer" if len(lengths) > 1 and max(lengths) <= LARGEST_COUNT else "code"


def in_small(name: str) -> str:
    """`personId` is `person_id`: names of columns are compared so."""
    return _HUMP.sub("_", name).lower()


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
