"""Turns one value as a department writes it into canonical text, or says which rule it broke. Pure: it reads no wire and knows no field.

Canonical text: dates ISO 8601, money in yuan, numbers plain decimals without idle zeros, booleans `true`/`false`. A date known to
the month or year is `1990-05` or `1990`, with the precision beside it. Empty text is a missing value, never "".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

OPEN_END = "9999-12-31"
"""Canonical text of 长期, as `FieldDefinition.open_ended` says."""

BEIJING = timezone(timedelta(hours=8))

LONGEST_TEXT = 10_000
"""More characters than this are no fact that a form asks for."""
LARGEST_EXPONENT = 40
"""`1e999999999` is twelve bytes in an answer and a gigabyte written out."""
YEARS = range(1900, 2201)
"""A department's clock outside of these is wrong; beyond them time zones overflow."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Also the marks that turn the order of writing round: a name must read as it is."""
_LOST = re.compile("[\ud800-\udfff\ufffd\ufffe\uffff]")
"""Half a character, or the sign that stands where one was lost on the way."""


@dataclass(frozen=True)
class Good:
    """A value in canonical text; `precision` is "", "month" or "year"."""

    text: str = field(repr=False)
    precision: str = ""


@dataclass(frozen=True)
class Missing:
    """Nothing stood there."""


@dataclass(frozen=True)
class Withheld:
    """The department has it and cut it out."""


@dataclass(frozen=True)
class Broken:
    """Something stood there that breaks a rule; the value itself is never repeated."""

    rule: str


Reading = Good | Missing | Withheld | Broken


@dataclass(frozen=True)
class Rule:
    """How one field is written. `form` is a key of FORMS; `codes` maps the department's codes to ours."""

    form: str = "text"
    empty: tuple[str, ...] = ()
    open_ended: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    codes: Mapping[str, str] | None = field(default=None, repr=False)
    codes_name: str = ""
    true: tuple[str, ...] = ("1", "true", "Y", "是")
    false: tuple[str, ...] = ("0", "false", "N", "否")


def normalise(raw: object, rule: Rule) -> Reading:
    """One value by its rule. Never raises for a value."""
    if raw is None:
        return Missing()
    if isinstance(raw, Mapping | list | tuple | bytes):
        return Broken("single_value")
    if isinstance(raw, int | float | Decimal) and not writable(raw):
        return Broken("number_size")
    text = _plain(raw)
    if not text or text in rule.empty:
        return Missing()
    if text in rule.withheld:
        return Withheld()
    if text in rule.open_ended:
        return Good(OPEN_END)
    try:
        return _formed(text, rule)
    except _Breaks as e:
        return Broken(e.rule)


class _Breaks(Exception):
    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def writable(number: int | float | Decimal) -> bool:
    """Whether a number is one that can be written out in full."""
    if isinstance(number, int):
        return bool(abs(number) < 10**LARGEST_EXPONENT)
    exact: Decimal = Decimal(repr(number)) if isinstance(number, float) else number
    return bool(exact.is_finite()) and abs(exact.adjusted()) <= LARGEST_EXPONENT


def _plain(raw: object) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, datetime):
        return raw.isoformat()
    if isinstance(raw, float | Decimal):
        return format(Decimal(repr(raw)) if isinstance(raw, float) else raw, "f")
    # str.strip() also takes U+3000, with which some systems pad to the column's width.
    return unicodedata.normalize("NFC", str(raw)).strip()


def unfit_characters(text: str) -> str:
    """The rule that a text breaks by its length or its characters alone, or "". What passes can be stored and shown anywhere."""
    if len(text) > LONGEST_TEXT:
        return "too_long"
    if _CONTROL.search(text):
        return "control_characters"
    return "lost_characters" if _LOST.search(text) else ""


def shown(text: str, longest: int) -> str:
    """A department's own words for one line of a page: what cannot be shown becomes □, and the end is cut."""
    return _LOST.sub("□", _CONTROL.sub("□", re.sub(r"[\t\r\n]", "□", text[:longest])))


def _formed(text: str, rule: Rule) -> Good | Missing:
    broken = unfit_characters(text)
    if broken:
        raise _Breaks(broken)
    if rule.codes is not None:
        if text not in rule.codes:
            raise _Breaks(f"code_list:{rule.codes_name}")
        text = rule.codes[text]
    if rule.form == "boolean":
        return _boolean(text, rule)
    return FORMS[rule.form](text)


def _boolean(text: str, rule: Rule) -> Good:
    if text in rule.true:
        return Good("true")
    if text in rule.false:
        return Good("false")
    raise _Breaks("boolean")


def _date(year: str, month: str, day: str, rule: str) -> Good:
    precision = "year" if int(month) == 0 else "month" if int(day) == 0 else ""
    if int(month) == 0 and int(day) != 0:
        raise _Breaks(rule)
    try:
        known = date(int(year), int(month) or 1, int(day) or 1)
    except ValueError:
        raise _Breaks(rule) from None
    return Good(known.isoformat()[: {"": 10, "month": 7, "year": 4}[precision]], precision)


def _by_pattern(pattern: str, rule: str) -> Callable[[str], Good]:
    compiled = re.compile(pattern, re.ASCII)

    def read(text: str) -> Good:
        match = compiled.fullmatch(text)
        if match is None:
            raise _Breaks(rule)
        return _date(match[1], match[2] or "0", match[3] or "0", rule)

    return read


def _iso_date(text: str) -> Good:
    try:
        if len(text) == 10:
            return Good(date.fromisoformat(text).isoformat())
        moment = datetime.fromisoformat(text)
        # A moment with a zone is that day's date in China; one without is local already.
        local = moment.astimezone(BEIJING) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise _Breaks("date") from None
    if len(text) < 16:
        raise _Breaks("date")
    return Good(local.date().isoformat())


def _number(text: str, rule: str) -> Decimal:
    if not re.fullmatch(r"-?\d{1,24}(\.\d{1,12})?", text, re.ASCII):
        raise _Breaks(rule)
    try:
        return Decimal(text)
    except InvalidOperation:
        raise _Breaks(rule) from None


def plain_decimal(number: Decimal) -> str:
    """A number as plain text without idle zeros: 50.00 and 50 are one value."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _decimal(text: str) -> Good:
    return Good(plain_decimal(_number(text, "decimal")))


def _grouped_decimal(text: str) -> Good:
    if not re.fullmatch(r"-?\d{1,3}(,\d{3})*(\.\d{1,12})?|-?\d{1,24}(\.\d{1,12})?", text, re.ASCII):
        raise _Breaks("grouped_decimal")
    return Good(plain_decimal(_number(text.replace(",", ""), "grouped_decimal")))


def _integer(text: str) -> Good:
    number = _number(text, "integer")
    if number != number.to_integral_value():
        raise _Breaks("integer")
    return Good(plain_decimal(number))


def _fen(text: str) -> Good:
    number = _number(text, "fen")
    if number != number.to_integral_value():
        raise _Breaks("fen")
    return Good(plain_decimal(number.scaleb(-2)))


def _wan(text: str) -> Good:
    return Good(plain_decimal(_number(text, "wan").scaleb(4)))


def _fraction(text: str) -> Good:
    match = re.fullmatch(r"(\d{1,9})\s*[:/：／]\s*(\d{1,9})", text, re.ASCII)
    if match and 0 < int(match[1]) <= int(match[2]):
        return Good(f"{int(match[1])}/{int(match[2])}")
    if text.endswith(("%", "％")):
        number = _number(text[:-1].strip(), "fraction")
        if 0 < number <= 100:
            return Good(f"{plain_decimal(number)}%")
    raise _Breaks("fraction")


_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def is_id_number(text: str) -> bool:
    """公民身份号码 with a true birth date and check character (GB 11643)."""
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", text, re.ASCII):
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, _ID_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == text[17]


def is_uscc(text: str) -> bool:
    """统一社会信用代码 with a true check character (GB 32100)."""
    if len(text) != 18 or any(sign not in _USCC_SIGNS for sign in text):
        return False
    total = sum(_USCC_SIGNS.index(sign) * weight for sign, weight in zip(text, _USCC_WEIGHTS, strict=False))
    return _USCC_SIGNS[-total % 31] == text[17]


def _id_number(text: str) -> Good:
    if not is_id_number(text.upper()):
        raise _Breaks("id_number")
    return Good(text.upper())


def _uscc(text: str) -> Good:
    if not is_uscc(text.upper()):
        raise _Breaks("uscc")
    return Good(text.upper())


def _id_number_or_uscc(text: str) -> Good:
    if not (is_id_number(text.upper()) or is_uscc(text.upper())):
        raise _Breaks("id_number_or_uscc")
    return Good(text.upper())


def _id_number_of_person(text: str) -> Good | Missing:
    """A column that holds persons and firms: the person's number, nothing for a firm."""
    return Missing() if is_uscc(text.upper()) else _id_number(text)


def _uscc_of_firm(text: str) -> Good | Missing:
    return Missing() if is_id_number(text.upper()) else _uscc(text)


FORMS: Mapping[str, Callable[[str], Good | Missing]] = {
    "text": Good,
    "code": Good,
    "boolean": Good,  # needs the rule's words: `_formed` takes it first
    "yyyymmdd": _by_pattern(r"(\d{4})(\d{2})(\d{2})", "yyyymmdd"),
    "yyyymmddhhmmss": _by_pattern(r"(\d{4})(\d{2})(\d{2})(?:[01]\d|2[0-3])[0-5]\d[0-5]\d", "yyyymmddhhmmss"),
    "year_month": _by_pattern(r"(\d{4})-?(\d{2})()", "year_month"),
    "slash_date": _by_pattern(r"(\d{4})/(\d{1,2})/(\d{1,2})", "slash_date"),
    "chinese_date": _by_pattern(r"(\d{4})年(?:(\d{1,2})月(?:(\d{1,2})日)?)?", "chinese_date"),
    "date": _iso_date,
    "integer": _integer,
    "decimal": _decimal,
    "grouped_decimal": _grouped_decimal,
    "fen": _fen,
    "wan": _wan,
    "fraction": _fraction,
    "id_number": _id_number,
    "uscc": _uscc,
    "id_number_or_uscc": _id_number_or_uscc,
    "id_number_of_person": _id_number_of_person,
    "uscc_of_firm": _uscc_of_firm,
}
"""Every `as` that a department.toml may name (docs/departments.md says what each reads)."""


DATES = frozenset(("yyyymmdd", "yyyymmddhhmmss", "year_month", "slash_date", "chinese_date", "date"))
"""Those of FORMS that give a date."""


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
