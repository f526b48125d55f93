"""A backup as one .tar, and the keys as another that goes into other hands. It compresses nothing: sealed bytes do not shrink."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import HubError
from hub.settings import Settings
from hub.store.files import sync_folder
from hub.wiring.backup import manifest
from hub.wiring.backup.manifest import BackupNotWritten, BackupUnusable

SUFFIX = ".tar"
CONNECTIONS = "connections.toml"
KEYS = "keys"


class KeysDiffer(HubError):
    """Keys lie in place already, and the file of keys holds others; nothing was changed."""

    code = "RESTORE_KEYS_DIFFER"
    status = 409


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """A folder beside the tar to be, gone afterwards. Raises BackupNotWritten where the tar is there already."""
    if target.exists():
        raise BackupNotWritten(f"{target.name} is there already: a tar is made once; give another name, or a folder.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
        yield Path(folder)


def pack(folder: Path, target: Path) -> None:
    """The folder as one file, the manifest last; durable and mode 0600, or not there."""
    names = sorted(p.name for p in folder.iterdir() if p.name != manifest.NAME)
    _tar(target, [(folder / name, name) for name in [*names, manifest.NAME]])


def pack_keys(settings: Settings, target: Path) -> None:
    """Keys and connections, both secret, as one file. Raises BackupNotWritten where it is there already."""
    if target.exists():
        raise BackupNotWritten(f"{target.name} is there already: give another name, and keep the old one.")
    found = [(settings.keys_folder, KEYS), (settings.connections_file, CONNECTIONS)]
    _tar(target, [(path, name) for path, name in found if path.exists()])


@contextmanager
def opened(backup: Path) -> Iterator[Path]:
    """The backup as a folder; a tar is unpacked meanwhile, beside itself or where temporary files go. Raises BackupUnusable."""
    if not backup.is_file():
        yield backup
        return
    beside_it = backup.parent if os.access(backup.parent, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix=f".{backup.name}.", dir=beside_it) as folder:
        _untar(backup, Path(folder))
        yield Path(folder)


@contextmanager
def keys_at_hand(given: Path | None, settings: Settings) -> Iterator[Path]:
    """The folder of keys and connections to restore with, as `place_keys` takes it: of a file unpacked meanwhile, or what is in place.

    Nothing is put in place. Raises BackupUnusable where the file holds no keys, KeysDiffer where others are in place.
    """
    if given is None:
        yield settings.keys_folder
        return
    there = next(each for each in settings.keys_folder.absolute().parents if each.is_dir())
    with tempfile.TemporaryDirectory(prefix=".keys.", dir=there) as folder:
        _untar(given, Path(folder))
        if not (Path(folder) / KEYS).is_dir():
            raise BackupUnusable(f"{given.name} holds no keys: give the file that `yijian backup --with-keys` wrote.")
        _require_same(settings.keys_folder, Path(folder) / KEYS)
        yield Path(folder) / KEYS


def place_keys(found: Path, settings: Settings) -> None:
    """Put keys, and the connections beside them, where the settings want them; what is there stays. Safe to repeat."""
    if found == settings.keys_folder:
        return
    for place in (Path(), *(p.relative_to(found) for p in sorted(found.rglob("*")) if p.is_dir())):
        (settings.keys_folder / place).mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in _files(found):
        if not (settings.keys_folder / name).exists():
            shutil.move(found / name, settings.keys_folder / name)
    if (found.parent / CONNECTIONS).exists() and not settings.connections_file.exists():
        shutil.move(found.parent / CONNECTIONS, settings.connections_file)


def _require_same(there: Path, given: Path) -> None:
    differ = [
        n for n in _files(there) if not (given / n).is_file() or (given / n).read_bytes() != (there / n).read_bytes()
    ]
    if differ:
        raise KeysDiffer(
            f"{there.name}/ holds other keys than the file of --keys ({', '.join(map(str, differ[:3]))}): restore without --keys where those in "
            "place are the backup's, else move them away. Nothing was changed."
        )


def _files(folder: Path) -> list[Path]:
    return sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())


def _tar(target: Path, members: list[tuple[Path, str]]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.tmp")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            with tarfile.open(fileobj=out, mode="w") as tar:
                for path, name in members:
                    tar.add(path, name)
            out.flush()
            os.fsync(out.fileno())
        partial.rename(target)
        sync_folder(target.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _untar(given: Path, folder: Path) -> None:
    try:
        with tarfile.open(given, mode="r:") as tar:
            tar.extractall(folder, filter="data")
        for place in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
            place.chmod(0o700)
    except (tarfile.TarError, OSError, EOFError) as e:
        raise BackupUnusable(
            f"{given.name} cannot be unpacked ({type(e).__name__}): it is cut off or damaged, or there is no room to unpack it."
        ) from e
