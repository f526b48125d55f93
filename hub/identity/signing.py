"""How a system signs a request to this hub: for the public client, and as the reference for departments. It verifies nothing.

One token per request, an EdDSA JWT of at most 60 seconds that names method, path and the body's digest, so that whoever holds
a copy can do nothing with it. docs/api.md describes it for implementers.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass, field
from datetime import datetime

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.clock import Random

AUDIENCE = "yijian"
ALGORITHM = "EdDSA"
WINDOW_SECONDS = 60


@dataclass(frozen=True)
class PeerKey:
    """A system's key. `key_id`, as this hub gave it when the public half was registered, spares the hub a search."""

    organisation: str
    private: Ed25519PrivateKey = field(repr=False)
    key_id: str = ""


@dataclass(frozen=True)
class Arrived:
    """A request as it came: `target` is the path, with `?query` where there is one, exactly as on the wire."""

    authorization: str = field(repr=False)
    method: str
    target: str
    digest: str


def body_digest(body: bytes) -> str:
    """`sha-256=<base64>` of the body, in the manner of RFC 9530; an empty body has a digest too."""
    return f"sha-256={base64.b64encode(hashlib.sha256(body).digest()).decode()}"


def sign_request(
    key: PeerKey, method: str, target: str, body: bytes, now: datetime, *, rng: Random = os.urandom
) -> str:
    """The Authorization header for this one request."""
    issued = int(now.timestamp())
    claims = {
        "iss": key.organisation,
        "aud": AUDIENCE,
        "iat": issued,
        "exp": issued + WINDOW_SECONDS,
        "jti": rng(16).hex(),
        "htm": method.upper(),
        "htu": target,
        "digest": body_digest(body),
    }
    headers = {"kid": key.key_id} if key.key_id else None
    return "Bearer " + jwt.encode(claims, key.private, algorithm=ALGORITHM, headers=headers)
