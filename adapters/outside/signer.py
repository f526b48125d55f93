"""The software signer: a sealed key per issuing authority and suite, behind the port Signer. It decides on no signature.

Whose decision a signature belongs to is the hub's business; it learns of every use of a key before the key is used.
For production the same port stands before a token (``pkcs11.py``).
"""

import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from adapters.outside.keyfolder import KeyFolder
from certificates.errors import Malformed, SignerAway, SigningFailed
from certificates.keys.keyfile import (
    NONCE_BYTES,
    SALT_BYTES,
    Passphrase,
    PrivateKey,
    open_key,
    salt_of,
    seal_key,
)
from certificates.suites import PublicKey, default_suite, suite_named
from certificates.x509.reading import read_certificate

MIN_PASSPHRASE = 12
# What tells one file from the next in its place: its inode and when it was written.
_Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key is about to be used: whose, which, by which suite, over the message with which SHA-256 (hex)."""

    key_ref: str
    key_id: str
    suite: str
    digest: str


def use_of(key_ref: str, public: PublicKey, message: bytes) -> KeyUse:
    """The use of a key that is about to happen."""
    return KeyUse(key_ref, public.key_id, public.suite, hashlib.sha256(message).hexdigest())


class SoftwareSigner:
    """Signs with the keys in ``folder``; implements ``certificates.ports.Signer``.

    ``on_use`` is called before every signature; when it raises, nothing is signed. Opened keys stay in memory, because
    opening the first one takes a tenth of a second; a key that was rotated on disk is opened anew. Threads may share one
    signer. Raises SigningFailed at once when others than the owner may read the folder.
    """

    def __init__(self, folder: Path, passphrase: str | Passphrase, on_use: Callable[[KeyUse], None]) -> None:
        if isinstance(passphrase, str) and len(passphrase) < MIN_PASSPHRASE:
            raise SigningFailed("passphrase-short", f"Give a passphrase of at least {MIN_PASSPHRASE} characters.")
        self.files = KeyFolder(folder)
        # Signers that are given one Passphrase share what was derived from it.
        self._passphrase = Passphrase(passphrase) if isinstance(passphrase, str) else passphrase
        self._on_use = on_use
        self._open: dict[tuple[str, str], tuple[_Version, PrivateKey]] = {}
        self._leaves: dict[bytes, PublicKey] = {}
        self._lock = threading.Lock()
        self._salt = b""

    @property
    def kind(self) -> str:
        """For the doctor."""
        return "key folder (libcrypto)"

    def suites(self, key_ref: str) -> tuple[str, ...]:
        """See ``Signer.suites``."""
        return self.files.suites(key_ref)

    def sign(self, key_ref: str, suite: str, message: bytes) -> bytes:
        """See ``Signer.sign``."""
        key = self._key(key_ref, suite)
        self.report(use_of(key_ref, key.public, message))
        # From here the key may be used: its use is on record.
        return suite_named(suite).sign(key.pkcs8, message)

    def report(self, use: KeyUse) -> None:
        """Put a use on record; raises where that cannot be done, and then the key must not be used."""
        self._on_use(use)

    def public_key(self, key_ref: str, suite: str) -> PublicKey:
        """See ``Signer.public_key``."""
        return self._key(key_ref, suite).public

    def certificates(self, key_ref: str, suite: str) -> tuple[bytes, ...]:
        """See ``Signer.certificates``. Raises SignerAway where they are another key's: a rotation is under way, and ends soon."""
        chain = self.files.certificates(key_ref, suite)
        if self._certified(chain[0]) != self.public_key(key_ref, suite):
            raise SignerAway(
                "certificate-other-key",
                f"The certificate of {key_ref}.{suite} is another key's; `yijian keys list` says what it waits for.",
            )
        return chain

    def seal(self, key_ref: str) -> bytes:
        """See ``Signer.seal``."""
        return self.files.seal(key_ref)

    def create(self, authority: str, suite: str | None = None) -> PublicKey:
        """Make the authority's key of a suite and return its public half; without ``suite`` the default one.

        Raises SigningFailed when the authority has that key already, SuiteUnavailable.
        """
        key = self.drawn(authority, suite or default_suite())
        self.files.add_key(authority, key.public.suite, self.sealed(key))
        return key.public

    def drawn(self, authority: str, suite: str) -> PrivateKey:
        """A new key that is nowhere yet. Raises SuiteUnavailable."""
        pkcs8 = suite_named(suite).generate()
        return PrivateKey(authority, suite_named(suite).public_key(pkcs8), pkcs8)

    def sealed(self, key: PrivateKey) -> bytes:
        """The file of a key under this signer's passphrase."""
        with self._lock:
            # One salt for this folder: then opening its keys costs one derivation, not one each.
            self._salt = self._salt or secrets.token_bytes(SALT_BYTES)
            salt = self._salt
        return seal_key(key, self._passphrase, salt, secrets.token_bytes(NONCE_BYTES))

    def _certified(self, leaf: bytes) -> PublicKey:
        with self._lock:
            known = self._leaves.get(leaf)
        if known is None:
            try:
                known = read_certificate(leaf).public
            except Malformed as error:
                raise SigningFailed("certificate-unreadable", f"A key's certificate cannot be read. {error}") from error
            with self._lock:
                self._leaves[leaf] = known
        return known

    def _key(self, authority: str, suite: str) -> PrivateKey:
        version = self._version(authority, suite)
        with self._lock:
            known = self._open.get((authority, suite))
            if known is None or known[0] != version:
                known = self._open[authority, suite] = (version, self._read(authority, suite))
            return known[1]

    def _version(self, authority: str, suite: str) -> _Version:
        try:
            found = self.files.key_path(authority, suite).lstat()
        except FileNotFoundError:
            return 0, 0
        return found.st_ino, found.st_mtime_ns

    def _read(self, authority: str, suite: str) -> PrivateKey:
        return self.opened(self.files.key(authority, suite), authority, suite)

    def opened(self, raw: bytes, authority: str, suite: str) -> PrivateKey:
        """The key in a sealed file. Raises SigningFailed where it is another's, or does not open."""
        try:
            key = open_key(raw, self._passphrase)
            self._salt = self._salt or salt_of(raw)
        except Malformed as error:
            raise SigningFailed(error.code, f"The {suite} key of {authority} cannot be opened. {error}") from error
        if key.owner != authority:
            raise SigningFailed(
                "key-owner", f"{authority}.{suite}.key holds the key of another authority; put the right one back."
            )
        if key.public.suite != suite:
            raise SigningFailed(
                "suite-of-key", f"{authority}.{suite}.key is for {key.public.suite}; put the right one back."
            )
        return key
