"""The folder of signing keys on disk: sealed keys, their certificates, and seals, by authority and suite. It opens no key.

``<code>.<SUITE>.key`` (sealed), ``<code>.<SUITE>.pem`` (certificates, leaf first), ``<code>.seal`` (SESeal, DER). A ``<code>.key``
of version 0.1 counts as the key of the suite that it names. Folder 0700, files 0600; links are not followed.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from certificates.canonical import MAX_BYTES
from certificates.errors import Malformed, SigningFailed
from certificates.identifier import ISSUER_CODE
from certificates.keys.keyfile import suite_of
from certificates.suites import SUITES
from certificates.x509.reading import pem, split_pem


class KeyFolder:
    """Reads and writes whole files under ``folder``. Raises SigningFailed at once when others than the owner may read it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _require_private(folder, folder.stat())
        self.folder = folder

    def suites(self, code: str) -> tuple[str, ...]:
        """The suites in which this authority has a key, in the order of preference."""
        old = self._old_suite(code)
        return tuple(name for name in SUITES if name == old or self._path(code, f".{name}.key").exists())

    def key(self, code: str, suite: str) -> bytes:
        """The sealed key. Raises SigningFailed when there is none, or it is no private plain file."""
        path = self.key_path(code, suite)
        wanted = f"{code} has no key for {suite} here; `yijian keys list` says which command makes it."
        return read_private(path, SigningFailed("key-missing", wanted))

    def key_path(self, code: str, suite: str) -> Path:
        """Where that key lies, or would."""
        path = self._path(code, f".{_named(suite)}.key")
        if not path.exists() and self._old_suite(code) == suite:
            return self._path(code, ".key")
        return path

    def add_key(self, code: str, suite: str, sealed: bytes) -> None:
        """Write the first key, never over another one. Raises SigningFailed where one is there."""
        if suite in self.suites(code):
            raise _exists(code, suite)
        try:
            _write(self._path(code, f".{_named(suite)}.key"), sealed, over=False)
        except FileExistsError as error:
            raise _exists(code, suite) from error

    def replace_key(self, code: str, suite: str, sealed: bytes) -> None:
        """Write the next key in the place of the one before, which is gone with it."""
        path = self.key_path(code, suite)
        _write(self._path(code, f".{_named(suite)}.key"), sealed, over=True)
        if path.name == f"{code}.key":
            path.unlink(missing_ok=True)

    def certificates(self, code: str, suite: str) -> tuple[bytes, ...]:
        """Leaf first, DER. Raises SigningFailed when the key has no certificate yet."""
        path = self._path(code, f".{_named(suite)}.pem")
        wanted = f"The {suite} key of {code} has no certificate yet; `yijian keys list` says what it waits for."
        return _chain(path, read_private(path, SigningFailed("certificate-missing", wanted)))

    def put_certificates(self, code: str, suite: str, chain: tuple[bytes, ...]) -> None:
        """Write the certificates of a key, over those before."""
        _write(self._path(code, f".{_named(suite)}.pem"), pem(chain), over=True)

    def seal(self, code: str) -> bytes:
        """The seal. Raises SigningFailed when the authority has none."""
        wanted = f"{code} has no electronic seal yet; `yijian keys list` says who makes it."
        return read_private(self._path(code, ".seal"), SigningFailed("seal-missing", wanted))

    def put_seal(self, code: str, seal: bytes) -> None:
        """Write the seal, over the one before."""
        _write(self._path(code, ".seal"), seal, over=True)

    def waiting(self, code: str, ending: str) -> bytes:
        """What waits to take over (``nextkeys.py``); empty where nothing does."""
        path = self._path(code, ending)
        return read_private(path, SigningFailed("key-missing", path.name)) if path.exists() else b""

    def put_waiting(self, code: str, ending: str, content: bytes) -> None:
        """Keep it until it takes over."""
        _write(self._path(code, ending), content, over=True)

    def drop_waiting(self, code: str, ending: str) -> None:
        """It took over."""
        self._path(code, ending).unlink(missing_ok=True)

    def waiting_chain(self, code: str, suite: str) -> tuple[bytes, ...]:
        """The certificates that wait for their key to take over; none where the CA gave none yet."""
        found = self.waiting(code, f".{_named(suite)}.next.pem")
        return _chain(self._path(code, f".{suite}.next.pem"), found) if found else ()

    def put_waiting_chain(self, code: str, suite: str, chain: tuple[bytes, ...]) -> None:
        """Keep what a CA gave for a key that does not sign yet."""
        self.put_waiting(code, f".{_named(suite)}.next.pem", pem(chain))

    def _old_suite(self, code: str) -> str:
        path = self._path(code, ".key")
        if not path.is_file() or path.is_symlink():
            return ""
        try:
            return suite_of(read_private(path, SigningFailed("key-missing", f"{path.name} is gone; put it back.")))
        except Malformed as error:
            raise SigningFailed(error.code, f"{path.name} is no key file; put the right one back. {error}") from error

    def _path(self, code: str, ending: str) -> Path:
        # Also what keeps a code from leading out of the folder.
        if not ISSUER_CODE.fullmatch(code):
            raise SigningFailed("authority-code", "A key is named by its authority's code: 18 letters or digits.")
        return self.folder / f"{code}{ending}"


def read_private(path: Path, missing: SigningFailed) -> bytes:
    """The bytes of a plain file that its owner alone may read. Raises SigningFailed, and ``missing`` where there is no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise missing from error
    except OSError as error:
        raise SigningFailed("key-unreadable", f"{path.name} cannot be opened; it must be a plain file.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SigningFailed("key-unreadable", f"{path.name} is no plain file; put the key file back.")
    with open(descriptor, "rb") as file:
        _require_private(path, os.fstat(file.fileno()))
        return file.read(MAX_BYTES)


def write_private(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only, over the one before."""
    _write(path, content, over=True)


def _chain(path: Path, found: bytes) -> tuple[bytes, ...]:
    try:
        chain = split_pem(found)
    except Malformed as error:
        raise SigningFailed("certificate-unreadable", f"{path.name} is damaged. {error}") from error
    if not chain:
        raise SigningFailed(
            "certificate-unreadable", f"{path.name} holds no certificate; run `yijian keys import` again."
        )
    return chain


def _named(suite: str) -> str:
    if suite not in SUITES:
        raise SigningFailed("suite-unknown", f"A key is of one of the suites {', '.join(SUITES)}.")
    return suite


def _exists(code: str, suite: str) -> SigningFailed:
    return SigningFailed(
        "key-exists", f"{code} has its {suite} key already; `yijian keys rotate {code}` makes the next one."
    )


def _write(path: Path, content: bytes, over: bool) -> None:
    """Raises FileExistsError where a file is there that must not be overwritten."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if over:
            os.replace(draft, path)
        else:
            # link, not rename: of two that create the same key at once only one may win.
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_private(path: Path, found: os.stat_result) -> None:
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        right = "700" if stat.S_ISDIR(found.st_mode) else "600"
        raise SigningFailed("key-permissions", f"Others may read {path}; run: chmod {right} {path}")
