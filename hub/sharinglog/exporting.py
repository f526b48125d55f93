"""Takes a log's entries out into a folder, a file at each time with what is new: exact bytes, sealed values, heads. It changes no log."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from hub.sharinglog import copyfile
from hub.sharinglog.copyfile import BadCopy, EntryRow, Exported, HeadRow, KeyRow, Opens, Row
from hub.sharinglog.engine import Session
from hub.sharinglog.engines import open_engine
from hub.sharinglog.errors import LogUnavailable
from hub.sharinglog.heads import present

PAGE = 500


def export(url: str, folder: Path, stop: int | None = None) -> Exported | None:
    """Write the entries that are not in `folder` yet, up to `stop` (all when None), as one more file; None when there are none.

    Each file comes from one snapshot. Raises BadCopy (another log's folder), LogUnavailable (no room, no database).
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = copyfile.copies(folder)
        with closing(open_engine(url, "", read_only=True)) as engine, engine.read() as session:
            origin, size, _ = present(session)
            if any(one.origin != origin for one in before):
                raise BadCopy(f"{folder.name}/ holds the copy of another log: give each log a folder of its own")
            start, end = max((one.stop for one in before), default=0), size if stop is None else min(stop, size)
            if start >= end:
                return None
            path = folder / f"{start:012d}-{end:012d}{copyfile.SUFFIX}"
            copyfile.write(path, rows(session, Opens(origin, start, end)), end)
    except OSError as error:
        raise LogUnavailable(
            f"the copy of the log was not written ({error.strerror}): make room in {folder.name}/, then export again; "
            "what is half written does not count"
        ) from error
    return Exported(origin, start, end, path)


def rows(session: Session, what: Opens) -> Iterator[Row]:
    """A part of the log in the order in which it is taken in again, with every destroyed key and the last head, all before the entries."""
    yield what
    used = session.run(
        "SELECT key_id, scope, month, wrapped, destroyed_at FROM sl_key WHERE destroyed_at IS NOT NULL"
        " OR key_id IN (SELECT key_id FROM sl_secret WHERE seq >= ? AND seq < ?) ORDER BY key_id",
        what.start,
        what.stop,
    )
    yield from (KeyRow(*row) for row in used)
    heads = session.run("SELECT size, note, at FROM sl_checkpoint WHERE size <= ? ORDER BY size", what.stop)
    yield from (HeadRow(*row) for row in heads if row[0] > what.start or row == heads[-1])
    for start in range(what.start, what.stop, PAGE):
        yield from _entries(session, start, min(start + PAGE, what.stop))


def _entries(session: Session, start: int, stop: int) -> Iterator[EntryRow]:
    sealed: dict[int, list[tuple[str, bytes, bytes]]] = {}
    secrets = "SELECT seq, key_id, nonce, ciphertext FROM sl_secret WHERE seq >= ? AND seq < ? ORDER BY seq, key_id"
    for seq, key_id, nonce, ciphertext in session.run(secrets, start, stop):
        sealed.setdefault(seq, []).append((key_id, nonce, ciphertext))
    entries = session.run("SELECT seq, body FROM sl_entry WHERE seq >= ? AND seq < ? ORDER BY seq", start, stop)
    for seq, body in entries:
        yield EntryRow(seq, body, tuple(sealed.get(seq, ())))
