"""Which documents a paper takes along: those to which it, or one of them, refers by a relative way, also upwards. It fetches nothing.

A paper comes from somebody else and may name any file of this machine. Above its own folder only documents that are schemas themselves, or
parts of a paper, are taken; none that is hidden or behind a link, and none from further up than HIGHEST levels.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from lxml import etree

from adapters.kinds.xsd import WSDL, XML, XSD, Node, qualified

HIGHEST = 6
"""Levels above the folder of the paper."""
LARGEST = 32 * 1024 * 1024
SCHEMAS = (".wsdl", ".xsd")
MOST_NAMED = 3


def lying(folder: Path, place: Path, endings: Collection[str]) -> Path | None:
    """The file at this place, where a paper of this folder may take it along; None where there is none. `folder` is a resolved one."""
    lexical = Path(os.path.normpath(folder / place))
    if lexical.is_relative_to(folder):
        return lexical if lexical.is_file() and lexical.resolve().is_relative_to(folder) else None
    way = PurePosixPath(os.path.relpath(lexical, folder)).parts
    hidden = any(part.startswith(".") and part != ".." for part in way)
    if hidden or way.count("..") > HIGHEST or lexical.suffix.lower() not in endings:
        return None
    return lexical if lexical.is_file() and lexical.resolve() == lexical else None


def root_of(folder: Path, files: Iterable[Path]) -> Path:
    """The nearest folder that holds the paper's folder and all of these."""
    return Path(os.path.commonpath([folder, *(one.parent for one in files)]))


def taken_along(folder: Path, files: Iterable[Path]) -> Iterator[str]:
    """A sentence that names what is taken from above the paper's folder; none where nothing is."""
    above = sorted(os.path.relpath(one, folder) for one in files if not one.is_relative_to(folder))
    if above:
        more = f" and {len(above) - MOST_NAMED} more" if len(above) > MOST_NAMED else ""
        yield f"Taken along from above the paper's folder, since it refers to them: {', '.join(above[:MOST_NAMED])}{more}."


def schemas_of(paper: Path) -> tuple[Path, ...]:
    """The WSDL, and every document that it imports by a relative way, near and far. Raises OSError."""
    folder = paper.parent
    found: dict[Path, None] = {paper: None}
    waiting = deque(found)
    while waiting:
        here = waiting.popleft()
        root = _root(here)
        if root is None:
            if not here.is_relative_to(folder):
                del found[here]  # called like a schema, and none: it stays where it is
            continue
        for way in _ways(root):
            near = lying(folder, here.parent / way, SCHEMAS)
            if near is not None and near not in found:
                found[near] = None
                waiting.append(near)
    return tuple(found)


def _root(place: Path) -> Node | None:
    """None for what is no document of this kind; whoever needs it says so."""
    if place.stat().st_size > LARGEST:
        return None
    parser = etree.XMLParser(load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(place.read_bytes(), parser)
    except etree.XMLSyntaxError:
        return None
    return root if root.tag in (qualified(XSD, "schema"), qualified(WSDL, "definitions")) else None


def _ways(root: Node) -> Iterator[str]:
    for kind, key in ((XSD, "schemaLocation"), (WSDL, "location")):
        for name in ("import", "include", "redefine"):
            for node in root.iter(qualified(kind, name)):
                way = unquote(node.get(key, "")).replace("\\", "/")
                # What stands at an address is looked for by its name among what lies in the folder.
                if way and "://" not in way and not way.startswith("/") and node.get("namespace") != XML:
                    yield way
