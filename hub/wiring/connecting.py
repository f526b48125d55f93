"""Makes the lines to the departments of a catalog: of what each is made, and the line itself. It keeps none and asks nobody.

Two descriptions that are equal need one line; that is how a running hub knows which departments a new catalog leaves as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.connect import Connected, Connection, Ports, connect, connect_inbox, connect_sms
from catalog.types import Department, Kind, Resource, Site
from hub.wiring.connections import GATEWAY

Stamp = tuple[str, int, int]


@dataclass(frozen=True)
class Line:
    """What a line is made of: the manifest, its resources, the connection, and when the files that it names were last written."""

    department: Department
    resources: tuple[Resource, ...]
    connection: Connection | None
    files: tuple[Stamp, ...] = ()
    gateway: bool = False

    def made(self, ports: Ports) -> Connected | None:
        """None where it has no connection and nobody of it answers by hand. Raises Misconfigured."""
        if self.gateway:
            return connect_sms(self.department, self.connection or Connection(), ports)
        if self.connection is not None or self.department.kind == Kind.INBOX:
            return connect(self.department, self.resources, self.connection or Connection(), ports)
        return connect_inbox(self.department, self.resources, ports)


def lines_of(site: Site, known: Mapping[str, Connection]) -> dict[str, Line]:
    """One for each department of the catalog, and the gateway of short messages where it has an address."""
    of: dict[str, list[Resource]] = {code: [] for code in site.departments}
    for resource in site.resources.values():
        of[resource.department].append(resource)
    found = {
        code: Line(department, tuple(of[code]), known.get(code), tuple(stamps(known.get(code))))
        for code, department in site.departments.items()
    }
    if GATEWAY in known and site.platform in site.departments:
        gateway = known[GATEWAY]
        found[GATEWAY] = Line(site.departments[site.platform], (), gateway, tuple(stamps(gateway)), gateway=True)
    return found


def stamps(connection: Connection | None) -> Iterator[Stamp]:
    """When the certificates and keys that a connection names were last written."""
    if connection is not None:
        for path in filter(None, (connection.ca, connection.certificate, connection.key)):
            yield stamp(path)


def stamp(path: Path) -> Stamp:
    try:
        state = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), state.st_mtime_ns, state.st_size
