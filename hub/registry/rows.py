"""The registry's rows: certificates by holder, number, type and status, their versions, acts and files. It decides nothing.

An act is fenced by the certificate's revision: of two at once one is told that somebody was before. The same key again gives the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update

from catalog.types import Site
from certificates.status import VALID, StatusEntry
from hub.errors import HubError, KeyReused, NotThere
from hub.registry import stamps
from hub.registry.acts import Act, after
from hub.store.database import Session
from hub.store.numbers import next_number, skip
from hub.store.sealing import blind_index
from hub.store.tables import certificate_acts, certificate_files, certificates, subjects

KINDS = ("enterprise", "person")
PAGE = 20
OLD_NODES = 1000
"""Places left free for nodes of an older version while a hub is upgraded node by node."""
_c = certificates.c


class ChangedMeanwhile(HubError):
    """Somebody else did something to the certificate first; nothing was done."""

    code = "CERTIFICATE_CHANGED"
    status = 409


@dataclass(frozen=True)
class Entry:
    """One version of a certificate."""

    id: str
    region: str
    item_case_id: str | None
    identifier: str
    type_code: str
    type_name: str
    authority: str
    number: str
    state: str
    status: str
    status_since: datetime | None
    status_place: int | None
    file: str
    suite: str
    reserved_at: datetime
    signed_at: datetime | None
    valid_from: date | None
    valid_to: date | None
    subject_id: str | None
    version: int
    previous_id: str | None
    origin: str
    trust: str
    revision: int
    draft: Any = field(repr=False)


@dataclass(frozen=True)
class ActRow:
    """One act: who did it, when, why, on which decision."""

    no: int
    act: Act
    at: datetime
    by: str
    organisation: str
    reason: str = field(repr=False)
    decision: str
    status_before: str
    status_after: str
    key: str


@dataclass(frozen=True)
class Doing:
    """An act about to be written. `by` is an account's id, a system or `hub`."""

    act: Act
    by: str
    organisation: str
    reason: str = field(repr=False)
    decision: str
    key: str


@dataclass(frozen=True)
class Carrier:
    """One file of a certificate; `kind` is ycert, credential, ofd, pdf or png. `stamp_until` is when the certificate of its timestamp
    ends; None where it has none, or may have none."""

    kind: str
    file: str
    media_type: str
    suite: str
    stamp_until: datetime | None = None


def entry(session: Session, region: str, certificate_id: str) -> Entry:
    """Raises NotThere (CERTIFICATE_UNKNOWN)."""
    return _one(session, _all().where(_c.id == certificate_id, _c.region == region))


def by_identifier(session: Session, region: str, identifier: str) -> Entry:
    """Raises NotThere (CERTIFICATE_UNKNOWN)."""
    return _one(session, _all().where(_c.identifier == identifier, _c.region == region))


def of_holder(
    session: Session, region: str, index_key: bytes, code: str, type_code: str = "", *, standing: bool = False
) -> tuple[Entry, ...]:
    """Every certificate of who has this ID number or credit code, the newest first; `standing`: only those that hold (01)."""
    blinds = [blind_index(index_key, region, kind, code) for kind in KINDS]
    s = subjects.c
    holders = session.execute(select(s.id).where(s.region == region, s.kind.in_(KINDS), s.blind_index.in_(blinds)))
    ids = [row.id for row in holders]
    if not ids:
        return ()
    wanted = _all().where(_c.subject_id.in_(ids), _c.state != "reserved")
    wanted = wanted.where(_c.type_code == type_code) if type_code else wanted
    wanted = wanted.where(_c.status_code == VALID) if standing else wanted
    return _several(session, wanted.order_by(_c.reserved_at.desc(), _c.id.desc()).limit(200))


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed by; empty is all. `authorities`: those whose certificates the asker may see, None for any."""

    number: str = ""
    type_code: str = ""
    status: str = ""
    authorities: tuple[str, ...] | None = None


def listed(session: Session, region: str, wanted: Wanted, page: int) -> tuple[tuple[Entry, ...], bool]:
    """One page, newest first, and whether there are more. `number` is an identifier or a whole certificate number."""
    found = _all().where(_c.region == region, _c.state != "reserved")
    if wanted.number:
        found = found.where((_c.identifier == wanted.number) | (_c.number == wanted.number))
    found = found.where(_c.type_code == wanted.type_code) if wanted.type_code else found
    found = found.where(_c.status_code == wanted.status) if wanted.status else found
    found = found.where(_c.authority.in_(wanted.authorities)) if wanted.authorities is not None else found
    newest = found.order_by(_c.reserved_at.desc(), _c.id.desc()).offset((page - 1) * PAGE).limit(PAGE + 1)
    rows = _several(session, newest)
    return rows[:PAGE], len(rows) > PAGE


def versions(session: Session, one: Entry) -> tuple[Entry, ...]:
    """Every version of the same certificate, the first one first: identifiers that differ in version and check character alone."""
    stem = one.identifier.rsplit(".", 2)[0]
    found = _all().where(_c.region == one.region, _c.identifier.startswith(f"{stem}.", autoescape=True))
    return _several(session, found.order_by(_c.version))


def acts_of(session: Session, certificate_id: str) -> tuple[ActRow, ...]:
    a = certificate_acts.c
    rows = session.execute(select(certificate_acts).where(a.certificate_id == certificate_id).order_by(a.no))
    return tuple(
        ActRow(
            r.no, Act(r.act), r.at, r.by, r.organisation, str(r.reason or ""), r.decision, r.status_before, r.status_after, r.key
        )
        for r in rows
    )  # fmt: skip


def files_of(session: Session, certificate_id: str) -> dict[str, Carrier]:
    f = certificate_files.c
    rows = session.execute(select(certificate_files).where(f.certificate_id == certificate_id).order_by(f.kind))
    return {r.kind: Carrier(r.kind, r.file, r.media_type, r.suite, r.stamp_until) for r in rows}


def keep_files(session: Session, certificate_id: str, carriers: Iterable[Carrier], now: datetime) -> None:
    """The files of a certificate that was signed; a kind that is there already stays as it is."""
    known = files_of(session, certificate_id)
    rows = [
        {
            "certificate_id": certificate_id,
            **vars(one),
            "made_at": now,
            "stamped_at": now if one.stamp_until else None,
            "stamp_due": stamps.due_at(one.kind, one.suite, one.stamp_until, now),
        }
        for one in carriers
        if one.kind not in known
    ]
    if rows:
        session.execute(insert(certificate_files), rows)


def place(session: Session, region: str, body: str, units: Sequence[str]) -> int:
    """The next free place in the status list of a body (its credit code), from 0; its `units`, departments of the site, share the list."""
    series = f"status:{body}"
    given = next_number(session, region, series, "") - 1
    if given:
        return given
    # Before version 0.2 each unit counted for itself: what they gave is left out, and some for nodes that still count so.
    last = session.execute(select(func.max(_c.status_place)).where(_c.authority.in_(units))).scalar()
    if last is None:
        return given
    skip(session, region, series, "", by=last + OLD_NODES)
    return int(last) + OLD_NODES


def units_of(site: Site, body: str) -> tuple[str, ...]:
    """The departments of a site that are one body, by its credit code."""
    return tuple(sorted(code for code, department in site.departments.items() if department.uscc == body))


def issued_here(session: Session, region: str, identifier: str) -> tuple[StatusEntry, ...] | None:
    """Every change of status of a certificate that was issued and signed here; None for any other."""
    mine = (_c.identifier == identifier, _c.region == region, _c.origin == "issued", _c.state == "signed")
    found = session.execute(select(_c.id).where(*mine)).first()
    if found is None:
        return None
    changes = [one for one in acts_of(session, found.id) if one.status_before != one.status_after]
    latest = {one.at: one.status_after for one in changes}  # of two at one moment the last
    return tuple(StatusEntry(identifier, status, since) for since, status in latest.items())


def act(session: Session, one: Entry, doing: Doing, now: datetime) -> Entry:
    """Do it: status, revision and the act's own row. The same act again under its key changes nothing.

    Raises NotNow (ACT_NOT_ALLOWED), ChangedMeanwhile, KeyReused."""
    if was_done(session, one, doing):
        return entry(session, one.region, one.id)
    status = after(doing.act, one.status)
    values: dict[str, object] = {"revision": one.revision + 1, "status_code": status}
    if status != one.status:
        values["status_since"] = now
    fenced = (_c.id == one.id, _c.revision == one.revision)
    if session.execute(update(certificates).where(*fenced).values(**values)).rowcount != 1:
        raise ChangedMeanwhile("证照刚刚被别人处理过，这一步没有做。请刷新后再试。")
    note(session, one, doing, one.status, status, now)
    return entry(session, one.region, one.id)


def was_done(session: Session, one: Entry, doing: Doing) -> bool:
    """Whether this very act stands there under its key. Raises KeyReused where another act does, or another's."""
    known = next((each for each in acts_of(session, one.id) if each.key == doing.key), None)
    same = ("act", "by", "decision", "reason")
    if known is not None and any(getattr(known, name) != getattr(doing, name) for name in same):
        raise KeyReused
    return known is not None


def note(session: Session, one: Entry, doing: Doing, before: str, status: str, now: datetime) -> None:
    """An act's row alone, for those that move no status (issue, import)."""
    no = len(acts_of(session, one.id)) + 1
    session.execute(
        insert(certificate_acts).values(
            certificate_id=one.id,
            no=no,
            act=doing.act.value,
            at=now,
            by=doing.by,
            organisation=doing.organisation,
            reason=doing.reason or None,
            decision=doing.decision,
            status_before=before,
            status_after=status,
            key=doing.key,
        )
    )


def _all() -> Select[Any]:
    return select(certificates)


def _one(session: Session, wanted: Select[Any]) -> Entry:
    row = session.execute(wanted).first()
    if row is None:
        raise NotThere("证照库里没有这本证照。请核对证照标识。", code="CERTIFICATE_UNKNOWN")
    return _entry(row)


def _several(session: Session, wanted: Select[Any]) -> tuple[Entry, ...]:
    rows: Sequence[Row[Any]] = session.execute(wanted).all()
    return tuple(_entry(row) for row in rows)


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id, region=row.region, item_case_id=row.item_case_id, identifier=row.identifier, type_code=row.type_code,
        type_name=row.type_name, authority=row.authority, number=row.number, state=row.state, status=row.status_code,
        status_since=row.status_since, status_place=row.status_place, file=row.file, suite=row.suite,
        reserved_at=row.reserved_at, signed_at=row.signed_at, valid_from=row.valid_from, valid_to=row.valid_to,
        subject_id=row.subject_id, version=row.version, previous_id=row.previous_id, origin=row.origin, trust=row.trust,
        revision=row.revision, draft=row.draft,
    )  # fmt: skip
