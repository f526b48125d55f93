"""Keys that wait for a real CA's certificate before they sign: beside the key of today, in its folder. It decides nothing about when they take over.

``<code>.<SUITE>.next.key`` (sealed), ``<code>.<SUITE>.next.pem`` once the CA has answered, ``<code>.next.seal`` once the maker has.
"""

from __future__ import annotations

from adapters.outside.keyfolder import KeyFolder
from adapters.outside.signer import SoftwareSigner, use_of
from certificates.keys.keyfile import PrivateKey
from certificates.suites import SUITES, PublicKey, suite_named


class NextKeys:
    """The next keys of the authorities of one signer."""

    def __init__(self, signer: SoftwareSigner) -> None:
        self._signer = signer
        self._files: KeyFolder = signer.files

    def draw(self, code: str, suite: str) -> PublicKey:
        """The public half of the next key; made where none waits yet, so asking twice gives the same."""
        raw = self._files.waiting(code, f".{suite}.next.key")
        if raw:
            return self._signer.opened(raw, code, suite).public
        key = self._signer.drawn(code, suite)
        self.put_key(key)
        return key.public

    def put_key(self, key: PrivateKey) -> None:
        """Let a key wait that was made elsewhere."""
        self._files.put_waiting(key.owner, f".{key.public.suite}.next.key", self._signer.sealed(key))

    def suites(self, code: str) -> tuple[str, ...]:
        """The suites in which a next key waits."""
        return tuple(suite for suite in SUITES if self._files.waiting(code, f".{suite}.next.key"))

    def sign(self, code: str, suite: str, message: bytes) -> bytes:
        """With the next key, for its own request only; the use is reported first, as of every key."""
        key = self._key(code, suite)
        self._signer.report(use_of(code, key.public, message))
        return suite_named(suite).sign(key.pkcs8, message)

    def certificates(self, code: str, suite: str) -> tuple[bytes, ...]:
        """Those that the CA gave for the next key; none before it answered."""
        return self._files.waiting_chain(code, suite)

    def put_certificates(self, code: str, suite: str, chain: tuple[bytes, ...]) -> None:
        """Keep what the CA gave until the key takes over."""
        self._files.put_waiting_chain(code, suite, chain)

    def seal(self, code: str) -> bytes:
        """The seal that lists the next certificate; empty before the maker gave it."""
        return self._files.waiting(code, ".next.seal")

    def put_seal(self, code: str, seal: bytes) -> None:
        """Keep it until the key takes over."""
        self._files.put_waiting(code, ".next.seal", seal)

    def take_key(self, code: str, suite: str) -> None:
        """From here the next key signs; the one before is gone."""
        self._files.replace_key(code, suite, self._files.waiting(code, f".{suite}.next.key"))
        self._files.drop_waiting(code, f".{suite}.next.key")

    def take_certificates(self, code: str, suite: str) -> None:
        """Put the certificates that waited beside their key."""
        self._files.put_certificates(code, suite, self.certificates(code, suite))
        self._files.drop_waiting(code, f".{suite}.next.pem")

    def take_seal(self, code: str) -> None:
        """Put the seal that waited in the place of the one before."""
        self._files.put_seal(code, self.seal(code))
        self._files.drop_waiting(code, ".next.seal")

    def _key(self, code: str, suite: str) -> PrivateKey:
        return self._signer.opened(self._files.waiting(code, f".{suite}.next.key"), code, suite)
