"""What this package asks of the outside: a signer and a timestamper. Their network sides live elsewhere."""

from typing import Protocol

from certificates.suites.base import PublicKey


class Signer(Protocol):
    """Holds the private keys; nothing here ever sees one. Behind it: software, a signing service or an HSM."""

    def sign(self, key_ref: str, suite: str, message: bytes) -> bytes:
        """Return raw ``r || s`` over ``message`` by the key named ``key_ref`` (the issuing authority's code).

        Raises SigningFailed when there is no such key, or it belongs to another suite.
        """
        ...

    def public_key(self, key_ref: str) -> PublicKey:
        """Return the public half. Raises SigningFailed when there is no such key."""
        ...


class Timestamper(Protocol):
    """Testifies when a signature existed, so that it outlives its key."""

    def stamp(self, digest: bytes) -> bytes:
        """Return an RFC 3161 token over a SHA-256 ``digest``. Raises SigningFailed when the authority gives none."""
        ...
