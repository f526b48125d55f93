"""The software signer: one sealed key file per issuing authority, behind the port Signer. It decides on no signature.

Whose decision a signature belongs to is the hub's business; it learns of every use of a key before the key is used.
For production the same port is meant to stand before an HSM or a signing service.
"""

import hashlib
import os
import secrets
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from certificates.canonical import MAX_BYTES
from certificates.errors import Malformed, SigningFailed
from certificates.identifier import ISSUER_CODE
from certificates.keyfile import NONCE_BYTES, SALT_BYTES, PrivateKey, open_key, seal_key
from certificates.suites import PublicKey, default_suite, suite_named

MIN_PASSPHRASE = 12


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key is about to be used: whose, which, by which suite, over the message with which SHA-256 (hex)."""

    key_ref: str
    key_id: str
    suite: str
    digest: str


class SoftwareSigner:
    """Signs with the keys in ``folder`` (``<authority code>.key``); implements ``certificates.ports.Signer``.

    ``on_use`` is called before every signature; when it raises, nothing is signed. Opened keys stay in memory, because
    opening one takes a tenth of a second. Threads may share one signer. Raises SigningFailed at once when others than
    the owner may read the folder.
    """

    def __init__(self, folder: Path, passphrase: str, on_use: Callable[[KeyUse], None]) -> None:
        if len(passphrase) < MIN_PASSPHRASE:
            raise SigningFailed("passphrase-short", f"Give a passphrase of at least {MIN_PASSPHRASE} characters.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _require_private(folder, folder.stat())
        self._folder = folder
        self._passphrase = passphrase
        self._on_use = on_use
        self._open: dict[str, PrivateKey] = {}
        self._lock = threading.Lock()

    def sign(self, key_ref: str, suite: str, message: bytes) -> bytes:
        """See ``Signer.sign``."""
        key = self._key(key_ref)
        if key.public.suite != suite:
            raise SigningFailed(
                "suite-of-key", f"The key of {key_ref} is for {key.public.suite}; sign with that suite."
            )
        self._on_use(KeyUse(key_ref, key.public.key_id, suite, hashlib.sha256(message).hexdigest()))
        # From here the key may be used: its use is on record.
        return suite_named(suite).sign(key.pkcs8, message)

    def public_key(self, key_ref: str) -> PublicKey:
        """See ``Signer.public_key``."""
        return self._key(key_ref).public

    def has_key(self, authority: str) -> bool:
        """Whether the authority has a key here."""
        return self._path(authority).exists()

    def create(self, authority: str, suite: str | None = None) -> PublicKey:
        """Make the one key of an authority and return its public half; without ``suite`` the default one.

        Raises SigningFailed when the authority has a key already, SuiteUnavailable.
        """
        path = self._path(authority)
        chosen = suite_named(suite or default_suite())
        pkcs8 = chosen.generate()
        key = PrivateKey(authority, chosen.public_key(pkcs8), pkcs8)
        sealed = seal_key(key, self._passphrase, secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES))
        _write_once(path, sealed)
        return key.public

    def _key(self, authority: str) -> PrivateKey:
        with self._lock:
            if authority not in self._open:
                self._open[authority] = self._read(authority)
            return self._open[authority]

    def _read(self, authority: str) -> PrivateKey:
        raw = _read_private(self._path(authority))
        try:
            key = open_key(raw, self._passphrase)
        except Malformed as error:
            raise SigningFailed(error.code, f"The key of {authority} cannot be opened. {error}") from error
        if key.owner != authority:
            raise SigningFailed(
                "key-owner", f"{authority}.key holds the key of another authority; put the right one back."
            )
        return key

    def _path(self, authority: str) -> Path:
        # Also what keeps a code from leading out of the folder.
        if not ISSUER_CODE.fullmatch(authority):
            raise SigningFailed("authority-code", "A key is named by its authority's code: 18 letters or digits.")
        return self._folder / f"{authority}.key"


def _write_once(path: Path, content: bytes) -> None:
    """Write the file whole or not at all, readable by its owner only, and never over another one."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # link, not rename: of two that create the same key at once only one may win.
        os.link(draft, path)
    except FileExistsError as error:
        raise SigningFailed("key-exists", f"{path.stem} has its key already; an authority signs with one.") from error
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_private(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise SigningFailed(
            "key-missing", f"{path.stem} has no key here; create it before the first decision."
        ) from error
    except OSError as error:
        raise SigningFailed("key-unreadable", f"{path.name} cannot be opened; it must be a plain file.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SigningFailed("key-unreadable", f"{path.name} is no plain file; put the key file back.")
    with open(descriptor, "rb") as file:
        _require_private(path, os.fstat(file.fileno()))
        return file.read(MAX_BYTES)


def _require_private(path: Path, found: os.stat_result) -> None:
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        right = "700" if stat.S_ISDIR(found.st_mode) else "600"
        raise SigningFailed("key-permissions", f"Others may read {path}; run: chmod {right} {path}")
