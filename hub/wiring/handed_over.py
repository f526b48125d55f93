"""Judges what a department handed over with a result as every certificate of others is judged, and holds it against what was asked for.

A file that claims a signature is verified (A, B) or refused. One that claims none is what the issuer's own system told, and graded so (C): its
data are those of the answer. Nothing is written, nothing signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from catalog.types import CertificateType
from certificates.certificate import MEDIA_TYPE, CertificateContent, ExtensionField, Holder, IssuingAuthority
from certificates.trust import Trust
from hub.cases.gathering import BEGINS, Expected, RefusedDocument, another
from hub.grades import GRADES
from hub.registry.records import given_identifier
from hub.wiring.taking_in import GIVEN_HERE, SCAN, NotTaken, Told, judge

UNNUMBERED = "（答复中未载明编号）"
DAYS = ("issued_on", "valid_from")
_KINDS = {"application/pdf": "pdf", "application/ofd": "ofd"}


@dataclass(frozen=True)
class Answer:
    """The document and what the answer says beside it. `number` is empty where it names none; `values` are by dictionary name."""

    body: bytes = field(repr=False)
    media_type: str
    kind: CertificateType
    authority: IssuingAuthority
    holder: Holder = field(repr=False)
    number: str = field(repr=False)
    values: Mapping[str, str] = field(repr=False)
    day: date
    until: date | None = None


def judged(answer: Answer, expected: Expected, trust: Trust, at: datetime) -> Told | RefusedDocument:
    """The document as it may stand in the registry, or why not. Raises nothing on any bytes."""
    if not answer.body:
        return RefusedDocument("empty")
    found = judge(answer.body, trust, at)
    if isinstance(found, NotTaken):
        if found.says or answer.media_type == MEDIA_TYPE:
            return RefusedDocument(found.rule)
        return _unsigned(answer)
    rule = another(found.content, expected)
    return RefusedDocument(rule) if rule else found


def _unsigned(answer: Answer) -> Told | RefusedDocument:
    if not answer.body.startswith(BEGINS.get(answer.media_type, ())):
        return RefusedDocument("not_a_document")
    kind = _KINDS.get(answer.media_type, SCAN)
    why = f"{GRADES['C']}；{GIVEN_HERE}。"
    return Told(_content(answer), "C", why, kind, answer.media_type, unsaid=DAYS)


def _content(answer: Answer) -> CertificateContent:
    """What the answer says of the certificate. Its own days are not told: it counts from the day on which it came."""
    kind, issuer = answer.kind, answer.authority.code
    number = answer.number or hashlib.sha256(answer.body).hexdigest()
    lines = ((e, answer.values.get(e.field, "")) for e in kind.extensions)
    return CertificateContent(
        identifier=given_identifier(kind.code, issuer, number),
        type_code=kind.code,
        type_name=kind.title,
        number=answer.number or UNNUMBERED,
        holder=answer.holder,
        authority=answer.authority,
        issued_on=answer.day,
        valid_from=answer.day,
        valid_to=answer.until,
        fields=tuple(ExtensionField(e.name, e.label, text) for e, text in lines if text),
    )
