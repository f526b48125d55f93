"""COSE_Sign1 (RFC 9052) with ES256 and nothing else, so that nothing is left to negotiate. It does not know what it signs."""

from dataclasses import dataclass, field, replace

from certificates.compact import cbor
from certificates.compact.cbor import Cbor, Tagged
from certificates.errors import Malformed
from certificates.suites import SUITES

SUITE = "ES256"
TAG, ALG, KID, TYP = 18, 1, 4, 16
ES256 = -7  # RFC 9053 table 1
Header = dict[int | str | cbor.Simple, Cbor]


@dataclass(frozen=True, slots=True)
class Sign1:
    """One message as it stands; nothing of it has been verified. ``protected`` is the encoded header."""

    protected: bytes
    unprotected: Header = field(repr=False)
    payload: bytes = field(repr=False)
    signature: bytes = field(default=b"", repr=False)

    def header(self) -> Header:
        """Return the protected header. Raises Malformed."""
        header = cbor.decode(self.protected)
        if not isinstance(header, dict):
            raise Malformed("shape", "The protected header of a COSE message is a map.")
        return header

    def signed_bytes(self) -> bytes:
        """Return the encoded Sig_structure (RFC 9052 §4.4) that the signature is over."""
        return cbor.encode(["Signature1", self.protected, b"", self.payload])

    def verifies(self, spki: bytes) -> bool:
        """Whether the signature is good under this P-256 key. It raises nothing."""
        return SUITES[SUITE].verify(spki, self.signed_bytes(), self.signature)

    def signed(self, signature: bytes) -> "Sign1":
        return replace(self, signature=signature)

    def to_bytes(self) -> bytes:
        return cbor.encode(Tagged(TAG, [self.protected, self.unprotected, self.payload, self.signature]))


def read(octets: bytes) -> Sign1:
    """Read a tagged COSE_Sign1. Raises Malformed."""
    match cbor.decode(octets):
        case Tagged(
            tag=18, value=[bytes() as protected, dict() as unprotected, bytes() as payload, bytes() as signature]
        ):
            return Sign1(protected, unprotected, payload, signature)
    raise Malformed("shape", "This is not a COSE_Sign1 message (tag 18 and four members).")
