"""Turns one value as a department writes it into canonical text, or says which rule it broke. Pure: it reads no wire and knows no field.

Canonical text: dates ISO 8601, money in yuan, numbers plain decimals without idle zeros, booleans `true`/`false`. A date known to
the month or year is `1990-05` or `1990`, with the precision beside it. Empty text is a missing value, never "".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from adapters.kinds.dates import BEIJING, DATE_FORMS, OPEN_END, moment
from adapters.kinds.identifiers import IDENTIFIER_FORMS, is_id_number, is_uscc
from adapters.kinds.numbers import NUMBER_FORMS, plain_decimal, writable
from adapters.kinds.readings import Breaks, Broken, Good, Missing, Reading, Withheld
from adapters.kinds.wordings import WORDING_FORMS

__all__ = [
    "BEIJING",
    "DATES",
    "FORMS",
    "OPEN_END",
    "Broken",
    "Good",
    "Missing",
    "Reading",
    "Rule",
    "Withheld",
    "is_id_number",
    "is_uscc",
    "moment",
    "normalise",
    "plain_decimal",
    "shown",
    "unfit_characters",
    "writable",
]

LONGEST_TEXT = 10_000
"""More characters than this are no fact that a form asks for."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Also the marks that turn the order of writing round: a name must read as it is."""
_LOST = re.compile("[\ud800-\udfff\ufffd\ufffe\uffff]")
"""Half a character, or the sign that stands where one was lost on the way."""


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
    except Breaks as e:
        return Broken(e.rule)


def _plain(raw: object) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, datetime):
        return raw.isoformat()
    if isinstance(raw, float | Decimal):
        return format(Decimal(repr(raw)) if isinstance(raw, float) else raw, "f")
    # A byte order mark says nothing; str.strip() also takes U+3000, with which some systems pad to the column's width.
    return unicodedata.normalize("NFC", str(raw)).lstrip("\ufeff").strip()


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
        raise Breaks(broken)
    if rule.codes is not None:
        if text not in rule.codes:
            raise Breaks(f"code_list:{rule.codes_name}")
        text = rule.codes[text]
    if rule.form == "boolean":
        return _boolean(text, rule)
    return FORMS[rule.form](text)


def _boolean(text: str, rule: Rule) -> Good:
    if text in rule.true:
        return Good("true")
    if text in rule.false:
        return Good("false")
    raise Breaks("boolean")


FORMS: Mapping[str, Callable[[str], Good | Missing]] = {
    "text": Good,
    "code": Good,
    "boolean": Good,  # needs the rule's words: `_formed` takes it first
    **DATE_FORMS,
    **NUMBER_FORMS,
    **IDENTIFIER_FORMS,
    **WORDING_FORMS,
}
"""Every `as` that a department.toml may name (docs/mapping.md says what each reads)."""

DATES = frozenset(DATE_FORMS)
"""Those of FORMS that give a date."""
