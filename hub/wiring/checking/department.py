"""One department looked at from its papers to its door: settings, mapping, samples, connection, credentials, certificates, probe.

The doctor, `yijian adapter check` and the page of departments all look through here. It asks nobody about anybody and changes nothing.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from adapters import expiry
from adapters.kinds.documents import Documents
from adapters.kinds.proof import Proof, Verdict
from adapters.kinds.rest_paper import unread
from adapters.onboarding.credentials import needed
from catalog.types import Kind
from hub.clock import SHANGHAI, local
from hub.wiring.checking.examined import Examined
from hub.wiring.checking.finding import Finding, once
from hub.wiring.checking.mapping import mapping
from hub.wiring.checking.review import granted_to_nobody, left_undone, some
from hub.wiring.checking.standing import stands

ENDS_SOON = timedelta(days=30)
MOST_FILES = 5
"""Of those that want a person, so many are named."""
"""How long before its end a certificate or a secret is spoken of (proposed)."""


@dataclass(frozen=True)
class Ending:
    """What ends when: the next of these is shown on the page of departments."""

    about: str
    on: date


async def examine(one: Examined, *, replaying: bool = True) -> list[Finding]:
    """Every finding, in the order in which a newcomer mends them; of each part at least one, if only that it was not tried, and why.

    `replaying`: its recorded exchanges are played too."""
    if _nothing_read(one):
        return list(_unreadable(one))
    return once(await _parts(one, replaying), one.check)


async def _parts(one: Examined, replaying: bool) -> list[Finding]:
    found = [*_settings(one), *await mapping(one, replaying=replaying)]
    if one.department.kind is Kind.INBOX:
        return [*found, *_people(one)]
    found += _connection(one)
    if one.connection is None:
        return [*found, *_not_reached(one, ("credentials", "expiry", "probe"))]
    found += [*await _credentials(one), *_ended(one, await endings(one))]
    if one.connected is None:
        return [*found, *_not_reached(one, ("probe",))]
    return [*found, *await _probe(one, {finding.sentence for finding in found})]


def _nothing_read(one: Examined) -> bool:
    """Whether its manifest is no TOML, so that the catalog knows nothing of it but its name."""
    if one.resources or one.department.handles or not one.manifest.is_file():
        return False
    try:
        tomllib.loads(one.manifest.read_text("utf-8", errors="replace"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return True
    return False


def _unreadable(one: Examined) -> Iterator[Finding]:
    """Where the mistake stands is said by the catalog."""
    sentence = "not looked at: department.toml is no TOML, so nothing of it is read"
    yield Finding.untried("papers", "unreadable", sentence, f"$EDITOR {one.manifest}")
    for about in ("mapping", "connection", "credentials", "expiry", "probe"):
        yield Finding.untried(about, "unreadable", sentence)


def _people(one: Examined) -> Iterator[Finding]:
    """A unit without a system: whether anybody of it could answer at its page."""
    for about in ("connection", "credentials", "expiry"):
        yield Finding.untried(about, "by_hand", "people of it answer at the inbox page: no wire, nothing to try")
    code = one.department.code
    if one.people is None:
        sentence = "whether anybody of it may sign in is known to the running hub: see its page of departments"
        yield Finding.untried("probe", "by_hand", sentence)
    elif one.people:
        yield Finding.ok("probe", f"{one.people} people of it may answer at the inbox", "people", people=one.people)
    else:
        sentence = "nobody of it may answer at the inbox: what is asked of it waits for ever"
        yield Finding.mend(
            "probe",
            sentence,
            f"yijian accounts create NAME --name NAME --organisation {code} --role reviewer",
            "people",
        )


def _not_reached(one: Examined, parts: Sequence[str]) -> Iterator[Finding]:
    for about in parts:
        yield Finding.untried(about, "not_connected", "nothing to try while it is not connected", one.check)


def _settings(one: Examined) -> Iterator[Finding]:
    department = one.department
    pins = department.wire.get("documents", {})
    pinned = Documents(department.code, Path(department.folder), dict(pins) if isinstance(pins, Mapping) else {})
    documents = pinned.check()
    yield from (stands(one, "papers", sentence, one.manifest) for sentence in documents)
    waiting = [resource.code.partition(".")[2] for resource in one.resources if resource.proposed]
    if waiting:
        sentence = f"{len(waiting)} of {len(one.resources)} resources are proposed and answer nobody until a person has reviewed them: {some(waiting)}"
        yield Finding.look("review", sentence, f"$EDITOR {one.manifest}")
    yield from left_undone(department, one.resources, f"$EDITOR {one.manifest}")
    grants = one.manifest.parent.parent.parent / "grants" / f"{department.code}.toml"
    yield from granted_to_nobody(one.resources, one.granted, grants)
    if not documents:
        yield _papers(one, pinned)


def _papers(one: Examined, pinned: Documents) -> Finding:
    """Of pinned papers that are as they were."""
    text = one.manifest.read_text("utf-8", errors="replace") if one.manifest.is_file() else ""
    said = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    mentioned = [name for name in pinned.pins if said.count(name) > 1]
    idle = unread(pinned, mentioned) if one.department.kind is Kind.REST else ()
    if idle:
        sentence = f"pinned, and nothing reads {some(idle)}: no top-level openapi: or swagger: with paths, and no mapping or paper names it, so it is compared with nothing"
        return Finding.look(
            "papers", f"{sentence}; pin the paper itself, or take the pin out", f"$EDITOR {one.manifest}"
        )
    count = len(pinned.pins)
    if count:
        return Finding.ok("papers", f"{count} pinned, none changed", "pinned", count=count)
    return Finding.ok("papers", "its manifest is read, and it needs no paper beside", "none")


def _connection(one: Examined) -> Iterator[Finding]:
    edit = f"$EDITOR {one.connections_file}"
    code = one.department.code
    if one.trouble:
        yield stands(one, "connection", one.trouble)
    elif one.connection is None and one.is_new:
        sentence = f"no address yet: add [departments.{code}] to the connections file, or try it against its own papers"
        yield Finding.look("connection", sentence, f"yijian adapter check {code} --simulated")
    elif one.connection is None:
        yield Finding.mend("connection", f"not connected; add [departments.{code}] to the connections file", edit)
    elif one.connected is not None:
        where = one.connection.address or str(one.connection.folder or "")
        yield Finding.ok("connection", f"set: {one.department.kind.value} at {_without_login(where)}")
    else:
        yield Finding.mend(
            "connection", "set, and this process could not make it work when it started", "yijian doctor"
        )


def _without_login(address: str) -> str:
    head, mark, rest = address.partition("://")
    return f"{head}{mark}{rest.rpartition('@')[2]}" if mark else address


async def _credentials(one: Examined) -> list[Finding]:
    """Whether the secrets are there and, where a call can be made that is about nobody, whether the department takes them."""
    assert one.connection is not None
    wanted = needed(one.department, one.resources)
    held = one.connection.secrets
    lacking = [name for name in wanted if name not in held or not held[name]]
    if lacking:
        sentence = (
            f'the mapping uses {some(lacking)}, which the connection does not have: secrets = {{ {lacking[0]} = "…" }}'
        )
        return [stands(one, "credentials", sentence)]
    if one.connected is None:
        return [*_not_reached(one, ("credentials",))]
    return [_proven(one, proof) for proof in await one.connected.prove()] or [_unproven(one, wanted)]


def _unproven(one: Examined, wanted: Sequence[str]) -> Finding:
    """Why no call was made with our credentials."""
    assert one.connection is not None
    may_want = one.connection.certificate is not None or "probe" in one.department.wire
    if wanted or may_want or one.department.kind in (Kind.FILEDROP, Kind.FRONTDB):
        sentence = (
            f"{some(wanted) or 'what it wants'} there, but not tried: nobody answered the call that would prove it"
        )
        return Finding.untried("credentials", "no_answer", sentence, one.check)
    return Finding.untried("credentials", "none", "its papers want no credential: nothing to prove")


def _proven(one: Examined, proof: Proof) -> Finding:
    if proof.verdict is Verdict.REFUSED:
        return stands(one, "credentials", proof.sentence)
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
    if not ending:
        yield _no_end_known(one)
    elif ending[0].on - today > ENDS_SOON:
        yield Finding.ok("expiry", f"{ending[0].about} holds until {ending[0].on}", "until", until=ending[0].on)


def _no_end_known(one: Examined) -> Finding:
    assert one.connection is not None
    code = one.department.code
    if one.connection.address.startswith("https://"):
        return Finding.untried("expiry", "no_answer", "nobody answered who would show a certificate", one.check)
    if one.connection.secrets:
        sentence = f"of no secret it is known until when it holds; ask, and set expires = {{ {next(iter(one.connection.secrets))} = 2027-06-30 }} in [departments.{code}]"
        return Finding.untried("expiry", "unknown", sentence, f"$EDITOR {one.connections_file}")
    return Finding.untried("expiry", "none", "neither certificate nor secret on the way: nothing that could end")


async def _probe(one: Examined, said: set[str]) -> list[Finding]:
    """Whether it can be reached, by a call that is about nobody; what was said already is not said again."""
    assert one.connected is not None
    advice = await one.connected.check()
    new = [
        _to_call(one, stands(one, "probe", sentence))
        for sentence in advice
        if not any(each.endswith(sentence) for each in said)
    ]
    if new:
        return new
    if advice:
        return [
            Finding.untried("probe", "said_above", "what is to be mended above keeps it from being tried", one.check)
        ]
    found = [Finding.ok("probe", f"reached just now{' and inbox' if one.inbox else ''}; nobody was asked about")]
    return found + await _files(one)


def _to_call(one: Examined, found: Finding) -> Finding:
    """With whom to call, and since when it has not answered. For a mistake in our manifest or a folder of ours nobody is called."""
    if found.command.endswith(str(one.manifest)) or (one.connection is not None and not one.connection.address):
        return found
    phone, since = one.department.phone, f"{local(one.failing_since):%Y-%m-%d %H:%M}" if one.failing_since else ""
    whom = f"Call {one.department.name}, {phone}." if phone else 'Its manifest has no phone = "…" of whom to call.'
    silent = f" It has answered nothing since {since}." if since else ""
    how = "down_since" if phone and since else "down" if phone else ""
    return replace(
        found,
        sentence=f"{found.sentence}{silent} {whom}",
        how=how,
        facts={"phone": phone, "since": since} if phone else {},
    )


async def _files(one: Examined) -> list[Finding]:
    assert one.connected is not None
    awaited = await asyncio.to_thread(one.connected.awaited) if one.connected.awaited is not None else ()
    if awaited:
        sentence = f"no file of {some(awaited)} was taken in yet: start the hub, and let the department (or `yijian adapter simulate`) drop one"
        return [Finding.look("files", sentence, "yijian serve")]
    aside = one.connected.aside() if one.connected.aside is not None else ()
    if aside:
        more = f"; and {len(aside) - MOST_FILES} more" if len(aside) > MOST_FILES else ""
        sentence = f"{len(aside)} of its files want a person, each with the reason that the page and its department read: {'; '.join(aside[:MOST_FILES])}{more}"
        return [Finding.look("files", sentence, "open the hub's page /operations")]
    return []
