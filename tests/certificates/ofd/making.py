"""Makes sealed OFD files, each in one way good, with the certificates and the trust to judge them. All persons are made up."""

import functools
from dataclasses import replace
from pathlib import Path

from certificates.certificate import CertificateContent, issue
from certificates.faces.composing import face_of
from certificates.faces.layout import Layout, read_layout
from certificates.faces.words import Mark
from certificates.ofd.signing import Sealing, make_ofd
from certificates.ofd.writing import Document
from certificates.seals.making import SealDesign, SealMaker, make_seal
from certificates.seals.picture import seal_picture
from certificates.trust import Authority, Trust, TrustedKey
from certificates.x509.issuing import Issuer, Period, Subject, make_signer
from certificates.x509.names import Name
from tests.certificates.making import DAY, HYGIENE, NAMES, SIGNED_AT, TYPE, KeyRing, content, private_key
from tests.certificates.pki import SHORT, pki, public

SM2 = "SM2_SM3"
FACES = Path(__file__).parents[3] / "catalog/sites/xixia/faces"
FROM, TO = SIGNED_AT - 30 * DAY, SIGNED_AT + 1500 * DAY


class OwnKeys(KeyRing):
    """Keys in memory under any name."""

    def __init__(self) -> None:
        super().__init__(SM2)

    def _key(self, key_ref: str, suite: str) -> bytes:
        return private_key(suite, key_ref)


@functools.cache
def picture() -> bytes:
    return seal_picture(NAMES[HYGIENE], "电子证照专用章")


@functools.cache
def layout(name: str = "permit-portrait") -> Layout:
    return read_layout((FACES / f"{name}.toml").read_bytes())


def signer(who: str = HYGIENE, code: str = HYGIENE, period: Period = SHORT, issuer: Issuer | None = None) -> bytes:
    """A signer's certificate for the key of ``who`` under the name and code of ``code``."""
    name = Name(NAMES.get(code, "示例机关"), NAMES.get(code, "示例机关"), code)
    return make_signer(Subject(name, public(SM2, who)), period, issuer or pki(SM2).issuer)


def design(**changed: object) -> SealDesign:
    made = SealDesign("4113230000001", NAMES[HYGIENE], (pki(SM2).signer,), FROM, FROM, TO, picture())
    return replace(made, **changed)  # type: ignore[arg-type]


def sealed_by_maker(made: SealDesign, maker: bytes | None = None) -> bytes:
    return make_seal(made, SealMaker("YIJIAN", OwnKeys(), "maker", maker or pki(SM2).maker))


@functools.cache
def seal() -> bytes:
    return sealed_by_maker(design())


def sealing(**changed: object) -> Sealing:
    made = Sealing(OwnKeys(), HYGIENE, pki(SM2).signer, SIGNED_AT, seal())
    return replace(made, **changed)  # type: ignore[arg-type]


def data(made: CertificateContent | None = None) -> bytes:
    return issue(made or content(), OwnKeys(), HYGIENE, SM2, SIGNED_AT)


def document(
    made: CertificateContent | None = None, qr: bytes | None = b"YJ1:CODE", mark: Mark | None = None
) -> Document:
    shown = made or content()
    return Document(face_of(shown, layout(), qr, mark), shown, data(shown), mark)


@functools.cache
def good() -> bytes:
    """A good OFD, made once."""
    return make_ofd(document(), sealing())


def trust(roots: tuple[bytes, ...] | None = None, **changed: object) -> Trust:
    key = TrustedKey(public(SM2, HYGIENE), FROM, TO, None, (TYPE,))
    made = Trust(
        {HYGIENE: Authority(HYGIENE, NAMES[HYGIENE], (key,))},
        roots=(pki(SM2).root, pki(SM2).ca) if roots is None else roots,
    )
    return replace(made, **changed)  # type: ignore[arg-type]
