"""EdDSA: Ed25519 of RFC 8032 by ``cryptography``; Ed448 is not taken. One key gives one signature of one message."""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from certificates.errors import Malformed
from certificates.suites.base import PublicKey


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
        return Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def public_key(self, private: bytes) -> PublicKey:
        return PublicKey(self.name, _spki(_private(private).public_key()))

    def require_public_key(self, spki: bytes) -> None:
        _public(spki)

    def sign(self, private: bytes, message: bytes) -> bytes:
        return _private(private).sign(message)

    def verify(self, spki: bytes, message: bytes, signature: bytes) -> bool:
        try:
            _public(spki).verify(signature, message)
        except (InvalidSignature, Malformed):
            return False
        return True


def _private(private: bytes) -> Ed25519PrivateKey:
    try:
        key = serialization.load_der_private_key(private, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _foreign("private") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _foreign("private")
    return key


def _public(spki: bytes) -> Ed25519PublicKey:
    try:
        key = serialization.load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _foreign("public") from error
    # One key, one encoding: otherwise one key could have two key ids.
    if not isinstance(key, Ed25519PublicKey) or _spki(key) != spki:
        raise _foreign("public")
    return key


def _spki(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _foreign(half: str) -> Malformed:
    return Malformed("key", f"This is not a {half} key on Ed25519; use the key that was made for EdDSA.")
