"""Finds the certificates above a leaf among those that came with it, by name and by verified signature. It believes none: ``chain.py`` judges.

So what a CA sends in several files, in any order, is put together by what the certificates themselves say and prove.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature

from certificates.errors import Malformed
from certificates.x509.chain import BY_SUITE, MOST_OTHERS, parsed


def above(leaf: bytes, others: Sequence[bytes]) -> tuple[bytes, ...]:
    """The certificates above ``leaf`` (DER) that are among ``others``, nearest first, up to the root where that is there.

    Each is a CA's, has the name that the one below it calls its issuer, and its key verifies the one below. Raises Malformed.
    """
    found: list[bytes] = []
    below = parsed(leaf)
    candidates = {bytes(each): parsed(each) for each in others}
    while len(found) < MOST_OTHERS and below.subject != below.issuer:
        certifying = [der for der, each in candidates.items() if der not in found and _certified(below, each)]
        if not certifying:
            break
        found.append(certifying[0])
        below = candidates[certifying[0]]
    return tuple(found)


@lru_cache(maxsize=256)
def strangers(known: tuple[bytes, ...], others: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Those of ``others`` (DER) that are none of ``known`` and certify none of them, neither directly nor by certificates that do.

    Each step is by name and by verified signature. Raises Malformed.
    """
    explained = {each: parsed(each) for each in known}
    left = {each: parsed(each) for each in others if each not in explained}
    while found := [each for each, it in left.items() if any(_certified(below, it) for below in explained.values())]:
        explained |= {each: left.pop(each) for each in found}
    return tuple(left)


def made_by(found: Any, maker: Any) -> bool:
    """Whether this revocation list bears this certificate's signature; both as ``asn1crypto`` reads them."""
    return _signed_by(found["tbs_cert_list"].dump(), found, maker)


def is_authority(der: bytes) -> bool:
    """Whether it is the certificate of a CA, whatever kind of key it has. Raises Malformed."""
    return bool(parsed(der).ca)


def is_root(der: bytes) -> bool:
    """Whether it names itself as its issuer. Raises Malformed."""
    found = parsed(der)
    return bool(found.subject == found.issuer)


def _certified(below: Any, issuer: Any) -> bool:
    if not issuer.ca or issuer.subject != below.issuer:
        return False
    return _signed_by(below["tbs_certificate"].dump(), below, issuer)


def _signed_by(message: bytes, whole: Any, maker: Any) -> bool:
    try:
        BY_SUITE.validate_signature(whole.signature, message, maker.public_key, whole["signature_algorithm"])
    except (InvalidSignature, Malformed):
        return False
    return True
