"""Under what the rows of a replica are looked up, and how two keys are compared. It opens nothing."""

from __future__ import annotations

import hashlib
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.kinds.replica_tables import BETWEEN_CELLS

Cells = Sequence[str]
ValuesOf = Callable[[Sequence[Cells]], list[str]]


@dataclass(frozen=True)
class Keys:
    """How rows are looked up: `single` gives the one value of each of some rows under a name, `several` gives all of a row. `unique` names the
    single key that no two rows may share, "" for none; `exact` those of which the text itself is kept, since changes join by them."""

    single: Mapping[str, ValuesOf] = field(default_factory=dict)
    several: Mapping[str, Callable[[Cells], Iterable[str]]] = field(default_factory=dict)
    unique: str = ""
    exact: frozenset[str] = frozenset()


def key_text(value: str) -> str:
    """A key as it is compared: width, case and padding do not make two keys of one."""
    return (value if value.isascii() else unicodedata.normalize("NFKC", value)).strip().upper()


def key_texts(values: list[str]) -> list[str]:
    """`key_text` of each of some values that hold no control character: together it costs a quarter."""
    # The wide brackets of deed numbers stand for plain ones. Where nothing else has to be made plain, NFKC sees so at a glance.
    joined = BETWEEN_CELLS.join(values).replace("（", "(").replace("）", ")")
    if joined.isascii() and " " not in joined:
        return joined.upper().split(BETWEEN_CELLS)
    return [text.strip() for text in unicodedata.normalize("NFKC", joined).upper().split(BETWEEN_CELLS)]


def key_numbers(values: list[str]) -> list[int]:
    """Keys as numbers: an index of numbers is built in a fraction of the time of one of texts."""
    return [*map(zlib.crc32, map(str.encode, key_texts(values)))]


def key_number(text: str) -> int:
    return zlib.crc32(text.encode(errors="replace"))


def key_digest(name: str, value: str) -> str:
    """What is kept of the key of a row that was refused: enough to know it again, and no text of a row that nobody may read."""
    return hashlib.blake2b(f"{name}\0{key_text(value)}".encode(errors="replace"), digest_size=16).hexdigest()
