"""Signs a system's request to the hub and checks the hub's signed answer, as docs/api.md describes both. It opens no connection.

It imports nothing of the hub: what stands here is what a department's own programmer would write.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

AUDIENCE = "yijian"
TOKEN_SECONDS = 60
SKEW_SECONDS = 60
SIGNATURE = "Yijian-Signature"


class AnswerRefused(Exception):
    """An answer that is not, or not provably, the hub's answer to this request. `code` says why; use nothing of it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


def sign(
    organisation: str, key: Ed25519PrivateKey, method: str, target: str, body: bytes, now: datetime, nonce: str = ""
) -> str:
    """The Authorization header of exactly this request: `target` is path and query as on the wire; `nonce` is used once."""
    issued = int(now.timestamp())
    claims = {
        "iss": organisation,
        "aud": AUDIENCE,
        "iat": issued,
        "exp": issued + TOKEN_SECONDS,
        "jti": nonce or str(uuid.uuid4()),
        "htm": method,
        "htu": target,
        "digest": digest(body),
    }
    return "Bearer " + jwt.encode(claims, key, algorithm="EdDSA")


def digest(body: bytes) -> str:
    return "sha-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()


def check_answer(
    signature: str, hub: Ed25519PublicKey, organisation: str, nonce: str, status: int, body: bytes, now: datetime
) -> None:
    """Whether this is the hub's answer to the request with this `nonce`. Raises AnswerRefused: UNSIGNED, BAD_SIGNATURE,
    NOT_FOR_US, OTHER_REQUEST, OTHER_STATUS, BODY_DIFFERS, TOO_OLD."""
    claims = _claims(signature, hub)
    told: Mapping[str, tuple[object, object]] = {
        "NOT_FOR_US": ((claims.get("iss"), claims.get("aud")), (AUDIENCE, organisation)),
        "OTHER_REQUEST": (claims.get("req"), nonce),
        "OTHER_STATUS": (claims.get("status"), status),
        "BODY_DIFFERS": (claims.get("digest"), digest(body)),
    }
    for code, (said, wanted) in told.items():
        if said != wanted:
            raise AnswerRefused(code, "the hub did not sign this for this request; use nothing of it and ask again.")
    issued, expires = int(claims["iat"]), int(claims["exp"])
    if not issued - SKEW_SECONDS <= now.timestamp() <= expires + SKEW_SECONDS:
        raise AnswerRefused("TOO_OLD", "the answer was not signed now; look at both clocks and ask again.")


def _claims(signature: str, hub: Ed25519PublicKey) -> dict[str, Any]:
    if not signature:
        raise AnswerRefused("UNSIGNED", f"the answer has no {SIGNATURE}; something before the hub may have given it.")
    checks = {"verify_exp": False, "verify_iat": False, "verify_aud": False, "verify_iss": False, "verify_jti": False}
    options: Any = {**checks, "require": ["iat", "exp"]}
    try:
        found: dict[str, Any] = jwt.decode(signature, hub, algorithms=["EdDSA"], options=options)
    except jwt.PyJWTError as e:
        raise AnswerRefused("BAD_SIGNATURE", "the signature is not that of the hub's key; compare the key.") from e
    return found


def private_key(pem: str | bytes) -> Ed25519PrivateKey:
    """The system's key out of an unencrypted PEM. Raises TypeError for another kind of key."""
    key = load_pem_private_key(pem.encode() if isinstance(pem, str) else pem, None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("The key must be Ed25519: openssl genpkey -algorithm ed25519")
    return key


def hub_key(jwk: Mapping[str, str]) -> Ed25519PublicKey:
    """The hub's public key out of an entry of `GET /api/v1/keys`."""
    x = jwk["x"]
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))
