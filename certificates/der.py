"""Reads and writes DER, the strict way: definite and shortest lengths, nothing left over. It knows no structure.

A value keeps the bytes it was read from, so that a signature is always checked over what stands in the file and never
over what a reader would have written instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from certificates.errors import Malformed

INTEGER, BITS, OCTETS, OID, UTF8, PRINTABLE, IA5 = 0x02, 0x03, 0x04, 0x06, 0x0C, 0x13, 0x16
BOOLEAN, UTC_TIME, GENERALIZED_TIME, SEQUENCE, SET, TAG_0 = 0x01, 0x17, 0x18, 0x30, 0x31, 0xA0
_TEXTS = {UTF8: "utf-8", PRINTABLE: "ascii", IA5: "ascii"}
_TIMES = {
    UTC_TIME: (re.compile(rb"\d{12}Z"), "%y%m%d%H%M%SZ"),
    GENERALIZED_TIME: (re.compile(rb"[12]\d{13}(\.\d{1,6})?Z"), "%Y%m%d%H%M%SZ"),
}


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its tag, its content and all of its bytes."""

    tag: int
    content: bytes = field(repr=False)
    raw: bytes = field(repr=False)

    def children(self, tag: int = SEQUENCE) -> list[Value]:
        """Return the values inside. Raises Malformed ``der`` unless this has ``tag``."""
        return list(_values(self.of(tag).content))

    def of(self, tag: int) -> Value:
        """Return this. Raises Malformed ``der`` unless it has ``tag``."""
        if self.tag != tag:
            raise _wrong(f"a value with tag {tag:#x} stands where {self.tag:#x} is")
        return self

    def inside(self, tag: int) -> Value:
        """Return the one value that an explicit tag wraps."""
        inner = self.children(tag)
        if len(inner) != 1:
            raise _wrong("an explicit tag wraps one value")
        return inner[0]

    def octets(self) -> bytes:
        """Return the bytes of an OCTET STRING, or of a BIT STRING without unused bits."""
        if self.tag == OCTETS:
            return self.content
        content = self.of(BITS).content
        if not content or content[0]:
            raise _wrong("a BIT STRING here has whole bytes")
        return content[1:]

    def integer(self) -> int:
        """Return an INTEGER in its shortest form."""
        content = self.of(INTEGER).content
        number = int.from_bytes(content, "big", signed=True)
        if integer(number) != self.raw:
            raise _wrong("an INTEGER has its shortest form")
        return number

    def oid(self) -> str:
        """Return an OBJECT IDENTIFIER as dotted numbers."""
        content = self.of(OID).content
        arcs, arc = [], 0
        for octet in content:
            arc = arc << 7 | octet & 0x7F
            if not octet & 0x80:
                arcs.append(arc)
                arc = 0
        if not arcs or content[-1] & 0x80 or len(content) > 40:
            raise _wrong("an OBJECT IDENTIFIER is whole")
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))

    def text(self) -> str:
        """Return a UTF8String, PrintableString or IA5String."""
        if self.tag not in _TEXTS:
            raise _wrong("a text stands here")
        try:
            return self.content.decode(_TEXTS[self.tag])
        except UnicodeDecodeError as error:
            raise _wrong("a text has its own encoding") from error

    def time(self) -> datetime:
        """Return a UTCTime or GeneralizedTime in UTC, to the second."""
        shape, form = _TIMES.get(self.tag, (None, ""))
        if shape is None or not shape.fullmatch(self.content):
            raise _wrong("a UTC time stands here")
        try:
            moment = datetime.strptime(re.sub(rb"\.\d+", b"", self.content).decode(), form)
        except ValueError as error:
            raise _wrong("a time is a real one") from error
        return moment.replace(tzinfo=UTC)


def parse(raw: bytes) -> Value:
    """Read exactly one value. Raises Malformed ``der``, also when anything follows it."""
    values = list(_values(raw))
    if len(values) != 1:
        raise _wrong("one value and nothing after it")
    return values[0]


def sequence(*members: bytes) -> bytes:
    """Write a SEQUENCE of encoded members."""
    return tagged(SEQUENCE, b"".join(members))


def tagged(tag: int, content: bytes) -> bytes:
    """Write a value with its tag and shortest length."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(number: int) -> bytes:
    """Write an INTEGER."""
    return tagged(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    """Write an OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    return tagged(OID, b"".join(_arc(arc) for arc in (first * 40 + second, *rest)))


def octets(content: bytes) -> bytes:
    """Write an OCTET STRING."""
    return tagged(OCTETS, content)


def bits(content: bytes) -> bytes:
    """Write a BIT STRING of whole bytes."""
    return tagged(BITS, b"\0" + content)


def utf8(text: str) -> bytes:
    """Write a UTF8String."""
    return tagged(UTF8, text.encode())


def ia5(text: str) -> bytes:
    """Write an IA5String. Raises Malformed ``der`` for text that is not ASCII."""
    if not text.isascii():
        raise _wrong("an IA5String is ASCII")
    return tagged(IA5, text.encode("ascii"))


def time(moment: datetime) -> bytes:
    """Write a GeneralizedTime in UTC, fractions cut off."""
    return tagged(GENERALIZED_TIME, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())


def _values(raw: bytes) -> Iterator[Value]:
    position = 0
    while position < len(raw):
        start, position, size = position, *_header(raw, position)
        if position + size > len(raw):
            raise _wrong("a value is cut short")
        yield Value(raw[start], raw[position : position + size], raw[start : position + size])
        position += size


def _header(raw: bytes, position: int) -> tuple[int, int]:
    """Return where the content begins and how long it is."""
    if position + 2 > len(raw) or raw[position] & 0x1F == 0x1F:
        raise _wrong("a value begins with a tag of one byte and a length")
    size = raw[position + 1]
    position += 2
    if size < 0x80:
        return position, size
    count = size & 0x7F
    octets_of_size = raw[position : position + count]
    size = int.from_bytes(octets_of_size, "big")
    if not 1 <= count <= 4 or len(octets_of_size) != count or not octets_of_size[0] or size < 0x80:
        raise _wrong("a length is definite and in its shortest form")
    return position + count, size


def _arc(arc: int) -> bytes:
    octets_of_arc = [arc & 0x7F]
    while arc := arc >> 7:
        octets_of_arc.append(arc & 0x7F | 0x80)
    return bytes(reversed(octets_of_arc))


def _wrong(rule: str) -> Malformed:
    return Malformed("der", f"This is no DER of the expected structure: {rule}; get the file again as it was issued.")
