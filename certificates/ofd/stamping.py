"""Puts a timestamp into a sealed OFD that has none yet: an RFC 3161 token over its signature value. Nothing that was signed changes.

The place for it is outside of what the seal's signature covers (GB/T 38540, `timeStamp` of SES_Signature). An OFD has room for one.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from asn1crypto import x509

from certificates import der, timestamps
from certificates.errors import Malformed, changed_since
from certificates.ofd.checking import spoilt
from certificates.ofd.package import Entry, read_package, write_package
from certificates.ofd.signing import FOLDER
from certificates.ports import Timestamper
from certificates.seals.ses import SealedSignature, read_signature

VALUE = f"{FOLDER}/SignedValue.dat"


def stamped_until(ofd: bytes) -> datetime | None:
    """Until when the certificate of its timestamp holds; None where it has no timestamp. Raises Malformed for an OFD that is not ours."""
    return _until(_signature(read_package(ofd).get(VALUE, b"")))


def stamp(ofd: bytes, timestamper: Timestamper) -> bytes:
    """Return the file with a timestamp; the same file where it has one.

    Raises Malformed (``stamp-changed``: it fails a check of its own, and no new stamp may make it look looked after), TimestamperAway, SigningFailed.
    """
    files = read_package(ofd)
    value = files.get(VALUE, b"")
    signature = _signature(value)
    if signature.timestamp is not None:
        return ofd
    if fault := spoilt(ofd):
        raise changed_since(fault)
    token = timestamper.stamp(hashlib.sha256(signature.signature).digest())
    parts = [part.raw for part in der.parse(value).children()]
    stamped = der.sequence(*parts, der.tagged(der.TAG_0, der.bits(token)))
    return write_package(
        Entry(name, stamped if name == VALUE else content, dense=name == VALUE) for name, content in files.items()
    )


def _signature(value: bytes) -> SealedSignature:
    if not value:
        raise Malformed("zip", "The OFD has no seal's signature where ours have it; it is not one of ours.")
    return read_signature(value)


def _until(signature: SealedSignature) -> datetime | None:
    if signature.timestamp is None:
        return None
    until: datetime = x509.Certificate.load(timestamps.read(signature.timestamp).certificate).not_valid_after
    return until
