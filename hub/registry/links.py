"""Rows of the links under which a holder shows chosen claims of a certificate, and the count of their uses. They show and log nothing.

A link is nowhere but with its holder: here stands its keyed hash. A use is counted under a lock on the row.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, select

from hub.errors import NotThere
from hub.registry import leave
from hub.store.database import Session
from hub.store.sealing import blind_index
from hub.store.tables import certificate_links

REVOKED, EXPIRED, USED_UP = "link_revoked", "link_expired", "link_used_up"
_c = certificate_links.c


@dataclass(frozen=True)
class Link:
    """What was allowed, and how often it was used. `file` is the presented SD-JWT VC; the link itself is not in it."""

    id: str
    certificate_id: str
    case_no: str = field(repr=False)
    shown: tuple[str, ...]
    purpose: str = field(repr=False)
    made_by: str
    made_at: datetime
    until: datetime
    times: int
    file: str
    used: int = 0
    revoked_at: datetime | None = None

    def why_not(self, now: datetime) -> str:
        """Why it cannot be opened now: one of the three words; empty where it can."""
        return leave.why_not(self, (REVOKED, EXPIRED, USED_UP), now)


def text_of(index_key: bytes, *parts: str) -> str:
    """The link's last part for these parts: 160 bits that only this hub can work out, so that a repeated call gives the same one."""
    made = hmac.new(index_key, "\x1f".join(("link", *parts)).encode(), sha256).digest()[:20]
    return base64.b32encode(made).decode().lower()


def hash_of(index_key: bytes, region: str, text: str) -> str:
    """What stands for a link in the database."""
    return blind_index(index_key, "certificate-link", region, text)


def make(session: Session, region: str, link_hash: str, link: Link) -> Link:
    """Keep it; the one that is there already under this hash stays as it is."""
    values = {**vars(link), "shown": list(link.shown), "region": region, "link_hash": link_hash}
    leave.keep(session, certificate_links, "link_hash", values)
    found = known(session, region, link_hash)
    assert found is not None
    return found


def known(session: Session, region: str, link_hash: str, *, lock: bool = False) -> Link | None:
    """`lock`: nobody else uses or revokes it until this transaction ends."""
    row = leave.find(session, certificate_links, _c.link_hash == link_hash, _c.region == region, lock=lock)
    return _link(row) if row else None


def of_certificate(session: Session, certificate_id: str) -> tuple[Link, ...]:
    """Newest first."""
    wanted = select(certificate_links).where(_c.certificate_id == certificate_id)
    return tuple(_link(row) for row in session.execute(wanted.order_by(_c.made_at.desc(), _c.id.desc())))


def use(session: Session, link: Link) -> None:
    """Count one use. The link is locked, and may be used."""
    leave.count(session, certificate_links, link.id, link.used)


def revoke(session: Session, certificate_id: str, link_id: str, by: str, now: datetime) -> Link:
    """From now on it opens nothing; again changes nothing. Raises NotThere (LINK_UNKNOWN)."""
    where = (_c.id == link_id, _c.certificate_id == certificate_id)
    row = leave.revoke(session, certificate_links, by, now, *where)
    if row is None:
        raise NotThere("没有这个链接。请刷新后再看。", code="LINK_UNKNOWN")
    return _link(row)


def _link(row: Row[Any]) -> Link:
    return Link(
        row.id, row.certificate_id, row.case_no, tuple(row.shown), str(row.purpose), row.made_by, row.made_at, row.until,
        row.times, row.file, row.used, row.revoked_at,
    )  # fmt: skip
