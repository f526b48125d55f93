"""What a door may show of a case: frozen values, already masked, titled and dated. They carry no rule and no session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class Option:
    code: str
    title: str


@dataclass(frozen=True)
class MatterCard:
    """A matter on the counter's list. `words` are what people also find it by: other names of it and its items, each department in it."""

    code: str
    title: str
    lead: str
    items: tuple[str, ...]
    workdays: int
    proposed: bool
    sequence: int = 0
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class ItemChoice:
    code: str
    title: str
    department: str
    chosen: bool
    optional: bool
    waits_for: tuple[str, ...]
    promised_workdays: int
    change_note: str
    proposed: bool


@dataclass(frozen=True)
class QuestionView:
    key: str
    title: str
    answers: tuple[Option, ...]
    answer: str


@dataclass(frozen=True)
class RoleView:
    """A role of the matter that a clerk proves or the hub reaches."""

    code: str
    title: str
    kind: str
    required: bool
    identifier: str
    proofs: tuple[Option, ...]
    reached: bool


@dataclass(frozen=True)
class ToBring:
    """A material that the chosen items need, once for all of them. A department (`supplied_by`) or an earlier item (`result_of`) may stand in."""

    code: str
    name: str
    items: tuple[str, ...]
    copies: int
    size: str
    supplied_by: str
    result_of: str
    deferrable: bool
    promise_allowed: bool
    format: str
    source: str
    standard: str
    notes: str


@dataclass(frozen=True)
class NeededView:
    """What an applicant brings and tells: materials, fields of the form (`filled` by departments, `typed` by hand), promised working days."""

    materials: tuple[ToBring, ...]
    fields: int
    filled: int
    typed: int
    workdays: int


@dataclass(frozen=True)
class OpeningView:
    """The page on which a clerk opens a case."""

    code: str
    title: str
    questions: tuple[QuestionView, ...]
    items: tuple[ItemChoice, ...]
    roles: tuple[RoleView, ...]
    together: tuple[tuple[str, ...], ...]
    deliveries: tuple[Option, ...] = ()
    """Empty where no item gives anything to deliver."""
    needed: NeededView = NeededView((), 0, 0, 0, 0)


@dataclass(frozen=True)
class CaseRow:
    """A line of a work list."""

    id: str
    case_no: str
    matter: str
    applicant: str
    state: str
    state_title: str
    created_at: datetime
    due_on: date | None
    provisional: bool
    overdue: bool
    waiting_on: str
    handler: str
    paused: bool = False
    """Every open item with a running clock stands still in a special procedure."""


@dataclass(frozen=True)
class ProvenanceView:
    department: str
    resource: str
    fetched_at: datetime
    as_of: datetime | None
    trust: str
    verified: bool | None
    log_seq: int
    precision: str
    certificate: str = ""  # of a value out of the registry: which certificate, its number and who issued it


@dataclass(frozen=True)
class AlternativeView:
    which: str
    value: str
    provenance: ProvenanceView | None


@dataclass(frozen=True)
class OverrideView:
    old: str
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class FieldView:
    """A field as the clerk sees it. `status`: waiting, auto, confirmed, conflict, manual, overridden, empty."""

    key: str
    title: str
    type: str
    value: str
    shown: str
    status: str
    status_title: str
    locked: bool
    required: bool
    hint: str
    unit: str
    options: tuple[Option, ...]
    used_by: tuple[str, ...]
    provenance: ProvenanceView | None
    alternatives: tuple[AlternativeView, ...]
    override: OverrideView | None
    mistake: str = ""
    example: str = ""
    """A value as it might be typed, plainly made up."""


@dataclass(frozen=True)
class GroupView:
    code: str
    title: str
    fields: tuple[FieldView, ...]


@dataclass(frozen=True)
class CandidateView:
    number: int
    label: str


@dataclass(frozen=True)
class QueryView:
    """A question to a department and the ways on from its outcome."""

    id: str
    department: str
    resource: str
    state: str
    outcome: str
    sentence: str
    tone: str  # "good" | "wait" | "warn" | "bad" | "none"
    ways: tuple[Option, ...]
    candidates: tuple[CandidateView, ...]
    fields: tuple[str, ...]
    tries: int
    milliseconds: int | None
    log_seq: int | None
    round: int
    about: str = ""
    """The role's title of whom was asked about."""
    settled: str = ""
    """Who went on without the answer, or asked again, and why."""
    by_hand: str = ""
    """Since when persons of the department answer in its system's stead; empty where the system is asked."""
    own: bool = False
    """Whether the hub's own registry answered: no department was asked."""


@dataclass(frozen=True)
class MaterialView:
    code: str
    name: str
    status: str  # "exempt" | "uploaded" | "deferred" | "promised" | "missing" | "waiting" | "upstream" | "no_record" | "not_checked"
    status_title: str
    trust: str
    items: tuple[str, ...]
    supplied_by: str
    standard: str
    copies: int
    deferrable: bool
    promise_allowed: bool
    has_file: bool
    due_on: date | None
    log_seq: int | None


@dataclass(frozen=True)
class ItemView:
    code: str
    item_no: str
    title: str
    department: str
    state: str
    state_title: str
    waits_for: tuple[str, ...]
    promised_workdays: int
    accepted_at: datetime | None
    due_on: date | None
    provisional: bool
    paused: str
    decided_at: datetime | None
    reason: str
    certificate: str
    department_no: str
    service: bool = False
    """A service request: it is taken and done, neither accepted nor decided."""
    answer: str = ""
    """Of an item that was asked, not decided: found, no_record, not_checked or not_gathered."""
    note: str = ""
    """What it waits for, or what is to be paid and where, in words that the applicant may read."""
    document_no: str = ""
    """Number of a result that its department issues itself."""
    issuer: str = ""
    """Of a result that its department issued: who, whether its signature was verified, and its grade."""
    readable: bool = True
    """Whether the certificate is in our own format, which a page can show."""
    files: tuple[tuple[str, str], ...] = ()
    registered: str = ""
    """Kind and title of each file that shows the certificate (OFD, PDF, picture); its entry in the registry."""


@dataclass(frozen=True)
class NoticeView:
    id: str
    kind: str
    title: str
    number: str
    item: str
    issued_at: datetime
    prints: int


@dataclass(frozen=True)
class EventView:
    no: int
    at: datetime
    title: str
    actor: str
    detail: str


@dataclass(frozen=True)
class PartyView:
    role: str
    title: str
    kind: str
    name: str
    identifier: str
    proof: str
    proven_at: datetime | None
    reached: bool


@dataclass(frozen=True)
class StageView:
    """One mark of the stepper: 受理 etc. `position`: done, current, next."""

    title: str
    position: str


@dataclass(frozen=True)
class Action:
    """A button. `needs` names what must come with it: "reason", "promise", "defects"."""

    code: str
    title: str
    primary: bool
    enabled: bool
    why_not: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseView:
    id: str
    case_no: str
    matter: str
    state: str
    state_title: str
    created_at: datetime
    received_at: datetime | None
    handler: str
    catalog_digest: str
    feed_no: int
    stages: tuple[StageView, ...]
    parties: tuple[PartyView, ...]
    groups: tuple[GroupView, ...]
    queries: tuple[QueryView, ...]
    materials: tuple[MaterialView, ...]
    items: tuple[ItemView, ...]
    notices: tuple[NoticeView, ...]
    events: tuple[EventView, ...]
    actions: tuple[Action, ...]
    counts: Mapping[str, int] = field(
        default_factory=dict
    )  # fields_total, fields_prefilled, materials_total, materials_exempted, conflicts, open_queries
    warnings: tuple[str, ...] = ()
    """What makes the case doubtful though nothing is missing: a revoked firm, a card that ran out."""


@dataclass(frozen=True)
class InboxRow:
    id: str
    kind: str  # question | handover | stop | upstream
    number: str
    title: str
    case_no: str
    opened_at: datetime
    due_at: datetime | None
    overdue: bool
    state: str
    state_title: str


@dataclass(frozen=True)
class AnswerTable:
    """Rows that a question asks for; a cell's key is `<code>[<row>].<column's key>`."""

    code: str
    title: str
    columns: tuple[FieldView, ...]
    rows: int


@dataclass(frozen=True)
class InboxView:
    """One entry of a department's inbox. `form` are (title, value) pairs, `marks` where each value came from, in the same order.

    `answers` are the fields that a question asks for, `wanted` the item's materials to tick for a correction, `open_papers` sentences about
    materials that are deferred still, `notice` what to know of an entry that stands in for the department's system while that is down."""

    row: InboxRow
    item_no: str
    department: str
    form: tuple[tuple[str, str], ...]
    materials: tuple[MaterialView, ...]
    answers: tuple[FieldView, ...]
    upstream: tuple[tuple[str, str], ...]
    actions: tuple[Action, ...]
    item: ItemView | None
    marks: tuple[str, ...] = ()
    wanted: tuple[Option, ...] = ()
    open_papers: tuple[str, ...] = ()
    tables: tuple[AnswerTable, ...] = ()
    notice: str = ""
