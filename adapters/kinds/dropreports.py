"""Gives what a department says of item cases in files of its own, row by row, and remembers which rows were taken. It applies nothing.

A report file comes like any dropped file, with its control file, and waits below `.reports/` until each row was taken; then it goes. A
row is known by its key and its content: the same row again is the same report, another row of the same key takes the former's place.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from adapters.contract import FetchedReport, Misconfigured, PeerRefused, PeerUnreachable, Waiting
from adapters.kinds.documents import Documents
from adapters.kinds.dropfile import Control, Reading, Refused, RowError, compare, digest
from adapters.kinds.dropfolder import DropFolder, Pair
from adapters.kinds.dropplaces import DropPlaces
from adapters.kinds.dropsetup import FILE_KEYS, DropKind, encoding_of, kinds_of
from adapters.kinds.paths import steps, text_at
from adapters.kinds.report_rows import REPORT_KEYS, joined, own_number, report_reader
from adapters.kinds.settings import Settings
from catalog.types import Department

T = TypeVar("T")

WAITING = ".reports"
READ = ".read"
PAGE = 200
MOST_ROWS = 5000
"""Rows of one report file. Each is a person's matter: a department that decides more in a day sends several files."""
LONGEST_KEY = 60


@dataclass(frozen=True)
class _Row:
    """`same` is the department's key for it, `content` the digest of all that stands in it."""

    same: str
    content: str
    cells: Mapping[str, str] = field(repr=False)

    @property
    def key(self) -> str:
        return f"{self.same[:LONGEST_KEY]}#{self.content}"


class FileReports:
    """`Polls` of one department."""

    def __init__(self, department: Department, documents: Documents, places: DropPlaces) -> None:
        if places.folder is None:
            raise Misconfigured(f"{department.code}: reports by file need its drop folder; set it.")
        self._name, self._folder, self._threads = department.name, places.folder / WAITING, places.threads
        wire = Settings(department.wire, f"{department.code} [wire]")
        settings = wire.inner("reports")
        settings.only(REPORT_KEYS | (FILE_KEYS - {"delta"}))
        self._reader = report_reader(settings, documents)
        self._key = settings.words("key")
        self.kind: DropKind = _kind(settings, self._key, encoding_of(wire, "gb18030"), documents)
        columns = {place.removeprefix("$.") for place in self._columns()}
        if not columns <= set(self.kind.layout.columns):
            strange = ", ".join(sorted(columns - set(self.kind.layout.columns)))
            raise Misconfigured(f"{settings.where}: {strange} is not a column.")
        self._parsed: dict[str, tuple[_Row, ...]] = {}

    def _columns(self) -> list[str]:
        fields = (*self._reader.plain.values(), *self._reader.results)
        return [self._reader.step, *(place for one in fields for place in one.places)]

    # --- coming in ----------------------------------------------------------------------------------------------------

    def set_down(self, pair: Pair, control: Control, folder: DropFolder) -> None:
        """Puts a claimed report file where its rows are looked for; bad rows go back. Raises Refused, OSError."""
        reading = self._reading(pair.data)
        with self.kind.said():
            rows = sum(1 for _ in reading.rows())
        compare(reading.seen, control)
        if rows > MOST_ROWS:
            raise Refused(f"超过 {MOST_ROWS} 行，请分成几个文件")
        if digest(pair.data) != control.sha256:
            raise Refused("读取期间文件仍在变动")
        self._folder.mkdir(exist_ok=True, mode=0o700)
        errors: tuple[RowError, ...] = self.kind.placed(pair.data, reading.listed())
        if errors:
            folder.write_errors(pair.name, errors)
        if not rows:
            folder.done(pair)
            return
        # By its content: another file of the same name must not take the place of rows that still wait.
        pair.data.replace(self._folder / f"{pair.data.stem[:100]}.{control.sha256[:16]}{pair.data.suffix}")
        pair.ok.unlink(missing_ok=True)

    def _reading(self, place: Path) -> Reading:
        return Reading(self.kind.lines(place), self.kind.layout)

    # --- Polls --------------------------------------------------------------------------------------------------------

    @property
    def page(self) -> int:
        return PAGE

    async def unread(self, skip: int = 0) -> tuple[Waiting, ...]:
        return await self._in_thread(lambda: self._unread(skip))

    async def fetch(self, key: str) -> FetchedReport | None:
        row = await self._in_thread(lambda: self._wanted().get(key))
        try:
            return self._reader.read(row.cells, key) if row is not None else None
        except PeerRefused as e:
            raise PeerRefused(f"{self._name} {self.kind.pattern.pattern}: {e}") from e

    async def mark_read(self, key: str) -> None:
        await self._in_thread(lambda: self._mark(key))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await self._threads.run(work)
        except OSError as e:
            raise PeerUnreachable(
                f"{self._name}: its report files cannot be read or marked ({e.strerror}); it is tried again."
            ) from e
        except Refused as e:
            raise PeerRefused(f"{self._name}: a report file that waits was changed ({e}); ask for it anew.") from e

    def _unread(self, skip: int) -> tuple[Waiting, ...]:
        self._clear()
        number = self._reader.plain["item_no"].places[0].removeprefix("$.")
        rows = list(self._wanted().values())[skip : skip + PAGE]
        return tuple(Waiting(row.key, own_number(text_at(row.cells, steps(number)))) for row in rows)

    def _wanted(self) -> dict[str, _Row]:
        """What waits, in the order of the files' names and of their rows: of two rows of one key the later."""
        last: dict[str, str] = {}
        found: dict[str, _Row] = {}
        for place, rows in self._files():
            read = _marks(place)
            for row in rows:
                last[row.same] = row.key
                if row.content not in read:
                    found.setdefault(row.key, row)
        return {key: row for key, row in found.items() if last[row.same] == key}

    def _files(self) -> list[tuple[Path, tuple[_Row, ...]]]:
        """What lies there never changes, so each file is read once."""
        if not self._folder.is_dir():
            return []
        places = sorted(one for one in self._folder.iterdir() if one.suffix != READ and not one.name.startswith("."))
        self._parsed = {place.name: self._parsed.get(place.name) or self._rows(place) for place in places}
        return [(place, self._parsed[place.name]) for place in places]

    def _rows(self, place: Path) -> tuple[_Row, ...]:
        columns = self.kind.layout.columns
        return tuple(self._row(dict(zip(columns, cells, strict=True))) for _, cells in self._reading(place).rows())

    def _row(self, cells: Mapping[str, str]) -> _Row:
        same = joined([cells[name] for name in self._key])
        content = hashlib.sha256("\x1f".join(cells.values()).encode()).hexdigest()[:24]
        return _Row(same, content, cells)

    def _mark(self, key: str) -> None:
        """The row, and earlier ones of its key whose place it took: they must not come back when it is gone."""
        rows = [(place, row) for place, rows in self._files() for row in rows]
        last = max((at for at, (_, row) in enumerate(rows) if row.key == key), default=-1)
        taken: dict[Path, set[str]] = {}
        for place, row in rows[: last + 1]:
            if row.same == rows[last][1].same:
                taken.setdefault(place, set()).add(row.content)
        for place, contents in taken.items():
            if new := contents - _marks(place):
                _note(place, new)
        self._clear()

    def _clear(self) -> None:
        """Away with each file whose rows were all taken, also one that a process left which died just then."""
        for place, rows in self._files():
            if {row.content for row in rows} <= _marks(place):
                place.unlink(missing_ok=True)
        for marks in self._folder.glob(f".*{READ}"):
            if not marks.with_name(marks.name[1:].removesuffix(READ)).exists():
                marks.unlink(missing_ok=True)


def _kind(settings: Settings, key: tuple[str, ...], encoding: str, documents: Documents) -> DropKind:
    """The layout of a report file; a row without its key is a bad row. Raises Misconfigured."""
    if not key:
        raise Misconfigured(f"{settings.where}: key must name the column that tells rows apart, or columns together.")
    checks = settings.inner("rows")
    rows = {**checks.table, **{name: {**checks.inner(name).table, "required": True} for name in key}}
    table = {name: value for name, value in settings.table.items() if name in FILE_KEYS and name != "key"}
    (kind,) = kinds_of(Settings({**table, "rows": rows}, settings.where), "reports", encoding, {}, documents)
    return kind


def _marks_of(place: Path) -> Path:
    return place.with_name(f".{place.name}{READ}")


def _marks(place: Path) -> frozenset[str]:
    try:
        return frozenset(_marks_of(place).read_text("utf-8").splitlines())
    except FileNotFoundError:
        return frozenset()


def _note(place: Path, contents: set[str]) -> None:
    """A line for each, at the end: one that a full disk cut off is no row's, and the row comes again."""
    with _marks_of(place).open("ab") as file:
        file.write("".join(f"\n{content}\n" for content in sorted(contents)).encode())
        file.flush()
        os.fsync(file.fileno())
