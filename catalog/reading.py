"""Reads a site's folder to one plain document and collects every mistake with file and line. It does not join supply and demand.

The document is always whole: what an author wrote wrongly stands there as a blank, so that the join can go on and
one mistake never hides the next. A document with mistakes must not be published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from catalog import schema
from catalog.files import Source, rows_of, text_of, toml_of
from catalog.lines import line_of
from catalog.mismatch import Mismatch, NoSite
from catalog.notices import NOTICES
from catalog.shapes import Day, Shape, blank, fit

Plain = dict[str, object]

FORMAT = 1
"""Version of the document's own layout."""

CALENDAR_COLUMNS = ("day", "working", "title", "source")
_WORKING = {"1": True, "0": False}
_SPREAD = ("dictionary", "materials", "grants", "certificates")
"""What may stand in one file, in a folder of files of the same shape, or in both."""
_TOP = {
    *(
        "site.toml",
        "guide.toml",
        "policy.toml",
        "calendar.csv",
        "README.md",
        "departments",
        "items",
        "matters",
        "parts",
        "notices",
        "lists",
        "faces",
    ),
    *_SPREAD,
    *(f"{name}.toml" for name in _SPREAD),
}


@dataclass
class _Reading:
    """What one reading has gathered. Only this file sees it."""

    folder: Path
    mismatches: list[Mismatch] = field(default_factory=list)

    def note(self, file: str, line: int, code: str, message: str) -> None:
        self.mismatches.append(Mismatch(file, line, code, message))

    def text(self, name: str) -> Source | None:
        found = text_of(self.folder, name)
        if isinstance(found, Mismatch):
            self.mismatches.append(found)
            return None
        return found

    def tables(self, name: str) -> tuple[Plain, Source]:
        source = self.text(name) or Source(name, "")
        found = toml_of(source)
        if isinstance(found, Mismatch):
            self.mismatches.append(found)
            return {}, Source(name, "")
        return found, source

    def fitted(self, shape: Shape, value: object, source: Source) -> object:
        """Fit to a shape, noting each fault. A file that could not be read has been noted already: blanks follow silently."""
        if not source.text and not value:
            return blank(shape)
        good, faults = fit(shape, value)
        for fault in faults:
            self.mismatches.append(
                Mismatch(source.name, line_of(source.text, fault.at), fault.code, fault.message, fault.at)
            )
        return good

    def whole(self, shape: Shape, name: str) -> object:
        value, source = self.tables(name)
        return self.fitted(shape, value, source)


def read_site(folder: Path) -> tuple[Plain, list[Mismatch]]:
    """Read a site's folder.

    Gives the document (JSON-able; the input of `publishing.freeze` and `parsing.site_from`) and all mistakes of form,
    sorted by file and line. Raises NoSite where the folder has no site.toml."""
    if not (folder / "site.toml").is_file():
        raise NoSite(f"{folder} has no site.toml; point YIJIAN_SITE to the folder of a site")
    reading = _Reading(folder)
    _unexpected(reading)
    materials = _named(reading, "materials", schema.SHARED_MATERIALS, needed=False)
    document: Plain = {
        "format": FORMAT,
        "site": reading.whole(schema.SITE, "site.toml"),
        "dictionary": _named(reading, "dictionary", schema.DICTIONARY),
        "materials": materials,
        "departments": _departments(reading),
        "parts": _each(reading, "parts", lambda name: _piece(reading, schema.PART, name)),
        "items": _each(reading, "items", _item_reader(reading, materials)),
        "matters": _each(reading, "matters", lambda name: _piece(reading, schema.MATTER, name)),
        "policy": reading.whole(schema.POLICY, "policy.toml"),
        "guide": reading.whole(schema.GUIDE, "guide.toml") if (folder / "guide.toml").is_file() else {},
        "grants": _listed(reading, "grants", schema.GRANTS),
        "certificates": _listed(reading, "certificates", schema.CERTIFICATES),
        "calendar": _calendar(reading),
        "notices": _notices(reading),
    }
    return document, sorted(reading.mismatches, key=lambda found: (found.file, found.line, found.code))


def read_department(folder: Path, code: str) -> tuple[Plain, list[Mismatch]]:
    """One department's manifest out of a site's folder, whether or not the rest of the site can be read."""
    reading = _Reading(folder)
    manifest = cast(Plain, reading.whole(schema.DEPARTMENT, f"departments/{code}/department.toml"))
    return manifest, reading.mismatches


def _unexpected(reading: _Reading) -> None:
    """A misspelt file name would otherwise be a silent hole in the catalog."""
    for entry in _visible(reading.folder):
        if entry.name not in _TOP:
            known = ", ".join(sorted(_TOP))
            reading.note(
                entry.name, 0, "UNKNOWN_FILE", f"a site has no such file; take it out or rename it to one of: {known}"
            )
    for name in ("items", "matters", "parts", "faces", *_SPREAD):
        for entry in _visible(reading.folder / name):
            if entry.suffix != ".toml":
                reading.note(
                    f"{name}/{entry.name}", 0, "UNKNOWN_FILE", "only .toml files belong here; take it out or rename it"
                )
    for entry in _visible(reading.folder / "lists"):
        if entry.suffix not in (".csv", ".toml"):
            message = "only lists as .csv and what stands beside them as .toml belong here; take it out or rename it"
            reading.note(f"lists/{entry.name}", 0, "UNKNOWN_FILE", message)


def _visible(folder: Path) -> Iterable[Path]:
    if not folder.is_dir():
        return []
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith(".") and entry.name != "__pycache__")


def _each(reading: _Reading, kind: str, read: Callable[[str], Plain]) -> Plain:
    """All files of items/, matters/ or parts/, by code. Two files with one code: the first wins and the second is named."""
    found: dict[str, str] = {}
    entries: Plain = {}
    for path in _visible(reading.folder / kind):
        if path.suffix != ".toml":
            continue
        name = f"{kind}/{path.name}"
        entry = read(name)
        code = str(entry["code"])
        if not code:
            continue
        line = _line(reading, name, "code")
        if code in found:
            reading.note(
                name, line, "DUPLICATE_CODE", f'code "{code}" is taken by {found[code]}; give this one another code'
            )
            continue
        if code != path.stem:
            reading.note(
                name, line, "FILE_NAME", f'code is "{code}"; rename the file to {code}.toml or change the code'
            )
        found[code] = name
        entries[code] = entry
    return entries


def _line(reading: _Reading, name: str, key: str) -> int:
    source = text_of(reading.folder, name)
    return line_of(source.text, (key,)) if isinstance(source, Source) else 0


def _spread(reading: _Reading, kind: str, *, needed: bool = True) -> list[str]:
    """The files of one kind: `<kind>.toml` and all of `<kind>/`. A kind that is needed has at least the first."""
    inside = [f"{kind}/{path.name}" for path in _visible(reading.folder / kind) if path.suffix == ".toml"]
    alone = f"{kind}.toml"
    return [alone, *inside] if (reading.folder / alone).is_file() or (needed and not inside) else inside


def _named(reading: _Reading, kind: str, shape: Shape, *, needed: bool = True) -> Plain:
    """Entries by name out of all files of a kind, each with its file. A name that stands twice: the first wins."""
    entries: Plain = {}
    for name in _spread(reading, kind, needed=needed):
        value, source = reading.tables(name)
        for key, entry in cast(Plain, reading.fitted(shape, value, source)).items():
            if key in entries:
                first = cast(Plain, entries[key])["file"]
                line = line_of(source.text, (key,))
                reading.note(name, line, "DUPLICATE_CODE", f'"{key}" stands in {first} already; take one out')
            else:
                entries[key] = {**cast(Plain, entry), "file": name}
    return entries


def _listed(reading: _Reading, kind: str, shape: Shape) -> list[Plain]:
    """Entries of a list out of all files of a kind, each with its file and its position there."""
    return [
        {**entry, "file": name, "position": position}
        for name in _spread(reading, kind)
        for position, entry in enumerate(cast(list[Plain], cast(Plain, reading.whole(shape, name))[kind]))
    ]


def _item_reader(reading: _Reading, shared: Plain) -> Callable[[str], Plain]:
    def read(name: str) -> Plain:
        value, source = reading.tables(name)
        materials = value.get("materials")
        if isinstance(materials, list):
            value["materials"] = [_with_shared(own, cast(Mapping[str, Plain], shared)) for own in materials]
        item = cast(Plain, reading.fitted(schema.ITEM, value, source))
        _twice(reading, item, source)
        return item

    return read


def _with_shared(own: object, shared: Mapping[str, Plain]) -> object:
    if not isinstance(own, dict):
        return own
    known = {key: value for key, value in shared.get(str(own.get("code", "")), {}).items() if key != "file"}
    return {**known, **own}


_NAMES = {"roles": ("code", "DUPLICATE_CODE"), "questions": ("key", "DUPLICATE_CODE"), "fields": ("key", "DUPLICATE_FIELD"), "asks": ("key", "DUPLICATE_FIELD")}  # fmt: skip
"""Lists of tables in which a name stands once, by what it is called there."""


def _piece(reading: _Reading, shape: Shape, name: str) -> Plain:
    value, source = reading.tables(name)
    entry = cast(Plain, reading.fitted(shape, value, source))
    _twice(reading, entry, source)
    return entry


def _twice(reading: _Reading, entry: Plain, source: Source) -> None:
    for table, (name, code) in _NAMES.items():
        rows = cast(list[object], entry.get(table, []))
        found = [str(row[name]) for row in rows if isinstance(row, dict)]
        for position, one in enumerate(found):
            if one in found[:position]:
                line = line_of(source.text, (table, position, name))
                reading.note(source.name, line, code, f'"{one}" stands twice in {table}; take one out')


def _departments(reading: _Reading) -> Plain:
    departments: Plain = {}
    for path in _visible(reading.folder / "departments"):
        if not path.is_dir():
            reading.note(
                f"departments/{path.name}", 0, "UNKNOWN_FILE", "a department is a folder; move the file into one"
            )
            continue
        name = f"departments/{path.name}/department.toml"
        manifest = cast(Plain, reading.whole(schema.DEPARTMENT, name))
        code = str(cast(Plain, manifest["department"])["code"])
        if code and code != path.name:
            line = _line(reading, name, "department")
            reading.note(name, line, "FILE_NAME", f'code is "{code}"; rename the folder to {code} or change the code')
        departments[path.name] = manifest
    return departments


def _calendar(reading: _Reading) -> list[Plain]:
    source = reading.text("calendar.csv")
    if source is None:
        return []
    rows, mistakes = rows_of(source, CALENDAR_COLUMNS)
    reading.mismatches.extend(mistakes)
    seen: dict[str, int] = {}
    days: list[Plain] = []
    for line, row in rows:
        day, faults = fit(Day(), row["day"])
        if faults or row["working"] not in _WORKING:
            reading.note(
                "calendar.csv", line, "BAD_DAY", "a row is: date such as 2026-10-01, 1 (working) or 0, title, source"
            )
        elif seen.setdefault(str(day), line) != line:
            reading.note(
                "calendar.csv", line, "DUPLICATE_DAY", f"the day stands on line {seen[str(day)]} already; take one out"
            )
        else:
            days.append(
                {"day": day, "working": _WORKING[row["working"]], "title": row["title"], "source": row["source"]}
            )
    return sorted(days, key=lambda known: str(known["day"]))


def _notices(reading: _Reading) -> Plain:
    notices: Plain = {}
    for path in _visible(reading.folder / "notices"):
        name = f"notices/{path.name}"
        if path.suffix != ".txt" or path.stem not in NOTICES:
            known = ", ".join(sorted(NOTICES))
            reading.note(
                name,
                0,
                "UNKNOWN_FILE",
                f"there is no such notice; name it <notice>.txt, where notice is one of: {known}",
            )
        elif source := reading.text(name):
            notices[path.stem] = source.text.rstrip("\n")
    return notices
