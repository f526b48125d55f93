"""Asks a department's folder with an answer that is already there: the whole kind and mapping, and no socket. It asks nobody.

Over HTTP the answer comes where the socket would be; of rows, they are read as if the table or the file had held them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from adapters.connect import connect
from adapters.connected import Connection, Ports
from adapters.contract import Misconfigured, Outcome, Query
from adapters.kinds.answers import AnswerReader
from adapters.kinds.documents import Documents
from adapters.kinds.frontdb_line import TableRow
from adapters.kinds.identifiers import is_id_number, is_uscc
from adapters.kinds.noticing import Looked, noticing
from adapters.kinds.paths import text_at
from adapters.kinds.settings import Settings
from adapters.kinds.tabular import rows_reader
from adapters.proving.stand_ins import stand_ins
from adapters.proving.transports import Answer, Request, Scripted
from catalog.types import REGISTRY_WAY, Department, Kind, Resource

OVER_HTTP = frozenset((Kind.SOAP, Kind.REST, Kind.PLATFORM))
OF_ROWS = frozenset((Kind.FRONTDB, Kind.FILEDROP))
CREDENTIALS = frozenset(("auth", "signing", "security"))
"""Keys of a wire that say how we prove who we are."""
SECRET_WORD = "sample"
SAMPLE_ID, SAMPLE_USCC = "411323199001019908", "91411323MA9YJ0024T"
Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True)
class Tried:
    """What the answer came to, how it was read (none where it could not be parsed), and what would have been sent."""

    outcome: Outcome
    looked: tuple[Looked, ...] = field(repr=False)
    requests: tuple[Request, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Folder:
    """A department as its folder says it is."""

    department: Department
    resources: Mapping[str, Resource]

    def resource(self, name: str) -> Resource:
        """By its name or its whole code. Raises Misconfigured."""
        code = name if "." in name else f"{self.department.code}.{name}"
        found = self.resources.get(code)
        if found is None:
            known = ", ".join(sorted(one.rpartition(".")[2] for one in self.resources)) or "none"
            raise Misconfigured(f"{self.department.code} answers no {name!r}; it answers: {known}.")
        if found.way or self.department.kind is Kind.INBOX:
            who = "the hub's own registry" if found.way == REGISTRY_WAY else "a person at the inbox"
            raise Misconfigured(f"{code} is answered by {who}: there is no answer of a wire to map.")
        return found

    @property
    def documents(self) -> Documents:
        wire = Settings(self.department.wire, f"{self.department.code} [wire]")
        pins = {name: str(digest) for name, digest in wire.inner("documents").table.items()}
        return Documents(self.department.code, Path(self.department.folder), pins, wire.inner("code_lists").table)


def folder_of(department: Department, resources: Iterable[Resource]) -> Folder:
    return Folder(department, {one.code: one for one in resources if one.department == department.code})


def question(resource: Resource, subject: Mapping[str, str], fields: tuple[str, ...] = (), **more: str) -> Query:
    """A made-up question for every field of the resource, unless some are named."""
    every = (*(one.name for one in resource.fields), *(one.name for one in resource.lists))
    return Query(
        request_id=more.get("request_id", "0193d0f0-0000-7000-8000-000000000001"),
        resource=resource,
        subject={key: subject.get(key) or sample_of(key) for key in resource.subject},
        fields=fields or every,
        case_no="990000-2026-000001",
        item="sample",
        purpose="示例用途",
        handler="sample-01",
        requester=SAMPLE_USCC,
        timeout_seconds=10.0,
        choice=more.get("choice", ""),
    )


def sample_of(key: str) -> str:
    """A value that a request may hold for a subject's key."""
    last = key.rpartition(".")[2]
    return SAMPLE_USCC if "uscc" in last else SAMPLE_ID if "id_number" in last else "示例"


async def of_answers(folder: Folder, query: Query, answers: Sequence[Answer], clock: datetime) -> Tried:
    """Raises Misconfigured."""
    script = Scripted(answers)
    ports = Ports(clock=lambda: clock, through=script.over)
    department, resource = without_credentials(folder.department, query.resource)
    secrets = stand_ins(department, [resource], SECRET_WORD)
    line = connect(department, [resource], Connection("http://sample.invalid", secrets), ports)
    try:
        assert line.answers is not None
        with noticing() as looked:
            outcome = await line.answers.answer(replace(query, resource=resource))
    finally:
        await line.close()
    return Tried(outcome, tuple(looked), tuple(script.requests))


def without_credentials(department: Department, resource: Resource) -> tuple[Department, Resource]:
    """The same, of this resource alone, with nothing to fetch or to sign by: what is sent is the same each time."""
    wire = {key: value for key, value in department.wire.items() if key not in CREDENTIALS}
    own = {key: value for key, value in resource.wire.items() if key not in CREDENTIALS}
    return replace(department, wire=wire, handles={}), replace(resource, wire=own)


def of_rows(folder: Folder, query: Query, rows: Rows) -> Tried:
    """Raises Misconfigured."""
    kept = [TableRow({name.upper(): value for name, value in row.items()}) for row in rows]
    found: Rows = kept if folder.department.kind is Kind.FRONTDB else rows
    with noticing() as looked:
        outcome = rows_reader(query.resource, folder.documents).outcome(found, query)
    return Tried(outcome, tuple(looked))


async def tried(folder: Folder, query: Query, answer: Answer | Rows, clock: datetime, asked: bool) -> Tried:
    """One answer, tried. Unless a subject was given (`asked`), the question is made to be about whom the answer is about."""
    if not isinstance(answer, Answer):
        return of_rows(folder, query, answer)
    first = await of_answers(folder, query, [answer], clock)
    if asked or not first.looked:
        return first
    return await of_answers(folder, _about(query, first.looked[0]), [answer], clock)


def _about(query: Query, looked: Looked) -> Query:
    reader = looked.reader
    if not isinstance(reader, AnswerReader):
        return query
    record = reader.record_of(looked.tree, query.choice)
    echoed = {key: text_at(record, way) for key, _, way in reader.echo}
    number = text_at(looked.tree, reader.number_way) if reader.request_echo else ""
    subject = {**query.subject, **{key: value for key, value in echoed.items() if value and _askable(key, value)}}
    return replace(query, subject=subject, request_id=number or query.request_id)


def _askable(key: str, value: str) -> bool:
    """A case asks about no number that breaks its rule, so that an answer about such a one is always refused."""
    last = key.rpartition(".")[2]
    rule = is_uscc if "uscc" in last else is_id_number if "id_number" in last else bool
    return rule(value.upper())
