"""A root, an issuing CA and what they certify, in any suite, with keys in memory: for tests of chains, seals, PDF and OFD."""

import functools
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import core, x509

from certificates.suites import PublicKey, suite_named
from certificates.x509.issuing import (
    Issuer,
    Period,
    Revoked,
    Sign,
    Subject,
    make_ca,
    make_crl,
    make_root,
    make_seal_maker,
    make_signer,
    make_timestamper,
)
from certificates.x509.names import Name
from certificates.x509.reading import read_certificate
from tests.certificates.making import HYGIENE, NAMES, private_key

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
LONG = Period(SINCE, datetime(2046, 1, 1, tzinfo=UTC))
SHORT = Period(SINCE, datetime(2031, 1, 1, tzinfo=UTC))
SIGNER = Name(NAMES[HYGIENE], NAMES[HYGIENE], HYGIENE)


@dataclass(frozen=True)
class Pki:
    """One suite's: `root` certifies `ca`, which certifies the rest (DER). `issuer` issues more."""

    suite: str
    root: bytes
    ca: bytes
    signer: bytes
    """Of the hygiene authority, whose key is the one of the tests' KeyRing."""
    maker: bytes
    timestamper: bytes
    issuer: Issuer
    root_issuer: Issuer

    def crl(self, *revoked: bytes, at: datetime = SINCE, until: datetime = LONG.not_after) -> bytes:
        """The issuing CA's list: the certificates given were revoked `at`, the list was made then and lasts `until`."""
        entries = [Revoked(read_certificate(each).serial, at, "key_compromise") for each in revoked]
        return make_crl(self.issuer, entries, at, until, 1)

    def root_crl(self, *revoked: bytes, at: datetime = SINCE) -> bytes:
        """The root's list, as `crl`."""
        entries = [Revoked(read_certificate(each).serial, at) for each in revoked]
        return make_crl(self.root_issuer, entries, at, LONG.not_after, 1)


def signing(suite: str, who: str) -> Sign:
    """What signs with the tests' key of `who`."""
    return lambda message: suite_named(suite).sign(private_key(suite, who), message)


def public(suite: str, who: str) -> PublicKey:
    """The public half of the tests' key of `who`."""
    return suite_named(suite).public_key(private_key(suite, who))


@functools.cache
def pki(suite: str) -> Pki:
    """Made once for each suite."""
    root = make_root(
        Subject(Name("示例测试根证书", "示例测试机构"), public(suite, "root")), LONG, signing(suite, "root")
    )
    above = Issuer(root, suite, signing(suite, "root"))
    ca = make_ca(Subject(Name("示例测试签发证书", "示例测试机构"), public(suite, "ca")), LONG, above)
    issuer = Issuer(ca, suite, signing(suite, "ca"))
    return Pki(
        suite,
        root,
        ca,
        make_signer(Subject(SIGNER, public(suite, HYGIENE)), SHORT, issuer),
        make_seal_maker(Subject(Name("示例测试制章", "示例测试制章单位"), public(suite, "maker")), SHORT, issuer),
        make_timestamper(Subject(Name("示例测试时间戳", "示例测试机构"), public(suite, "tsa")), SHORT, issuer),
        issuer,
        above,
    )


def with_extension(leaf: bytes, suite: str, sign: Sign, kind: str, value: bytes, critical: bool = True) -> bytes:
    """The certificate with one extension more, signed again by its issuer."""
    found = x509.Certificate.load(leaf)
    tbs = found["tbs_certificate"]
    tbs["extensions"].append(
        x509.Extension({"extn_id": kind, "critical": critical, "extn_value": core.ParsableOctetString(value)})
    )
    found["signature_value"] = core.OctetBitString(suite_named(suite).to_der(sign(tbs.dump(force=True))))
    return bytes(found.dump(force=True))


def for_purposes(leaf: bytes, suite: str, sign: Sign, *purposes: str, critical: bool = True) -> bytes:
    """The certificate with an extendedKeyUsage of these."""
    said = x509.ExtKeyUsageSyntax(list(purposes)).dump()
    return with_extension(leaf, suite, sign, "extended_key_usage", said, critical)
