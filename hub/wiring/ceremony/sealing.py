"""Electronic seals of the issuing authorities, made by the ceremony's own seal maker and listing the certificate that signs now. It draws nothing itself."""

from __future__ import annotations

from datetime import datetime

from certificates.errors import Malformed, SigningFailed
from certificates.keys.held import HeldKeys
from certificates.seals.making import SUITE, SealDesign, SealMaker, make_seal
from certificates.seals.picture import seal_picture
from certificates.seals.ses import lists_certificate, read_seal
from certificates.x509.reading import read_certificate
from hub.wiring.ceremony.own_authorities import MAKER, OwnAuthorities

__all__ = ["SUITE", "lists_signer", "made_for"]

MADE_BY = "YIJIAN"
UNDER_THE_STAR = "电子证照专用章"


def lists_signer(seal: bytes, leaf: bytes) -> bool:
    """Whether this certificate may sign with the seal; False for what is no seal."""
    try:
        return lists_certificate(read_seal(seal).info, leaf)
    except Malformed:
        return False


def made_for(own: OwnAuthorities, code: str, name: str, leaf: bytes, now: datetime) -> bytes:
    """The seal (SESeal, DER) of an authority: it lists the certificate `leaf` and ends with it.

    Its number is the credit code and the time (proposed). Raises SigningFailed, Malformed for a character without a glyph.
    """
    certified = read_certificate(leaf)
    design = SealDesign(
        seal_id=f"{code}{now:%Y%m%d%H%M%S}",
        name=name + UNDER_THE_STAR,
        signers=(leaf,),
        created_at=now.replace(microsecond=0),
        valid_from=certified.not_before,
        valid_to=certified.not_after,
        picture=seal_picture(name, UNDER_THE_STAR),
    )
    maker = SealMaker(MADE_BY, HeldKeys({(MAKER, SUITE): own.maker}), MAKER, own.maker.chain[0])
    made = make_seal(design, maker)
    if not lists_signer(made, leaf):
        raise SigningFailed("bad-signature", "The seal that was made does not list its signer; nothing was written.")
    return made
