"""EdDSA: Ed25519 of RFC 8032 by ``cryptography``; Ed448 is not taken. One key gives one signature of one message."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from certificates.errors import Malformed
from certificates.suites.base import PublicKey
from certificates.suites.derkeys import DerKeys, pkcs8_of, spki_of

_KEYS = DerKeys(
    "EdDSA",
    "{half} key on Ed25519",
    Ed25519PrivateKey,  # type: ignore[type-abstract]  # only asked about
    Ed25519PublicKey,  # type: ignore[type-abstract]  # only asked about
)


class EdDsa:
    """See ``Suite``."""

    name = "EdDSA"
    algorithm = bytes.fromhex("300506032b6570")  # SEQUENCE { id-Ed25519 } (RFC 8410)
    digest = "sha512"

    def to_der(self, signature: bytes) -> bytes:
        return signature

    def from_der(self, signature: bytes) -> bytes | None:
        return signature if len(signature) == 64 else None

    def unavailable(self) -> str | None:
        return None

    def generate(self) -> bytes:
        return pkcs8_of(Ed25519PrivateKey.generate())

    def public_key(self, private: bytes) -> PublicKey:
        return PublicKey(self.name, spki_of(_KEYS.private(private).public_key()))

    def require_public_key(self, spki: bytes) -> None:
        _KEYS.public(spki)

    def sign(self, private: bytes, message: bytes) -> bytes:
        return _KEYS.private(private).sign(message)

    def verify(self, spki: bytes, message: bytes, signature: bytes) -> bool:
        try:
            _KEYS.public(spki).verify(signature, message)
        except (InvalidSignature, Malformed):
            return False
        return True
