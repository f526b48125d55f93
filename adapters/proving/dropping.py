"""Reads one dropped file of a department as the hub would take it in: its format, its rows, and why rows are refused. It takes nothing in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adapters.contract import Misconfigured
from adapters.kinds.dropfile import Reading, Refused, RowError
from adapters.kinds.dropsetup import DropKind, Source, encoding_of, kinds_of, source_of
from adapters.kinds.settings import Settings
from adapters.kinds.tabular import rows_reader
from adapters.proving.sampling import Folder
from catalog.types import Resource

MOST_BYTES = 64 * 1024 * 1024
"""A sample is small; a whole night's file belongs into the drop folder."""


@dataclass(frozen=True)
class Dropped:
    """The rows that are found under the subject, and how the file was read. `subject` is whom they are about."""

    rows: tuple[Mapping[str, str], ...] = field(repr=False)
    subject: Mapping[str, str] = field(repr=False)
    seen: int
    errors: tuple[RowError, ...]


def dropped(folder: Folder, resource: Resource, place: Path, subject: Mapping[str, str]) -> Dropped:
    """Without a subject the rows are those of the first row's, of those that the resource's `where` keeps; of no row where it keeps none.

    Raises Misconfigured for a file that the hub would refuse whole."""
    if place.stat().st_size > MOST_BYTES:
        raise Misconfigured(
            f"{place.name} is larger than {MOST_BYTES >> 20} MB; cut a few rows out of it and try those."
        )
    source, kind = _kind(folder, resource)
    reading = Reading(kind.lines(place), kind.layout)
    try:
        with kind.said():
            rows = [dict(zip(kind.layout.columns, cells, strict=True)) for _, cells in reading.rows()]
    except Refused as e:
        raise Misconfigured(f"{place.name} would be refused whole: {e}.") from e
    reader = rows_reader(resource, folder.documents)
    asked = subject or next(_subjects(source, filter(reader.keeps, rows)), {})
    kept = tuple(row for row in rows if asked and _is_about(source, row, asked))
    return Dropped(kept, asked, reading.seen, tuple(reading.listed()))


def samples_of(folder: Folder, resource: Resource) -> list[Path]:
    """Files of the folder's `samples/` that are of this resource's kind."""
    _, kind = _kind(folder, resource)
    places = sorted((Path(folder.department.folder) / "samples").glob("*"))
    return [place for place in places if kind.pattern.fullmatch(place.name)]


def _kind(folder: Folder, resource: Resource) -> tuple[Source, DropKind]:
    wire = Settings(folder.department.wire, f"{folder.department.code} [wire]")
    sources = {code: source_of(one, folder.documents) for code, one in folder.resources.items() if not one.way}
    source, files = sources[resource.code], wire.inner("files")
    if source.file not in files.table:
        raise Misconfigured(f"[resources.{resource.code}] file = {source.file!r} is not under [wire.files]; add it.")
    encoding = encoding_of(wire, "gb18030")
    return source, kinds_of(files.inner(source.file), source.file, encoding, sources, folder.documents)[0]


def _subjects(source: Source, rows: Iterable[dict[str, str]]) -> Iterator[dict[str, str]]:
    for row in rows:
        found = {key: values[0] for one, key in source.match.items() if (values := one.of(row)) and values[0]}
        if len(found) == len(source.match):
            yield found


def _is_about(source: Source, row: Mapping[str, str], subject: Mapping[str, str]) -> bool:
    return all(
        subject.get(key, "").upper() in (value.strip().upper() for value in one.of(row))
        for one, key in source.match.items()
    )
