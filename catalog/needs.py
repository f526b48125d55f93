"""The list of needs for data sharing and e-certificates (需求清单, seed 001 二(五)) of a site. It judges nothing: see `join`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from catalog.demand import plain_name
from catalog.types import Grant, Item, ItemKind, Matter, ShareType, Site


@dataclass(frozen=True)
class Need:
    """One need: what a unit must share so that a material or a field of an item need not be brought by the applicant."""

    matter: str
    item: str
    use: str
    """`field`, `material` or `result`."""
    name: str
    """The form key or the material's code."""
    title: str
    resource: str
    field: str
    department: str
    share: ShareType | None
    """None where the resource or field is not in the catalog: a need that nobody supplies yet."""
    ground: str
    clause: str

    @property
    def state(self) -> str:
        """`met`; `unmet` where nobody supplies it; `withheld` where its unit may not share it; `ungranted` where no grant allows it."""
        if self.share is None:
            return "unmet"
        if self.share is ShareType.WITHHELD:
            return "withheld"
        return "met" if self.ground else "ungranted"


def needs(site: Site) -> list[Need]:
    """Matter × item × material or field → resource, unit, share type and legal ground, in the order of the published list.

    A document that a government body issues and the applicant still brings is a need too, one that nobody supplies yet: such documents
    are all to be exempt (seed 001 二(五): 政府部门核发的材料一律免于提交)."""
    grants: dict[tuple[str, str], Grant] = {}
    for grant in site.grants:
        grants.setdefault((grant.purpose, grant.resource), grant)
    asking = _Asking(site, grants)
    return [
        need
        for matter in sorted(site.matters.values(), key=lambda one: one.sequence)
        for need in asking.of_matter(matter)
    ]


@dataclass(frozen=True)
class _Asking:
    """The site, and its grants by purpose and resource."""

    site: Site
    grants: Mapping[tuple[str, str], Grant]

    def of_matter(self, matter: Matter) -> Iterator[Need]:
        for found in matter.items:
            if item := matter.demands.get(found.item):
                yield from _of_fields(self, matter, item)
                yield from _of_materials(self, matter, item)
                yield from _of_result(self, matter, item)


def _of_fields(asking: _Asking, matter: Matter, item: Item) -> Iterator[Need]:
    known = {field.key: field for field in matter.fields}
    for key in item.fields:
        for source in known[key].sources if key in known else ():
            yield _need(
                asking, matter, item, ("field", key, known[key].title), source.resource, plain_name(source.field)
            )


def _of_materials(asking: _Asking, matter: Matter, item: Item) -> Iterator[Need]:
    for material in item.materials:
        for exemption in material.exemptions:
            if exemption.resource:
                what = ("material", material.code, material.name)
                yield _need(asking, matter, item, what, exemption.resource, "")
        if not material.exemptions and from_government(material.source):
            yield _need(asking, matter, item, ("material", material.code, material.name), "", "")


_BODIES = re.compile(r"政府|部门|机关|局|残联|残疾人联合会|经办机构|教育部|法院|公安")
_ISSUES = re.compile(r"核发|出具|颁发|批复|签发|制发")


def from_government(source: str) -> bool:
    """Whether 材料来源 names a government body that issues the document; judged by its words (proposed)."""
    return bool(_BODIES.search(source) and _ISSUES.search(source))


def _of_result(asking: _Asking, matter: Matter, item: Item) -> Iterator[Need]:
    """A print-out's document; what a look-up shows its fields ask already."""
    if item.kind is ItemKind.PRINT_OUT and item.result.resource:
        yield _need(asking, matter, item, ("result", item.code, item.result.name), item.result.resource, "")


def _need(asking: _Asking, matter: Matter, item: Item, what: tuple[str, str, str], resource: str, field: str) -> Need:
    use, name, title = what
    grant = asking.grants.get((matter.code, resource))
    return Need(
        matter=matter.code,
        item=item.code,
        use=use,
        name=name,
        title=title,
        resource=resource,
        field=field,
        department=resource.partition(".")[0],
        share=share_of(asking.site, resource, field),
        ground=grant.ground if grant else "",
        clause=grant.clause if grant else "",
    )


def share_of(site: Site, resource: str, field: str = "") -> ShareType | None:
    """共享属性 of a resource, or of one of its fields (`owners.owner_name` for a field of a list); None where there is no such thing."""
    known = site.resources.get(resource)
    if known is None or not field:
        return known.share if known else None
    if known.share is ShareType.WITHHELD:
        return ShareType.WITHHELD
    name, _, inner = field.partition(".")
    if not inner:
        found = known.field_named(name)
        return found.share if found else None
    for nested in known.lists:
        if nested.name == name:
            return next((one.share for one in nested.fields if one.name == inner), None)
    return None
