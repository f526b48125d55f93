"""Plays a department from the samples in its folder: each resource is asked through its real adapter, and its sample is the answer.

It opens no connection and asks nobody: what is tried is the mapping. `simulators/papers.py` is the same as a server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from adapters.connect import Connected, Connection, Ports, connect
from adapters.contract import (
    Batch,
    Handover,
    Held,
    Misconfigured,
    NotFound,
    Query,
    Raw,
    Stop,
    Unavailable,
    Unusable,
    UpstreamResult,
    Why,
)
from adapters.kinds import frontdb_sample
from adapters.kinds.identifiers import is_id_number, is_uscc
from adapters.onboarding import fiction
from adapters.onboarding.about import said_at, whom
from adapters.onboarding.credentials import TOKEN, token_path
from adapters.onboarding.laying import file_of, lay, refused_rows
from adapters.onboarding.played import SAMPLES, Played
from adapters.proving.dropping import dropped
from adapters.proving.dropping import samples_of as dropped_samples
from adapters.proving.sampling import folder_of
from adapters.proving.stand_ins import stand_ins
from catalog.types import REGISTRY_WAY, Department, FieldDefinition, FieldType, Kind, Resource

ANSWER = ".answer"
"""`samples/<resource>.answer.json` (or `.xml`) is an answer to that resource, whole as it comes over the wire."""
MEDIA_TYPES = {".json": "application/json", ".xml": "text/xml"}
_SOAP_12, _HEAD = b"http://www.w3.org/2003/05/soap-envelope", 2_000
SECONDS = 10.0


@dataclass(frozen=True)
class Sample:
    """One answer of the folder."""

    name: str
    media_type: str
    body: bytes


def samples_of(department: Department, resources: Iterable[Resource]) -> Mapping[str, Sample]:
    """The answers in the folder, by code of the resource."""
    folder = Path(department.folder) / SAMPLES
    found: dict[str, Sample] = {}
    for resource in resources:
        for ending, media_type in MEDIA_TYPES.items():
            place = folder / f"{resource.code.partition('.')[2]}{ANSWER}{ending}"
            if place.is_file():
                found[resource.code] = _sample(place, media_type)
    return found


def _sample(place: Path, media_type: str) -> Sample:
    """An envelope of SOAP 1.2 goes under the type that its version wants."""
    body = place.read_bytes()
    return Sample(place.name, "application/soap+xml" if _SOAP_12 in body[:_HEAD] else media_type, body)


async def play(
    department: Department,
    resources: Iterable[Resource],
    dictionary: Mapping[str, FieldDefinition],
    clock: Callable[[], datetime],
) -> tuple[Played, ...]:
    """Every resource that goes over the wire. Raises Misconfigured as `connect` does."""
    own = [one for one in resources if one.department == department.code and not one.way]
    if department.kind in (Kind.SOAP, Kind.REST, Kind.PLATFORM):
        return await _over_http(department, own, dictionary, clock)
    if department.kind is Kind.FILEDROP:
        return await _from_files(department, own, dictionary, clock)
    if department.kind is Kind.FRONTDB:
        return await _from_tables(department, own, dictionary, clock)
    return ()


async def _over_http(
    department: Department,
    resources: list[Resource],
    dictionary: Mapping[str, FieldDefinition],
    clock: Callable[[], datetime],
) -> tuple[Played, ...]:
    samples = samples_of(department, resources)
    stage = _Stage(token_path(department))
    connection = Connection("http://rehearsal.invalid", stand_ins(department, resources))
    connected = connect(department, resources, connection, Ports(clock, inbox=NoInbox(), through=stage.through))
    played = []
    try:
        for resource in resources:
            stage.sample = samples.get(resource.code)
            played.append(await _asked(connected, resource, stage.sample, dictionary))
    finally:
        await connected.close()
    return tuple(played)


async def over_the_wire(
    connected: Connected,
    department: Department,
    resources: Iterable[Resource],
    dictionary: Mapping[str, FieldDefinition],
) -> tuple[Played, ...]:
    """The same against a server that plays the department, or against a replica that took its files in. Of each resource that was not asked
    it is said why: an answer that nobody asked for proves nothing."""
    samples, played = samples_of(department, resources), []
    with_rows = _with_rows(department, resources) if department.kind is Kind.FRONTDB else []
    for one in resources:
        if one.way:
            who = "the hub's own registry" if one.way == REGISTRY_WAY else "a person"
            played.append(Played(one, "", why_not=f"{who} answers it"))
        elif department.kind in (Kind.FILEDROP, Kind.FRONTDB) and not one.subject:
            played.append(Played(one, "", why_not="nobody said which facts it is asked with (subject, match)"))
        elif department.kind is Kind.FILEDROP:
            played.append(await _of_replica(connected, one, dictionary))
        elif department.kind is Kind.FRONTDB and one not in with_rows:
            played.append(Played(one, "", why_not=f"no samples/<resource>{frontdb_sample.ROWS}"))
        elif department.kind is Kind.FRONTDB:
            played.append(await _of_rows(connected, one, dictionary))
        elif one.code not in samples:
            played.append(Played(one, "", why_not=f"no samples/<resource>{ANSWER}.json or .xml"))
        else:
            played.append(await _asked(connected, one, samples[one.code], dictionary))
    return tuple(played)


async def _asked(
    connected: Connected, resource: Resource, sample: Sample | None, dictionary: Mapping[str, FieldDefinition]
) -> Played:
    if sample is None or connected.answers is None:
        return Played(resource, "")
    query = question(resource, dictionary, sample)
    try:
        outcome = await connected.answers.answer(query)
    except Misconfigured as e:
        outcome = Unusable("", "", str(e))
    stands = ""
    if isinstance(outcome, Unusable) and outcome.rule == "unknown_result_code":
        stands = said_at(resource, Raw(sample.body, sample.media_type), outcome.path)
    return Played(resource, sample.name, outcome, "", query.subject, stands)


async def _of_replica(connected: Connected, resource: Resource, dictionary: Mapping[str, FieldDefinition]) -> Played:
    if connected.answers is None:
        return Played(resource, "")
    if _has_no_row(connected.department, resource):
        return Played(resource, "", why_not="no row in samples/ is one of those that its `where` keeps")
    outcome = await connected.answers.answer(_of_its_row(connected.department, resource, dictionary))
    if outcome == Unavailable(Why.NO_REPLICA):
        return Played(
            resource, "", why_not="no file of it was taken in: none lies in samples/ under the pattern of its name"
        )
    return Played(resource, file_of(connected.department, resource), outcome)


def question(resource: Resource, dictionary: Mapping[str, FieldDefinition], sample: Sample | None = None) -> Query:
    """About whom the sample is, as far as the mapping's `echo` finds that in it and a case could ask about it; else about nobody: the subject is plainly
    fictional."""
    subject = {name: fiction.subject(dictionary[name]) for name in resource.subject if name in dictionary}
    if sample is not None:
        said = whom(resource, sample.media_type, sample.body)
        # The hub asks about no number that breaks its rule: an answer about such a one would be refused later, in a case.
        subject |= {key: text for key, text in said.items() if key not in dictionary or _fits(dictionary[key], text)}
    fields = (*(field.name for field in resource.fields), *(rows.name for rows in resource.lists))
    words = ("REHEARSAL", "rehearsal", "示例事由", "示例经办人", "REHEARSAL")
    case_no, item, purpose, handler, requester = words
    return Query("REHEARSAL", resource, subject, fields, case_no, item, purpose, handler, requester, SECONDS)


def _fits(definition: FieldDefinition, text: str) -> bool:
    rule = {FieldType.ID_NUMBER: is_id_number, FieldType.USCC: is_uscc}.get(definition.type)
    return rule is None or rule(text.upper())


class _Stage:
    """Answers every request with the sample that is set, and the one for a token with a token."""

    def __init__(self, token_path: str) -> None:
        self.token_path = token_path
        self.sample: Sample | None = None

    def through(self, _: httpx2.AsyncBaseTransport) -> httpx2.AsyncBaseTransport:
        """Instead of the way to the socket."""
        return _Instead(self)


class _Instead(httpx2.AsyncBaseTransport):
    def __init__(self, stage: _Stage) -> None:
        self._stage = stage

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        stage = self._stage
        if stage.token_path and request.url.path.endswith(stage.token_path):
            return _response("application/json", TOKEN)
        return _response(stage.sample.media_type, stage.sample.body) if stage.sample else _response("text/plain", b"")


def _response(media_type: str, body: bytes) -> httpx2.Response:
    return httpx2.Response(200, headers={"Content-Type": media_type}, stream=httpx2.ByteStream(body))


# --- files ----------------------------------------------------------------------------------------------------------------


async def _from_files(
    department: Department,
    resources: list[Resource],
    dictionary: Mapping[str, FieldDefinition],
    clock: Callable[[], datetime],
) -> tuple[Played, ...]:
    """The sample files are dropped into a folder of their own, taken in, and asked about nobody."""
    folder = Path(department.folder) / SAMPLES
    files = sorted(path.name for path in folder.glob("*")) if folder.is_dir() else []
    if not files:
        return tuple(Played(resource, "") for resource in resources)
    with TemporaryDirectory(prefix="rehearsal-") as beside:
        drop, replicas = Path(beside) / "drop", Path(beside) / "replicas"
        lay(department, resources, drop)
        replicas.mkdir()
        taken: list[Batch] = []
        ports = Ports(clock, inbox=NoInbox(), on_batch=taken.append, replica_folder=replicas)
        connected = connect(department, resources, Connection(folder=drop), ports)
        try:
            collected = await asyncio.to_thread(connected.collects.collect) if connected.collects else None
            held = collected.held if collected else ()
            return tuple([await _in_file(connected, one, taken, held, dictionary) for one in resources])
        finally:
            await connected.close()


async def _in_file(
    connected: Connected,
    resource: Resource,
    taken: list[Batch],
    held: tuple[str, ...],
    dictionary: Mapping[str, FieldDefinition],
) -> Played:
    batch = next((one for one in taken if one.resource == resource.code), None)
    file = file_of(connected.department, resource)
    refused = refused_rows(connected.department, resource) if held or (batch and batch.rejected) else ""
    if held:
        return Played(resource, file, Unusable("", "", refused or "; ".join(held)))
    if batch is None or connected.answers is None:
        # Its file feeds another resource too: the batch is recorded once, under that one's name.
        return Played(resource, file if taken else "")
    if batch.rejected:
        broken = f"{batch.rejected} of {batch.rows} rows break the rules of their columns"
        return Played(resource, file, Unusable("", "", refused or broken))
    if not resource.subject:
        return Played(resource, file, NotFound())
    outcome = await connected.answers.answer(_of_its_row(connected.department, resource, dictionary))
    return Played(resource, file, outcome)


# --- tables ---------------------------------------------------------------------------------------------------------------


async def _from_tables(
    department: Department,
    resources: list[Resource],
    dictionary: Mapping[str, FieldDefinition],
    clock: Callable[[], datetime],
) -> tuple[Played, ...]:
    """The sample rows are laid into a database of their own; each resource that has some is asked about nobody."""
    asked = _with_rows(department, resources)
    if not asked:
        return ()
    with TemporaryDirectory(prefix="rehearsal-") as beside:
        url = frontdb_sample.lay_out(department, Path(department.folder) / SAMPLES, Path(beside) / "front.sqlite")
        connected = connect(replace(department, handles={}), resources, Connection(url), Ports(clock, inbox=NoInbox()))
        try:
            return tuple([await _of_rows(connected, one, dictionary) for one in asked])
        finally:
            await connected.close()


def _with_rows(department: Department, resources: Iterable[Resource]) -> list[Resource]:
    there = frontdb_sample.sampled(Path(department.folder) / SAMPLES)
    return [one for one in resources if one.subject and one.code.partition(".")[2] in there]


async def _of_rows(connected: Connected, resource: Resource, dictionary: Mapping[str, FieldDefinition]) -> Played:
    if connected.answers is None:
        return Played(resource, "")
    name = f"{resource.code.partition('.')[2]}{frontdb_sample.ROWS}"
    return Played(
        resource, name, await connected.answers.answer(_of_its_row(connected.department, resource, dictionary))
    )


def _of_its_row(department: Department, resource: Resource, dictionary: Mapping[str, FieldDefinition]) -> Query:
    """About whom the first sample row is, whatever stands in it; about nobody where none says so. A sample is as old as it is: only its
    mapping is tried."""
    query = question(replace(resource, max_age_days=None), dictionary)
    with suppress(Misconfigured, OSError):  # the check of the mapping says so
        return replace(query, subject={**query.subject, **_row_subject(department, resource)})
    return query


def _has_no_row(department: Department, resource: Resource) -> bool:
    with suppress(Misconfigured, OSError):  # the check of the mapping says so
        folder = folder_of(department, [resource])
        places = dropped_samples(folder, resource) if resource.wire.get("where") else []
        return bool(places) and not dropped(folder, resource, places[0], {}).subject
    return False


def _row_subject(department: Department, resource: Resource) -> Mapping[str, str]:
    if department.kind is Kind.FRONTDB:
        name = f"{resource.code.partition('.')[2]}{frontdb_sample.ROWS}"
        _, rows = frontdb_sample.rows_of(Path(department.folder) / SAMPLES / name)
        match = resource.wire.get("match")
        said = match.items() if isinstance(match, Mapping) else ()
        return {str(key): str(rows[0][column]) for column, key in said if rows[0].get(column)}
    folder = folder_of(department, [resource])
    places = dropped_samples(folder, resource)
    return dropped(folder, resource, places[0], {}).subject if places else {}


class NoRegistry:
    """Stands in for the hub's registry where nothing is asked."""

    def held(self, type_code: str, holder: str) -> tuple[Held, ...]:
        raise Misconfigured("A check asks nobody.")


class NoInbox:
    """Stands in for the hub's inbox where nothing is asked: no question ever reaches it."""

    def open_question(self, query: Query) -> tuple[str, datetime]:
        raise Misconfigured("A check asks nobody.")

    def open_handover(self, department: str, handover: Handover) -> str:
        raise Misconfigured("A check hands nothing over.")

    def note_stop(self, department: str, stop: Stop) -> None:
        raise Misconfigured("A check stops nothing.")

    def note_upstream(self, department: str, result: UpstreamResult) -> None:
        raise Misconfigured("A check tells nothing.")
