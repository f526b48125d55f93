"""Reads, parses and joins a site's folder in one call, with file and line on every mistake. It publishes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath

from catalog.files import Source, text_of
from catalog.join import join
from catalog.lines import line_of
from catalog.mismatch import Mismatch
from catalog.parsing import site_from
from catalog.reading import read_site
from catalog.rules.places import at_written
from catalog.types import Site

UNREADABLE = ("BAD_TOML", "BAD_ENCODING", "TOO_BIG", "UNREADABLE")
FOLLOWING = ("UNKNOWN_ITEM", "UNKNOWN_MATTER", "UNKNOWN_DEPARTMENT", "UNKNOWN_PART", "UNKNOWN_RESOURCE", "NOT_HANDLED")


@dataclass(frozen=True)
class Loaded:
    """A folder as read. It may be published only if `mismatches` is empty."""

    document: dict[str, object]
    site: Site
    mismatches: tuple[Mismatch, ...]


def load(folder: Path, on: date | None = None) -> Loaded:
    """Read and join a site's folder; `on` is the day against which grants must not have run out. Raises NoSite."""
    document, mistakes = read_site(folder)
    site = site_from(document, base=folder)
    unread = _unread(mistakes)
    joined = [*join(site, on), *_faces(folder, site)]
    found = {*mistakes, *(one for one in located(folder, joined) if not _follows(one, unread))}
    return Loaded(document, site, tuple(sorted(found, key=lambda one: (one.file, one.line, one.code, one.message))))


def _faces(folder: Path, site: Site) -> Iterator[Mismatch]:
    """A certificate type whose layout is not there would be signed without OFD and PDF, in silence."""
    known = sorted(path.stem for path in (folder / "faces").glob("*.toml"))
    for kind in site.certificates.values():
        if kind.face and kind.face not in known:
            message = f"faces/{kind.face}.toml is not there; write it, or name one of: {', '.join(known) or 'none yet'}"
            yield at_written(kind.written, "certificates", ("face",), "UNKNOWN_FACE", message)


def _unread(mistakes: Iterable[Mismatch]) -> frozenset[str]:
    """Codes of the items, matters, parts and departments whose file could not be read: nobody may call them unknown for that."""
    files = (PurePosixPath(one.file) for one in mistakes if one.code in UNREADABLE)
    return frozenset(file.parent.name if file.name == "department.toml" else file.stem for file in files)


def _follows(one: Mismatch, unread: frozenset[str]) -> bool:
    """Whether a mismatch only says once more that a file is broken."""
    # Of a department its resources and its steps are as unread as itself.
    return one.code in FOLLOWING and any(
        f'"{code}"' in one.message or f'"{code}.' in one.message or one.message.startswith(f"{code} does not")
        for code in unread
    )


def located(folder: Path, mismatches: Iterable[Mismatch]) -> list[Mismatch]:
    """The same mismatches with the lines on which their places stand."""
    texts: dict[str, str] = {}
    placed = []
    for found in mismatches:
        if found.line or not found.at or not found.file.endswith(".toml"):
            placed.append(found)
            continue
        if found.file not in texts:
            source = text_of(folder, found.file)
            texts[found.file] = source.text if isinstance(source, Source) else ""
        placed.append(replace(found, line=line_of(texts[found.file], found.at)))
    return placed
