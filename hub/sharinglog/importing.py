"""Refills a log from a newer copy of its entries, byte for byte. It signs nothing, and takes nothing whose head does not fit.

The copy is read twice: first everything is proven against signed heads, then it is written. What the copy says of destroyed keys
is done again, so that a person who was erased meanwhile stays erased.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from hub.sharinglog import copyfile, notes, tree
from hub.sharinglog.commitments import micros
from hub.sharinglog.copyfile import BadCopy, EntryRow, HeadRow, KeyRow, Opens, Row
from hub.sharinglog.engine import Engine, Entry, Lock, SealedSecret, Session, WrappedKey
from hub.sharinglog.engines import open_engine
from hub.sharinglog.exporting import PAGE, rows
from hub.sharinglog.heads import integrate, node_reader, present
from hub.sharinglog.notes import Verifier
from hub.sharinglog.records import PENDING, QUESTION

BATCH = 256

Source = Callable[[int], Iterable[Row]]
"""Gives the copy's rows from about this entry on; may be called more than once."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Entries before … after - 1 were taken in; `erased` keys were destroyed again."""

    before: int
    after: int
    erased: int


def of_folder(folder: Path) -> Source:
    """The files that `export` wrote there."""

    def read(start: int) -> Iterator[Row]:
        found = copyfile.copies(folder)
        if not found:
            raise BadCopy(f"{folder.name}/ holds no copy of a log: give the folder of `yijian log export`")
        for one in [one for one in found if one.stop > start] or found[
            -1:
        ]:  # the last still proves that it is the same log
            yield from copyfile.read(one.path)

    return read


def of_database(url: str) -> Source:
    """Another database with the same log, such as the damaged one that was replaced."""

    def read(start: int) -> Iterator[Row]:
        with closing(open_engine(url, "", read_only=True)) as engine, engine.read() as session:
            origin, size, _ = present(session)
            yield from rows(session, Opens(origin, max(0, min(start, size) - PAGE), size))

    return read


def import_log(url: str, verifier: Verifier, source: Source) -> Imported:
    """Append to the log at `url` what the copy has and it has not. Nothing is written unless all of it is proven.

    Raises BadCopy (damaged, of another log, does not join on, its head does not fit), LogUnavailable. May be repeated after a crash.
    """
    with closing(open_engine(url, verifier.name)) as engine:
        with engine.write(Lock.TREE) as session:
            before = integrate(session)
        keys = _Proof(engine, verifier, before).of(source(before))
        after = before
        for some in _batched(_entries(source(before), before)):
            _append(engine, after, [_entry(row, keys) for row in some])
            after += len(some)
        _heads(engine, source(before))
        return Imported(before, after, _destroy(engine, keys))


class _Proof:
    """Holds the copy against the log: entries that both have are the same, the rest joins on, every signed head fits."""

    def __init__(self, engine: Engine, verifier: Verifier, size: int) -> None:
        self._engine, self._verifier, self._size = engine, verifier, size
        with engine.read() as session:
            _, _, self._edge = present(session)
        self._page: tuple[int, dict[int, bytes]] = (-1, {})
        self._ahead: dict[int, bytes] = {}
        self._fitted = 0

    def of(self, copy: Iterable[Row]) -> dict[str, KeyRow]:
        """The copy's data keys, once all is proven."""
        keys: dict[str, KeyRow] = {}
        for row in copy:
            if isinstance(row, Opens):
                self._joins(row)
            elif isinstance(row, KeyRow):
                keys[row.key_id] = row if row.wrapped is None else keys.get(row.key_id, row)  # destroyed is for ever
            elif isinstance(row, HeadRow):
                self._head(row)
            else:
                self._entry(row)
        if self._ahead or not self._fitted:
            raise BadCopy("the copy does not reach a head that was signed for it: copy it again, with the last head")
        return keys

    def _joins(self, what: Opens) -> None:
        if what.origin != self._verifier.name:
            raise BadCopy(f"the copy is of the log {what.origin}, not of {self._verifier.name}: give this log's")
        if what.start > self._edge.size:
            raise BadCopy(f"entries {self._edge.size} to {what.start - 1} are in no copy: give the file that has them")

    def _head(self, row: HeadRow) -> None:
        try:
            head = notes.verify(row.note, self._verifier)
        except notes.BadNote as error:
            raise BadCopy(
                f"a head in the copy is not signed by this log's key ({error}): load the right keys"
            ) from error
        if head.size <= self._size:
            with self._engine.read() as session:
                self._fits(head.size, tree.root_at(head.size, node_reader(session)), head.root)
        elif head.size == self._edge.size:
            self._fits(head.size, self._edge.root(), head.root)
        elif head.size > self._edge.size:
            self._ahead[head.size] = head.root

    def _entry(self, row: EntryRow) -> None:
        leaf = tree.leaf_hash(row.body)
        if row.seq < self._size:
            if self._stored(row.seq) != leaf:
                raise BadCopy(
                    f"entry {row.seq} of the copy is not the one of this log: they are two branches. Keep both, go on with neither"
                )
        elif row.seq == self._edge.size:
            self._edge.push(leaf)
            if self._edge.size in self._ahead:
                self._fits(self._edge.size, self._edge.root(), self._ahead.pop(self._edge.size))
        elif row.seq > self._edge.size:
            raise BadCopy(f"entry {self._edge.size} is missing in the copy: copy it again from where it was written")

    def _fits(self, size: int, root: bytes, signed: bytes) -> None:
        if root != signed:
            raise BadCopy(
                f"the first {size} entries would not be those that were signed: this is the copy of another branch"
            )
        self._fitted += 1

    def _stored(self, seq: int) -> bytes | None:
        number = seq // PAGE
        if self._page[0] != number:
            bounds = number * PAGE, (number + 1) * PAGE
            with self._engine.read() as session:
                found = session.run("SELECT seq, leaf FROM sl_entry WHERE seq >= ? AND seq < ?", *bounds)
            self._page = number, {at: bytes(leaf) for at, leaf in found}
        return self._page[1].get(seq)


def _entries(copy: Iterable[Row], start: int) -> Iterator[EntryRow]:
    for row in copy:
        if isinstance(row, EntryRow) and row.seq == start:  # files may overlap
            start += 1
            yield row


def _batched(rows: Iterator[EntryRow]) -> Iterator[list[EntryRow]]:
    while some := list(islice(rows, BATCH)):
        yield some


def _append(engine: Engine, start: int, batch: list[Entry]) -> None:
    """One transaction; an entry that ends one of its own batch comes in a later call, since the engine looks up pairs for each call."""
    with engine.write(Lock.HEAD) as session:
        [(size,)] = session.run("SELECT next_seq FROM sl_head")
        given: list[object] = []
        for some in _runs(batch, start) if size == start else ():
            given += engine.append_in(session, some)
        if given != list(range(start, start + len(batch))):
            raise BadCopy(
                "something else wrote to the log meanwhile, or the copy pairs its entries otherwise: stop every node"
            )


def _runs(batch: list[Entry], start: int) -> Iterator[list[Entry]]:
    run: list[Entry] = []
    for seq, entry in enumerate(batch, start):
        if entry.closes and max(entry.closes[0], entry.answers_question or 0) >= seq - len(run):
            yield run
            run = []
        run.append(entry)
    yield run


def _entry(row: EntryRow, keys: dict[str, KeyRow]) -> Entry:
    record = json.loads(row.body)
    opens, closes = _pairing(record)
    return Entry(
        leaf=tree.leaf_hash(row.body),
        body=row.body,
        at=micros(datetime.fromisoformat(record["time"])),
        opens=opens,
        closes=closes,
        answers_question=record["intent_seq"] if closes and closes[1] == PENDING else None,
        secrets=tuple(SealedSecret(*secret) for secret in row.secrets),
        keys=tuple(_wrapped(keys[key_id]) for key_id, _, _ in row.secrets if key_id in keys),
    )


def _pairing(record: dict[str, Any]) -> tuple[str | None, tuple[int, str] | None]:
    """What the record opens and ends, as `hub.sharinglog.records` drafted it."""
    phase, asked, answered = record["phase"], record.get("intent_seq"), record.get("answers_seq")
    if phase == "intent":
        return QUESTION, None
    if phase not in ("outcome", "lost", "denied") or asked is None:
        return None, None
    opens = PENDING if phase == "outcome" and record["result"] == PENDING else None
    return opens, (asked, QUESTION) if answered is None else (answered, PENDING)


def _wrapped(key: KeyRow) -> WrappedKey:
    """As it is stored; a destroyed one opens nothing, and is marked so once every entry is there."""
    return WrappedKey(key.key_id, key.scope, key.month, key.wrapped or b"")


def _heads(engine: Engine, copy: Iterable[Row]) -> None:
    """Keep the copy's signed heads, which were proven to be heads of this log."""
    with engine.write(Lock.TREE) as session:
        integrate(session)
        known = {size for (size,) in session.run("SELECT size FROM sl_checkpoint")}
        heads = {row.size: row for row in copy if isinstance(row, HeadRow) and row.size not in known}
        session.insert("sl_checkpoint (size, note, at)", list(heads.values()))


def _destroy(engine: Engine, keys: dict[str, KeyRow]) -> int:
    destroyed = [key for key in keys.values() if key.wrapped is None]
    with engine.write(Lock.HEAD) as session:
        return sum(_destroy_one(session, key) for key in destroyed)


def _destroy_one(session: Session, key: KeyRow) -> int:
    living = session.run("SELECT 1 FROM sl_key WHERE key_id = ? AND wrapped IS NOT NULL", key.key_id)
    if living:
        session.run("UPDATE sl_key SET wrapped = NULL, destroyed_at = ? WHERE key_id = ?", key.destroyed_at, key.key_id)
    return len(living)
