"""A department that drops bulk files: takes them into a replica, and answers from the replica with the file's own date.

It reads one folder of this machine (`dropfetch` brings files there from afar). No row answers before the hub has recorded the batch.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from adapters.contract import Batch, Collected, Found, HeldFile, Misconfigured, Outcome, Query, Unavailable, Why
from adapters.kinds.documents import Documents
from adapters.kinds.dropanswers import outcome_of
from adapters.kinds.dropfetch import FarTrouble, fetch
from adapters.kinds.dropfile import Control, Refused, RowError, compare, control_of, digest, opened
from adapters.kinds.dropfolder import HELD, REFUSED, DropFolder, Pair
from adapters.kinds.dropload import Loaded, Loading, load
from adapters.kinds.dropplaces import DropPlaces
from adapters.kinds.dropreports import FileReports
from adapters.kinds.dropsetup import DropKind, control_by_name, encoding_of, kinds_of, nobodys, source_of, titles_of
from adapters.kinds.guard import Reached
from adapters.kinds.replica import Replica, Staged
from adapters.kinds.replica_delta import NoBase
from adapters.kinds.replica_tables import ACCEPTED, TURNED_DOWN, Edition, ReplicaTrouble
from adapters.kinds.settings import Settings
from adapters.kinds.threads import Look, NoTurn
from adapters.kinds.values import BEIJING, shown
from catalog.types import Department, Resource

LONGEST_NAME = 120
STALE_CLAIM_SECONDS = 900.0
CONTROL_LIMIT = 65536
REFUSED_SHOWN_SECONDS = 7 * 86400.0
CONTROL_KEYS = frozenset(("file", "rows", "sha256", "produced_on", "produced_at", "serial"))


class FileDrop:
    """`Answers` and `Collects` of one department's files."""

    def __init__(
        self,
        department: Department,
        resources: Mapping[str, Resource],
        documents: Documents,
        places: DropPlaces,
        on_batch: Callable[[Batch], None] | None,
        clock: Callable[[], datetime],
        worker: str = "",
        reached: Reached | None = None,
        reports: FileReports | None = None,
    ) -> None:
        folder, replicas = places.folder, places.replicas
        if folder is None or replicas is None or on_batch is None:
            raise Misconfigured(
                f"{department.code}: a file drop needs its drop folder, a folder for replicas and the log of batches; set them."
            )
        self._department, self._on_batch, self._clock = department, on_batch, clock
        self._far, self._far_trouble = places.far, ""
        self._settings = Settings(department.wire, f"{department.code} [wire]")
        self._encoding = encoding_of(self._settings, "gb18030")
        self._sources = {code: source_of(resource, documents) for code, resource in resources.items()}
        files = self._settings.inner("files")
        self._files, self._titles = tuple(files.table), titles_of(self._sources, resources)
        self._kinds = tuple(
            kind
            for name in self._files
            for kind in kinds_of(files.inner(name), name, self._encoding, self._sources, documents)
        )
        self._reports = reports
        self._kinds += (reports.kind,) if reports else ()
        self._check_control()
        for code, source in self._sources.items():
            if source.file not in self._files:
                raise Misconfigured(f"[resources.{code}] file = {source.file!r} is not under [wire.files]; add it.")
        self._reached = reached or _unheard
        self._folder = DropFolder(folder, worker or socket.gethostname(), self._encoding, self._reached)
        self._replica = Replica(replicas / f"{department.code}.sqlite", places.replica_url)
        self._threads = places.threads
        self.aside: Look[tuple[str, ...]] = Look(self._threads, self._aside, ())
        self.fresh_on: Look[date | None] = Look(self._threads, self._fresh_on, None)

    def _check_control(self) -> None:
        """Without a control file's contents the file's name must tell its day."""
        control = self._settings.inner("control")
        control.only(CONTROL_KEYS)
        for kind in self._kinds if not control.table else ():
            if "day" not in kind.pattern.groupindex:
                raise Misconfigured(
                    f"{control.where}: without it the day must be in each pattern; write {{yyyymmdd}} there."
                )

    async def close(self) -> None:
        self._threads.close()
        self._replica.close()

    async def check(self) -> list[str]:
        """Whether the folder can be written to."""
        code = self._department.code
        said = f"{code}: the drop folder is not there or cannot be written; mount it and give the hub access."
        return [] if os.access(self._folder.root, os.R_OK | os.W_OK | os.X_OK) else [said]

    def awaited(self) -> tuple[str, ...]:
        """Kinds of files of which none was taken in yet."""
        return tuple(name for name in self._files if self._replica.edition(name) is None)

    def _fresh_on(self) -> date | None:
        """Of what day the stalest kind of file in the replica is; None while one of them never came."""
        editions = [self._replica.edition(name) for name in self._files]
        days = [edition.produced_on for edition in editions if edition is not None]
        return min(days) if days and len(days) == len(editions) else None

    def _aside(self) -> tuple[str, ...]:
        """What lies aside and why: held files until a person said what shall be done, whichever node has them; refused ones of this
        folder for a week; rows of what stands there that may be anybody's."""
        since = self._clock().timestamp() - REFUSED_SHOWN_SECONDS
        held = [(file.name, file.why) for file in self._replica.held()]
        held += [(self._department.name, self._far_trouble)] if self._far_trouble else []
        held += [
            (self._titles.get(name, name), nobodys(count))
            for name in self._files
            if (count := self._replica.unreadable(name))
        ]
        return tuple(
            f"{shown(name, LONGEST_NAME)}：{why}"
            for name, why in (*held, *self._folder.odd(), *self._folder.reasons(since))
        )

    # --- Answers ------------------------------------------------------------------------------------------------------

    async def answer(self, query: Query) -> Outcome:
        """On the department's own threads: a folder or a replica that hangs takes no other's, and no page's."""
        try:
            return await self._threads.within(query.timeout_seconds, lambda: self._answer(query))
        except TimeoutError as e:
            return Unavailable(Why.BUSY if isinstance(e, NoTurn) else Why.TIMEOUT)
        except ReplicaTrouble:
            return Unavailable(Why.SERVER_ERROR)

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
        outcome = outcome_of(source, match, query)
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
        try:
            with self._replica.collecting() as lock:
                if lock is not None:
                    self._collect(lock, batches, held)
        except OSError as e:
            held.append(f"{self._department.code}: 目录或副本无法读取或写入（{e.strerror}），下次再取")
        held += [f"{self._department.code}: {self._far_trouble}"] if self._far_trouble else []
        waiting = tuple(shown(name, LONGEST_NAME) for name in self._folder.waiting())
        return Collected(tuple(batches), tuple(held), waiting)

    def _collect(self, lock: int, batches: list[Batch], held: list[str]) -> None:
        self._fetch()
        self._follow_words()
        held += [f"{self._department.code} {shown(name, LONGEST_NAME)}: {why}" for name, why in self._folder.odd()]
        for pair in self._folder.claim(self._clock().timestamp(), STALE_CLAIM_SECONDS):
            self._reached("file-claimed")
            name = f"{self._department.code} {shown(pair.name, LONGEST_NAME)}"
            try:
                batch = self._take(pair, lock)
            except _Aside as e:
                held.append(f"{name}: {e}")
            except OSError as e:
                held.append(f"{name}: 无法读取或写入（{e.strerror}），下次再取")
            else:
                batches += [batch] if batch is not None else []

    def _fetch(self) -> None:
        """What was brought before is taken in all the same where the far folder cannot be reached."""
        if self._far is None:
            return
        try:
            fetch(self._far, self._folder.root)
        except FarTrouble as e:
            self._far_trouble = str(e)
        except OSError as e:
            self._far_trouble = f"取来的文件写不下（{e.strerror}）"
        else:
            self._far_trouble = ""

    def _follow_words(self) -> None:
        """Does what persons said of the held files that lie in this folder."""
        for name, word in self._replica.words().items():
            pair = self._folder.held(name)
            if not pair.data.is_file():
                continue  # it lies on another node
            if word == ACCEPTED:
                self._folder.put_back(pair)
            else:
                why = "经人工核实不予取用，请重投全量"
                self._folder.write_refusal(name, RowError(0, "", why))
                self._folder.put_aside(pair, REFUSED, why)
            self._replica.forget_held(name)

    def _take(self, pair: Pair, lock: int) -> Batch | None:
        """The batch, or None for a file that is already in. Raises _Aside when the file went elsewhere."""
        kind = next((one for one in self._kinds if one.pattern.fullmatch(pair.name)), None)
        if kind is None:
            why = f"文件名不在约定之内（约定的是 {'、'.join(one.name for one in self._kinds)}），已移到一旁，不取用；请对方按约定命名重投"
            self._folder.put_aside(pair, REFUSED, why)
            raise _Aside(why)
        try:
            control = self._control(pair, kind)
            if self._reports is not None and kind is self._reports.kind:
                self._reports.set_down(pair, control, self._folder)
                return None
            edition = self._replica.edition(kind.layout.name)
            if edition is not None and self._is_known(pair, kind, control, edition):
                self._folder.done(pair)
                return None
            if edition is not None and kind.delta is None and edition.sha256 == control.sha256:
                return self._touched(pair, kind, control, edition)
            return self._taken(pair, kind, control, lock)
        except Refused as e:
            self._folder.write_refusal(pair.name, RowError(0, "", str(e)))
            why = f"{e}，已移到一旁，不取用，并通知对方重投"
            self._folder.put_aside(pair, REFUSED, why)
            raise _Aside(why) from e

    def _control(self, pair: Pair, kind: DropKind) -> Control:
        settings = self._settings.inner("control")
        if not settings.table:
            control = control_by_name(pair.name, pair.data, kind)
        else:
            names = {key: settings.text(key) for key in ("file", "rows", "sha256", "produced_on")}
            names |= {key: settings.text(key, "") for key in ("produced_at", "serial")}
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

    def _is_known(self, pair: Pair, kind: DropKind, control: Control, edition: Edition) -> bool:
        """Whether it changes nothing: it was taken in before, last night or earlier. Raises Refused, _Aside."""
        said, last = (control.produced_on, control.produced_at), (edition.produced_on, edition.produced_at)
        if said <= last and self._replica.was_taken(kind.layout.name, control.sha256):
            return True
        if said < last:
            raise Refused("早于已取用的文件")
        if kind.delta is not None and control.serial > edition.serial + 1:
            self._folder.put_back(pair)
            raise _Aside(f"批次 {control.serial} 之前还缺批次 {edition.serial + 1}，等待补投")
        if kind.delta is not None and 0 < control.serial <= edition.serial:
            raise Refused(f"批次 {control.serial} 已经取用过，内容却不同")
        return False

    def _touched(self, pair: Pair, kind: DropKind, control: Control, edition: Edition) -> Batch:
        """The same rows again as those of a later day: they are as fresh as that, and nothing else changes."""
        compare(edition.seen, control)
        batch = self._batch(pair, kind, control, edition.rows, edition.seen - edition.rows)
        self._record(batch)
        fresh = replace(
            edition, produced_on=control.produced_on, produced_at=control.produced_at, serial=control.serial
        )
        self._replica.touch(fresh, self._clock())
        self._folder.done(pair)
        return batch

    def _taken(self, pair: Pair, kind: DropKind, control: Control, lock: int) -> Batch:
        try:
            return self._staged_and_swapped(pair, kind, control, lock)
        except (Refused, _Aside, OSError):
            self._replica.discard(kind.layout.name)
            raise

    def _staged_and_swapped(self, pair: Pair, kind: DropKind, control: Control, lock: int) -> Batch:
        name = kind.layout.name
        with kind.said():
            loaded = load(Loading(kind, pair.data, self._replica.address), self._replica, lock)
        compare(loaded.seen, control)
        loaded = self._planned(kind, loaded) if kind.delta else loaded
        self._refuse_shrunken(pair, kind, control, loaded)
        if digest(pair.data) != control.sha256:
            # Renaming it did not close it on the other side: somebody wrote on while its rows were read.
            raise Refused("读取期间文件仍在变动")
        batch = self._batch(pair, kind, control, loaded.rows, loaded.seen - loaded.rows)
        self._reached("replica-staged")
        self._record(batch)
        # From here the rows may answer: the record of the batch is on disk.
        self._reached("batch-recorded")
        edition = Edition(
            name,
            control.sha256,
            control.produced_on,
            control.produced_at,
            loaded.rows,
            loaded.generation,
            control.serial,
            loaded.seen,
        )
        if kind.delta:
            self._replica.merge(edition, self._clock())
        else:
            self._replica.swap(edition, self._clock())
        self._reached("replica-swapped")
        if loaded.errors:
            self._folder.write_errors(pair.name, kind.placed(pair.data, loaded.errors))
        self._folder.done(pair)
        return batch

    def _planned(self, kind: DropKind, loaded: Loaded) -> Loaded:
        """Without the changes that do not fit what is there."""
        try:
            plan = self._replica.plan(kind.layout.name, Staged(loaded.generation, loaded.rows), kind.refused)
        except NoBase:
            raise Refused("还没有可以更改的全量文件，请先投一次全量") from None
        key = ",".join(kind.layout.key)
        errors = [RowError(line, key, "新增的主键已存在，或更改、删除的主键不存在") for line in plan.unfit]
        return replace(
            loaded, rows=loaded.rows - len(plan.unfit), deleted=plan.deleted, errors=(*loaded.errors, *errors)
        )

    def _refuse_shrunken(self, pair: Pair, kind: DropKind, control: Control, loaded: Loaded) -> None:
        """Raises _Aside for a file that takes away more than usual, until a person looked at it."""
        edition, share = self._replica.edition(kind.layout.name), self._settings.number("smallest_share", 0.8)
        usual = edition.rows if edition else 1
        left = usual - loaded.deleted if kind.delta else loaded.rows
        if left >= usual * share or self._replica.is_accepted(control.sha256):
            return
        what = f"将删除 {loaded.deleted} 行，只剩" if kind.delta else "可用"
        than = f"少于上次 {usual} 行的{share:.0%}" if edition else "没有一行合乎约定"
        why = f"{what} {left} 行，{than}，已移到一旁待核实"
        self._replica.hold(HeldFile(pair.name, control.sha256, why, self._clock()))
        if loaded.errors:  # whoever decides must see whether rows are missing or only cannot be read
            self._folder.write_refusal(pair.name, *kind.placed(pair.data, loaded.errors))
        self._folder.put_aside(pair, HELD, why)
        raise _Aside(why)

    def _batch(self, pair: Pair, kind: DropKind, control: Control, rows: int, rejected: int) -> Batch:
        size = pair.data.stat().st_size
        return Batch(self._department.code, kind.resource, control.sha256, rows, rejected, control.produced_on, size)

    def _record(self, batch: Batch) -> None:
        try:
            self._on_batch(batch)
        except Exception as e:
            # Whatever stopped the record: without it the rows stay hidden, and the claimed file is taken again next time.
            raise _Aside(f"共享日志未能记录（{type(e).__name__}），下次再取") from e

    # --- held files ---------------------------------------------------------------------------------------------------

    def held_files(self) -> tuple[HeldFile, ...]:
        """Files that wait for a person's word, whichever node took them."""
        return self._replica.held()

    def accept(self, name: str) -> None:
        """A person looked at a file that was held aside for its size: it is taken in at the next round. Raises Misconfigured
        where no such file is held."""
        if not self._replica.release(name, ACCEPTED):
            raise Misconfigured(f"{self._department.code}: no file {name!r} is held aside; look at the list again.")

    def turn_down(self, name: str) -> None:
        """A person looked at it and wants another: it goes back with a sentence. Raises Misconfigured as above."""
        if not self._replica.release(name, TURNED_DOWN):
            raise Misconfigured(f"{self._department.code}: no file {name!r} is held aside; look at the list again.")


def _unheard(_: str) -> None:
    """Nobody wants to know which moment is here."""


class _Aside(Exception):
    """A file was not taken in; the message says why and where it is now."""
