"""What the page of departments shows: values alone, no rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from hub.wiring.listings import DepartmentRow


@dataclass(frozen=True)
class Figures:
    """Of the questions of the last day, by the sharing log. `calls` came to an end over the department's own way, `failed` of them by its
    fault, with `attempts` tries in all; `by_hub` were stopped by the hub itself, `by_hand` answered by a person in the wire's stead, `open`
    still wait. `since`: from when on it has answered, or not (`failing`), without a break; `at_least`: it was so before the oldest that is looked at.
    Times in milliseconds; None where nothing was answered."""

    calls: int = 0
    failed: int = 0
    p50: int | None = None
    p95: int | None = None
    since: datetime | None = None
    at_least: bool = False
    attempts: int = 0
    by_hub: int = 0
    by_hand: int = 0
    open: int = 0
    failing: bool = False

    @property
    def error_rate(self) -> float | None:
        """Between 0 and 1; None where no question came to an end."""
        return self.failed / self.calls if self.calls else None


@dataclass(frozen=True)
class FindingRow:
    about: str
    state: str
    sentence: str
    command: str = ""
    how: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """As `state`; what was not tried and asks nobody to do anything had nothing to try."""
        return "idle" if self.state == "untried" and not self.command else self.state


PARTS: Mapping[str, tuple[str, ...]] = {
    "settings": ("papers", "review"),
    "connection": ("connection",),
    "credentials": ("credentials",),
    "expiry": ("expiry",),
    "probe": ("probe", "files"),
    "mapping": ("mapping",),
    "catalog": ("catalog",),
}
"""What a check tries, each for itself, and the findings that speak of it."""
WORST = ("mend", "look", "untried", "ok", "idle")
"""`idle`: there is nothing to try of it, so nobody has to do anything."""


@dataclass(frozen=True)
class PartRow:
    """One thing that was, or was not, tried: the worst of its findings is its state."""

    part: str
    state: str
    findings: tuple[FindingRow, ...]


@dataclass(frozen=True)
class CheckRow:
    """The last check: `state` is ok, untried, look or mend."""

    at: datetime
    by: str
    state: str
    findings: tuple[FindingRow, ...] = ()
    ends_on: date | None = None
    ending: str = ""

    @property
    def parts(self) -> tuple[PartRow, ...]:
        """All seven; what an older check did not look at was not tried."""
        return tuple(self._part(name, abouts) for name, abouts in PARTS.items())

    @property
    def worst(self) -> str:
        """Of its parts: what is shown of it in a word says the same as they do."""
        return _worst(one.state for one in self.parts)

    def _part(self, name: str, abouts: tuple[str, ...]) -> PartRow:
        found = tuple(one for one in self.findings if one.about in abouts)
        return PartRow(name, _worst(one.shown for one in found), found)


def _worst(states: Iterable[str]) -> str:
    found = set(states)
    return next((state for state in WORST if state in found), "untried")


@dataclass(frozen=True)
class ConnectedRow:
    """A department: how it stands, how it has answered, its last check. `older`: why this process could not connect it as published."""

    code: str
    standing: DepartmentRow
    figures: Figures
    checked: CheckRow | None = None
    older: str = ""

    @property
    def since(self) -> datetime | None:
        """Since when it answers, or does not, where that is why it stands as it does: a notice or a file that is held says nothing of it."""
        speaks = self.standing.state in (("down", "slow") if self.figures.failing else ("up",))
        return self.figures.since if speaks else None


@dataclass(frozen=True)
class Following:
    """How far this process is with what is published: since when it reaches departments by that catalog; None while it takes it up.
    `unread`: why the file of connections cannot be read."""

    published_at: datetime | None
    since: datetime | None
    unread: str = ""
