"""用证码: rows of the codes by which a holder lets one department have a certificate, and of their uses. They show and log nothing.

A code is nowhere but with its holder: here stands its keyed hash. A use is counted under a lock on the code's row, once for each key.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.errors import NotThere
from hub.store.database import Session
from hub.store.sealing import blind_index
from hub.store.tables import certificate_code_uses, certificate_codes

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no letter that is read as another."""
LENGTH = 16
REVOKED, EXPIRED, USED_UP = "code_revoked", "code_expired", "code_used_up"
_c, _u = certificate_codes.c, certificate_code_uses.c


@dataclass(frozen=True)
class Code:
    """What was allowed, and how often it was used. The code itself is not in it."""

    id: str
    certificate_id: str
    case_no: str = field(repr=False)
    audience: str
    purpose: str = field(repr=False)
    made_by: str
    made_at: datetime
    until: datetime
    times: int
    used: int = 0
    revoked_at: datetime | None = None

    def why_not(self, now: datetime) -> str:
        """Why it cannot be used now: one of the three words; empty where it can."""
        if self.revoked_at is not None:
            return REVOKED
        if now >= self.until:
            return EXPIRED
        return USED_UP if self.used >= self.times else ""


def text_of(index_key: bytes, *parts: str) -> str:
    """The code for these parts: 80 bits that only this hub can work out, so that a repeated call gives the same one."""
    number = int.from_bytes(hmac.new(index_key, "\x1f".join(("code", *parts)).encode(), sha256).digest()[:10])
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(LENGTH))


def hash_of(index_key: bytes, region: str, text: str) -> str:
    """What stands for a code as somebody typed it: case, blanks and hyphens do not count."""
    plain = "".join(text.upper().replace("-", "").split())
    return blind_index(index_key, "certificate-code", region, plain)


def make(session: Session, region: str, code_hash: str, code: Code) -> Code:
    """Keep it; the one that is there already under this hash stays as it is."""
    on = sqlite if session.dialect.name == "sqlite" else postgresql
    values = {**vars(code), "region": region, "code_hash": code_hash}
    session.execute(on.insert(certificate_codes).values(**values).on_conflict_do_nothing(index_elements=["code_hash"]))
    found = known(session, region, code_hash)
    assert found is not None
    return found


def known(session: Session, region: str, code_hash: str, *, lock: bool = False) -> Code | None:
    """`lock`: nobody else uses or revokes it until this transaction ends."""
    wanted = select(certificate_codes).where(_c.code_hash == code_hash, _c.region == region)
    row = session.execute(wanted.with_for_update() if lock else wanted).first()
    return _code(row) if row else None


def of_certificate(session: Session, certificate_id: str) -> tuple[Code, ...]:
    """Newest first."""
    wanted = select(certificate_codes).where(_c.certificate_id == certificate_id)
    return tuple(_code(row) for row in session.execute(wanted.order_by(_c.made_at.desc(), _c.id.desc())))


def copy_under(session: Session, code_id: str, key: str) -> str:
    """The copy that this key's use was given; empty where it is a new use."""
    row = session.execute(select(_u.copy_id).where(_u.code_id == code_id, _u.key == key)).first()
    return str(row.copy_id) if row else ""


def use(session: Session, code: Code, key: str, copy_id: str, now: datetime) -> None:
    """Count one use. The code is locked, and may be used."""
    session.execute(update(certificate_codes).where(_c.id == code.id).values(used=code.used + 1))
    session.execute(insert(certificate_code_uses).values(code_id=code.id, key=key, copy_id=copy_id, used_at=now))


def revoke(session: Session, certificate_id: str, code_id: str, by: str, now: datetime) -> Code:
    """From now on it is of no use; again changes nothing. Raises NotThere (CODE_UNKNOWN)."""
    where = (_c.id == code_id, _c.certificate_id == certificate_id)
    session.execute(
        update(certificate_codes).where(*where, _c.revoked_at.is_(None)).values(revoked_at=now, revoked_by=by)
    )
    row = session.execute(select(certificate_codes).where(*where)).first()
    if row is None:
        raise NotThere("没有这个用证码。请刷新后再看。", code="CODE_UNKNOWN")
    return _code(row)


def _code(row: Row[Any]) -> Code:
    return Code(
        row.id, row.certificate_id, row.case_no, row.audience, str(row.purpose), row.made_by, row.made_at, row.until,
        row.times, row.used, row.revoked_at,
    )  # fmt: skip
