"""What changed between two published catalogs, in words: what came, what went, what is said otherwise. It compares what authors wrote, and judges nothing.

Documents are compared as published, before parts and items are composed: a change of one part is one change, not one in each of fifty matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog.differences_words import AREAS, LABELS, OPAQUE, QUIET, said

Plain = Mapping[str, object]


@dataclass(frozen=True)
class Change:
    """One difference. `area` is a kind of file, `code` and `title` the entry in it, `what` the place in words; `kind` added, removed or changed."""

    area: str
    code: str
    title: str
    kind: str
    what: str
    before: str = ""
    after: str = ""


def differences(older: Plain, newer: Plain) -> list[Change]:
    """Every change from the older document to the newer, area by area; empty where both say the same."""
    found: list[Change] = []
    for area in AREAS:
        before, after = _entries(area, older.get(area)), _entries(area, newer.get(area))
        for code in dict.fromkeys((*before, *after)):
            found += _of_entry(area, code, before.get(code), after.get(code))
    return found


def _entries(area: str, value: object) -> Mapping[str, object]:
    """The entries of an area by code. Policy has one per layer and key, the site and its guide are one entry each."""
    match area, value:
        case "policy", Mapping():
            return {f"{layer}.{key}": found for layer, keys in value.items() for key, found in keys.items()}
        case (("site" | "guide"), Mapping()):
            return {area: value} if value else {}
        case _, Mapping():
            return value
        case _, list():
            return _by_identity(value) or {}
        case _:
            return {}


def _of_entry(area: str, code: str, before: object, after: object) -> Iterator[Change]:
    title = _title(after if after is not None else before) or (AREAS[area] if code == area else code)
    if before is None or after is None:
        yield Change(area, code, title, "added" if before is None else "removed", "")
        return
    for kind, path, old, new in _changes(before, after, ()):
        yield Change(area, code, title, kind, " · ".join(path), old, new)


Found = tuple[str, tuple[str, ...], str, str]


def _changes(before: object, after: object, path: tuple[str, ...]) -> Iterator[Found]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _of_tables(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(before, after, path)
    else:
        yield "changed", path, said(before), said(after)


def _of_tables(before: Plain, after: Plain, path: tuple[str, ...]) -> Iterator[Found]:
    for key in dict.fromkeys((*before, *after)):
        if key in QUIET:
            continue
        here = (*path, LABELS.get(key, key))
        if key in OPAQUE:
            if before.get(key) != after.get(key):
                yield "changed", here, "", "对接方式有改动"
        elif key not in before:
            yield "added", here, "", said(after[key])
        elif key not in after:
            yield "removed", here, said(before[key]), ""
        else:
            yield from _changes(before[key], after[key], here)


def _of_lists(before: Sequence[object], after: Sequence[object], path: tuple[str, ...]) -> Iterator[Found]:
    old, new = _by_identity(before), _by_identity(after)
    if old is None or new is None:
        yield from _of_texts(before, after, path)
        return
    for code in dict.fromkeys((*old, *new)):
        here = (*path, _named(code, new.get(code, old.get(code))))
        if code not in old or code not in new:
            yield ("added" if code not in old else "removed"), here, "", ""
        else:
            yield from _changes(old[code], new[code], here)
    if list(old) != list(new) and set(old) == set(new):
        yield "changed", path, "", "顺序改变"


def _of_texts(before: Sequence[object], after: Sequence[object], path: tuple[str, ...]) -> Iterator[Found]:
    """A plain list: what left it and what came into it."""
    gone = [one for one in before if one not in after]
    come = [one for one in after if one not in before]
    if gone or come:
        kind = "changed" if gone and come else "added" if come else "removed"
        yield kind, path, said(gone), said(come)
    else:
        yield "changed", path, "", "顺序改变"


_IDENTITIES = ("code", "key", "item", "day", "upstream", "field")


def _by_identity(rows: Sequence[object]) -> Mapping[str, object] | None:
    """Rows by what names them; None for a list of plain values or of rows without a name of their own."""
    if not rows:
        return {}
    for name in _IDENTITIES:
        found = {_identity(row, name): row for row in rows if isinstance(row, Mapping) and name in row}
        if len(found) == len(rows):
            return found
    return None


def _identity(row: Plain, name: str) -> str:
    """A dependency is named by both its ends, a source by what it asks of whom."""
    if name == "upstream":
        return f"{row['upstream']} → {row.get('downstream', '')}"
    return f"{row['resource']}.{row['field']}" if name == "field" and "resource" in row else str(row[name])


def _title(entry: object) -> str:
    if not isinstance(entry, Mapping):
        return ""
    inner = entry.get("department")
    named = inner if isinstance(inner, Mapping) else entry
    return next((str(named[key]) for key in ("title", "name") if isinstance(named.get(key), str)), "")


def _named(code: str, entry: object) -> str:
    title = _title(entry)
    return f"“{title}”（{code}）" if title else code
