"""Says whether what nobody signed of a certificate or revocation list is written in the one way there is. It verifies no signature.

An issuer signs the body. The algorithm is named once more beside it, and the signature's value has room around it: whoever holds the
file could put any text there, and the signature would verify all the same.
"""

from __future__ import annotations

from certificates import der
from certificates.errors import Malformed

_PAIRS = ("1.2.840.10045.4.", "1.2.156.10197.1.50")
"""ECDSA with any digest; SM2 with SM3 and its elder forms: their values are two numbers."""
_LONGEST_NUMBER, _LONGEST_VALUE = 67, 2048


def require_exact(octets: bytes) -> None:
    """Raises Malformed unless the algorithm beside the body is byte for byte that in it, and the value is whole bytes and nothing behind it."""
    body, algorithm, value = der.parse(octets).children()
    # Of a certificate (version, number, algorithm) as of a list (version, algorithm) it is the first SEQUENCE.
    signed = next((each for each in body.children() if each.tag == der.SEQUENCE), None)
    if signed is None or signed.raw != algorithm.raw:
        raise _wrong("names another signature algorithm beside the body than in it")
    name = algorithm.children()[0].oid()
    if not _is_value(value.of(der.BITS).octets(), name.startswith(_PAIRS)):
        raise _wrong("has more in the place of the signature than a signature")


def _is_value(value: bytes, is_pair: bool) -> bool:
    if not is_pair:
        return 0 < len(value) <= _LONGEST_VALUE
    numbers = der.parse(value).children()
    return len(numbers) == 2 and all(each.integer() > 0 and len(each.content) <= _LONGEST_NUMBER for each in numbers)


def _wrong(what: str) -> Malformed:
    return Malformed("x509", f"This X.509 file {what}; get it again from its issuer.")
