"""What the hub and its adapters promise each other: four small protocols and the values they exchange. No wire is known here.

`Answers` shares data, `Handles` takes an item case, `Receives` takes a result; `Submits` is the far side calling our API.
A department that is down is a value (`Unavailable`), a bug is an exception (docs/design.md §3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from catalog.types import Resource


class AdapterError(Exception):
    """Root of this package's errors. `code` is stable; `retryable` says whether the same call may succeed later."""

    code = "ADAPTER"
    retryable = False

    def __init__(self, message: str, *, retryable: bool | None = None) -> None:
        super().__init__(message)
        if retryable is not None:
            self.retryable = retryable


class Misconfigured(AdapterError):
    """A department's folder or connection settings cannot work; the message names the file and the mend."""

    code = "ADAPTER_MISCONFIGURED"


class PeerUnreachable(AdapterError):
    """No usable answer to something sent out: it may or may not have arrived. Send again with the same key."""

    code = "PEER_UNREACHABLE"
    retryable = True

    def __init__(self, message: str, *, down: bool = False) -> None:
        """`down`: nothing of theirs came back, so their system, or the way there, is down."""
        super().__init__(message)
        self.down = down


class PeerRefused(AdapterError):
    """The far side answered that it will not take this; a person must look."""

    code = "PEER_REFUSED"


# --- Answers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Query:
    """One question to a department. `request_id` is the id of the durable intent record and must be put on the wire."""

    request_id: str
    resource: Resource
    subject: Mapping[str, str] = field(repr=False)
    fields: tuple[str, ...]
    case_no: str
    item: str
    purpose: str
    handler: str
    requester: str
    timeout_seconds: float
    choice: str = field(default="", repr=False)
    instead_of: str = ""
    """Put to a person since the wire did not answer, for this reason."""


class Why(StrEnum):
    """Reasons of `Unavailable`."""

    REFUSED_CONNECTION = "refused_connection"
    UNTRUSTED = "untrusted"
    """No encrypted connection that could be trusted: a certificate that nobody vouches for, expired, or of another name."""
    TIMEOUT = "timeout"
    BROKEN_OFF = "broken_off"
    SERVER_ERROR = "server_error"
    BUSY = "busy"
    BREAKER_OPEN = "breaker_open"
    NO_REPLICA = "no_replica"
    TOO_OLD = "too_old"
    LOST = "lost"
    WITHDRAWN = "withdrawn"
    """The department offers this no longer: a case goes on with the catalog it began with, the wire is today's."""
    SUPERSEDED = "superseded"
    """A person was asked while the wire was down, and the wire, back again, answered first."""


@dataclass(frozen=True)
class Raw:
    """The answer as it came, kept as evidence."""

    body: bytes = field(repr=False)
    media_type: str


@dataclass(frozen=True)
class Document:
    """A whole certificate or file that came with the answer."""

    name: str = field(repr=False)
    media_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Certificate:
    """Which certificate of the hub's registry an answer comes from. `trust` is its grade, empty for what was issued here; `checked`
    whether a clerk compared it with the original."""

    identifier: str
    type_name: str
    number: str
    issuer: str
    trust: str
    checked: bool


Rows = tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Found:
    """One subject matched. `values` are canonical text by dictionary name; `lists` are nested rows; `precision` holds
    "month" or "year" for dates known no better; `withheld` was cut by the provider, `missing` was not in the answer."""

    values: Mapping[str, str] = field(repr=False)
    raw: Raw
    lists: Mapping[str, Rows] = field(default_factory=dict, repr=False)
    precision: Mapping[str, str] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    as_of: datetime | None = None
    valid_to: date | None = None
    documents: tuple[Document, ...] = ()
    verified: bool | None = None
    certificate: Certificate | None = None
    """Of an answer out of the hub's own registry."""


@dataclass(frozen=True)
class NotFound:
    """The department looked and has no record. The only outcome that may be shown as "no record"."""

    raw: Raw | None = None


@dataclass(frozen=True)
class Candidate:
    """One of several matches; `choice` goes back in `Query.choice`."""

    choice: str = field(repr=False)
    label: str = field(repr=False)


@dataclass(frozen=True)
class Ambiguous:
    candidates: tuple[Candidate, ...]
    raw: Raw | None = None


@dataclass(frozen=True)
class Denied:
    """The department (or our own policy) does not permit the question."""

    reason: str
    raw: Raw | None = None


@dataclass(frozen=True)
class Unavailable:
    reason: Why


@dataclass(frozen=True)
class Unusable:
    """An answer came that cannot be used: which field, where in the answer, which rule it broke. Never its value."""

    field: str
    path: str
    rule: str
    raw: Raw | None = None


@dataclass(frozen=True)
class Pending:
    """A person, or a slow system, will answer: `ticket` names the open question, `by` when it is due."""

    ticket: str
    by: datetime


Outcome = Found | NotFound | Ambiguous | Denied | Unavailable | Unusable | Pending

RESULT_WORDS: Mapping[type, str] = {
    Found: "found",
    NotFound: "not_found",
    Ambiguous: "ambiguous",
    Denied: "denied",
    Unavailable: "unavailable",
    Unusable: "unusable",
    Pending: "pending",
}


class Answers(Protocol):
    async def answer(self, query: Query) -> Outcome:
        """Ask once. Never raises for anything the department did or did not do; raises only for our own bugs."""


DEFERRED = "deferred:"
"""Begins the ticket of a question that a system, not a person, answers later: such tickets are no inbox's."""


@runtime_checkable
class AnswersLater(Protocol):
    """A department whose system may answer `Pending`, and is then asked again by the ticket."""

    async def answer_later(self, query: Query, ticket: str) -> Outcome:
        """Ask once more for the same question, under the same request number. Pending: not yet. Raises as `Answers.answer`."""


# --- Handles ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attachment:
    """A material as handed over: exempt materials carry the evidence's digest and trust grade.

    `status` is `deferred` or `promised` for one that was not handed in; `due_on` (ISO) is the day by which a deferred one comes."""

    code: str
    name: str
    trust: str
    sha256: str = ""
    media_type: str = ""
    body: bytes = field(default=b"", repr=False)
    status: str = ""
    due_on: str = ""


@dataclass(frozen=True)
class LookedUp:
    """A look-up on a verification sheet. `answer` is found, no_record or not_checked, `title` the same in words; `values` are those
    that the grant covers, in words; `record` is the number of the sharing log's record."""

    item: str
    item_title: str
    department: str
    resource: str
    answer: str
    title: str
    at: datetime | None
    record: int | None
    values: str = field(repr=False)


@dataclass(frozen=True)
class Handover:
    """An item case on its way to its department. `key` is the same at each try. `correction` marks an item case that the
    department already has and that comes again after 补正, under a new key. `marks` says of a value where it came from, in words;
    `supplement` is the code of a deferred material that comes after its item case, alone.

    With `look_ups` it is no item case but a verification sheet 核验结果单: `item` is the matter's code, the sheet itself the one
    attachment, and the department only takes it."""

    key: str
    case_no: str
    item_no: str
    item: str
    item_title: str
    pre_review: bool
    promised_workdays: int
    form: Mapping[str, str] = field(repr=False)
    titles: Mapping[str, str]
    attachments: tuple[Attachment, ...] = ()
    handler: str = ""
    correction: bool = False
    marks: Mapping[str, str] = field(default_factory=dict)
    supplement: str = ""
    look_ups: tuple[LookedUp, ...] = ()


@dataclass(frozen=True)
class Taken:
    """The department's receipt; `department_no` is its own number for the item case."""

    department_no: str
    at: datetime | None = None
    again: bool = False


@dataclass(frozen=True)
class Stop:
    """Withdrawal or termination told to a department (seed 000 二(四) third paragraph)."""

    key: str
    item_no: str
    department_no: str
    reason: str
    item: str = ""


@dataclass(frozen=True)
class UpstreamResult:
    """A result that a waiting item needs, pushed to its department."""

    key: str
    item_no: str
    department_no: str
    upstream_item: str
    title: str
    identifier: str
    document: Attachment | None
    decided_at: datetime
    item: str = ""


class Handles(Protocol):
    """Each call is sent at least once with the same key; the far side's effect must be one.

    Raises PeerUnreachable (retry), PeerRefused (a person must look)."""

    async def hand_over(self, handover: Handover) -> Taken: ...

    async def stop(self, stop: Stop) -> None: ...

    async def supply(self, result: UpstreamResult) -> None: ...


# --- Receives ---------------------------------------------------------------------------------------------------------


PUSH_WORDS: Mapping[str, tuple[str, ...]] = {
    "*": (
        "matter",
        "matter_title",
        "item",
        "item_title",
        "department",
        "department_name",
        "department_uscc",
        "handler",
        "region",
    ),
    "up_pro_accept": (
        "applicant_name",
        "applicant_code",
        "applicant_kind",
        "accepted_at",
        "promised_workdays",
        "channel",
        "basic_code",
        "task_code",
    ),
    "up_pro_process": ("step", "step_title", "outcome", "started_at", "ended_at"),
    "up_pro_result": (
        "result",
        "result_title",
        "decided_at",
        "decision_no",
        "certificate_number",
        "certificate_identifier",
    ),
    "up_pro_special_procedure": ("special_kind", "special_name", "action", "reason", "at"),
    "up_pro_material": ("materials", "material_count", "exempted_count"),
    "up_lic_data": (
        "certificate_identifier",
        "certificate_number",
        "certificate_name",
        "certificate_type",
        "holder_name",
        "holder_code",
        "holder_code_type",
        "authority_name",
        "authority_code",
        "issued_on",
        "valid_from",
        "valid_to",
        "certificate_sha256",
    ),
}
"""Words of `Push.values` by table ("*": in every one). `result` is approved, completed, denied, refused, withdrawn or terminated;
`outcome` is pass, return or other; `materials` is JSON: a list of {code, name, status, trust}."""


@dataclass(frozen=True)
class Push:
    """Something told to the platform. `table` is the national front-database table (up_pro_accept, up_pro_process,
    up_pro_result, up_pro_special_procedure, up_pro_material, up_lic_data); `values` use PUSH_WORDS, the adapter maps them."""

    key: str
    table: str
    case_no: str
    item_no: str
    at: datetime
    values: Mapping[str, str] = field(repr=False)


class Receives(Protocol):
    """Raises PeerUnreachable, PeerRefused. Where the far side is not idempotent, `receive` looks before it sends again."""

    async def receive(self, push: Push) -> Taken: ...


@dataclass(frozen=True)
class Message:
    """A short message to an applicant, sent through the SMS gateway."""

    key: str
    phone: str = field(repr=False)
    text: str = field(repr=False)


class Tells(Protocol):
    async def tell(self, message: Message) -> Taken: ...


# --- the inbox, a port whose store the hub wires in --------------------------------------------------------------------


class InboxStore(Protocol):
    """Where questions and item cases wait for a person of a department without a system (seed 000 二(二)2). Synchronous, called in a thread."""

    def open_question(self, query: Query) -> tuple[str, datetime]:
        """Durably note the question once per request id; gives (ticket, due)."""

    def open_handover(self, department: str, handover: Handover) -> str:
        """Durably note the item case once per key; gives the inbox number."""

    def note_stop(self, department: str, stop: Stop) -> None: ...

    def note_upstream(self, department: str, result: UpstreamResult) -> None: ...


# --- the hub's own registry ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """A certificate that somebody has, in its latest version. `record` is what it says, by the tags of GB/T 36903 (docs/e-certificates.md);
    `fault` is empty while it holds, else why not: certificate_suspended, certificate_expired, certificate_ended, certificate_not_yet."""

    certificate: Certificate
    record: Mapping[str, str] = field(repr=False)
    fault: str
    valid_to: date | None
    document: Document | None = None


class CertificateStore(Protocol):
    """The registry 证照库 as a source. Synchronous, called in a thread."""

    def held(self, type_code: str, holder: str) -> tuple[Held, ...]:
        """Every certificate of this type whose holder has this ID number or credit code, the newest first; none of another's."""


# --- file drop --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Batch:
    """A bulk file taken in. Its record in the sharing log must be durable before its rows may answer."""

    department: str
    resource: str
    file_sha256: str
    rows: int
    rejected: int
    produced_on: date
    size: int


@dataclass(frozen=True)
class Collected:
    """What one round of taking in files did. `held` are sentences for the operator: files set aside, refused or odd."""

    batches: tuple[Batch, ...] = ()
    held: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeldFile:
    """A bulk file that is not taken in until a person has looked at it, and why."""

    name: str
    sha256: str
    why: str
    held_at: datetime


class Collects(Protocol):
    """A department that drops files. Synchronous: call it in a thread, from a tick."""

    def collect(self) -> Collected:
        """Takes in every complete file that waits. Never raises for what lies in the folder."""

    def held_files(self) -> tuple[HeldFile, ...]:
        """Those that wait for a person's word, whichever node took them."""

    def accept(self, name: str) -> None:
        """It is taken in at the next round. Raises Misconfigured where no such file is held."""

    def turn_down(self, name: str) -> None:
        """It is not taken in; the department is told to send another. Raises Misconfigured as above."""


# --- reports that are fetched -----------------------------------------------------------------------------------------


REPORT_STEPS = ("accept", "refuse", "correction", "pre_review", "suspend", "resume", "approve", "deny")
"""What a department may say of an item case."""


@dataclass(frozen=True)
class Waiting:
    """A report that lies in a department's front database or report file and is not marked read. `key` is the department's own, of that row."""

    key: str
    item_no: str


@dataclass(frozen=True)
class FetchedReport:
    """What a department says of an item case, in a row of its own. `step` is one of REPORT_STEPS; `defects` are what is to be
    corrected and why; `results` the facts that an approval carries."""

    key: str
    item_no: str
    step: str
    reason: str = field(default="", repr=False)
    department_no: str = ""
    decision_no: str = ""
    special_kind: str = ""
    special_name: str = ""
    defects: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    results: Mapping[str, str] = field(default_factory=dict, repr=False)


class Polls(Protocol):
    """A department that calls nobody: it writes its results into a table or a file, and we look there.

    A report is marked read only after it was applied. Each raises PeerUnreachable (later), PeerRefused (a person must look)."""

    async def unread(self, skip: int = 0) -> tuple[Waiting, ...]:
        """The reports that wait, in the order in which they were written, `page` at a time."""

    async def fetch(self, key: str) -> FetchedReport | None:
        """The report, or None where it is no longer there or was marked read. PeerRefused: it cannot be understood."""

    async def mark_read(self, key: str) -> None:
        """Once or often: the effect is one."""

    @property
    def page(self) -> int: ...
