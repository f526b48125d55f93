"""Signatures that are two numbers r and s of 32 bytes: raw, and as the DER that X.509 wants. It knows no curve."""

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

_LONGEST = 72  # two INTEGERs of 33 bytes, their heads and the SEQUENCE's


def numbers(signature: bytes) -> tuple[int, int]:
    """Read raw ``r || s``; the length is the caller's to check."""
    return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")


def to_der(signature: bytes) -> bytes:
    """Return ``SEQUENCE {r, s}`` of raw ``r || s``."""
    return encode_dss_signature(*numbers(signature))


def from_der(signature: bytes) -> bytes | None:
    """Return raw ``r || s``; None unless ``signature`` is its one DER encoding with both numbers positive and in range."""
    if len(signature) > _LONGEST:
        return None
    try:
        r, s = decode_dss_signature(signature)
    except ValueError:
        return None
    if not (0 < r < 1 << 256 and 0 < s < 1 << 256) or encode_dss_signature(r, s) != signature:
        return None
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
