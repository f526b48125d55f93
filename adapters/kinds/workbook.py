"""Judges a dropped workbook before any of it is read: sizes, names, macros, and how far its cells reach. It reads no cell's value.

A reader of workbooks keeps a whole sheet in memory, and as a rectangle: one cell at the far corner costs as much as all of them.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

FILE_LIMIT = 64 * 1024 * 1024
UNPACKED_LIMIT = 512 * 1024 * 1024
PARTS_LIMIT = 2000
CELLS_LIMIT = 4_000_000
COLUMNS_LIMIT = 512
CHUNK = 256 * 1024

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,4})(\d{1,8})["']""")
_OVERLAP = 64
_ENCRYPTED = 0x1
_OLD_CONTAINER = b"\xd0\xcf\x11\xe0"
"""How an old xls begins, and an xlsx with a password."""
_DOCUMENT_TYPE = b"<!DOCTYPE"


class Unfit(Exception):
    """This workbook is not read; the message is a sentence for the department."""


def judge(place: Path) -> None:
    """Raises Unfit. Takes memory of one chunk, whatever the file is."""
    if place.stat().st_size > FILE_LIMIT:
        raise Unfit(f"文件超过 {FILE_LIMIT >> 20} MB，请分成几个文件")
    try:
        with place.open("rb") as file:
            if file.read(len(_OLD_CONTAINER)) == _OLD_CONTAINER:
                raise Unfit("文件设了密码，或者是旧格式的 xls；请去掉密码、另存为 xlsx 再投")
        with place.open("rb") as file, zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
            _names(parts)
            _unpack(file, parts)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError):
        raise Unfit("文件损坏或不完整，不是可以打开的 xlsx 工作簿") from None


def _names(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > PARTS_LIMIT:
        raise Unfit("工作簿的组成部分过多，已拒收")
    for part in parts:
        name = part.orig_filename.replace("\\", "/")
        if name.startswith("/") or ":" in name or ".." in name.split("/") or "\x00" in name:
            raise Unfit("工作簿内含指向别处的路径，已拒收")
        if part.flag_bits & _ENCRYPTED:
            raise Unfit("工作簿设了密码，请去掉密码再投")
        if name.lower().endswith((".bin", ".xlam")) and "vba" in name.lower():
            raise Unfit("工作簿含有宏，请另存为不含宏的 xlsx 再投")
    if "[Content_Types].xml" not in {part.filename for part in parts}:
        raise Unfit("文件不是 xlsx 工作簿")


def _unpack(file: BinaryIO, parts: list[zipfile.ZipInfo]) -> None:
    """Counts what really comes out, whatever the headers promise, and looks how far the sheets reach."""
    left = UNPACKED_LIMIT
    for part in parts:
        name = part.filename.lower()
        reach = _Reach() if name.startswith("xl/worksheets/") else None
        seen, before = bytearray(), b""
        for chunk in _inflated(file, part):
            left -= len(chunk)
            if left < 0:
                raise Unfit(f"工作簿展开后超过 {UNPACKED_LIMIT >> 20} MB，已拒收")
            if _DOCUMENT_TYPE in before + chunk and name.endswith((".xml", ".rels", ".vml")):
                raise Unfit("工作簿内含文档类型定义，已拒收")
            before = chunk[-_OVERLAP:]
            if reach is not None:
                reach.look(chunk)
            if name == "[content_types].xml":
                seen += chunk[: CHUNK - len(seen)]
        if b"macroEnabled" in seen:
            raise Unfit("工作簿含有宏，请另存为不含宏的 xlsx 再投")


def _inflated(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    if part.header_offset < 0:
        raise EOFError
    file.seek(part.header_offset)
    *_, name_size, extra_size = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    file.seek(name_size + extra_size, 1)
    packed_left = part.compress_size
    if part.compress_type == zipfile.ZIP_STORED:
        while packed_left > 0 and (chunk := file.read(min(CHUNK, packed_left))):
            packed_left -= len(chunk)
            yield chunk
    elif part.compress_type == zipfile.ZIP_DEFLATED:
        yield from _deflated(file, packed_left)
    else:
        raise NotImplementedError
    if part.compress_type == zipfile.ZIP_STORED and packed_left:
        raise EOFError


def _deflated(file: BinaryIO, packed_left: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-15)
    while not inflater.eof:
        packed = inflater.unconsumed_tail
        if not packed:
            packed = file.read(min(CHUNK, packed_left))
            packed_left -= len(packed)
            if not packed:
                raise EOFError
        yield inflater.decompress(packed, CHUNK)


class _Reach:
    """The rectangle that a sheet's cells span, by the places that they name."""

    def __init__(self) -> None:
        self._rest = b""
        self._rows = self._columns = 1

    def look(self, chunk: bytes) -> None:
        """Raises Unfit as soon as it is too large."""
        text = self._rest + chunk
        for letters, digits in _PLACE.findall(text):
            self._rows = max(self._rows, int(digits))
            self._columns = max(self._columns, _column(letters))
        if self._columns > COLUMNS_LIMIT or self._rows * self._columns > CELLS_LIMIT:
            raise Unfit(f"表格范围过大（到第 {self._rows} 行、第 {self._columns} 列），请删去多余的行列再投")
        self._rest = text[-_OVERLAP:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
