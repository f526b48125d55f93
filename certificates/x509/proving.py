"""Proves that one certificate's key signed another certificate or a revocation list, and reads both. It believes nobody: ``chain.py`` judges.

Names prove nothing: anybody may give a certificate the name of a CA. So wherever certificates of strangers are put together it is by these proofs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from asn1crypto import crl, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pyhanko_certvalidator.sig_validate import (
    DEFAULT_VALIDATION_CONTEXT,
    DefaultSignatureValidator,
    SignatureValidationContext,
    SignatureValidator,
)

from certificates.errors import Malformed
from certificates.suites import SUITES
from certificates.x509.exact import require_exact
from certificates.x509.reading import MAX_BYTES, MAX_CRL_BYTES, suite_of, suite_of_algorithm

_SHORT = 64 * 1024
"""Lists of so many bytes are kept as they were read; of long ones that would be too much memory."""


class _BySuite(SignatureValidator):
    """Our suites verify what is theirs; other algorithms (RSA PKCS #1, P-384) go the library's way, weak ones are refused by it."""

    def __init__(self) -> None:
        self._other = DefaultSignatureValidator()

    def validate_signature(
        self,
        signature: bytes,
        signed_data: bytes,
        public_key_info: Any,
        signature_algorithm: Any,
        context: SignatureValidationContext = DEFAULT_VALIDATION_CONTEXT,
    ) -> None:
        """Raises InvalidSignature."""
        named = suite_of_algorithm(signature_algorithm)
        if named and not context.prehashed and _suite_of_key(public_key_info) == named:
            raw = SUITES[named].from_der(signature)
            if raw is None or not SUITES[named].verify(public_key_info.dump(), signed_data, raw):
                raise InvalidSignature
            return
        try:
            self._other.validate_signature(signature, signed_data, public_key_info, signature_algorithm, context)
        except (UnsupportedAlgorithm, ValueError, TypeError, AssertionError) as error:
            raise InvalidSignature from error


BY_SUITE = _BySuite()
"""Verifies one signature of a certificate or list, of every suite and of what the library knows besides."""


def certified(below: bytes, issuer: bytes) -> bool:
    """Whether ``issuer`` is a CA's, bears the name that ``below`` calls its issuer, and its key signed ``below`` (DER). Raises Malformed."""
    named = names(below)[1] == names(issuer)[0]
    return named and bool(parsed(issuer).ca) and _certificate_by(below, issuer)


@lru_cache(maxsize=4096)
def names(der: bytes) -> tuple[str, str]:
    """How a certificate calls its subject and its issuer, to be compared. Raises Malformed."""
    found = parsed(der)
    return str(found.subject.hashable), str(found.issuer.hashable)


def made_by(found: Any, maker: Any) -> bool:
    """Whether this revocation list bears this certificate's signature; both as ``asn1crypto`` reads them."""
    return _signed_by(found["tbs_cert_list"].dump(), found, maker)


def issued_below(anchors: Sequence[bytes], others: Iterable[bytes]) -> list[bytes]:
    """Those of ``others`` that an anchor issued, or a CA among them that an anchor or another such CA issued: each step by its signature.

    A stranger can add none of his own making to them. All DER; raises Malformed."""
    waiting = _by_name((each for each in others if each not in anchors), 1)
    found: list[bytes] = []
    over = list(anchors)
    while over:
        issuer = over.pop(0)
        tried = waiting.get(names(issuer)[0], [])
        issued = [each for each in tried if _certificate_by(each, issuer)]
        for each in issued:
            tried.remove(each)
        found += issued
        over += [each for each in issued if parsed(each).ca]
    return found


def unproven(held: Sequence[bytes], believed: Sequence[bytes], also: Sequence[bytes] = ()) -> tuple[bytes, ...]:
    """Those of ``held`` that no believed certificate stands behind, each step by its signature; one body signed twice is unproven too.

    ``also`` are further certificates by which a step may be proven. A root that nobody believes counts where its own key signed it and
    a certificate that is proven. Anybody can make a certificate for a CA's public key, and put into it what he likes: that it
    verifies what the CA signed says nothing of its own words. All DER; raises Malformed.
    """
    proven = {*believed, *issued_below(believed, dict.fromkeys((*held, *also)))}
    roots = {each for each in held if each not in proven and certified(each, each)}
    proven |= {each for each in roots if any(certified(one, each) for one in proven)}
    bodies = [parsed(each)["tbs_certificate"].dump() for each in held]
    return tuple(each for each, body in zip(held, bodies, strict=True) if each not in proven or bodies.count(body) > 1)


def above(leaves: Iterable[bytes], candidates: Iterable[bytes]) -> list[bytes]:
    """Those of ``candidates`` that issued one of ``leaves`` or one that did, by name and signature, whether or not they may. Raises Malformed."""
    waiting = _by_name(candidates, 0)
    found: list[bytes] = []
    below = list(leaves)
    while below:
        one = below.pop(0)
        tried = waiting.get(names(one)[1], [])
        makers = [each for each in tried if _certificate_by(one, each)]
        for each in makers:
            tried.remove(each)
        found += makers
        below += makers
    return found


def _by_name(certificates: Iterable[bytes], which: int) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for each in dict.fromkeys(certificates):
        found.setdefault(names(each)[which], []).append(each)
    return found


@lru_cache(maxsize=4096)
def _certificate_by(below: bytes, issuer: bytes) -> bool:
    it = parsed(below)
    return _signed_by(it["tbs_certificate"].dump(), it, parsed(issuer))


def _signed_by(message: bytes, whole: Any, maker: Any) -> bool:
    try:
        BY_SUITE.validate_signature(whole.signature, message, maker.public_key, whole["signature_algorithm"])
    except (InvalidSignature, Malformed):
        return False
    return True


def _suite_of_key(spki: Any) -> str:
    try:
        return suite_of(spki)
    except Malformed:
        return ""


@lru_cache(maxsize=512)
def parsed(der: bytes) -> Any:
    """The certificate as ``asn1crypto`` reads it, all of it parsed, with nothing in what its issuer did not sign. Raises Malformed."""
    return _load(x509.Certificate, der, MAX_BYTES)


def parsed_list(der: bytes) -> Any:
    """The revocation list, likewise. Raises Malformed."""
    return _short_list(der) if len(der) <= _SHORT else _load(crl.CertificateList, der, MAX_CRL_BYTES)


@lru_cache(maxsize=256)
def _short_list(der: bytes) -> Any:
    return _load(crl.CertificateList, der, _SHORT)


def _load(kind: Any, der: bytes, most: int) -> Any:
    if len(der) > most:
        raise Malformed("too-large", f"More than {most} bytes of X.509 are not read.")
    try:
        found = kind.load(der, strict=True)
        _ = found.native
        require_exact(der)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise Malformed("x509", "This is no whole X.509 file; get it again from its issuer.") from error
    return found
