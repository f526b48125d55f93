"""A department as a check looks at it: its manifest, what is asked of it, and how it is reached. It looks at nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from adapters.connect import Connected, Connection
from catalog.types import Department, FieldDefinition, Kind, Resource, Site


@dataclass(frozen=True)
class Examined:
    """`connected` is None where it is not connected; `trouble` says why it could not be. `people` is how many of it may sign in and answer;
    None where that is not known here. `granted` are its resources that a grant of the site names; `failing_since` is when it last stopped
    answering, as far as the sharing log of the last day knows."""

    department: Department
    resources: tuple[Resource, ...]
    dictionary: Mapping[str, FieldDefinition]
    connection: Connection | None
    connected: Connected | None
    connections_file: Path
    now: Callable[[], datetime]
    trouble: str = ""
    inbox: bool = field(default=False)
    people: int | None = None
    granted: frozenset[str] = frozenset()
    failing_since: datetime | None = None

    @property
    def manifest(self) -> Path:
        return Path(self.department.folder) / "department.toml"

    @property
    def is_new(self) -> bool:
        """Nothing of it can be asked or handed over yet: it may be without a connection."""
        return bool(self.resources) and all(one.proposed for one in self.resources) and not self.department.handles

    @property
    def check(self) -> str:
        """The command that looks again."""
        return f"yijian adapter check {self.department.code}"


def examined(
    site: Site,
    department: Department,
    connection: Connection | None,
    adapters: Mapping[str, Connected],
    connections_file: Path,
    now: Callable[[], datetime],
    people: int | None = None,
    failing_since: datetime | None = None,
) -> Examined:
    """A department of the published catalog, as this process is connected to it."""
    code = department.code
    own = tuple(one for one in site.resources.values() if one.department == code)
    inbox = department.kind is not Kind.INBOX and site.has_inbox(code)
    known = adapters.get(code)
    return Examined(
        department,
        own,
        site.dictionary,
        connection,
        known,
        connections_file,
        now,
        inbox=inbox,
        people=people,
        granted=granted(site),
        failing_since=failing_since,
    )


def granted(site: Site) -> frozenset[str]:
    return frozenset(grant.resource for grant in site.grants)
