"""Fills a department's request from a template in its mapping: our words in, their words out. It sends nothing.

A template is a TOML tree whose texts hold placeholders in braces. Placeholders are looked up in a flat scope that the kind
builds from a query or a handover; `{a|b}` takes the first that has a value.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import quote

from adapters.contract import Misconfigured, Unusable
from adapters.kinds.documents import Documents
from adapters.kinds.values import BEIJING, plain_decimal, writable

Plain = str | int | bool | Decimal | bytes | datetime | None
Scope = Mapping[str, object]
"""Names to plain values; a name may hold a sequence of scopes, over which `each` runs."""

_PLACE = re.compile(r"\{([^{}]+)\}")


class Unfillable(Exception):
    """A value that the department's form must have is absent or cannot be written its way. `place` names where."""

    def __init__(self, place: str, rule: str) -> None:
        super().__init__(f"{place}: {rule}")
        self.place, self.rule = place, rule


def unaskable(fault: Unfillable) -> Unusable:
    """The outcome of a question that cannot be written: nothing was sent, and it is no fault of the department's."""
    return Unusable("", fault.place, f"unaskable:{fault.rule}")


@dataclass(frozen=True)
class Writing:
    """Where a template is filled: which code lists it may name and who is spoken of in messages."""

    documents: Documents
    where: str


def fill(template: object, scope: Scope, writing: Writing, place: str = "") -> object:
    """The filled tree. Raises Unfillable for values, Misconfigured for the template itself."""
    if isinstance(template, str):
        return _text(template, scope, writing)
    if isinstance(template, Mapping):
        if "from" in template:
            return _directed(template, scope, writing, place)
        if "each" in template:
            return _rows(template, scope, writing, place)
        if "when" in template and fill(template["when"], scope, writing, place) is None:
            return None
        return {
            str(key): fill(inner, scope, writing, f"{place}.{key}".lstrip("."))
            for key, inner in template.items()
            if key != "when"
        }
    if isinstance(template, list):
        return [fill(inner, scope, writing, f"{place}[{at}]") for at, inner in enumerate(template)]
    return template


def names(template: object) -> Iterator[str]:
    """Every placeholder name that a template uses, for checking it before it is needed."""
    if isinstance(template, str):
        for inner in _PLACE.findall(template):
            yield from inner.split("|")
    elif isinstance(template, Mapping):
        for inner in template.values():
            yield from names(inner)
    elif isinstance(template, list):
        for inner in template:
            yield from names(inner)


def _text(template: str, scope: Scope, writing: Writing) -> object | None:
    whole = _PLACE.fullmatch(template)
    if whole:
        return _first(whole[1], scope, writing)
    pieces = {inner: _first(inner, scope, writing) for inner in _PLACE.findall(template)}
    if pieces and all(piece is None for piece in pieces.values()):
        return None
    return _PLACE.sub(lambda match: "" if pieces[match[1]] is None else str(pieces[match[1]]), template)


def _first(alternatives: str, scope: Scope, writing: Writing) -> object | None:
    for name in alternatives.split("|"):
        value = scope.get(name)
        if value is None and name not in scope and "." not in name:
            raise Misconfigured(f"{writing.where}: {{{name}}} is no known word here; docs/departments.md lists them.")
        if value is not None and value != "":
            return value
    return None


def _directed(template: Mapping[str, object], scope: Scope, writing: Writing, place: str) -> object | None:
    value = fill(template["from"], scope, writing, place)
    if value is None and "default" in template:
        value = template["default"]
    if value is None:
        if template.get("required"):
            raise Unfillable(place, "required")
        return None
    if "codes" in template:
        # A list of words is coded word by word.
        words = _words(value) if template.get("as") == "words" else [_word(value)]
        value = ",".join(_coded(word, template, writing, place) for word in words)
    form = str(template.get("as", "text"))
    if form not in OUT_FORMS:
        raise Misconfigured(f"{writing.where}: as = {form!r} is no known form; docs/departments.md lists them.")
    try:
        return OUT_FORMS[form](value)
    except (ValueError, TypeError, ArithmeticError):
        raise Unfillable(place, form) from None


def _coded(word: str, template: Mapping[str, object], writing: Writing, place: str) -> str:
    codes, name = writing.documents.code_list(template["codes"])
    if word not in codes and "otherwise" not in template:
        raise Unfillable(place, f"code_list:{name}")
    return codes.get(word, str(template.get("otherwise")))


def _rows(template: Mapping[str, object], scope: Scope, writing: Writing, place: str) -> object:
    rows = scope.get(str(template["each"]))
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise Misconfigured(f"{writing.where}: each = {template['each']!r} is no list; docs/departments.md names them.")
    filled = [
        fill(template["row"], {**scope, **row, "number": at}, writing, f"{place}[{at}]")
        for at, row in enumerate(rows, start=1)
    ]
    if template.get("single"):
        return filled[0] if filled else None
    return filled


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _moment(value: object) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.astimezone(BEIJING) if moment.tzinfo else moment


def _flag(value: object) -> str:
    said = {"true": "1", "false": "0", "1": "1", "0": "0"}.get(_word(value).lower())
    if said is None:
        raise ValueError("flag")
    return said


def _boolean(value: object) -> bool:
    if _word(value).lower() not in ("true", "false"):
        raise ValueError("boolean")
    return _word(value).lower() == "true"


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("bytes")
    return value


def _number(value: object) -> Decimal:
    """Raises ValueError also for what is a few characters here and a gigabyte written out."""
    number = Decimal(str(value))
    if not writable(number):
        raise ValueError("number")
    return number


def _decimal2(value: object) -> str:
    return format(_number(value).quantize(Decimal("0.01")), "f")


def _whole(value: object) -> int:
    number = _number(value)
    if number != number.to_integral_value():
        raise ValueError("integer")
    return int(number)


def _words(value: object) -> list[str]:
    return [part.strip() for part in re.split(r"[,，、;；\n]", _word(value)) if part.strip()]


OUT_FORMS: Mapping[str, Callable[[object], object]] = {
    "text": _word,
    "integer": _whole,
    "decimal2": _decimal2,
    "fen": lambda value: _whole(_number(value) * 100),
    "wan": lambda value: plain_decimal(_number(value).scaleb(-4)),
    "flag": _flag,
    "boolean": _boolean,
    "yyyymmdd": lambda value: _moment(value).strftime("%Y%m%d"),
    "yyyymmddhhmmss": lambda value: _moment(value).strftime("%Y%m%d%H%M%S"),
    "date": lambda value: _moment(value).date().isoformat(),
    "iso": lambda value: _moment(value).isoformat(timespec="seconds"),
    "datetime": lambda value: _moment(value).strftime("%Y-%m-%d %H:%M:%S"),
    "epoch_ms": lambda value: int(_moment(value).timestamp() * 1000),
    "base64": lambda value: base64.b64encode(_bytes(value)).decode("ascii"),
    "bytes": _bytes,
    "percent": lambda value: quote(_word(value), safe=""),
    "words": _words,
}
"""Every `as` of a request template."""
