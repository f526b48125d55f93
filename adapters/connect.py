"""Connects a department: its folder's mapping, an address and secrets become something that answers, takes or receives.

It opens no connection by itself: the first question does, and `check()`. Bad mappings raise `Misconfigured` here, not later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.connected import ByHand, Connected, Connection, Ports
from adapters.contract import Misconfigured
from adapters.kinds.documents import Documents
from adapters.kinds.guard import Breaker, Guard, Identity
from adapters.kinds.line import Line
from adapters.kinds.load import load_of
from adapters.kinds.settings import Settings
from adapters.manners import manners_of
from adapters.reaching import document_check, reach_check
from adapters.wire_keys import WIRE_KEYS
from catalog.types import INBOX_WAY, REGISTRY_WAY, Department, Kind, Resource

__all__ = ["WIRE_KEYS", "Connected", "Connection", "Ports", "connect", "connect_inbox", "connect_sms", "papers_of"]

FRONT_DATABASE = "front_database"
"""The option of the platform's connection that names the database in which it is told."""


def connect(department: Department, resources: Iterable[Resource], connection: Connection, ports: Ports) -> Connected:
    """Raises Misconfigured: the message names the file's table and the mend."""
    own = {resource.code: resource for resource in resources if resource.department == department.code}
    documents = _documents(department)
    build = _BUILDERS.get(department.kind)
    if build is None:
        raise Misconfigured(f"{department.code}: kind {department.kind.value!r} cannot be connected yet.")
    Settings(department.wire, f"{department.code} [wire]").only(WIRE_KEYS[department.kind])
    whole = _Parts(department, own, documents, connection, ports)
    registered, rest = _registered(whole)
    by_wire, by_inbox = _ways(rest)
    built = replace(build(by_wire), manners=manners_of(Settings(department.wire, f"{department.code} [wire]")))
    built = replace(built, by_hand=_by_hand(whole))
    built = _with_inbox(built, by_inbox) if by_inbox.resources or by_inbox.department.handles else built
    return _with_registry(built, registered)


def connect_inbox(department: Department, resources: Iterable[Resource], ports: Ports) -> Connected | None:
    """What persons of the department do (`way = "inbox"`, `[fallback]`) and what the registry answers while its wire has no connection;
    None where there is nothing of it. The wire's own questions are unavailable and its item cases wait, as if it were down. Raises Misconfigured."""
    from adapters.kinds.inbox import NotConnected

    own = {resource.code: resource for resource in resources if resource.department == department.code}
    whole = _Parts(department, own, _documents(department), Connection(), ports)
    registered, rest = _registered(whole)
    _, by_inbox = _ways(rest)
    by_people = bool(by_inbox.resources or by_inbox.department.handles) or department.fallback is not None
    if not by_people and not registered.resources:
        return None
    off = NotConnected(department.name)
    away = Connected(department, answers=off, handles=off, by_hand=_by_hand(whole), checks=(off.check,))
    return _with_registry(_with_inbox(away, by_inbox) if by_people else away, registered)


def papers_of(department: Department) -> list[str]:
    """One sentence for each pinned paper of it that cannot be used here; empty where all are at hand. Raises Misconfigured."""
    return _documents(department).check()


def connect_sms(platform: Department, connection: Connection, ports: Ports) -> Connected:
    """The SMS gateway described under `[wire.sms]` of the platform's folder, at an address of its own. Raises Misconfigured."""
    from adapters.outside.sms import Gateway

    documents = _documents(platform)
    line = _line(_Parts(platform, {}, documents, connection, ports))
    return Connected(
        platform,
        tells=Gateway(line, line.settings.inner("sms")),
        breaker=line.guard.breaker,
        load=line.guard.load,
        checks=(document_check(documents), reach_check(line)),
        closes=(line.close,),
    )


@dataclass(frozen=True)
class _Parts:
    department: Department
    resources: Mapping[str, Resource]
    documents: Documents
    connection: Connection
    ports: Ports


def _ways(parts: _Parts) -> tuple[_Parts, _Parts]:
    """What goes over the department's wire, and what a person answers and takes at the inbox (`way = "inbox"`)."""
    department = parts.department
    if department.kind is Kind.INBOX:
        return parts, replace(parts, department=replace(department, handles={}), resources={})
    for item, wire in department.handles.items():
        if "way" in wire and dict(wire) != {"way": INBOX_WAY}:
            raise Misconfigured(
                f'{department.code} [handles.{item}]: way = "inbox" stands alone; take out way or the rest.'
            )
    for code, resource in parts.resources.items():
        if resource.way and (resource.wire or resource.lists):
            raise Misconfigured(f"[resources.{code}]: what a person answers has neither wire nor lists; take them out.")
    inbox_items = {item: wire for item, wire in department.handles.items() if department.takes_at_inbox(item)}
    wired_items = {item: wire for item, wire in department.handles.items() if item not in inbox_items}
    return (
        replace(
            parts,
            department=replace(department, handles=wired_items),
            resources={code: found for code, found in parts.resources.items() if not found.way},
        ),
        replace(
            parts,
            department=replace(department, handles=inbox_items),
            resources={code: found for code, found in parts.resources.items() if found.way},
        ),
    )


def _registered(parts: _Parts) -> tuple[_Parts, _Parts]:
    """What the hub's own registry answers for the department, and all else."""
    ours = {code: found for code, found in parts.resources.items() if found.way == REGISTRY_WAY}
    rest = {code: found for code, found in parts.resources.items() if code not in ours}
    return replace(parts, resources=ours), replace(parts, resources=rest)


def _with_registry(built: Connected, parts: _Parts) -> Connected:
    from adapters.kinds.registry import with_registry

    return with_registry(built, parts.resources, parts.documents, parts.ports.registry) if parts.resources else built


def _with_inbox(built: Connected, parts: _Parts) -> Connected:
    from adapters.kinds.inbox import AnswersEitherWay, HandlesEitherWay

    inbox, answers, handles = _inbox(parts), built.answers, built.handles
    if inbox.answers is not None:
        answers = AnswersEitherWay(parts.resources, inbox.answers, answers)
    if inbox.handles is not None:
        handles = HandlesEitherWay(parts.department.handles, inbox.handles, handles)
    return replace(built, answers=answers, handles=handles)


def _by_hand(parts: _Parts) -> ByHand | None:
    from adapters.kinds.inbox import InboxAnswers, InboxHandles

    rule, store = parts.department.fallback, parts.ports.inbox
    if rule is None or store is None:
        return None
    return ByHand(rule, InboxAnswers(store), InboxHandles(parts.department.code, store))


def _documents(department: Department) -> Documents:
    wire = Settings(department.wire, f"{department.code} [wire]")
    pins = {name: str(digest) for name, digest in wire.inner("documents").table.items()}
    return Documents(department.code, Path(department.folder), pins, wire.inner("code_lists").table)


def _line(parts: _Parts) -> Line:
    department, connection = parts.department, parts.connection
    if not connection.address.startswith(("http://", "https://")):
        raise Misconfigured(f"{department.code}: its address is not set; give it as http:// or https://.")
    wire = Settings(department.wire, f"{department.code} [wire]")
    breaker = wire.inner("breaker")
    guard = Guard(
        connection.address,
        load=load_of(wire, department.max_in_flight, parts.ports.share, parts.ports.before),
        ca=connection.ca,
        shows=_identity(department, connection),
        breaker_threshold=int(breaker.number("failures", 5)),
        breaker_rest_seconds=breaker.number("rest_seconds", 20),
        traceparent=parts.ports.traceparent,
        reached=parts.ports.reached,
        through=parts.ports.through,
    )
    return Line(
        department,
        parts.documents,
        guard,
        connection.secrets,
        parts.ports.clock,
        connection.certificate,
        connection.key,
        _token_line(parts),
        connection.expires,
        Path(connection.options["answer_trust"]) if connection.options.get("answer_trust") else None,
    )


def _token_line(parts: _Parts) -> Guard | None:
    """Many regions have one place that gives tokens for all: its address is the option `token_address` of a connection."""
    address = parts.connection.options.get("token_address", "")
    if not address:
        return None
    if not address.startswith(("http://", "https://")):
        raise Misconfigured(f"{parts.department.code}: token_address must begin with http:// or https://.")
    return Guard(address, ca=parts.connection.ca, through=parts.ports.through)


def _identity(department: Department, connection: Connection) -> Identity | None:
    if connection.certificate is None and connection.key is None:
        return None
    if connection.certificate is None or connection.key is None:
        raise Misconfigured(f"{department.code}: certificate and key of its connection go together; set both.")
    return Identity(connection.certificate, connection.key, connection.secrets.get("key_password", ""))


def _rest(parts: _Parts) -> Connected:
    from adapters.kinds.rest import RestAnswers, RestHandles
    from adapters.kinds.rest_check import rest_check, rest_compare, rest_proof_of

    line = _line(parts)
    answers = RestAnswers(line, parts.resources) if parts.resources else None
    handles = RestHandles(line) if parts.department.handles else None
    return Connected(
        parts.department,
        answers=answers,
        handles=handles,
        breaker=line.guard.breaker,
        load=line.guard.load,
        checks=(document_check(parts.documents), rest_check(line, answers, handles), reach_check(line)),
        compares=(rest_compare(line, answers, handles),),
        proofs=(rest_proof_of(line, answers, handles),),
        closes=(line.close,),
    )


def _soap(parts: _Parts) -> Connected:
    from adapters.kinds.soap import SoapAnswers, SoapHandles
    from adapters.kinds.soap_check import SoapCalls
    from adapters.kinds.soap_line import SoapLine
    from adapters.kinds.soap_probe import soap_proof

    line = _line(parts)
    soap = SoapLine(line)
    answers = SoapAnswers(soap, parts.resources) if parts.resources else None
    handles = SoapHandles(soap) if parts.department.handles else None
    calls = SoapCalls(soap, answers, handles)
    return Connected(
        parts.department,
        answers=answers,
        handles=handles,
        breaker=line.guard.breaker,
        load=line.guard.load,
        checks=(document_check(parts.documents), calls.check, reach_check(line)),
        compares=(calls.compare,),
        proofs=(soap_proof(soap, calls.each),),
        closes=(line.close,),
        against_papers=calls.against_papers,
    )


def _inbox(parts: _Parts) -> Connected:
    from adapters.kinds.inbox import InboxAnswers, InboxHandles

    store = parts.ports.inbox
    if store is None:
        raise Misconfigured(f"{parts.department.code}: what goes to the inbox needs the hub's inbox store; wire it in.")
    return Connected(
        parts.department,
        answers=InboxAnswers(store) if parts.resources else None,
        handles=InboxHandles(parts.department.code, store) if parts.department.handles else None,
    )


def _filedrop(parts: _Parts) -> Connected:
    from adapters.kinds.drop_probe import drop_proof
    from adapters.kinds.dropout import FileHandles
    from adapters.kinds.dropplaces import drop_places
    from adapters.kinds.dropreports import FileReports
    from adapters.kinds.filedrop import FileDrop

    department, documents, clock = parts.department, parts.documents, parts.ports.clock
    places = drop_places(department.code, parts.connection, parts.ports, department.max_in_flight)
    reached = parts.ports.reached or (lambda _: None)
    handles = FileHandles(department, documents, places, clock, reached) if department.handles else None
    reports = FileReports(department, documents, places) if "reports" in department.wire else None
    drop = FileDrop(
        department,
        parts.resources,
        documents,
        places,
        parts.ports.on_batch,
        clock,
        reached=parts.ports.reached,
        reports=reports,
    )
    return Connected(
        department,
        answers=drop if parts.resources else None,
        handles=handles,
        collects=drop,
        polls=reports,
        checks=(document_check(documents), drop.check, *((handles.check,) if handles else ())),
        proofs=(drop_proof(department.code, places),),
        closes=(drop.close,),
        fresh_on=drop.fresh_on if "files" in department.wire else None,
        aside=drop.aside,
        awaited=drop.awaited,
    )


def _frontdb(parts: _Parts) -> Connected:
    from adapters.kinds.frontdb import FrontAnswers, FrontHandles
    from adapters.kinds.frontdb_check import front_check, front_compare, front_proof
    from adapters.kinds.frontdb_line import Database, Front, database_url
    from adapters.kinds.frontdb_reports import FrontReports

    department, connection = parts.department, parts.connection
    settings = Settings(department.wire, f"{department.code} [wire]")
    database = Database(
        database_url(connection.address, connection.secrets, department.code),
        ca=connection.ca,
        schema=settings.text("schema", ""),
        load=load_of(settings, department.max_in_flight, parts.ports.share, parts.ports.before),
        connect_seconds=settings.number("connect_timeout_seconds", 5.0),
        breaker=_breaker(settings),
        reached=parts.ports.reached,
    )
    front = Front(department, parts.documents, database, parts.ports.clock)
    answers = FrontAnswers(front, parts.resources) if parts.resources else None
    handles = FrontHandles(front) if department.handles else None
    reports = FrontReports(front) if "reports" in department.wire else None
    return Connected(
        department,
        answers=answers,
        handles=handles,
        polls=reports,
        breaker=database.breaker,
        load=database.load,
        checks=(document_check(parts.documents), front_check(front, answers, handles, reports)),
        compares=(front_compare(front, answers),),
        proofs=(front_proof(front, answers, handles, reports),),
        closes=(database.close,),
    )


def _breaker(settings: Settings) -> Breaker:
    inner = settings.inner("breaker")
    return Breaker(int(inner.number("failures", 5)), inner.number("rest_seconds", 20), time.monotonic)


def _platform(parts: _Parts) -> Connected:
    from adapters.kinds.rest import RestAnswers
    from adapters.kinds.rest_check import rest_check, rest_compare, rest_proof_of
    from adapters.outside.platform import Platform

    if FRONT_DATABASE in parts.connection.options:
        return _platform_front(parts)
    line = _line(parts)
    answers = RestAnswers(line, parts.resources) if parts.resources else None
    return Connected(
        parts.department,
        answers=answers,
        receives=Platform(line, parts.connection.options),
        breaker=line.guard.breaker,
        load=line.guard.load,
        checks=(document_check(parts.documents), rest_check(line, answers, None), reach_check(line)),
        compares=(rest_compare(line, answers, None),),
        proofs=(rest_proof_of(line, answers, None),),
        closes=(line.close,),
    )


def _platform_front(parts: _Parts) -> Connected:
    """It is told through its front database; what it gives it still gives over HTTP, where the connection has an address."""
    from adapters.kinds.rest import RestAnswers
    from adapters.outside.platform_front import front_of

    connection = parts.connection
    url = connection.options[FRONT_DATABASE]
    front = front_of(parts.department, parts.documents, connection, url, parts.ports)
    line = _line(parts) if connection.address else None
    return Connected(
        parts.department,
        answers=RestAnswers(line, parts.resources) if line and parts.resources else None,
        receives=front,
        breaker=front.database.breaker,
        load=front.database.load,
        checks=(document_check(parts.documents), front.check, *((reach_check(line),) if line else ())),
        closes=(front.database.close, *((line.guard.close,) if line else ())),
    )


_BUILDERS: Mapping[Kind, Callable[[_Parts], Connected]] = {
    Kind.REST: _rest,
    Kind.SOAP: _soap,
    Kind.INBOX: _inbox,
    Kind.FILEDROP: _filedrop,
    Kind.FRONTDB: _frontdb,
    Kind.PLATFORM: _platform,
}
