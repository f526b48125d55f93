"""Judges a chain from a leaf to one of the verifier's roots, as of the signing time. It has no path code of its own and fetches nothing.

The path is built and validated by pyhanko-certvalidator (RFC 5280: dates, key usage, basic and name constraints, path length,
critical extensions, revocation); its ``SignatureValidator`` hook verifies the signatures of our suites, SM2 among them.
"""

from __future__ import annotations

import logging
from bisect import bisect
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from asn1crypto import crl, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pyhanko_certvalidator import CertificateValidator, ValidationContext, errors
from pyhanko_certvalidator.sig_validate import (
    DEFAULT_VALIDATION_CONTEXT,
    DefaultSignatureValidator,
    SignatureValidationContext,
    SignatureValidator,
)

from certificates.errors import Malformed
from certificates.suites import SUITES
from certificates.x509.reading import MAX_BYTES, MAX_CRL_BYTES, suite_of, suite_of_algorithm

MOST_OTHERS = 16
"""More certificates beside the leaf are not looked at: building paths among them would cost the verifier too much."""
# It logs why a path to a list's maker does not hold, with the names in the certificates; the verdict says what is to be said.
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL + 1)

LEAST_RSA = 2048
"""Bits of the shortest RSA key that is believed, of a leaf as of a CA. SHA-1 and MD5 are not believed below a root."""
_RSA = ("rsa", "rsassa_pss", "rsaes_oaep")

T = TypeVar("T")


class Usage(StrEnum):
    """What the leaf's key was used for."""

    SIGNING = "signing"
    """Documents and seals: keyUsage must be there and allow digitalSignature."""
    TIMESTAMPING = "timestamping"
    """Timestamps: besides, extendedKeyUsage timeStamping."""


class Fault(StrEnum):
    """Why a chain does not hold; the caller has the words for people."""

    UNREADABLE = "unreadable"
    TOO_MANY = "too-many"
    UNKNOWN_ROOT = "unknown-root"
    SIGNATURE = "signature"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    USAGE = "usage"
    NOT_A_CA = "not-a-ca"
    PATH_LENGTH = "path-length"
    NAMES = "names"
    ALGORITHM = "algorithm"
    CRITICAL_EXTENSION = "critical-extension"
    OTHER = "other"
    REVOKED = "revoked"
    NO_LIST = "no-list"
    STALE_LIST = "stale-list"


@dataclass(frozen=True, slots=True)
class Broken:
    """The first fault; ``since`` is when the certificate ended, begins or was revoked, where the fault has such a time."""

    fault: Fault
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """What was found. The chain holds when ``broken`` is None; then ``revocation`` is None when nothing in it was revoked.

    ``path`` is leaf to root (DER), empty when broken. ``revocation`` is NO_LIST where no list says anything about one of
    its certificates: that is *not checked*, not *failed*. It is not judged for a broken chain.
    """

    path: tuple[bytes, ...] = field(default=(), repr=False)
    broken: Broken | None = None
    revocation: Broken | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the verifier believes and has: roots, other certificates for building a path, revocation lists (all DER)."""

    roots: Sequence[bytes] = field(repr=False)
    others: Sequence[bytes] = field(default=(), repr=False)
    crls: Sequence[bytes] = field(default=(), repr=False)


def check_chain(leaf: bytes, known: Known, at: datetime, usage: Usage = Usage.SIGNING) -> Chain:
    """Judge ``leaf`` as of ``at`` (aware; the signing time). Raises nothing on any bytes.

    A list that was made after ``at`` counts, with the time of each revocation: what was revoked later was good then. A list
    whose nextUpdate is before ``at`` says nothing about it and is STALE_LIST.
    """
    if len(known.others) > MOST_OTHERS:
        return Chain(broken=Broken(Fault.TOO_MANY))
    files = _Files(leaf, tuple(known.roots), tuple(known.others), tuple(known.crls))
    moments = _moments(files)
    # Between two moments at which something begins, ends or is revoked the answer is the same: it is worked out once there.
    place = bisect(moments, at)
    if any(abs(at - moment) < _SECOND for moment in moments[max(place - 1, 0) : place + 1]) or not moments:
        return _checked(files, at, usage)
    return _remembered(files, moments[place - 1] + _SECOND if place else moments[0] - _SECOND, usage)


@dataclass(frozen=True, slots=True)
class _Files:
    leaf: bytes
    roots: tuple[bytes, ...]
    others: tuple[bytes, ...]
    crls: tuple[bytes, ...]


@lru_cache(maxsize=256)
def _remembered(files: _Files, at: datetime, usage: Usage) -> Chain:
    return _checked(files, at, usage)


@lru_cache(maxsize=256)
def _moments(files: _Files) -> tuple[datetime, ...]:
    """Every time that a date is compared with, ascending; none when a file cannot be read."""
    try:
        certificates = [parsed(each) for each in (files.leaf, *files.roots, *files.others)]
        lists = [_list(each) for each in files.crls]
    except Malformed:
        return ()
    serials = {each.serial_number for each in certificates}
    found = {moment for each in certificates for moment in (each.not_valid_before, each.not_valid_after)}
    for tbs in (each["tbs_cert_list"] for each in lists):
        found |= {tbs[name].native for name in ("this_update", "next_update")} - {None}
        found |= {
            entry["revocation_date"].native
            for entry in tbs["revoked_certificates"] or ()
            if entry["user_certificate"].native in serials
        }
    return tuple(sorted(found))


def _checked(files: _Files, at: datetime, usage: Usage) -> Chain:
    try:
        wanted = parsed(files.leaf)
        roots = [parsed(each) for each in files.roots]
        others = [parsed(each) for each in files.others]
    except Malformed:
        return Chain(broken=Broken(Fault.UNREADABLE))
    # An issuing CA among the roots completes the path to its own root, which is what its revocation is judged by. Only where
    # that leads nowhere is the CA believed for itself.
    anchors = [each for each in roots if each.subject == each.issuer]
    between = [each for each in roots if each not in anchors]
    found = _towards(_Path(wanted, anchors, [*others, *between]), files.crls, at, usage)
    if between and found.broken == Broken(Fault.UNKNOWN_ROOT):
        return _towards(_Path(wanted, roots, others), files.crls, at, usage)
    return found


@dataclass(frozen=True)
class _Path:
    leaf: Any
    anchors: list[Any]
    others: list[Any]


def _towards(path: _Path, lists: Sequence[bytes], at: datetime, usage: Usage) -> Chain:
    if not path.anchors:
        return Chain(broken=Broken(Fault.UNKNOWN_ROOT))
    context = ValidationContext(
        path.anchors, other_certs=path.others, moment=at, signature_validator=BY_SUITE, time_tolerance=_NO_TOLERANCE
    )
    found = _judged(path.leaf, context, usage)
    if isinstance(found, Broken):
        return Chain(broken=found)
    return Chain(found, revocation=_revocation(path, lists, at))


def _revocation(path: _Path, lists: Sequence[bytes], at: datetime) -> Broken | None:
    if not lists:
        return Broken(Fault.NO_LIST)
    try:
        crls = [_list(each) for each in lists]
    except Malformed:
        return Broken(Fault.UNREADABLE)
    context = ValidationContext(
        path.anchors,
        other_certs=path.others,
        # A certificate revoked at the very second of the signature was revoked: the library asks for earlier.
        moment=at + timedelta(microseconds=1),
        crls=crls,
        revocation_mode="require",
        retroactive_revinfo=True,
        signature_validator=BY_SUITE,
        time_tolerance=_NO_TOLERANCE,
    )
    found = _judged(path.leaf, context, None)
    return found if isinstance(found, Broken) else None


def _judged(leaf: Any, context: ValidationContext, usage: Usage | None) -> tuple[bytes, ...] | Broken:
    validator = CertificateValidator(leaf, validation_context=context)
    try:
        if usage is None:
            path = _complete(validator.async_validate_path())
        else:
            if leaf.key_usage_value is None:
                return Broken(Fault.USAGE)
            if leaf.public_key.algorithm in _RSA and leaf.public_key.bit_size < LEAST_RSA:
                return Broken(Fault.ALGORITHM)  # the library measures the keys that certify, not the leaf's own
            extended = {"time_stamping"} if usage is Usage.TIMESTAMPING else None
            path = _complete(validator.async_validate_usage({"digital_signature"}, extended))  # type: ignore[no-untyped-call]
    except Exception as error:
        return _broken(error)
    return tuple(bytes(each.dump()) for each in reversed(list(path)))


def _complete(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing: nothing is fetched, so no event loop is needed, and one may be running already."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError("pyhanko-certvalidator waited for something although nothing may be fetched.")


# The library names these faults in words only; its version is pinned, and a test stands behind each row.
_WORDS = (
    ("could not be verified", Fault.SIGNATURE),
    ("not match the constraints on the public key", Fault.SIGNATURE),
    ("permitted namespace", Fault.NAMES),
    ("excluded from the", Fault.NAMES),
    ("is not a CA", Fault.NOT_A_CA),
    ("not allowed to sign certificates", Fault.NOT_A_CA),
    ("maximum path length", Fault.PATH_LENGTH),
    ("unsupported critical extension", Fault.CRITICAL_EXTENSION),
    ("not valid for the purpose", Fault.USAGE),
    ("self-signed", Fault.UNKNOWN_ROOT),
)


def _broken(error: Exception) -> Broken:
    match error:
        case errors.ExpiredError():
            return Broken(Fault.EXPIRED, error.expired_dt)
        case errors.NotYetValidError():
            return Broken(Fault.NOT_YET_VALID, error.valid_from)
        case errors.RevokedError():
            return Broken(Fault.REVOKED, error.revocation_dt)
        case errors.StaleRevinfoError():
            return Broken(Fault.STALE_LIST, error.time_cutoff)
        case errors.InsufficientRevinfoError():
            return Broken(Fault.NO_LIST)
        case errors.DisallowedAlgorithmError():
            return Broken(Fault.ALGORITHM)
        case errors.PathBuildingError():
            return Broken(Fault.UNKNOWN_ROOT)
        case errors.ValidationError():
            said = str(error)
            return Broken(next((fault for words, fault in _WORDS if words in said), Fault.OTHER))
    # asn1crypto parses late: a value that it cannot read raises in the middle of the library's work.
    if isinstance(
        error, ValueError | TypeError | KeyError | AttributeError | IndexError | NotImplementedError | RecursionError
    ):
        return Broken(Fault.UNREADABLE)
    raise error


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
_NO_TOLERANCE = timedelta(0)
_SECOND = timedelta(seconds=1)


def _suite_of_key(spki: Any) -> str:
    try:
        return suite_of(spki)
    except Malformed:
        return ""


def parsed(der: bytes) -> Any:
    """The certificate as ``asn1crypto`` reads it, all of it parsed. Raises Malformed."""
    return _load(x509.Certificate, der, MAX_BYTES)


def _list(der: bytes) -> Any:
    return _load(crl.CertificateList, der, MAX_CRL_BYTES)


def _load(kind: Any, der: bytes, most: int) -> Any:
    if len(der) > most:
        raise Malformed("too-large", f"More than {most} bytes of X.509 are not read.")
    try:
        found = kind.load(der, strict=True)
        _ = found.native
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise Malformed("x509", "This is no whole X.509 file; get it again from its issuer.") from error
    return found
