"""The extra fields of a package's entries: which are let pass, and what a ZIP64 field says. It opens no package.

They lie under no signature. So they hold the dates, owners and marks that packing programs add, the entry's own name again, sizes that
the directory must bear out, each once, and nothing else.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from certificates.errors import Malformed

# With the lengths they have: the Unix and NTFS dates, the Unix owner, Java's mark.
_KNOWN = {0x5455: (5, 9, 13), 0x7875: (11, 15), 0x000A: (32,), 0xCAFE: (0,)}
_UNICODE_NAME, _ZIP64 = 0x7075, 0x0001
FULL = 0xFFFFFFFF
"""What stands in a header for a number that its ZIP64 field tells."""


def sizes_in(extra: bytes, name: str) -> tuple[int, ...] | None:
    """The numbers of the ZIP64 field; None where there is none. Raises Malformed ``zip-extra``, which names a field that has no place."""
    again = b"\x01" + struct.pack("<I", zlib.crc32(name.encode())) + name.encode()
    seen, sizes = set[int](), None
    for kind, held in _fields(extra):
        if kind == _ZIP64 and held and len(held) % 8 == 0:
            sizes = struct.unpack(f"<{len(held) // 8}Q", held)
        elif not (held == again if kind == _UNICODE_NAME else len(held) in _KNOWN.get(kind, ())):
            raise unwanted(kind)
        if kind in seen:
            raise unwanted(kind)
        seen.add(kind)
    return sizes


def told(numbers: tuple[int, ...], sizes: tuple[int, ...] | None) -> tuple[int, ...]:
    """A header's numbers with those that stand in its ZIP64 field put in; the field tells these and no other. Raises Malformed ``zip-extra``."""
    left = list(sizes or ())
    if sizes is not None and len(left) != numbers.count(FULL):
        raise unwanted(_ZIP64)
    return tuple(left.pop(0) if number == FULL and left else number for number in numbers)


def unwanted(kind: int = _ZIP64) -> Malformed:
    """The error of a field that is not let pass, by its number; it is the ZIP64 field that says other sizes where none is given."""
    said = (
        f"An entry has the extra field 0x{kind:04x}, which has no place there or says something else; pack without it."
    )
    return Malformed("zip-extra", said, f"0x{kind:04x}" + ("，ZIP64" if kind == _ZIP64 else ""))


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        at += 4 + length
        if at > len(extra):
            raise unwanted(kind)
        yield kind, extra[at - length : at]
