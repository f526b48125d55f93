"""What a table of a site's file may look like, and how a value is fitted to it. It knows no file, no line and no rule between tables.

A shape is data. `fit` gives back a value that always has the shape (blanks stand in for what was wrong) and every
fault found on the way, so that one mistake never hides the next.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from catalog.mismatch import At
from catalog.nearest import one_of


@dataclass(frozen=True)
class Fault:
    at: At
    code: str
    message: str


@dataclass(frozen=True)
class Text:
    choices: tuple[str, ...] = ()
    pattern: str = ""
    filled: bool = False


@dataclass(frozen=True)
class Flag:
    pass


@dataclass(frozen=True)
class Whole:
    least: int = 0


@dataclass(frozen=True)
class Number:
    pass


@dataclass(frozen=True)
class Day:
    """A date, kept as ISO 8601 text."""


@dataclass(frozen=True)
class Free:
    """Anything that JSON can say: settings which only an adapter understands."""


@dataclass(frozen=True)
class Many:
    of: Shape


@dataclass(frozen=True)
class OneOrMany:
    """A list; one entry may be written without its brackets."""

    of: Shape


@dataclass(frozen=True)
class Named:
    """A table whose keys are free names."""

    of: Shape
    pattern: str = ""


@dataclass(frozen=True)
class Key:
    shape: Shape
    required: bool = False


@dataclass(frozen=True)
class Table:
    """A table with known keys. `rest` takes all other keys as they are; without it they are faults."""

    keys: Mapping[str, Key]
    rest: bool = False


@dataclass(frozen=True)
class TextOr:
    """Text as the short way of writing `{ <key> = text }`."""

    key: str
    table: Table


Shape = Text | Flag | Whole | Number | Day | Free | Many | OneOrMany | Named | Table | TextOr

Fitted = tuple[object, list[Fault]]


def fit(shape: Shape, value: object, at: At = ()) -> Fitted:
    """Fit a value as read from TOML to a shape: (a value of that shape, the faults). Never raises for what an author wrote."""
    match shape:
        case Table():
            return _table(shape, value, at)
        case Named():
            return _named(shape, value, at)
        case Many():
            return _many(shape, value, at)
        case OneOrMany():
            return _one_or_many(shape, value, at)
        case TextOr():
            return _table(shape.table, {shape.key: value} if isinstance(value, str) else value, at)
        case Free():
            return _free(value, at)
        case _:
            return _plain(shape, value, at)


def blank(shape: Shape) -> object:
    """What stands in for a value that is missing or wrong."""
    match shape:
        case Text():
            return shape.choices[0] if shape.choices else ""
        case Flag():
            return False
        case Whole():
            return shape.least
        case Number():
            return 0
        case Day():
            return "1970-01-01"
        case Many() | OneOrMany():
            return []
        case Table():
            return {name: blank(key.shape) for name, key in shape.keys.items() if key.required}
        case TextOr():
            return blank(shape.table)
        case _:
            return {}


def _table(shape: Table, value: object, at: At) -> Fitted:
    if not isinstance(value, Mapping):
        return blank(shape), [_wrong(at, "a table", value)]
    fitted: dict[str, object] = {}
    faults: list[Fault] = []
    for name, found in value.items():
        if name in shape.keys:
            fitted[name], more = fit(shape.keys[name].shape, found, (*at, name))
            faults += more
        elif shape.rest:
            fitted[name], more = _free(found, (*at, name))
            faults += more
        else:
            message = f'key "{name}" is not known here; take it out or {one_of(name, shape.keys)}'
            faults.append(Fault((*at, name), "UNKNOWN_KEY", message))
    for name, key in shape.keys.items():
        if key.required and name not in value:
            fitted[name] = blank(key.shape)
            faults.append(Fault(at, "MISSING_KEY", f'key "{name}" is missing in {_place(at)}; add it'))
    return fitted, faults


def _named(shape: Named, value: object, at: At) -> Fitted:
    if not isinstance(value, Mapping):
        return {}, [_wrong(at, "a table", value)]
    fitted: dict[str, object] = {}
    faults: list[Fault] = []
    for name, found in value.items():
        if shape.pattern and not re.fullmatch(shape.pattern, name):
            faults.append(
                Fault((*at, name), "BAD_NAME", f'name "{name}" does not fit the pattern {shape.pattern}; rename it')
            )
            continue
        fitted[name], more = fit(shape.of, found, (*at, name))
        faults += more
    return fitted, faults


def _many(shape: Many, value: object, at: At) -> Fitted:
    if not isinstance(value, list):
        return [], [_wrong(at, "a list", value)]
    fitted: list[object] = []
    faults: list[Fault] = []
    for position, found in enumerate(value):
        one, more = fit(shape.of, found, (*at, position))
        fitted.append(one)
        faults += more
    return fitted, faults


def _one_or_many(shape: OneOrMany, value: object, at: At) -> Fitted:
    if isinstance(value, list):
        return _many(Many(shape.of), value, at)
    one, faults = fit(shape.of, value, at)
    return [one], faults


def _free(value: object, at: At) -> Fitted:
    if isinstance(value, Mapping):
        return _named(Named(Free()), value, at)
    if isinstance(value, list):
        return _many(Many(Free()), value, at)
    if isinstance(value, date):
        return value.isoformat(), []
    if isinstance(value, float) and not math.isfinite(value):
        return 0, [_wrong(at, "a finite number", value)]
    if isinstance(value, (str, bool, int, float)):
        return value, []
    return "", [_wrong(at, "text, number, true/false, date, list or table", value)]


def _plain(shape: Text | Flag | Whole | Number | Day, value: object, at: At) -> Fitted:
    match shape:
        case Text():
            return _text(shape, value, at)
        case Flag():
            good = isinstance(value, bool)
            wanted = "true or false"
        case Whole():
            good = isinstance(value, int) and not isinstance(value, bool) and value >= shape.least
            wanted = f"a whole number of at least {shape.least}"
        case Number():
            good = (
                isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
            )
            wanted = "a number of at least 0"
        case Day():
            return _day(value, at)
    return (value, []) if good else (blank(shape), [_wrong(at, wanted, value)])


def _text(shape: Text, value: object, at: At) -> Fitted:
    if not isinstance(value, str):
        return blank(shape), [_wrong(at, "text", value)]
    if shape.choices and value not in shape.choices:
        message = f'{_place(at)} is "{value}"; {one_of(value, shape.choices)}'
        return blank(shape), [Fault(at, "BAD_CHOICE", message)]
    if shape.pattern and not re.fullmatch(shape.pattern, value):
        return value, [Fault(at, "BAD_FORM", f'{_place(at)} is "{value}"; it must fit the pattern {shape.pattern}')]
    if shape.filled and not value.strip():
        return value, [Fault(at, "EMPTY_TEXT", f"{_place(at)} is empty; fill it")]
    return value, []


def _day(value: object, at: At) -> Fitted:
    if isinstance(value, date):
        return value.isoformat()[:10], []
    try:
        return date.fromisoformat(str(value)).isoformat(), []
    except ValueError:
        return blank(Day()), [_wrong(at, "a date such as 2027-12-31", value)]


def _wrong(at: At, wanted: str, value: object) -> Fault:
    found = {bool: "true/false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a table"}
    return Fault(at, "BAD_TYPE", f"{_place(at)} must be {wanted}, not {found.get(type(value), type(value).__name__)}")


def _place(at: At) -> str:
    if not at:
        return "the file"
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).lstrip(".")


NO_KEYS: Mapping[str, Key] = {}
FREE_TABLE = Table(NO_KEYS, rest=True)


def keys(required: Mapping[str, Shape] | None = None, /, **optional: Shape) -> dict[str, Key]:
    """Keys of a table: those that must be there, and those that may."""
    must = {name: Key(shape, required=True) for name, shape in (required or {}).items()}
    return must | {name: Key(shape) for name, shape in optional.items()}
