"""Base45 (RFC 9285): bytes in the alphabet that QR codes store most densely. It knows nothing of credentials."""

from certificates.errors import Malformed

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {character: number for number, character in enumerate(ALPHABET)}


def encode(octets: bytes) -> str:
    """Return the text: three characters for two bytes, two for a last single one."""
    written = []
    for start in range(0, len(octets), 2):
        pair = octets[start : start + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, digit = divmod(number, 45)
            written.append(ALPHABET[digit])
    return "".join(written)


def decode(text: str, at_most: int) -> bytes:
    """Return the bytes. Raises Malformed ``base45``; ``too-large``, before anything is decoded, for a text of more than ``at_most`` bytes."""
    if len(text) > (at_most + 1) // 2 * 3:
        raise Malformed("too-large", f"The text of the code has more than {at_most} bytes; this is not one of ours.")
    if len(text) % 3 == 1 or not all(character in _VALUES for character in text):
        raise _wrong()
    return b"".join(_group(text[start : start + 3]) for start in range(0, len(text), 3))


def _group(group: str) -> bytes:
    number: int = sum(_VALUES[character] * 45**place for place, character in enumerate(group))
    width = len(group) - 1
    if number >> 8 * width:
        raise _wrong()
    return number.to_bytes(width, "big")


def _wrong() -> Malformed:
    return Malformed("base45", "The text of the code is not base45 (RFC 9285); scan it again.")
