"""Makes the catalog manager's rows out of a published site. It reads no database and checks nobody's role."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.demand import form_of, materials_of, plain_name, situation
from catalog.guides import Line, guide_of
from catalog.needs import needs
from catalog.needs_list import needs_lines
from catalog.types import FormField, Item, Matter, MatterItem, Resource, ResourceField, Site
from hub.wiring.catalog_views import (
    DependencyLine,
    FieldLine,
    GrantLine,
    GuideElement,
    GuideLine,
    GuideView,
    ItemLine,
    ItemRow,
    MaterialLine,
    MatterDetail,
    MatterRow,
    NamedCode,
    NeedRow,
    ResourceFieldLine,
    ResourceRow,
    RoleLine,
    SourceLine,
)


def matter_detail(site: Site, matter: Matter) -> MatterDetail:
    return MatterDetail(
        row=matter_row(site, matter),
        aliases=matter.aliases,
        batch=matter.batch,
        issuing_level=matter.issuing_level,
        items=item_lines(site, matter),
        fields=tuple(_field_line(site, matter, f) for f in matter.fields),
        materials=_material_lines(site, matter),
        dependencies=tuple(
            DependencyLine(site.items[d.upstream].title, site.items[d.downstream].title, d.on_reject or "", d.proposed)
            for d in matter.dependencies
        ),
        roles=tuple(
            RoleLine(
                r.code,
                r.title,
                r.kind,
                r.required,
                r.proofs,
                "、".join(site.resources[code].title for code in r.relation.resources) if r.relation else "",
            )
            for r in matter.roles
        ),
        grants=tuple(
            GrantLine(g.code, site.resources[g.resource].title, g.purpose, g.ground, g.clause, g.fields, g.until)
            for g in site.grants
            if g.purpose == matter.code
        ),
    )


def matter_row(site: Site, matter: Matter) -> MatterRow:
    answers = situation(matter, {})
    chosen = tuple(i.item for i in matter.items)
    papers = materials_of(matter, chosen, answers)
    return MatterRow(
        code=matter.code,
        title=matter.title,
        lead=site.departments[matter.lead].name,
        items=len(matter.items),
        fields=len(form_of(matter, chosen, answers).fields),
        materials=len(papers),
        exempt=sum(1 for n in papers if n.exemption),
        proposed=matter.proposed,
        sequence=matter.sequence,
        listed_kind=matter.listed_kind,
        province_mandated=matter.province_mandated,
        batch=matter.batch,
        deadline=matter.deadline,
        aliases=matter.aliases,
        item_titles=tuple(site.items[i.item].title for i in matter.items),
    )


def item_lines(site: Site, matter: Matter) -> tuple[ItemLine, ...]:
    return tuple(_item_line(site, matter, found) for found in matter.items)


def _item_line(site: Site, matter: Matter, found: MatterItem) -> ItemLine:
    code = found.item
    item = site.items[code]
    return ItemLine(
        code=code,
        title=item.title,
        department=site.departments[item.department].name,
        kind=item.kind.value,
        promised_workdays=item.promised_workdays,
        statutory_workdays=item.statutory_workdays,
        result=item.result.name,
        issued_by=item.result.issued_by.value,
        waits_for=tuple(site.items[d.upstream].title for d in matter.dependencies if d.downstream == code),
        optional=found.optional,
        proposed=item.proposed,
        change_note=found.change_note,
    )


def _field_line(site: Site, matter: Matter, f: FormField) -> FieldLine:
    return FieldLine(
        key=f.key,
        title=f.title,
        group=f.group,
        type=f.definition.type.value,
        required=f.required,
        locked=f.lock.value == "locked",
        used_by=tuple(site.items[i.item].title for i in matter.items if f.key in matter.demands[i.item].fields),
        sources=tuple(
            SourceLine(
                site.departments[site.resources[s.resource].department].name,
                site.resources[s.resource].title,
                s.field,
                s.trust,
            )
            for s in f.sources
        ),
    )


def _material_lines(site: Site, matter: Matter) -> tuple[MaterialLine, ...]:
    chosen = tuple(i.item for i in matter.items)
    lines = []
    for n in materials_of(matter, chosen, situation(matter, {})):
        supplier = ""
        if n.exemption and n.exemption.resource:
            supplier = site.resources[n.exemption.resource].title
        elif n.exemption:
            supplier = site.items[n.exemption.upstream_item].result.name
        m = n.material
        lines.append(
            MaterialLine(
                m.code,
                m.name,
                tuple(site.items[code].title for code in n.items),
                m.source,
                m.acceptance_standard,
                m.paper_copies,
                supplier,
                m.deferrable,
                m.promise_allowed,
            )
        )
    return tuple(lines)


def _title(site: Site, name: str) -> str:
    return site.dictionary[name].title if name in site.dictionary else name


def item_rows(site: Site) -> tuple[ItemRow, ...]:
    matters: dict[str, list[NamedCode]] = {}
    for matter in site.matters.values():
        for found in matter.items:
            matters.setdefault(found.item, []).append(NamedCode(matter.code, matter.title))
    return tuple(_item_row(site, item, tuple(matters.get(item.code, ()))) for item in site.items.values())


def _item_row(site: Site, item: Item, matters: tuple[NamedCode, ...]) -> ItemRow:
    department = site.departments.get(item.department)
    return ItemRow(
        code=item.code,
        title=item.title,
        aliases=item.aliases,
        department=department.name if department else item.department,
        kind=item.kind.value,
        promised_workdays=item.promised_workdays,
        statutory_workdays=item.statutory_workdays,
        immediate=item.immediate,
        result=item.result.name,
        issued_by=item.result.issued_by.value,
        special=item.special_procedures,
        matters=matters,
        own_fields=tuple(field.title for field in item.asks),
        own_materials=tuple(material.name for material in item.materials),
        questions=tuple(question.title for question in item.questions),
        proposed=item.proposed or not item.reviewed_by,
    )


def resource_rows(site: Site) -> tuple[ResourceRow, ...]:
    """Every resource with the matters that ask it, and how many ask for each of its fields."""
    by_resource: dict[str, dict[str, NamedCode]] = {}
    by_field: dict[tuple[str, str], set[str]] = {}
    for need in needs(site):
        named = NamedCode(need.matter, site.matters[need.matter].title)
        by_resource.setdefault(need.resource, {})[need.matter] = named
        by_field.setdefault((need.resource, need.field), set()).add(need.matter)
    counts = {asked: len(matters) for asked, matters in by_field.items()}
    return tuple(
        _resource_row(site, resource, tuple(by_resource.get(resource.code, {}).values()), counts)
        for resource in site.resources.values()
    )


def _resource_row(
    site: Site, r: Resource, matters: tuple[NamedCode, ...], counts: Mapping[tuple[str, str], int]
) -> ResourceRow:
    fields = [(f.name, f) for f in r.fields] + [
        (f"{nested.name}.{f.name}", f) for nested in r.lists for f in nested.fields
    ]
    department = site.departments[r.department]
    return ResourceRow(
        code=r.code,
        title=r.title,
        department=department.name,
        kind=r.way or department.kind.value,
        share=r.share.value,
        subject=tuple(_title(site, name) for name in r.subject),
        fields=tuple(
            _resource_field(site, f, counts.get((r.code, plain_name(name)), 0))
            for name, f in fields
            if f.name in site.dictionary
        ),
        update_cycle=r.update_cycle,
        trust=r.trust,
        certificate_type=r.certificate_type,
        matters=matters,
    )


def _resource_field(site: Site, f: ResourceField, matters: int) -> ResourceFieldLine:
    sensitivity = site.dictionary[f.name].sensitivity.value
    return ResourceFieldLine(f.name, _title(site, f.name), f.share.value, sensitivity, matters)


def need_rows(site: Site) -> tuple[NeedRow, ...]:
    return tuple(
        NeedRow(
            matter=one["matter"],
            item=one["item"],
            need=one["title"],
            department=one["department"],
            resource=one["resource"],
            state=one["state"],
            sentence=f"{one['ground']}（{one['clause']}）" if one["ground"] else "",
            matter_code=one["matter_code"],
            item_code=one["item_code"],
            use=one["use"],
            name=one["name"],
            resource_code=one["resource_code"],
            share=one["share"],
        )
        for one in needs_lines(site)
    )


def guide_view(site: Site, matter: Matter, short: bool) -> GuideView:
    told = [element for element in guide_of(site, matter) if element.short or not short]
    return GuideView(
        row=matter_row(site, matter),
        items=item_lines(site, matter),
        elements=tuple(GuideElement(e.number, e.title, tuple(_guide_line(line) for line in e.lines)) for e in told),
        missing=tuple(f"{e.number} {e.title}" for e in told if e.missing),
    )


def _guide_line(line: Line) -> GuideLine:
    return GuideLine(line.text, line.of, line.proposed)
