"""One department looked at from its papers to its door: settings, mapping, samples, connection, credentials, certificates, probe.

The doctor, `yijian adapter check` and the page of departments all look through here. It asks nobody about anybody and changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from adapters import expiry
from adapters.connect import Connected, Connection
from adapters.contract import Misconfigured
from adapters.kinds.documents import Documents
from adapters.kinds.proof import Proof, Verdict
from adapters.onboarding import rehearsal
from adapters.onboarding.credentials import needed
from catalog.types import Department, FieldDefinition, Kind, Resource, Site
from hub.clock import SHANGHAI
from hub.wiring.checking.finding import Finding
from hub.wiring.checking.review import left_undone, some

ENDS_SOON = timedelta(days=30)
"""How long before its end a certificate or a secret is spoken of (proposed)."""


@dataclass(frozen=True)
class Examined:
    """A department and how it is reached. `connected` is None where it is not connected; `trouble` says why it could not be."""

    department: Department
    resources: tuple[Resource, ...]
    dictionary: Mapping[str, FieldDefinition]
    connection: Connection | None
    connected: Connected | None
    connections_file: Path
    now: Callable[[], datetime]
    trouble: str = ""
    inbox: bool = field(default=False)

    @property
    def manifest(self) -> Path:
        return Path(self.department.folder) / "department.toml"

    @property
    def is_new(self) -> bool:
        """Nothing of it can be asked or handed over yet: it may be without a connection."""
        return bool(self.resources) and all(one.proposed for one in self.resources) and not self.department.handles


@dataclass(frozen=True)
class Ending:
    """What ends when: the next of these is shown on the page of departments."""

    about: str
    on: date


def examined(
    site: Site,
    department: Department,
    connection: Connection | None,
    adapters: Mapping[str, Connected],
    connections_file: Path,
    now: Callable[[], datetime],
) -> Examined:
    """A department of the published catalog, as this process is connected to it."""
    code = department.code
    own = tuple(one for one in site.resources.values() if one.department == code)
    inbox = department.kind is not Kind.INBOX and site.has_inbox(code)
    return Examined(
        department, own, site.dictionary, connection, adapters.get(code), connections_file, now, inbox=inbox
    )


async def examine(one: Examined) -> list[Finding]:
    """Every finding, in the order in which a newcomer mends them."""
    found = [*_settings(one), *await _mapping(one)]
    if one.department.kind is Kind.INBOX:
        return found
    found += _connection(one)
    if one.connection is None:
        return found
    found += [*await _credentials(one), *_ended(one, await endings(one))]
    if one.connected is not None:
        found += await _probe(one, {finding.sentence for finding in found})
    return found


def _settings(one: Examined) -> Iterator[Finding]:
    department = one.department
    pins = department.wire.get("documents", {})
    documents = Documents(
        department.code, Path(department.folder), dict(pins) if isinstance(pins, Mapping) else {}
    ).check()
    yield from (Finding.mend("papers", sentence, f"$EDITOR {one.manifest}") for sentence in documents)
    waiting = [resource.code.partition(".")[2] for resource in one.resources if resource.proposed]
    if waiting:
        sentence = f"{len(waiting)} of {len(one.resources)} resources are proposed and answer nobody until a person has reviewed them: {some(waiting)}"
        yield Finding.look("review", sentence, f"$EDITOR {one.manifest}")
    yield from left_undone(department, one.resources, f"$EDITOR {one.manifest}")
    if not documents:
        yield Finding.ok("papers", f"{len(dict(pins)) if isinstance(pins, Mapping) else 0} pinned, none changed")


async def _mapping(one: Examined) -> list[Finding]:
    mend = f"$EDITOR {one.manifest}"
    try:
        played = await rehearsal.play(one.department, one.resources, one.dictionary, one.now)
    except Misconfigured as e:
        return [Finding.mend("mapping", str(e), mend)]
    wrong = list(rehearsal.unread(played))
    read = [each.resource.code for each in played if each.sample and not each.trouble]
    if wrong:
        return [Finding.mend("mapping", sentence, mend) for sentence in wrong]
    if played and not read:
        place = f"samples/<resource>{rehearsal.ANSWER}.json or .xml"
        return [Finding.ok("mapping", f"its keys and paths are understood; no answer lies in {place} to read with it")]
    return [Finding.ok("mapping", f"reads the samples of {len(read)} of {len(played)} resources")] if played else []


def _connection(one: Examined) -> Iterator[Finding]:
    edit = f"$EDITOR {one.connections_file}"
    code = one.department.code
    if one.trouble:
        yield Finding.mend("connection", one.trouble, edit)
    elif one.connection is None and one.is_new:
        sentence = f"no address yet: add [departments.{code}] to the connections file, or try it against its own papers"
        yield Finding.look("connection", sentence, f"yijian adapter check {code} --simulated")
    elif one.connection is None:
        yield Finding.mend("connection", f"not connected; add [departments.{code}] to the connections file", edit)
    elif one.connected is not None:
        where = one.connection.address or str(one.connection.folder or "")
        yield Finding.ok("connection", f"{one.department.kind.value} at {_without_login(where)}")


def _without_login(address: str) -> str:
    head, mark, rest = address.partition("://")
    return f"{head}{mark}{rest.rpartition('@')[2]}" if mark else address


async def _credentials(one: Examined) -> list[Finding]:
    """Whether the secrets are there and, where a call can be made that is about nobody, whether the department takes them."""
    assert one.connection is not None
    edit = f"$EDITOR {one.connections_file}"
    wanted = needed(one.department)
    held = one.connection.secrets
    lacking = [name for name in wanted if name not in held or not held[name]]
    if lacking:
        sentence = (
            f'the mapping uses {some(lacking)}, which the connection does not have: secrets = {{ {lacking[0]} = "…" }}'
        )
        return [Finding.mend("credentials", sentence, edit)]
    there = [Finding.ok("credentials", f"{some(wanted)} there")] if wanted else []
    if one.connected is None:
        return there
    return [_proven(one, proof) for proof in await one.connected.prove()] or there


def _proven(one: Examined, proof: Proof) -> Finding:
    if proof.verdict is Verdict.REFUSED:
        return Finding.mend("credentials", proof.sentence, f"$EDITOR {one.connections_file}")
    if proof.verdict is Verdict.UNPROVEN:
        return Finding.look("credentials", proof.sentence, f"$EDITOR {one.manifest}")
    return Finding.ok("credentials", proof.sentence)


async def endings(one: Examined) -> tuple[Ending, ...]:
    """When certificates and secrets of its connection end, the next one first."""
    connection = one.connection
    if connection is None:
        return ()
    found = [Ending(f"the secret {name}", day) for name, day in connection.expires.items()]
    server = await expiry.of_server(connection.address)
    certificates = [server] if server else []
    for place in filter(None, (connection.ca, connection.certificate)):
        with suppress(OSError, ValueError):  # connecting says what is wrong with it
            certificates += expiry.of_file(place)
    found += [Ending(each.about, each.ends.astimezone(SHANGHAI).date()) for each in certificates]
    return tuple(sorted(found, key=lambda ending: ending.on))


def _ended(one: Examined, ending: Sequence[Ending]) -> Iterator[Finding]:
    today, edit = one.now().astimezone(SHANGHAI).date(), f"$EDITOR {one.connections_file}"
    for each in ending:
        if each.on < today:
            yield Finding.mend("expiry", f"{each.about} ended on {each.on}; get a new one from the department", edit)
        elif each.on - today <= ENDS_SOON:
            yield Finding.look("expiry", f"{each.about} ends on {each.on}; ask for the next one now", edit)
    if ending and ending[0].on - today > ENDS_SOON:
        yield Finding.ok("expiry", f"{ending[0].about} holds until {ending[0].on}")


async def _probe(one: Examined, said: set[str]) -> list[Finding]:
    """Whether it can be reached, by a call that is about nobody; what was said already is not said again."""
    assert one.connected is not None
    advice = [sentence for sentence in await one.connected.check() if sentence not in said]
    if advice:
        return [Finding.mend("probe", sentence, f"$EDITOR {one.connections_file}") for sentence in advice]
    awaited = await asyncio.to_thread(one.connected.awaited) if one.connected.awaited is not None else ()
    if awaited:
        sentence = f"no file of {some(awaited)} was taken in yet: start the hub, and let the department (or `yijian adapter simulate`) drop one"
        return [Finding.look("files", sentence, "yijian serve")]
    aside = one.connected.aside() if one.connected.aside is not None else ()
    if aside:
        sentence = f"{len(aside)} files wait for a person: {aside[0]}"
        return [Finding.look("files", sentence, "open the hub's page /operations")]
    return [Finding.ok("probe", f"reachable{' and inbox' if one.inbox else ''}; nobody was asked about")]
