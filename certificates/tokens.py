"""Says whether a timestamp token holds nothing beside what its authority signed, and takes away what else came with it. It verifies no signature.

A token's authority signs what it testifies to and which certificate is its own. The members around that nobody signs: certificates, revocation
lists, attributes. Whoever has the file could put anything there, so nothing may stand there but the certificates above the authority's own.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from asn1crypto import cms, x509

from certificates import der
from certificates.algorithms import is_digest, is_signature
from certificates.errors import Malformed
from certificates.x509.above import strangers

_CERTIFICATES, _SIGNED, _KEY = 0xA0, 0xA0, 0x80
_SIGNED_DATA, _TST_INFO = der.oid("1.2.840.113549.1.7.2"), der.oid("1.2.840.113549.1.9.16.1.4")
_SIGNING_CERTIFICATE = der.oid("1.2.840.113549.1.9.16.2.47")
_NULL = b"\x05\x00"


def bare(token: bytes, leaf: bytes) -> bool:
    """Whether the token (its signature verified by ``leaf``, DER) has the members that RFC 3161 asks for, in DER, and no other."""
    try:
        kind, wrapped = der.parse(token).children()
        version, digests, told, certificates, signers = wrapped.inside(der.TAG_0).children()
        again, who, digest, attributes, algorithm, value = signers.inside(der.SET).children()
        name, _ = told.children()
        held = [each.raw for each in certificates.children(_CERTIFICATES)]
        return (
            (kind.raw, version.raw, name.raw) == (_SIGNED_DATA, der.integer(3), _TST_INFO)
            and _names(again.raw, who, leaf)
            and is_digest(digest.raw)
            and _digest(digest) == _digest(digests.inside(der.SET))
            and (attributes.tag, value.tag) == (_SIGNED, der.OCTETS)
            and _fits(algorithm.raw, digest.raw)
            and len(set(held)) == len(held)
            and not strangers((leaf,), tuple(held))
        )
    except (Malformed, ValueError, TypeError, KeyError):
        return False


def named(token: bytes) -> bytes | None:
    """The certificate (DER) that the token's signer signed to be its own, by SHA-256; None where it says so in another way, or this is no DER."""
    try:
        _, wrapped = der.parse(token).children()
        *_, certificates, signers = wrapped.inside(der.TAG_0).children()
        attributes = signers.inside(der.SET).children()[3].children(_SIGNED)
        values = next(
            values for name, values in map(der.Value.children, attributes) if name.raw == _SIGNING_CERTIFICATE
        )
        first = values.inside(der.SET).children()[0].children()[0].children()[0]
        held = [each.raw for each in certificates.children(_CERTIFICATES)]
        return next((each for each in held if der.octets(hashlib.sha256(each).digest()) == first.raw), None)
    except (Malformed, ValueError, IndexError, StopIteration):
        return None


def stripped(token: bytes, leaf: bytes) -> bytes:
    """The token without what its authority did not sign, but for the certificates above ``leaf``: what it proves stays the same.

    Raises Malformed, and what ``asn1crypto`` raises on what is no token.
    """
    signed = cms.ContentInfo.load(token)["content"]
    held = tuple(dict.fromkeys(bytes(each.chosen.dump()) for each in signed["certificates"]))
    kept = [each for each in held if each not in strangers((leaf,), held)]
    signer = signed["signer_infos"][0]
    members = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")
    made = der.sequence(
        der.integer(3),
        der.tagged(der.SET, bytes(signer["digest_algorithm"].dump())),
        # An authority that writes lengths that are not definite (BER) is read, and kept in DER.
        bytes(signed["encap_content_info"].dump(force=True)),
        der.tagged(_CERTIFICATES, b"".join(sorted(kept))),
        der.tagged(der.SET, der.sequence(*(bytes(signer[each].dump()) for each in members))),
    )
    return der.sequence(_SIGNED_DATA, der.tagged(der.TAG_0, made))


def _names(version: bytes, who: der.Value, leaf: bytes) -> bool:
    """Whether the signer is called by the certificate that signed: by issuer and number, or by its key."""
    issuer_and_number, key = _called(leaf)
    if who.tag == _KEY:
        return version == der.integer(3) and who.content == key
    return version == der.integer(1) and who.raw == issuer_and_number


@lru_cache(maxsize=256)
def _called(leaf: bytes) -> tuple[bytes, bytes]:
    read = x509.Certificate.load(leaf)
    return der.sequence(bytes(read.issuer.dump()), der.integer(read.serial_number)), bytes(read.key_identifier or b"-")


def _digest(algorithm: der.Value) -> bytes:
    """The algorithm's name; with nothing behind it, or NULL, which says the same."""
    name, *more = algorithm.children()
    if [each.raw for each in more] not in ([], [_NULL]):
        raise Malformed("der", "A digest algorithm here has no parameters; ask the authority for another token.")
    return name.raw


def _fits(algorithm: bytes, digest: bytes) -> bool:
    """Whether the signature's algorithm, where it names a digest, names the one that was used."""
    if not is_signature(algorithm):
        return False
    read: Any = cms.SignedDigestAlgorithm.load(algorithm, strict=True)
    used = cms.DigestAlgorithm.load(digest, strict=True)["algorithm"].native
    plain = read["algorithm"].native in ("rsassa_pkcs1v15", "ecdsa")
    return plain or bool(read.hash_algo == used)
