"""用证码: rows of the codes by which a holder lets one department have a certificate, and of their uses. They show and log nothing.

A code is nowhere but with its holder: here stands its keyed hash. A use is counted under a lock on the code's row, once for each key.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, insert, select

from hub.errors import NotThere
from hub.registry import leave
from hub.store.database import Session
from hub.store.sealing import blind_index
from hub.store.tables import certificate_code_covers, certificate_code_uses, certificate_codes

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no letter that is read as another."""
LENGTH = 16
_MISREAD = str.maketrans("OIL", "011")
REVOKED, EXPIRED, USED_UP = "code_revoked", "code_expired", "code_used_up"
_c, _u, _v = certificate_codes.c, certificate_code_uses.c, certificate_code_covers.c


class Gives(StrEnum):
    """What a code gives of its certificates: an annotated copy, chosen fields, or only whether what is claimed of them is so."""

    COPY = "copy"
    FIELDS = "fields"
    VERIFY = "verify"


@dataclass(frozen=True)
class Cover:
    """A certificate that a code is for; `fields` are those that it opens, empty unless it gives fields."""

    certificate_id: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Code:
    """What was allowed, and how often it was used. The code itself is not in it. `matter` empty: for whatever the department does."""

    id: str
    covers: tuple[Cover, ...]
    case_no: str = field(repr=False)
    audience: str
    purpose: str = field(repr=False)
    made_by: str
    made_at: datetime
    until: datetime
    times: int
    gives: Gives = Gives.COPY
    matter: str = ""
    used: int = 0
    revoked_at: datetime | None = None

    def why_not(self, now: datetime) -> str:
        """Why it cannot be used now: one of the three words; empty where it can."""
        return leave.why_not(self, (REVOKED, EXPIRED, USED_UP), now)


def text_of(index_key: bytes, *parts: str) -> str:
    """The code for these parts: 80 bits that only this hub can work out, so that a repeated call gives the same one."""
    number = int.from_bytes(hmac.new(index_key, "\x1f".join(("code", *parts)).encode(), sha256).digest()[:10])
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(LENGTH))


def hash_of(index_key: bytes, region: str, text: str) -> str:
    """What stands for a code as somebody typed or scanned it: case, blanks and hyphens do not count, O is read as 0, I and L as 1."""
    plain = "".join(text.upper().replace("-", "").split()).translate(_MISREAD)
    return blind_index(index_key, "certificate-code", region, plain)


def make(session: Session, region: str, code_hash: str, code: Code) -> Code:
    """Keep it; the one that is there already under this hash stays as it is."""
    own = {name: value for name, value in vars(code).items() if name != "covers"}
    values = {**own, "region": region, "code_hash": code_hash, "certificate_id": code.covers[0].certificate_id}
    kept = leave.keep(session, certificate_codes, "code_hash", values)
    if kept == code.id:
        rows = [
            {"code_id": code.id, "no": no, "certificate_id": one.certificate_id, "fields": list(one.fields)}
            for no, one in enumerate(code.covers, 1)
        ]
        session.execute(insert(certificate_code_covers), rows)
    found = known(session, region, code_hash)
    assert found is not None
    return found


def known(session: Session, region: str, code_hash: str, *, lock: bool = False) -> Code | None:
    """`lock`: nobody else uses or revokes it until this transaction ends."""
    row = leave.find(session, certificate_codes, _c.code_hash == code_hash, _c.region == region, lock=lock)
    return _codes(session, [row])[0] if row else None


def of_certificates(session: Session, certificate_ids: Iterable[str]) -> tuple[Code, ...]:
    """Those that are for one of these, newest first."""
    covering = select(_v.code_id).where(_v.certificate_id.in_(list(certificate_ids)))
    wanted = select(certificate_codes).where(_c.id.in_(covering)).order_by(_c.made_at.desc(), _c.id.desc())
    return tuple(_codes(session, session.execute(wanted).all()))


def was_used(session: Session, code_id: str, key: str) -> bool:
    """Whether it was used under this key."""
    return session.execute(select(_u.key).where(_u.code_id == code_id, _u.key == key)).first() is not None


def use(session: Session, code: Code, key: str, copy_id: str | None, now: datetime) -> None:
    """Count one use, with the first copy that it gave. The code is locked, and may be used."""
    leave.count(session, certificate_codes, code.id, code.used)
    session.execute(insert(certificate_code_uses).values(code_id=code.id, key=key, copy_id=copy_id, used_at=now))


def revoke(session: Session, region: str, code_id: str, by: str, now: datetime) -> Code:
    """From now on it is of no use; again changes nothing. Raises NotThere (CODE_UNKNOWN)."""
    row = leave.revoke(session, certificate_codes, by, now, _c.id == code_id, _c.region == region)
    if row is None:
        raise unknown()
    return _codes(session, [row])[0]


def unknown() -> NotThere:
    return NotThere("没有这个用证码。请刷新后再看。", code="CODE_UNKNOWN")


def _codes(session: Session, rows: Iterable[Row[Any]]) -> list[Code]:
    found = list(rows)
    wanted = select(certificate_code_covers).where(_v.code_id.in_([row.id for row in found]))
    covers: dict[str, list[Cover]] = {}
    for one in session.execute(wanted.order_by(_v.code_id, _v.no)):
        covers.setdefault(one.code_id, []).append(Cover(one.certificate_id, tuple(one.fields)))
    return [_code(row, tuple(covers.get(row.id, [Cover(row.certificate_id)]))) for row in found]


def _code(row: Row[Any], covers: tuple[Cover, ...]) -> Code:
    return Code(
        row.id, covers, row.case_no, row.audience, str(row.purpose), row.made_by, row.made_at, row.until, row.times,
        Gives(row.gives), row.matter, row.used, row.revoked_at,
    )  # fmt: skip
