"""Frozen views of the pages that are not about one case: log, catalog, operations, filings. They carry no rule.

Views of a case are in `hub.cases.views`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class FeedRow:
    """One change of a case. `kind` is field, query, material, case; `reference` its key or id. No value."""

    no: int
    kind: str
    reference: str


@dataclass(frozen=True)
class FileView:
    filename: str
    media_type: str
    body: bytes


@dataclass(frozen=True)
class FilingRow:
    """A filing from the platform that waits for a clerk (answer due within two hours, seed 000 二(二)2)."""

    id: str
    matter: str
    applicant: str
    received_at: datetime
    due: datetime | None
    overdue: bool = False


# --- sharing log ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AuditRow:
    """One record of the sharing log. `phase` is its code, `title` the same in words; `intent_seq` pairs an outcome with its intent."""

    seq: int
    time: datetime
    phase: str
    title: str
    operator: str
    organisation: str
    provider: str
    resource: str
    fields: tuple[str, ...]
    purpose: str
    ground: str
    result: str
    case_no: str
    intent_seq: int | None
    field_titles: tuple[str, ...] = ()
    """`fields` as the catalog titles them, in the same order."""


@dataclass(frozen=True)
class AuditList:
    rows: tuple[AuditRow, ...]
    next_before: int | None


@dataclass(frozen=True)
class AuditRecord:
    """A record with what proves it: hashes in hex, `proof` from the leaf upwards (RFC 6962 §2.1.1), the signed checkpoint's text."""

    row: AuditRow
    leaf_json: str
    leaf_hash: str
    proof: tuple[str, ...]
    checkpoint: str
    size: int
    root: str
    disclosed: Mapping[str, str] | None


@dataclass(frozen=True)
class LogHealth:
    size: int
    root: str
    checkpoint_age: float | None  # seconds
    unpaired: int
    verified_at: datetime | None
    last: datetime | None


@dataclass(frozen=True)
class Check:
    """One named check of a verification. `state` is passed, failed or skipped."""

    name: str
    state: str
    sentence: str


# --- catalog ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MatterRow:
    code: str
    title: str
    lead: str
    items: int
    fields: int
    materials: int
    exempt: int
    proposed: bool


@dataclass(frozen=True)
class ItemLine:
    code: str
    title: str
    department: str
    kind: str
    promised_workdays: int
    statutory_workdays: int
    result: str
    issued_by: str
    waits_for: tuple[str, ...]
    optional: bool
    proposed: bool


@dataclass(frozen=True)
class SourceLine:
    department: str
    resource: str
    field: str
    trust: str


@dataclass(frozen=True)
class FieldLine:
    key: str
    title: str
    group: str
    type: str
    required: bool
    locked: bool
    used_by: tuple[str, ...]
    sources: tuple[SourceLine, ...]


@dataclass(frozen=True)
class MaterialLine:
    code: str
    name: str
    items: tuple[str, ...]
    source: str
    standard: str
    copies: int
    exempt_by: str
    deferrable: bool
    promise_allowed: bool


@dataclass(frozen=True)
class DependencyLine:
    upstream: str
    downstream: str
    on_reject: str
    proposed: bool


@dataclass(frozen=True)
class RoleLine:
    code: str
    title: str
    kind: str
    required: bool
    proofs: tuple[str, ...]
    reached_by: str


@dataclass(frozen=True)
class GrantLine:
    code: str
    resource: str
    purpose: str
    ground: str
    clause: str
    fields: tuple[str, ...]
    until: date


@dataclass(frozen=True)
class MatterDetail:
    row: MatterRow
    aliases: tuple[str, ...]
    batch: str
    issuing_level: str
    items: tuple[ItemLine, ...]
    fields: tuple[FieldLine, ...]
    materials: tuple[MaterialLine, ...]
    dependencies: tuple[DependencyLine, ...]
    roles: tuple[RoleLine, ...]
    grants: tuple[GrantLine, ...]


@dataclass(frozen=True)
class ResourceFieldLine:
    name: str
    title: str
    share: str
    sensitivity: str


@dataclass(frozen=True)
class ResourceRow:
    code: str
    title: str
    department: str
    kind: str
    share: str
    subject: tuple[str, ...]
    fields: tuple[ResourceFieldLine, ...]
    update_cycle: str
    trust: str
    certificate_type: str


@dataclass(frozen=True)
class NeedRow:
    """A line of the 需求清单: what a matter needs and who supplies it. `state` is met, unmet or withheld."""

    matter: str
    item: str
    need: str
    department: str
    resource: str
    state: str
    sentence: str


@dataclass(frozen=True)
class VersionRow:
    digest: str
    published_at: datetime
    by: str
    current: bool


@dataclass(frozen=True)
class MismatchRow:
    file: str
    line: int | None
    sentence: str


@dataclass(frozen=True)
class PolicyRow:
    key: str
    value: str
    layer: str
    source: str
    point: str
    effect: str = ""
    """What the setting does here; it says so where it is only recorded."""
    title: str = ""


# --- operations -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class QueueView:
    waiting: int
    running: int
    dead: int
    oldest: datetime | None


@dataclass(frozen=True)
class DeadRow:
    """Work that stopped its stream; a person retries it or skips it with a reason. `sentence` says what would be done, `cause` why not."""

    id: str
    kind: str
    stream: str
    key: str
    error: str
    since: datetime
    tries: int
    sentence: str = ""
    cause: str = ""


@dataclass(frozen=True)
class DepartmentRow:
    """`state` is up, slow (some of it fails) or down; `breaker` closed, half-open or open; `trouble` says in sentences what is wrong;
    `inbox`: people of it answer or decide at the inbox too, beside the system of `kind`."""

    name: str
    kind: str
    state: str
    last_answer: datetime | None
    breaker: str
    fresh_at: datetime | None
    trouble: tuple[str, ...] = ()
    inbox: bool = False


@dataclass(frozen=True)
class NodeRow:
    """A process that held work lately, or this one. `version` is empty where this process cannot know it."""

    name: str
    seen_at: datetime
    version: str
    worker: bool


@dataclass(frozen=True)
class OverviewView:
    queue: QueueView
    dead: tuple[DeadRow, ...]
    departments: tuple[DepartmentRow, ...]
    log: LogHealth
    disk_free: int  # bytes
    disk_total: int  # bytes
    migration: str
    migration_wanted: str
    nodes: tuple[NodeRow, ...]


@dataclass(frozen=True)
class AccountRow:
    username: str
    name: str
    organisation: str
    roles: tuple[str, ...]
    state: str
    last_login: datetime | None
