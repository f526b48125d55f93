"""Data keys: one per person (or case, or staff) and month, sealed under the master key; destroying one erases. Logs nothing.

A person's values lie under the person's own keys, staff's under the site's, so that erasing an applicant leaves who asked.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.sharinglog import commitments
from hub.sharinglog.commitments import NONCE, Leaf, Opening, Rng
from hub.sharinglog.engine import Engine, SealedSecret, Session, WrappedKey
from hub.sharinglog.errors import NotDisclosable
from hub.sharinglog.keys import LogKeys
from hub.sharinglog.labels import PERSON, STAFF, holder_of, is_subject

REMEMBERED = 1_000
"""Keys and open questions that are kept in mind, the latest used: as many persons as are asked about at one time. Each key takes some 4 KiB."""
STAFF_SCOPE, SITE_SCOPE = "staff", "site"

Name = tuple[str, str]
"""Scope and month of a data key."""

_SECRETS = (
    "SELECT s.seq, e.leaf, s.key_id, s.nonce, s.ciphertext, k.wrapped FROM sl_secret s JOIN sl_entry e ON e.seq = s.seq"
    " LEFT JOIN sl_key k ON k.key_id = s.key_id WHERE s.seq >= ? AND s.seq < ?"
)

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Opened:
    """What could be opened of one entry, and how many of its secrets are erased or do not open."""

    openings: Mapping[str, Opening] = field(repr=False)
    erased: int = 0
    broken: int = 0


@dataclass(frozen=True, slots=True)
class Sealed:
    """One leaf's secrets, the keys that are not stored yet, and whose key the first person's values are under; None where there are none."""

    secrets: tuple[SealedSecret, ...]
    keys: tuple[WrappedKey, ...]
    scope: str | None


@dataclass
class _Key:
    row: WrappedKey
    cipher: AESGCM = field(repr=False)
    stored: bool


class Vault:
    """Seals openings and opens them again; `opened` keys are remembered for sealing only, never for disclosure."""

    def __init__(self, engine: Engine, keys: LogKeys, rng: Rng) -> None:
        self._engine, self._keys, self._rng = engine, keys, rng
        self._known: OrderedDict[tuple[str, str], _Key] = OrderedDict()
        self._scopes: OrderedDict[int, str] = OrderedDict()
        self._guard = threading.Lock()

    def scope(self, subject: str | None = None, case_no: str | None = None) -> str:
        """The scope of a person's values; a record without a subject goes with its case, one without either with the site."""
        if subject is not None:
            return "subject/" + commitments.blind(self._keys.blind, "subject", subject)
        if case_no is not None:
            return "case/" + commitments.blind(self._keys.blind, "application", case_no)
        return SITE_SCOPE

    def seal(self, leaf: Leaf, leaf_hash: bytes, answers: int | None, nonces: bytes) -> Sealed | None:
        """The secrets of one leaf and the new keys to store with them. An outcome goes with the subject of its question.

        `nonces` are NONCE random bytes for each holder, used nowhere else. None if a key must be found first (`find`): this asks no database,
        so that it may be called on an event loop.
        """
        secrets, keys = [], []
        scope: str | None = None
        for number, (holder, wanted, openings) in enumerate(self._wanted(leaf, answers)):
            key = self._known.get(wanted) if wanted is not None else None
            if key is None:
                return None
            if holder == PERSON:
                scope = key.row.scope
            nonce = nonces[number * NONCE : (number + 1) * NONCE]
            secrets.append(
                SealedSecret(key.row.key_id, nonce, commitments.seal(key.cipher, nonce, openings, leaf_hash))
            )
            if not key.stored:
                keys.append(key.row)
        return Sealed(tuple(secrets), tuple(keys), scope)

    def find(self, leaves: Sequence[tuple[Leaf, int | None]]) -> None:
        """Look up, or make, the keys that `seal` needs for these leaves (each with the question it answers), all at once."""
        questions = {
            answers for leaf, answers in leaves for _, wanted, _ in self._wanted(leaf, answers) if wanted is None
        }
        with self._engine.read() as session:
            self._find_scopes(session, sorted(it for it in questions if it is not None))
            wanted = {it for leaf, answers in leaves for _, it, _ in self._wanted(leaf, answers) if it is not None}
            stored = self._stored(session, [name for name in wanted if name not in self._known])
        with self._guard:
            for name in wanted:
                _remember(self._known, name, self._known.get(name) or stored.get(name) or self._fresh(*name))
            _forget_oldest(self._known, len(wanted))

    def committed(self, seq: int, scope: str | None, keys: Sequence[WrappedKey]) -> None:
        """Remember what is now on disk: new keys as stored, and the scope of an open question for its outcome."""
        for row in keys:
            key = self._known.get((row.scope, row.month))
            if key is not None and key.row.key_id == row.key_id:
                key.stored = True
        if scope is not None:
            with self._guard:
                _remember(self._scopes, seq, scope)
                _forget_oldest(self._scopes)

    def forget(self) -> None:
        """Drop remembered keys (some were destroyed)."""
        with self._guard:
            self._known.clear()

    def open(self, session: Session, start: int, stop: int) -> dict[int, Opened]:
        """What opens the commitments of the entries start … stop - 1, by their numbers; wrong keys count as broken."""
        ciphers: dict[str, AESGCM] = {}
        found: dict[int, Opened] = {}
        for seq, leaf, key_id, nonce, ciphertext, wrapped in session.run(_SECRETS, start, stop):
            before = found.get(seq, Opened({}))
            if wrapped is None:
                found[seq] = Opened(before.openings, before.erased + 1, before.broken)
                continue
            try:
                if key_id not in ciphers:
                    ciphers[key_id] = AESGCM(self._unwrap(key_id, wrapped))
                openings = commitments.unseal(ciphers[key_id], nonce, ciphertext, leaf)
                found[seq] = Opened({**before.openings, **openings}, before.erased, before.broken)
            except NotDisclosable:
                found[seq] = Opened(before.openings, before.erased, before.broken + 1)
        return found

    def values(self, session: Session, start: int, stop: int) -> dict[int, dict[str, str]]:
        """What is committed in the entries start … stop - 1 and opens, by their numbers and labels, for what is no proof."""
        ciphers: dict[str, AESGCM] = {}
        found: dict[int, dict[str, str]] = {}
        for seq, leaf, key_id, nonce, ciphertext, wrapped in session.run(_SECRETS, start, stop):
            if wrapped is None:
                continue
            with suppress(NotDisclosable):
                if key_id not in ciphers:
                    ciphers[key_id] = AESGCM(self._unwrap(key_id, wrapped))
                values = commitments.unsealed_values(ciphers[key_id], nonce, ciphertext, leaf)
                found.setdefault(seq, {}).update(values)
        return found

    def _wanted(self, leaf: Leaf, answers: int | None) -> Iterator[tuple[str, Name | None, dict[str, Opening]]]:
        """The key for each holder's openings; None if only the database can tell whose question is answered."""
        month = f"{leaf.at.year:04}-{leaf.at.month:02}"
        for holder, openings in _by_holder(leaf.openings).items():
            if holder == STAFF:
                scope: str | None = STAFF_SCOPE
            elif is_subject(holder):  # a further person, whose key is no one else's
                scope = self.scope(openings[holder].value)
            else:
                scope = self._scope_of(leaf.openings)
                if scope is None:
                    scope = SITE_SCOPE if answers is None else self._scopes.get(answers)
            yield holder, (scope, month) if scope is not None else None, openings

    def _scope_of(self, openings: Mapping[str, Opening]) -> str | None:
        subject, case = openings.get("subject"), openings.get("application")
        if subject is None and case is None:
            return None
        return self.scope(subject.value if subject else None, case.value if case else None)

    def _find_scopes(self, session: Session, questions: Sequence[int]) -> None:
        if not questions:
            return
        rows = session.run(
            "SELECT s.seq, k.scope FROM sl_secret s JOIN sl_key k ON k.key_id = s.key_id"
            f" WHERE s.seq IN ({_marks(questions)}) AND k.scope <> ?",
            *questions,
            STAFF_SCOPE,
        )
        found = dict.fromkeys(questions, SITE_SCOPE) | {seq: scope for seq, scope in rows}
        with self._guard:
            for seq, scope in found.items():
                _remember(self._scopes, seq, scope)
            _forget_oldest(self._scopes, len(found))

    def _stored(self, session: Session, names: Collection[Name]) -> dict[Name, _Key]:
        scopes = sorted({scope for scope, _ in names})
        if not scopes:
            return {}
        rows = session.run(
            "SELECT scope, month, key_id, wrapped FROM sl_key"
            f" WHERE scope IN ({_marks(scopes)}) AND destroyed_at IS NULL ORDER BY key_id DESC",
            *scopes,
        )
        return {
            (scope, month): _Key(
                WrappedKey(key_id, scope, month, wrapped), AESGCM(self._unwrap(key_id, wrapped)), stored=True
            )
            for scope, month, key_id, wrapped in rows
            if (scope, month) in names
        }

    def _fresh(self, scope: str, month: str) -> _Key:
        key_id, plain, nonce = self._rng(16).hex(), self._rng(32), self._rng(NONCE)
        wrapped = nonce + AESGCM(self._keys.sealing).encrypt(nonce, plain, key_id.encode())
        return _Key(WrappedKey(key_id, scope, month, wrapped), AESGCM(plain), stored=False)

    def _unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        try:
            return AESGCM(self._keys.sealing).decrypt(wrapped[:NONCE], wrapped[NONCE:], key_id.encode())
        except InvalidTag as error:
            raise NotDisclosable(
                "the log's master key does not open its data keys: load the key folder that belongs to this log"
            ) from error


def _by_holder(openings: Mapping[str, Opening]) -> dict[str, dict[str, Opening]]:
    parts: dict[str, dict[str, Opening]] = {}
    for label, opening in openings.items():
        parts.setdefault(holder_of(label), {})[label] = opening
    return parts


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


def _remember(known: OrderedDict[K, V], key: K, value: V) -> None:
    known[key] = value
    known.move_to_end(key)


def _forget_oldest(known: OrderedDict[K, V], needed: int = 0) -> None:
    """Down to what is kept in mind, but never one of the last `needed`: a batch may be about more persons than that."""
    while len(known) > max(REMEMBERED, needed):
        known.popitem(last=False)
