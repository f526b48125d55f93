"""The order in which signers are asked: token or signing service first, the key folder last. It holds no key and signs nothing itself."""

from typing import Protocol

from certificates.ports import Signer
from certificates.suites import SUITES, PublicKey


class Provider(Signer, Protocol):
    """A signer that can say what it is."""

    @property
    def kind(self) -> str:
        """A few words for the doctor."""
        ...


class OrderedSigner:
    """Implements ``certificates.ports.Signer``: an authority's key of a suite is used where it is first found.

    So a token goes before the key folder, suite by suite: ES256 in a token without SM2, SM2_SM3 beside it by libcrypto.
    """

    def __init__(self, *signers: Provider) -> None:
        self.signers = signers

    def suites(self, key_ref: str) -> tuple[str, ...]:
        """See ``Signer.suites``."""
        found = {suite for each in self.signers for suite in each.suites(key_ref)}
        return tuple(suite for suite in SUITES if suite in found)

    def sign(self, key_ref: str, suite: str, message: bytes) -> bytes:
        """See ``Signer.sign``."""
        return self.of(key_ref, suite).sign(key_ref, suite, message)

    def public_key(self, key_ref: str, suite: str) -> PublicKey:
        """See ``Signer.public_key``."""
        return self.of(key_ref, suite).public_key(key_ref, suite)

    def certificates(self, key_ref: str, suite: str) -> tuple[bytes, ...]:
        """See ``Signer.certificates``."""
        return self.of(key_ref, suite).certificates(key_ref, suite)

    def seal(self, key_ref: str) -> bytes:
        """See ``Signer.seal``: the last one's, which keeps the files."""
        return self.signers[-1].seal(key_ref)

    def serving(self, key_ref: str, suite: str) -> str:
        """Which of them has this key, for the doctor."""
        return self.of(key_ref, suite).kind

    def of(self, key_ref: str, suite: str) -> Provider:
        """Whichever of them has this key; the last one where none has."""
        return next((each for each in self.signers if suite in each.suites(key_ref)), self.signers[-1])
