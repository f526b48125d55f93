"""The three keys of a log: signing checkpoints, sealing values, blinding the search index. Stores them as 0600 files only.

A database administrator must not hold them, and whoever holds them must not administer the database: that
separation is the control, the file mode only keeps it from being lost by accident.
"""

import base64
import binascii
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.sharinglog.errors import LogMisconfigured
from hub.sharinglog.notes import Verifier

CHECKPOINT, SEALING, BLIND, PUBLIC = "checkpoint.key", "sealing.key", "blind.key", "checkpoint.pub"


@dataclass(frozen=True)
class LogKeys:
    """Key material of one log; its repr shows none of it."""

    checkpoint: Ed25519PrivateKey = field(repr=False)
    sealing: bytes = field(repr=False)
    blind: bytes = field(repr=False)

    @classmethod
    def create(cls, folder: Path | str, rng: Callable[[int], bytes] = os.urandom) -> "LogKeys":
        """Make new keys in `folder` (0700, made if absent); raises LogMisconfigured if any key is there already."""
        place = Path(folder)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = {name: rng(32) for name in (CHECKPOINT, SEALING, BLIND)}
        if any((place / name).exists() for name in secret):
            raise LogMisconfigured(f"{place} already holds log keys: load them, or choose an empty folder")
        for name, raw in secret.items():
            _write(place / name, raw, 0o600)
        keys = cls.load(place)
        _write(place / PUBLIC, keys.checkpoint.public_key().public_bytes_raw(), 0o644)
        return keys

    @classmethod
    def load(cls, folder: Path | str) -> "LogKeys":
        """Read the keys of `folder`; raises LogMisconfigured if one is missing, malformed or readable by others."""
        place = Path(folder)
        return cls(
            Ed25519PrivateKey.from_private_bytes(_read_secret(place / CHECKPOINT)),
            _read_secret(place / SEALING),
            _read_secret(place / BLIND),
        )

    def verifier(self, origin: str) -> Verifier:
        """The public half, under the log's name."""
        return Verifier(origin, self.checkpoint.public_key())


def load_public(path: Path | str) -> Ed25519PublicKey:
    """The public checkpoint key of a `checkpoint.pub` file; raises LogMisconfigured."""
    return Ed25519PublicKey.from_public_bytes(_decode(Path(path)))


def _write(path: Path, raw: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(base64.b64encode(raw) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _read_secret(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise LogMisconfigured(
            f"no log key at {path}: create the keys once with LogKeys.create, or fix the path"
        ) from error
    if mode & 0o077:
        raise LogMisconfigured(
            f"{path} can be read by others: run chmod 600 on it, and make new keys if it was exposed"
        )
    return _decode(path)


def _decode(path: Path) -> bytes:
    try:
        raw = base64.b64decode(path.read_bytes().strip(), validate=True)
    except (OSError, binascii.Error) as error:
        raise LogMisconfigured(f"{path} is not a log key: restore it from the key backup") from error
    if len(raw) != 32:
        raise LogMisconfigured(f"{path} is not a log key (32 bytes in base64): restore it from the key backup")
    return raw
