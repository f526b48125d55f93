"""Types of certificates as the catalog lists them for programs: what the registry gives of each, to whom, on which ground. It reads no certificate.

They stand beside departments' resources, under `certificates.<type code>`; who may have one is said by grants, and by the holder being
a proven party of the asker's own case.
"""

from __future__ import annotations

from dataclasses import replace

from catalog.describing_certificates import (
    OWN,
    PREFIX,
    certificate_sample,
    certificate_schema,
    field_of,
    resource_code,
)
from catalog.types import CertificateGrant, CertificateType, FieldDefinition, ShareType, Site
from certificates import identifier as identifiers
from hub.wiring.open_catalog import (
    SERVICE,
    Freshness,
    Looker,
    OpenField,
    OpenGrant,
    OpenResource,
    Plain,
    ServiceLevel,
    call_of,
    links_of,
    part_of,
    without_draft,
)

SHARED = "/api/v1/certificates/shared"
CALLS = ("query", "download", "verify", "codes", "redemptions")
COPY_GIVES, FILE_GIVES = ("query", "verify", "copy"), ("query", "verify", "copy", "whole_file")
PROMISED = ServiceLevel(answers_within_ms=500, hours="全天", timeout_seconds=30.0, repeatable=True)
"""Of the registry, which is a part of this hub and is up while it is: of a query; a copy is drawn and signed first (proposed)."""


def kind_of(site: Site, code: str) -> CertificateType | None:
    """The type that the catalog lists under this code, if it is one."""
    return site.certificates.get(code.removeprefix(PREFIX)) if code.startswith(PREFIX) else None


def open_certificate(site: Site, kind: CertificateType, who: Looker) -> OpenResource:
    department = site.departments[kind.issued_by[0]]
    grants = tuple(
        _grant(site, kind, grant, who) for grant in site.certificate_grants if kind.code in grant.certificates
    )
    allowed = any(grant.allowed for grant in grants)
    definitions = (*OWN.values(), *(field_of(site, one) for one in kind.extensions))
    code = resource_code(kind)
    return OpenResource(
        code=code,
        title=kind.title,
        summary=f"电子证照；定义机构：{kind.defined_by}",
        department=department.code,
        department_name="、".join(site.departments[one].name for one in kind.issued_by),
        department_uscc=department.uscc,
        phone=department.phone,
        share=ShareType.CONDITIONAL.value,
        way=SERVICE,
        trust="A",
        certificate_type=kind.code,
        subject=("holder", "type"),
        fields=tuple(_field(one, allowed) for one in definitions),
        grants=grants,
        freshness=Freshness("实时", None, None, 0),
        service=PROMISED,
        notice="",
        proposed=kind.proposed,
        exchange=False,
        links={**links_of(code), **{name: f"{SHARED}/{name}" for name in CALLS}},
        kind="certificate",
    )


def sample_document(site: Site, kind: CertificateType) -> Plain:
    """A question and its answer, made up: the serial and the people are nobody's."""
    issuer = site.departments[kind.issued_by[0]].uscc or kind.definer
    told = certificate_sample(site, kind, str(identifiers.make(kind.code, issuer, "0" * 16 + "0990")))
    purposes = [grant.purpose for grant in site.certificate_grants if kind.code in grant.certificates]
    question = {"purpose": min(purposes, default=min(site.matters, default="")), "case": "41132320261120000001-05"}
    return {
        "resource": resource_code(kind),
        "synthetic": True,
        "question": {**question, "handler": "SJ0990", "holder": told["holder"], "type": kind.code},
        "answer": {"outcome": "found", "certificates": [told]},
    }


def openapi_document(site: Site, kind: CertificateType, whole: Plain) -> Plain:
    """The calls of the sharing service as the door describes them, with this type in the question and its answer's schema."""
    parts = part_of(whole, "components")
    narrowed: Plain = {
        "allOf": [
            {"$ref": "#/components/schemas/SharedQueryIn"},
            {"properties": {"type": {"enum": ["", kind.code]}}},
        ]
    }
    paths: Plain = {f"{SHARED}/{name}": {"post": call_of(whole, f"{SHARED}/{name}")} for name in CALLS}
    query = {**call_of(whole, f"{SHARED}/query"), "summary": kind.title}
    query["requestBody"] = {"required": True, "content": {"application/json": {"schema": narrowed}}}
    paths[f"{SHARED}/query"] = {"post": query}
    schemas = {**part_of(parts, "schemas"), "Certificate": without_draft(certificate_schema(site, kind))}
    return {
        "openapi": "3.1.0",
        "info": {"title": kind.title, "version": "1", "description": f"{kind.title}（电子证照）"},
        "paths": paths,
        "components": {**parts, "schemas": schemas},
    }


def _field(definition: FieldDefinition, allowed: bool) -> OpenField:
    return OpenField(
        name=definition.name,
        title=definition.title,
        type=definition.type.value,
        share=ShareType.CONDITIONAL.value,
        sensitivity=definition.sensitivity.value,
        unit=definition.unit,
        required=definition.name in OWN,
        allowed=allowed,
    )


def _grant(site: Site, kind: CertificateType, grant: CertificateGrant, who: Looker) -> OpenGrant:
    matter = site.matters.get(grant.purpose)
    fields = (*OWN, *(one.name for one in kind.extensions))
    shown = OpenGrant(
        grant.code, grant.purpose, matter.title if matter else grant.purpose, grant.ground, grant.clause, fields,
        grant.until, who.may_use(grant),
    )  # fmt: skip
    return replace(shown, departments=grant.departments, gives=FILE_GIVES if grant.whole_file else COPY_GIVES)
