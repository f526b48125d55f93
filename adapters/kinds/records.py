"""Reads one record by a resource's mapping: its fields, its nested lists, what was withheld or is missing. It knows no code of success.

The mapping is compiled once when a department is connected, so that a mistake in it is a sentence then and not an answer later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from adapters.contract import Document, Found, Misconfigured, Outcome, Raw, Rows, Unusable
from adapters.kinds.documents import Documents
from adapters.kinds.paths import Alone, Steps, look, steps, text_at
from adapters.kinds.settings import Settings
from adapters.kinds.values import (
    DATES,
    FORMS,
    Broken,
    Good,
    Missing,
    Reading,
    Rule,
    Withheld,
    moment,
    normalise,
    plain_decimal,
)
from catalog.types import Resource, ResourceField, ResourceList, Wire

FIELD_KEYS = frozenset(
    ("path", "as", "empty", "open_ended", "withheld", "codes", "join", "when", "must", "divide", "true", "false")
)
LIST_KEYS = frozenset(("path", "split", "where"))

MOST_ROWS = 500
"""More rows than this are no answer about one person or firm."""


# --- a field --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Condition:
    """A neighbouring value that must be one of a few for a field to be read."""

    way: Steps
    allowed: frozenset[str]

    def holds(self, tree: object) -> bool:
        return look(tree, self.way) is not None and text_at(tree, self.way) in self.allowed


@dataclass(frozen=True)
class FieldReader:
    name: str
    places: tuple[str, ...]
    ways: tuple[Steps, ...]
    rule: Rule
    join: str
    required: bool
    when: Condition | None
    must: Condition | None
    divide: tuple[Steps, Mapping[str, str]] | None

    def read(self, tree: object) -> Reading:
        if self.when is not None and not self.when.holds(tree):
            return Missing()
        reading = self._joined(tree) if len(self.ways) > 1 else normalise(look(tree, self.ways[0]), self.rule)
        if isinstance(reading, Good) and self.must is not None and not self.must.holds(tree):
            return Broken("must")
        if isinstance(reading, Good) and self.divide is not None:
            return self._divided(reading, tree)
        return reading

    def _joined(self, tree: object) -> Reading:
        readings = [normalise(look(tree, way), self.rule) for way in self.ways]
        broken = next((r for r in readings if isinstance(r, Broken)), None)
        if broken is not None:
            return broken
        if any(isinstance(r, Withheld) for r in readings):
            return Withheld()
        texts = [r.text for r in readings if isinstance(r, Good)]
        return Good(self.join.join(texts)) if texts else Missing()

    def _divided(self, reading: Good, tree: object) -> Reading:
        assert self.divide is not None
        way, divisors = self.divide
        divisor = divisors.get(text_at(tree, way))
        try:
            quotient = Decimal(reading.text) / Decimal(divisor or "0")
            return Good(plain_decimal(quotient.quantize(Decimal("0.01"))))
        except ArithmeticError:
            return Broken("divide")


def field_reader(field_: ResourceField, documents: Documents, where: str) -> FieldReader:
    """Compiles one field's `wire`. Raises Misconfigured naming the field."""
    settings = Settings(field_.wire, f"{where}.{field_.name}")
    settings.only(FIELD_KEYS)
    places = settings.words("path")
    if not places:
        raise Misconfigured(f"{settings.where}: path is missing; say where the value stands in the answer.")
    form = settings.text("as", "text")
    if form not in FORMS:
        raise Misconfigured(f"{settings.where}: as = {form!r} is no known form; docs/departments.md lists them.")
    return FieldReader(
        field_.name,
        places,
        tuple(way_to(place, settings.where) for place in places),
        _rule(settings, form, documents),
        settings.text("join", ""),
        field_.required,
        _condition(settings, "when"),
        _condition(settings, "must"),
        _divide(settings),
    )


def _rule(settings: Settings, form: str, documents: Documents) -> Rule:
    known = Rule()
    codes, name = documents.code_list(settings.table["codes"]) if "codes" in settings.table else (None, "")
    return Rule(
        form,
        settings.words("empty"),
        settings.words("open_ended"),
        settings.words("withheld"),
        codes,
        name,
        settings.words("true", known.true),
        settings.words("false", known.false),
    )


def way_to(place: str, where: str) -> Steps:
    try:
        return steps(place)
    except ValueError as e:
        raise Misconfigured(f"{where}: {e}.") from e


def _condition(settings: Settings, key: str) -> Condition | None:
    if key not in settings.table:
        return None
    inner = settings.inner(key)
    inner.only(frozenset(("path", "in")))
    return Condition(way_to(inner.text("path"), inner.where), frozenset(inner.words("in")))


def _divide(settings: Settings) -> tuple[Steps, Mapping[str, str]] | None:
    if "divide" not in settings.table:
        return None
    inner = settings.inner("divide")
    inner.only(frozenset(("path", "by")))
    by = {code: str(divisor) for code, divisor in inner.inner("by").table.items()}
    return way_to(inner.text("path"), inner.where), by


# --- a list ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ListReader:
    name: str
    place: str
    way: Steps
    split: tuple[str, str, tuple[str, ...]] | None
    fields: tuple[FieldReader, ...]

    def rows(self, tree: object) -> list[object] | Broken:
        found = look(tree, self.way)
        if found is None:
            return []
        if self.split is not None:
            return self._parts(text_at(tree, self.way)) if not isinstance(found, list | Mapping) else Broken("split")
        if isinstance(found, Alone):
            return [found]
        if isinstance(found, list) and len(found) > MOST_ROWS:
            return Broken("too_many_rows")
        return list(found) if isinstance(found, list) else Broken("list")

    def _parts(self, text: str) -> list[object] | Broken:
        assert self.split is not None
        rows, columns, names = self.split
        found: list[object] = []
        if text.count(rows) >= MOST_ROWS:
            return Broken("too_many_rows")
        for row in filter(None, (part.strip() for part in text.split(rows))):
            # From the right: a firm's name, which comes first, may itself hold the separator.
            parts = row.rsplit(columns, len(names) - 1)
            if len(parts) != len(names):
                return Broken("split")
            found.append(dict(zip(names, parts, strict=True)))
        return found


def list_reader(list_: ResourceList, documents: Documents, where: str) -> ListReader:
    """Compiles a nested list's `wire`: `path`, and `split` where it is packed into one text."""
    settings = Settings(list_.wire, f"{where}.{list_.name}")
    settings.only(LIST_KEYS)
    split = None
    if "split" in settings.table:
        inner = settings.inner("split")
        inner.only(frozenset(("rows", "columns", "names")))
        split = (inner.text("rows"), inner.text("columns"), inner.words("names"))
    place = settings.text("path")
    readers = tuple(field_reader(inner, documents, settings.where) for inner in list_.fields)
    return ListReader(list_.name, place, way_to(place, settings.where), split, readers)


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
        cut = self._cut(record)
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

    def _cut(self, record: object) -> frozenset[str]:
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
        return moment(look(record, self.as_of))

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
        raise _Cannot(Unusable(prefix + reader.name, " + ".join(reader.places), reading.rule, raw))
    elif reader.required:
        raise _Cannot(Unusable(prefix + reader.name, " + ".join(reader.places), "required", raw))
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
            raise Misconfigured(f"{where} valid_to: as must be one of {', '.join(sorted(DATES))}.")
    return RecordReader(
        resource,
        tuple(field_reader(inner, documents, where) for inner in resource.fields),
        tuple(list_reader(inner, documents, where) for inner in resource.lists),
        cut,
        way_to(settings.text("as_of"), where) if "as_of" in settings.table else None,
        valid_to,
    )
