"""What the doors show of the registry. Plain values; they say nothing of how they came."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from catalog.types import Site


@dataclass(frozen=True)
class CertificateRow:
    """One version in a list. Nobody's name is in it."""

    id: str
    identifier: str
    number: str
    type_code: str
    type_name: str
    authority: str
    status: str
    status_title: str
    version: int
    issued_on: date  # of an imported one the day on which it came
    valid_from: date | None
    valid_to: date | None
    origin: str
    trust: str
    trust_title: str = ""
    """The grade of an imported one in words; empty for what was issued here."""


@dataclass(frozen=True)
class TypeView:
    """A type of certificate in a form: its issuers as (code, name), its own fields as (name, label)."""

    code: str
    title: str
    issuers: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]


def types_of(site: Site) -> tuple[TypeView, ...]:
    """Every type of the site, by title."""
    return tuple(
        TypeView(
            kind.code,
            kind.title,
            tuple((code, site.departments[code].name) for code in kind.issued_by),
            tuple((one.name, one.label) for one in kind.extensions),
        )
        for kind in sorted(site.certificates.values(), key=lambda kind: kind.title)
    )


@dataclass(frozen=True)
class ActView:
    """One act that was done. `by` is a person's name or a system."""

    no: int
    title: str
    at: datetime
    by: str
    reason: str
    decision: str
    status_title: str


@dataclass(frozen=True)
class CopyRow:
    """An annotated copy that was made."""

    id: str
    purpose: str
    case_no: str
    made_by: str
    made_at: datetime
    expires_on: date
    ended: bool = False
    """Its last day is past: it is listed, and given to nobody."""
    form: str = ""
    """pdf, ofd or png."""


@dataclass(frozen=True)
class CertificateView:
    """One version of a certificate with its others, its acts, its files and what may be done. `fields` are (name, label, value)."""

    row: CertificateRow
    holder_name: str = field(repr=False)
    holder_code: str = field(repr=False)
    valid_from: date | None
    status_since: datetime | None
    fields: tuple[tuple[str, str, str], ...] = field(repr=False)
    versions: tuple[CertificateRow, ...]
    acts: tuple[ActView, ...] = field(repr=False)
    files: tuple[tuple[str, str], ...]
    copies: tuple[CopyRow, ...] = field(repr=False)
    open_acts: tuple[tuple[str, str], ...]
    revision: int
    can_copy: bool
    uses: tuple[tuple[str, str], ...] = ()
    """What an imported one may be used for by its grade, and why not: (use in words, empty or grade_not_enough or not_looked_at)."""
    to_check: bool = False
    """Whether a clerk should compare it with its original before it may be used."""
    showable: tuple[tuple[str, str], ...] = ()
    """What a code or link for its holder can show, each by name and words; empty where there is none to be made."""
    in_clear: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """What it always shows, words and value."""
    lacking: str = ""
    """What to do about files that could not be made yet."""
