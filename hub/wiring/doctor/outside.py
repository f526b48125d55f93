"""The departments as they are connected, one finding each. It asks nobody about anybody."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.types import Department
from hub.errors import HubError
from hub.wiring import connections
from hub.wiring.build import Hub
from hub.wiring.checking.department import examine
from hub.wiring.checking.examined import examined
from hub.wiring.checking.finding import Finding, State
from hub.wiring.people import who_answer


async def look(hub: Hub) -> list[Finding]:
    try:
        site = hub.catalogs.current()
    except HubError:
        return []
    file = hub.settings.connections_file
    known = connections.read(file)
    with hub.database.read() as session:
        people = {code: who_answer(session, code) for code in site.departments}
    looked = {
        code: examined(site, one, known.get(code), hub.adapters, file, hub.clock, people[code])
        for code, one in site.departments.items()
    }
    return [folded(one.department, await examine(one, replaying=False)) for one in looked.values()]


def folded(department: Department, findings: Sequence[Finding]) -> Finding:
    """Everything that is to be mended in one line, else what is to be looked at first, else that it is well."""
    for state in (State.MEND, State.LOOK):
        found = [finding for finding in findings if finding.state is state]
        if found:
            sentence = "; ".join(dict.fromkeys(finding.sentence for finding in found))
            return Finding(department.name, state, sentence, found[0].command)
    held = [finding.sentence for finding in findings if finding.state is State.WELL and finding.about != "papers"]
    last = held[-1] if held else "inbox"
    return Finding.ok(department.name, f"{department.kind.value}, {last}")
