"""What the page of departments shows: values alone, no rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from hub.wiring.listings import DepartmentRow


@dataclass(frozen=True)
class Figures:
    """Of the calls of the last day. `since`: from when on it has answered, or not, without a break; `at_least`: it was so before the
    oldest call that is looked at. Times in milliseconds; None where nothing was answered."""

    calls: int = 0
    failed: int = 0
    p50: int | None = None
    p95: int | None = None
    since: datetime | None = None
    at_least: bool = False

    @property
    def error_rate(self) -> float | None:
        """Between 0 and 1; None without a call."""
        return self.failed / self.calls if self.calls else None


@dataclass(frozen=True)
class FindingRow:
    about: str
    state: str
    sentence: str
    command: str = ""


@dataclass(frozen=True)
class CheckRow:
    """The last check: `state` is ok, look or mend."""

    at: datetime
    by: str
    state: str
    findings: tuple[FindingRow, ...] = ()
    ends_on: date | None = None
    ending: str = ""


@dataclass(frozen=True)
class ConnectedRow:
    """A department: how it stands, how it has answered, its last check."""

    code: str
    standing: DepartmentRow
    figures: Figures
    checked: CheckRow | None = None
