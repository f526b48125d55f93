"""A signer of keys that are open in this process's memory: a ceremony's own authorities, and tests. It keeps nothing on disk."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from certificates.errors import SigningFailed
from certificates.suites import SUITES, PublicKey, suite_named


@dataclass(frozen=True, slots=True)
class HeldKey:
    """One open key and its certificates, the leaf first (DER)."""

    suite: str
    pkcs8: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def public(self) -> PublicKey:
        return suite_named(self.suite).public_key(self.pkcs8)

    def sign(self, message: bytes) -> bytes:
        """The suite's raw signature."""
        return suite_named(self.suite).sign(self.pkcs8, message)


@dataclass(frozen=True, slots=True)
class HeldKeys:
    """See ``certificates.ports.Signer``; ``keys`` by key_ref and suite."""

    keys: Mapping[tuple[str, str], HeldKey] = field(repr=False)

    def suites(self, key_ref: str) -> tuple[str, ...]:
        return tuple(suite for suite in SUITES if (key_ref, suite) in self.keys)

    def sign(self, key_ref: str, suite: str, message: bytes) -> bytes:
        return self._key(key_ref, suite).sign(message)

    def public_key(self, key_ref: str, suite: str) -> PublicKey:
        return self._key(key_ref, suite).public

    def certificates(self, key_ref: str, suite: str) -> tuple[bytes, ...]:
        return self._key(key_ref, suite).chain

    def seal(self, key_ref: str) -> bytes:
        raise SigningFailed("seal-missing", "Keys in memory have no seals; the key folder has them.")

    def _key(self, key_ref: str, suite: str) -> HeldKey:
        if (key_ref, suite) not in self.keys:
            raise SigningFailed("key-missing", f"There is no open {suite} key of that name.")
        return self.keys[key_ref, suite]
