"""PS256: RSASSA-PSS with SHA-256, MGF1-SHA-256 and a salt of 32 bytes (RFC 7518 §3.5), by ``cryptography``. For readers without curves."""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from certificates.errors import Malformed
from certificates.suites.base import PublicKey
from certificates.suites.derkeys import DerKeys, pkcs8_of, spki_of

MADE_BITS = 3072
# Below 2048 a modulus is too weak; above 8192 verifying one would be a way to keep a verifier busy.
_LEAST_BITS, _MOST_BITS = 2048, 8192
_SHA256 = hashes.SHA256()
_KEYS = DerKeys(
    "PS256",
    f"{{half}} RSA key of {_LEAST_BITS} to {_MOST_BITS} bits",
    rsa.RSAPrivateKey,  # type: ignore[type-abstract]  # only asked about
    rsa.RSAPublicKey,  # type: ignore[type-abstract]  # only asked about
    lambda key: _LEAST_BITS <= key.key_size <= _MOST_BITS,
)
_PSS = padding.PSS(padding.MGF1(_SHA256), salt_length=32)
# RSASSA-PSS-params all given: SHA-256, MGF1 with SHA-256, 32 (RFC 4055).
_ALGORITHM = bytes.fromhex(
    "304106092a864886f70d01010a3034a00f300d06096086480165030402010500"
    "a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120"
)


class Ps256:
    """See ``Suite``. The public key is a plain RSA one (rsaEncryption); the suite fixes the padding."""

    name = "PS256"
    algorithm = _ALGORITHM
    digest = "sha256"

    def to_der(self, signature: bytes) -> bytes:
        return signature

    def from_der(self, signature: bytes) -> bytes | None:
        return signature if _LEAST_BITS <= 8 * len(signature) <= _MOST_BITS else None

    def unavailable(self) -> str | None:
        return None

    def generate(self) -> bytes:
        return pkcs8_of(rsa.generate_private_key(65537, MADE_BITS))

    def public_key(self, private: bytes) -> PublicKey:
        return PublicKey(self.name, spki_of(_private(private).public_key()))

    def require_public_key(self, spki: bytes) -> None:
        _KEYS.public(spki)

    def sign(self, private: bytes, message: bytes) -> bytes:
        return _private(private).sign(message, _PSS, _SHA256)

    def verify(self, spki: bytes, message: bytes, signature: bytes) -> bool:
        try:
            _KEYS.public(spki).verify(signature, message, _PSS, _SHA256)
        except (InvalidSignature, Malformed):
            return False
        return True


# Checking that a modulus is the product of two primes takes a tenth of a second: once a key, not once a signature.
@lru_cache(maxsize=64)
def _private(private: bytes) -> rsa.RSAPrivateKey:
    return _KEYS.private(private)
