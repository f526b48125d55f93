"""Plainly fictional values for samples: identity numbers of the range 990–999, firms and people named 示例. No value is anybody's.

Nothing here is chance: two calls make the same sample.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from stdnum.cn import ric, uscc

from adapters.onboarding.mapping import date_form
from adapters.onboarding.places import Place
from adapters.onboarding.words import letters, tokens
from catalog.types import FieldDefinition, FieldType

_ID_BODY = "41132319900101990"
_FIRM_BODY = "91411323MA9990010"
ID_NUMBER = _ID_BODY + ric.calc_check_digit(_ID_BODY + "0")
FIRM = _FIRM_BODY + uscc.calc_check_digit(_FIRM_BODY)

_DATES: Mapping[str, str] = {
    "yyyymmdd": "20240305",
    "date": "2024-03-05",
    "slash_date": "2024/3/5",
    "chinese_date": "2024年3月5日",
    "yyyymmddhhmmss": "20240305093000",
    "year_month": "202403",
}
_BY_KIND: Mapping[str, str] = {
    "integer": "1",
    "number": "1",
    "boolean": "true",
    "date": "2024-03-05",
    "datetime": "2024-03-05T09:30:00",
    "binary": "5rWL6K+V",
}


def subject(definition: FieldDefinition) -> str:
    """A canonical value of this fact, to ask with."""
    return value(definition, Place((definition.name,)), "date")


def value(definition: FieldDefinition, place: Place, form: str) -> str:
    """A value of this fact as the department would write it at this place; `form` is the key of `as`."""
    if definition.type is FieldType.ID_NUMBER:
        return ID_NUMBER
    if definition.type is FieldType.USCC:
        return FIRM
    if definition.type is FieldType.DATE:
        return _DATES.get(form, _DATES["date"]) if place.kind not in ("datetime",) else _BY_KIND["datetime"]
    if place.words:
        return place.words[0]
    if definition.type in (FieldType.INTEGER, FieldType.DECIMAL):
        least = definition.minimum if definition.minimum is not None and definition.minimum > 0 else 1
        return f"{least:.2f}" if place.form == "decimal2" else f"{least:f}" if least != 1 else "1"
    if definition.codes:
        return definition.codes[0].code
    if definition.type is FieldType.BOOLEAN:
        return "1" if place.kind != "boolean" else "true"
    return _text(definition, place)


def plain(place: Place) -> str:
    """A value for a place of which nobody knows what it means."""
    if place.words:
        return place.words[0]
    if place.form == "id_number":
        return ID_NUMBER
    if place.form in ("uscc", "id_number_or_uscc"):
        return FIRM
    if place.form in _DATES:
        return _DATES[place.form]
    if place.form in ("integer", "decimal", "decimal2"):
        return "1.00" if place.form == "decimal2" else "1"
    return dated(place) or _BY_KIND.get(place.kind, _cut("示例", place))


_IS_DATE = re.compile(r"日期|年月日|yyyy", re.IGNORECASE)


def dated(place: Place) -> str:
    """A day as the papers say that it is written, for a text that they call a date; "" for any other place."""
    named = letters(place.name).endswith("rq") or "date" in tokens(place.name)
    if place.kind != "text" or place.words or not (named or _IS_DATE.search(place.label) or "日期" in place.name):
        return ""
    day = _DATES.get(date_form(place), "")
    return day if place.longest is None or len(day) <= place.longest else ""


def _text(definition: FieldDefinition, place: Place) -> str:
    made = definition.example or {
        FieldType.PHONE: "0377-60000001",
        FieldType.ADDRESS: "西峡县示例路1号",
    }.get(definition.type, f"示例{definition.title}")
    return _cut(made, place)


def _cut(text: str, place: Place) -> str:
    return text if place.longest is None else text[: place.longest]
