"""ES256: ECDSA on P-256 with SHA-256, by ``cryptography`` (RFC 7518 §3.4). The suite where SM2 is not to be had."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from certificates.errors import Malformed
from certificates.suites import pairs
from certificates.suites.base import PublicKey
from certificates.suites.derkeys import DerKeys, pkcs8_of, spki_of

_ECDSA = ec.ECDSA(hashes.SHA256())
_KEYS = DerKeys(
    "ES256",
    "{half} key on P-256",
    ec.EllipticCurvePrivateKey,  # type: ignore[type-abstract]  # only asked about
    ec.EllipticCurvePublicKey,  # type: ignore[type-abstract]  # only asked about
    lambda key: isinstance(key.curve, ec.SECP256R1),
)


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
        return pkcs8_of(ec.generate_private_key(ec.SECP256R1()))

    def public_key(self, private: bytes) -> PublicKey:
        return PublicKey(self.name, spki_of(_KEYS.private(private).public_key()))

    def require_public_key(self, spki: bytes) -> None:
        _KEYS.public(spki)

    def sign(self, private: bytes, message: bytes) -> bytes:
        r, s = decode_dss_signature(_KEYS.private(private).sign(message, _ECDSA))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def verify(self, spki: bytes, message: bytes, signature: bytes) -> bool:
        if len(signature) != 64:
            return False
        try:
            _KEYS.public(spki).verify(pairs.to_der(signature), message, _ECDSA)
        except (InvalidSignature, Malformed):
            return False
        return True
