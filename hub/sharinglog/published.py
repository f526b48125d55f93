"""The last published head of each log, as a file outside the log's database. It signs nothing and appends nothing.

A database may come back behind what others hold: an older backup was restored, a replica was promoted. Such a log would
give the numbers of lost records to new ones, and two heads of one size would contradict each other. This file is how it notices.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from hub.sharinglog import notes
from hub.sharinglog.errors import LogMisconfigured, LogUnavailable
from hub.sharinglog.notes import Checkpoint, Verifier

SUFFIX = ".head"


class PublishedHeads:
    """One file for each origin, holding its greatest signed head. Without a folder nothing is kept and nothing is known."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def keep(self, note: str) -> None:
        """Durable when it returns; a head that is not greater than the kept one changes nothing. Raises LogUnavailable."""
        if self.folder is None:
            return
        head = notes.read(note)
        kept = self._read(head.origin)
        if kept is not None and _size(kept) >= head.size:
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._file(self.folder, head.origin), note)
        except OSError as error:
            raise LogUnavailable(
                f"the head of the sharing log could not be kept in {self.folder.name}/ ({error.strerror}): make room or mount the folder "
                "again; nothing is signed until then"
            ) from error

    def last(self, verifier: Verifier) -> Checkpoint | None:
        """The kept head of the log that `verifier` belongs to. Raises LogMisconfigured if its signature is not by this key."""
        note = self._read(verifier.name)
        if note is None or self.folder is None:
            return None
        try:
            return notes.verify(note, verifier)
        except notes.BadNote as error:
            raise LogMisconfigured(
                f"{self._file(self.folder, verifier.name).name} holds no head signed with this log's key ({error}): load the key folder "
                "that belongs to this log, or put the file back from where you copied it"
            ) from error

    def others(self, origin: str) -> tuple[Checkpoint, ...]:
        """Heads of other logs that were kept here, of an earlier origin of this hub."""
        return tuple(head for head in self._all() if head.origin != origin)

    def note_of(self, origin: str) -> str | None:
        """The kept head of this log as it was signed."""
        return self._read(origin)

    def _all(self) -> Iterator[Checkpoint]:
        for file in sorted(self.folder.glob(f"*{SUFFIX}")) if self.folder is not None else ():
            try:
                yield notes.read(_text(file))
            except notes.BadNote as error:
                raise LogMisconfigured(
                    f"{file.name} is no head of a log ({error}): put it back, or remove it"
                ) from error

    def _read(self, origin: str) -> str | None:
        if self.folder is None:
            return None
        file = self._file(self.folder, origin)
        return _text(file) if file.exists() else None

    @staticmethod
    def _file(folder: Path, origin: str) -> Path:
        return folder / (quote(origin, safe="") + SUFFIX)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LogUnavailable(
            f"{file.name}, the last published head, cannot be read: mount or repair its folder"
        ) from error


def _size(note: str) -> int:
    try:
        return notes.read(note).size
    except notes.BadNote:
        return -1


def _write(file: Path, note: str) -> None:
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(note)
        out.flush()
        os.fsync(out.fileno())
    partial.rename(file)
    handle = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
