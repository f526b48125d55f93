"""Issuance 制证: one decision makes one certificate. Serial first, then signed bytes on disk, then told. It holds no key.

The step is split at its durable moments: `reserve` (a row with the identifier), `content_of` (what the row says, which the
authority's key then signs), `record` (the file's digest beside the identifier). A crash between any two repeats the later one with the same identifier.
Identifier GB/T 36904, metadata GB/T 36903; which key signs: docs/design.md §3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select, update

from catalog.types import Item, Site, Validity
from certificates import identifier as identifiers
from certificates.certificate import (
    CITIZEN_ID,
    CREDIT_CODE,
    CertificateContent,
    ExtensionField,
    Holder,
    IssuingAuthority,
)
from certificates.status import VALID
from hub.cases.notices import granted
from hub.cases.plain import PlainCase, PlainItem
from hub.cases.step import Draft, Event, Step
from hub.clock import local, new_id
from hub.registry import rows
from hub.registry.acts import Act
from hub.registry.rows import Carrier
from hub.store.database import Session
from hub.store.numbers import next_number
from hub.store.tables import case_events, certificates, form_values


@dataclass(frozen=True)
class Reserved:
    """A certificate that will exist, and no other for this decision."""

    id: str
    identifier: str
    number: str
    type_code: str
    authority: str
    reserved_at: datetime
    file: str
    valid_from: date
    valid_to: date | None
    place: int | None = None


@dataclass(frozen=True)
class HolderFacts:
    """Whom the certificate is for."""

    name: str = field(repr=False)
    code: str = field(repr=False)
    is_person: bool


def reserve(session: Session, case: PlainCase, own: PlainItem, item: Item, site: Site, now: datetime) -> Reserved:
    """Give the decision its identifier and number, once: later calls return the first."""
    known = find(session, own.id)
    if known:
        return known
    authority = site.departments[item.department]
    day = local(now).date()
    serial = next_number(session, case.region, f"certificate:{item.result.certificate_type}", str(day.year))
    made = identifiers.make(item.result.certificate_type, authority.uscc, f"{day.year}{case.region}{serial:010d}")
    kind = site.certificates[item.result.certificate_type]
    reserved = Reserved(
        new_id(now),
        str(made),
        f"{case.region}{day.year}{item.result.certificate_type[-4:]}{serial:06d}",  # one type’s number is no other’s
        item.result.certificate_type,
        item.department,
        now,
        "",
        day,
        _ends(session, case, site, kind.validity, day),
        rows.place(session, case.region, authority.uscc, rows.units_of(site, authority.uscc)),
    )
    session.execute(
        insert(certificates).values(
            id=reserved.id,
            region=case.region,
            item_case_id=own.id,
            identifier=reserved.identifier,
            type_code=reserved.type_code,
            authority=reserved.authority,
            number=reserved.number,
            state="reserved",
            reserved_at=now,
            valid_from=reserved.valid_from,
            valid_to=reserved.valid_to,
            subject_id=case.applicant or None,
            status_place=reserved.place,
            type_name=item.result.name,
        )
    )
    return reserved


def _ends(session: Session, case: PlainCase, site: Site, rule: Validity, day: date) -> date | None:
    """The last day by the type's rule. A field that says nothing, or a day before the first, ends it on the first (proposed)."""
    if not rule.until:
        return last_day(day, rule.years)
    keys = [f.key for f in site.matters[case.matter].fields if f.definition.name == rule.until]
    c = form_values.c
    said = session.execute(select(c.value).where(c.case_id == case.id, c.field.in_(keys))).scalars()
    return max([day, *(date.fromisoformat(str(value)) for value in said if value)])


def find(session: Session, item_case_id: str) -> Reserved | None:
    """The certificate that this item case's decision reserved, if it did."""
    c = certificates.c
    row = session.execute(
        select(
            c.id,
            c.identifier,
            c.number,
            c.type_code,
            c.authority,
            c.reserved_at,
            c.file,
            c.valid_from,
            c.valid_to,
            c.status_place.label("place"),
        ).where(c.item_case_id == item_case_id)
    ).first()
    return Reserved(**row._mapping) if row else None


def content_of(
    reserved: Reserved, item: Item, site: Site, holder: HolderFacts, fields: Sequence[ExtensionField]
) -> CertificateContent:
    """What the certificate says. The same row gives the same content, whenever it is signed.

    `fields` stand in the order in which they are printed."""
    department = site.departments[reserved.authority]
    return CertificateContent(
        identifier=identifiers.parse(reserved.identifier),
        type_code=reserved.type_code,
        type_name=item.result.name,
        number=reserved.number,
        holder=Holder(holder.name, holder.code, CITIZEN_ID if holder.is_person else CREDIT_CODE),
        authority=IssuingAuthority(department.name, department.uscc),
        issued_on=local(reserved.reserved_at).date(),
        valid_from=reserved.valid_from,
        valid_to=reserved.valid_to,
        fields=tuple(fields),
    )


def decided_by(session: Session, case_id: str, item_no: str) -> str:
    """Who made the decision that a certificate stands on, as its event names them: an account, or the department whose system told it."""
    c = case_events.c
    made = (c.case_id == case_id, c.item_no == item_no, c.kind == "approved")
    return str(session.execute(select(c.actor).where(*made).order_by(c.no.desc()).limit(1)).scalar() or "hub")


def record(
    session: Session, region: str, reserved: Reserved, carriers: Sequence[Carrier], by: str, now: datetime
) -> None:
    """From here the certificate exists: its files are on disk, the data file (`ycert`) first among them. `by` made the decision."""
    data = next(one for one in carriers if one.kind == "ycert")
    session.execute(
        update(certificates)
        .where(certificates.c.id == reserved.id, certificates.c.state == "reserved")
        .values(state="signed", file=data.file, suite=data.suite, signed_at=now)
    )
    rows.keep_files(session, reserved.id, carriers, now)
    doing = rows.Doing(Act.ISSUE, by, reserved.authority, "", reserved.number, "issue")
    rows.note(session, rows.entry(session, region, reserved.id), doing, VALID, VALID, now)


def signed(own: PlainItem, reserved: Reserved, item: Item, facts: Mapping[str, str]) -> Step:
    """What the case learns of it: the event that is pushed, and the decision's notice with the certificate's number."""
    until = reserved.valid_to.isoformat() if reserved.valid_to else "长期"
    words = {"certificate_no": reserved.number, "valid_to": until}
    return Step(
        events=(
            Event("certificate_signed", own.item, {"identifier": reserved.identifier, "type": reserved.type_code}),
        ),
        notices=(Draft("decision_granted", own.item, {**facts, **words, **granted(item)}),),
    )


def last_day(day: date, years: int | None) -> date | None:
    """The last day of so many years that begin with `day`: of five from 2026-03-02 it is 2031-03-01 (proposed)."""
    if years is None:
        return None
    try:
        return day.replace(year=day.year + years) - timedelta(days=1)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
