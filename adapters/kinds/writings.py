"""Writes one value of ours the way a department's papers want it: the other direction of `values`. It fills no template and sends nothing."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from adapters.kinds.dates import DATES_OUT, is_partial, partial_written
from adapters.kinds.numbers import NUMBERS_OUT
from adapters.kinds.values import Good, Rule, normalise


def word(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def words(value: object) -> list[str]:
    return [part.strip() for part in re.split(r"[,，、;；\n]", word(value)) if part.strip()]


def written(value: object, form: str, partial: bool) -> object:
    """The value in a form of OUT_FORMS. A date known to the month or year goes out only where the papers take such (`partial`).

    Raises ValueError, TypeError, ArithmeticError for a value that cannot be written so."""
    if form in DATES_OUT and is_partial(value):
        if not partial and form != "year_month":
            raise ValueError("precision")
        return partial_written(str(value), form)
    return OUT_FORMS[form](value)


def _flag(value: object) -> str:
    said = {"true": "1", "false": "0", "1": "1", "0": "0"}.get(word(value).lower())
    if said is None:
        raise ValueError("flag")
    return said


def _boolean(value: object) -> bool:
    if word(value).lower() not in ("true", "false"):
        raise ValueError("boolean")
    return word(value).lower() == "true"


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("bytes")
    return value


def _checked(form: str) -> Callable[[object], str]:
    """Read by the same rule before it is sent: a number with a wrong check character never leaves."""

    def write(value: object) -> str:
        found = normalise(value, Rule(form))
        if not isinstance(found, Good):
            raise ValueError(form)
        return found.text

    return write


OUT_FORMS: Mapping[str, Callable[[object], object]] = {
    "text": word,
    "flag": _flag,
    "boolean": _boolean,
    "base64": lambda value: base64.b64encode(_bytes(value)).decode("ascii"),
    "bytes": _bytes,
    "percent": lambda value: quote(word(value), safe=""),
    "words": words,
    **DATES_OUT,
    **NUMBERS_OUT,
    **{form: _checked(form) for form in ("id_number", "uscc", "id_number_or_uscc", "name", "address", "phone")},
}
"""Every `as` of a request template."""
