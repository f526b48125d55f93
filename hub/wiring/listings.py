"""Frozen views of the pages that are not about one case: log, operations, filings. They carry no rule.

Views of a case are in `hub.cases.views`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.registry.stamps import Waiting


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
    oldest_unpaired: float | None = None  # seconds
    pending: int = 0
    unsearchable: int = 0
    held: str = ""
    advice: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """One named check of a verification. `state` is passed, failed or skipped."""

    name: str
    state: str
    sentence: str


# --- operations -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KindRow:
    """Open work of one kind; `oldest` is since when the one waits that has been due longest."""

    kind: str
    title: str
    waiting: int
    running: int
    dead: int
    oldest: datetime | None


@dataclass(frozen=True)
class QueueView:
    waiting: int
    running: int
    dead: int
    oldest: datetime | None
    kinds: tuple[KindRow, ...] = ()


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
    """`state` is up, slow (some of it fails), down, unknown (nothing has shown yet that it answers) or draft (all of it proposed, no connection: nobody can
    ask it); `breaker` closed, half-open or open; `trouble` says in sentences what is wrong;
    `inbox`: people of it answer or decide at the inbox too, beside the system of `kind`; `phone`: whom to call."""

    name: str
    kind: str
    state: str
    last_answer: datetime | None
    breaker: str
    fresh_at: datetime | None
    trouble: tuple[str, ...] = ()
    inbox: bool = False
    phone: str = ""


@dataclass(frozen=True)
class NodeRow:
    """A process that said a word or held work lately, or this one. `version` is empty where it said none; `clock_off` is by how many
    seconds its clock is ahead of the database's; `silent`: it said nothing for a minute and a half."""

    name: str
    seen_at: datetime
    version: str
    worker: bool
    clock_off: float | None = None
    silent: bool = False
    catalog: str = ""
    """Digest of the catalog by which it last said that it reaches departments; empty where it said none."""


@dataclass(frozen=True)
class StoreRow:
    """Something that is kept, and how large it is."""

    name: str
    size: int  # bytes


@dataclass(frozen=True)
class MissingRow:
    """What this process lacks for its work: a word that stays the same, the same as people say it, and what to do."""

    about: str
    title: str
    advice: str


@dataclass(frozen=True)
class HeldRow:
    """A bulk file that is not taken in until an operator says what shall be done. `department` is a code."""

    department: str
    title: str
    name: str
    why: str
    since: datetime


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
    stores: tuple[StoreRow, ...] = ()
    missing: tuple[MissingRow, ...] = ()
    node: str = ""
    version: str = ""
    published: str = ""
    """Digest of the catalog that new cases begin with."""
    held: tuple[HeldRow, ...] = ()
    stamps: Waiting = Waiting()
    """Files of certificates that wait for a timestamp."""


@dataclass(frozen=True)
class AccountRow:
    username: str
    name: str
    organisation: str
    roles: tuple[str, ...]
    state: str
    last_login: datetime | None
