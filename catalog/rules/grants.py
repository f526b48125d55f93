"""Rules of grants: nothing is asked without one that covers it, names what exists, and has not run out. The hub's policy applies them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from catalog.demand import asked_fields
from catalog.mismatch import Mismatch
from catalog.needs import share_of
from catalog.rules.places import in_file, in_grant
from catalog.types import CertificateGrant, Grant, Matter, Site, Written

FILE, FOLDER = "grants.toml", "grants/"
MOST = 5
"""So many matters are named; a part brings a field into dozens."""


def check(site: Site, on: date | None) -> Iterator[Mismatch]:
    codes: dict[str, Written] = {}
    every: tuple[Grant | CertificateGrant, ...] = (*site.grants, *site.certificate_grants)
    for grant in every:
        if codes.setdefault(grant.code, grant.written) != grant.written:
            yield in_grant(grant, (), "DUPLICATE_CODE", f'grant "{grant.code}" stands twice; give one another code')
        yield from _common(site, grant, on)
        yield from _certificates(site, grant) if isinstance(grant, CertificateGrant) else _fields(site, grant)
    by_purpose: dict[str, list[Grant]] = {}
    for grant in site.grants:
        by_purpose.setdefault(grant.purpose, []).append(grant)
    ungranted: dict[str, tuple[list[str], set[str]]] = {}
    for matter in site.matters.values():
        for resource, names, grants in _uncovered(site, matter, by_purpose.get(matter.code, [])):
            if grants:
                yield _not_whole(matter, resource, names, grants[0])
            else:
                matters, fields = ungranted.setdefault(resource, ([], set()))
                matters.append(matter.code)
                fields |= names
    for resource, (matters, fields) in sorted(ungranted.items()):
        yield _missing(site, resource, matters, fields)


def _common(site: Site, grant: Grant | CertificateGrant, on: date | None) -> Iterator[Mismatch]:
    if on and grant.until < on:
        message = f'grant "{grant.code}" ran out on {grant.until}; have it renewed or take it out'
        yield in_grant(grant, ("until",), "GRANT_EXPIRED", message)
    if grant.purpose not in site.matters:
        message = f'purpose "{grant.purpose}" is no matter of this site; use the code of one that is'
        yield in_grant(grant, ("purposes",), "UNKNOWN_MATTER", message)


def _certificates(site: Site, grant: CertificateGrant) -> Iterator[Mismatch]:
    """A grant of certificates names types that there are, and who may have them."""
    for kind in grant.certificates:
        if kind not in site.certificates:
            message = f'"{kind}" is no certificate type of this site; correct the code or add the type'
            yield in_grant(grant, ("certificates",), "UNKNOWN_CERTIFICATE_TYPE", message)
    if not grant.departments:
        message = f'grant "{grant.code}" of certificates says not who may have them; name the departments'
        yield in_grant(grant, ("departments",), "UNKNOWN_DEPARTMENT", message)
    for code in grant.departments:
        if code not in site.departments:
            message = f'"{code}" is no department of this site; correct the name'
            yield in_grant(grant, ("departments",), "UNKNOWN_DEPARTMENT", message)


def _fields(site: Site, grant: Grant) -> Iterator[Mismatch]:
    if grant.resource not in site.resources:
        message = f'"{grant.resource}" is no resource of any department; correct the name'
        yield in_grant(grant, ("resource",), "UNKNOWN_RESOURCE", message)
        return
    for name in grant.fields:
        if share_of(site, grant.resource, name) is None:
            message = (
                f'{grant.resource} does not answer "{name}"; correct the name (fields of a list as owners.owner_name)'
            )
            yield in_grant(grant, ("fields",), "UNKNOWN_FIELD", message)


def _uncovered(site: Site, matter: Matter, given: list[Grant]) -> Iterator[tuple[str, set[str], list[Grant]]]:
    """What a matter asks and no grant of it covers: the resource, the fields that lack (none: the certificate), and the grants that there are."""
    items = matter.demands.values()
    wanted = {
        resource: set(names) for resource, names in asked_fields(matter, items).items() if resource in site.resources
    }
    for exemption in (found for item in items for material in item.materials for found in material.exemptions):
        if exemption.resource in site.resources:
            wanted.setdefault(exemption.resource, set())
    for item in items:
        if item.is_asked and item.result.resource in site.resources:
            wanted.setdefault(item.result.resource, set())
    for resource, names in sorted(wanted.items()):
        grants = [grant for grant in given if grant.resource == resource]
        lacking = names - {name for grant in grants for name in grant.fields}
        if lacking or not grants:
            yield resource, lacking, grants


def _not_whole(matter: Matter, resource: str, lacking: set[str], grant: Grant) -> Mismatch:
    message = f"{matter.code} asks {resource} for {', '.join(sorted(lacking))}, which no grant covers; add them with their ground"
    return in_grant(grant, ("fields",), "MISSING_GRANT", message)


def _missing(site: Site, resource: str, matters: list[str], names: set[str]) -> Mismatch:
    """One for all the matters that ask it: where a grant for others stands, its purposes; else the file in which it belongs."""
    who = f"{', '.join(matters[:MOST])}{f' and {len(matters) - MOST} more' if len(matters) > MOST else ''}"
    asks, fields = "asks" if len(matters) == 1 else "ask", ", ".join(sorted(names)) or "the certificate"
    of_others = next((one for one in site.grants if one.resource == resource), None)
    if of_others is not None:
        message = f"{who} {asks} {resource}, and no grant has {'it' if len(matters) == 1 else 'them'} among its purposes; add to this one, or add another, for: {fields}"
        return in_grant(of_others, ("purposes",), "MISSING_GRANT", message)
    message = f"{who} {asks} {resource}, but no grant allows it; add one for: {fields}"
    return in_file(_file_for(site, resource), (), "MISSING_GRANT", message)


def _file_for(site: Site, resource: str) -> str:
    """Where the grants of its department stand; where it has none, a file of its own, if the site spreads them."""
    department = site.resources[resource].department
    own = [
        one.written[0]
        for one in site.grants
        if site.resources.get(one.resource) and site.resources[one.resource].department == department
    ]
    spread = not site.grants or any(one.written[0].startswith(FOLDER) for one in site.grants)
    return own[0] if own else f"{FOLDER}{department}.toml" if spread else FILE
