"""Signs what the hub answers to a system: whose question it was, with which status, and the digest of its body. It verifies nothing.

The receiver knows by `req` that this answers the request it has just signed, so that no answer can be kept and shown again.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.identity.signing import ALGORITHM, AUDIENCE, WINDOW_SECONDS, body_digest

SIGNATURE = "Yijian-Signature"
"""The header of an answer that holds the token."""


@dataclass(frozen=True)
class Answering:
    """An answer as it goes out: to which organisation's request (`nonce` is its `jti`), under which request id of ours."""

    organisation: str
    nonce: str
    request_id: str
    status: int
    body: bytes = field(repr=False)


class AnswerKey:
    """The hub's own key for answers."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._key.public_key().public_bytes_raw()
        self.id = hashlib.sha256(self._public).hexdigest()[:16]

    def jwk(self) -> dict[str, str]:
        """The public half (RFC 8037)."""
        x = base64.urlsafe_b64encode(self._public).rstrip(b"=").decode()
        return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.id, "alg": ALGORITHM, "use": "sig"}

    def sign(self, answering: Answering, now: datetime) -> str:
        issued = int(now.timestamp())
        claims = {
            "iss": AUDIENCE,
            "aud": answering.organisation,
            "iat": issued,
            "exp": issued + WINDOW_SECONDS,
            "jti": answering.request_id,
            "req": answering.nonce,
            "status": answering.status,
            "digest": body_digest(answering.body),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"kid": self.id})


def nonce_of(authorization: str) -> str:
    """The `jti` of a token that was verified before; "" where there is none."""
    try:
        part = authorization.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["jti"])
    except (IndexError, ValueError, KeyError, TypeError):
        return ""
