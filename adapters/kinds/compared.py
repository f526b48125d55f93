"""What comes of holding a mapping against a department's papers: one mistake once, and what nobody can say. It reads no paper itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from adapters.kinds.paths import Steps


@dataclass(frozen=True)
class Place:
    """`where` says in the words of the manifest who reads it, `written` how it stands there. `ways` lead to it one after the other: at the
    end of each but the last one of several is meant (a record of the answer, a row of a list)."""

    where: str
    written: str
    ways: tuple[Steps, ...]
    reads: tuple[str, str] = ("", "")
    """A resource's code and its field (`name`, `owners.owner_name`) where the place is read for one."""
    within: bool = False
    """In a document that stands as text in the answer: no paper says what is in it."""

    @property
    def way(self) -> Steps:
        """All of it, from the root."""
        return tuple(step for way in self.ways for step in way)

    def hangs_on(self, other: Place) -> bool:
        """Whether the way to this place goes over the other: a field over its record."""
        return len(self.ways) > len(other.ways) and self.ways[: len(other.ways)] == other.ways


@dataclass(frozen=True)
class Compared:
    """A mapping held against papers: sentences for what is `wrong`, and each place of which the papers say nothing."""

    wrong: tuple[str, ...] = ()
    unsaid: tuple[Place, ...] = ()


def judged(places: Iterable[Place], judge: Callable[[Place], str | None]) -> Compared:
    """`judge` says what is wrong with a place: "" for nothing, None where the papers say nothing of it. What hangs on a place that is wrong
    is not said again."""
    wrong: dict[Place, str] = {}
    unsaid: list[Place] = []
    for place in places:
        if any(place.hangs_on(other) for other in wrong):
            continue
        said = None if place.within else judge(place)
        if said is None:
            unsaid.append(place)
        elif said:
            wrong[place] = said
    return Compared(tuple(dict.fromkeys(wrong.values())), tuple(unsaid))


def together(found: Iterable[Compared]) -> Compared:
    """Of several calls, or papers."""
    all_of_it = tuple(found)
    return Compared(
        tuple(dict.fromkeys(said for one in all_of_it for said in one.wrong)),
        tuple(place for one in all_of_it for place in one.unsaid),
    )
