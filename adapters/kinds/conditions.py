"""Conditions of a mapping on a neighbouring value: one of a few words, none of them, there or not there. It reads no field itself."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.contract import Misconfigured
from adapters.kinds.paths import Steps, look, steps, text_at
from adapters.kinds.settings import Settings

KEYS = frozenset(("path", "in", "not_in", "present"))


@dataclass(frozen=True)
class Condition:
    """`allowed` words, `refused` words, or whether anything stands there (`present`); exactly one of them is given."""

    place: str
    way: Steps
    allowed: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    present: bool | None = None

    def holds(self, tree: object) -> bool:
        if self.present is not None:
            return (text_at(tree, self.way) != "") is self.present
        if self.refused:
            return text_at(tree, self.way) not in self.refused
        return look(tree, self.way) is not None and text_at(tree, self.way) in self.allowed


def way_to(place: str, where: str) -> Steps:
    """Raises Misconfigured for what is no path."""
    try:
        return steps(place)
    except ValueError as e:
        raise Misconfigured(f"{where}: {e}.") from e


def condition(settings: Settings, key: str) -> Condition | None:
    """The condition under `key`, or None where there is none. Raises Misconfigured."""
    if key not in settings.table:
        return None
    inner = settings.inner(key)
    inner.only(KEYS)
    if len({"in", "not_in", "present"} & set(inner.table)) != 1:
        raise Misconfigured(f"{inner.where}: give one of in, not_in and present.")
    place = inner.text("path")
    return Condition(
        place,
        way_to(place, inner.where),
        frozenset(inner.words("in")),
        frozenset(inner.words("not_in")),
        inner.flag("present", True) if "present" in inner.table else None,
    )
