"""The catalog manager's bundle: matters, resources, needs, versions, publication, policy. It edits no file."""

from __future__ import annotations

from pathlib import Path

from catalog.differences import differences
from catalog.loading import load
from catalog.needs_list import as_csv, needs_lines
from catalog.policies import SETTINGS
from catalog.types import Matter, Site
from hub.cases.terms import effect
from hub.clock import Clock, local
from hub.errors import BadInput, NotThere
from hub.identity.principal import Principal, Role
from hub.sharinglog import Admin, Operator, SharingLog
from hub.store import catalogs as store
from hub.store.catalogs import Catalogs
from hub.store.database import Database
from hub.wiring.access import need, operator
from hub.wiring.case_view import names_of
from hub.wiring.catalog_rows import guide_view, item_rows, matter_detail, matter_row, need_rows, resource_rows
from hub.wiring.catalog_views import (
    ChangeRow,
    GuideView,
    ItemRow,
    MatterDetail,
    MatterRow,
    MismatchRow,
    NeedRow,
    NeedsFile,
    PolicyRow,
    ResourceRow,
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
        found = sorted(site.matters.values(), key=lambda m: (m.batch, m.sequence, m.code))
        return tuple(matter_row(site, m) for m in found)

    def matter(self, p: Principal, code: str) -> MatterDetail:
        need(p, Role.CATALOG_MANAGER)
        site = self._catalogs.current()
        return matter_detail(site, _matter(site, code))

    def guide(self, p: Principal, code: str, short: bool = False) -> GuideView:
        """办事指南 of a matter: full, or the short version. The clerk tells applicants what stands in it."""
        need(p, Role.CATALOG_MANAGER, Role.CLERK)
        site = self._catalogs.current()
        return guide_view(site, _matter(site, code), short)

    def items(self, p: Principal) -> tuple[ItemRow, ...]:
        need(p, Role.CATALOG_MANAGER)
        return item_rows(self._catalogs.current())

    def resources(self, p: Principal) -> tuple[ResourceRow, ...]:
        need(p, Role.CATALOG_MANAGER)
        return resource_rows(self._catalogs.current())

    def needs(self, p: Principal) -> tuple[NeedRow, ...]:
        """需求清单 of the published catalog."""
        need(p, Role.CATALOG_MANAGER)
        return need_rows(self._catalogs.current())

    def needs_file(self, p: Principal, matter: str, department: str, state: str) -> NeedsFile:
        """The 需求清单 as CSV; `matter` and `department` are a code or part of a name, `state` as in `NeedRow`."""
        need(p, Role.CATALOG_MANAGER)
        lines = needs_lines(self._catalogs.current(), matter, department, state)
        return NeedsFile(f"{self._region}-{local(self._clock()):%Y%m%d}-needs.csv", as_csv(lines))

    def differences(self, p: Principal, older: str, newer: str) -> tuple[ChangeRow, ...]:
        """What changed between two published versions, by their digests. Raises NotThere for a digest that was never published."""
        need(p, Role.CATALOG_MANAGER)
        with self._database.read() as session:
            before, after = store.document(session, self._region, older), store.document(session, self._region, newer)
        return tuple(ChangeRow(**vars(one)) for one in differences(before, after))

    def versions(self, p: Principal) -> tuple[VersionRow, ...]:
        need(p, Role.CATALOG_MANAGER)
        with self._database.read() as session:
            found, names = store.versions(session, self._region), names_of(session)
        return tuple(
            VersionRow(
                v.digest,
                v.published_at,
                names.get(v.published_by, v.published_by),  # from the command line: a name already
                v.current,
                v.in_force_since,
                names.get(v.moved_by, v.moved_by),
            )
            for v in found
        )

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
    database: Database, folder: Path, region: str, by: str, now_clock: Clock, log: SharingLog | None = None
) -> tuple[str, tuple[MismatchRow, ...]]:
    """Publish from the command line; gives the digest, or every mistake and an empty digest. With a `log` the act is in it first."""
    loaded = load(folder, local(now_clock()).date())
    if loaded.mismatches:
        return "", tuple(MismatchRow(m.file, m.line or None, m.message) for m in loaded.mismatches)
    if log is not None:
        log.append(Admin("publish_catalog", region, who=Operator("hub", "yijian-cli", by)))
    with database.write() as session:
        return store.publish(session, region, loaded.document, by, now_clock()), ()


def _matter(site: Site, code: str) -> Matter:
    matter = site.matters.get(code)
    if matter is None:
        raise NotThere("目录中没有这个“一件事”。", code="MATTER_NOT_THERE")
    return matter


def _text(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return "、".join(str(v) for v in value)
    return {True: "是", False: "否"}.get(value, str(value)) if isinstance(value, bool) else str(value)
