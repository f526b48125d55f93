"""Rules of look-ups, print-outs and verification sheets: what is answered or gathered by asking, and who takes the sheet. Nothing is asked here."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.demand import fields_behind
from catalog.mismatch import Mismatch
from catalog.rules.places import in_item, in_matter
from catalog.types import IssuedBy, Item, ItemKind, Matter, Resource, Site

GATHERED_FROM = (IssuedBy.DEPARTMENT, IssuedBy.PLATFORM)


def check(site: Site) -> Iterator[Mismatch]:
    for item in site.items.values():
        yield from _result(site, item)
    for matter in site.matters.values():
        for item in matter.demands.values():
            yield from _subject(site, matter, item)
        yield from _sheet(site, matter)


def _result(site: Site, item: Item) -> Iterator[Mismatch]:
    result = item.result
    if not item.is_asked:
        if result.resource or result.subject:
            message = (
                f"a {item.kind} is decided, not asked; take resource and subject out, or make it a look_up or print_out"
            )
            yield in_item(item.code, ("result",), "RESULT_UNCLEAR", message)
        return
    if not result.resource:
        message = f"a {item.kind} is answered by a resource; name it in the result, with its subject"
        yield in_item(item.code, ("result",), "NO_RESOURCE", message)
        return
    resource = site.resources.get(result.resource)
    if resource is None:
        message = f'"{result.resource}" is no resource of any department; correct the name or add the resource'
        yield in_item(item.code, ("result", "resource"), "UNKNOWN_RESOURCE", message)
    elif set(result.subject) != set(resource.subject):
        message = f"{resource.code} is asked with {', '.join(resource.subject)}; give exactly these in subject"
        yield in_item(item.code, ("result", "subject"), "SUBJECT_UNSATISFIED", message)
    else:
        yield from _gathered(item, resource)


def _gathered(item: Item, resource: Resource) -> Iterator[Mismatch]:
    result = item.result
    if item.kind is ItemKind.LOOK_UP and result.issued_by is not IssuedBy.NOBODY:
        message = 'a look-up issues nothing: its answer is the result; set issued_by = "nobody"'
        yield in_item(item.code, ("result", "issued_by"), "RESULT_UNCLEAR", message)
    if item.kind is not ItemKind.PRINT_OUT:
        return
    if result.issued_by not in GATHERED_FROM:
        message = 'a print-out is gathered from whoever issued it and never signed again; set issued_by = "department" or "platform"'
        yield in_item(item.code, ("result", "issued_by"), "RESULT_UNCLEAR", message)
    if not result.certificate_type or resource.certificate_type != result.certificate_type:
        message = (
            f"{resource.code} must answer with the document that the result names; give both the same certificate_type"
        )
        yield in_item(item.code, ("result",), "NO_DOCUMENT", message)


def _subject(site: Site, matter: Matter, item: Item) -> Iterator[Mismatch]:
    """The subject stands on the form, and what a look-up asks is asked by the form anyway: nothing is asked twice."""
    result = item.result
    if not item.is_asked or result.resource not in site.resources:
        return
    keys = {field.key for field in matter.fields}
    if strange := sorted(set(result.subject.values()) - keys):
        message = f'subject "{strange[0]}" is no field of {matter.code}; use a form key that is'
        yield in_item(item.code, ("result", "subject"), "UNKNOWN_FIELD", message)
        return
    every_source = [source for field in fields_behind(matter, item) for source in field.sources]
    asked = any(source.resource == result.resource and source.subject == result.subject for source in every_source)
    if item.kind is ItemKind.LOOK_UP and not asked:
        message = f"no field of this item asks {result.resource} with this subject in {matter.code}; a look-up shows what its form asks anyway, so give a field that source"
        yield in_item(item.code, ("result", "resource"), "NOT_ASKED", message)
    if item.kind is ItemKind.PRINT_OUT and (lacking := sorted(set(result.subject.values()) - set(item.fields))):
        message = f'the document is asked with "{lacking[0]}", which is not among the item\'s fields; add it to them'
        yield in_item(item.code, ("result", "subject"), "NOT_ASKED", message)


def _sheet(site: Site, matter: Matter) -> Iterator[Mismatch]:
    if not matter.sheet:
        return
    others = [item.title for item in matter.demands.values() if item.kind is not ItemKind.LOOK_UP]
    if others:
        message = (
            f"a verification sheet lists look-ups alone, but here is {'、'.join(others)}; take sheet out or these items"
        )
        yield in_matter(matter, ("sheet",), "BAD_SHEET", message)
    if matter.code in site.items:
        message = f'"{matter.code}" is an item too, so [handles.{matter.code}] would be unclear; give one another code'
        yield in_matter(matter, ("code",), "BAD_SHEET", message)
    lead = site.departments.get(matter.lead)
    if lead is not None and matter.code not in lead.handles:
        message = f"{lead.name} leads this matter and does not take its verification sheet; add [handles.{matter.code}] to its department.toml"
        yield in_matter(matter, ("lead",), "NOT_HANDLED", message)
