"""Shows the shape of a value and not the value: how long, which kinds of signs, which separators. It recognises nothing."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 60


def plainly(text: str) -> str:
    """A value for one line, as it is: only for answers that are about nobody."""
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"


def masked(text: str) -> str:
    """`张三 1990年5月` becomes `某某 9999年9月`: enough to see why a rule was broken."""
    return plainly("".join(_sign(sign, text, at) for at, sign in enumerate(text[:LONGEST])))


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
