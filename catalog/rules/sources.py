"""Rules of sources: each names a resource and field that exist and may be shared, and is asked with keys of the same form."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.demand import plain_name
from catalog.mismatch import At, Mismatch
from catalog.needs import share_of
from catalog.rules.matters import a_ring
from catalog.rules.places import in_matter
from catalog.types import FieldType, FormField, Matter, Resource, ShareType, Site, Source

_TEXTS = {FieldType.TEXT, FieldType.ADDRESS}


def check(site: Site) -> Iterator[Mismatch]:
    for matter in site.matters.values():
        for position, field in enumerate(matter.fields):
            for index, source in enumerate(field.sources):
                yield from _source(site, matter, field, source, ("fields", position, "sources", index))
        yield from _rings(matter)


def _source(site: Site, matter: Matter, field: FormField, source: Source, at: At) -> Iterator[Mismatch]:
    resource = site.resources.get(source.resource)
    if resource is None:
        message = f'"{source.resource}" is no resource of any department; correct the name or add the resource'
        yield in_matter(matter, (*at, "resource"), "UNKNOWN_RESOURCE", message)
        return
    yield from _answered(site, matter, field, source, at)
    yield from _subject(site, matter, source, resource, at)


def _answered(site: Site, matter: Matter, field: FormField, source: Source, at: At) -> Iterator[Mismatch]:
    name = plain_name(source.field)
    share = share_of(site, source.resource, name)
    if share is None:
        message = f'{source.resource} does not answer "{source.field}"; correct the name or add it to the resource'
        yield in_matter(matter, (*at, "field"), "UNKNOWN_FIELD", message)
        return
    if ("." in name) != ("[" in source.field):
        message = f'"{source.field}" stands in a list; say which row, as in owners[0].owner_name'
        yield in_matter(matter, (*at, "field"), "NO_ROW", message)
    if share is ShareType.WITHHELD:
        message = f'{source.resource} withholds "{source.field}" (不予共享); take the source out'
        yield in_matter(matter, (*at, "field"), "WITHHELD", message)
    answered = site.dictionary.get(name.rpartition(".")[2])
    if answered and not _same_type(field.definition.type, answered.type):
        message = f'"{field.key}" is of type {field.definition.type}, "{source.field}" of type {answered.type}; they must be alike'
        yield in_matter(matter, (*at, "field"), "WRONG_TYPE", message)


def _same_type(asked: FieldType, answered: FieldType) -> bool:
    return asked is answered or {asked, answered} <= _TEXTS


def _subject(site: Site, matter: Matter, source: Source, resource: Resource, at: At) -> Iterator[Mismatch]:
    if set(source.subject) != set(resource.subject):
        message = f"{resource.code} is asked with {', '.join(resource.subject)}; give exactly these in subject"
        yield in_matter(matter, (*at, "subject"), "SUBJECT_UNSATISFIED", message)
    keys = {known.key: known for known in matter.fields}
    for name, key in source.subject.items():
        if key not in keys:
            message = f'subject "{key}" is no field of this matter; use a form key that is'
            yield in_matter(matter, (*at, "subject"), "UNKNOWN_FIELD", message)
        elif name in site.dictionary and not _same_type(keys[key].definition.type, site.dictionary[name].type):
            message = f'subject "{name}" is of type {site.dictionary[name].type}, "{key}" is not; use a key that is'
            yield in_matter(matter, (*at, "subject"), "WRONG_TYPE", message)


def _rings(matter: Matter) -> Iterator[Mismatch]:
    """A key asked with itself, over however many answers, could never be filled by asking."""
    edges = [
        (subject, field.key)
        for field in matter.fields
        for source in field.sources
        for subject in source.subject.values()
    ]
    if ring := a_ring(edges):
        position = [field.key for field in matter.fields].index(ring[1])
        message = f"these fields are asked with each other in a ring: {' → '.join(ring)}; take one source out"
        yield in_matter(matter, ("fields", position, "key"), "CYCLE", message)
