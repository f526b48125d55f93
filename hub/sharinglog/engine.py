"""What the log needs of a database: sessions of plain SQL, and the one append. Implemented for SQLite and PostgreSQL.

SQL is written once with `?`; only the append, the locks and the schema differ between the two.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

Value = int | str | bytes | None
Rows = list[tuple[Any, ...]]


class Refusal(Enum):
    """Why one record of a batch got no sequence number; the others of its batch did."""

    ALREADY_CLOSED = -1
    UNKNOWN_INTENT = -2
    KEY_DESTROYED = -3


class Lock(Enum):
    """What a write session holds against other processes; appends go on beside it where the engine can."""

    TREE = "sl_tree"
    PROJECTION = "sl_cursor"
    HEAD = "sl_head"


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """Sealed openings of one holder's values in one record."""

    key_id: str
    nonce: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as stored: sealed under the log's master key."""

    key_id: str
    scope: str
    month: str
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One leaf with all that must be written in its transaction.

    `closes` names the open row by number and kind; with `answers_question` that row must be the pending end of this question.
    """

    leaf: bytes = field(repr=False)
    body: bytes = field(repr=False)
    at: int
    opens: str | None = None
    closes: tuple[int, str] | None = None
    answers_question: int | None = None
    secrets: tuple[SealedSecret, ...] = ()
    keys: tuple[WrappedKey, ...] = ()


class Session(Protocol):
    """One transaction on the log's database."""

    def run(self, sql: str, *values: Value) -> Rows:
        """Execute one statement with `?` placeholders; gives its rows."""

    def insert(self, into: str, rows: Sequence[Sequence[Value]]) -> None:
        """Insert rows into a table, named with its columns or, for all in their order, alone."""


class Engine(Protocol):
    """A database that holds one log. Every method raises LogUnavailable if the database does not answer."""

    name: str
    advice: tuple[str, ...]

    def append(self, batch: Sequence[Entry]) -> list[int | Refusal]:
        """Write a batch in one durable transaction; sequence numbers are gap-free, in commit order."""

    def append_in(self, session: Session, batch: Sequence[Entry]) -> list[int | Refusal]:
        """The same inside a session that holds Lock.HEAD and commits later."""

    def read(self) -> AbstractContextManager[Session]:
        """A consistent snapshot."""

    def write(self, lock: Lock) -> AbstractContextManager[Session]:
        """A transaction that commits at the end of the block and is undone by any exception."""

    def close(self) -> None:
        """Release connections; safe to call twice."""
