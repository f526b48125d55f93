"""Reads the rows that a table or a file holds under a key: one is the answer, several are candidates, none is no record. It opens nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from adapters.contract import Ambiguous, Misconfigured, NotFound, Outcome, Query, Raw, Unusable
from adapters.kinds.answers import candidates_of, check_choice
from adapters.kinds.documents import Documents
from adapters.kinds.noticing import notice
from adapters.kinds.paths import steps, text_at
from adapters.kinds.records import MOST_ROWS, RecordReader, record_reader
from adapters.kinds.settings import Settings
from catalog.nearest import one_of
from catalog.types import Resource

ROWS_KEYS = frozenset(("where", "choice", "label", "valid_to"))
"""Keys of a resource's `wire` that are read here."""


@dataclass(frozen=True)
class RowsReader:
    """`where` chooses among the rows, `choice` and `label` tell several apart for a person."""

    where: Mapping[str, tuple[str, ...]]
    choice: str
    label: str
    record: RecordReader

    def keeps(self, row: Mapping[str, object]) -> bool:
        return all(_text(row, name) in allowed for name, allowed in self.where.items())

    def outcome(self, found: Sequence[Mapping[str, object]], query: Query) -> Outcome:
        notice(self, found, query)
        rows = [row for row in found if self.keeps(row)]
        if query.choice and self.choice:
            rows = [row for row in rows if _text(row, self.choice) == query.choice]
        if not rows:
            return NotFound()
        if len(rows) > MOST_ROWS:
            return Unusable("", self.choice, "too_many_rows")
        # Half a character is written as JSON's own escape of it: these bytes are evidence, and can always be kept.
        written = json.dumps(rows, ensure_ascii=False, default=str).encode(errors="backslashreplace")
        raw = Raw(written, "application/json")
        if len(rows) == 1:
            return self.record.read(rows[0], query.fields, raw)
        return candidates_of(rows, self.choice, self.label, raw) if self.choice else Ambiguous((), raw)


def _text(row: Mapping[str, object], column: str) -> str:
    return text_at(row, steps(column))


def rows_reader(resource: Resource, documents: Documents) -> RowsReader:
    """Compiles where, choice, label and the fields. Raises Misconfigured."""
    settings = Settings(resource.wire, f"[resources.{resource.code}] wire")
    where = {column: settings.inner("where").words(column) for column in settings.inner("where").table}
    choice, label = settings.text("choice", ""), settings.text("label", "")
    check_choice(choice, label, settings.where)
    return RowsReader(where, choice, label, record_reader(resource, documents))


def check_match(settings: Settings, keys: Iterable[str], subject: Iterable[str]) -> None:
    """Raises Misconfigured for a column that is matched with what nobody asks with."""
    known = tuple(subject)
    for key in keys:
        if key not in known:
            raise Misconfigured(
                f"{settings.where} match: {key!r} is no subject of this resource; {one_of(key, known)}."
            )
