"""The keys under which rows of a dropped file are looked up: a column, or one part of a list that is packed into a column. It reads no file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from adapters.contract import Misconfigured
from adapters.kinds.conditions import way_to
from adapters.kinds.replica_keys import Keys, ValuesOf
from adapters.kinds.replica_tables import KEY
from adapters.kinds.rowlists import ListReader
from adapters.kinds.settings import Settings
from adapters.kinds.values import Broken


@dataclass(frozen=True)
class DropKey:
    """`name` tells keys of one file apart; `part` of each entry of the packed list is the key, "" for the column itself."""

    name: str
    column: str
    part: str = ""
    packed: ListReader | None = None

    def of(self, row: Mapping[str, str]) -> tuple[str, ...]:
        """The row's values under this key, each once; a list that cannot be unpacked has none."""
        if self.packed is None:
            return (row[self.column],)
        entries = self.packed.rows(row)
        if isinstance(entries, Broken):
            return ()
        said = (str(entry.get(self.part, "")).strip() for entry in entries if isinstance(entry, dict))
        return tuple(dict.fromkeys(value for value in said if value))


BETWEEN_PARTS = "\x1e"


def keys_of(columns: tuple[str, ...], lookups: Sequence[DropKey], key: tuple[str, ...]) -> Keys:
    """The lookups of a file's rows as functions of their cells."""
    single = {one.name: _cell(columns.index(one.column)) for one in lookups if one.packed is None}
    several = {one.name: _parts(columns, one) for one in lookups if one.packed is not None}
    if not key:
        return Keys(single, several)
    return Keys({**single, KEY: _key(tuple(columns.index(name) for name in key))}, several, KEY)


def _cell(at: int) -> ValuesOf:
    return lambda rows: [cells[at] for cells in rows]


def _key(places: tuple[int, ...]) -> ValuesOf:
    if len(places) == 1:
        return _cell(places[0])
    return lambda rows: [BETWEEN_PARTS.join([cells[at] for at in places]) for cells in rows]


def _parts(columns: tuple[str, ...], key: DropKey) -> Callable[[Sequence[str]], tuple[str, ...]]:
    return lambda cells: key.of(dict(zip(columns, cells, strict=False)))


def drop_key(column: str, packed: Settings | None) -> DropKey:
    """The key of a column; with `packed` = { rows, columns, names, part } of one part of its entries. Raises Misconfigured."""
    if packed is None:
        return DropKey(column, column)
    packed.only(frozenset(("rows", "columns", "names", "part")))
    split = (packed.text("rows"), packed.text("columns"), packed.words("names"))
    part = packed.text("part")
    if part not in split[2]:
        raise Misconfigured(f"{packed.where}: part = {part!r} is not among names.")
    reader = ListReader(column, column, way_to(column, packed.where), split, ())
    return DropKey(f"{column}/{part}", column, part, reader)
