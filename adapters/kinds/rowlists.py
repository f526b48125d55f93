"""Compiles and reads a nested list of a mapping: a repeated element, a list packed into one text, or columns that are numbered. It knows no record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.contract import Misconfigured
from adapters.kinds.conditions import way_to
from adapters.kinds.documents import Documents
from adapters.kinds.fields import FieldReader, field_reader
from adapters.kinds.paths import Alone, Steps, look, single, text_at
from adapters.kinds.settings import Settings
from adapters.kinds.values import Broken
from catalog.types import ResourceList

LIST_KEYS = frozenset(("path", "split", "where", "numbered"))

MOST_ROWS = 500
"""More rows than this are no answer about one person or firm."""

Numbered = tuple[Mapping[str, Steps], ...]


@dataclass(frozen=True)
class ListReader:
    """One compiled list. `split` unpacks a text, `numbered` gathers columns of one record, `where` keeps rows with these words."""

    name: str
    place: str
    way: Steps
    split: tuple[str, str, tuple[str, ...]] | None
    fields: tuple[FieldReader, ...]
    where: tuple[tuple[Steps, frozenset[str]], ...] = ()
    numbered: Numbered = ()

    def rows(self, tree: object) -> list[object] | Broken:
        found = self._all(tree)
        if isinstance(found, Broken):
            return found
        if len(found) > MOST_ROWS:
            return Broken("too_many_rows")
        return [row for row in found if all(text_at(row, way) in words for way, words in self.where)]

    def _all(self, tree: object) -> list[object] | Broken:
        found = look(tree, self.way)
        if found is None:
            return []
        if self.numbered:
            return self._gathered(found)
        if self.split is not None:
            return self._parts(text_at(tree, self.way)) if not isinstance(found, list | Mapping) else Broken("split")
        if isinstance(found, Alone):
            return [found]
        return list(found) if isinstance(found, list) else Broken("list")

    def _gathered(self, record: object) -> list[object]:
        """A row for each number of which anything stands there."""
        rows = ({name: single(look(record, way)) for name, way in columns.items()} for columns in self.numbered)
        return [row for row in rows if any(str(value).strip() for value in row.values() if value is not None)]

    def _parts(self, text: str) -> list[object] | Broken:
        assert self.split is not None
        rows, columns, names = self.split
        found: list[object] = []
        if text.count(rows) >= MOST_ROWS:
            return Broken("too_many_rows")
        for row in filter(None, (part.strip() for part in text.split(rows))):
            # From the right: a firm's name, which comes first, may itself hold the separator.
            parts = row.rsplit(columns, len(names) - 1)
            if len(parts) != len(names):
                return Broken("split")
            found.append(dict(zip(names, parts, strict=True)))
        return found


def list_reader(list_: ResourceList, documents: Documents, where: str) -> ListReader:
    """Compiles a nested list's `wire`. Raises Misconfigured."""
    settings = Settings(list_.wire, f"{where}.{list_.name}")
    settings.only(LIST_KEYS)
    if "split" in settings.table and "numbered" in settings.table:
        raise Misconfigured(f"{settings.where}: split and numbered exclude each other; take out one.")
    numbered = _numbered(settings)
    place = settings.text("path", "$" if numbered else None)
    readers = tuple(field_reader(inner, documents, settings.where) for inner in list_.fields)
    keeps = settings.inner("where")
    return ListReader(
        list_.name,
        place,
        way_to(place, settings.where),
        split_of(settings.inner("split")) if "split" in settings.table else None,
        readers,
        tuple((way_to(path, keeps.where), frozenset(keeps.words(path))) for path in keeps.table),
        numbered,
    )


def split_of(settings: Settings) -> tuple[str, str, tuple[str, ...]]:
    """`{ rows, columns, names }` of a list that is packed into one text."""
    settings.only(frozenset(("rows", "columns", "names")))
    return settings.text("rows"), settings.text("columns"), settings.words("names")


def _numbered(settings: Settings) -> Numbered:
    """`[{ xm = "XM1", zj = "ZJ1" }, { xm = "XM2", zj = "ZJ2" }]`: a row from each table, by the names that it gives."""
    found = settings.table.get("numbered", [])
    if not isinstance(found, list | tuple) or not all(isinstance(one, Mapping) and one for one in found):
        raise Misconfigured(f"{settings.where}: numbered must be a list of tables, one for each row: name = path.")
    return tuple({str(name): way_to(str(path), settings.where) for name, path in one.items()} for one in found)
