"""The ZIP package of an OFD, written the same way each time and read without trusting it. It knows no XML.

Reading refuses whatever would let two programs see two packages: an entry twice, bytes before, between or after the
entries, local and central headers that differ. Whatever carries bytes that no signature covers: comments, extra fields but
those that ``extras`` lets pass, folders that no file is in. And whatever would harm the reader: paths that leave the package, links,
encryption, more bytes than stated.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from certificates.errors import Malformed
from certificates.ofd.extras import sizes_in, told, unwanted

MAX_FILE = 32 * 1024 * 1024
MAX_ENTRY = 32 * 1024 * 1024
MAX_TOTAL = 96 * 1024 * 1024
MAX_ENTRIES = 2000
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_ZIP64_PLACE = b"PK\x06\x07"
_LOCAL_FORM, _CENTRAL_FORM, _END_FORM = "<4s5H3I2H", "<4s6H3I5H2I", "<4s4H2IH"
_STORED, _DEFLATED = 0, 8
# Higher levels cost twice the time for a hundredth of the size.
_LEVEL = 4
_ENCRYPTED, _DESCRIPTOR, _UTF8 = 0x0001 | 0x0040 | 0x2000, 0x0008, 0x0800
# 1980-01-01 00:00, the first moment that the format knows: no clock goes into the package.
_TIME, _DATE = 0, 0x21
_LINK = 0o120000


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a package.

    ``shared`` says that other packages carry the same bytes, so that work on them is kept; ``dense`` that it would not
    become smaller by packing.
    """

    name: str
    content: bytes = field(repr=False)
    shared: bool = False
    dense: bool = False


def write_package(entries: Iterable[Entry]) -> bytes:
    """Return the ZIP, entries in their order: the same entries give the same bytes with the same zlib."""
    body, directory, count = bytearray(), bytearray(), 0
    for entry in entries:
        name = entry.name.encode()
        packed, method = _packed(entry)
        common = (
            20, _UTF8 if not entry.name.isascii() else 0, method, _TIME, _DATE,
            zlib.crc32(entry.content), len(packed), len(entry.content), len(name), 0,
        )  # fmt: skip
        directory += struct.pack(_CENTRAL_FORM, _CENTRAL, 20, *common, 0, 0, 0, 0, len(body)) + name
        body += struct.pack(_LOCAL_FORM, _LOCAL, *common) + name + packed
        count += 1
    end = struct.pack(_END_FORM, _END, 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)


def read_package(raw: bytes) -> Mapping[str, bytes]:
    """Return the files by their name, in their order; folders are left out.

    Raises Malformed: ``zip`` (damaged, or ambiguous), ``zip-extra``, ``zip64``, ``zip-path``, ``zip-twice``, ``zip-encrypted``, ``too-large``.
    """
    if len(raw) > MAX_FILE:
        raise Malformed("too-large", f"A package has at most {MAX_FILE} bytes; this is not one of ours.")
    try:
        headers = _directory(raw)
        return _contents(raw, headers)
    except (struct.error, zlib.error, UnicodeDecodeError) as error:
        raise _damaged("a header or a packed entry cannot be read") from error


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    end_of_entries: int


def _packed(entry: Entry) -> tuple[bytes, int]:
    if entry.dense:
        return entry.content, _STORED
    packed = _deflated_shared(entry.content) if entry.shared else _deflated(entry.content)
    return (packed, _DEFLATED) if len(packed) < len(entry.content) else (entry.content, _STORED)


def _deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


_deflated_shared = lru_cache(maxsize=128)(_deflated)


def _directory(raw: bytes) -> list[_Header]:
    """Read the central directory: it ends right before the end record, which ends the file and has no comment."""
    start = len(raw) - struct.calcsize(_END_FORM)
    if start < 0 or raw[start : start + 4] != _END:
        raise _damaged("the file must end with the end record, without a comment or anything behind it")
    if raw[max(start - 20, 0) : start].startswith(_ZIP64_PLACE):
        raise Malformed(
            "zip64", "The package has an end record of ZIP64, which none of this size needs; pack without it."
        )
    _, disk, first_disk, here, count, size, offset, comment = struct.unpack_from(_END_FORM, raw, start)
    if disk or first_disk or here != count or comment or offset + size != start:
        raise _damaged("the directory must stand right before the end record")
    if count > MAX_ENTRIES:
        raise Malformed("too-large", f"A package has at most {MAX_ENTRIES} entries.")
    headers, position = [], offset
    for _ in range(count):
        header, position = _central(raw, position, offset)
        headers.append(header)
    if position != start:
        raise _damaged("the directory must have as many entries as it says")
    _require_names(headers)
    return headers


def _central(raw: bytes, position: int, directory: int) -> tuple[_Header, int]:
    values = struct.unpack_from(_CENTRAL_FORM, raw, position)
    mark, _, _, flags, method, _, _, crc, packed, size, name_size, extra, comment, disk, _, outside, offset = values
    if mark != _CENTRAL or disk:
        raise _damaged("an entry of the directory is none")
    if outside >> 16 & 0o170000 == _LINK:
        raise Malformed("zip-path", "A package holds no links; get the file again as it was issued.")
    if flags & _ENCRYPTED:
        raise Malformed("zip-encrypted", "The package has encrypted entries; get it without a password.")
    if comment:
        raise _damaged("an entry has no comment")
    start = position + struct.calcsize(_CENTRAL_FORM)
    name = raw[start : start + name_size].decode("utf-8")
    start += name_size + extra
    size, packed, offset = told((size, packed, offset), sizes_in(raw[start - extra : start], name))
    return _Header(name, flags, method, crc, packed, size, offset, directory), start


def _require_names(headers: list[_Header]) -> None:
    for header in headers:
        parts = header.name.removesuffix("/").split("/")
        if (
            "\\" in header.name
            or "\0" in header.name
            or ":" in header.name
            or not all(p not in ("", ".", "..") for p in parts)
        ):
            raise Malformed("zip-path", "A path in the package leaves it or is not plain; get the file again.")
    names = {header.name.casefold() for header in headers}
    files = [header.name for header in headers if not header.name.endswith("/")]
    folders = [header.name for header in headers if header.name.endswith("/")]
    if not all(any(file.startswith(folder) for file in files) for folder in folders):
        raise _damaged("a folder has a file in it")
    if len(names) != len(headers):
        raise Malformed("zip-twice", "The package has an entry twice; two programs would read two documents.")


def _contents(raw: bytes, headers: list[_Header]) -> dict[str, bytes]:
    """Unpack every entry; together they fill the file from its first byte to the directory."""
    found: dict[str, bytes] = {}
    position = total = 0
    for header in sorted(headers, key=lambda each: each.offset):
        if header.offset != position:
            raise _damaged("bytes stand before or between the entries")
        content, position = _entry(raw, header)
        total += len(content)
        if total > MAX_TOTAL:
            raise Malformed("too-large", f"A package unpacks to at most {MAX_TOTAL} bytes.")
        if not header.name.endswith("/"):
            found[header.name] = content
        elif content:
            raise _damaged("a folder has no content")
    if headers and position != headers[0].end_of_entries:
        raise _damaged("bytes stand between the last entry and the directory")
    return found


def _entry(raw: bytes, header: _Header) -> tuple[bytes, int]:
    mark, _, flags, method, _, _, crc, packed, size, name_size, extra = struct.unpack_from(
        _LOCAL_FORM, raw, header.offset
    )
    start = header.offset + struct.calcsize(_LOCAL_FORM)
    name = raw[start : start + name_size].decode("utf-8")
    start += name_size + extra
    sizes = sizes_in(raw[start - extra : start], name)
    size, packed = told((size, packed), sizes)
    later = bool(flags & _DESCRIPTOR)
    # Where they follow the entry, a program that streams leaves open here what it does not know yet.
    said = zip((crc, packed, size), (header.crc, header.packed, header.size), strict=True)
    same = all(here == there or (later and not here) for here, there in said)
    if sizes is not None and not same:
        raise unwanted()
    if mark != _LOCAL or name != header.name or method != header.method or flags & _ENCRYPTED or not same:
        raise _damaged("an entry and the directory say different things")
    end = start + header.packed
    if end > header.end_of_entries:
        raise _damaged("an entry is cut short")
    content = _unpacked(raw[start:end], header)
    return content, _after_descriptor(raw, end, header, sizes is not None) if later else end


def _unpacked(packed: bytes, header: _Header) -> bytes:
    if header.size > MAX_ENTRY:
        raise Malformed("too-large", f"An entry unpacks to at most {MAX_ENTRY} bytes.")
    if header.method == _STORED:
        content = packed
    elif header.method == _DEFLATED:
        unpacker = zlib.decompressobj(-15)
        content = unpacker.decompress(packed, header.size + 1)
        if not unpacker.eof or unpacker.unused_data:
            raise _damaged("an entry unpacks to another size than it says")
    else:
        raise _damaged("entries are stored or deflated")
    if len(content) != header.size or zlib.crc32(content) != header.crc:
        raise _damaged("an entry has another size or check sum than it says")
    return content


def _after_descriptor(raw: bytes, end: int, header: _Header, long: bool) -> int:
    """Return where the entry ends whose sizes stand behind it, with or without the mark of that record; ``long`` as a ZIP64 field has them."""
    wanted = struct.pack("<I2Q" if long else "<3I", header.crc, header.packed, header.size)
    for record in (b"PK\x07\x08" + wanted, wanted):
        if raw[end : end + len(record)] == record:
            return end + len(record)
    raise _damaged("the record behind an entry says something else")


def _damaged(rule: str) -> Malformed:
    return Malformed("zip", f"This is no sound package: {rule}; get the file again as it was issued.")
