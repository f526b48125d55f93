"""Lets whoever tries or records a department see how an answer was read. In ordinary work nobody listens and nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from adapters.contract import Query


@dataclass(frozen=True)
class Looked:
    """One reading: the compiled reader, the parsed answer (or its rows), and the question."""

    reader: object
    tree: object = field(repr=False)
    query: Query = field(repr=False)


_LISTENING: ContextVar[list[Looked] | None] = ContextVar("noticing", default=None)


@contextmanager
def noticing() -> Iterator[list[Looked]]:
    """What is read inside, in this task and the threads and tasks that it starts."""
    seen: list[Looked] = []
    token = _LISTENING.set(seen)
    try:
        yield seen
    finally:
        _LISTENING.reset(token)


def notice(reader: object, tree: object, query: Query) -> None:
    seen = _LISTENING.get()
    if seen is not None:
        seen.append(Looked(reader, tree, query))
