"""The signed tokens with which a department's system proves who calls the hub: one Ed25519 key per department.

Keys are made for the demo and the tests when absent; it never reads a key that an authority signs certificates with.
"""

from __future__ import annotations

import base64
import hashlib
import os
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

AUDIENCE = "yijian"
LIFETIME_SECONDS = 60


def key_of(code: str, folder: Path) -> Ed25519PrivateKey:
    """The department's key `<folder>/keys/<code>.pem` (PKCS#8), made when absent; its public part lies beside as
    `<code>.pub.pem`. Raises TypeError if the file holds another kind of key."""
    path = folder / "keys" / f"{code}.pem"
    if not path.exists():
        _make(path)
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path.name} is not an Ed25519 key: delete it and start again")
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.with_suffix(".pub.pem").write_bytes(public)
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)


def token(issuer: str, key: Ed25519PrivateKey, method: str, path: str, body: bytes, now: datetime) -> str:
    """A token for exactly this request: method, path and body are in it, it ends after `LIFETIME_SECONDS`."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    issued = int(now.timestamp())
    claims = {
        "iss": issuer,
        "aud": AUDIENCE,
        "iat": issued,
        "exp": issued + LIFETIME_SECONDS,
        "jti": str(uuid4()),
        "htm": method,
        "htu": path,
        "digest": f"sha-256={digest}",
    }
    return jwt.encode(claims, key, algorithm="EdDSA")
