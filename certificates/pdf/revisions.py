"""Takes apart what was appended to a signed PDF, byte by byte: objects, cross-references, trailer. It does not say whether they may be there.

Only what a stamping writes is read: plain objects and one classical table each time, nothing between them and nothing after. A byte
that belongs to none of these is a byte that nobody would look at, and makes the whole unreadable here.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import Any

from pyhanko.pdf_utils import generic

_HEAD = re.compile(rb"([1-9]\d{0,6}) 0 obj\n")
_STREAM = re.compile(rb"<<\n/Length (\d{1,8})\n>>\nstream\n")
_STREAM_END, _END = b"\nendstream\nendobj\n", b"\nendobj\n"
_TABLE = re.compile(rb"xref\n0 1\n0{10} 65535 f \n((?:\d{1,7} \d{1,7}\n(?:\d{10} 00000 n \n)+)*)trailer\n")
_PART = re.compile(rb"(\d{1,7}) (\d{1,7})\n((?:\d{10} 00000 n \n)+)")
_CLOSE = re.compile(rb"\nstartxref\n(\d{1,10})\n%%EOF\n")


class UnreadableError(Exception):
    """What was appended is not written as a stamping writes it."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One incremental update: its objects by number (a stream as its bytes), its trailer, where its table and itself begin and end."""

    objects: dict[int, Any] = field(repr=False)
    trailer: Any = field(repr=False)
    table_at: int
    end: int


def revisions_after(file: bytes, end: int) -> list[Revision]:
    """Read all that follows ``end``, up to the last byte. Raises UnreadableError, and what pyHanko raises on a malformed object."""
    found: list[Revision] = []
    while end < len(file):
        found.append(_revision(file, end))
        end = found[-1].end
    return found


def _revision(file: bytes, at: int) -> Revision:
    objects: dict[int, Any] = {}
    offsets: dict[int, int] = {}
    while head := _HEAD.match(file, at):
        number = int(head[1])
        if number in objects:
            raise UnreadableError("an object stands there twice")
        offsets[number] = at
        objects[number], at = _object(file, head.end())
    table = _TABLE.match(file, at)
    if not table or _offsets(table[1]) != offsets:
        raise UnreadableError("the table does not name each object once, where it stands")
    close = _CLOSE.search(file, table.end())
    if not close or int(close[1]) != at:
        raise UnreadableError("the end does not point to its table")
    return Revision(objects, parsed(file[table.end() : close.start()]), at, close.end())


def _object(file: bytes, at: int) -> tuple[Any, int]:
    """The object that begins here and where the next may begin."""
    if stream := _STREAM.match(file, at):
        end = stream.end() + int(stream[1])
        if not file.startswith(_STREAM_END, end):
            raise UnreadableError("a stream is longer or shorter than it says")
        return file[stream.end() : end], end + len(_STREAM_END)
    end = file.find(_END, at)
    if end < 0:
        raise UnreadableError("an object does not end")
    return parsed(file[at:end]), end + len(_END)


def parsed(octets: bytes) -> Any:
    """Read one dictionary that is all there is. Raises UnreadableError."""
    stream = io.BytesIO(octets)
    found = generic.read_object(stream, generic.Reference(0))
    if b"%" in octets or not isinstance(found, generic.DictionaryObject) or stream.tell() != len(octets):
        raise UnreadableError("something else than one dictionary stands there")
    if isinstance(found, generic.StreamObject):
        raise UnreadableError("a stream says more of itself than its length")
    return found


def _offsets(table: bytes) -> dict[int, int]:
    found: dict[int, int] = {}
    for first, count, entries in _PART.findall(table):
        places = [int(each[:10]) for each in entries.splitlines()]
        if len(places) != int(count):
            raise UnreadableError("a part of the table is longer or shorter than it says")
        found |= {int(first) + step: place for step, place in enumerate(places)}
    return found
