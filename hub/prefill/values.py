"""The values of the one form with where each came from, and what came back for a query. Frozen; no rule and no session here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from adapters.contract import Rows


class Status(StrEnum):
    """How a form field stands.

    `waiting`: a source may still answer. `empty`: nobody will, unless a person does. `auto`: one or more sources agree.
    `conflict`: two values that are not equal; the clerk chooses. `confirmed`: a person looked and took it. `manual`: typed,
    unverified. `overridden`: typed over a department's value, with old value, who and why.
    """

    WAITING = "waiting"
    EMPTY = "empty"
    AUTO = "auto"
    CONFLICT = "conflict"
    CONFIRMED = "confirmed"
    MANUAL = "manual"
    OVERRIDDEN = "overridden"


PROOF = "proof:"
"""Begins the reason of a value that the proof of a party's identity gave; the kind of proof follows."""

BY_HAND = "by_hand:"
"""Begins the reason of a department's value that a person gave while the wire was down; the wire's reason follows."""

USABLE = frozenset({Status.AUTO, Status.CONFIRMED, Status.MANUAL, Status.OVERRIDDEN})
"""Statuses whose value may be used; a conflict's value is only a proposal."""


@dataclass(frozen=True)
class Provenance:
    """Where a value came from. A department's value names department, resource, query and log record; a typed one names who
    typed it (`by`) and why (`reason`, a code). `trust` is the grade A–D of 国办函〔2016〕108号; `verified` says whether the
    answer's signature was checked (None: the source signs nothing); `precision` is "", "month" or "year".
    """

    trust: str
    department: str = ""
    department_name: str = ""
    resource: str = ""
    resource_title: str = ""
    query_id: str = ""
    log_seq: int | None = None
    fetched_at: datetime | None = None
    as_of: datetime | None = None
    verified: bool | None = None
    certificate: str = ""
    certificate_number: str = ""
    certificate_issuer: str = ""
    precision: str = ""
    by: str = ""
    reason: str = ""

    def to_json(self) -> dict[str, str | int | bool | None]:
        plain = asdict(self)
        for name in ("fetched_at", "as_of"):
            plain[name] = plain[name].isoformat() if plain[name] else None
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, object]) -> Provenance:
        known = dict(plain)
        for name in ("fetched_at", "as_of"):
            text = known.get(name)
            known[name] = datetime.fromisoformat(text) if isinstance(text, str) else None
        return cls(**cast("dict[str, Any]", known))


@dataclass(frozen=True)
class Alternative:
    """One of the values that were to choose from."""

    value: str = field(repr=False)
    source: Provenance


@dataclass(frozen=True)
class Override:
    """A person's decision on a value: what stood before, who, why (a code and a text), when."""

    old: str = field(repr=False)
    by: str
    reason: str
    text: str = field(repr=False)
    at: datetime


@dataclass(frozen=True)
class Value:
    """One field of a case's form. `alternatives` are all values that departments gave or that were chosen from."""

    key: str
    value: str = field(default="", repr=False)
    status: Status = Status.EMPTY
    source: Provenance | None = None
    alternatives: tuple[Alternative, ...] = ()
    override: Override | None = None

    @property
    def usable(self) -> bool:
        return bool(self.value) and self.status in USABLE


@dataclass(frozen=True)
class Reply:
    """A query of the case as the form sees it. `open`: an answer may still come and nobody has settled it.

    `subject` is item → value; `values`, `lists` and `precision` are those of the stored evidence, empty where there is none.
    `source` carries all of the provenance but the field's own precision; `about` is the role that was asked about.
    """

    resource: str
    subject: Mapping[str, str] = field(repr=False)
    about: str
    open: bool
    source: Provenance
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    lists: Mapping[str, Rows] = field(default_factory=dict, repr=False)
    precision: Mapping[str, str] = field(default_factory=dict)
    withdrawn: bool = False
    """The hub's registry answered, and gives it no longer: what came from it earlier stands for nothing any more."""


@dataclass(frozen=True)
class Change:
    """A field that reads differently from before; `before` is None where there was no row."""

    before: Value | None
    after: Value


Known = Mapping[str, str]
"""Form key → value that may be used as a subject: proven parties' identifiers, and usable values of the form."""


def known(values: Mapping[str, Value], identifiers: Known) -> dict[str, str]:
    """What may be asked with. A usable value of the form stands before a party's identifier of the same key: where they
    differ, policy refuses the question and nobody else's data are fetched under this person's name."""
    return {**identifiers, **{key: value.value for key, value in values.items() if value.usable}}


def subject_of(subject: Mapping[str, str], known_values: Known) -> dict[str, str] | None:
    """Item → value for a source's `subject` (item → form key); None while one of them is not known."""
    found = {item: known_values.get(key, "") for item, key in subject.items()}
    return found if found and all(found.values()) else None
