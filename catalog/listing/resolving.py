"""Resolves the names of a list to codes: identity is a code, names are aliases (units, items, matters). It changes nothing.

The lead is what the list says, never derived from the items (18 matters of the fifth batch are led by a unit without one, K-15),
and the order of the rows is an order of display, no precedence (K-24).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from catalog.listing.table import KINDS, Aside, Listed, Row, plain, set_aside
from catalog.types import Site


@dataclass(frozen=True)
class Batch:
    """What holds for a whole list: it stands beside it, not in its rows."""

    batch: str = ""
    issuing_level: str = ""
    code_prefix: str = "list"
    codes: Mapping[str, str] = field(default_factory=dict)
    """Name of a matter → the code that it gets when it is new."""


@dataclass(frozen=True)
class ListedItem:
    item: str
    name: str
    order: int
    change_note: str
    line: int


@dataclass(frozen=True)
class ListedMatter:
    """One matter of a list with codes in place of names."""

    code: str
    new: bool
    title: str
    sequence: int
    lead: str
    listed_kind: str
    province_mandated: bool
    deadline: str
    items: tuple[ListedItem, ...]
    line: int
    batch: Batch

    @property
    def applicant_kind(self) -> str:
        return KINDS[self.listed_kind]


@dataclass(frozen=True)
class Resolved:
    matters: tuple[ListedMatter, ...]
    asides: tuple[Aside, ...]


class Names:
    """Titles and aliases of one kind of thing, each with the codes that it stands for."""

    def __init__(self, named: Iterable[tuple[str, Iterable[str]]]) -> None:
        self._codes: dict[str, list[str]] = {}
        for code, names in named:
            for name in dict.fromkeys(plain(one) for one in names):
                self._codes.setdefault(name, []).append(code)

    def code(self, name: str) -> str:
        """The one code of a name, or nothing."""
        found = self._codes.get(plain(name), [])
        return found[0] if len(found) == 1 else ""

    def why_not(self, name: str, what: str) -> str:
        """Why a name gives no code, and what to do."""
        if found := self._codes.get(plain(name), []):
            return f'"{name}" stands for {" and ".join(found)}; give each {what} aliases of its own'
        near = difflib.get_close_matches(plain(name), list(self._codes), n=1, cutoff=0.7)
        hint = f" (is it {near[0]}: {self._codes[near[0]][0]}?)" if near else ""
        return f'"{name}" is no title or alias of any {what}{hint}; correct it, or add it to the aliases of one'

    def ambiguous(self) -> dict[str, list[str]]:
        return {name: codes for name, codes in self._codes.items() if len(codes) > 1}


def units_of(site: Site) -> Names:
    return Names((one.code, (one.name, *one.aliases)) for one in site.departments.values())


def items_of(site: Site) -> Names:
    return Names((one.code, (one.title, *one.aliases)) for one in site.items.values())


def matters_of(site: Site) -> Names:
    return Names((one.code, (one.title, *one.aliases)) for one in site.matters.values())


def resolve(listed: Listed, site: Site, batch: Batch) -> Resolved:
    """The matters of the list whose names all resolve, and the rows that were set aside, in the order of the list."""
    reader = _Resolver(site, batch)
    by_number: dict[int, list[Row]] = {}
    for row in listed.rows:
        by_number.setdefault(row.sequence, []).append(row)
    found = [matter for rows in by_number.values() if (matter := reader.matter(rows))]
    asides = sorted((*listed.asides, *reader.asides), key=lambda one: one.line)
    return Resolved(tuple(found), tuple(asides))


class _Resolver:
    def __init__(self, site: Site, batch: Batch) -> None:
        self._site, self._batch = site, batch
        self._units, self._items, self._matters = units_of(site), items_of(site), matters_of(site)
        self._numbered = {(one.batch, one.sequence): one.code for one in site.matters.values() if one.sequence}
        self.asides: list[Aside] = []

    def matter(self, rows: Sequence[Row]) -> ListedMatter | None:
        first = rows[0]
        lead = self._units.code(first.cells["lead_department"])
        if not lead:
            why = self._units.why_not(first.cells["lead_department"], "unit")
            self.asides += [set_aside(row, "lead_department", why) for row in rows]
            return None
        items = self._items_of(rows)
        code, new = self._code(first)
        if not items:
            return None
        return ListedMatter(
            code=code,
            new=new,
            title=first.cells["thing_name"],
            sequence=first.sequence,
            lead=lead,
            listed_kind=first.cells["applicant_kind"],
            province_mandated=first.province_mandated,
            deadline=first.cells["deadline"],
            items=items,
            line=first.line,
            batch=self._batch,
        )

    def _code(self, row: Row) -> tuple[str, bool]:
        """The matter of this name; else the one of this number in this batch (its name was changed); else a new code."""
        name = row.cells["thing_name"]
        mapped = next((code for said, code in self._batch.codes.items() if plain(said) == plain(name)), "")
        known = self._matters.code(name) or self._numbered.get((self._batch.batch, row.sequence), "")
        code = known or mapped or f"{self._batch.code_prefix}-{row.sequence:02}"
        return code, code not in self._site.matters

    def _items_of(self, rows: Sequence[Row]) -> tuple[ListedItem, ...]:
        found: dict[str, ListedItem] = {}
        for row in rows:
            wrong = self._wrong(row)
            code = self._items.code(row.cells["item_name"])
            if not wrong and code in found:
                wrong = "item_name", f"this is {code}, which line {found[code].line} names already; take one out"
            if wrong:
                self.asides.append(set_aside(row, *wrong))
            else:
                cells = row.cells
                found[code] = ListedItem(code, cells["item_name"], row.order, cells["change_note"], row.line)
        return tuple(found.values())

    def _wrong(self, row: Row) -> tuple[str, str] | None:
        unit, item = row.cells["item_department"], self._items.code(row.cells["item_name"])
        if not self._units.code(unit):
            return "item_department", self._units.why_not(unit, "unit")
        if not item:
            return "item_name", self._items.why_not(row.cells["item_name"], "item")
        owner = self._site.items[item].department
        if owner != self._units.code(unit):
            return "item_department", f"{item} belongs to {owner}, not to {unit}; correct the unit or the item's file"
        return None
