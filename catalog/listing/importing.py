"""Holds a list against a site's folder: new matters get a file, those that exist are compared and never overwritten. Publishing is elsewhere.

Repeatable: what was written once is found by its code the next time, so a second run changes nothing.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from catalog.files import Source, text_of, toml_of
from catalog.lines import line_of
from catalog.listing import editing
from catalog.listing.resolving import Batch, ListedItem, ListedMatter, matters_of, resolve
from catalog.listing.table import Aside, BadList, aside_text, plain, read_list
from catalog.mismatch import Mismatch
from catalog.parsing import site_from
from catalog.reading import read_site
from catalog.schema import LIST
from catalog.shapes import fit
from catalog.types import Site


@dataclass(frozen=True)
class Difference:
    """What the list says and a matter's file does not. `edit` adds it where nothing of the kind stands there."""

    file: str
    line: int
    field: str
    listed: str
    written: str
    list_line: int
    edit: editing.Edit | None = None

    def __str__(self) -> str:
        has = f"the file has {self.written}" if self.written else "the file has nothing"
        return f"{self.file}:{self.line}: {self.field}: the list (line {self.list_line}) has {self.listed}, {has}"


@dataclass(frozen=True)
class Imported:
    """What an import did. `differences` are what is left to settle by hand."""

    rows: int
    made: tuple[str, ...]
    added: tuple[Difference, ...]
    differences: tuple[Difference, ...]
    asides: tuple[Aside, ...]
    aside_file: Path | None

    @property
    def settled(self) -> bool:
        return not self.differences and not self.asides


def import_list(file: Path, folder: Path, batch: Batch | None = None, *, write: bool = False) -> Imported:
    """Import a list into a site's folder. `write` also adds to existing files what they lack, without touching what stands there.

    Raises BadList where the file is no list (nothing is written then), NoSite where the folder is no site."""
    listed = read_list(file)
    site = _whole(folder)
    found = resolve(listed, site, batch or batch_of(file))
    made = [_made(folder, site, matter) for matter in found.matters if matter.new]
    added: list[Difference] = []
    left: list[Difference] = []
    for matter in found.matters:
        for one in () if matter.new else differences(folder, matter, site):
            (added if write and _added(folder, one) else left).append(one)
    aside = _put_aside(file, found.asides)
    rows = sum(len(matter.items) for matter in found.matters)
    return Imported(rows, tuple(made), tuple(added), tuple(left), found.asides, aside)


def _whole(folder: Path) -> Site:
    """The site's matters, items and units. A file of them that cannot be read would look like one that is not there."""
    document, mistakes = read_site(folder)
    named = [one for one in mistakes if one.file.startswith(("matters/", "items/", "departments/"))]
    if named:
        raise BadList(
            f"the site cannot be held against a list while {named[0]} ({len(named)} such mistakes); mend them first, then import again"
        )
    return site_from(document, base=folder)


def batch_of(file: Path) -> Batch:
    """What stands beside a list, in the .toml file of the same name; nothing where there is none. Raises BadList."""
    beside = file.with_suffix(".toml")
    if not beside.is_file():
        return Batch()
    source = text_of(beside.parent, beside.name)
    value = source if isinstance(source, Mismatch) else toml_of(source)
    if isinstance(value, Mismatch):
        raise BadList(str(value))
    _, faults = fit(LIST, value)
    if faults:
        raise BadList(f"{beside.name}: {faults[0].message}")
    return batch_from(value)


def batch_from(value: Mapping[str, Any]) -> Batch:
    return Batch(
        batch=value.get("batch", ""),
        issuing_level=value.get("issuing_level", ""),
        code_prefix=value.get("code_prefix", "list"),
        codes=value.get("codes", {}),
    )


def differences(folder: Path, matter: ListedMatter, site: Site) -> Iterator[Difference]:
    """Field by field what the list says and the matter's file does not. What the file has besides is its authors' own."""
    name = f"matters/{matter.code}.toml"
    source = text_of(folder, name)
    if not isinstance(source, Source):
        return
    written = tomllib.loads(source.text)
    if matters_of(site).code(matter.title) != matter.code:
        yield _differs(source, matter, "title", matter.title, written)
    wanted = {
        "sequence": matter.sequence,
        "batch": matter.batch.batch,
        "issuing_level": matter.batch.issuing_level,
        "lead": matter.lead,
        "listed_kind": matter.listed_kind,
        "deadline": matter.deadline,
        "province_mandated": matter.province_mandated,
    }
    for key, value in wanted.items():
        unsaid = value is False and key not in written
        if value != "" and not unsaid and not _same(written.get(key), value):
            yield _differs(source, matter, key, value, written)
    for item in matter.items:
        yield from _of_item(source, item, written)


def _same(written: object, listed: object) -> bool:
    return plain(str(written)) == plain(str(listed)) if isinstance(listed, str) else written == listed


def _differs(
    source: Source, matter: ListedMatter, key: str, value: object, written: Mapping[str, object]
) -> Difference:
    edit = None if key in written else (lambda text: editing.with_key(text, key, value))
    line = line_of(source.text, (key,))
    return Difference(source.name, line, key, _shown(value), _shown(written.get(key)), matter.line, edit)


def _of_item(source: Source, item: ListedItem, written: Mapping[str, Any]) -> Iterator[Difference]:
    rows = written.get("items", [])
    position = next((n for n, row in enumerate(rows) if row.get("item") == item.item), None)
    if position is None:
        free = item.order if item.order not in {row.get("order") for row in rows} else len(rows) + 1
        listed = replace(item, order=free)
        line = line_of(source.text, ("items",))
        yield Difference(source.name, line, "items", item.item, "", item.line, partial(_item_added, listed))
        return
    for key, value in (("order", item.order), ("change_note", item.change_note)):
        has = rows[position].get(key, "")
        if value == "" or _same(has, value):
            continue
        edit = partial(_note_added, item) if key == "change_note" and not has else None
        line = line_of(source.text, ("items", position, key))
        yield Difference(source.name, line, f"{key} of {item.item}", _shown(value), _shown(has), item.line, edit)


def _item_added(item: ListedItem, text: str) -> str | None:
    return editing.with_item(text, item)


def _note_added(item: ListedItem, text: str) -> str | None:
    return editing.with_change_note(text, item)


def _shown(value: object) -> str:
    if value is None or value == "":
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _added(folder: Path, one: Difference) -> bool:
    """Add it to the file as it is now; False where it must be done by hand."""
    path = folder / one.file
    if one.edit is None:
        return False
    text = path.read_bytes().decode("utf-8")
    if not (edited := one.edit(text)):
        return False
    _write(path, edited)
    return True


def _made(folder: Path, site: Site, matter: ListedMatter) -> str:
    name = f"matters/{matter.code}.toml"
    (folder / "matters").mkdir(exist_ok=True)
    _write(folder / name, editing.skeleton(matter, _applicant(site, matter)))
    return name


def _applicant(site: Site, matter: ListedMatter) -> str:
    """Who really applies: the list calls a 个体工商户's matter one of 法人, while its registration takes a person's application."""
    taking = [set(site.items[item.item].applicant_kinds) for item in matter.items]
    common = set.intersection(*taking)
    return next(iter(common)) if len(common) == 1 else matter.applicant_kind


def _put_aside(file: Path, asides: tuple[Aside, ...]) -> Path | None:
    """The rows set aside, beside the list. A file there that says something else may be under correction: it is left alone."""
    if not asides:
        return None
    text = aside_text(asides)
    for number in itertools.count(1):
        path = file.with_name(f"{file.stem}.aside{'' if number == 1 else f'-{number}'}.csv")
        if not path.exists():
            _write(path, text)
            return path
        if path.read_bytes() == text.encode("utf-8"):
            return path
    return None


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a file is never half written."""
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(text.encode("utf-8"))
    new.replace(path)
