"""Says whether the certificates and revocation lists that were added to a signed PDF are about anybody in it. It judges no chain and no date.

A stamping adds what the signer and the timestamps are judged by: certificates above theirs, lists that those made. Another certificate
or list changes no verdict; it was put there by somebody else, and so the file is no longer what a stamping makes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from certificates import timestamps
from certificates.errors import Malformed
from certificates.pdf.reading import Document
from certificates.x509.above import strangers
from certificates.x509.chain import MOST_OTHERS
from certificates.x509.proving import made_by, parsed, parsed_list, unproven


def about_nobody(document: Document, believed: Sequence[bytes] = ()) -> bool:
    """Whether an added certificate certifies none of those that are judged, or an added list was made by none that did.

    ``believed`` are the verifier's own roots: a list of one of them may come without its maker. A list whose maker nobody here
    has is told by its maker's name alone, and by it nothing can be judged either.
    """
    if not document.later_certificates and not document.later_crls:
        return False
    try:
        known = tuple(dict.fromkeys((*_people(document), *document.early_certificates)))
    except Malformed:
        return False  # a timestamp that cannot be read is refused by its own check, and nobody knows whose certificates these are
    if len(document.later_certificates) > MOST_OTHERS:
        return True
    try:
        if strangers(known, document.later_certificates):
            return True
        explained = [parsed(each) for each in (*known, *document.later_certificates)]
        roots = [parsed(each) for each in believed]
    except Malformed:
        return True
    return any(not concerns(each, explained, roots) for each in document.later_crls)


def concerns(octets: bytes, judged: Sequence[Any], others: Iterable[Any] = ()) -> bool:
    """Whether this list (DER) is of an issuer of a judged certificate, and right where the maker is among these or ``others``."""
    try:
        found = parsed_list(octets)
        issuer = found.issuer.hashable
    except (Malformed, ValueError, TypeError, KeyError):
        return False
    if issuer not in {each.issuer.hashable for each in judged}:
        return False
    makers = [each for each in (*judged, *others) if each.subject.hashable == issuer]
    return not makers or any(made_by(found, each) for each in makers)


def _people(document: Document) -> list[bytes]:
    """The certificates of the signer and of every timestamp, and what came with them. Raises Malformed."""
    signed = document.signed
    tokens = [each.token for each in document.stamps]
    found = [signed.certificate, *signed.others] if signed else []
    for token in [*tokens, *([signed.token] if signed and signed.token is not None else [])]:
        stamp = timestamps.read(token)
        found += [stamp.certificate, *stamp.others]
    return found


def unbelieved(document: Document, believed: Sequence[bytes], later: bool) -> bool:
    """Whether a certificate beside the signer's, or where ``later`` one that was added, has no believed one behind it. Raises Malformed."""
    beside = document.signed.others if document.signed else ()
    also = (*document.certificates, *beside)
    return any(unproven(each, believed, also) for each in (beside, document.later_certificates if later else ()))
