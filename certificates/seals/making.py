"""Makes an electronic seal: what it says, signed by its maker (制章单位). It keeps no key and draws no picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from certificates import der
from certificates.errors import Malformed, SigningFailed
from certificates.ports import Signer
from certificates.seals.picture import DIAMETER_MM
from certificates.seals.ses import SM2_WITH_SM3
from certificates.suites import suite_named
from certificates.x509.reading import read_certificate

SUITE = "SM2_SM3"
_ORGANISATION_SEAL = 1
_CERTIFICATE_LIST = 1


@dataclass(frozen=True, slots=True)
class SealDesign:
    """What a seal shall say: whose it is, who may sign with it, from when to when, how it looks (PNG).

    ``seal_id`` is the seal's own number; ``signers`` are certificates (DER). ``version`` is 4 (GB/T 38540-2020) or 5.
    """

    seal_id: str
    name: str
    signers: tuple[bytes, ...] = field(repr=False)
    created_at: datetime
    valid_from: datetime
    valid_to: datetime
    picture: bytes = field(repr=False)
    version: int = 4


@dataclass(frozen=True, slots=True)
class SealMaker:
    """Who makes it: the name of the maker's software (Vid), the maker's key and certificate (DER)."""

    name: str
    signer: Signer
    key_ref: str
    certificate: bytes = field(repr=False)


def make_seal(design: SealDesign, maker: SealMaker) -> bytes:
    """Return the seal (SESeal, DER), signed by its maker.

    Raises Malformed ``seal-version``, SigningFailed ``bad-signature``, SuiteUnavailable where SM2 is missing.
    """
    if design.version not in (4, 5):
        raise Malformed("seal-version", "Seals are made in version 4 (GB/T 38540-2020) or 5 (GM/T 0031-2025).")
    info = _info(design, maker)
    signature = maker.signer.sign(maker.key_ref, SUITE, info)
    if not suite_named(SUITE).verify(read_certificate(maker.certificate).public.spki, info, signature):
        raise SigningFailed("bad-signature", "The maker's key does not belong to the maker's certificate; check both.")
    return der.sequence(
        info, der.octets(maker.certificate), der.oid(SM2_WITH_SM3), der.bits(suite_named(SUITE).to_der(signature))
    )


def _info(design: SealDesign, maker: SealMaker) -> bytes:
    header = der.sequence(der.ia5("ES"), der.integer(design.version), der.ia5(maker.name))
    properties = der.sequence(
        der.integer(_ORGANISATION_SEAL),
        der.utf8(design.name),
        der.integer(_CERTIFICATE_LIST),
        der.sequence(*map(der.octets, design.signers)),
        der.time(design.created_at),
        der.time(design.valid_from),
        der.time(design.valid_to),
    )
    side = der.integer(round(DIAMETER_MM))
    picture = der.sequence(der.ia5("png"), der.octets(design.picture), side, side)
    return der.sequence(header, der.ia5(design.seal_id), properties, picture)
