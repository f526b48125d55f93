"""Writes the CMS signature of a PDF (RFC 5652, in the manner of CAdES): what is signed, the value, its timestamp. It holds no key.

Written as DER directly, since a general library takes ten times as long over it as signing does. A test holds the signed
attributes byte for byte against those that pyHanko writes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from asn1crypto import x509

from certificates import der
from certificates.algorithms import is_digest, is_signature
from certificates.errors import Malformed

_SET, _CERTIFICATES, _SIGNED, _UNSIGNED, _NAME = 0x31, 0xA0, 0xA0, 0xA1, 0xA4
_DATA = der.oid("1.2.840.113549.1.7.1")
_SIGNED_DATA = der.oid("1.2.840.113549.1.7.2")
_CONTENT_TYPE = der.oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE = der.oid("1.2.840.113549.1.9.16.2.47")
_TIMESTAMP = der.oid("1.2.840.113549.1.9.16.2.14")
_SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), b"\x05\x00")


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs: the certificates (DER, the signer's first, no root), the AlgorithmIdentifier of the signature (DER), ``sign``
    (message → value in DER) and ``stamp`` (digest → timestamp token in DER; None: it is stamped later)."""

    chain: tuple[bytes, ...] = field(repr=False)
    algorithm: bytes
    sign: Callable[[bytes], bytes]
    stamp: Callable[[bytes], bytes] | None


def signed_attributes(digest: bytes, certificate: bytes) -> bytes:
    """Return the SET that is signed: content type, digest of the document (SHA-256), and which certificate is meant."""
    return _set(
        _attribute(_CONTENT_TYPE, _DATA),
        _attribute(_MESSAGE_DIGEST, der.octets(digest)),
        _attribute(_SIGNING_CERTIFICATE, _named(certificate)[1]),
    )


def signature(digest: bytes, by: Signing) -> bytes:
    """Return the ContentInfo (DER) over a document with this SHA-256. Raises what ``by.sign`` and ``by.stamp`` raise."""
    attributes = signed_attributes(digest, by.chain[0])
    value = by.sign(attributes)
    token = _attribute(_TIMESTAMP, by.stamp(hashlib.sha256(value).digest())) if by.stamp is not None else b""
    signer = der.sequence(
        der.integer(1),
        _named(by.chain[0])[0],
        _SHA256,
        # Under the signature it is a SET, in the file it has a tag of its own.
        bytes((_SIGNED,)) + attributes[1:],
        by.algorithm,
        der.octets(value),
        *((der.tagged(_UNSIGNED, token),) if token else ()),
    )
    signed = der.sequence(
        der.integer(1),
        _set(_SHA256),
        der.sequence(_DATA),
        bytes((_CERTIFICATES,)) + _set(*by.chain)[1:],
        _set(signer),
    )
    return der.sequence(_SIGNED_DATA, der.tagged(der.TAG_0, signed))


def bare(content: bytes, signer: bytes) -> bool:
    """Whether a ContentInfo (DER) holds beside what ``signer`` signed only certificates and one timestamp token: nobody signs the members around it."""
    try:
        kind, wrapped = der.parse(content).children()
        version, digests, signed, certificates, signers = wrapped.inside(der.TAG_0).children()
        plain = (kind.raw, version.raw, signed.raw) == (_SIGNED_DATA, der.integer(1), der.sequence(_DATA))
        chain = certificates.children(_CERTIFICATES)
        held = [each.raw for each in chain]
        plain &= held == sorted(set(held))
        made = signers.inside(_SET).children()
        again, who, digest, attributes, algorithm, value, *unsigned = made
        plain &= (again.raw, who.raw) == (der.integer(1), _named(signer)[0])
        # Algorithms are not signed either.
        plain &= is_signature(algorithm.raw) and all(is_digest(each.raw) for each in (digest, digests.inside(_SET)))
        plain &= (attributes.tag, value.tag) == (_SIGNED, der.OCTETS) and all(
            each.tag == der.SEQUENCE for each in chain
        )
        return plain and (not unsigned or len(unsigned) == 1 and _is_token(unsigned[0]))
    except (Malformed, ValueError):
        return False


def _is_token(unsigned: der.Value) -> bool:
    name, values = unsigned.inside(_UNSIGNED).children()
    return name.raw == _TIMESTAMP and values.inside(_SET).tag == der.SEQUENCE


@lru_cache(maxsize=256)
def _named(certificate: bytes) -> tuple[bytes, bytes]:
    """Return IssuerAndSerialNumber, and SigningCertificateV2 (RFC 5035), of a certificate."""
    read = x509.Certificate.load(certificate)
    issuer, serial = bytes(read.issuer.dump()), der.integer(read.serial_number)
    meant = der.sequence(der.sequence(der.tagged(_NAME, issuer)), serial)
    digest = der.octets(hashlib.sha256(certificate).digest())
    return der.sequence(issuer, serial), der.sequence(der.sequence(der.sequence(digest, meant)))


def _attribute(name: bytes, value: bytes) -> bytes:
    return der.sequence(name, _set(value))


def _set(*members: bytes) -> bytes:
    """Write a SET OF: DER has its members in ascending order."""
    return der.tagged(_SET, b"".join(sorted(members)))
