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

from pyhanko_certvalidator import CertificateValidator, ValidationContext, errors

from certificates.errors import Malformed
from certificates.x509.proving import BY_SUITE, above, issued_below, made_by, names, parsed, parsed_list

MOST_OTHERS = 1024
"""More certificates beside the leaf are not looked at. A file that is stamped again twice a year for half a century brings 300."""
MOST_ABOVE = 16
"""More certificates that really stand above one leaf, or above a list's maker, are not believed: paths among them would cost too much."""
# It logs why a path to a list's maker does not hold, with the names in the certificates; the verdict says what is to be said.
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL + 1)

LEAST_RSA = 2048
"""Bits of the shortest RSA key that is believed, of a leaf as of a CA. SHA-1 and MD5 are not believed below a root."""
_ANY = "2.5.29.37.0"  # anyExtendedKeyUsage
DOCUMENT_SIGNING = frozenset(
    {
        _ANY,
        "1.3.6.1.5.5.7.3.36",  # id-kp-documentSigning (RFC 9336)
        "1.3.6.1.5.5.7.3.4",  # emailProtection: what CAs without a purpose for documents give their signers
        "1.2.840.113583.1.1.5",  # Adobe: authentic documents
        "1.3.6.1.4.1.311.10.3.12",  # Microsoft: document signing
    }
)
"""A signer's certificate that names purposes must name one of these; one that names none is for every purpose."""
_TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
_RSA = ("rsa", "rsassa_pss", "rsaes_oaep")

T = TypeVar("T")


class Usage(StrEnum):
    """What the leaf's key was used for."""

    SIGNING = "signing"
    """Documents and seals: keyUsage must be there and allow digitalSignature; extendedKeyUsage, if there, one of DOCUMENT_SIGNING, in the CAs' too."""
    TIMESTAMPING = "timestamping"
    """Timestamps: the same keyUsage, and extendedKeyUsage timeStamping, alone and critical; where a CA names purposes, among them."""


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
        lists = [parsed_list(each) for each in files.crls]
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
        for each in (files.leaf, *files.roots, *files.others):
            parsed(each)
        # An issuing CA among the roots completes the path to its own root, which is what its revocation is judged by. Only where
        # that leads nowhere is the CA believed for itself.
        anchors = [each for each in files.roots if names(each)[0] == names(each)[1]]
        between = [each for each in files.roots if each not in anchors]
        found = _towards(_path(files.leaf, anchors, [*files.others, *between]), files.crls, at, usage)
        if between and found.broken == Broken(Fault.UNKNOWN_ROOT):
            return _towards(_path(files.leaf, files.roots, files.others), files.crls, at, usage)
    except Malformed:
        return Chain(broken=Broken(Fault.UNREADABLE))
    return found


@dataclass(frozen=True)
class _Path:
    """``issued`` are those of the other certificates that an anchor stands behind, each step by its signature, ``above`` those of them
    that stand above the leaf, likewise: among these a path is looked for. ``named`` says whether one of them or an anchor has at least
    the name of the leaf's issuer. All DER."""

    leaf: bytes
    anchors: Sequence[bytes]
    issued: Sequence[bytes]
    above: Sequence[bytes]
    named: bool


def _path(leaf: bytes, anchors: Sequence[bytes], others: Sequence[bytes]) -> _Path:
    issued, name = issued_below(anchors, others), names(leaf)[1]
    named = any(names(each)[0] == name for each in (*anchors, *issued))
    return _Path(leaf, anchors, issued, above([leaf], issued), named)


def _towards(path: _Path, lists: Sequence[bytes], at: datetime, usage: Usage) -> Chain:
    if not path.named:
        return Chain(broken=Broken(Fault.UNKNOWN_ROOT))
    if len(path.above) > MOST_ABOVE:
        return Chain(broken=Broken(Fault.TOO_MANY))
    if not path.above and not above([path.leaf], path.anchors):
        return Chain(broken=Broken(Fault.SIGNATURE))
    context = ValidationContext(
        _read(path.anchors),
        other_certs=_read(path.above),
        moment=at,
        signature_validator=BY_SUITE,
        time_tolerance=_NO_TOLERANCE,
    )
    found = _judged(parsed(path.leaf), context, usage)
    if isinstance(found, Broken):
        return Chain(broken=found)
    return Chain(found, revocation=_revocation(path, lists, at))


def _revocation(path: _Path, lists: Sequence[bytes], at: datetime) -> Broken | None:
    if not lists:
        return Broken(Fault.NO_LIST)
    try:
        crls = [parsed_list(each) for each in lists]
    except Malformed:
        return Broken(Fault.UNREADABLE)
    context = ValidationContext(
        _read(path.anchors),
        other_certs=_read([*path.above, *_makers(path, crls)]),
        # A certificate revoked at the very second of the signature was revoked: the library asks for earlier.
        moment=at + timedelta(microseconds=1),
        crls=crls,
        revocation_mode="require",
        retroactive_revinfo=True,
        signature_validator=BY_SUITE,
        time_tolerance=_NO_TOLERANCE,
    )
    found = _judged(parsed(path.leaf), context, None)
    return found if isinstance(found, Broken) else None


def _makers(path: _Path, crls: Sequence[Any]) -> list[bytes]:
    """Who made the lists where it is not somebody above the leaf (a CA that signs its lists with another key), and who stands above them."""
    left = [each for each in path.issued if each not in path.above]
    called = {names(each)[1] for each in (path.leaf, *path.above)}
    named = [each for each in left if names(each)[0] in called]
    makers = [each for each in named if any(_made(found, each) for found in crls)]
    return [*makers, *above(makers, left)][:MOST_ABOVE]


def _made(found: Any, maker: bytes) -> bool:
    return bool(found.issuer.hashable == names(maker)[0]) and made_by(found, parsed(maker))


def _read(certificates: Sequence[bytes]) -> list[Any]:
    return [parsed(each) for each in certificates]


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
            if not _may(leaf, usage):
                return Broken(Fault.USAGE)
            path = _complete(validator.async_validate_usage({"digital_signature"}))  # type: ignore[no-untyped-call]
    except Exception as error:
        return _broken(error)
    found = list(reversed(list(path)))
    if usage is not None and not _passed_down(found, usage):
        return Broken(Fault.USAGE)
    return tuple(bytes(each.dump()) for each in found)


def may_sign_documents(certificate: bytes) -> bool:
    """Whether the purposes that a certificate (DER) names, if any, allow a document's or a seal's signature. Raises Malformed."""
    return _may(parsed(certificate), Usage.SIGNING)


def _may(leaf: Any, usage: Usage) -> bool:
    """Whether the leaf's extended key usage allows this use (RFC 5280 4.2.1.12, RFC 3161 2.3), marked critical or not."""
    purposes = _purposes(leaf)
    if usage is Usage.TIMESTAMPING:
        return purposes == {_TIME_STAMPING} and "extended_key_usage" in leaf.critical_extensions
    return purposes is None or bool(purposes & DOCUMENT_SIGNING)


def _passed_down(path: Sequence[Any], usage: Usage) -> bool:
    """Whether one purpose that serves this use is left when each CA, but for a root, has kept what is below it to the purposes that it names.

    RFC 5280 is silent on it; Windows, NSS and the rules of the CA/Browser Forum have it so."""
    left = {_TIME_STAMPING} if usage is Usage.TIMESTAMPING else set(DOCUMENT_SIGNING)
    for each in path:
        said = None if each.subject == each.issuer else _purposes(each)
        left &= left if said is None or _ANY in said else said
    return bool(left)


def _purposes(certificate: Any) -> set[str] | None:
    said = certificate.extended_key_usage_value
    return {each.dotted for each in said} if said is not None else None


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


_NO_TOLERANCE = timedelta(0)
_SECOND = timedelta(seconds=1)
