"""What a department's papers say, whatever their kind: operations, and the places of their requests and answers. It reads no paper."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from time import monotonic
from typing import TypeVar

from adapters.contract import Misconfigured
from catalog.nearest import one_of

T = TypeVar("T")
ROW = "[]"
"""A step of a path: any row of the list that stands before it."""
Path = tuple[str, ...]

Tell = Callable[[str], None]
TELL_AFTER = 3.0
"""Seconds without a word to the person who waits."""
_SAYABLE = re.compile(r"[^.\[\]{}\x00-\x1f]+")


@dataclass(frozen=True)
class Place:
    """One value in a request or an answer, in the department's own words.

    `inside` is what the paper calls the table that it stands in, where that is not the record itself.
    `kind` is text, integer, number, boolean, date, datetime or binary; `form` is how its values are written (a key of
    `values.FORMS`) where samples or the paper show it; `words` are all that it may say, `meanings` what
    the paper says of each; `open_words` stand in place of a date that has no end (长期)."""

    path: Path
    label: str = ""
    kind: str = "text"
    form: str = ""
    words: tuple[str, ...] = ()
    meanings: tuple[str, ...] = ()
    required: bool = False
    longest: int | None = None
    inside: str = ""
    open_words: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The department's word for it: the last step that is one; of `filter[name]`, a word of a table in a query, the word inside."""
        said = next((step.lstrip("@") for step in reversed(self.path) if step not in (ROW, "#")), "")
        return said.removesuffix("]").rpartition("[")[2] if said.endswith("]") else said

    @property
    def rows_at(self) -> Path | None:
        """Where the innermost list stands in whose row this is; None outside of lists."""
        at = max((i for i, step in enumerate(self.path) if step == ROW), default=-1)
        return self.path[:at] if at >= 0 else None


@dataclass(frozen=True)
class Asked:
    """One input of an operation. `where` is path, query, headers, body or match; `sample` a value that its schema takes;
    `one_of` names the alternatives of which it, or the table that it begins, is one (where `chosen`; else it stands before them); of those one
    must be sent, unless `may_lack`. What is only `offered` holds several values, or a table, and may be left out: it is written as a comment. `instead` are samples of the others, by their names."""

    place: Place
    where: str
    sample: object = field(default=None, repr=False)
    one_of: tuple[str, ...] = ()
    may_lack: bool = False
    chosen: bool = True
    offered: bool = False
    instead: tuple[Mapping[str, object], ...] = field(default=(), repr=False)


Answering = Callable[[Mapping[Path, str], Path], tuple[str, bytes]]
"""Given the values of some places, and where a list stands of which one row is wanted (empty for none), an answer as it comes over the wire: the
ending of its file's name, and its bytes."""


@dataclass(frozen=True)
class Operation:
    """One question that a department answers. `call` are the keys of its wire but for the inputs; `answering` makes a whole answer.

    `doubts` are sentences for the person who reviews it."""

    name: str
    title: str
    call: Mapping[str, object]
    inputs: tuple[Asked, ...]
    answer: tuple[Place, ...]
    answering: Answering | None = field(default=None, repr=False)
    doubts: tuple[str, ...] = ()
    declares_404: bool = False
    """The paper lists HTTP 404 among its answers: "no record", or a wrong address."""


@dataclass(frozen=True)
class Draft:
    """A department as far as its papers tell. `wire` is its `[wire]` without the documents; `papers` are the files to pin, by name;
    `secrets` what the hub must show, by name."""

    kind: str
    title: str
    wire: Mapping[str, object]
    papers: Mapping[str, bytes] = field(repr=False)
    operations: tuple[Operation, ...]
    secrets: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def chosen(operations: Sequence[T], only: Sequence[str], names: Callable[[T], tuple[str, ...]]) -> tuple[T, ...]:
    """Those of which one of the names is in `only`, where `*` stands for any part of a name; all where it is empty.

    Raises Misconfigured for a word of `only` that is no name there."""
    for word in only:
        if not any(_is(word, names(one)) for one in operations):
            raise Misconfigured(
                f"The paper has no operation {word}: {one_of(word, (names(one)[0] for one in operations))}."
            )
    return tuple(one for one in operations if not only or any(_is(word, names(one)) for word in only))


def telling(operations: Sequence[T], paper: str, tell: Tell) -> Iterator[T]:
    """Each of them, and every few seconds a word about how far it is."""
    before = monotonic()
    for at, one in enumerate(operations):
        if monotonic() - before > TELL_AFTER:
            before = monotonic()
            tell(f"{paper}: {at} of {len(operations)} operations are read; --only NAME reads those alone that you need")
        yield one


def _is(word: str, names: tuple[str, ...]) -> bool:
    return any(name == word or fnmatchcase(name, word) for name in names)


def sayable(path: Path) -> bool:
    """Whether a mapping can name this place."""
    return all(step == ROW or _SAYABLE.fullmatch(step) for step in path)


def written(path: Path, root: str = "$") -> str:
    """As a mapping writes it; a row of a list is its first."""
    steps = "".join("[0]" if step == ROW else f".{step}" for step in path)
    return f"{root}{steps}" if root else steps.removeprefix(".")
