"""The departments as they are connected, one finding each. It asks nobody about anybody."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.types import Department
from hub.errors import HubError
from hub.wiring import connections
from hub.wiring.build import Hub
from hub.wiring.checking.department import examine, examined
from hub.wiring.checking.finding import Finding, State


async def look(hub: Hub) -> list[Finding]:
    try:
        site = hub.catalogs.current()
    except HubError:
        return []
    file = hub.settings.connections_file
    known = connections.read(file)
    return [
        folded(one, await examine(examined(site, one, known.get(one.code), hub.adapters, file, hub.clock)))
        for one in site.departments.values()
    ]


def folded(department: Department, findings: Sequence[Finding]) -> Finding:
    """Everything that is to be mended in one line, else what is to be looked at first, else that it is well."""
    for state in (State.MEND, State.LOOK):
        found = [finding for finding in findings if finding.state is state]
        if found:
            sentence = "; ".join(dict.fromkeys(finding.sentence for finding in found))
            return Finding(department.name, state, sentence, found[0].command)
    last = findings[-1].sentence if findings else "inbox"
    return Finding.ok(department.name, f"{department.kind.value}, {last}")
