"""The structures of electronic seals and of signatures made with them, versions 1, 4 and 5, out of their DER. It judges nothing.

v4 is GB/T 38540-2020, v1 GM/T 0031-2014, v5 GM/T 0031-2025. All are read into the same values, which keep the very bytes
that were signed. Written are v4 and v5 (``making.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from certificates import der
from certificates.der import Value
from certificates.errors import Malformed
from certificates.suites.sm2_plain import sm3

SM2_WITH_SM3 = "1.2.156.10197.1.501"
SM3 = "1.2.156.10197.1.401"
VERSIONS = (1, 4, 5)
_CERTIFICATES, _DIGESTS = 1, 2
_MAX_BYTES = 4 * 1024 * 1024
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SealInfo:
    """What a seal says of itself. ``certificates`` are those allowed to sign with it, ``digests`` the same as digests."""

    version: int
    maker_id: str
    seal_id: str
    kind: int
    name: str
    certificates: tuple[bytes, ...] = field(repr=False)
    digests: tuple[tuple[str, bytes], ...] = field(repr=False)
    created_at: datetime
    valid_from: datetime
    valid_to: datetime
    picture_type: str
    picture: bytes = field(repr=False)
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ElectronicSeal:
    """A seal as its maker signed it; ``signed`` holds each form of bytes that the signature may be over."""

    info: SealInfo
    maker: bytes = field(repr=False)
    algorithm: str
    signature: bytes = field(repr=False)
    signed: tuple[bytes, ...] = field(repr=False)
    raw: bytes = field(repr=False)
    timestamp: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SealedSignature:
    """A signature made with a seal: SES_Signature."""

    version: int
    seal: ElectronicSeal
    signed_at: datetime
    digest: bytes
    property_info: str
    certificate: bytes = field(repr=False)
    algorithm: str
    signature: bytes = field(repr=False)
    signed: bytes = field(repr=False)
    timestamp: bytes | None = field(default=None, repr=False)


def read_seal(raw: bytes) -> ElectronicSeal:
    """Read an SESeal. Raises Malformed ``der``, ``seal-version``, ``too-large``."""
    return _reading(raw, _seal)


def read_signature(raw: bytes) -> SealedSignature:
    """Read an SES_Signature. Raises Malformed ``der``, ``seal-version``, ``too-large``."""
    return _reading(raw, _signature)


def _signature(value: Value) -> SealedSignature:
    parts = value.children()
    if len(parts) == 2:
        return _signature_1(*parts)
    if len(parts) not in (4, 5):
        raise _wrong()
    signed, certificate, algorithm, value = parts[:4]
    members = signed.children()
    if len(members) not in (5, 6):
        raise _wrong()
    version, seal, signed_at, digest, property_info = members[:5]
    return SealedSignature(
        version.integer(),
        _seal(seal),
        signed_at.time(),
        digest.octets(),
        property_info.text(),
        certificate.of(der.OCTETS).content,
        algorithm.oid(),
        value.octets(),
        signed.raw,
        _timestamp(parts[4:]),
    )


def lists_certificate(info: SealInfo, certificate: bytes) -> bool:
    """Whether the seal lists this certificate among those that may sign with it."""
    if info.certificates:
        return certificate in info.certificates
    return any(digest == _digest(name, certificate) for name, digest in info.digests)


def _signature_1(signed: Value, value: Value) -> SealedSignature:
    members = signed.children()
    if len(members) != 7:
        raise _wrong()
    version, seal, signed_at, digest, property_info, certificate, algorithm = members
    return SealedSignature(
        version.integer(),
        _seal(seal),
        _time_1(signed_at),
        digest.octets(),
        property_info.text(),
        certificate.of(der.OCTETS).content,
        algorithm.oid(),
        value.octets(),
        signed.raw,
    )


def _time_1(value: Value) -> datetime:
    """v1 wraps its time in a BIT STRING: the text of a UTC or generalized time, or the encoded value."""
    if value.tag in (der.UTC_TIME, der.GENERALIZED_TIME):
        return value.time()
    content = value.octets()
    if content[:1] in (bytes((der.UTC_TIME,)), bytes((der.GENERALIZED_TIME,))):
        return der.parse(content).time()
    return der.parse(der.tagged(der.UTC_TIME if len(content) == 13 else der.GENERALIZED_TIME, content)).time()


def _seal(value: Value) -> ElectronicSeal:
    parts = value.children()
    if len(parts) not in (2, 4, 5):
        raise _wrong()
    info = _info(parts[0])
    if len(parts) == 2:
        maker, algorithm, signature = parts[1].children()[:3]
        forms = (der.sequence(parts[0].raw, maker.raw, algorithm.raw), parts[0].raw)
        return ElectronicSeal(info, maker.content, algorithm.oid(), signature.octets(), forms, value.raw)
    _, maker, algorithm, signature = parts[:4]
    return ElectronicSeal(
        info,
        maker.of(der.OCTETS).content,
        algorithm.oid(),
        signature.octets(),
        (parts[0].raw,),
        value.raw,
        _timestamp(parts[4:]),
    )


def _info(value: Value) -> SealInfo:
    parts = value.children()
    if len(parts) not in (4, 5):
        raise _wrong()
    header, seal_id, properties, picture = parts[:4]
    version, maker_id = _header(header)
    kind, name, *listed, created, start, end = properties.children()
    certificates, digests = _listed(listed)
    picture_type, data, width, height = picture.children()
    return SealInfo(
        version,
        maker_id,
        seal_id.text(),
        kind.integer(),
        name.text(),
        certificates,
        digests,
        created.time(),
        start.time(),
        end.time(),
        picture_type.text().lower(),
        data.of(der.OCTETS).content,
        width.integer(),
        height.integer(),
    )


def _header(header: Value) -> tuple[int, str]:
    mark, version, maker_id = header.children()
    if mark.text() != "ES" or version.integer() not in VERSIONS:
        raise Malformed("seal-version", f"This is no electronic seal of version {', '.join(map(str, VERSIONS))}.")
    return version.integer(), maker_id.text()


def _listed(listed: list[Value]) -> tuple[tuple[bytes, ...], tuple[tuple[str, bytes], ...]]:
    """The list of signers: v1 has only the list, v4 and v5 its kind before it."""
    kind = listed[0].integer() if len(listed) == 2 else _CERTIFICATES
    entries = listed[-1].children()
    if kind == _CERTIFICATES:
        return tuple(each.of(der.OCTETS).content for each in entries), ()
    if kind != _DIGESTS:
        raise _wrong()
    pairs = [each.children() for each in entries]
    return (), tuple((name.text().lower(), digest.octets()) for name, digest in pairs)


def _timestamp(rest: list[Value]) -> bytes | None:
    return rest[0].inside(der.TAG_0).octets() if rest else None


def _digest(name: str, certificate: bytes) -> bytes:
    return hashlib.sha256(certificate).digest() if "sha" in name else sm3(certificate)


def _reading(raw: bytes, read: Callable[[Value], T]) -> T:
    if len(raw) > _MAX_BYTES:
        raise Malformed("too-large", f"A seal has at most {_MAX_BYTES} bytes; this is not one.")
    try:
        return read(der.parse(raw))
    except (ValueError, IndexError) as error:  # fewer or more members than the structure has
        raise _wrong() from error


def _wrong() -> Malformed:
    return Malformed("der", "The members of this structure are not those of a seal (GB/T 38540); get the file again.")
