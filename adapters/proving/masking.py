"""Shows the shape of a value and not the value: how long, which kinds of signs, which separators. It recognises nothing."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange

LONGEST = 60
_DATE = re.compile(
    r"(?<![0-9])(?P<y>[0-9]{4})(?P<a>[-/.年]?)(?P<m>[0-9]{1,2})(?P<b>[-/.月]?)(?P<d>[0-9]{1,2})(?![0-9])"
)
_MARKS = (("", ""), ("-", "-"), ("/", "/"), (".", "."), ("年", "月"))


def plainly(text: str) -> str:
    """A value for one line, as it is: only for answers that are about nobody."""
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"


def masked(text: str) -> str:
    """`张三 1990年5月` becomes `某某 9999年9月`: enough to see why a rule was broken. A whole date becomes another date, written alike."""
    text, found, at = text[:LONGEST], "", 0
    for date in _DATE.finditer(text):
        if _is_date(date):
            found += _signs(text, at, date.start()) + _other(date)
            at = date.end()
    return plainly(found + _signs(text, at, len(text)))


def _is_date(found: re.Match[str]) -> bool:
    year, month, day = map(int, found.group("y", "m", "d"))
    if found.group("a", "b") not in _MARKS or (not found["a"] and len(found.group()) != 8):
        return False
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def _other(date: re.Match[str]) -> str:
    """2000-01-01 with as many digits and the same marks."""
    said = date.group()
    for name, value in (("d", "1"), ("m", "1"), ("y", "2000")):
        start, end = date.start(name) - date.start(), date.end(name) - date.start()
        said = said[:start] + value.rjust(end - start, "0") + said[end:]
    return said


def _signs(text: str, start: int, end: int) -> str:
    return "".join(_sign(text[at], text, at) for at in range(start, end))


def _sign(sign: str, text: str, at: int) -> str:
    kind = unicodedata.category(sign)
    if kind == "Nd":
        return "9"
    if sign in "年月日" and at and text[at - 1].isdigit():
        return sign
    if kind in ("Lu", "Ll", "Lt"):
        return ("X" if kind == "Lu" else "x") if sign.isascii() else "某"
    if kind[0] in "LMN":
        return "某"
    return sign if re.match(r"[\x20-\x7e、。，；：／－·（）％]", sign) else "□"
