"""Reads and writes numbers the ways departments write them: plain, grouped, in fen, in ten thousands, as shares. It knows no field.

Canonical text is a plain decimal without idle zeros, money in yuan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from adapters.kinds.readings import Breaks, Good

LARGEST_EXPONENT = 40
"""`1e999999999` is twelve bytes in an answer and a gigabyte written out."""


def writable(number: int | float | Decimal) -> bool:
    """Whether a number is one that can be written out in full."""
    if isinstance(number, int):
        return bool(abs(number) < 10**LARGEST_EXPONENT)
    exact: Decimal = Decimal(repr(number)) if isinstance(number, float) else number
    return bool(exact.is_finite()) and abs(exact.adjusted()) <= LARGEST_EXPONENT


def plain_decimal(number: Decimal) -> str:
    """A number as plain text without idle zeros: 50.00 and 50 are one value."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


# --- reading ---------------------------------------------------------------------------------------------------------


def _number(text: str, rule: str) -> Decimal:
    if not re.fullmatch(r"-?\d{1,24}(\.\d{1,12})?", text, re.ASCII):
        raise Breaks(rule)
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Breaks(rule) from None


def _decimal(text: str) -> Good:
    return Good(plain_decimal(_number(text, "decimal")))


def _grouped_decimal(text: str) -> Good:
    if not re.fullmatch(r"-?\d{1,3}(,\d{3})*(\.\d{1,12})?|-?\d{1,24}(\.\d{1,12})?", text, re.ASCII):
        raise Breaks("grouped_decimal")
    return Good(plain_decimal(_number(text.replace(",", ""), "grouped_decimal")))


def _integer(text: str) -> Good:
    number = _number(text, "integer")
    if number != number.to_integral_value():
        raise Breaks("integer")
    return Good(plain_decimal(number))


def _fen(text: str) -> Good:
    number = _number(text, "fen")
    if number != number.to_integral_value():
        raise Breaks("fen")
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
    raise Breaks("fraction")


NUMBER_FORMS: Mapping[str, Callable[[str], Good]] = {
    "integer": _integer,
    "decimal": _decimal,
    "grouped_decimal": _grouped_decimal,
    "fen": _fen,
    "wan": _wan,
    "fraction": _fraction,
}
"""Those `as` of a field that give a number or a share."""

# --- writing ---------------------------------------------------------------------------------------------------------


def _sent(value: object) -> Decimal:
    """Raises ValueError also for what is a few characters here and a gigabyte written out."""
    number = Decimal(str(value))
    if not writable(number):
        raise ValueError("number")
    return number


def _decimal2(value: object) -> str:
    return format(_sent(value).quantize(Decimal("0.01")), "f")


def _whole(value: object) -> int:
    number = _sent(value)
    if number != number.to_integral_value():
        raise ValueError("integer")
    return int(number)


def _grouped(value: object) -> str:
    whole, dot, rest = plain_decimal(_sent(value)).partition(".")
    return f"{int(whole):,}{dot}{rest}" if not whole.startswith("-0") else f"-0{dot}{rest}"


def _share(value: object) -> str:
    try:
        return _fraction(str(value)).text
    except Breaks:
        raise ValueError("fraction") from None


NUMBERS_OUT: Mapping[str, Callable[[object], object]] = {
    "integer": _whole,
    "decimal": lambda value: plain_decimal(_sent(value)),
    "decimal2": _decimal2,
    "grouped_decimal": _grouped,
    "fen": lambda value: _whole(_sent(value) * 100),
    "wan": lambda value: plain_decimal(_sent(value).scaleb(-4)),
    "fraction": _share,
}
"""Those `as` of a request that write a number."""
