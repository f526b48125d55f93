"""May this purpose see these fields, and may this subject be asked about. Pure: it reads no table and asks nobody.

Share types are those of 政务数据共享条例 art. 14, per field: withheld fields are cut, conditional ones need a grant that names
them, unconditional ones need the legal basis of the item they are asked for. Every answer names its ground for the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from catalog.types import CertificateGrant, Grant, Resource, Role, ShareType

PARTY_KINDS = ("enterprise", "person")


@dataclass(frozen=True)
class Use:
    """What data is asked for: purpose and region of the case, the legal basis of the item, the day of asking."""

    purpose: str
    region: str
    ground: str
    today: date


@dataclass(frozen=True)
class Allowed:
    """What may be asked. `grant` joins the codes of the grants used ("" where all is unconditional); `ground` is the legal
    basis, `clause` its clause; `cut` are the fields asked for that may not be seen."""

    grant: str
    ground: str
    clause: str
    fields: tuple[str, ...]
    cut: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """Why nobody is asked. `reason` is one of: resource_disabled, resource_withheld, no_ground, no_grant, grant_expired, subject_unproven,
    subject_not_of_case."""

    reason: str
    cut: tuple[str, ...] = ()


def may(grants: Sequence[Grant], resource: Resource, fields: Sequence[str], use: Use) -> Allowed | Refused:
    """Which of `fields` may be asked of `resource` for this use. No fields: whether the record as such may be asked for.

    `fields` are plain names (`owners.owner_name` for a field of a list). A name that the resource does not declare is cut.
    """
    if resource.disabled:
        return Refused("resource_disabled", tuple(fields))
    if resource.share is ShareType.WITHHELD:
        return Refused("resource_withheld", tuple(fields))
    if not fields:
        return _whole(grants, resource, use)
    usable = _usable(grants, resource, use)
    permitted: list[str] = []
    used: dict[str, Grant] = {}
    for name in fields:
        share = share_of(resource, name)
        grant = _naming(usable, name)
        if share is ShareType.UNCONDITIONAL and use.ground:
            permitted.append(name)
        elif share is ShareType.CONDITIONAL and grant:
            permitted.append(name)
            used[grant.code] = grant
    cut = tuple(name for name in fields if name not in permitted)
    if not permitted:
        return Refused(_why_none(grants, resource, fields, use), cut)
    return _allowed(used.values(), use, tuple(permitted), cut)


def share_of(resource: Resource, name: str) -> ShareType:
    """The share type of a field by its plain name, the stricter of list and field in a list; unknown names are withheld."""
    outer, _, inner = name.partition(".")
    known = resource.field_named(outer)
    if known and not inner:
        return known.share
    for nested in resource.lists:
        if nested.name == outer and inner:
            shares = [nested.share, *(one.share for one in nested.fields if one.name == inner)]
            return _strictest(shares) if len(shares) > 1 else ShareType.WITHHELD
    return ShareType.WITHHELD


def _strictest(shares: Iterable[ShareType]) -> ShareType:
    return max(shares, key=(ShareType.UNCONDITIONAL, ShareType.CONDITIONAL, ShareType.WITHHELD).index)


def _whole(grants: Sequence[Grant], resource: Resource, use: Use) -> Allowed | Refused:
    if resource.share is ShareType.UNCONDITIONAL:
        return _allowed((), use, (), ()) if use.ground else Refused("no_ground")
    usable = _usable(grants, resource, use)
    return _allowed(usable[:1], use, (), ()) if usable else Refused(_why_none(grants, resource, (), use))


def _allowed(used: Iterable[Grant], use: Use, fields: tuple[str, ...], cut: tuple[str, ...]) -> Allowed:
    found = sorted(used, key=lambda grant: grant.code)
    if not found:
        return Allowed("", use.ground, "", fields, cut)
    joined = (
        "；".join(dict.fromkeys(texts)) for texts in zip(*((g.code, g.ground, g.clause) for g in found), strict=True)
    )
    grant, ground, clause = joined
    return Allowed(grant, ground, clause, fields, cut)


def _fitting(grants: Sequence[Grant], resource: Resource, use: Use) -> list[Grant]:
    return [
        grant
        for grant in grants
        if grant.resource == resource.code and grant.purpose == use.purpose and covers(grant.region, use.region)
    ]


def _usable(grants: Sequence[Grant], resource: Resource, use: Use) -> list[Grant]:
    fitting = [grant for grant in _fitting(grants, resource, use) if grant.until >= use.today]
    return sorted(fitting, key=lambda grant: grant.code)


def _naming(usable: Sequence[Grant], name: str) -> Grant | None:
    return next((grant for grant in usable if name in grant.fields), None)


def _why_none(grants: Sequence[Grant], resource: Resource, fields: Sequence[str], use: Use) -> str:
    shares = {share_of(resource, name) for name in fields} or {resource.share}
    if shares == {ShareType.WITHHELD}:
        return "resource_withheld"
    if ShareType.CONDITIONAL not in shares:
        return "no_ground"
    fitting = [grant for grant in _fitting(grants, resource, use) if not fields or set(fields) & set(grant.fields)]
    return "grant_expired" if fitting and all(grant.until < use.today for grant in fitting) else "no_grant"


def covers(wide: str, region: str) -> bool:
    """Whether an administrative code holds another one: 410000 holds 411323, 411323 holds itself (GB/T 2260 pairs)."""
    stem = wide
    while len(stem) > 2 and stem.endswith("00"):
        stem = stem[:-2]
    return bool(stem) and region.startswith(stem)


def may_have(
    grants: Sequence[CertificateGrant], kind: str, organisation: str, use: Use, *, whole: bool = False
) -> CertificateGrant | Refused:
    """The grant by which this department may have certificates of this type; `whole`: the files themselves, not only a copy.

    Refused: no_grant, grant_expired, or whole_file_not_granted where a copy alone may be had."""
    named = [
        grant
        for grant in sorted(grants, key=lambda grant: grant.code)
        if kind in grant.certificates and organisation in grant.departments
        if grant.purpose == use.purpose and covers(grant.region, use.region)
    ]
    usable = [grant for grant in named if grant.until >= use.today]
    if not usable:
        return Refused("grant_expired" if named else "no_grant")
    found = [grant for grant in usable if grant.whole_file or not whole]
    return found[0] if found else Refused("whole_file_not_granted")


# --- who may be asked about -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Party:
    """Somebody in the case in a role (`owner`, `owner[1]`). `proof` names how the identity was proven; "" = not proven."""

    role: str
    identifier: str = field(repr=False)
    proof: str = ""


@dataclass(frozen=True)
class Reached:
    """A form value that an answer of this case supplied: form `key`, its `value`, the `resource` it came from and the role
    that was asked `about`."""

    key: str
    value: str = field(repr=False)
    resource: str
    about: str


@dataclass(frozen=True)
class Standing:
    """What is known of the people in a case: its matter's roles, its parties, and what answers have reached."""

    roles: tuple[Role, ...]
    parties: tuple[Party, ...] = ()
    reached: tuple[Reached, ...] = ()


@dataclass(frozen=True)
class Tie:
    """How a subject belongs to the case: its role, and `by` = `proof:<kind>`, `relation:<form key>` or `answer:<resource>`."""

    role: str
    by: str
    identifier: str = field(repr=False)


def subject_allowed(standing: Standing, subject: Mapping[str, str]) -> Tie | Refused:
    """Whether the case may ask about a subject, given as form key → value (docs/design.md §3, "who may be asked about").

    A key ties the subject to the case when
    1. it is the identifier of a role whose party was proven, and equals that party's identifier; or
    2. a role declares it as its relation's `via`, and exactly this value came for it, in this case, from the relation's
       resource (a household member, a co-owner); or
    3. exactly this value came for it, in this case, in an answer about the key's own role (the applicant's licence number
       after the licence was fetched), or the key belongs to a role that is nobody (a place) and the value came in any
       answer of this case (the deed's number in the applicant's lease): the published form declares that way.

    Allowed with one tie at least, unless the subject also holds the identifier of another person or enterprise that nothing
    ties. Other keys may go along (a name, a deed number beside its proven owner): the department matches all of them. What a
    person typed never ties: a number typed by hand opens nobody's data, be it the identifier of a role with a relation or
    of a place.
    """
    ties = {key: _tie(standing, key, value) for key, value in subject.items() if value}
    found = [tie for tie in ties.values() if tie]
    if any(tie is None and _names_a_party(standing, key) for key, tie in ties.items()):
        return Refused("subject_unproven")
    return found[0] if found else Refused("subject_not_of_case")


def party_named(standing: Standing, identifier: str) -> Tie | None:
    """The proven party of the case with this number, if there is one."""
    parties = (one for one in standing.parties if one.proof and _same(one.identifier, identifier))
    return next((Tie(one.role, f"proof:{one.proof}", one.identifier) for one in parties), None)


def identifier_key(role: Role, at: str = "") -> str:
    """The form key of a role's identifier: `owner` with identifier `id_number` → `owner.id_number`; `at` is the numbered
    role (`owner[1]`)."""
    if not role.identifier:
        return ""
    _, _, name = role.identifier.rpartition(".")
    return f"{at or role.code}.{name}" if at or "." not in role.identifier else role.identifier


def plain_role(role: str) -> str:
    """`owner[1]` → `owner`."""
    return role.partition("[")[0]


def plain_key(key: str) -> str:
    """`owner[1].id_number` → `owner.id_number`."""
    role, dot, name = key.rpartition(".")
    return f"{plain_role(role)}{dot}{name}"


def _tie(standing: Standing, key: str, value: str) -> Tie | None:
    at = key.rpartition(".")[0]
    role = next((known for known in standing.roles if known.code == plain_role(at)), None)
    if role and identifier_key(role, at) == key:
        for party in standing.parties:
            if party.role == at and party.proof and _same(party.identifier, value):
                return Tie(at, f"proof:{party.proof}", value)
    arrived = [one for one in standing.reached if one.key == key and _same(one.value, value)]
    for related in standing.roles:
        relation = related.relation
        if relation and relation.via == plain_key(key) and any(one.resource in relation.resources for one in arrived):
            return Tie(at if plain_role(at) == related.code else related.code, f"relation:{key}", value)
    if role and role.kind in PARTY_KINDS and identifier_key(role, at) == key:
        return None
    nobody = role is None or role.kind not in PARTY_KINDS
    came = next((one for one in arrived if nobody or one.about == at), None)
    return Tie(at, f"answer:{came.resource}", value) if came else None


def _names_a_party(standing: Standing, key: str) -> bool:
    at = key.rpartition(".")[0]
    return any(
        role.kind in PARTY_KINDS and identifier_key(role, at) == key
        for role in standing.roles
        if role.code == plain_role(at)
    ) or any(
        r.kind in PARTY_KINDS and r.relation is not None and r.relation.via == plain_key(key) for r in standing.roles
    )


def _same(one: str, other: str) -> bool:
    return one.strip().upper() == other.strip().upper()
