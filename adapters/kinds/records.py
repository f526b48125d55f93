"""Reads one record by a resource's mapping: its fields, its nested lists, what was withheld or is missing. It knows no code of success.

The mapping is compiled once when a department is connected, so that a mistake in it is a sentence then and not an answer later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from adapters.contract import Document, Found, Misconfigured, Outcome, Raw, Rows, Unusable
from adapters.kinds.conditions import way_to
from adapters.kinds.documents import Documents
from adapters.kinds.fields import FIELD_KEYS, FieldReader, field_reader
from adapters.kinds.paths import Steps, look, single, text_at
from adapters.kinds.rowlists import LIST_KEYS, MOST_ROWS, ListReader, list_reader
from adapters.kinds.settings import Settings
from adapters.kinds.values import DATES, Broken, Good, Withheld, moment
from catalog.nearest import one_of
from catalog.types import Resource, ResourceField, Wire

__all__ = [
    "FIELD_KEYS",
    "LIST_KEYS",
    "MOST_ROWS",
    "FieldReader",
    "ListReader",
    "RecordReader",
    "asked_for",
    "column_asked_for",
    "field_reader",
    "list_reader",
    "record_reader",
    "way_to",
]

# --- a whole record -------------------------------------------------------------------------------------------------


class _Cannot(Exception):
    def __init__(self, outcome: Unusable) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass
class _Draft:
    values: dict[str, str] = field(default_factory=dict)
    precision: dict[str, str] = field(default_factory=dict)
    withheld: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def asked_for(name: str, asked: Iterable[str]) -> bool:
    """Whether a field or list was asked for: `owners` by `owners`, `owners.owner_name`, `owners[0].owner_name` or `owners[]…`."""
    return any(re.split(r"[.\[]", wanted, maxsplit=1)[0] == name for wanted in asked)


def column_asked_for(name: str, column: str, asked: Iterable[str]) -> bool:
    """`owners` asks for every column of the list, `owners.owner_name` for one."""
    plain = {re.sub(r"\[\d*\]", "", wanted) for wanted in asked}
    return name in plain or f"{name}.{column}" in plain


@dataclass(frozen=True)
class RecordReader:
    """Reads one record of a resource: its fields and nested lists. Only what was asked for is read."""

    resource: Resource
    fields: tuple[FieldReader, ...]
    lists: tuple[ListReader, ...]
    withheld_names: tuple[Steps, Mapping[str, str]] | None = None
    as_of: Steps | None = None
    valid_to: FieldReader | None = None

    def read(self, record: object, asked: Sequence[str], raw: Raw, documents: tuple[Document, ...] = ()) -> Outcome:
        """Found, or Unusable for the first value that breaks its rule or is required and absent."""
        draft = _Draft()
        cut = self.withheld_in(record)
        try:
            for reader in self.fields:
                if asked_for(reader.name, asked):
                    _take(reader, record, draft, cut, "", raw)
            lists = self._lists(record, asked, draft, raw)
        except _Cannot as e:
            return e.outcome
        return Found(
            draft.values,
            raw,
            lists,
            draft.precision,
            tuple(draft.withheld),
            tuple(draft.missing),
            self._as_of(record),
            self._valid_to(record),
            documents,
        )

    def withheld_in(self, record: object) -> frozenset[str]:
        """Names of the fields that the record itself lists as cut."""
        if self.withheld_names is None:
            return frozenset()
        way, ours = self.withheld_names
        found = look(record, way)
        theirs = found if isinstance(found, list) else re.split(r"[,;，；\s]+", text_at(record, way))
        return frozenset(ours[name] for name in theirs if isinstance(name, str) and name in ours)

    def _lists(self, record: object, asked: Sequence[str], draft: _Draft, raw: Raw) -> dict[str, Rows]:
        lists: dict[str, Rows] = {}
        for reader in self.lists:
            if not asked_for(reader.name, asked):
                continue
            rows = reader.rows(record)
            if isinstance(rows, Broken):
                raise _Cannot(Unusable(reader.name, reader.place, rows.rule, raw))
            if not rows:
                draft.missing.append(reader.name)
                continue
            columns = tuple(one for one in reader.fields if column_asked_for(reader.name, one.name, asked))
            lists[reader.name] = tuple(
                self._row(reader.name, columns, at, row, draft, raw) for at, row in enumerate(rows)
            )
        return lists

    def _row(
        self, name: str, columns: tuple[FieldReader, ...], at: int, row: object, draft: _Draft, raw: Raw
    ) -> Mapping[str, str]:
        inner = _Draft()
        prefix = f"{name}[{at}]."
        for field_ in columns:
            _take(field_, row, inner, frozenset(), prefix, raw)
        draft.withheld.extend(prefix + name for name in inner.withheld)
        draft.missing.extend(prefix + name for name in inner.missing)
        draft.precision.update({prefix + name: known for name, known in inner.precision.items()})
        return inner.values

    def _as_of(self, record: object) -> datetime | None:
        if self.as_of is None:
            return None
        return moment(single(look(record, self.as_of)))

    def _valid_to(self, record: object) -> date | None:
        reading = self.valid_to.read(record) if self.valid_to else None
        return date.fromisoformat(reading.text) if isinstance(reading, Good) and not reading.precision else None


def _take(reader: FieldReader, tree: object, draft: _Draft, cut: frozenset[str], prefix: str, raw: Raw) -> None:
    reading = Withheld() if reader.name in cut else reader.read(tree)
    if isinstance(reading, Good):
        draft.values[reader.name] = reading.text
        if reading.precision:
            draft.precision[reader.name] = reading.precision
    elif isinstance(reading, Withheld):
        draft.withheld.append(reader.name)
    elif isinstance(reading, Broken):
        raise _Cannot(Unusable(prefix + reader.name, reader.where_it_stands, reading.rule, raw))
    elif reader.required:
        raise _Cannot(Unusable(prefix + reader.name, reader.where_it_stands, "required", raw))
    else:
        draft.missing.append(reader.name)


def record_reader(resource: Resource, documents: Documents) -> RecordReader:
    """Compiles a resource's fields and lists. Raises Misconfigured."""
    where = f"[resources.{resource.code}]"
    settings = Settings(resource.wire, where)
    cut = None
    if "withheld" in settings.table:
        inner = settings.inner("withheld")
        inner.only(frozenset(("path", "names")))
        ours = {theirs: str(name) for theirs, name in inner.inner("names").table.items()}
        cut = (way_to(inner.text("path"), inner.where), ours)
    valid_to = None
    if "valid_to" in settings.table:
        wire = settings.table["valid_to"]
        definition: Wire = wire if isinstance(wire, Mapping) else {"path": str(wire), "as": "date"}
        valid_to = field_reader(ResourceField("valid_to", resource.share, definition), documents, where)
        if valid_to.rule.form not in DATES:
            raise Misconfigured(
                f"{where} valid_to: as = {valid_to.rule.form!r} is no date; {one_of(valid_to.rule.form, DATES)}."
            )
    return RecordReader(
        resource,
        tuple(field_reader(inner, documents, where) for inner in resource.fields),
        tuple(list_reader(inner, documents, where) for inner in resource.lists),
        cut,
        way_to(settings.text("as_of"), where) if "as_of" in settings.table else None,
        valid_to,
    )
