"""The signed envelope that carries a certificate or a status list. It does not know what the payload says.

A JSON object of six members: ``format``, ``suite``, ``key_id``, ``signed_at``, ``payload`` (base64 of canonical bytes)
and ``signature`` (base64 of the suite's raw signature). The signature is over the canonical bytes of the object without ``signature``, so
nothing in the file stands outside it: neither the algorithm, nor the key, nor the time can be exchanged.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime

from certificates import canonical
from certificates.canonical import Json
from certificates.errors import Malformed, SigningFailed
from certificates.ports import Signer
from certificates.shape import Members, write_instant, write_octets
from certificates.suites import suite_named

KEY_ID = re.compile(r"[0-9a-f]{64}")
SUITE_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One envelope as it stands in a file; nothing of it has been verified."""

    format: str
    suite: str
    key_id: str
    signed_at: datetime
    payload: bytes = field(repr=False)
    signature: bytes = field(default=b"", repr=False)

    def signed_bytes(self) -> bytes:
        """Return the bytes that the signature is over."""
        return canonical.encode(self._members())

    def to_bytes(self) -> bytes:
        """Return the file."""
        return canonical.encode({**self._members(), "signature": write_octets(self.signature)})

    def _members(self) -> dict[str, Json]:
        return {
            "format": self.format,
            "suite": self.suite,
            "key_id": self.key_id,
            "signed_at": write_instant(self.signed_at),
            "payload": write_octets(self.payload),
        }


@dataclass(frozen=True, slots=True)
class Seal:
    """Who signs, with which key, by which suite, when."""

    signer: Signer
    key_ref: str
    suite: str
    signed_at: datetime


def close(format_name: str, document: Json, seal: Seal) -> bytes:
    """Sign ``document`` and return the file. Raises Malformed, SuiteUnavailable, SigningFailed."""
    public = seal.signer.public_key(seal.key_ref, seal.suite)
    if public.suite != seal.suite:
        raise SigningFailed(
            "suite-of-key", f"The key is for {public.suite}; sign with that suite, or make another key."
        )
    unsigned = Envelope(format_name, seal.suite, public.key_id, seal.signed_at, canonical.encode(document))
    message = unsigned.signed_bytes()
    signature = seal.signer.sign(seal.key_ref, seal.suite, message)
    # A faulty signer is found here and not by a citizen at another counter.
    if not suite_named(seal.suite).verify(public.spki, message, signature):
        raise SigningFailed(
            "bad-signature", "The signer gave a signature that does not verify; check the signer's key."
        )
    return replace(unsigned, signature=signature).to_bytes()


def open_envelope(raw: bytes, format_name: str) -> Envelope:
    """Read the file of an envelope. Raises Malformed; judges no signature."""
    members = Members(canonical.parse(raw), "file")
    if members.text("format") != format_name:
        raise Malformed("other-format", f"This is not a file of format {format_name}.")
    envelope = Envelope(
        format_name,
        members.text("suite", SUITE_NAME),
        members.text("key_id", KEY_ID),
        members.instant("signed_at"),
        members.octets("payload"),
        members.octets("signature"),
    )
    members.done()
    return envelope
