"""Says whether an AlgorithmIdentifier (DER) of a CMS is one of the known encodings, to the byte. It computes no digest and verifies nothing.

In a CMS no signature covers the names of its algorithms: a parameter that nobody reads would be a text that nobody signed.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product

from certificates import der
from certificates.errors import Malformed

_NULL = b"\x05\x00"
_DIGESTS = tuple(der.oid(f"2.16.840.1.101.3.4.2.{number}") for number in (1, 2, 3, 8, 9, 10))
"""SHA-256, -384, -512, and SHA-3 of the same lengths."""
_MGF1, _PSS = der.oid("1.2.840.113549.1.1.8"), der.oid("1.2.840.113549.1.1.10")
_MOST_SALT = 1024
_NAMED = frozenset(
    der.oid(each)
    for each in (
        *("1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4"),  # ECDSA with SHA-256, -384, -512
        *(f"2.16.840.1.101.3.4.3.{number}" for number in (10, 11, 12)),  # ECDSA with SHA-3
        *(f"1.2.840.113549.1.1.{number}" for number in (1, 11, 12, 13)),  # RSA alone, and with SHA-256, -384, -512
        *(f"2.16.840.1.101.3.4.3.{number}" for number in (14, 15, 16)),  # RSA with SHA-3
    )
)


def is_digest(algorithm: bytes) -> bool:
    """Whether it names a digest, with nothing behind it or NULL, which says the same."""
    return algorithm in _KNOWN_DIGESTS


def is_signature(algorithm: bytes) -> bool:
    """Whether it names ECDSA or RSA, with nothing behind it or NULL; or RSA-PSS with its parameters, one digest in both places."""
    try:
        name, *parameters = der.parse(algorithm).children()
        if name.raw != _PSS:
            return name.raw in _NAMED and [each.raw for each in parameters] in ([], [_NULL])
        salts = [each for each in parameters[0].children() if each.tag == 0xA2]
        salt = salts[0].inside(0xA2).integer() if salts else 20
        return 0 <= salt <= _MOST_SALT and algorithm in _pss(salt)
    except (Malformed, IndexError):
        return False


def _forms(name: bytes) -> tuple[bytes, bytes]:
    return der.sequence(name), der.sequence(name, _NULL)


@lru_cache(maxsize=16)
def _pss(salt: int) -> frozenset[bytes]:
    """Every way to write RSA-PSS with this salt: digest named with NULL or without, the trailer written or not."""
    salted = () if salt == 20 else (der.tagged(0xA2, der.integer(salt)),)
    trailers: tuple[tuple[bytes, ...], ...] = ((), (der.tagged(0xA3, der.integer(1)),))
    return frozenset(
        der.sequence(
            _PSS,
            der.sequence(der.tagged(0xA0, one), der.tagged(0xA1, der.sequence(_MGF1, other)), *salted, *trailer),
        )
        for name in _DIGESTS
        for one, other, trailer in product(_forms(name), _forms(name), trailers)
    )


_KNOWN_DIGESTS = frozenset(form for name in _DIGESTS for form in _forms(name))
