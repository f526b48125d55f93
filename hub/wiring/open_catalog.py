"""The unified catalog as programs read it: every resource with its schema, its grounds, its freshness and what the caller may use. It asks nobody.

A resource that is not offered for now stays listed, with its notice: whoever looks for it must not conclude that it never was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from catalog.describing import answer_schema, definition_of, sample_of, subject_schema
from catalog.types import REGISTRY_WAY, CertificateGrant, Grant, Kind, Resource, ShareType, Site
from hub import policy
from hub.identity.principal import Principal, Role

Plain = dict[str, object]

EXCHANGE = "/api/v1/exchange/{resource}"
SERVICE, BATCH, PERSON = "service", "batch", "person"
"""共享方式: asked live, from files that come in bulk, or answered by a person at the inbox."""


@dataclass(frozen=True)
class OpenField:
    """A field of a resource. `allowed`: the caller has a living grant for it, or needs none."""

    name: str
    title: str
    type: str
    share: str
    sensitivity: str
    unit: str
    required: bool
    allowed: bool


@dataclass(frozen=True)
class OpenGrant:
    """On which ground which fields may be used for which purpose, until when. Of a certificate: `departments` that may have it, and
    what it `gives` (query, verify, copy; whole_file: the files themselves)."""

    code: str
    purpose: str
    purpose_title: str
    ground: str
    clause: str
    fields: tuple[str, ...]
    until: date
    allowed: bool
    departments: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Freshness:
    """How old an answer may be. `fresh_on` is the day of the stalest bulk file here, of a resource that comes in files."""

    update_cycle: str
    max_age_days: int | None
    fresh_on: date | None
    keep_seconds: int


@dataclass(frozen=True)
class ServiceLevel:
    """What is promised: by the department (`answers_within_ms`, `hours`) and by the hub, which waits no longer than `timeout_seconds`."""

    answers_within_ms: int | None
    hours: str
    timeout_seconds: float
    repeatable: bool


@dataclass(frozen=True)
class OpenResource:
    """A resource. `way` is service, batch or person; `notice` says why it is not offered for now ("" while it is); `exchange`
    whether `POST /exchange/{code}` may ask it; `proposed` that nobody has reviewed yet what was read out of the department's papers.
    `kind` is resource, or certificate for a type of certificate: the registry's sharing service gives those, its calls stand in `links`."""

    code: str
    title: str
    summary: str
    department: str
    department_name: str
    department_uscc: str
    phone: str
    share: str
    way: str
    trust: str
    certificate_type: str
    subject: tuple[str, ...]
    fields: tuple[OpenField, ...]
    grants: tuple[OpenGrant, ...]
    freshness: Freshness
    service: ServiceLevel
    notice: str
    proposed: bool
    exchange: bool
    links: Mapping[str, str]
    kind: str = "resource"


@dataclass(frozen=True)
class Looker:
    """Who reads: the matters in which they have work, the region, and the day."""

    purposes: frozenset[str]
    region: str
    today: date
    organisation: str = ""

    def may_use(self, grant: Grant | CertificateGrant) -> bool:
        living = grant.until >= self.today and policy.covers(grant.region, self.region)
        named = isinstance(grant, Grant) or self.organisation in grant.departments
        return grant.purpose in self.purposes and living and named


def looker(site: Site, p: Principal, today: date) -> Looker:
    """A department's purposes are the matters with an item of its own; the window's are all."""
    if Role.CLERK in p.roles:
        return Looker(frozenset(site.matters), site.region, today, p.organisation)
    own = {item.code for item in site.items.values() if item.department == p.organisation}
    purposes = frozenset(m.code for m in site.matters.values() if own & {i.item for i in m.items})
    return Looker(purposes, site.region, today, p.organisation)


def open_resource(site: Site, resource: Resource, who: Looker, fresh_on: date | None) -> OpenResource:
    department = site.departments[resource.department]
    grants = [grant for grant in site.grants if grant.resource == resource.code]
    usable = {name for grant in grants if who.may_use(grant) for name in grant.fields}
    way = way_of(site, resource)
    return OpenResource(
        code=resource.code,
        title=resource.title,
        summary=resource.summary,
        department=department.code,
        department_name=department.name,
        department_uscc=department.uscc,
        phone=department.phone,
        share=resource.share.value,
        way=way,
        trust=resource.trust,
        certificate_type=resource.certificate_type,
        subject=resource.subject,
        fields=tuple(_field(site, resource, name, required, usable, who) for name, required in _names(resource)),
        grants=tuple(_grant(site, grant, who) for grant in grants),
        freshness=Freshness(resource.update_cycle, resource.max_age_days, fresh_on, resource.keep_seconds),
        service=ServiceLevel(
            resource.answers_within_ms, resource.service_hours, resource.timeout_seconds, resource.repeatable
        ),
        notice=resource.disabled,
        proposed=resource.proposed,
        exchange=way != PERSON and resource.share is not ShareType.WITHHELD and not resource.disabled,
        links=links_of(resource.code),
    )


def links_of(code: str) -> dict[str, str]:
    """Where a listed thing is described."""
    return {name: f"/api/v1/catalog/resources/{code}/{name}" for name in ("schema", "openapi", "sample")}


def way_of(site: Site, resource: Resource) -> str:
    kind = site.departments[resource.department].kind
    if resource.way == REGISTRY_WAY:
        return SERVICE
    if resource.way or kind is Kind.INBOX:
        return PERSON
    return BATCH if kind is Kind.FILEDROP else SERVICE


def is_allowed(resource: OpenResource) -> bool:
    """Whether the caller may use any of it; one that is not offered for now counts by what it was."""
    return any(field.allowed for field in resource.fields)


def schema_document(site: Site, resource: Resource) -> Plain:
    return answer_schema(site, resource)


def sample_document(site: Site, resource: Resource) -> Plain:
    sample = sample_of(site, resource)
    return {
        "resource": resource.code,
        "synthetic": True,
        "question": {"subject": sample["subject"]},
        "answer": {"outcome": "found", "values": sample["values"], "lists": sample["lists"]},
    }


def openapi_document(site: Site, resource: Resource, whole: Plain) -> Plain:
    """The one call of this resource: the door's own description of it, with this resource's subject, fields and answer in it."""
    call, parts = call_of(whole, EXCHANGE), part_of(whole, "components")
    question: Plain = {"allOf": [{"$ref": "#/components/schemas/ExchangeIn"}, _narrowed(site, resource)]}
    found = {
        **call,
        "operationId": "ask_" + resource.code.replace(".", "_").replace("-", "_"),
        "summary": resource.title,
        "parameters": [],
        "requestBody": {"required": True, "content": {"application/json": {"schema": question}}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": resource.title, "version": "1", "description": resource.summary or resource.title},
        "paths": {f"/api/v1/exchange/{resource.code}": {"post": found}},
        "components": {
            **parts,
            "schemas": {**part_of(parts, "schemas"), "Answer": without_draft(answer_schema(site, resource))},
        },
    }


def call_of(whole: Plain, path: str) -> Plain:
    """The post of a path in the door's description."""
    return part_of(part_of(part_of(whole, "paths"), path), "post")


def part_of(plain: Plain, name: str) -> Plain:
    found = plain.get(name, {})
    assert isinstance(found, dict)
    return found


def _narrowed(site: Site, resource: Resource) -> Plain:
    names = [name for name, _ in _names(resource)]
    return {
        "type": "object",
        "properties": {
            "subject": subject_schema(site, resource),
            "fields": {"type": "array", "items": {"enum": names}},
        },
    }


def without_draft(schema: Plain) -> Plain:
    return {name: value for name, value in schema.items() if name != "$schema"}


def _names(resource: Resource) -> list[tuple[str, bool]]:
    """Plain names of all fields, those of lists as `owners.owner_name`, and whether each is always there."""
    own = [(field.name, field.required) for field in resource.fields]
    return own + [
        (f"{nested.name}.{field.name}", field.required) for nested in resource.lists for field in nested.fields
    ]


def names_of(resource: Resource) -> tuple[str, ...]:
    return tuple(name for name, _ in _names(resource))


def _field(site: Site, resource: Resource, name: str, required: bool, usable: set[str], who: Looker) -> OpenField:
    definition, share = definition_of(site, name.rpartition(".")[2]), policy.share_of(resource, name)
    free = share is ShareType.UNCONDITIONAL and bool(who.purposes)
    return OpenField(
        name=name,
        title=definition.title,
        type=definition.type.value,
        share=share.value,
        sensitivity=definition.sensitivity.value,
        unit=definition.unit,
        required=required,
        allowed=free or (share is ShareType.CONDITIONAL and name in usable),
    )


def _grant(site: Site, grant: Grant, who: Looker) -> OpenGrant:
    matter = site.matters.get(grant.purpose)
    title = matter.title if matter else grant.purpose
    return OpenGrant(
        grant.code, grant.purpose, title, grant.ground, grant.clause, grant.fields, grant.until, who.may_use(grant)
    )
