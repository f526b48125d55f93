"""ES256: ECDSA on P-256 with SHA-256, by ``cryptography`` (RFC 7518 §3.4). The suite where SM2 is not to be had."""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from certificates.errors import Malformed
from certificates.suites import pairs
from certificates.suites.base import PublicKey

_ECDSA = ec.ECDSA(hashes.SHA256())


class Es256:
    """See ``Suite``."""

    name = "ES256"
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")  # SEQUENCE { ecdsa-with-SHA256 }
    digest = "sha256"

    def to_der(self, signature: bytes) -> bytes:
        return pairs.to_der(signature)

    def from_der(self, signature: bytes) -> bytes | None:
        return pairs.from_der(signature)

    def unavailable(self) -> str | None:
        return None

    def generate(self) -> bytes:
        return ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def public_key(self, private: bytes) -> PublicKey:
        return PublicKey(self.name, _spki(_private(private).public_key()))

    def require_public_key(self, spki: bytes) -> None:
        _public(spki)

    def sign(self, private: bytes, message: bytes) -> bytes:
        r, s = decode_dss_signature(_private(private).sign(message, _ECDSA))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def verify(self, spki: bytes, message: bytes, signature: bytes) -> bool:
        if len(signature) != 64:
            return False
        try:
            _public(spki).verify(pairs.to_der(signature), message, _ECDSA)
        except (InvalidSignature, Malformed):
            return False
        return True


def _private(private: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_der_private_key(private, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _foreign("private") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _foreign("private")
    return key


def _public(spki: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = serialization.load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _foreign("public") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _foreign("public")
    # One key, one encoding: otherwise one key could have two key ids.
    if _spki(key) != spki:
        raise _foreign("public")
    return key


def _spki(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _foreign(half: str) -> Malformed:
    return Malformed("key", f"This is not a {half} key on P-256; use the key that was made for ES256.")
