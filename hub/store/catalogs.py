"""Published catalogs: frozen documents by digest and each region's pointer. It judges no catalog; `catalog.join` does.

Nodes read the pointer; a case keeps the digest it began with, so a running case never changes under its applicant (docs/design.md §2).
"""

from __future__ import annotations

import threading
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from catalog.parsing import site_from
from catalog.publishing import freeze, thaw
from catalog.types import Site
from catalog.workdays import Calendar, calendar_of
from hub.errors import NotThere
from hub.store.database import Database, Session
from hub.store.tables import calendar_days, catalog_pointers, catalog_versions


@dataclass(frozen=True)
class Version:
    """One published catalog."""

    digest: str
    published_by: str
    published_at: datetime
    current: bool
    in_force_since: datetime | None = None
    """When the region's pointer was moved to it, by whom: of the version in force alone. Publishing the same again moves it again."""
    moved_by: str = ""


class Catalogs:
    """Gives sites by digest, each parsed once per process."""

    def __init__(self, database: Database, base: Path, region: str) -> None:
        self._database = database
        self._base = base
        self._region = region
        self._sites: dict[str, Site] = {}
        self._lock = threading.Lock()

    def site(self, digest: str, session: Session | None = None) -> Site:
        """The site as it was published under this digest. Raises NotThere.

        Whoever has a session open gives it: a second connection for the same work can starve a full pool.
        """
        with self._lock:
            known = self._sites.get(digest)
        if known is not None:
            return known
        with nullcontext(session) if session is not None else self._database.read() as reading:
            found = reading.execute(
                select(catalog_versions.c.document).where(catalog_versions.c.digest == digest)
            ).scalar()
        if found is None:
            raise NotThere(
                "This version of the catalog is not stored here; restore it from a backup.", code="CATALOG_NOT_THERE"
            )
        site = _parsed(bytes(found), self._base)
        with self._lock:
            return self._sites.setdefault(digest, site)

    def current_digest(self, session: Session | None = None) -> str:
        """The digest the region's pointer names; `session` as for `site`. Raises NotThere before the first publication."""
        with nullcontext(session) if session is not None else self._database.read() as reading:
            found = reading.execute(_POINTER, {"region": self._region}).scalar()
        if found is None:
            raise NotThere(
                "No catalog is published for this region; run `yijian catalog publish`.", code="CATALOG_NOT_PUBLISHED"
            )
        return str(found)

    def current(self, session: Session | None = None) -> Site:
        return self.site(self.current_digest(session), session)

    def offered(self, session: Session, resource: str) -> str | None:
        """Today's notice of a resource that is not offered for now, "" while it is; None where today's catalog has no such resource.

        A case goes on with the catalog that it began with, but whether a department can be asked at all is a matter of today."""
        digest = session.execute(_POINTER, {"region": self._region}).scalar()
        known = self.site(str(digest), session).resources.get(resource) if digest else None
        return known.disabled if known is not None else None

    def calendar(self, site: Site) -> Calendar:
        """The working-day calendar of the site as published."""
        return calendar_of(site.calendar)


_POINTER = select(catalog_pointers.c.digest).where(catalog_pointers.c.region == bindparam("region"))


@lru_cache(maxsize=4)
def _parsed(frozen: bytes, base: Path | None) -> Site:
    """What the bytes say; a node reads the catalog in force several times while it starts."""
    return site_from(thaw(frozen), base)


def publish(session: Session, region: str, document: dict[str, object], by: str, now: datetime) -> str:
    """Store the document under its digest and move the region's pointer to it. Publishing the same again only moves the pointer."""
    return publish_frozen(session, region, freeze(document), by, now)


def publish_frozen(session: Session, region: str, made: tuple[bytes, str], by: str, now: datetime) -> str:
    """The same for a document's bytes and digest (catalog.publishing.freeze), for whoever publishes it in many databases."""
    frozen, digest = made
    dialect = sqlite if session.dialect.name == "sqlite" else postgresql
    version = dialect.insert(catalog_versions).values(
        digest=digest, region=region, document=frozen, published_by=by, published_at=now
    )
    session.execute(version.on_conflict_do_nothing(index_elements=["digest"]))
    pointer = dialect.insert(catalog_pointers).values(region=region, digest=digest, moved_by=by, moved_at=now)
    session.execute(
        pointer.on_conflict_do_update(
            index_elements=["region"], set_={"digest": digest, "moved_by": by, "moved_at": now}
        )
    )
    _write_calendar(session, region, _parsed(frozen, None))
    return digest


def document(session: Session, region: str, digest: str) -> dict[str, object]:
    """A published document of this region as its authors wrote it. Raises NotThere."""
    c = catalog_versions.c
    found = session.execute(select(c.document).where(c.digest == digest, c.region == region)).scalar()
    if found is None:
        raise NotThere("本区划没有发布过这一版目录，请从“发布版本”里选。", code="CATALOG_NOT_THERE")
    return thaw(bytes(found))


def versions(session: Session, region: str) -> tuple[Version, ...]:
    """All published versions, newest first."""
    p, c = catalog_pointers.c, catalog_versions.c
    pointer = session.execute(select(p.digest, p.moved_at, p.moved_by).where(p.region == region)).first()
    rows = session.execute(
        select(c.digest, c.published_by, c.published_at).where(c.region == region).order_by(c.published_at.desc())
    )
    return tuple(
        Version(r.digest, r.published_by, r.published_at, True, pointer.moved_at, pointer.moved_by)
        if pointer is not None and r.digest == pointer.digest
        else Version(r.digest, r.published_by, r.published_at, False)
        for r in rows
    )


def _write_calendar(session: Session, region: str, site: Site) -> None:
    session.execute(delete(calendar_days).where(calendar_days.c.region == region))
    if site.calendar:
        session.execute(
            insert(calendar_days),
            [
                {"region": region, "day": d.day, "working": d.working, "title": d.title, "source": d.source}
                for d in site.calendar
            ],
        )
