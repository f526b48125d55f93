"""The departments as they are connected: documents, mapping, reachability. It asks nobody about anybody."""

from __future__ import annotations

from catalog.types import Department, Kind, Site
from hub.errors import HubError
from hub.wiring.build import Hub
from hub.wiring.doctor.finding import Finding


async def look(hub: Hub) -> list[Finding]:
    try:
        site = hub.catalogs.current()
    except HubError:
        return []
    return [await _department(hub, site, code, department) for code, department in site.departments.items()]


async def _department(hub: Hub, site: Site, code: str, department: Department) -> Finding:
    file = hub.settings.connections_file
    connected = hub.adapters.get(code)
    if connected is None:
        sentence = f"not connected; add [departments.{code}] to the connections file"
        return Finding.mend(department.name, sentence, f"$EDITOR {file}")
    advice = await connected.check()
    if advice:
        return Finding.mend(department.name, "; ".join(advice), f"$EDITOR {file}")
    inbox = department.kind is not Kind.INBOX and site.has_inbox(code)
    aside = connected.aside() if connected.aside is not None else ()
    if aside:
        sentence = f"{len(aside)} files wait for a person: {aside[0]}"
        return Finding.look(department.name, sentence, "open the hub's page /operations")
    return Finding.ok(department.name, f"{department.kind.value}{' and inbox' if inbox else ''}, reachable")
