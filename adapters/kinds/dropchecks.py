"""Judges the cells of one column of a dropped file, many rows at once: each different value once. It knows no row and no file.

The verdict is always that of the column's `FieldReader`; what is quick here only finds the values about which it could say nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.kinds.fields import FieldReader
from adapters.kinds.identifiers import is_id_number
from adapters.kinds.values import LONGEST_TEXT, Broken, Good, Missing

MOST_KNOWN = 20_000
"""Different values of one column whose verdict is kept: days and codes come again, numbers of persons do not."""
LONGEST_DIGITS = 24
_NUMBERS = frozenset(("integer", "decimal", "grouped_decimal", "fen", "wan"))
_PERSONS = frozenset(("id_number", "id_number_or_uscc"))
EMPTY = "必填项为空"


def fault_of(reader: FieldReader, row: Mapping[str, str]) -> str:
    """What is wrong with the column in this row, or ""."""
    reading = reader.read(row)
    if isinstance(reading, Good):
        return ""
    if isinstance(reading, Broken):
        return reading.rule
    return EMPTY if isinstance(reading, Missing) and reader.required else ""


def is_plain(text: str) -> bool:
    """Whether no rule about characters needs to look: everything that can be printed is one that can be kept."""
    return text.isprintable() and "\ufffd" not in text and len(text) <= LONGEST_TEXT


def are_plain(texts: Sequence[str]) -> bool:
    """Whether all of them are, in one look; each may be a whole row."""
    whole = "".join(texts)
    return whole.isprintable() and "\ufffd" not in whole and max(map(len, texts), default=0) <= LONGEST_TEXT


@dataclass
class ColumnCheck:
    """One column's check. `unfit` gives those of some values that have a fault."""

    column: str
    reader: FieldReader
    _fit: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._doubtful = _quick(self.reader)

    @property
    def looks_at_its_cell_alone(self) -> bool:
        return self.reader.is_alone and self.reader.places == (self.column,)

    def unfit(self, values: Iterable[str]) -> set[str]:
        """Of values without padding and without odd characters."""
        found = set()
        for value in self._doubtful({*values}) - self._fit:
            if fault_of(self.reader, {self.column: value}):
                found.add(value)
            elif len(self._fit) < MOST_KNOWN:
                self._fit.add(value)
        return found


def _quick(reader: FieldReader) -> Callable[[set[str]], set[str]]:
    """Those of some values at which the rule has to look; the others have surely no fault."""
    rule = reader.rule
    words = {"", *rule.empty, *rule.withheld, *rule.open_ended}
    if rule.codes is None and rule.form in ("text", "code"):
        return words.intersection
    if rule.codes is None and rule.form in _NUMBERS:
        return lambda values: {one for one in values if not _is_digits(one) or one in words}
    if rule.codes is None and rule.form in _PERSONS:
        return lambda values: {one for one in values if not is_id_number(one) or one in words}
    return lambda values: values


def _is_digits(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) <= LONGEST_DIGITS
