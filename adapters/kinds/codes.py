"""A department's code lists, read once for both ways: their code becomes our word, and our word goes back as their code. It opens no file.

`[wire.code_lists.<name>]` has a `table` of theirs = ours, or a pinned `file` with the columns `theirs` and `ours`. Where two of their
codes mean one word of ours, `back` says which of them is written; without it the list can be read and not written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.contract import Misconfigured
from adapters.kinds.settings import Settings

KEYS = frozenset(("table", "file", "theirs", "ours", "back"))


def is_name(reference: object) -> bool:
    """Whether a `codes` names a list of `[wire.code_lists]`; a file has a dot in it."""
    return isinstance(reference, str) and "." not in reference and ":" not in reference


def theirs_to_ours(settings: Settings, rows: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    """Their code → our word. `rows` are those of the file by column, in its order. Raises Misconfigured."""
    settings.only(KEYS)
    if ("table" in settings.table) == ("file" in settings.table):
        raise Misconfigured(f"{settings.where}: give either table or file.")
    if "table" in settings.table:
        return {code: str(ours) for code, ours in settings.inner("table").table.items()}
    first = next(iter(rows[0])) if rows else ""
    theirs, ours = settings.text("theirs", first), settings.text("ours", first)
    for column in (theirs, ours):
        if rows and column not in rows[0]:
            raise Misconfigured(
                f"{settings.where}: its file has no column {column!r}; its first line names the columns."
            )
    return {row[theirs]: row[ours] for row in rows}


def ours_to_theirs(settings: Settings, forward: Mapping[str, str]) -> Mapping[str, str]:
    """Our word → their code. Raises Misconfigured for a word that two of their codes mean and `back` does not settle."""
    chosen = {word: str(code) for word, code in settings.inner("back").table.items()}
    for word, code in chosen.items():
        if forward.get(code) != word:
            raise Misconfigured(f"{settings.where} back: {word!r} is not what their code {code!r} means; correct it.")
    found: dict[str, str] = {}
    for code, word in forward.items():
        if word in found and word not in chosen:
            raise Misconfigured(
                f"{settings.where}: {found[word]!r} and {code!r} both mean {word!r}; say under back which is written."
            )
        found.setdefault(word, code)
    return {**found, **chosen}
