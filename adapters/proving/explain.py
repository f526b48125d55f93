"""Says step by step how an answer was read: where each value was looked for, what stood there, by which rule, and what it became.

It computes nothing of its own: every line asks the same compiled reader that answered. Values pass through the caller's `show`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from adapters.contract import Query
from adapters.kinds.answers import AnswerReader
from adapters.kinds.fields import FieldReader
from adapters.kinds.noticing import Looked
from adapters.kinds.paths import look, single, text_at
from adapters.kinds.records import RecordReader, asked_for, column_asked_for
from adapters.kinds.rowlists import ListReader
from adapters.kinds.tabular import RowsReader
from adapters.kinds.values import Broken, Good, Missing, Reading
from adapters.proving.rules import rule_of
from catalog.counted import counted

Show = Callable[[str], str]
MOST_ROWS_SHOWN = 5


@dataclass(frozen=True)
class Line:
    """One step. `state` is answer, value, missing, withheld or unusable; `came` the value, or the rule that was broken."""

    about: str
    path: str
    stood: str
    rule: str
    came: str
    state: str


def explained(looked: Looked, show: Show) -> tuple[Line, ...]:
    """The lines of one reading, in the order in which it is done. A broken value ends the answer, not the explanation."""
    if isinstance(looked.reader, AnswerReader):
        return tuple(_answer(looked.reader, looked.tree, looked.query, show))
    if isinstance(looked.reader, RowsReader):
        return tuple(_rows(looked.reader, looked.tree, looked.query, show))
    return ()


def _answer(reader: AnswerReader, tree: object, query: Query, show: Show) -> Iterator[Line]:
    if reader.meaning is not None:
        word, said = text_at(tree, reader.meaning.way), reader.meaning.of(tree)
        words = ", ".join(f"{theirs} = {ours}" for theirs, ours in reader.meaning.words.items())
        state = "answer" if said else "unusable"
        yield Line("(result)", reader.meaning.place, _code(word, show), words, said or "unknown_result_code", state)
    record = reader.record_of(tree, query.choice)
    stood = look(tree, reader.root)
    yield Line("(record)", reader.root_place, _what(stood, show), "", "one" if record is not None else "no single record", "answer")  # fmt: skip
    if record is None:
        return
    for key, place, way in reader.echo:
        same = text_at(record, way).upper() == query.subject.get(key, "").upper()
        came, state = ("the same", "answer") if same else ("other_subject", "unusable")
        yield Line("(echo)", place, show(text_at(record, way)), f"must be the {key} that was asked", came, state)
    yield from _record(reader.record, record, query, show)


def _rows(reader: RowsReader, tree: object, query: Query, show: Show) -> Iterator[Line]:
    rows = tree if isinstance(tree, list | tuple) else ()
    wanted = "; ".join(f"{column} in {', '.join(words)}" for column, words in reader.where.items())
    chosen = [row for row in rows if reader.keeps(row)]
    yield Line("(rows)", "", counted(len(rows), "row"), wanted, f"{len(chosen)} kept", "answer")
    for at, row in enumerate(chosen[:MOST_ROWS_SHOWN]):
        if len(chosen) > 1:
            yield Line("(rows)", f"[{at}]", "", "", "", "answer")
        yield from _record(reader.record, row, query, show)


def _record(reader: RecordReader, record: object, query: Query, show: Show) -> Iterator[Line]:
    cut = reader.withheld_in(record)
    for field in reader.fields:
        if asked_for(field.name, query.fields):
            yield from _field(field, record, field.name, show, field.name in cut)
    for nested in reader.lists:
        if asked_for(nested.name, query.fields):
            yield from _list(nested, record, query, show)


def _list(reader: ListReader, record: object, query: Query, show: Show) -> Iterator[Line]:
    rows = reader.rows(record)
    broken = isinstance(rows, Broken)
    stood = _what(look(record, reader.way), show)
    count = rows.rule if isinstance(rows, Broken) else counted(len(rows), "row")
    state = "unusable" if broken else "value" if rows else "missing"
    yield Line(reader.name, reader.place, stood, _list_rule(reader), count, state)
    for at, row in enumerate(() if isinstance(rows, Broken) else rows[:MOST_ROWS_SHOWN]):
        for field in reader.fields:
            if column_asked_for(reader.name, field.name, query.fields):
                yield from _field(field, row, f"{reader.name}[{at}].{field.name}", show, False)


def _list_rule(reader: ListReader) -> str:
    if reader.split is not None:
        return f"split into {', '.join(reader.split[2])}"
    return f"{len(reader.numbered)} numbered rows" if reader.numbered else "a row from each"


def _field(reader: FieldReader, tree: object, name: str, show: Show, cut: bool) -> Iterator[Line]:
    """A line for each place, the last of them with what the field came to."""
    places = list(_places(reader, tree, show))
    came, state = ("withheld by name", "withheld") if cut else _came(reader.read(tree), reader, show)
    for at, (path, stood, rule) in enumerate(places):
        is_last = at == len(places) - 1
        yield Line(name if at == 0 else "", path, stood, rule, came if is_last else "", state if is_last else "")


def _places(reader: FieldReader, tree: object, show: Show) -> Iterator[tuple[str, str, str]]:
    if reader.first:
        for one in reader.first:
            yield from _places(one, tree, show)
        return
    for place, way in zip(reader.places, reader.ways, strict=True):
        yield place, _what(look(tree, way), show), rule_of(reader)


def _came(reading: Reading, reader: FieldReader, show: Show) -> tuple[str, str]:
    if isinstance(reading, Good):
        precision = f" (known to the {reading.precision})" if reading.precision else ""
        return show(reading.text) + precision, "value"
    if isinstance(reading, Broken):
        return reading.rule, "unusable"
    if isinstance(reading, Missing):
        return ("required", "unusable") if reader.required else ("", "missing")
    return "", "withheld"


def _what(found: object, show: Show) -> str:
    stands = single(found)
    if stands is None:
        return "nothing"
    if isinstance(stands, Mapping):
        return f"a table of {len(stands)}"
    if isinstance(stands, list):
        return f"{len(stands)} of them"
    if isinstance(stands, bytes):
        return f"{len(stands)} bytes"
    return show(("true" if stands else "false") if isinstance(stands, bool) else str(stands))


def _code(word: str, show: Show) -> str:
    """A code of success says nothing of anybody; a sentence in its place may."""
    return word if re.fullmatch(r"[A-Za-z0-9_.:-]{1,20}", word) and not re.search(r"\d{7}", word) else show(word)
