"""Issues X.509 certificates, requests and revocation lists in every suite. It never sees a private key: a callable signs.

The same arguments give the same bytes to be signed: serial numbers are derived from everything else in the certificate
(128 bits of a SHA-256), times come in, and DER has one encoding. RFC 5280; SM2 as GM/T 0015 and OpenSSL write it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asn1crypto import algos, core, crl, csr, keys, x509

from certificates.errors import Malformed
from certificates.suites import PublicKey, suite_named
from certificates.x509.names import Name, write_name

Sign = Callable[[bytes], bytes]
"""Signs the bytes to be signed and gives the suite's raw signature; behind it stands a Signer, a token or a key in memory."""

SIGNING = frozenset({"digital_signature", "non_repudiation"})
CERTIFYING = frozenset({"key_cert_sign", "crl_sign"})
_LAST_UTC_TIME = datetime(2050, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a certificate is about, and the key that it certifies."""

    name: Name
    public: PublicKey


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when, both included (RFC 5280 §4.1.2.5); aware, cut to the second."""

    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues: its own certificate (DER), its suite, and what signs with its key. ``crl_url`` is written where it is given."""

    certificate: bytes
    suite: str
    sign: Sign
    crl_url: str = ""


@dataclass(frozen=True, slots=True)
class Revoked:
    """One revoked certificate; ``reason`` is one of RFC 5280 §5.3.1 as asn1crypto spells them."""

    serial: int
    at: datetime
    reason: str = "unspecified"


def make_root(subject: Subject, period: Period, sign: Sign, path_length: int | None = 1) -> bytes:
    """A self-signed root (DER). Raises what ``sign`` raises."""
    extensions = [_constraints(True, path_length), _usage(CERTIFYING)]
    tbs = _tbs(
        subject, write_name(subject.name), period, subject.public.suite, [*extensions, *_ids(subject.public, None)]
    )
    return _signed(tbs, subject.public.suite, sign)


def make_ca(
    subject: Subject, period: Period, issuer: Issuer, path_length: int | None = 0, directory: Name | None = None
) -> bytes:
    """An issuing CA. With ``directory`` it may certify only names below it (nameConstraints, permitted)."""
    extensions = [_constraints(True, path_length), _usage(CERTIFYING)]
    if directory is not None:
        extensions.append(_permitted(directory))
    return _issued(subject, period, issuer, extensions)


def make_signer(subject: Subject, period: Period, issuer: Issuer) -> bytes:
    """An authority's leaf, which signs documents: key usage digitalSignature and nonRepudiation."""
    return _issued(subject, period, issuer, [_constraints(False, None), _usage(SIGNING)])


def make_seal_maker(subject: Subject, period: Period, issuer: Issuer) -> bytes:
    """The leaf of a seal maker (制章单位), O its name: it signs seals and has no authority's code."""
    return _issued(subject, period, issuer, [_constraints(False, None), _usage(SIGNING)])


def make_timestamper(subject: Subject, period: Period, issuer: Issuer) -> bytes:
    """A timestamp authority's leaf: extended key usage timeStamping alone and critical (RFC 3161 §2.3)."""
    stamping = _extension("extended_key_usage", True, x509.ExtKeyUsageSyntax(["time_stamping"]))
    return _issued(subject, period, issuer, [_constraints(False, None), _usage(SIGNING), stamping])


def make_request(subject: Subject, sign: Sign) -> bytes:
    """A PKCS#10 request (DER) for a real CA: name and key, signed by that key."""
    suite = subject.public.suite
    wanted = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": write_name(subject.name),
            "subject_pk_info": keys.PublicKeyInfo.load(subject.public.spki),
            "attributes": csr.CRIAttributes([]),
        }
    )
    request = csr.CertificationRequest(
        {
            "certification_request_info": wanted,
            "signature_algorithm": _algorithm(suite),
            "signature": core.OctetBitString(_signature(suite, sign, wanted.dump())),
        }
    )
    return bytes(request.dump())


def make_crl(
    issuer: Issuer, revoked: Sequence[Revoked], this_update: datetime, next_update: datetime, number: int
) -> bytes:
    """A version 2 revocation list (DER) of ``issuer``. ``number`` grows with each list."""
    own = x509.Certificate.load(issuer.certificate)
    listed: dict[str, Any] = {
        "version": "v2",
        "signature": _algorithm(issuer.suite),
        "issuer": own.subject,
        "this_update": _time(this_update),
        "next_update": _time(next_update),
        "crl_extensions": crl.TBSCertListExtensions(
            [
                {"extn_id": "authority_key_identifier", "critical": False, "extn_value": _authority_key(own)},
                {"extn_id": "crl_number", "critical": False, "extn_value": core.Integer(number)},
            ]
        ),
    }
    if revoked:
        listed["revoked_certificates"] = crl.RevokedCertificates([_revoked(each) for each in revoked])
    tbs = crl.TbsCertList(listed)
    made = crl.CertificateList(
        {
            "tbs_cert_list": tbs,
            "signature_algorithm": _algorithm(issuer.suite),
            "signature": core.OctetBitString(_signature(issuer.suite, issuer.sign, tbs.dump())),
        }
    )
    return bytes(made.dump())


def _issued(subject: Subject, period: Period, issuer: Issuer, extensions: list[Any]) -> bytes:
    own = x509.Certificate.load(issuer.certificate)
    every = [*extensions, *_ids(subject.public, own)]
    if issuer.crl_url:
        every.append(_published_at(issuer.crl_url))
    return _signed(_tbs(subject, own.subject, period, issuer.suite, every), issuer.suite, issuer.sign)


def _tbs(subject: Subject, issuer: Any, period: Period, suite: str, extensions: list[Any]) -> Any:
    if period.not_after < period.not_before:
        raise Malformed("period", "A certificate ends after it begins; exchange the two times.")
    tbs = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": 1,
            "signature": _algorithm(suite),
            "issuer": issuer,
            "validity": {"not_before": _time(period.not_before), "not_after": _time(period.not_after)},
            "subject": write_name(subject.name),
            "subject_public_key_info": keys.PublicKeyInfo.load(subject.public.spki),
            "extensions": x509.Extensions(extensions),
        }
    )
    drawn = hashlib.sha256(tbs.dump()).digest()[:16]
    tbs["serial_number"] = int.from_bytes(drawn, "big") >> 1 | 1 << 126  # positive, and always 16 bytes
    return tbs


def _signed(tbs: Any, suite: str, sign: Sign) -> bytes:
    made = x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": _algorithm(suite),
            "signature_value": core.OctetBitString(_signature(suite, sign, tbs.dump())),
        }
    )
    return bytes(made.dump())


def _signature(suite: str, sign: Sign, message: bytes) -> bytes:
    return suite_named(suite).to_der(sign(message))


def _algorithm(suite: str) -> Any:
    return algos.SignedDigestAlgorithm.load(suite_named(suite).algorithm)


def _time(moment: datetime) -> Any:
    """UTCTime through 2049, GeneralizedTime after it (RFC 5280 §4.1.2.5)."""
    whole = moment.astimezone(UTC).replace(microsecond=0)
    if whole < _LAST_UTC_TIME:
        return x509.Time(name="utc_time", value=core.UTCTime(whole))
    return x509.Time(name="general_time", value=core.GeneralizedTime(whole))


def _extension(kind: str, critical: bool, value: Any) -> Any:
    return x509.Extension({"extn_id": kind, "critical": critical, "extn_value": value})


def _constraints(is_ca: bool, path_length: int | None) -> Any:
    said: dict[str, Any] = {"ca": is_ca}
    if path_length is not None:
        said["path_len_constraint"] = path_length
    return _extension("basic_constraints", True, x509.BasicConstraints(said))


def _usage(bits: frozenset[str]) -> Any:
    return _extension("key_usage", True, x509.KeyUsage(set(bits)))


def _permitted(directory: Name) -> Any:
    subtree = x509.GeneralSubtree({"base": x509.GeneralName(name="directory_name", value=write_name(directory))})
    return _extension("name_constraints", True, x509.NameConstraints({"permitted_subtrees": [subtree]}))


def _ids(public: PublicKey, issuer: Any) -> list[Any]:
    own = _key_id(public.spki)
    authority = x509.AuthorityKeyIdentifier({"key_identifier": own}) if issuer is None else _authority_key(issuer)
    return [
        _extension("key_identifier", False, core.OctetString(own)),
        _extension("authority_key_identifier", False, authority),
    ]


def _authority_key(issuer: Any) -> Any:
    known = issuer.key_identifier or _key_id(issuer.public_key.dump())
    return x509.AuthorityKeyIdentifier({"key_identifier": known})


def _key_id(spki: bytes) -> bytes:
    """160 bits that name a key within a chain (RFC 7093 §2 method 1: SHA-256 of the key's bits, cut); no secret hangs on it."""
    bits = keys.PublicKeyInfo.load(spki)["public_key"]
    return hashlib.sha256(bits.contents[1:]).digest()[:20]


def _published_at(url: str) -> Any:
    where = x509.DistributionPointName(
        name="full_name", value=[x509.GeneralName(name="uniform_resource_identifier", value=url)]
    )
    return _extension(
        "crl_distribution_points",
        False,
        x509.CRLDistributionPoints([x509.DistributionPoint({"distribution_point": where})]),
    )


def _revoked(one: Revoked) -> dict[str, Any]:
    entry: dict[str, Any] = {"user_certificate": one.serial, "revocation_date": _time(one.at)}
    if one.reason != "unspecified":  # RFC 5280 §5.3.1: no reason rather than this one
        entry["crl_entry_extensions"] = [
            {"extn_id": "crl_reason", "critical": False, "extn_value": crl.CRLReason(one.reason)}
        ]
    return entry
