"""Rules of roles: who is a party, how each is identified, and how others are reached from a proven party (docs/design.md §3)."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.mismatch import At, Mismatch
from catalog.nearest import one_of
from catalog.rules.places import in_matter
from catalog.types import FieldType, Matter, Role, Site

PARTY_KINDS = ("enterprise", "person")


def check(site: Site) -> Iterator[Mismatch]:
    for matter in site.matters.values():
        yield from _known(matter)
        yield from _applicant(matter)
        for position, role in enumerate(matter.roles):
            yield from _identifier(matter, role, position)
            yield from _relation(site, matter, role, position)


def _known(matter: Matter) -> Iterator[Mismatch]:
    codes = [role.code for role in matter.roles]
    for position, field in enumerate(matter.fields):
        role_code = field.role.partition("[")[0]
        if role_code not in codes:
            message = f'"{field.key}" is of role "{role_code}", which {matter.code} has not; {one_of(role_code, codes)}, or add the role'
            yield in_matter(matter, ("fields", position, "key"), "UNKNOWN_ROLE", message)


def _applicant(matter: Matter) -> Iterator[Mismatch]:
    """The first role of the matter's kind is the applicant: somebody must be known before anybody may be asked about."""
    applicant = next((role for role in matter.roles if role.kind == matter.applicant_kind), None)
    if applicant is None:
        message = f'no role is of kind "{matter.applicant_kind}", so there is no applicant; add one'
        yield in_matter(matter, ("applicant_kind",), "NO_APPLICANT", message)
    elif not applicant.proofs or not applicant.required:
        message = f'"{applicant.code}" applies, so it is required and has proofs of identity; add them'
        yield in_matter(matter, ("roles", matter.roles.index(applicant)), "NO_PROOF", message)


def _identifier(matter: Matter, role: Role, position: int) -> Iterator[Mismatch]:
    at: At = ("roles", position)
    if not role.identifier:
        if role.kind in PARTY_KINDS:
            yield in_matter(
                matter, at, "NO_IDENTIFIER", f'party "{role.code}" needs an identifier: the form key of its number'
            )
        return
    field = next((known for known in matter.fields if known.key == role.identifier), None)
    if field is None:
        message = f'identifier "{role.identifier}" is no field of the matter; add the field or correct the key'
        yield in_matter(matter, (*at, "identifier"), "UNKNOWN_FIELD", message)
        return
    wanted = {"person": FieldType.ID_NUMBER, "enterprise": FieldType.USCC}.get(role.kind)
    if wanted and field.definition.type is not wanted:
        message = f'identifier "{role.identifier}" of a role of kind "{role.kind}" must be of type "{wanted}"'
        yield in_matter(matter, (*at, "identifier"), "WRONG_TYPE", message)


def _relation(site: Site, matter: Matter, role: Role, position: int) -> Iterator[Mismatch]:
    at: At = ("roles", position)
    relation = role.relation
    if relation is None:
        if role.kind in PARTY_KINDS and not role.proofs:
            message = f'party "{role.code}" has neither proofs nor a relation; nobody may be asked about without one'
            yield in_matter(matter, at, "NO_PROOF", message)
        return
    for resource in relation.resources:
        if resource not in site.resources:
            message = f'"{resource}" is no resource of any department; correct the name'
            yield in_matter(matter, (*at, "relation", "resources"), "UNKNOWN_RESOURCE", message)
    if relation.via != role.identifier:
        message = f'a relation goes via the role\'s identifier "{role.identifier}", not "{relation.via}"; correct it'
        yield in_matter(matter, (*at, "relation", "via"), "RELATION_UNRESOLVED", message)
        return
    field = next((known for known in matter.fields if known.key == relation.via), None)
    if field and not set(relation.resources) & {source.resource for source in field.sources}:
        message = f'"{relation.via}" is not filled from {" or ".join(relation.resources)}, so the role cannot be reached; add that source'
        yield in_matter(matter, (*at, "relation"), "RELATION_UNRESOLVED", message)
