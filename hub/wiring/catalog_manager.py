"""The catalog manager's bundle: matters, resources, needs, versions, publication, policy. It edits no file."""

from __future__ import annotations

from pathlib import Path

from catalog.demand import form_of, materials_of, situation
from catalog.loading import load
from catalog.needs import needs
from catalog.policies import SETTINGS
from catalog.types import FormField, Matter, Site
from hub.cases.terms import effect
from hub.clock import Clock, local
from hub.errors import BadInput, NotThere
from hub.identity.principal import Principal, Role
from hub.sharinglog import Admin, SharingLog
from hub.store import catalogs as store
from hub.store.catalogs import Catalogs
from hub.store.database import Database
from hub.wiring.access import need, operator
from hub.wiring.listings import (
    DependencyLine,
    FieldLine,
    GrantLine,
    ItemLine,
    MaterialLine,
    MatterDetail,
    MatterRow,
    MismatchRow,
    NeedRow,
    PolicyRow,
    ResourceFieldLine,
    ResourceRow,
    RoleLine,
    SourceLine,
    VersionRow,
)


class CatalogBundle:
    def __init__(
        self, database: Database, catalogs: Catalogs, folder: Path, region: str, log: SharingLog, clock: Clock
    ) -> None:
        self._database, self._catalogs, self._folder = database, catalogs, folder
        self._region, self._log, self._clock = region, log, clock

    def matters(self, p: Principal) -> tuple[MatterRow, ...]:
        need(p, Role.CATALOG_MANAGER)
        site = self._catalogs.current()
        return tuple(_matter_row(site, m) for m in site.matters.values())

    def matter(self, p: Principal, code: str) -> MatterDetail:
        need(p, Role.CATALOG_MANAGER)
        site = self._catalogs.current()
        matter = site.matters.get(code)
        if matter is None:
            raise NotThere("目录中没有这个“一件事”。", code="MATTER_NOT_THERE")
        return MatterDetail(
            row=_matter_row(site, matter),
            aliases=matter.aliases,
            batch=matter.batch,
            issuing_level=matter.issuing_level,
            items=tuple(_item_line(site, matter, i.item, i.optional) for i in matter.items),
            fields=tuple(_field_line(site, matter, f) for f in matter.fields),
            materials=_material_lines(site, matter),
            dependencies=tuple(
                DependencyLine(
                    site.items[d.upstream].title, site.items[d.downstream].title, d.on_reject or "", d.proposed
                )
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
            ),
        )

    def resources(self, p: Principal) -> tuple[ResourceRow, ...]:
        need(p, Role.CATALOG_MANAGER)
        site = self._catalogs.current()
        return tuple(
            ResourceRow(
                code=r.code,
                title=r.title,
                department=site.departments[r.department].name,
                kind=site.departments[r.department].kind.value,
                share=r.share.value,
                subject=tuple(_title(site, name) for name in r.subject),
                fields=tuple(
                    ResourceFieldLine(
                        f.name, _title(site, f.name), f.share.value, site.dictionary[f.name].sensitivity.value
                    )
                    for f in (*r.fields, *(inner for nested in r.lists for inner in nested.fields))
                    if f.name in site.dictionary
                ),
                update_cycle=r.update_cycle,
                trust=r.trust,
                certificate_type=r.certificate_type,
            )
            for r in site.resources.values()
        )

    def needs(self, p: Principal) -> tuple[NeedRow, ...]:
        """需求清单 of the published catalog."""
        need(p, Role.CATALOG_MANAGER)
        site = self._catalogs.current()
        found = []
        for n in needs(site):
            department = site.departments.get(n.department)
            found.append(
                NeedRow(
                    matter=site.matters[n.matter].title,
                    item=site.items[n.item].title if n.item in site.items else n.item,
                    need=n.title,
                    department=department.name if department else n.department,
                    resource=site.resources[n.resource].title if n.resource in site.resources else n.resource,
                    state="met" if n.resource else "unmet",
                    sentence=n.ground,
                )
            )
        return tuple(found)

    def versions(self, p: Principal) -> tuple[VersionRow, ...]:
        need(p, Role.CATALOG_MANAGER)
        with self._database.read() as session:
            found = store.versions(session, self._region)
        return tuple(VersionRow(v.digest, v.published_at, v.published_by, v.current) for v in found)

    def check(self, p: Principal) -> tuple[MismatchRow, ...]:
        """Every mistake of the site's folder at once, with file and line."""
        need(p, Role.CATALOG_MANAGER)
        loaded = load(self._folder, local(self._clock()).date())
        return tuple(MismatchRow(m.file, m.line or None, m.message) for m in loaded.mismatches)

    def publish(self, p: Principal) -> VersionRow:
        """Freeze the folder and move the region's pointer. Raises BadInput while it has mistakes; nothing is half published."""
        need(p, Role.CATALOG_MANAGER)
        loaded = load(self._folder, local(self._clock()).date())
        if loaded.mismatches:
            raise BadInput(f"目录还有 {len(loaded.mismatches)} 处不一致，请先更正再发布。", code="CATALOG_MISMATCH")
        now = self._clock()
        self._log.append(Admin("publish_catalog", self._region, who=operator(p)))
        with self._database.write() as session:
            digest = store.publish(session, self._region, loaded.document, p.subject, now)
        return VersionRow(digest, now, p.name, True)

    def policy(self, p: Principal) -> tuple[PolicyRow, ...]:
        need(p, Role.CATALOG_MANAGER)
        site = self._catalogs.current()
        return tuple(
            PolicyRow(v.key, _text(v.value), v.layer, v.source, v.point, effect(v.key), SETTINGS[v.key].title)
            for v in site.policy.values()
        )


def publish_folder(
    database: Database, folder: Path, region: str, by: str, now_clock: Clock
) -> tuple[str, tuple[MismatchRow, ...]]:
    """Publish from the command line; gives the digest, or every mistake and an empty digest."""
    loaded = load(folder, local(now_clock()).date())
    if loaded.mismatches:
        return "", tuple(MismatchRow(m.file, m.line or None, m.message) for m in loaded.mismatches)
    with database.write() as session:
        return store.publish(session, region, loaded.document, by, now_clock()), ()


def _matter_row(site: Site, matter: Matter) -> MatterRow:
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
    )


def _item_line(site: Site, matter: Matter, code: str, optional: bool) -> ItemLine:
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
        optional=optional,
        proposed=item.proposed,
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


def _text(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return "、".join(str(v) for v in value)
    return {True: "是", False: "否"}.get(value, str(value)) if isinstance(value, bool) else str(value)
