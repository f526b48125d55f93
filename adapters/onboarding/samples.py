"""The values that a new department's sample answers have where the mapping reads: plainly fictional ones. It reads and writes no file.

The papers' own values stay only where nothing is read: they are the department's examples, not somebody's record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from adapters.onboarding import fiction
from adapters.onboarding.mapping import Mapped
from adapters.onboarding.paging import Paging
from adapters.onboarding.places import ROW, Path, Place
from adapters.onboarding.success import success
from catalog.types import FieldDefinition


def values(one: Mapped, dictionary: Mapping[str, FieldDefinition]) -> Mapping[Path, str]:
    """A fictional text for each place that the mapping reads. Of an answer in pages it is the whole of one row: a sample that names a further
    page, or counts more rows than it has, would be half an answer."""
    read = {
        field.place.path: fiction.value(dictionary[field.guess.name], field.place, str(field.keys.get("as", "")))
        for field in one.fields
    }
    went = {one.result.path: word} if one.result is not None and (word := success(one.result)) else {}
    # What a person maps later is read from the same sample: 00000000 would be no date.
    waiting = {found.place.path: day for found in one.open if (day := fiction.dated(found.place))}
    return {**waiting, **read, **went, **_whole(one.paging)}


def _whole(paging: Paging | None) -> Mapping[Path, str]:
    """What the only page says of the others."""
    if paging is None:
        return {}
    said = ((paging.total, "1"), (paging.more, "false"), (paging.last, "true"), (paging.next, ""))
    return {place.path: _fitting(place, text) for place, text in said if place is not None}


def _fitting(place: Place, text: str) -> str:
    """The word of those that it may say which means the same."""
    same = {"true": ("1", "Y", "是"), "false": ("0", "N", "否")}.get(text, ())
    return next((word for word in same if word in place.words), text)


def rows_of(one: Mapped) -> Path:
    """Where the rows of its pages stand; empty where it does not page."""
    return one.paging.rows if one.paging is not None else ()


def with_one_row(tree: object, rows: Path) -> object:
    """The tree with the first row alone of the list that stands there."""
    if not rows:
        return tree
    if isinstance(tree, Mapping) and rows[0] in tree:
        inner = tree[rows[0]]
        cut = inner[:1] if len(rows) == 1 and isinstance(inner, list) else with_one_row(inner, rows[1:])
        return {**tree, rows[0]: cut}
    return tree


def sample_rows(one: Mapped, dictionary: Mapping[str, FieldDefinition]) -> bytes:
    """One row of the table that this resource reads."""
    known = values(one, dictionary)
    row = {place.name: known.get(place.path) or fiction.plain(place) for place in one.operation.answer}
    tree = {"table": one.operation.call["table"], "rows": [row]}
    return (json.dumps(tree, ensure_ascii=False, indent=1) + "\n").encode()


def overlaid(tree: object, texts: Mapping[Path, str], places: Mapping[Path, Place]) -> object:
    """The tree with these values; what is missing on the way is made, lists with one row."""
    for path, text in texts.items():
        tree = _put(tree, path, _typed(text, places[path]))
    return tree


def _typed(text: str, place: Place) -> object:
    """A number where the paper wants one: a department's form may refuse a text there, and so does its schema."""
    try:
        if place.kind == "integer":
            return int(text)
        if place.kind == "number":
            number = Decimal(text)
            return int(number) if number == number.to_integral() else float(number)
        if place.kind == "boolean" and text in ("true", "false"):
            return text == "true"
    except (ValueError, InvalidOperation):
        return text
    return text == "true" if place.kind == "boolean" else text


def _put(tree: object, path: Path, value: object) -> object:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if step == ROW:
        rows = tree if isinstance(tree, list) and tree else [None]
        return [_put(rows[0], rest, value), *rows[1:]]
    table = dict(tree) if isinstance(tree, Mapping) else {}
    table[step] = _put(table.get(step), rest, value)
    return table
