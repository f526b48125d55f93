"""A copy of a log as files: how its rows are written, and read again. It opens no log.

One JSON array a line: first what it is, then data keys (sealed under the log's master key), entries, signed heads, last the size that
it ends with. A file without its last line is half written and is taken for none.
"""

import base64
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from hub.sharinglog.errors import LogError

FORMAT = 1
SUFFIX = ".log.jsonl"


class BadCopy(LogError):
    """The copy of a log is damaged, half written, of another log, or does not join on."""

    code = "LOG_COPY_UNUSABLE"
    status = 409


class Opens(NamedTuple):
    """The first line: which entries of which log follow."""

    origin: str
    start: int
    stop: int


class KeyRow(NamedTuple):
    """A data key as stored; `wrapped` is None once it was destroyed."""

    key_id: str
    scope: str
    month: str
    wrapped: bytes | None
    destroyed_at: int | None


class EntryRow(NamedTuple):
    """One entry, and its sealed values as (key, nonce, ciphertext)."""

    seq: int
    body: bytes
    secrets: tuple[tuple[str, bytes, bytes], ...]


class HeadRow(NamedTuple):
    """A signed head and when it was signed (µs)."""

    size: int
    note: str
    at: int


Row = Opens | KeyRow | EntryRow | HeadRow


@dataclass(frozen=True, slots=True)
class Exported:
    """What a copy holds: entries start … stop - 1."""

    origin: str
    start: int
    stop: int
    path: Path = field(compare=False)


def copies(folder: Path) -> list[Exported]:
    """The whole files of a folder, by where they start. Raises BadCopy for one that is not what its name says."""
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with path.open(encoding="utf-8") as lines:
            opens = _row(path, lines.readline())
        if not isinstance(opens, Opens):
            raise BadCopy(f"{path.name} is no copy of a log: take it out of the folder")
        found.append(Exported(*opens, path))
    return sorted(found, key=lambda one: (one.start, one.stop))


def write(path: Path, rows: Iterable[Row], stop: int) -> None:
    """Write the rows as one file; durable when it returns, mode 0600. Raises OSError with nothing left behind."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            out.writelines(map(_line, rows))
            out.write(json.dumps([END, stop]) + "\n")
            out.flush()
            os.fsync(out.fileno())
        partial.rename(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def read(path: Path) -> Iterator[Row]:
    """The rows of one file. Raises BadCopy where it is damaged or half written."""
    with path.open(encoding="utf-8") as lines:
        ended = False
        for line in lines:
            row = _row(path, line)
            if row is None:
                ended = True
                break
            yield row
    if not ended:
        raise BadCopy(f"{path.name} is only half there: copy it again from where it was written")


def _line(row: Row) -> str:
    version = [FORMAT] if isinstance(row, Opens) else []
    return json.dumps([_NAMES[type(row)], *version, *map(_shown, row)], separators=(",", ":")) + "\n"


def _shown(value: object) -> Any:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return [_shown(inner) for inner in value] if isinstance(value, tuple) else value


def _row(path: Path, line: str) -> Row | None:
    """One line; None for the last."""
    try:
        name, *values = json.loads(line)
        if name == "copy" and values.pop(0) != FORMAT:
            raise BadCopy(f"{path.name} is of a newer format: take it in with the newer program")
        return None if name == END else _READ[name](*values)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise BadCopy(f"{path.name} is damaged or half there: copy it again from where it was written") from error


def _key(key_id: str, scope: str, month: str, wrapped: str | None, destroyed_at: int | None) -> KeyRow:
    return KeyRow(key_id, scope, month, None if wrapped is None else base64.b64decode(wrapped), destroyed_at)


def _entry(seq: int, body: str, secrets: list[tuple[str, str, str]]) -> EntryRow:
    opened = tuple((key, base64.b64decode(nonce), base64.b64decode(sealed)) for key, nonce, sealed in secrets)
    return EntryRow(seq, base64.b64decode(body), opened)


END = "end"
_NAMES: dict[type[Row], str] = {Opens: "copy", KeyRow: "key", EntryRow: "entry", HeadRow: "head"}
_READ: dict[str, Callable[..., Row]] = {"copy": Opens, "key": _key, "entry": _entry, "head": HeadRow}
