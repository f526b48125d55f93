"""Reads `[wire.files.<name>]` of a file drop: how a kind of file is called, written, checked and looked up. It opens no file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from adapters.contract import Misconfigured
from adapters.kinds.documents import Documents
from adapters.kinds.dropfile import Control, Layout, Line, Refused, RowError, digest
from adapters.kinds.dropkeys import DropKey, drop_key, keys_of
from adapters.kinds.droplines import Fixed, Separated, fixed_lines, separated_lines, spreadsheet_rows
from adapters.kinds.dropsheet import Sheet, sheet_lines
from adapters.kinds.droptree import Records, json_lines, xml_lines
from adapters.kinds.fields import FieldReader, field_reader
from adapters.kinds.replica_keys import Keys
from adapters.kinds.replica_refused import RefusedRows
from adapters.kinds.replica_tables import CHANGE, KEY
from adapters.kinds.settings import Settings
from adapters.kinds.tabular import ROWS_KEYS, RowsReader, check_match, rows_reader
from catalog.nearest import one_of
from catalog.types import Resource, ResourceField, ShareType

RESOURCE_KEYS = ROWS_KEYS | {"file", "match", "packed"}
IDENTIFIERS = frozenset(("id_number", "uscc", "id_number_or_uscc"))
ENCODINGS = ("gb18030", "utf-8")
FORMATS: Mapping[str, frozenset[str]] = {
    "csv": frozenset(("delimiter", "quote", "header")),
    "tsv": frozenset(("quote", "header")),
    "fixed": frozenset(("widths", "header")),
    "xlsx": frozenset(("sheet", "header_row")),
    "xml": frozenset(("record",)),
    "jsonl": frozenset(),
}
"""Each format, and the keys that belong to it."""
FILE_KEYS = frozenset(("pattern", "columns", "key", "rows", "format", "encoding", "delta")).union(*FORMATS.values())
DELTA_KEYS = frozenset(("pattern", "column", "insert", "update", "delete"))
CHANGES = ("insert", "update", "delete")
DAY = "{yyyymmdd}"

How = Separated | Fixed | Sheet | Records


@dataclass(frozen=True)
class Delta:
    """The column that says what a row changes, and the department's words for each change."""

    column: str
    words: Mapping[str, str]


@dataclass(frozen=True)
class DropKind:
    """One kind of dropped file: its name's pattern, its layout, how it is written, the columns it is looked up by, the resource it
    feeds. With `delta` its rows are changes to the rows of the whole file of the same name."""

    layout: Layout
    pattern: re.Pattern[str]
    lookups: tuple[DropKey, ...]
    resource: str
    how: How
    format: str
    delta: Delta | None = None
    is_changed: bool = False
    """Whether deltas come to it: then rows are joined by the very text of their key."""
    name: str = ""
    """As a person writes it: the pattern of the manifest."""
    told: tuple[str, ...] = ()
    """The columns by which a resource chooses among its rows."""

    def lines(self, place: Path) -> Iterator[Line]:
        how = self.how
        if isinstance(how, Sheet):
            return sheet_lines(place, how)
        if isinstance(how, Separated):
            return separated_lines(place, how)
        if isinstance(how, Fixed):
            return fixed_lines(place, how)
        return xml_lines(place, how) if how.record else json_lines(place, how)

    def placed(self, place: Path, errors: Iterable[RowError]) -> tuple[RowError, ...]:
        """The errors of a file that was read, each with the row in which a spreadsheet shows it."""
        found = tuple(errors)
        lines = {error.line for error in found if error.line}
        if not lines or not isinstance(self.how, Separated):
            return found
        rows = spreadsheet_rows(place, self.how, lines)
        return tuple(error._replace(row=rows.get(error.line, 0)) for error in found)

    @property
    def agreed(self) -> str:
        """How such a file is to be, in words."""
        return self.format if self.format == "xlsx" else f"{self.format}、{self.layout.encoding}"

    @contextmanager
    def said(self) -> Iterator[None]:
        """What is refused while a file is read says what was agreed of it, and so what to do."""
        try:
            yield
        except Refused as e:
            raise Refused(f"{e}；约定的格式是 {self.agreed}，请按此重投") from e

    @property
    def stored(self) -> tuple[str, ...]:
        """The columns that the replica keeps: all but the one that says what a row changes."""
        return self.layout.columns[:-1] if self.delta else self.layout.columns

    @property
    def keys(self) -> Keys:
        keys = keys_of(self.layout.columns, self.lookups, self.layout.key)
        if self.is_changed:
            keys = replace(keys, exact=frozenset((KEY, CHANGE)))
        if self.delta is None:
            return keys
        words = self.delta.words
        changes = {**keys.single, CHANGE: lambda rows: [words.get(cells[-1], "") for cells in rows]}
        return replace(keys, single=changes, unique="")

    @property
    def refused(self) -> RefusedRows:
        """Takes down what is kept of rows that are refused."""
        stands_in: dict[str, tuple[str, ...]] = {one.name: (one.column,) for one in self.lookups}
        if self.is_changed:
            stands_in[KEY] = self.layout.key
        return RefusedRows(self.layout.columns, self.keys, stands_in, self.told)


@dataclass(frozen=True)
class Source:
    """How a resource is read from a file's rows."""

    file: str
    match: Mapping[DropKey, str]
    reader: RowsReader


def source_of(resource: Resource, documents: Documents) -> Source:
    settings = Settings(resource.wire, f"[resources.{resource.code}] wire")
    settings.only(RESOURCE_KEYS)
    packed = settings.inner("packed")
    match = {
        drop_key(column, packed.inner(column) if column in packed.table else None): str(key)
        for column, key in settings.inner("match").table.items()
    }
    unknown = not match and not resource.proposed  # nobody asks what is only proposed
    check_match(settings, match.values(), resource.subject)
    if unknown:
        raise Misconfigured(f"{settings.where}: match must give a column for subject keys of this resource.")
    return Source(settings.text("file"), match, rows_reader(resource, documents))


def titles_of(sources: Mapping[str, Source], resources: Mapping[str, Resource]) -> Mapping[str, str]:
    """Of each kind of file what it feeds, in words for a person."""
    files = dict.fromkeys(one.file for one in sources.values())
    return {
        file: "、".join(resources[code].title for code, one in sources.items() if one.file == file) for file in files
    }


def nobodys(count: int) -> str:
    """What it means that so many rows may be anybody's, in words for a person."""
    return f"{count} 行的主键或查询列无法辨认，查不到的人一律不答“无记录”，待对方更正重投"


def encoding_of(settings: Settings, default: str) -> str:
    found = settings.text("encoding", default)
    if found not in ENCODINGS:
        raise Misconfigured(f"{settings.where}: encoding = {found!r} is not read here; {one_of(found, ENCODINGS)}.")
    return found


def kinds_of(
    settings: Settings, name: str, encoding: str, sources: Mapping[str, Source], documents: Documents
) -> tuple[DropKind, ...]:
    """The kind of the whole file, and that of its changes where it has some. Raises Misconfigured."""
    settings.only(FILE_KEYS)
    columns = settings.words("columns")
    checks = {
        column: _check(column, settings.inner("rows").inner(column), documents)
        for column in settings.inner("rows").table
    }
    using = {code: source for code, source in sources.items() if source.file == name}
    lookups = {key.name: key for source in using.values() for key in source.match}
    matched = {key.column for key in lookups.values()}
    named = {*checks, *settings.words("key"), *matched, *(c for source in using.values() for c in source.reader.where)}
    if not columns or not named <= set(columns):
        raise Misconfigured(
            f"{settings.where}: {', '.join(sorted(named - set(columns))) or 'columns'} is not a column."
        )
    for code, source in using.items():
        _check_columns(source.reader.record.fields, columns, f"[resources.{code}]", name)
    layout = Layout(name, encoding_of(settings, encoding), columns, checks, settings.words("key"))
    readers = [*checks.values(), *(one for source in using.values() for one in source.reader.record.fields)]
    form = _format(settings)
    whole = DropKind(
        layout,
        _pattern(settings),
        tuple(lookups[one] for one in sorted(lookups)),
        min(using, default=""),
        _how(settings, form, layout, readers, matched),
        form,
        name=settings.text("pattern"),
        told=tuple(sorted({column for source in using.values() for column in source.reader.where})),
    )
    if "delta" not in settings.table:
        return (whole,)
    whole = replace(whole, is_changed=True)
    return whole, _delta(settings, whole, documents)


def _check_columns(readers: Sequence[FieldReader], columns: Sequence[str], where: str, file: str) -> None:
    """A column that no file has would be a fact that is missing for ever, in silence."""
    for reader in readers:
        _check_columns(reader.first, columns, where, file)
        for way in reader.ways:
            if way and isinstance(way[0], str) and way[0] not in columns:
                raise Misconfigured(
                    f"{where}.{reader.name}: {way[0]!r} is no column of {file!r}; {one_of(way[0], columns)}."
                )


def _pattern(settings: Settings) -> re.Pattern[str]:
    """The day in the name is `day` of the match."""
    return re.compile(re.escape(settings.text("pattern")).replace(re.escape(DAY), r"(?P<day>\d{8})", 1))


def _format(settings: Settings) -> str:
    form = settings.text("format", "csv")
    if form not in FORMATS:
        raise Misconfigured(f"{settings.where}: format = {form!r} is not read here; {one_of(form, FORMATS)}.")
    pattern = settings.text("pattern")
    if (form == "xlsx") != pattern.endswith(".xlsx"):
        raise Misconfigured(
            f"{settings.where}: pattern = {pattern!r} does not fit format = {form!r}: the name of a workbook ends in .xlsx, and no "
            "other's does; correct the one or the other."
        )
    strange = {key for keys in FORMATS.values() for key in keys} & set(settings.table) - FORMATS[form]
    if strange:
        raise Misconfigured(f"{settings.where}: {', '.join(sorted(strange))} does not belong to format = {form!r}.")
    return form


def _how(settings: Settings, form: str, layout: Layout, readers: Sequence[FieldReader], matched: Set[str]) -> How:
    encoding, columns = layout.encoding, layout.columns
    if form == "xlsx":
        return _sheet(settings, columns, readers, matched)
    if form == "fixed":
        return Fixed(encoding, columns, _widths(settings, len(columns)), settings.flag("header", False))
    if form == "xml":
        return Records(encoding, columns, settings.text("record"))
    if form == "jsonl":
        return Records(encoding, columns)
    delimiter, quote = settings.text("delimiter", "\t" if form == "tsv" else ","), settings.text("quote", '"')
    if len(delimiter) != 1 or len(quote) > 1 or delimiter in '\r\n"':
        raise Misconfigured(f'{settings.where}: delimiter is one character, quote one or "".')
    return Separated(encoding, columns, delimiter, quote, settings.flag("header", True))


def _widths(settings: Settings, count: int) -> tuple[int, ...]:
    said = settings.table.get("widths")
    widths = tuple(said) if isinstance(said, list | tuple) else ()
    if len(widths) != count or not all(isinstance(one, int) and one > 0 for one in widths):
        raise Misconfigured(f"{settings.where}: widths must give the bytes of each of the {count} columns.")
    return widths


def _sheet(settings: Settings, columns: tuple[str, ...], readers: Sequence[FieldReader], matched: Set[str]) -> Sheet:
    """What is looked up, and what a rule holds for an identifier, must be text in its cell."""
    forms = {reader.places[0]: reader.rule.form for reader in reversed(readers) if len(reader.places) == 1}
    named = {column for column, how in forms.items() if how in IDENTIFIERS}
    header_row = int(settings.number("header_row", 1))
    if header_row < 1:
        raise Misconfigured(f"{settings.where}: header_row counts from 1.")
    return Sheet(settings.text("sheet", ""), header_row, columns, forms, frozenset(named | matched))


def _delta(settings: Settings, whole: DropKind, documents: Documents) -> DropKind:
    """The same file with one more column, last in the row, that says what the row changes."""
    inner = settings.inner("delta")
    inner.only(DELTA_KEYS)
    column = inner.text("column")
    words = {word: change for change in CHANGES for word in inner.words(change)}
    if not whole.layout.key or not words or len(words) != sum(len(inner.words(change)) for change in CHANGES):
        raise Misconfigured(f"{inner.where}: a delta needs key, and words for {', '.join(CHANGES)} that differ.")
    columns = (*whole.layout.columns, column)
    if column in whole.layout.columns or isinstance(whole.how, Fixed):
        raise Misconfigured(f"{inner.where}: {column} must be a column of its own, and no delta has fixed widths.")
    return replace(
        whole,
        layout=replace(
            whole.layout, columns=columns, checks={**whole.layout.checks, column: _change(column, words, documents)}
        ),
        pattern=_pattern(inner),
        name=inner.text("pattern"),
        how=replace(whole.how, columns=columns),
        delta=Delta(column, words),
    )


def _change(column: str, words: Mapping[str, str], documents: Documents) -> FieldReader:
    return _check(column, Settings({"codes": words, "required": True}, column), documents)


def _check(column: str, settings: Settings, documents: Documents) -> FieldReader:
    wire = {"path": column, **{key: value for key, value in settings.table.items() if key != "required"}}
    field = ResourceField(column, ShareType.CONDITIONAL, wire, settings.flag("required", False))
    return field_reader(field, documents, settings.where)


def control_by_name(name: str, place: Path, kind: DropKind) -> Control:
    """Of a department that writes an empty `.ok`: it promises only that the file is whole. Raises Refused."""
    match = kind.pattern.fullmatch(name)
    day = match["day"] if match else ""
    try:
        produced_on = date(int(day[:4]), int(day[4:6]), int(day[6:8]))
    except ValueError:
        raise Refused("文件名中的日期不是日期") from None
    return Control(name, None, digest(place), produced_on)
