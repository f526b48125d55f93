"""The departments as they are connected, one finding each. It asks nobody about anybody."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.types import Department, Kind, Site
from hub.errors import HubError
from hub.wiring import connections
from hub.wiring.build import Hub
from hub.wiring.doctor.department import Examined, examine
from hub.wiring.doctor.finding import Finding, State


async def look(hub: Hub) -> list[Finding]:
    try:
        site = hub.catalogs.current()
    except HubError:
        return []
    return [
        folded(department, await examine(examined(hub, site, department))) for department in site.departments.values()
    ]


def examined(hub: Hub, site: Site, department: Department) -> Examined:
    """A department of the published catalog, as this process is connected to it."""
    code, file = department.code, hub.settings.connections_file
    return Examined(
        department,
        tuple(one for one in site.resources.values() if one.department == code),
        site.dictionary,
        connections.read(file).get(code),
        hub.adapters.get(code),
        file,
        hub.clock,
        inbox=department.kind is not Kind.INBOX and site.has_inbox(code),
    )


def folded(department: Department, findings: Sequence[Finding]) -> Finding:
    """Everything that is to be mended in one line, else what is to be looked at first, else that it is well."""
    for state in (State.MEND, State.LOOK):
        found = [finding for finding in findings if finding.state is state]
        if found:
            sentence = "; ".join(dict.fromkeys(finding.sentence for finding in found))
            return Finding(department.name, state, sentence, found[0].command)
    last = findings[-1].sentence if findings else "inbox"
    return Finding.ok(department.name, f"{department.kind.value}, {last}")
