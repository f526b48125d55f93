"""Finds the certificates above a leaf among those that came with it, by name and by verified signature. It believes none: ``chain.py`` judges.

So what a CA sends in several files, in any order, is put together by what the certificates themselves say and prove.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from certificates.x509.chain import MOST_ABOVE
from certificates.x509.proving import above as above_any
from certificates.x509.proving import certified, names, parsed


def above(leaf: bytes, others: Sequence[bytes]) -> tuple[bytes, ...]:
    """The certificates above ``leaf`` (DER) that are among ``others``, nearest first, up to the root where that is there.

    Each is a CA's, has the name that the one below it calls its issuer, and its key verifies the one below. Raises Malformed.
    """
    found: list[bytes] = []
    below = leaf
    while len(found) < MOST_ABOVE and not is_root(below):
        certifying = [each for each in others if each not in found and certified(below, each)]
        if not certifying:
            break
        below = certifying[0]
        found.append(below)
    return tuple(found)


@lru_cache(maxsize=256)
def strangers(known: tuple[bytes, ...], others: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Those of ``others`` (DER) that are none of ``known`` and certify none of them, neither directly nor by certificates that do.

    Each step is by name and by verified signature. Raises Malformed.
    """
    left = [each for each in others if each not in known]
    explained = set(above_any(known, [each for each in left if is_authority(each)]))
    return tuple(each for each in left if each not in explained)


def is_authority(der: bytes) -> bool:
    """Whether it is the certificate of a CA, whatever kind of key it has. Raises Malformed."""
    return bool(parsed(der).ca)


def is_root(der: bytes) -> bool:
    """Whether it names itself as its issuer. Raises Malformed."""
    subject, issuer = names(der)
    return subject == issuer
