"""One batch into a SQLite log by one statement. It opens no connection and knows no records.

What PostgreSQL does in a function of the server, SQLite does in a trigger on a view that holds nothing: numbers, keys,
entries, pairs and secrets in a single call, during which every other thread runs. Several calls would wait for the
interpreter between each other, with the database locked. The call itself finds the next number, so that of several
processes none is too late with one, and leaves the first that it gave in a table of this connection alone.
"""

import json
import sqlite3
from collections.abc import Sequence

from hub.sharinglog.engine import Entry, Refusal

STALE = "stale"

_COLUMNS = ("at", "blobs", "used", "keys", "entries", "opened", "closed", "secrets")
_VIEW = f"CREATE TEMP VIEW sl_batch AS SELECT {', '.join(f'NULL AS {name}' for name in _COLUMNS)}"
_GIVEN = "CREATE TEMP TABLE sl_given AS SELECT 0 AS first"
_FIRST = "(SELECT first FROM sl_given)"
_INSERT = f"INSERT INTO sl_batch VALUES ({', '.join('?' * len(_COLUMNS))})"


def _cell(place: int) -> str:
    return f"json_extract(it.value, '$[{place}]')"


# Offsets begin at 1, as substr counts. CROSS JOIN keeps SQLite from looking through the batch once for each open pair.
_TRIGGER = f"""
CREATE TEMP TRIGGER sl_append INSTEAD OF INSERT ON sl_batch BEGIN
  UPDATE sl_given SET first = (SELECT next_seq FROM sl_head);
  SELECT RAISE(ABORT, '{STALE}') FROM sl_key
    WHERE key_id IN (SELECT value FROM json_each(NEW.used)) AND destroyed_at IS NOT NULL;
  SELECT RAISE(ABORT, '{STALE}') WHERE json_array_length(NEW.closed) <> (
    SELECT count(*) FROM json_each(NEW.closed) AS it CROSS JOIN sl_pair ON sl_pair.seq = {_cell(0)}
    WHERE sl_pair.kind = {_cell(1)} AND sl_pair.closed_by IS NULL);
  INSERT OR IGNORE INTO sl_key (key_id, scope, month, wrapped)
    SELECT {_cell(0)}, {_cell(1)}, {_cell(2)}, substr(NEW.blobs, {_cell(3)}, {_cell(4)}) FROM json_each(NEW.keys) AS it;
  INSERT INTO sl_entry
    SELECT {_FIRST} + it.key, substr(NEW.blobs, {_cell(0)}, {_cell(1)}), substr(NEW.blobs, {_cell(0)} + {_cell(1)}, {_cell(2)})
    FROM json_each(NEW.entries) AS it;
  INSERT INTO sl_pair SELECT {_FIRST} + {_cell(0)}, {_cell(1)}, {_cell(2)}, NULL FROM json_each(NEW.opened) AS it;
  UPDATE sl_pair SET closed_by = {_FIRST} + {_cell(2)} FROM json_each(NEW.closed) AS it WHERE sl_pair.seq = {_cell(0)};
  INSERT INTO sl_secret
    SELECT {_FIRST} + {_cell(0)}, {_cell(1)}, substr(NEW.blobs, {_cell(2)}, {_cell(3)}),
      substr(NEW.blobs, {_cell(2)} + {_cell(3)}, {_cell(4)})
    FROM json_each(NEW.secrets) AS it;
  UPDATE sl_head SET next_seq = next_seq + json_array_length(NEW.entries), last_at = NEW.at;
END"""

Pairs = dict[int, tuple[str, int | None]]


def prepare(connection: sqlite3.Connection) -> None:
    """Make table, view and trigger for this connection alone; the log's file does not change."""
    connection.execute(_GIVEN)
    connection.execute(_VIEW)
    connection.execute(_TRIGGER)


def append_at_once(connection: sqlite3.Connection, batch: Sequence[Entry]) -> list[int | Refusal] | None:
    """The whole batch in one durable statement: outside a transaction it is one by itself.

    None, with nothing written, if any of it would be refused.
    """
    closes = [entry.closes[0] for entry in batch if entry.closes]
    if len(set(closes)) < len(closes) or any(entry.answers_question is not None for entry in batch):
        return None
    try:
        _write(connection, batch)
    except sqlite3.IntegrityError as error:
        if str(error) != STALE:
            raise
        return None
    [(first,)] = connection.execute("SELECT first FROM sl_given")
    return list(range(first, first + len(batch)))


def append_each(connection: sqlite3.Connection, batch: Sequence[Entry]) -> list[int | Refusal]:
    """Number or refuse each by itself, inside a transaction that lets nobody else append."""
    seq, destroyed, pairs = _state(connection, batch)
    given: list[int | Refusal] = []
    kept: list[Entry] = []
    for entry in batch:
        at = seq + len(kept)
        dead = any(secret.key_id in destroyed for secret in entry.secrets)
        refusal = Refusal.KEY_DESTROYED if dead else _close(pairs, entry, at)
        given.append(refusal or at)
        if refusal is None:
            kept.append(entry)
    if kept:
        _write(connection, kept)
    return given


def _state(connection: sqlite3.Connection, batch: Sequence[Entry]) -> tuple[int, frozenset[str], Pairs]:
    """The next number; those of the batch's keys that were destroyed meanwhile; kind of every row that it closes or asks
    after, and what closed it."""
    used = {secret.key_id for entry in batch for secret in entry.secrets}
    asked = {entry.closes[0] for entry in batch if entry.closes}
    asked |= {entry.answers_question for entry in batch if entry.answers_question is not None}
    [(seq,)] = connection.execute("SELECT next_seq FROM sl_head")
    destroyed = connection.execute(
        "SELECT key_id FROM sl_key WHERE key_id IN (SELECT value FROM json_each(?)) AND destroyed_at IS NOT NULL",
        (json.dumps(sorted(used)),),
    )
    pairs = connection.execute(
        "SELECT seq, kind, closed_by FROM sl_pair WHERE seq IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(asked)),),
    )
    return seq, frozenset(key_id for (key_id,) in destroyed), {at: (kind, by) for at, kind, by in pairs}


def _close(pairs: Pairs, entry: Entry, seq: int) -> Refusal | None:
    """Close in `pairs` what the entry closes, or say why not."""
    if entry.closes is None:
        return None
    closed, kind = entry.closes
    found, closed_by = pairs.get(closed, ("", None))
    if found != kind:
        return Refusal.UNKNOWN_INTENT
    if entry.answers_question is not None and pairs.get(entry.answers_question, ("", None))[1] != closed:
        return Refusal.UNKNOWN_INTENT
    if closed_by is not None:
        return Refusal.ALREADY_CLOSED
    pairs[closed] = (kind, seq)
    return None


class _Blobs:
    """Bytes laid end to end; `add` gives the offset of the first."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._end = 1

    def add(self, *parts: bytes) -> int:
        start = self._end
        for part in parts:
            self._parts.append(part)
            self._end += len(part)
        return start

    def joined(self) -> bytes:
        return b"".join(self._parts)


def _write(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    """From the next number on. Numbers of these entries are told as their places among them."""
    blobs = _Blobs()
    numbered = list(enumerate(entries))
    keys = {key.key_id: key for entry in entries for key in entry.keys}.values()
    secrets = [(at, secret) for at, entry in numbered for secret in entry.secrets]
    lists: tuple[list[object], ...] = (
        list({secret.key_id for _, secret in secrets}),
        [(key.key_id, key.scope, key.month, blobs.add(key.wrapped), len(key.wrapped)) for key in keys],
        [(blobs.add(entry.leaf, entry.body), len(entry.leaf), len(entry.body)) for entry in entries],
        [(at, entry.opens, entry.at) for at, entry in numbered if entry.opens is not None],
        [(*entry.closes, at) for at, entry in numbered if entry.closes is not None],
        [(at, it.key_id, blobs.add(it.nonce, it.ciphertext), len(it.nonce), len(it.ciphertext)) for at, it in secrets],
    )
    connection.execute(_INSERT, (entries[-1].at, blobs.joined(), *map(json.dumps, lists)))
