"""Deterministic CBOR (RFC 8949 §4.2.1) of the few kinds a credential needs. It knows no floats, no indefinite lengths, no tags but 18.

One value has one spelling, so ``decode`` refuses whatever ``encode`` would have written otherwise.
"""

from dataclasses import dataclass

from certificates.errors import Malformed

MAX_BYTES = 16 * 1024
_MAX_DEPTH = 8
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_WIDTHS = {24: 1, 25: 2, 26: 4, 27: 8}


@dataclass(frozen=True, slots=True)
class Simple:
    """A simple value by its number, such as 59, the key of the digests."""

    number: int


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value under a tag; 18 is COSE_Sign1."""

    tag: int
    value: "Cbor"


Cbor = int | bytes | str | Simple | Tagged | list["Cbor"] | dict[int | str | Simple, "Cbor"]


def encode(value: Cbor) -> bytes:
    """Return the one encoding of ``value``. Raises Malformed for what is outside this subset."""
    match value:
        case bool():
            pass
        case int():
            return _head(_UNSIGNED, value) if value >= 0 else _head(_NEGATIVE, -1 - value)
        case bytes():
            return _head(_BYTES, len(value)) + value
        case str():
            octets = value.encode("utf-8", "surrogatepass")
            return _head(_TEXT, len(octets)) + octets
        case list():
            return _head(_ARRAY, len(value)) + b"".join(map(encode, value))
        case dict():
            pairs = sorted((encode(key), encode(member)) for key, member in value.items())
            return _head(_MAP, len(pairs)) + b"".join(key + member for key, member in pairs)
        case Simple():
            return bytes([0xE0 + value.number]) if value.number < 20 else bytes([0xF8, value.number])
        case Tagged():
            return _head(_TAG, value.tag) + encode(value.value)
    raise Malformed("cbor", "A credential holds integers, bytes, text, lists and maps only.")


def decode(octets: bytes) -> Cbor:
    """Read one value that fills ``octets`` and is spelled as ``encode`` spells it. Raises Malformed ``cbor``, ``not-canonical``."""
    if len(octets) > MAX_BYTES:
        raise Malformed("too-large", f"A credential has at most {MAX_BYTES} bytes; this is not one.")
    reader = _Reader(octets)
    value = reader.value(0)
    if reader.at != len(octets):
        raise Malformed("cbor", "Bytes follow the end of the credential; take the code as it was issued.")
    if encode(value) != octets:
        raise Malformed("not-canonical", "The CBOR is not in deterministic encoding (RFC 8949 4.2.1).")
    return value


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for more, width in _WIDTHS.items():
        if number < 1 << 8 * width:
            return bytes([major << 5 | more]) + number.to_bytes(width, "big")
    raise Malformed("cbor", "An integer of a credential fits into 64 bits.")


class _Reader:
    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self.at = 0

    def value(self, depth: int) -> Cbor:
        if depth > _MAX_DEPTH:
            raise Malformed("too-deep", f"A credential nests at most {_MAX_DEPTH} levels.")
        first = self._take(1)[0]
        major, more = first >> 5, first & 31
        if major == _SIMPLE:
            return self._simple(more)
        number = self._number(more)
        if major == _UNSIGNED:
            return number
        if major == _NEGATIVE:
            return -1 - number
        if major == _BYTES:
            return self._take(number)
        if major == _TEXT:
            return self._text(number)
        if major == _TAG:
            return Tagged(number, self.value(depth + 1))
        return self._array(number, depth) if major == _ARRAY else self._map(number, depth)

    def _array(self, length: int, depth: int) -> list[Cbor]:
        self._require(length)
        return [self.value(depth + 1) for _ in range(length)]

    def _map(self, length: int, depth: int) -> dict[int | str | Simple, Cbor]:
        self._require(length)
        members: dict[int | str | Simple, Cbor] = {}
        for _ in range(length):
            key = self.value(depth + 1)
            if not isinstance(key, int | str | Simple) or key in members:
                raise Malformed("duplicate-member", "A map has a key twice, or a key of another kind than ours.")
            members[key] = self.value(depth + 1)
        return members

    def _text(self, length: int) -> str:
        try:
            return self._take(length).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("credential-text", "A text of the credential is not UTF-8; scan the code again.") from error

    def _simple(self, more: int) -> Simple:
        # 20 to 23 are false, true, null, undefined; 25 to 27 are floats; none of them occurs in a credential.
        if more < 20:
            return Simple(more)
        if more == 24:
            return Simple(self._take(1)[0])
        raise Malformed("cbor", "A credential holds no floats, booleans or nulls.")

    def _number(self, more: int) -> int:
        if more < 24:
            return more
        if more not in _WIDTHS:
            raise Malformed("cbor", "A length of the credential is indefinite or reserved.")
        return int.from_bytes(self._take(_WIDTHS[more]), "big")

    def _require(self, length: int) -> None:
        # Before any list is built: each item takes a byte at least.
        if length > len(self._octets) - self.at:
            raise Malformed("cbor", "The credential is cut short; scan the code again.")

    def _take(self, length: int) -> bytes:
        self._require(length)
        taken = self._octets[self.at : self.at + length]
        self.at += length
        return taken
