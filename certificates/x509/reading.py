"""Reads X.509 certificates, requests and revocation lists of every suite, strictly. It judges no chain: ``chain.py`` does."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from asn1crypto import crl, csr, x509

from certificates.errors import Malformed
from certificates.suites import SUITES, PublicKey
from certificates.x509.issuing import Revoked, Subject
from certificates.x509.names import Name, read_name

MAX_BYTES = 64 * 1024
"""No certificate is longer; a revocation list may have ``MAX_CRL_BYTES``."""
MAX_CRL_BYTES = 8 * 1024 * 1024
_EC, _P256, _SM2 = "ec", "secp256r1", "1.2.156.10197.1.301"
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\s*([A-Za-z0-9+/=\s]+?)-----END \1-----")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeyCertificate:
    """What an X.509 certificate says. ``der`` is all of it; nothing here was verified."""

    der: bytes = field(repr=False)
    subject: Name
    issuer: Name
    serial: int
    not_before: datetime
    not_after: datetime
    public: PublicKey
    signed_by: str
    """The suite of the issuer's signature; empty when it is none that we know."""
    is_ca: bool
    key_usage: frozenset[str]
    extended_usage: frozenset[str]


def read_certificate(der: bytes) -> KeyCertificate:
    """Raises Malformed for anything but one whole certificate whose key is of a known suite."""
    return _read("certificate", der, MAX_BYTES, _certificate)


def read_dates(der: bytes) -> tuple[datetime, datetime]:
    """From when to when a certificate holds, whatever its key is. Raises Malformed."""
    return _read("certificate", der, MAX_BYTES, _dates)


def read_request(der: bytes) -> Subject:
    """Whom a PKCS#10 request is for. Raises Malformed, also when the request was not signed by the key that it names."""
    return _read("request", der, MAX_BYTES, _request)


def read_revoked(der: bytes) -> tuple[Revoked, ...]:
    """What is on a revocation list. Raises Malformed; the list's signature is ``chain.py``'s business."""
    return _read("revocation list", der, MAX_CRL_BYTES, _revoked)


def next_update(der: bytes) -> datetime | None:
    """When the list is due again. Raises Malformed."""
    return _read("revocation list", der, MAX_CRL_BYTES, _next_update)


def suite_of(spki: Any) -> str:
    """The suite that a public key (``asn1crypto.keys.PublicKeyInfo``) is for. Raises Malformed for every other key."""
    algorithm = spki["algorithm"]
    kind = algorithm["algorithm"].native
    named = {"ed25519": "EdDSA", "rsa": "PS256"}.get(kind, "")
    if kind == _EC and algorithm["parameters"].name == "named":
        named = {_P256: "ES256", "secp256r1": "ES256", _SM2: "SM2_SM3"}.get(algorithm["parameters"].chosen.native, "")
    if not named:
        raise Malformed(
            "key", f"The key is of no known suite ({', '.join(SUITES)}); ask for a certificate of one of them."
        )
    return named


def public_key_of(spki: Any) -> PublicKey:
    """The public key in the suite's only encoding. Raises Malformed."""
    public = PublicKey(suite_of(spki), spki.dump())
    SUITES[public.suite].require_public_key(public.spki)
    return public


def suite_of_algorithm(algorithm: Any) -> str:
    """The suite that an AlgorithmIdentifier names, with NULL where there should be nothing let pass; empty when none does."""
    der = bytes(algorithm.dump())
    for name, suite in SUITES.items():
        if der == suite.algorithm or der == _with_null(suite.algorithm):
            return name
    return ""


def split_pem(text: bytes, label: str = "CERTIFICATE") -> tuple[bytes, ...]:
    """The DER of every block ``label`` in a PEM text, in its order. Raises Malformed for a block that is no base64."""
    try:
        return tuple(
            base64.b64decode(b"".join(m[2].split()), validate=True)
            for m in _PEM.finditer(text)
            if m[1] == label.encode()
        )
    except ValueError as error:
        raise Malformed("not-base64", "A PEM block is damaged; save the file again as its issuer gave it.") from error


def pem(ders: Iterable[bytes], label: str = "CERTIFICATE") -> bytes:
    """The PEM text of DER blocks, 64 characters a line as RFC 7468 wants."""
    return b"".join(_block(der, label) for der in ders)


def _block(der: bytes, label: str) -> bytes:
    text = base64.b64encode(der).decode()
    lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode()


def _read(what: str, der: bytes, most: int, read: Callable[[bytes], T]) -> T:
    if len(der) > most:
        raise Malformed("too-large", f"A {what} of more than {most} bytes is not read.")
    try:
        return read(der)
    except Malformed:
        raise
    # asn1crypto parses late and raises whatever its value classes raise.
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise Malformed("x509", f"This is not a whole X.509 {what}; get the file again from its issuer.") from error


def _certificate(der: bytes) -> KeyCertificate:
    found = x509.Certificate.load(der, strict=True)
    tbs = found["tbs_certificate"]
    _ = found.native  # everything parsed now: what is damaged raises here and not in somebody's property
    if tbs["signature"].dump() != found["signature_algorithm"].dump():
        raise Malformed("x509", "The certificate names two signature algorithms; get it again from its issuer.")
    usage, extended = found.key_usage_value, found.extended_key_usage_value
    return KeyCertificate(
        der,
        read_name(found.subject),
        read_name(found.issuer),
        int(found.serial_number),
        found.not_valid_before,
        found.not_valid_after,
        public_key_of(found.public_key),
        suite_of_algorithm(found["signature_algorithm"]),
        bool(found.ca),
        frozenset(usage.native) if usage is not None else frozenset(),
        frozenset(extended.native) if extended is not None else frozenset(),
    )


def _dates(der: bytes) -> tuple[datetime, datetime]:
    found = x509.Certificate.load(der, strict=True)
    return found.not_valid_before, found.not_valid_after


def _request(der: bytes) -> Subject:
    found = csr.CertificationRequest.load(der, strict=True)
    wanted = found["certification_request_info"]
    _ = found.native
    public = public_key_of(wanted["subject_pk_info"])
    suite = SUITES[public.suite]
    signature = suite.from_der(found["signature"].native)
    named = suite_of_algorithm(found["signature_algorithm"])
    if named != public.suite or signature is None or not suite.verify(public.spki, wanted.dump(), signature):
        raise Malformed("possession", "The request was not signed by the key that it names; have it made again.")
    return Subject(read_name(wanted["subject"]), public)


def _revoked(der: bytes) -> tuple[Revoked, ...]:
    found = crl.CertificateList.load(der, strict=True)
    listed = found["tbs_cert_list"]["revoked_certificates"]
    return tuple(
        Revoked(
            int(each["user_certificate"].native),
            each["revocation_date"].native,
            each.crl_reason_value.native if each.crl_reason_value is not None else "unspecified",
        )
        for each in listed or ()
    )


def _next_update(der: bytes) -> datetime | None:
    moment: datetime | None = crl.CertificateList.load(der, strict=True)["tbs_cert_list"]["next_update"].native
    return moment


def _with_null(algorithm: bytes) -> bytes:
    """SM2 certificates of Chinese CAs often carry NULL parameters; of the others only RSA may, and PSS has its own."""
    return bytes([algorithm[0], algorithm[1] + 2]) + algorithm[2:] + b"\x05\x00"
