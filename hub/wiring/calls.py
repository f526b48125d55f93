"""A call is taken once: known by (sender, key), the same content again gets the first answer, other content is refused. It runs no call.

`begin` claims the key in the caller's transaction, so that two calls at once wait for each other and make one effect; `known` only looks.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.errors import BadInput, KeyReused
from hub.identity.principal import SYSTEMS, Principal
from hub.store.database import Session
from hub.store.sealing import Plain
from hub.store.tables import inbound_calls

LONGEST_KEY = 120


@dataclass(frozen=True)
class Call:
    """`digest` says what the call says (`digest_of`); it is stored salted, since what it says may be about a person."""

    sender: str
    key: str
    digest: str


def begin(session: Session, call: Call, now: datetime) -> Mapping[str, Plain] | None:
    """The first answer if this call came before, else None: the key is then claimed until the transaction ends.

    Raises KeyReused when the key was used for another content, BadInput (KEY_MALFORMED) for an empty or overlong key.
    """
    _require_usable(call)
    salt = os.urandom(16).hex()
    insert = (sqlite if session.dialect.name == "sqlite" else postgresql).insert(inbound_calls)
    values = {"sender": call.sender, "key": call.key, "digest": _salted(salt, call.digest), "status": 0, "at": now}
    claimed = insert.values(**values, answer={"salt": salt}).on_conflict_do_nothing(index_elements=["sender", "key"])
    if session.execute(claimed.returning(inbound_calls.c.key)).first() is not None:
        return None
    return known(session, call)


def known(session: Session, call: Call) -> Mapping[str, Plain] | None:
    """The first answer if this call came before and was answered; nothing is claimed. Raises as `begin`."""
    _require_usable(call)
    row = session.execute(select(inbound_calls.c.digest, inbound_calls.c.answer).where(*_this(call))).first()
    if row is None:
        return None
    kept = cast(Mapping[str, Plain], row.answer)
    if not hmac.compare_digest(row.digest, _salted(str(kept["salt"]), call.digest)):
        raise KeyReused
    return cast("Mapping[str, Plain] | None", kept.get("answer"))


def remember(session: Session, call: Call, answer: Mapping[str, Plain]) -> None:
    """Keep the answer in the transaction of the effect."""
    kept = cast(Mapping[str, Plain], session.execute(select(inbound_calls.c.answer).where(*_this(call))).scalar_one())
    session.execute(
        update(inbound_calls)
        .where(*_this(call))
        .values(status=200, answer={"salt": kept["salt"], "answer": dict(answer)})
    )


def call_of(p: Principal, key: str, about: str, body: object) -> Call:
    """What this person, or this organisation's system, says under a key. `about` names the door and what it is about."""
    return Call(p.organisation if p.roles & SYSTEMS else p.subject, key, digest_of(about, body))


def digest_of(about: str, body: object) -> str:
    """SHA-256 of what a call says, so that a key cannot stand for two."""
    text = json.dumps([about, jsonable(body)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def jsonable(value: object) -> object:
    """Dataclasses, mappings and sequences as JSON's own; a day or moment as it is written."""
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "__dataclass_fields__"):
        return {name: jsonable(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {str(k): jsonable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(v) for v in value]
    return value


def _require_usable(call: Call) -> None:
    if not 0 < len(call.key) <= LONGEST_KEY:
        raise BadInput(f"The key of a call has 1 to {LONGEST_KEY} characters.", {"key": "1–120"}, code="KEY_MALFORMED")


def _this(call: Call) -> tuple[ColumnElement[bool], ...]:
    return inbound_calls.c.sender == call.sender, inbound_calls.c.key == call.key


def _salted(salt: str, digest: str) -> str:
    return hashlib.sha256(f"{salt}:{digest}".encode()).hexdigest()
