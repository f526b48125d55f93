"""What this package asks of the outside: a signer and a timestamper. Their network sides live elsewhere."""

from typing import Protocol

from certificates.suites.base import PublicKey


class Signer(Protocol):
    """Holds the private keys; nothing here ever sees one. Behind it: software, a signing service or an HSM.

    ``key_ref`` is the issuing authority's code. An authority has a key per suite: SM2_SM3 for OFD and ``.ycert``, ES256
    for PDF and QR. Every method raises SigningFailed when there is no such key; the message says what to do.
    """

    def suites(self, key_ref: str) -> tuple[str, ...]:
        """The suites in which the authority has a key, in the order of preference; empty where it has none."""
        ...

    def sign(self, key_ref: str, suite: str, message: bytes) -> bytes:
        """Return the suite's raw signature over ``message`` (``suites.Suite``). Raises SuiteUnavailable too."""
        ...

    def public_key(self, key_ref: str, suite: str) -> PublicKey:
        """Return the public half."""
        ...

    def certificates(self, key_ref: str, suite: str) -> tuple[bytes, ...]:
        """Return the key's X.509 certificate and those above it, the leaf first, without the root (DER)."""
        ...

    def seal(self, key_ref: str) -> bytes:
        """Return the authority's electronic seal: the SESeal (DER) that its maker signed."""
        ...


class Timestamper(Protocol):
    """Testifies when a signature existed, so that it outlives its key."""

    def stamp(self, digest: bytes) -> bytes:
        """Return an RFC 3161 token over a SHA-256 ``digest``. Raises SigningFailed when the authority gives none, TimestamperAway when
        asking again later may help."""
        ...
