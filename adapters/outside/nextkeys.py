"""Keys that wait for a real CA's certificate before they sign: beside the key of today, where that is kept. It decides nothing about when they take over.

In the key folder ``<code>.<SUITE>.next.key`` (sealed), or in a token a further pair; ``<code>.<SUITE>.next.pem`` once the CA has
answered, ``<code>.next.seal`` once the maker has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from adapters.outside.keyfolder import KeyFolder
from adapters.outside.signer import SoftwareSigner, use_of
from certificates.keys.keyfile import PrivateKey
from certificates.ports import Signer
from certificates.suites import SUITES, PublicKey, suite_named


@runtime_checkable
class KeepsKeys(Signer, Protocol):
    """Where a ceremony makes keys and lets the next ones take over: the key folder, a token. Raises SigningFailed, SignerAway."""

    @property
    def kind(self) -> str:
        """A few words for people."""
        ...

    def makes(self, suite: str) -> bool:
        """Whether it can make keys of this suite."""
        ...

    def create(self, code: str, suite: str) -> PublicKey:
        """Make the authority's first key of a suite."""
        ...

    def has_next(self, code: str, suite: str) -> bool:
        """Whether a next key waits."""
        ...

    def draw_next(self, code: str, suite: str) -> PublicKey:
        """The public half of the next key; made where none waits yet, so asking twice gives the same."""
        ...

    def sign_next(self, code: str, suite: str, message: bytes) -> bytes:
        """With the next key, for its own request only; the use is reported first, as of every key."""
        ...

    def take_next(self, code: str, suite: str) -> None:
        """From here the next key signs; the one before signs nothing more."""
        ...


class FolderKeys:
    """Implements ``KeepsKeys`` for the key folder of a signer; what it does not say itself it asks of the signer."""

    def __init__(self, signer: SoftwareSigner) -> None:
        self._signer = signer
        self._files = signer.files
        self.suites, self.sign, self.public_key = signer.suites, signer.sign, signer.public_key
        self.certificates, self.seal = signer.certificates, signer.seal

    @property
    def kind(self) -> str:
        """For the list of keys."""
        return "key folder"

    def makes(self, suite: str) -> bool:
        """Every suite."""
        return suite in SUITES

    def create(self, code: str, suite: str) -> PublicKey:
        """See ``KeepsKeys.create``. Raises SuiteUnavailable."""
        return self._signer.create(code, suite)

    def has_next(self, code: str, suite: str) -> bool:
        """See ``KeepsKeys.has_next``."""
        return bool(self._raw(code, suite))

    def draw_next(self, code: str, suite: str) -> PublicKey:
        """See ``KeepsKeys.draw_next``."""
        raw = self._raw(code, suite)
        if raw:
            return self._signer.opened(raw, code, suite).public
        key = self._signer.drawn(code, suite)
        self.put_next(key)
        return key.public

    def put_next(self, key: PrivateKey) -> None:
        """Let a key wait that was made elsewhere."""
        self._files.put_waiting(key.owner, f".{key.public.suite}.next.key", self._signer.sealed(key))

    def sign_next(self, code: str, suite: str, message: bytes) -> bytes:
        """See ``KeepsKeys.sign_next``."""
        key = self._signer.opened(self._raw(code, suite), code, suite)
        self._signer.report(use_of(code, key.public, message))
        return suite_named(suite).sign(key.pkcs8, message)

    def take_next(self, code: str, suite: str) -> None:
        """See ``KeepsKeys.take_next``; the key before is gone."""
        self._files.replace_key(code, suite, self._raw(code, suite))
        self._files.drop_waiting(code, f".{suite}.next.key")

    def _raw(self, code: str, suite: str) -> bytes:
        return self._files.waiting(code, f".{suite}.next.key")


class NextKeys:
    """The next keys of the authorities of one hub, wherever each is kept: those who are asked first come first, the key folder last."""

    def __init__(self, signer: SoftwareSigner, *before: KeepsKeys) -> None:
        self._folder = FolderKeys(signer)
        self._keepers: tuple[KeepsKeys, ...] = (*before, self._folder)
        self._files: KeyFolder = signer.files

    def draw(self, code: str, suite: str) -> PublicKey:
        """See ``KeepsKeys.draw_next``."""
        return self.keeper(code, suite).draw_next(code, suite)

    def put_key(self, key: PrivateKey) -> None:
        """Let a key wait in the key folder that was made elsewhere."""
        self._folder.put_next(key)

    def suites(self, code: str) -> tuple[str, ...]:
        """The suites in which a next key waits."""
        return tuple(suite for suite in SUITES if any(each.has_next(code, suite) for each in self._keepers))

    def sign(self, code: str, suite: str, message: bytes) -> bytes:
        """See ``KeepsKeys.sign_next``."""
        return self.keeper(code, suite).sign_next(code, suite, message)

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
        """See ``KeepsKeys.take_next``."""
        self.keeper(code, suite).take_next(code, suite)

    def take_certificates(self, code: str, suite: str) -> None:
        """Put the certificates that waited beside their key."""
        self._files.put_certificates(code, suite, self.certificates(code, suite))
        self._files.drop_waiting(code, f".{suite}.next.pem")

    def take_seal(self, code: str) -> None:
        """Put the seal that waited in the place of the one before."""
        self._files.put_seal(code, self.seal(code))
        self._files.drop_waiting(code, ".next.seal")

    def keeper(self, code: str, suite: str) -> KeepsKeys:
        """Who keeps this key: whoever has the next one, else whoever has one, else whoever is first able to make one."""
        fits: tuple[Callable[[KeepsKeys], bool], ...] = (
            lambda each: each.has_next(code, suite),
            lambda each: suite in each.suites(code),
            lambda each: each.makes(suite),
        )
        return next(each for fit in fits for each in self._keepers if fit(each))
