"""The signed data of GB/T 35275: a digital signature without a seal. It judges nothing.

As in CMS, under the national object identifiers. What is signed is the SM3 digest of ``Signature.xml``, which is also
the content (the way of the leading OFD library, which other readers follow).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from certificates import der
from certificates.der import Value
from certificates.errors import Malformed
from certificates.seals.ses import SM3
from certificates.x509.above import strangers

_ARC = "1.2.156.10197.6.1.4.2"
DATA, SIGNED_DATA = f"{_ARC}.1", f"{_ARC}.2"
_SM2_SIGN = "1.2.156.10197.1.301.1"
_CERTIFICATES = 0xA0
_NULL = b"\x05\x00"


@dataclass(frozen=True, slots=True)
class DigitalSignature:
    """What was signed, by whose certificate, and the signature value (DER of r and s)."""

    content: bytes = field(repr=False)
    certificate: bytes = field(repr=False)
    algorithm: str
    signature: bytes = field(repr=False)
    others: tuple[bytes, ...] = field(repr=False, default=())
    """Certificates that came with the signer's."""


def write(content: bytes, signature: bytes, certificate: bytes) -> bytes:
    """Return the ContentInfo (DER) around ``content``, with the signature value (DER) by the key of ``certificate``."""
    issuer, serial = _issuer_and_serial(certificate)
    digest = der.sequence(der.oid(SM3), _NULL)
    signer = der.sequence(
        der.integer(1),
        der.sequence(issuer, serial),
        digest,
        der.sequence(der.oid(_SM2_SIGN), _NULL),
        der.octets(signature),
    )
    signed = der.sequence(
        der.integer(1),
        der.tagged(der.SET, digest),
        der.sequence(der.oid(DATA), der.tagged(der.TAG_0, der.octets(content))),
        der.tagged(_CERTIFICATES, certificate),
        der.tagged(der.SET, signer),
    )
    return der.sequence(der.oid(SIGNED_DATA), der.tagged(der.TAG_0, signed))


def read(raw: bytes) -> DigitalSignature:
    """Read a ContentInfo, in DER or in base64 of it, with the members of the standard and no other: nobody signs those around the content.

    Raises Malformed ``der``.
    """
    try:
        return _read(der.parse(_decoded(raw)))
    except (ValueError, IndexError) as error:
        raise Malformed(
            "der", "The members of this signature are not those of GB/T 35275; get the file again."
        ) from error


def _decoded(raw: bytes) -> bytes:
    if raw[:1] == bytes((der.SEQUENCE,)):
        return raw
    try:
        return base64.b64decode(b"".join(raw.split()), validate=True)
    except binascii.Error as error:
        raise Malformed("der", "The signature value is neither DER nor base64; get the file again.") from error


def _read(value: Value) -> DigitalSignature:
    kind, wrapped = value.children()
    if kind.oid() not in (SIGNED_DATA, "1.2.840.113549.1.7.2"):
        raise ValueError("no signed data")
    version, digests, told, certificates, signers = wrapped.inside(der.TAG_0).children()
    name, content = told.children()
    again, named, digest, algorithm, signature = signers.inside(der.SET).children()
    held = tuple(each.raw for each in certificates.children(_CERTIFICATES))
    certificate = next(each for each in held if _named(each) == named.raw)
    if (version.raw, again.raw) != (der.integer(1), der.integer(1)) or name.oid() not in (DATA, "1.2.840.113549.1.7.1"):
        raise ValueError("another version, or another kind of content")
    if digests.inside(der.SET).raw != digest.raw or not (_plain(digest) and _plain(algorithm)):
        raise ValueError("algorithms without parameters, the digest's twice the same")
    if len(set(held)) != len(held) or strangers((certificate,), held):
        raise ValueError("a certificate that is not above the signer's")
    signed = content.inside(der.TAG_0).of(der.OCTETS).content
    others = tuple(each for each in held if each != certificate)
    name_of_algorithm, made = algorithm.children()[0].oid(), signature.of(der.OCTETS).content
    return DigitalSignature(signed, certificate, name_of_algorithm, made, others)


def _plain(algorithm: Value) -> bool:
    """Whether it is named with nothing behind, or NULL, which says the same."""
    name, *more = algorithm.children()
    name.oid()
    return [each.raw for each in more] in ([], [_NULL])


def _named(certificate: bytes) -> bytes:
    return der.sequence(*_issuer_and_serial(certificate))


def _issuer_and_serial(certificate: bytes) -> tuple[bytes, bytes]:
    """The two values of a certificate by which a signer is named (RFC 5280: serial, algorithm, issuer after a version)."""
    members = der.parse(certificate).children()[0].children()
    start = 1 if members[0].tag == der.TAG_0 else 0
    return members[start + 2].raw, members[start].raw
