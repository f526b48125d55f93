"""Rules of supply and of the site's own tables: departments, resources, dictionary, policy, notices, calendar. Demand is elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from stdnum.cn import uscc

from catalog.dictionary import BadValue, canonical
from catalog.mismatch import At, Mismatch
from catalog.notices import NOTICES, blanks
from catalog.policies import SETTINGS
from catalog.rules.places import in_department, in_file
from catalog.types import REGISTRY_WAY, Department, FieldDefinition, FieldType, Kind, Resource, ShareType, Site


def check(site: Site) -> Iterator[Mismatch]:
    for department in site.departments.values():
        yield from _department(site, department)
    for resource in site.resources.values():
        yield from _resource(site, resource)
    yield from _platform(site)
    yield from _dictionary(site)
    yield from _policy(site)
    yield from _notices(site)
    if not site.calendar:
        yield in_file(
            "calendar.csv", (), "NO_CALENDAR", "no day is listed; make the file with python -m catalog.calendar_seed"
        )


def _department(site: Site, department: Department) -> Iterator[Mismatch]:
    if department.uscc and not uscc.is_valid(department.uscc):
        message = f"the unified social credit code of {department.name} has a wrong check character; correct it"
        yield in_department(department.code, ("department", "uscc"), "BAD_USCC", message)
    if not department.uscc and department.handles:
        message = f"{department.name} takes item cases, so its unified social credit code must be there; ask for it"
        yield in_department(department.code, ("department", "uscc"), "BAD_USCC", message)
    yield from _fallback(site, department)
    for item in department.handles:
        known = site.items.get(item)
        if known is None and takes_sheet(site, department, item):
            continue
        if known is None:
            message = f'handles "{item}", which is no item of this site; add items/{item}.toml or take it out'
            yield in_department(department.code, ("handles", item), "UNKNOWN_ITEM", message)
        elif known.department != department.code:
            message = f'handles "{item}", but that item belongs to {known.department}; change one of the two'
            yield in_department(department.code, ("handles", item), "WRONG_DEPARTMENT", message)


def _fallback(site: Site, department: Department) -> Iterator[Mismatch]:
    rule = department.fallback
    if rule is None:
        return
    if department.kind in (Kind.INBOX, Kind.PLATFORM):
        message = f"kind {department.kind.value} has no wire that persons could stand in for; take [fallback] out"
        yield in_department(department.code, ("fallback",), "BAD_FALLBACK", message)
    if rule.questions_after_minutes is None and rule.item_cases_after_minutes is None:
        message = "says neither questions_after_minutes nor item_cases_after_minutes; give one, or take it out"
        yield in_department(department.code, ("fallback",), "BAD_FALLBACK", message)
    for name in rule.resources:
        known = site.resources.get(f"{department.code}.{name}")
        if known is None or known.way:
            message = f'"{name}" is no resource of {department.code} that goes over its wire; take it out of resources'
            yield in_department(department.code, ("fallback", "resources"), "BAD_FALLBACK", message)


def takes_sheet(site: Site, department: Department, code: str) -> bool:
    """Whether this is the code of a matter whose verification sheet the department takes as its lead."""
    matter = site.matters.get(code)
    return matter is not None and matter.sheet and matter.lead == department.code


def _resource(site: Site, resource: Resource) -> Iterator[Mismatch]:
    at: At = ("resources", resource.code.partition(".")[2])
    if resource.proposed and resource.share is not ShareType.WITHHELD:
        message = f"{resource.code} is proposed and not withheld; review its mapping, then take proposed out"
        yield in_department(resource.department, (*at, "share"), "PROPOSED_SHARED", message)
    if not resource.subject and not resource.proposed:
        yield in_department(
            resource.department, at, "NO_SUBJECT", f"{resource.code} has no subject; say what it is asked with"
        )
    if not (resource.fields or resource.lists or resource.certificate_type or resource.proposed):
        yield in_department(
            resource.department,
            at,
            "EMPTY_RESOURCE",
            f"{resource.code} answers nothing; give it fields or a certificate_type",
        )
    if resource.certificate_type and resource.certificate_type not in site.certificates:
        message = f"certificate type {resource.certificate_type} is not in certificates.toml; add it there"
        yield in_department(resource.department, (*at, "certificate_type"), "UNKNOWN_CERTIFICATE_TYPE", message)
    if resource.certificate_number and not resource.field_named(resource.certificate_number):
        message = f'certificate_number "{resource.certificate_number}" is no field of {resource.code}; add it to fields or name another'
        yield in_department(resource.department, (*at, "certificate_number"), "UNKNOWN_FIELD", message)
    if resource.way == REGISTRY_WAY:
        yield from _registered(site, resource, at)
    names: list[tuple[str, At]] = [(name, (*at, "subject")) for name in resource.subject]
    names += [(field.name, (*at, "fields", field.name)) for field in resource.fields]
    names += [
        (field.name, (*at, "lists", found.name, "fields", field.name))
        for found in resource.lists
        for field in found.fields
    ]
    for name, place in names:
        if name not in site.dictionary:
            message = f'"{name}" of {resource.code} is not in dictionary.toml; add it there or use a name that is'
            yield in_department(resource.department, place, "UNKNOWN_FIELD", message)


def _registered(site: Site, resource: Resource, at: At) -> Iterator[Mismatch]:
    """Out of the registry a resource gives certificates of one type that its department issues, by the holder's number alone."""
    kind = site.certificates.get(resource.certificate_type)
    if kind is None or resource.department not in kind.issued_by:
        message = f"{resource.code} is answered from the registry, so it needs a certificate_type that {resource.department} issues"
        yield in_department(resource.department, (*at, "certificate_type"), "BAD_REGISTRY_RESOURCE", message)
    if len(resource.subject) != 1:
        message = f"{resource.code} is answered from the registry by the holder's number; give that one name as subject"
        yield in_department(resource.department, (*at, "subject"), "BAD_REGISTRY_RESOURCE", message)


def _platform(site: Site) -> Iterator[Mismatch]:
    platform = site.departments.get(site.platform)
    if platform is None or platform.kind is not Kind.PLATFORM:
        message = f'platform "{site.platform}" is no department of kind "platform"; name one that is'
        yield in_file("site.toml", ("platform",), "UNKNOWN_PLATFORM", message)


def _dictionary(site: Site) -> Iterator[Mismatch]:
    for name, entry in site.dictionary.items():
        if (entry.type in (FieldType.CODE, FieldType.CODES)) != bool(entry.codes):
            message = (
                f'"{name}": a field of type "code" or "codes" needs a list of codes, and only such a field has one'
            )
            yield in_file(entry.file, (name,), "BAD_CODES", message)
        if (entry.open_ended or entry.partial) and entry.type is not FieldType.DATE:
            yield in_file(entry.file, (name,), "BAD_TYPE", f'"{name}": only a date may be open_ended or partial')
        yield from _bounds(name, entry)
        if entry.example and (wrong := _bad_example(entry)):
            yield in_file(
                entry.file, (name, "example"), "BAD_EXAMPLE", f'"{name}": its own example is refused: {wrong}'
            )
        if commas := [code.code for code in entry.codes if "," in code.code]:
            yield in_file(
                entry.file, (name, "codes"), "BAD_CODES", f'"{name}": no comma in codes such as "{commas[0]}"'
            )
        written = Counter(word for code in entry.codes for word in {code.code, code.title, *code.aliases})
        for word, times in written.items():
            if times > 1:
                message = f'"{name}": "{word}" stands for {times} codes; make codes, titles and aliases unlike'
                yield in_file(entry.file, (name, "codes"), "DUPLICATE_CODE", message)


def _bad_example(entry: FieldDefinition) -> str:
    """Why the example would be refused at the form. Days are not held against today."""
    try:
        canonical(entry, entry.example)
    except BadValue as refused:
        return str(refused)
    return ""


def _bounds(name: str, entry: FieldDefinition) -> Iterator[Mismatch]:
    bounded = entry.minimum is not None or entry.maximum is not None
    if bounded and entry.type not in (FieldType.INTEGER, FieldType.DECIMAL):
        yield in_file(entry.file, (name,), "BAD_TYPE", f'"{name}": only a number may have minimum or maximum')
    if (entry.not_before or entry.not_after) and entry.type is not FieldType.DATE:
        yield in_file(entry.file, (name,), "BAD_TYPE", f'"{name}": only a date may have not_before or not_after')
    if entry.minimum is not None and entry.maximum is not None and entry.minimum > entry.maximum:
        yield in_file(entry.file, (name,), "BAD_BOUNDS", f'"{name}": minimum is above maximum; mend one')


def _policy(site: Site) -> Iterator[Mismatch]:
    for key, setting in SETTINGS.items():
        if key not in site.policy:
            message = f'"{key}" ({setting.point} {setting.title}) is decided in no layer; add [province.{key}] or [county.{key}]'
            yield in_file("policy.toml", (), "POLICY_MISSING", message)
    platforms = site.policy.get("platforms")
    for code in platforms.value if platforms and isinstance(platforms.value, tuple) else ():
        if code not in site.departments:
            at = (platforms.layer, "platforms", "value") if platforms else ()
            yield in_file("policy.toml", at, "UNKNOWN_DEPARTMENT", f'"{code}" is no department of this site')


def _notices(site: Site) -> Iterator[Mismatch]:
    for name, allowed in NOTICES.items():
        file = f"notices/{name}.txt"
        if not site.notices.get(name, "").strip():
            yield in_file(file, (), "NOTICE_MISSING", f"the template of {name} is missing or empty; write it")
        for blank in blanks(site.notices.get(name, "")):
            if blank not in allowed:
                message = f"the blank {{{blank}}} is not known in this notice; use one of: {', '.join(allowed)}"
                yield in_file(file, (), "UNKNOWN_BLANK", message)
