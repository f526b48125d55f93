"""Signs an OFD: a seal (GB/T 38540) or a digital signature (GB/T 35275) over every file of the package. It keeps no key.

What is signed is ``Signature.xml``, which lists each file with its SM3 digest; it has no chance in it, so that the same
document, signer and moment give the same bytes to be signed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

from certificates import der
from certificates.errors import SigningFailed
from certificates.faces.model import SealPlace
from certificates.ofd import gbt35275
from certificates.ofd.package import Entry, write_package
from certificates.ofd.paths import NAMESPACE
from certificates.ofd.writing import FIRST_PAGE_ID, Document, write_document
from certificates.ports import Signer, Timestamper
from certificates.seals.ses import SM2_WITH_SM3, SM3, read_seal
from certificates.suites import suite_named
from certificates.suites.sm2_plain import sm3
from certificates.x509.reading import read_certificate

SUITE = "SM2_SM3"
SIGNATURES = "Doc_0/Signs/Signatures.xml"
FOLDER = "Doc_0/Signs/Sign_0"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_PROVIDER = 'ProviderName="Yijian" Company="Yijian" Version="1.0"'
OWN_PROVIDER = f"<ofd:Provider {_PROVIDER}/>".encode()
"""How a list that this package wrote names its maker; it lies under the signature."""


class Kind(StrEnum):
    """The two kinds of signature that an OFD knows."""

    SEAL = "Seal"
    SIGN = "Sign"


@dataclass(frozen=True, slots=True)
class Sealing:
    """Who signs, with which key, certificate and seal, and when. Without a seal it is a digital signature.

    ``certificate`` (DER) belongs to the key; ``seal`` is the SESeal (DER). The signature is stamped by ``timestamper``
    where one is given.
    """

    signer: Signer
    key_ref: str
    certificate: bytes = field(repr=False)
    signed_at: datetime
    seal: bytes | None = field(default=None, repr=False)
    timestamper: Timestamper | None = None


def make_ofd(document: Document, sealing: Sealing) -> bytes:
    """Return the whole file: the face drawn, the data inside, signed.

    Raises SigningFailed, SuiteUnavailable where SM2 is missing, Malformed for a seal or a face that cannot be used.
    """
    entries = write_document(document, SIGNATURES)
    return write_package([*entries, *sign_entries(entries, document.face.seal, sealing)])


def sign_entries(entries: Sequence[Entry], place: SealPlace, sealing: Sealing) -> list[Entry]:
    """Return the files of a signature over ``entries``."""
    to_sign = signature_xml(entries, place, sealing)
    value = _sealed(to_sign, sealing) if sealing.seal else _signed(to_sign, sealing)
    kind = Kind.SEAL if sealing.seal else Kind.SIGN
    return [
        Entry(SIGNATURES, _signatures(kind)),
        Entry(f"{FOLDER}/Signature.xml", to_sign),
        Entry(f"{FOLDER}/SignedValue.dat", value, dense=True),
    ]


def signature_xml(entries: Sequence[Entry], place: SealPlace, sealing: Sealing) -> bytes:
    """Return ``Signature.xml``: every file with its digest, and where the seal stands."""
    moment = sealing.signed_at.astimezone(UTC).strftime("%Y%m%d%H%M%SZ")
    references = "".join(
        f'<ofd:Reference FileRef="/{entry.name}"><ofd:CheckValue>{_digest(entry)}</ofd:CheckValue></ofd:Reference>'
        for entry in entries
    )
    stamp = f'<ofd:StampAnnot ID="1" PageRef="{FIRST_PAGE_ID}" Boundary="{place.x:g} {place.y:g} {place.size:g} {place.size:g}"/>'
    return (
        f'{_HEAD}<ofd:Signature xmlns:ofd="{NAMESPACE}"><ofd:SignedInfo><ofd:Provider {_PROVIDER}/>'
        f"<ofd:SignatureMethod>{SM2_WITH_SM3}</ofd:SignatureMethod>"
        f"<ofd:SignatureDateTime>{moment}</ofd:SignatureDateTime>"
        f'<ofd:References CheckMethod="{SM3}">{references}</ofd:References>{stamp if sealing.seal else ""}'
        f"</ofd:SignedInfo><ofd:SignedValue>/{FOLDER}/SignedValue.dat</ofd:SignedValue></ofd:Signature>"
    ).encode()


def _digest(entry: Entry) -> str:
    return base64.b64encode(sm3(entry.content)).decode()


def _signatures(kind: Kind) -> bytes:
    return (
        f'{_HEAD}<ofd:Signatures xmlns:ofd="{NAMESPACE}"><ofd:MaxSignId>1</ofd:MaxSignId>'
        f'<ofd:Signature ID="1" Type="{kind}" BaseLoc="/{FOLDER}/Signature.xml"/></ofd:Signatures>'
    ).encode()


def _sealed(to_sign: bytes, sealing: Sealing) -> bytes:
    """SES_Signature: the seal, the moment and the digest of ``Signature.xml`` under the signer's key."""
    seal = read_seal(sealing.seal or b"")
    tbs = der.sequence(
        der.integer(seal.info.version),
        seal.raw,
        der.time(sealing.signed_at),
        der.bits(sm3(to_sign)),
        der.ia5(f"/{FOLDER}/Signature.xml"),
    )
    value = _value(tbs, sealing)
    parts = [tbs, der.octets(sealing.certificate), der.oid(SM2_WITH_SM3), der.bits(value)]
    if sealing.timestamper:
        token = sealing.timestamper.stamp(hashlib.sha256(value).digest())
        parts.append(der.tagged(der.TAG_0, der.bits(token)))
    return der.sequence(*parts)


def _signed(to_sign: bytes, sealing: Sealing) -> bytes:
    digest = sm3(to_sign)
    return gbt35275.write(digest, _value(digest, sealing), sealing.certificate)


def _value(message: bytes, sealing: Sealing) -> bytes:
    """Ask for the signature (DER) once and check it by the certificate that goes into the file."""
    suite = suite_named(SUITE)
    value = sealing.signer.sign(sealing.key_ref, SUITE, message)
    if not suite.verify(_public_key(sealing.certificate), message, value):
        raise SigningFailed("bad-signature", "The key does not belong to the certificate of the seal; check both.")
    return suite.to_der(value)


@lru_cache(maxsize=256)
def _public_key(certificate: bytes) -> bytes:
    return read_certificate(certificate).public.spki
