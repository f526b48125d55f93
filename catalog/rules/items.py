"""Rules of items: their department, result, limits and materials. What a matter makes of them is in `rules.matters`."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.mismatch import Mismatch
from catalog.rules.places import in_item
from catalog.types import Exemption, IssuedBy, Item, Material, Site


def check(site: Site) -> Iterator[Mismatch]:
    for item in site.items.values():
        yield from _department(site, item)
        yield from _limits(item)
        yield from _result(site, item)
        yield from _materials(site, item)
    yield from _same_material(site)


def _department(site: Site, item: Item) -> Iterator[Mismatch]:
    department = site.departments.get(item.department)
    if department is None:
        message = f'department "{item.department}" has no folder in departments/; add it or name another'
        yield in_item(item.code, ("department",), "UNKNOWN_DEPARTMENT", message)
    elif item.code not in department.handles and not item.is_asked:
        message = f"{department.name or department.code} does not handle this item; add [handles.{item.code}] to its department.toml"
        yield in_item(item.code, ("department",), "NOT_HANDLED", message)


def _limits(item: Item) -> Iterator[Mismatch]:
    if item.promised_workdays > item.statutory_workdays:
        message = "the promised limit is longer than the statutory one; shorten it"
        yield in_item(item.code, ("promised_workdays",), "LIMIT_TOO_LONG", message)
    if item.immediate != (item.promised_workdays == 0):
        message = "an item done at once (immediate) has 0 promised workdays, and only such an item has"
        yield in_item(item.code, ("promised_workdays",), "LIMIT_UNCLEAR", message)
    if len(set(item.fields)) < len(item.fields):
        doubled = sorted({key for key in item.fields if item.fields.count(key) > 1})
        yield in_item(item.code, ("fields",), "DUPLICATE_FIELD", f"listed twice: {', '.join(doubled)}; take one out")


def _result(site: Site, item: Item) -> Iterator[Mismatch]:
    result = item.result
    if result.issued_by is not IssuedBy.NOBODY and not result.certificate_type:
        message = "somebody issues this result, so it needs a certificate_type, by which it is made here or taken in; name one of certificates.toml"
        yield in_item(item.code, ("result",), "NO_CERTIFICATE_TYPE", message)
    if result.certificate_type and result.certificate_type not in site.certificates:
        message = f"certificate type {result.certificate_type} is not in certificates.toml; add it there"
        yield in_item(item.code, ("result", "certificate_type"), "UNKNOWN_CERTIFICATE_TYPE", message)


def _materials(site: Site, item: Item) -> Iterator[Mismatch]:
    seen: set[str] = set()
    for position, material in enumerate(item.materials):
        at = ("materials", position)
        if material.code in seen:
            yield in_item(
                item.code, (*at, "code"), "DUPLICATE_CODE", f'material "{material.code}" stands twice; take one out'
            )
        seen.add(material.code)
        for exemption in material.exemptions:
            for name, code, message in bad_exemption(site, material, exemption):
                yield in_item(item.code, (*at, "exemption", *name), code, message)
        if material.deferrable and not item.deferral_allowed:
            message = f'material "{material.code}" is deferrable, but the item allows no deferral; set deferral_allowed or change it'
            yield in_item(item.code, (*at, "deferrable"), "DEFERRAL_UNCLEAR", message)
        if material.promise_allowed and not item.promise_allowed:
            message = (
                f'material "{material.code}" allows a promise, but the item does not; set promise_allowed or change it'
            )
            yield in_item(item.code, (*at, "promise_allowed"), "PROMISE_UNCLEAR", message)


def bad_exemption(site: Site, material: Material, exemption: Exemption) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """What is wrong with one exemption: the key in it, the code of the mismatch, the message."""
    if not exemption.resource and not exemption.upstream_item:
        message = f'material "{material.code}": the exemption names neither resource nor upstream_item; name one'
        yield (), "EMPTY_EXEMPTION", message
    if exemption.upstream_item and exemption.upstream_item not in site.items:
        message = f'"{exemption.upstream_item}" is no item of this site; name one that is'
        yield ("upstream_item",), "UNKNOWN_ITEM", message
    if not exemption.resource:
        return
    resource = site.resources.get(exemption.resource)
    if resource is None:
        message = f'"{exemption.resource}" is no resource of any department; correct the name or add the resource'
        yield ("resource",), "UNKNOWN_RESOURCE", message
    elif set(exemption.subject) != set(resource.subject):
        message = f"{resource.code} is asked with {', '.join(resource.subject)}; give exactly these in subject"
        yield ("subject",), "SUBJECT_UNSATISFIED", message


def _same_material(site: Site) -> Iterator[Mismatch]:
    """A material asked once for many items must be one and the same for all of them."""
    first: dict[str, tuple[str, Material]] = {}
    for item in site.items.values():
        for position, material in enumerate(item.materials):
            other, known = first.setdefault(material.code, (item.code, material))
            if (known.name, known.exemptions) != (material.name, material.exemptions):
                message = f'material "{material.code}" is another one in items/{other}.toml; make name and exemption alike or give it its own code'
                yield in_item(item.code, ("materials", position, "code"), "MATERIAL_DIFFERS", message)
