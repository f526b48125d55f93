"""Finds where a mistake stands that an adapter told in a sentence: the department's manifest and the line there, or elsewhere. It judges nothing."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from catalog.lines import line_of
from hub.wiring.checking.examined import Examined
from hub.wiring.checking.finding import Finding

_TABLE = re.compile(r"\[((?:resources|wire|handles)[^\]\s]*)\]([^:;\n]*)")
_FIRST = re.compile(r":\s*([A-Za-z_][\w-]*) ")
"""After the table comes what is wrong with it, which mostly begins with a key."""
_OUTCOME = re.compile(r"(?:^|\s)([a-z0-9-]+)\.([a-z0-9-]+): [^(]*(?:\((?:([\w.]+) )?at [^)]*\): (\w+)(?:[;\s]|$))?")
_STEP = re.compile(r"[^\s.,'\"`]+")


def stands(one: Examined, about: str, sentence: str, file: Path | None = None) -> Finding:
    """To mend where it stands: in the manifest, if the sentence names a place there, else in `file` or in the file of connections."""
    place = in_manifest(one.manifest, one.department.code, sentence)
    if place or file is not None:
        return Finding.mend(about, f"{place}{sentence}", f"$EDITOR {one.manifest if place else file}")
    where = line_in(one.connections_file, ("departments", one.department.code))
    return Finding.mend(about, f"{where}: {sentence}", f"$EDITOR {one.connections_file}")


def in_manifest(manifest: Path, code: str, sentence: str) -> str:
    """`departments/<code>/department.toml:41: ` where the sentence speaks of something that stands in there, else ""."""
    places = _places(code, sentence)
    text = ""
    with suppress(OSError, UnicodeDecodeError):  # reading the catalog says so
        text = manifest.read_text("utf-8")
    line = max((line_of(text, at) for at in places), default=0) if text else 0
    return f"departments/{code}/{manifest.name}:{line}: " if line else ""


def line_in(file: Path, at: tuple[str, ...]) -> str:
    """`connections.toml:12`, or the name alone where the file has not this place."""
    with suppress(OSError, UnicodeDecodeError):
        line = line_of(file.read_text("utf-8"), at)
        return f"{file.name}:{line}" if line > 1 else file.name
    return file.name


def _places(code: str, sentence: str) -> list[tuple[str, ...]]:
    """The path in the manifest, as far as the sentence says it; both where it may be a field or a list."""
    table = _TABLE.search(sentence)
    if table is not None:
        key = _FIRST.match(sentence, table.end())
        rest = (*_STEP.findall(table[2]), *((key[1],) if key else ()))
        # `[resources.a.b].name` is a field or a list, `[resources.a.b] wire` a table.
        below: tuple[tuple[str, ...], ...] = (("fields",), ("lists",)) if table[2].startswith(".") else ((),)
        return [(*_table(code, table[1]), *inner, *rest) for inner in below]
    outcome = _OUTCOME.search(sentence)
    if outcome is None or outcome[1] != code:
        return []
    place = ("resources", outcome[2])
    if outcome[3]:
        return [(*place, inner, outcome[3].partition(".")[0]) for inner in ("fields", "lists")]
    return [(*place, "wire", outcome[4]) if outcome[4] else (*place, "wire")]


def _table(code: str, said: str) -> tuple[str, ...]:
    """`resources.subjects.zt-cx.fields` is `[resources.zt-cx.fields]` in the file: codes are whole in messages."""
    first, *steps = said.split(".")
    return (first, *(steps[1:] if first == "resources" and steps[:1] == [code] else steps))
