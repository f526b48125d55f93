"""Systems at the door: their public keys, and the check of a signed request. It signs nothing and knows no route.

Each way in which a token can be wrong has its own code, so that the other side's engineer can mend it without asking.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.clock import new_id
from hub.errors import BadInput, HubError, NotThere
from hub.identity.principal import Principal, Role
from hub.identity.signing import ALGORITHM, AUDIENCE, WINDOW_SECONDS, Arrived
from hub.store.database import Session
from hub.store.tables import peer_keys, peer_tokens_seen

SKEW_SECONDS = 60
PLATFORMS = frozenset({"platform"})
"""Organisations whose systems have the role `platform`; all others have `department`."""


class TokenRefused(HubError):
    """A system's request that is not let in; `code` says why, the message what to change."""

    code = "TOKEN_REFUSED"
    status = 401


@dataclass(frozen=True)
class _Key:
    id: str
    region: str
    organisation: str
    public_key: str
    revoked: bool


@dataclass(frozen=True)
class _Claims:
    issuer: str
    id: str
    method: str
    target: str
    digest: str
    issued: int
    expires: int


def register_key(session: Session, region: str, organisation: str, pem: str, now: datetime) -> str:
    """Store a system's public key; gives the key id that its tokens may name. Raises BadInput (BAD_PEER_KEY).

    Several living keys of one organisation are normal: that is how a key is changed without a gap.
    """
    key_id = new_id(now)
    public = _ed25519(pem).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    values = {"region": region, "organisation": organisation, "public_key": public, "created_at": now}
    session.execute(insert(peer_keys).values(id=key_id, **values))
    return key_id


def revoke_key(session: Session, key_id: str, now: datetime) -> None:
    """From now on nothing signed with this key is let in. Raises NotThere."""
    changed = session.execute(
        update(peer_keys).where(peer_keys.c.id == key_id, peer_keys.c.revoked_at.is_(None)).values(revoked_at=now)
    )
    if changed.rowcount != 1:
        raise NotThere("There is no such living key; see `yijian peers list`.", code="PEER_KEY_UNKNOWN")


def verify(session: Session, arrived: Arrived, now: datetime, platforms: Collection[str] = PLATFORMS) -> Principal:
    """Who signed this request; it needs a write session, since the token is used up by it.

    Raises TokenRefused: TOKEN_MISSING, TOKEN_MALFORMED, ALGORITHM_NOT_ALLOWED, UNKNOWN_PEER, KEY_REVOKED, BAD_SIGNATURE,
    WRONG_AUDIENCE, TOKEN_EXPIRED, TOKEN_NOT_YET, TOKEN_TOO_LONG, WRONG_ROUTE, BODY_DIFFERS, TOKEN_REPLAYED.
    """
    token = _token(arrived.authorization)
    key, claims = _signed_by(token, _keys(session, token, _algorithm_checked(token)))
    _check_time(claims, now)
    _check_request(claims, arrived)
    _use_up(session, claims)
    role = Role.PLATFORM if key.organisation in platforms else Role.DEPARTMENT
    return Principal(key.organisation, key.id, key.organisation, key.organisation, key.region, frozenset({role}))


def forget_tokens(session: Session, now: datetime) -> int:
    """Delete the marks of tokens that could not be used again anyway; gives how many. For a tick."""
    return session.execute(delete(peer_tokens_seen).where(peer_tokens_seen.c.expires_at < now)).rowcount


def _token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenRefused("Send `Authorization: Bearer <token>`; see docs/api.md.", code="TOKEN_MISSING")
    return token.strip()


def _algorithm_checked(token: str) -> str:
    """The key id that the header names, or empty."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as e:
        raise TokenRefused("The token is not a JWT; see docs/api.md.", code="TOKEN_MALFORMED") from e
    if header.get("alg") != ALGORITHM:  # before any key is touched: no "none", no HMAC with a public key
        raise TokenRefused(f"Sign with {ALGORITHM}; nothing else is taken.", code="ALGORITHM_NOT_ALLOWED")
    return str(header.get("kid", ""))


def _keys(session: Session, token: str, key_id: str) -> Sequence[_Key]:
    """The keys that may have signed: those of the organisation that the token claims, or the one that it names."""
    try:
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
    except jwt.PyJWTError as e:
        raise TokenRefused("The token cannot be read; see docs/api.md.", code="TOKEN_MALFORMED") from e
    columns = (peer_keys.c.id, peer_keys.c.region, peer_keys.c.organisation, peer_keys.c.public_key)
    query = select(*columns, peer_keys.c.revoked_at.is_not(None)).where(peer_keys.c.organisation == str(issuer))
    if key_id:
        query = query.where(peer_keys.c.id == key_id)
    keys = [_Key(*row) for row in session.execute(query.order_by(peer_keys.c.revoked_at.is_not(None), peer_keys.c.id))]
    if not keys:
        raise TokenRefused(
            "No key of this `iss` (and `kid`) is registered here; ask the operator.", code="UNKNOWN_PEER"
        )
    return keys


def _signed_by(token: str, keys: Sequence[_Key]) -> tuple[_Key, _Claims]:
    for key in keys:
        try:
            claims = _claims(token, key.public_key)
        except jwt.InvalidSignatureError:
            continue
        if key.revoked:
            raise TokenRefused("This key was revoked; sign with your new one.", code="KEY_REVOKED")
        return key, claims
    raise TokenRefused("The signature fits no key registered for this `iss`.", code="BAD_SIGNATURE")


def _claims(token: str, pem: str) -> _Claims:
    """Raises jwt.InvalidSignatureError, for the next key to be tried, else TokenRefused."""
    options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_jti": False, "verify_sub": False}
    try:
        found = jwt.decode(token, _ed25519(pem), algorithms=[ALGORITHM], audience=AUDIENCE, options=options)  # type: ignore[arg-type]
    except jwt.InvalidSignatureError:
        raise
    except (jwt.InvalidAudienceError, jwt.MissingRequiredClaimError) as e:
        raise TokenRefused(f"`aud` must be {AUDIENCE!r}.", code="WRONG_AUDIENCE") from e
    except jwt.PyJWTError as e:
        raise TokenRefused("The token cannot be read; see docs/api.md.", code="TOKEN_MALFORMED") from e
    texts = {name: _text(found, name) for name in ("iss", "jti", "htm", "htu", "digest")}
    request = texts["htm"], texts["htu"], texts["digest"]
    return _Claims(texts["iss"], texts["jti"], *request, _number(found, "iat"), _number(found, "exp"))


def _check_time(claims: _Claims, now: datetime) -> None:
    moment = now.timestamp()
    here = f"it is {now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} here"
    if moment > claims.expires + SKEW_SECONDS:
        late = int(moment) - claims.expires
        advice = (
            "sign each request anew; if you just did, set your clock (NTP), or tell the operator that ours is wrong"
        )
        raise TokenRefused(f"The token expired {late} s ago ({here}): {advice}.", code="TOKEN_EXPIRED")
    if moment < claims.issued - SKEW_SECONDS:
        ahead = claims.issued - int(moment)
        advice = "set your clock (NTP), or tell the operator that ours is wrong"
        raise TokenRefused(f"`iat` lies {ahead} s in the future ({here}): {advice}.", code="TOKEN_NOT_YET")
    if not 0 < claims.expires - claims.issued <= WINDOW_SECONDS:
        raise TokenRefused(f"A token lives at most {WINDOW_SECONDS} seconds: exp - iat.", code="TOKEN_TOO_LONG")


def _check_request(claims: _Claims, arrived: Arrived) -> None:
    if (claims.method, claims.target) != (arrived.method.upper(), arrived.target):
        raise TokenRefused(
            "`htm` and `htu` do not name this method and path; sign each request anew.", code="WRONG_ROUTE"
        )
    if not hmac.compare_digest(claims.digest.encode(), arrived.digest.encode()):
        raise TokenRefused("`digest` is not that of the body which arrived.", code="BODY_DIFFERS")


def _use_up(session: Session, claims: _Claims) -> None:
    insert_ = (sqlite if session.dialect.name == "sqlite" else postgresql).insert(peer_tokens_seen)
    until = datetime.fromtimestamp(claims.expires, UTC) + timedelta(seconds=SKEW_SECONDS + 1)
    values = {"organisation": claims.issuer, "jti": claims.id, "expires_at": until}
    marked = session.execute(insert_.values(values).on_conflict_do_nothing().returning(peer_tokens_seen.c.jti)).first()
    if marked is None:
        raise TokenRefused("This token was used before; sign each request anew.", code="TOKEN_REPLAYED")


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 2000 or (name == "jti" and len(value) > 100):
        raise TokenRefused(f"The claim `{name}` is missing or no usable text.", code="TOKEN_MALFORMED")
    return value


def _number(claims: Mapping[str, object], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1 << 40:
        raise TokenRefused(f"The claim `{name}` is missing or no number of seconds.", code="TOKEN_MALFORMED")
    return value


def _ed25519(pem: str) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as e:
        raise BadInput("This is no public key in PEM.", code="BAD_PEER_KEY") from e
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput("A system's key must be Ed25519 (`openssl genpkey -algorithm ed25519`).", code="BAD_PEER_KEY")
    return key
