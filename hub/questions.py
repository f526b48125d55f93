"""Values of a question to a department: what is asked on which grounds, and what it came to with its records. It asks nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from adapters.contract import Outcome
from catalog.types import Grant, Resource
from hub.policy import Standing
from hub.sharinglog import Operator


@dataclass(frozen=True)
class Handler:
    """经办人: on whose action data is asked. `id` goes to the log as a commitment and to the department as it is."""

    id: str = field(repr=False)
    organisation: str
    auth: str = ""


@dataclass(frozen=True)
class Ask:
    """One question with all that decides whether it may be asked.

    `subject` goes to the department (item → value); `keys` names the form key of each item, by which `standing` says whether
    the case may ask about it. `fields` are plain names. `ground` is the legal basis of `item`, `purpose` that of the case.
    """

    resource: Resource
    fields: tuple[str, ...]
    subject: Mapping[str, str] = field(repr=False)
    keys: Mapping[str, str]
    standing: Standing = field(repr=False)
    grants: tuple[Grant, ...]
    region: str
    case_no: str = field(repr=False)
    matter: str
    item: str
    purpose: str
    ground: str
    handler: Handler
    choice: str = field(default="", repr=False)
    by_hand: str = ""
    """Why the wire is not asked, and a person of the department instead: the reason for which it did not answer."""


@dataclass(frozen=True)
class Answered:
    """What a question came to, with its records. `outcome` holds only fields that policy allows.

    Without a question on the wire (policy refused) `request_id` is the `denied` record's id, `intent_seq` is None and
    `outcome_seq` the `denied` record's number. `outcome_seq` is None when the sweep had already ended the question as lost.
    """

    outcome: Outcome
    request_id: str
    intent_seq: int | None
    outcome_seq: int | None
    asked_at: datetime
    answered_at: datetime
    about: str = ""
    cut: tuple[str, ...] = ()


@dataclass(frozen=True)
class Later:
    """An answer to a question that was pending: a person of the department gave it. `fields` were asked, `cut` were not."""

    outcome: Outcome
    request_id: str
    intent_seq: int
    pending_seq: int
    asked_at: datetime
    fields: tuple[str, ...]
    cut: tuple[str, ...] = ()
    about: str = ""
    answered_by: Operator | None = None
