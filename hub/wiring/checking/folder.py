"""Departments of the site's folder looked at before they are published: needs no database, no keys and no hub. It changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.connect import Connected, Connection, Ports, connect
from adapters.contract import Misconfigured, NotFound
from adapters.onboarding import rehearsal
from adapters.onboarding.played import Played, unread
from adapters.onboarding.rehearsal import NoInbox, NoRegistry
from catalog.loading import Loaded, load
from catalog.types import Department, Kind
from hub.clock import local, utc_now
from hub.errors import NotThere
from hub.settings import Settings
from hub.wiring import connections
from hub.wiring.checking.department import examine
from hub.wiring.checking.examined import Examined, granted
from hub.wiring.checking.finding import Finding, once
from hub.wiring.checking.joined import joined
from hub.wiring.checking.review import some
from hub.wiring.checking.standing import stands


@dataclass(frozen=True)
class Looked:
    """A department and what was found."""

    code: str
    name: str
    findings: tuple[Finding, ...]

    @property
    def well(self) -> bool:
        return all(finding.well for finding in self.findings)


async def look(settings: Settings, code: str = "", instead: Mapping[str, Connection] | None = None) -> list[Looked]:
    """One department, or every one of the folder. `instead`: connections that stand in for those of the file.

    Raises NotThere for a code that no folder has, NoSite, ConnectionsUnreadable."""
    loaded = load(settings.site, local(utc_now()).date())
    if code and code not in loaded.site.departments:
        there = ", ".join(loaded.site.departments)
        raise NotThere(
            f"{settings.site} has no department {code}; it has {there}. `yijian adapter new {code} …` makes one.",
            code="DEPARTMENT_NOT_THERE",
        )
    chosen = [one for one in loaded.site.departments.values() if code in ("", one.code)]
    known = {**connections.read(settings.connections_file), **(instead or {})}
    with TemporaryDirectory(prefix="replicas-") as empty:
        found = []
        for department in chosen:
            stands_in = department.code in (instead or {})
            replicas = settings.folder / "replicas"
            one = _examined(
                settings,
                loaded,
                department,
                known.get(department.code),
                Path(empty) if stands_in or not replicas.is_dir() else replicas,
            )
            found.append(await _one(settings, loaded, one, collecting=stands_in))
        return found


async def _one(settings: Settings, loaded: Loaded, one: Examined, *, collecting: bool) -> Looked:
    """`collecting`: what lies in a drop folder that only stands in is taken in first."""
    code = one.department.code
    try:
        if collecting and one.connected is not None and one.connected.collects is not None:
            await asyncio.to_thread(one.connected.collects.collect)
        found = [*joined(loaded.mismatches, code, settings.site), *await examine(one)]
        if collecting and one.connected is not None:
            found = once([*found, *await _asked(one)], one.check)
    finally:
        if one.connected is not None:
            await one.connected.close()
    return Looked(code, one.department.name or code, tuple(found))


async def _asked(one: Examined) -> list[Finding]:
    """Each resource of which there is a sample is asked over the wire, only of a server that stands in; well is what was asked and found."""
    assert one.connected is not None
    played = await rehearsal.over_the_wire(one.connected, one.department, one.resources, one.dictionary)
    found = [stands(one, "answers", sentence, one.manifest) for sentence in unread(played)]
    well = [each for each in played if not each.why_not and not each.trouble]
    silent = [each.resource.code.partition(".")[2] for each in well if isinstance(each.outcome, NotFound)]
    if len(well) > len(silent):
        sentence = f"{len(well) - len(silent)} of {len(played)} resources were asked over the wire and answered"
        found.append(Finding.ok("answers", sentence, "asked"))
    if silent:
        sentence = f"asked about whom its sample is about, it said “no record”: {some(silent)}"
        found.append(Finding.look("answers", sentence, f"yijian adapter try {one.department.code} {silent[0]}"))
    return found + list(_not_asked(one, played))


def _not_asked(one: Examined, played: Sequence[Played]) -> Iterator[Finding]:
    """What nothing is known of, by what it lacks."""
    for why in dict.fromkeys(each.why_not for each in played if each.why_not):
        names = [each.resource.code.partition(".")[2] for each in played if each.why_not == why]
        sentence = f"{len(names)} of {len(played)} resources were not asked, for {why}: {some(names)}"
        yield Finding.untried("answers", "not_asked", sentence, _mended(one, why, names[0]), names=some(names))


def _mended(one: Examined, why: str, name: str) -> str:
    """What to do where something lacks; "" where somebody else answers it and nothing can be tried."""
    if why.endswith("answers it"):
        return ""
    if "samples/" not in why:
        return f"$EDITOR {one.manifest}"
    if one.department.kind in (Kind.FILEDROP, Kind.FRONTDB):
        return f"ls {one.manifest.parent / 'samples'}"
    return f"yijian adapter record {one.department.code} {name} --name found --answer FILE"


def _examined(
    settings: Settings, loaded: Loaded, department: Department, connection: Connection | None, replicas: Path
) -> Examined:
    site = loaded.site
    own = tuple(one for one in site.resources.values() if one.department == department.code)
    connected: Connected | None = None
    trouble = ""
    if connection is not None or department.kind is Kind.INBOX:
        try:
            connected = connect(department, own, connection or Connection(), _ports(replicas))
        except Misconfigured as e:
            trouble = str(e)
    inbox = department.kind is not Kind.INBOX and site.has_inbox(department.code)
    return Examined(
        department,
        own,
        site.dictionary,
        connection,
        connected,
        settings.connections_file,
        utc_now,
        trouble,
        inbox,
        granted=granted(site),
    )


def _ports(replicas: Path) -> Ports:
    return Ports(utc_now, inbox=NoInbox(), registry=NoRegistry(), on_batch=lambda batch: None, replica_folder=replicas)
