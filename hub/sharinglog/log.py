"""The sharing log: append-only, Merkle-hashed, signed. The one door of this package for the rest of the hub.

It does not decide whether something may be shared, and it keeps no value in the leaves: only names of fields, grounds,
results and salted commitments.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from ssl import RAND_bytes
from typing import Any

from hub.sharinglog import commitments, disclosing, sweep, tree
from hub.sharinglog.commitments import Leaf, Rng
from hub.sharinglog.committer import Committer, Queued
from hub.sharinglog.engine import Engine, Lock, Refusal
from hub.sharinglog.engine import Entry as Stored
from hub.sharinglog.engine_sqlite import SqliteEngine
from hub.sharinglog.engines import open_engine
from hub.sharinglog.errors import (
    AlreadyClosed,
    BadRecord,
    LogError,
    LogHeld,
    LogInconsistent,
    LogMisconfigured,
    LogUnavailable,
    UnknownIntent,
)
from hub.sharinglog.follower import Follower
from hub.sharinglog.heads import NOT_BEGUN, Heads, latest, refuse_other_keys
from hub.sharinglog.health import LogHealth, measure
from hub.sharinglog.keys import LogKeys
from hub.sharinglog.projection import Projection, Row, Wanted
from hub.sharinglog.published import PublishedHeads
from hub.sharinglog.records import PENDING, QUESTION, Admin, Draft, Erased, Lost, Operator, Record, traced
from hub.sharinglog.sweep import OpenIntent
from hub.sharinglog.vault import Vault
from hub.sharinglog.verify import YOUNG, LogReport, verify_entries

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a record is durable: its number, its id, its leaf hash, and the time written in it."""

    seq: int
    id: str
    leaf_hash: bytes
    time: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as stored: the exact leaf, and the record read from it."""

    seq: int
    leaf: bytes = field(repr=False)
    record: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Work:
    """A record on its way. `entry` is None until the keys are found that it must be sealed under; `scope` is then whose values it seals."""

    draft: Draft
    leaf: Leaf
    leaf_hash: bytes
    entry: Stored | None = None
    scope: str | None = None


class SharingLog:
    """One log, shared by all threads of a process; any number of processes may hold the same one open."""

    def __init__(
        self,
        engine: Engine,
        keys: LogKeys,
        origin: str,
        clock: Callable[[], datetime],
        node: str,
        rng: Rng,
        heads: Path | None = None,
    ) -> None:
        """Use `open`."""
        self.origin = origin
        self._engine, self._keys, self._clock, self._node, self._rng = engine, keys, clock, node, rng
        self._vault = Vault(engine, keys, rng)
        self._heads = Heads(engine, origin, keys.checkpoint, PublishedHeads(heads))
        self._held = self._heads.why_held()
        self._projection = Projection(engine, self._vault, keys.blind)
        self._committer: Committer[_Work, Receipt] = Committer(self._commit)
        self._follower = Follower(self._projection.catch_up, self.publish_checkpoint)

    @classmethod
    def open(
        cls,
        url: str,
        keys: LogKeys,
        origin: str,
        clock: Callable[[], datetime],
        node: str,
        rng: Rng = RAND_bytes,
        follow: bool = True,
        heads: Path | None = None,
    ) -> "SharingLog":
        """Open the log at `sqlite:///path` or `postgresql://…`, making it on first use.

        `rng` gives salts, nonces and data keys; OpenSSL's generator is as good as the system's and does not stop other threads.
        `origin` names the log for ever (C2SP: a schema-less URL); `node` is hub node, software version and config digest.
        With `follow` a thread keeps the search projection (1 s) and the checkpoints (10 s) up while the log grows.
        `heads` is the folder, outside the database, in which the last published head is kept. A log that does not extend it opens
        and can be read, but takes and signs nothing until it was refilled (`why_held`).
        Raises LogMisconfigured (another log, other keys, network file system, database not durable), LogUnavailable.
        """
        if not origin or any(character.isspace() or character == "+" for character in origin):
            raise LogMisconfigured(
                "the log's origin may hold no space and no plus sign: use host/path, such as yijian.example.gov.cn/log"
            )
        engine = open_engine(url, origin)
        try:
            refuse_other_keys(engine, keys.verifier(origin))
            log = cls(engine, keys, origin, clock, node, rng, heads)
        except LogError:
            engine.close()
            raise
        if follow:
            if log.size():  # an earlier process may have died before its last records were projected and signed
                log._follower.grown()
            log._follower.start()
        return log

    def why_held(self) -> LogHeld | LogInconsistent | None:
        """Why nothing may be appended or signed, if so; looks again each time while it is so."""
        if self._held is not None:
            self._held = self._heads.why_held()
        return self._held

    def append(self, record: Record) -> Receipt:
        """Make one record durable; returns only after the commit. Thread-safe.

        Raises LogUnavailable (nothing may be asked, sent or shown), LogHeld or LogInconsistent (likewise, until the log was
        refilled or begun anew), AlreadyClosed, UnknownIntent, LeafCarriesPersonalData, BadRecord.
        """
        return self._put(record).result()

    async def append_async(self, record: Record) -> Receipt:
        """As `append`, for a caller on the event loop. A cancelled caller does not cancel the commit."""
        work = self._checked(record)
        return await self._committer.put_async(work, len(work.leaf.body))

    def begin(self, record: Admin) -> Receipt:
        """The first record of an empty log, which says what it follows; it may come although heads of another log are known."""
        held = self.why_held()
        if self.size() or (held is not None and held.code != NOT_BEGUN):
            raise held or LogMisconfigured(f"the log {self.origin} has begun already: go on with it")
        work = self._work(record)
        return self._committer.put(work, len(work.leaf.body)).result()

    def open_intents(self, below: int) -> list[OpenIntent]:
        """Questions with a number below this one whose outcome is still missing."""
        return sweep.open_intents(self._engine, below)

    def close_lost(self, below: int) -> int:
        """End each such question with one `lost` record; gives how many this call ended. Races end each exactly once."""
        put = [self._put(Lost(intent.seq)) for intent in self.open_intents(below)]
        closed = 0
        for queued in put:
            with suppress(AlreadyClosed):  # another sweep or a late outcome was first
                queued.result()
                closed += 1
        return closed

    def size(self) -> int:
        """Number of durable entries."""
        with self._engine.read() as session:
            return int(session.run("SELECT next_seq FROM sl_head")[0][0])

    def root(self, size: int | None = None) -> bytes:
        """Merkle root of the first `size` entries (all when None); raises ValueError beyond the log."""
        return self._heads.root(size)

    def checkpoint(self) -> str:
        """The last signed head (C2SP checkpoint); signs a first one if there is none."""
        with self._engine.read() as session:
            last = latest(session)
        return last or self.publish_checkpoint()

    def publish_checkpoint(self) -> str:
        """Sign the present head, keep it outside and store it.

        Raises LogInconsistent or LogHeld if the log does not extend the last signed head; from then on it takes nothing more.
        """
        self._refuse_held()
        try:
            return self._heads.publish(self._clock())
        except (LogHeld, LogInconsistent) as error:
            self._held = error
            raise

    def inclusion_proof(self, seq: int, size: int) -> list[bytes]:
        """Audit path of entry `seq` in the tree of `size`; raises ValueError outside it."""
        return self._heads.inclusion(seq, size)

    def consistency_proof(self, old: int, new: int) -> list[bytes]:
        """Proof that the log of size `new` extends the log of size `old`; raises ValueError outside it."""
        return self._heads.consistency(old, new)

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        """Entries `start` … `stop` - 1 in order (to the present end when None)."""
        stop = self.size() if stop is None else stop
        while start < stop:
            with self._engine.read() as session:
                rows = session.run(
                    "SELECT seq, body FROM sl_entry WHERE seq >= ? AND seq < ? ORDER BY seq",
                    start,
                    min(stop, start + PAGE),
                )
            if not rows:
                return
            for seq, body in rows:
                yield Entry(seq, body, json.loads(body))
            start = rows[-1][0] + 1

    def disclose(self, seq: int) -> dict[str, str]:
        """The clear values committed in an entry, by label, each checked against its commitment. Log this as `viewed`.

        Erased values are not in it. Raises NotDisclosable if there is no such entry, all is erased, or a value does not fit.
        """
        return disclosing.of_entry(self._engine, self._vault, seq)

    def disclose_rows(self, rows: Sequence[Row]) -> dict[int, dict[str, str]]:
        """The clear values behind a page of search results by number; an outcome shows its question's too.

        What is erased or does not open is left out. Log this as `viewed`.
        """
        return disclosing.of_rows(self._engine, self._vault, rows)

    def search(
        self,
        subject: str | None = None,
        case_no: str | None = None,
        operator: str | None = None,
        phase: str | None = None,
        provider: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        before_seq: int | None = None,
    ) -> list[Row]:
        """Records that fit all given, newest first, up to the last durable one. `since` inclusive, `until` exclusive.

        Identifiers are found by blind index; `provider` is the organisation's code. Log this as `viewed`.
        """
        return self._projection.search(
            Wanted(subject, case_no, operator, phase, provider, since, until, before_seq, limit)
        )

    def rebuild_projection(self) -> int:
        """Make the search projection anew from entries and secrets; gives how many entries it covers."""
        return self._projection.rebuild()

    def verify(self, young: timedelta = YOUNG) -> LogReport:
        """Check everything against everything, from the stored bytes up; questions open longer than `young` are faults."""
        verifier = self._keys.verifier(self.origin)
        with self._engine.read() as session:
            return verify_entries(session, self.origin, verifier, self._vault, self._clock(), young)

    def scope(self, subject: str | None = None, case_no: str | None = None) -> str:
        """The scope under which a person's values are sealed, for `erase`. A record with a subject is in the subject's."""
        return self._vault.scope(subject, case_no)

    def erase(self, scope: str, reason: str = "retention_or_request", who: Operator | None = None) -> Receipt:
        """Destroy every key of a scope, in one transaction with the `erased` record; proofs and tree stay as they are.

        What was sealed under them cannot be opened again by anybody. Raises LogUnavailable with nothing destroyed.
        """
        if not scope.startswith(("subject/", "case/")):
            raise LogError(
                f"the scope {scope} is nobody's: get it from SharingLog.scope(subject=…)", code="NO_SUCH_SCOPE"
            )
        self._refuse_held()
        work = self._work(Erased(scope, reason, who))
        [(_, entry)] = self._all_sealed([work])
        with self._engine.write(Lock.HEAD) as session:
            # Projecting waits for this row, so it can neither read a dying key nor bring back an index.
            session.run("UPDATE sl_cursor SET next_seq = next_seq")
            session.run(
                "UPDATE sl_key SET wrapped = NULL, destroyed_at = ? WHERE scope = ? AND wrapped IS NOT NULL",
                commitments.micros(work.leaf.at),
                scope,
            )
            self._projection.erase(session, scope)
            [given] = self._engine.append_in(session, [entry])
            assert isinstance(given, int)
        self._vault.forget()
        if isinstance(self._engine, SqliteEngine):
            with suppress(
                LogUnavailable
            ):  # a reader may hold the old pages a little longer; the next commit tries again
                self._engine.checkpoint_wal()
        return Receipt(given, work.leaf.id, work.leaf_hash, work.leaf.at)

    def health(self) -> LogHealth:
        """Sizes, ages and what an operator should know; first of all why nothing is taken, where that is so."""
        found, held = measure(self._engine, self._clock(), self._committer.failing), self.why_held()
        return found if held is None else replace(found, held=held.code, advice=(str(held), *found.advice))

    def close(self) -> None:
        """Commit what is queued, sign it, stop, release the database. Later appends raise LogUnavailable."""
        self._committer.close()
        self._follower.close()
        self._engine.close()

    def _put(self, record: Record) -> Queued[_Work, Receipt]:
        work = self._checked(record)
        return self._committer.put(work, len(work.leaf.body))

    def _checked(self, record: Record) -> _Work:
        if isinstance(record, Erased):
            raise BadRecord("an erasure is recorded by the act itself: call erase")
        self._refuse_held()
        return self._work(record)

    def _refuse_held(self) -> None:
        if (held := self.why_held()) is not None:
            raise copy(held)  # an object for each caller: threads must not share a traceback

    def _work(self, record: Record) -> _Work:
        draft = traced(record.draft())
        leaf = commitments.make_leaf(draft, self._node, self._clock(), self._rng)
        # Sealed here, in the caller's time, so that the one thread that commits has little left to do.
        return self._sealed(draft, leaf, tree.leaf_hash(leaf.body), leaf.nonces)

    def _commit(self, batch: Sequence[_Work]) -> list[Receipt | LogError]:
        sealed = self._all_sealed(batch)
        given = self._engine.append([entry for _, entry in sealed])
        results: list[Receipt | LogError] = []
        for (work, entry), seq in zip(sealed, given, strict=True):
            if seq is Refusal.KEY_DESTROYED:
                # Its person was erased since the key was last used: seal again, under a new key.
                self._vault.forget()
                results += self._commit([replace(work, entry=None)])
            elif isinstance(seq, Refusal):
                results.append(_refused(seq, work.draft.closes))
            else:
                self._vault.committed(seq, work.scope if work.draft.opens == QUESTION else None, entry.keys)
                results.append(Receipt(seq, work.leaf.id, work.leaf_hash, work.leaf.at))
        self._follower.grown()
        return results

    def _all_sealed(self, batch: Sequence[_Work]) -> list[tuple[_Work, Stored]]:
        """The batch with its entries; what could not be sealed on its way here is sealed now."""
        while keyless := [work for work in batch if work.entry is None]:
            self._vault.find([(work.leaf, _asked(work.draft)) for work in keyless])
            batch = [
                self._sealed(work.draft, work.leaf, work.leaf_hash, self._rng(len(work.leaf.nonces)))
                if work.entry is None
                else work
                for work in batch
            ]
        return [(work, work.entry) for work in batch if work.entry is not None]

    def _sealed(self, draft: Draft, leaf: Leaf, leaf_hash: bytes, nonces: bytes) -> _Work:
        asked = _asked(draft)
        sealed = self._vault.seal(leaf, leaf_hash, asked, nonces)
        if sealed is None:
            return _Work(draft, leaf, leaf_hash)
        answers = draft.closes is not None and draft.closes[1] == PENDING
        entry = Stored(
            leaf=leaf_hash,
            body=leaf.body,
            at=commitments.micros(leaf.at),
            opens=draft.opens,
            closes=draft.closes,
            answers_question=asked if answers else None,
            secrets=sealed.secrets,
            keys=sealed.keys,
        )
        return _Work(draft, leaf, leaf_hash, entry, sealed.scope)


def _asked(draft: Draft) -> int | None:
    given = draft.clear.get("intent_seq")
    return given if isinstance(given, int) else None


def _refused(refusal: Refusal, closes: tuple[int, str] | None) -> LogError:
    seq, kind = closes or (None, "question")
    if refusal is Refusal.ALREADY_CLOSED:
        return AlreadyClosed(
            f"the {kind} {seq} was already ended by another record: do not show this answer, ask again if it is still needed"
        )
    return UnknownIntent(f"this log holds no {kind} {seq}: append the intent first and pass on its seq")
