"""A department that drops bulk files: takes them into a replica, and answers from the replica with the file's own date.

It fetches no file from afar: the folder is mounted or synchronised by the installation. No row answers before the hub has
recorded the batch.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from adapters.contract import (
    Batch,
    Collected,
    Found,
    Misconfigured,
    Outcome,
    Query,
    Unavailable,
    Why,
)
from adapters.kinds.documents import Documents
from adapters.kinds.dropfile import (
    Control,
    Layout,
    Line,
    Reading,
    Refused,
    RowError,
    control_of,
    csv_lines,
    digest,
    opened,
)
from adapters.kinds.dropfolder import HELD, REFUSED, DropFolder, Pair
from adapters.kinds.dropkeys import DropKey, drop_key
from adapters.kinds.dropsheet import Sheet, sheet_lines
from adapters.kinds.guard import Reached
from adapters.kinds.records import FieldReader, field_reader
from adapters.kinds.replica import Edition, Replica
from adapters.kinds.settings import Settings
from adapters.kinds.tabular import ROWS_KEYS, RowsReader, rows_reader
from adapters.kinds.values import BEIJING, shown
from catalog.types import Department, Resource, ResourceField, ShareType

FILE_KEYS = frozenset(("pattern", "columns", "key", "rows", "format", "sheet", "header_row"))
RESOURCE_KEYS = ROWS_KEYS | {"file", "match", "packed"}
IDENTIFIERS = frozenset(("id_number", "uscc", "id_number_or_uscc"))
ENCODINGS = ("gb18030", "utf-8")
LONGEST_NAME = 120
STALE_CLAIM_SECONDS = 900.0
CONTROL_LIMIT = 65536
REFUSED_SHOWN_SECONDS = 7 * 86400.0


@dataclass(frozen=True)
class _File:
    """One kind of dropped file: its name's pattern, its layout, the columns it is looked up by, the resource it feeds, and the
    sheet that it is in a workbook."""

    layout: Layout
    pattern: re.Pattern[str]
    lookups: tuple[DropKey, ...]
    resource: str
    sheet: Sheet | None = None

    def lines(self, place: Path) -> Iterator[Line]:
        return sheet_lines(place, self.sheet) if self.sheet else csv_lines(place, self.layout.encoding)


@dataclass(frozen=True)
class _Source:
    """How a resource is read from a file's rows."""

    file: str
    match: Mapping[DropKey, str]
    reader: RowsReader


class FileDrop:
    """`Answers` and `Collects` of one department's files."""

    def __init__(
        self,
        department: Department,
        resources: Mapping[str, Resource],
        documents: Documents,
        folder: Path | None,
        replica_folder: Path | None,
        on_batch: Callable[[Batch], None] | None,
        clock: Callable[[], datetime],
        worker: str = "",
        reached: Reached | None = None,
    ) -> None:
        if folder is None or replica_folder is None or on_batch is None:
            raise Misconfigured(
                f"{department.code}: a file drop needs its drop folder, a folder for replicas and the log of batches; set them."
            )
        self._department, self._on_batch, self._clock = department, on_batch, clock
        self._settings = Settings(department.wire, f"{department.code} [wire]")
        self._encoding = _encoding(self._settings)
        self._sources = {code: _source(resource, documents) for code, resource in resources.items()}
        self._files = {
            name: _file(self._settings.inner("files").inner(name), name, self._encoding, self._sources, documents)
            for name in self._settings.inner("files").table
        }
        for code, source in self._sources.items():
            if source.file not in self._files:
                raise Misconfigured(f"[resources.{code}] file = {source.file!r} is not under [wire.files]; add it.")
        self._reached = reached or _unheard
        self._folder = DropFolder(folder, worker or socket.gethostname(), self._encoding, self._reached)
        self._replica = Replica(replica_folder / f"{department.code}.sqlite")

    async def close(self) -> None:
        self._replica.close()

    async def check(self) -> list[str]:
        """Whether the folder can be written to, and how fresh the replica is."""
        code, found = self._department.code, []
        if not os.access(self._folder.root, os.R_OK | os.W_OK | os.X_OK):
            found.append(
                f"{code}: the drop folder is not there or cannot be written; mount it and give the hub access."
            )
        for name in self._files:
            if await asyncio.to_thread(self._replica.edition, name) is None:
                found.append(f"{code}: no file of kind {name!r} was taken in yet.")
        return found

    def fresh_on(self) -> date | None:
        """Of what day the stalest kind of file in the replica is; None while one of them never came."""
        editions = [self._replica.edition(name) for name in self._files]
        days = [edition.produced_on for edition in editions if edition is not None]
        return min(days) if days and len(days) == len(editions) else None

    def aside(self) -> tuple[str, ...]:
        """What lies aside and why, from the folder itself, so that any node can say it: held files until a person looked at them,
        refused ones for a week."""
        since = self._clock().timestamp() - REFUSED_SHOWN_SECONDS
        return tuple(f"{shown(name, LONGEST_NAME)}：{why}" for name, why in self._folder.reasons(since))

    # --- Answers ------------------------------------------------------------------------------------------------------

    async def answer(self, query: Query) -> Outcome:
        return await asyncio.to_thread(self._answer, query)

    def _answer(self, query: Query) -> Outcome:
        source = self._sources.get(query.resource.code)
        if source is None:
            return Unavailable(Why.WITHDRAWN)
        keys = {column.name: query.subject[key] for column, key in source.match.items()}
        match = self._replica.find(source.file, keys)
        if match is None:
            return Unavailable(Why.NO_REPLICA)
        limit = query.resource.max_age_days
        if limit is not None and (self._today() - match.edition.produced_on).days > limit:
            return Unavailable(Why.TOO_OLD)
        outcome = source.reader.outcome(match.rows, query)
        if not isinstance(outcome, Found):
            return outcome
        return replace(outcome, as_of=datetime.combine(match.edition.produced_on, time(), BEIJING))

    def _today(self) -> date:
        return self._clock().astimezone(BEIJING).date()

    # --- Collects -----------------------------------------------------------------------------------------------------

    def collect(self) -> Collected:
        """Takes in every complete file that waits. Never raises for what lies in the folder."""
        batches: list[Batch] = []
        held: list[str] = []
        if not self._folder.root.is_dir():
            return Collected(held=(f"{self._department.code}: the drop folder is not there; mount it.",))
        with self._replica.collecting() as alone:
            for pair in self._folder.claim(self._clock().timestamp(), STALE_CLAIM_SECONDS) if alone else ():
                self._reached("file-claimed")
                try:
                    batch = self._take(pair)
                except _Aside as e:
                    held.append(f"{self._department.code} {shown(pair.name, LONGEST_NAME)}: {e}")
                except OSError as e:
                    name = shown(pair.name, LONGEST_NAME)
                    held.append(f"{self._department.code} {name}: 无法读取（{e.strerror}），下次再取")
                else:
                    if batch is not None:
                        batches.append(batch)
        waiting = tuple(shown(name, LONGEST_NAME) for name in self._folder.waiting())
        return Collected(tuple(batches), tuple(held), waiting)

    def accept(self, name: str) -> None:
        """A person looked at a file that was held aside for its size: it is taken in at the next round. Raises Misconfigured
        where no such file is held."""
        pair = self._folder.held(name)
        if Path(name).name != name or not pair.data.is_file():
            raise Misconfigured(f"{self._department.code}: no file {name!r} is held aside.")
        self._replica.accept(digest(pair.data))
        self._folder.put_back(pair)

    def _take(self, pair: Pair) -> Batch | None:
        """The batch, or None for a file that is already in. Raises _Aside when the file went elsewhere."""
        file = next((one for one in self._files.values() if one.pattern.fullmatch(pair.name)), None)
        if file is None:
            why = "文件名不在约定之内，已移入 .refused"
            self._folder.put_aside(pair, REFUSED, why)
            raise _Aside(why)
        try:
            control = self._control(pair)
            if self._is_known(file, control):
                self._folder.done(pair)
                return None
            return self._taken(pair, file, control)
        except Refused as e:
            self._folder.write_errors(pair.name, [RowError(0, "", str(e))])
            why = f"{e}，已移入 .refused 并通知对方重投"
            self._folder.put_aside(pair, REFUSED, why)
            raise _Aside(why) from e

    def _control(self, pair: Pair) -> Control:
        names = {key: self._settings.inner("control").text(key) for key in ("file", "rows", "sha256", "produced_on")}
        names["produced_at"] = self._settings.inner("control").text("produced_at", "")
        with opened(pair.ok) as file:
            body = file.read(CONTROL_LIMIT)
        control = control_of(body, self._encoding, names)
        if control.file != pair.name:
            raise Refused("控制文件所列文件名不符")
        if control.produced_on > self._today() + timedelta(days=1):
            # Taken in, it would never grow old, and every true file after it would be older.
            raise Refused("控制文件所列日期还没有到")
        if control.sha256 != digest(pair.data):
            if pair.ok.stat().st_mtime_ns < pair.data.stat().st_mtime_ns:
                # A later delivery replaced the file and has not yet written its control file.
                self._folder.put_back(pair)
                raise _Aside("控制文件早于数据文件，等待新的控制文件")
            raise Refused("摘要与控制文件不符")
        return control

    def _is_known(self, file: _File, control: Control) -> bool:
        edition = self._replica.edition(file.layout.name)
        if edition is None:
            return False
        if edition.sha256 == control.sha256:
            return True
        if (control.produced_on, control.produced_at) < (edition.produced_on, edition.produced_at):
            raise Refused("早于已取用的文件")
        return False

    def _taken(self, pair: Pair, file: _File, control: Control) -> Batch:
        try:
            return self._staged_and_swapped(pair, file, control)
        except (Refused, _Aside):
            self._replica.discard(file.layout.name)
            raise

    def _staged_and_swapped(self, pair: Pair, file: _File, control: Control) -> Batch:
        reading = Reading(file.lines(pair.data), file.layout)
        generation, rows = self._replica.stage(
            file.layout.name, reading.rows(), {key.name: key.of for key in file.lookups}
        )
        if reading.seen != control.rows:
            raise Refused(f"数据行数 {reading.seen}，控制文件为 {control.rows}")
        self._refuse_shrunken(pair, file, control, rows)
        if digest(pair.data) != control.sha256:
            # Renaming it did not close it on the other side: somebody wrote on while its rows were read.
            raise Refused("读取期间文件仍在变动")
        batch = Batch(
            self._department.code,
            file.resource,
            control.sha256,
            rows,
            reading.seen - rows,
            control.produced_on,
            pair.data.stat().st_size,
        )
        self._reached("replica-staged")
        self._record(batch)
        # From here the rows may answer: the record of the batch is on disk.
        self._reached("batch-recorded")
        edition = Edition(file.layout.name, control.sha256, control.produced_on, control.produced_at, rows, generation)
        self._replica.swap(edition, self._clock())
        self._reached("replica-swapped")
        if reading.errors:
            self._folder.write_errors(pair.name, reading.listed())
        self._folder.done(pair)
        return batch

    def _refuse_shrunken(self, pair: Pair, file: _File, control: Control, rows: int) -> None:
        edition = self._replica.edition(file.layout.name)
        usual = edition.rows if edition else 1
        if rows >= usual * self._settings.number("smallest_share", 0.8) or self._replica.is_accepted(control.sha256):
            return
        why = f"可用 {rows} 行，少于上次 {usual} 行的八成，已移入 .held 待核实"
        self._folder.put_aside(pair, HELD, why)
        raise _Aside(why)

    def _record(self, batch: Batch) -> None:
        try:
            self._on_batch(batch)
        except Exception as e:
            # Whatever stopped the record: without it the rows stay hidden, and the claimed file is taken again next time.
            raise _Aside(f"共享日志未能记录（{type(e).__name__}），下次再取") from e


def _unheard(_: str) -> None:
    """Nobody wants to know which moment is here."""


class _Aside(Exception):
    """A file was not taken in; the message says why and where it is now."""


def _encoding(settings: Settings) -> str:
    found = settings.text("encoding", "gb18030")
    if found not in ENCODINGS:
        raise Misconfigured(f"{settings.where}: encoding must be one of {', '.join(ENCODINGS)}.")
    return found


def _source(resource: Resource, documents: Documents) -> _Source:
    settings = Settings(resource.wire, f"[resources.{resource.code}] wire")
    settings.only(RESOURCE_KEYS)
    packed = settings.inner("packed")
    match = {
        drop_key(column, packed.inner(column) if column in packed.table else None): str(key)
        for column, key in settings.inner("match").table.items()
    }
    if not match or not set(match.values()) <= set(resource.subject):
        raise Misconfigured(f"{settings.where}: match must give a column for subject keys of this resource.")
    return _Source(settings.text("file"), match, rows_reader(resource, documents))


def _file(settings: Settings, name: str, encoding: str, sources: Mapping[str, _Source], documents: Documents) -> _File:
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
    layout = Layout(name, encoding, columns, checks, settings.words("key"))
    pattern = re.escape(settings.text("pattern")).replace(re.escape("{yyyymmdd}"), r"\d{8}")
    readers = [*checks.values(), *(one for source in using.values() for one in source.reader.record.fields)]
    return _File(
        layout,
        re.compile(pattern),
        tuple(lookups[one] for one in sorted(lookups)),
        min(using, default=""),
        _sheet(settings, columns, readers, matched),
    )


def _sheet(
    settings: Settings, columns: tuple[str, ...], readers: Sequence[FieldReader], matched: Set[str]
) -> Sheet | None:
    """None for a CSV. What is looked up, and what a rule holds for an identifier, must be text in its cell."""
    form = settings.text("format", "csv")
    endings = {"csv": ".csv", "xlsx": ".xlsx"}
    if form not in endings or not settings.text("pattern").endswith(endings[form]):
        raise Misconfigured(f"{settings.where}: format must be csv or xlsx, and pattern must end the same way.")
    if form == "csv":
        if {"sheet", "header_row"} & set(settings.table):
            raise Misconfigured(f'{settings.where}: sheet and header_row belong to format = "xlsx".')
        return None
    forms = {reader.places[0]: reader.rule.form for reader in reversed(readers) if len(reader.places) == 1}
    named = {column for column, how in forms.items() if how in IDENTIFIERS}
    header_row = int(settings.number("header_row", 1))
    if header_row < 1:
        raise Misconfigured(f"{settings.where}: header_row counts from 1.")
    return Sheet(settings.text("sheet", ""), header_row, columns, forms, frozenset(named | matched))


def _check(column: str, settings: Settings, documents: Documents) -> FieldReader:
    wire = {"path": column, **{key: value for key, value in settings.table.items() if key != "required"}}
    field = ResourceField(column, ShareType.CONDITIONAL, wire, settings.flag("required", False))
    return field_reader(field, documents, settings.where)
