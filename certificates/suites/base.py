"""What a signature suite is, and a public key that names its suite. It holds no cryptography."""

import hashlib
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: the suite it may be used with, and its SubjectPublicKeyInfo in DER."""

    suite: str
    spki: bytes

    @property
    def key_id(self) -> str:
        """SHA-256 of the SPKI in lower-case hex: whoever has the key can compute its name, nobody can choose it."""
        return hashlib.sha256(self.spki).hexdigest()


class Suite(Protocol):
    """A signature algorithm with its curve, digest and encodings fixed, so that nothing is left to negotiate.

    A signature has the one form that its suite names: raw ``r || s`` of 64 bytes (SM2_SM3, ES256), the 64 bytes of
    RFC 8032 (EdDSA), the octets of RSASSA-PSS as long as the modulus (PS256). Private keys are PKCS#8 DER, public keys
    SPKI DER. Every method may be called from many threads at once.
    """

    @property
    def name(self) -> str:
        """The stable name written into certificates, such as ``SM2_SM3``."""
        ...

    @property
    def algorithm(self) -> bytes:
        """The AlgorithmIdentifier (DER) that names this suite in X.509, CSRs, CRLs and seals."""
        ...

    @property
    def digest(self) -> str:
        """The digest beside the suite in CMS and OFD: ``sm3``, ``sha256`` or ``sha512`` (hashlib's names)."""
        ...

    def to_der(self, signature: bytes) -> bytes:
        """Return the signature as X.509 and CMS carry it: ``SEQUENCE {r, s}`` for the two curves with r and s, else as it is."""
        ...

    def from_der(self, signature: bytes) -> bytes | None:
        """The raw form of what ``to_der`` gives; None for every other encoding of it, trailing bytes among them."""
        ...

    def unavailable(self) -> str | None:
        """Return why this machine cannot sign with the suite, with what to do about it; None when it can."""
        ...

    def generate(self) -> bytes:
        """Make a private key. Raises SuiteUnavailable."""
        ...

    def public_key(self, private: bytes) -> PublicKey:
        """Return the public half. Raises Malformed for what is no key of this suite, SuiteUnavailable."""
        ...

    def require_public_key(self, spki: bytes) -> None:
        """Raises Malformed unless ``spki`` is a public key of this suite in its only encoding, on the curve."""
        ...

    def sign(self, private: bytes, message: bytes) -> bytes:
        """Sign ``message``. Raises Malformed for a foreign key, SuiteUnavailable, SigningFailed."""
        ...

    def verify(self, spki: bytes, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is good. False for every malformed key or signature: it raises nothing."""
        ...
