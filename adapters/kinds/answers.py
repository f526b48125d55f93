"""Turns a parsed answer into an outcome by a resource's mapping: which code means found, where each field stands. It asks nobody.

The mapping is compiled once when a department is connected, so that a mistake in it is a sentence then and not an answer later.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from adapters.contract import (
    Ambiguous,
    Candidate,
    Denied,
    Document,
    Found,
    Misconfigured,
    NotFound,
    Outcome,
    Query,
    Raw,
    Rows,
    Unavailable,
    Unusable,
    Why,
)
from adapters.kinds.documents import Documents
from adapters.kinds.paths import Steps, look, steps
from adapters.kinds.settings import Settings
from adapters.kinds.values import (
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
DOCUMENT_KEYS = frozenset(("path", "name", "media_type", "sha256", "fetch", "encoding"))


# --- a field --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Condition:
    """A neighbouring value that must be one of a few for a field to be read."""

    way: Steps
    allowed: frozenset[str]

    def holds(self, tree: object) -> bool:
        value = look(tree, self.way)
        return value is not None and str(value).strip() in self.allowed


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
        divisor = divisors.get(str(look(tree, way)).strip())
        if divisor is None:
            return Broken("divide")
        return Good(plain_decimal((Decimal(reading.text) / Decimal(divisor)).quantize(Decimal("0.01"))))


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
        tuple(_way(place, settings.where) for place in places),
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


def _way(place: str, where: str) -> Steps:
    try:
        return steps(place)
    except ValueError as e:
        raise Misconfigured(f"{where}: {e}.") from e


def _condition(settings: Settings, key: str) -> Condition | None:
    if key not in settings.table:
        return None
    inner = settings.inner(key)
    inner.only(frozenset(("path", "in")))
    return Condition(_way(inner.text("path"), inner.where), frozenset(inner.words("in")))


def _divide(settings: Settings) -> tuple[Steps, Mapping[str, str]] | None:
    if "divide" not in settings.table:
        return None
    inner = settings.inner("divide")
    inner.only(frozenset(("path", "by")))
    by = {code: str(divisor) for code, divisor in inner.inner("by").table.items()}
    return _way(inner.text("path"), inner.where), by


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
            return self._parts(str(found)) if not isinstance(found, list) else Broken("split")
        return list(found) if isinstance(found, list) else Broken("list")

    def _parts(self, text: str) -> list[object] | Broken:
        assert self.split is not None
        rows, columns, names = self.split
        found: list[object] = []
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
    return ListReader(list_.name, place, _way(place, settings.where), split, readers)


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
        theirs = found if isinstance(found, list) else re.split(r"[,;，；\s]+", str(found or ""))
        return frozenset(ours[name] for name in map(str, theirs) if name in ours)

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
        cut = (_way(inner.text("path"), inner.where), ours)
    valid_to = None
    if "valid_to" in settings.table:
        wire = settings.table["valid_to"]
        definition: Wire = wire if isinstance(wire, Mapping) else {"path": str(wire), "as": "date"}
        valid_to = field_reader(ResourceField("valid_to", resource.share, definition), documents, where)
    return RecordReader(
        resource,
        tuple(field_reader(inner, documents, where) for inner in resource.fields),
        tuple(list_reader(inner, documents, where) for inner in resource.lists),
        cut,
        _way(settings.text("as_of"), where) if "as_of" in settings.table else None,
        valid_to,
    )


# --- what the answer's code means -----------------------------------------------------------------------------------

MEANINGS = ("found", "not_found", "several", "denied", "busy", "failed", "taken", "again", "done", "refused")


@dataclass(frozen=True)
class Meaning:
    """Where an answer says how it went, and which of its words mean what."""

    place: str
    way: Steps
    words: Mapping[str, str]

    def of(self, tree: object) -> str:
        """One of MEANINGS, or "" for a word that the mapping does not know."""
        value = look(tree, self.way)
        return self.words.get("" if value is None else str(value).strip(), "")


def meaning(settings: Settings) -> Meaning | None:
    """Reads `result` and the lists of codes beside it; None where the answer has no such place."""
    if "result" not in settings.table:
        return None
    place = settings.text("result")
    words = {word: name for name in MEANINGS for word in settings.words(name)}
    if not words:
        raise Misconfigured(f"{settings.where}: result is named but no code is; list found, not_found, … beside it.")
    return Meaning(place, _way(place, settings.where), words)


@dataclass(frozen=True)
class AnswerReader:
    """Reads a whole answer: its code, then the record, the candidates or the refusal."""

    record: RecordReader
    meaning: Meaning | None
    root: Steps
    root_place: str
    candidates: tuple[Steps, str, str] | None
    echo: tuple[tuple[str, str, Steps], ...] = ()

    def outcome(self, tree: object, query: Query, raw: Raw) -> Outcome:
        said = self.meaning.of(tree) if self.meaning else "found"
        if said == "found":
            return self._found(tree, query, raw)
        if said == "several":
            return Ambiguous(self._candidates(tree), raw)
        return plain_outcome(said, self.meaning.place if self.meaning else "", raw)

    def _found(self, tree: object, query: Query, raw: Raw) -> Outcome:
        here = look(tree, self.root)
        if isinstance(here, list) and here:
            here = self._chosen(here, query.choice)
            if here is None:
                return Ambiguous(self._candidates(tree), raw)
        if here is None or here == []:
            return Unusable("", self.root_place, "record", raw)
        for key, place, way in self.echo:
            # Somebody else's record under our question must never reach the form.
            if str(look(here, way) or "").strip().upper() != query.subject.get(key, "").upper():
                return Unusable("", place, "other_subject", raw)
        return self.record.read(here, query.fields, raw)

    def _chosen(self, records: list[object], choice: str) -> object | None:
        if choice and self.candidates:
            key = steps(self.candidates[1])
            records = [record for record in records if str(look(record, key)) == choice]
        return records[0] if len(records) == 1 else None

    def _candidates(self, tree: object) -> tuple[Candidate, ...]:
        if self.candidates is None:
            return ()
        way, choice, label = self.candidates
        found = look(tree, way)
        rows = found if isinstance(found, list) else []
        return tuple(Candidate(str(look(row, steps(choice))), label_of(label, row)) for row in rows)


def label_of(label: str, row: object) -> str:
    text = re.sub(r"\{([^{}]+)\}", lambda match: str(look(row, steps(match[1])) or "").strip(), label)
    return " ".join(text.split())


def plain_outcome(said: str, place: str, raw: Raw) -> Outcome:
    """The outcome of a meaning that needs no record."""
    if said == "not_found":
        return NotFound(raw)
    if said == "denied":
        return Denied("department", raw)
    if said == "busy":
        return Unavailable(Why.BUSY)
    if said == "failed":
        return Unavailable(Why.SERVER_ERROR)
    if said == "several":
        return Ambiguous((), raw)
    return Unusable("", place, "unknown_result_code", raw)


def answer_reader(resource: Resource, documents: Documents) -> AnswerReader:
    """Compiles a resource's whole mapping. Raises Misconfigured."""
    settings = Settings(resource.wire, f"[resources.{resource.code}] wire")
    place = settings.text("record", "$")
    candidates = None
    if "candidates" in settings.table:
        inner = settings.inner("candidates")
        inner.only(frozenset(("path", "choice", "label")))
        candidates = (_way(inner.text("path"), inner.where), inner.text("choice"), inner.text("label"))
    echo = tuple(
        (key, str(path), _way(str(path), settings.where)) for key, path in settings.inner("echo").table.items()
    )
    root = _way(place, settings.where)
    return AnswerReader(record_reader(resource, documents), meaning(settings), root, place, candidates, echo)


# --- a document in the answer ---------------------------------------------------------------------------------------


def document(tree: object, settings: Settings, raw: Raw) -> Document | Unusable | None:
    """The file that stands in an answer as Base64, checked against the digest beside it; None where there is none."""
    place = settings.text("path")
    found = look(tree, _way(place, settings.where))
    if found is None or found == "":
        return None
    try:
        body = found if isinstance(found, bytes) else base64.b64decode("".join(str(found).split()), validate=True)
    except (binascii.Error, ValueError):
        return Unusable("document", place, "base64", raw)
    if "sha256" in settings.table:
        said = str(look(tree, _way(settings.text("sha256"), settings.where)) or "").lower()
        if said and said != hashlib.sha256(body).hexdigest():
            return Unusable("document", place, "sha256", raw)
    name = look(tree, _way(settings.text("name"), settings.where)) if "name" in settings.table else None
    return Document(str(name or "document"), _media_type(tree, settings), body)


_MEDIA_TYPES = {"pdf": "application/pdf", "ofd": "application/ofd", "jpg": "image/jpeg", "png": "image/png"}


def _media_type(tree: object, settings: Settings) -> str:
    if "media_type" not in settings.table:
        return "application/octet-stream"
    said = str(look(tree, _way(settings.text("media_type"), settings.where)) or "").lower()
    return _MEDIA_TYPES.get(said, said if "/" in said else "application/octet-stream")
