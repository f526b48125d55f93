"""Salted digests: a field that can be shown later, proved by the signature and hidden until then. It signs nothing.

In the manner of SD-CWT (IETF draft) and SD-JWT (RFC 9901): a disclosure is the encoded list [salt, value, label]; the
signature covers its digest alone. Digests here are SHA-256 cut to 16 bytes, for the sake of the QR code: whoever does not
hold the issuer's key would have to find a second preimage (2^128).
"""

import hashlib
import hmac
from dataclasses import dataclass, field

from certificates.compact import cbor
from certificates.errors import Malformed
from certificates.shape import is_plain_text

SALT_BYTES = 16
DIGEST_BYTES = 16
SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One field: the label it is shown under, its value, and the salt that keeps the value from being guessed."""

    label: str
    value: str = field(repr=False)
    salt: bytes = field(repr=False)

    def to_bytes(self) -> bytes:
        return cbor.encode([self.salt, self.value, self.label])

    def digest(self) -> bytes:
        return digest(self.to_bytes())


def salt(seed: bytes, label: str) -> bytes:
    """Return the salt of a field, the same for the same seed: what is signed again is signed over the same bytes.

    ``seed`` is secret and the certificate's own, SEED_BYTES random bytes; who has it can guess hidden values.
    """
    if len(seed) < SEED_BYTES:
        raise Malformed(
            "seed", f"Salts come from a secret seed of {SEED_BYTES} random bytes; give the certificate its own."
        )
    return hmac.digest(seed, b"yijian-disclosure/1\0" + label.encode(), "sha256")[:SALT_BYTES]


def digest(octets: bytes) -> bytes:
    """Return the digest under which an encoded disclosure stands in the signed part."""
    return hashlib.sha256(octets).digest()[:DIGEST_BYTES]


def read(octets: bytes) -> Disclosure:
    """Read an encoded disclosure. Raises Malformed."""
    try:
        found = cbor.decode(octets)
    except Malformed as error:
        raise _wrong() from error
    match found:
        case [bytes() as salted, str() as value, str() as label] if len(salted) == SALT_BYTES:
            if is_plain_text(value) and is_plain_text(label):
                return Disclosure(label, value, salted)
    raise _wrong()


def _wrong() -> Malformed:
    return Malformed(
        "disclosure", "A disclosure is a list of a salt of 16 bytes, a value and a label, both plain text."
    )
