"""Ways in which whole certificates were signed by somebody who may not: another body, another key, no believed root. It judges nothing.

Each is one that only an issuer, or whoever has a key of one, could make; and each is refused by one check alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from certificates import canonical, identifier
from certificates.certificate import FORMAT, CertificateContent, ExtensionField, IssuingAuthority, issue, write_content
from certificates.compact import cbor, cose, credential
from certificates.envelope import Envelope, Seal, close
from certificates.faces.composing import face_of
from certificates.identifier import Identifier
from certificates.ofd.signing import make_ofd
from certificates.ofd.writing import Document
from certificates.pdf.rendering import Particulars, render
from certificates.pdf.signing import sign
from certificates.suites import PublicKey
from certificates.trust import TrustedKey
from certificates.x509.issuing import Issuer, Period, Revoked, Subject, make_root, make_signer
from certificates.x509.names import Name
from certificates.x509.reading import read_certificate
from tests.certificates.broken import packages
from tests.certificates.broken.unsigned import for_the_same_key, with_certificates
from tests.certificates.compact.making import SEAL, SEED, signed_again
from tests.certificates.making import DAY, FIRE, HYGIENE, NAMES, OTHER_TYPE, SIGNED_AT, TYPE, content
from tests.certificates.ofd import making as ofd
from tests.certificates.pdf import making as pdf
from tests.certificates.pki import SHORT, pki, public, signing

NOBODY = "11411323MB90000390"
"""The code of a body that no trust folder has."""
EARLY = SIGNED_AT - timedelta(days=60)
"""Before the keys of the tests began."""


def of_a_stranger() -> CertificateContent:
    """Issued by a body that the verifier does not know."""
    return content(
        identifier=identifier.make(TYPE, NOBODY, "202600000001"),
        authority=IssuingAuthority("西峡县示例不在册局", NOBODY),
    )


def under_another_name() -> CertificateContent:
    """The authority's code, and a name that is not its own."""
    return content(authority=IssuingAuthority("西峡县示例税务局", HYGIENE))


def of_another_type() -> CertificateContent:
    """Of a type that the authority's keys may not sign."""
    return content(identifier=identifier.make(OTHER_TYPE, HYGIENE, "202600000001"), type_code=OTHER_TYPE)


def wrong_identifier() -> CertificateContent:
    """An identifier whose check character is another one."""
    right = content().identifier
    wrong = Identifier(right.type_code, right.issuer, right.serial, right.version, "A" if right.check != "A" else "B")
    return content(identifier=wrong)


def _data(made: CertificateContent, key_ref: str = HYGIENE, at: datetime = SIGNED_AT) -> bytes:
    """The data file signed by ES256, though the public door would refuse it."""
    return close(FORMAT, write_content(made), Seal(pdf.WORLD.ring, key_ref, "ES256", at))


def _spelt_otherwise() -> bytes:
    """Signed properly over a payload with white space in it."""
    payload = json.dumps(write_content(content()), ensure_ascii=False, indent=1).encode()
    public = pdf.WORLD.ring.public_key(HYGIENE, "ES256")
    made = Envelope(FORMAT, "ES256", public.key_id, SIGNED_AT, payload)
    return replace(made, signature=pdf.WORLD.ring.sign(HYGIENE, "ES256", made.signed_bytes())).to_bytes()


def _downgraded(file: bytes) -> bytes:
    """It names another suite than its key is for."""
    return canonical.encode({**json.loads(file), "suite": "SM2_SM3"})


def _printed(data: bytes, made: CertificateContent | None = None, **changed: object) -> bytes:
    return sign(pdf.drawn(made, data), pdf.plan(**changed))  # type: ignore[arg-type]


def _printed_by(certificate: bytes) -> bytes:
    made = _printed(_data(content()), chain=(certificate,))
    pdf.plan()  # puts the good certificate back into the ring
    return made


def _public() -> PublicKey:
    return pdf.WORLD.ring.public_key(HYGIENE, "ES256")


def _of_a_self_made_root() -> bytes:
    key = signing("ES256", "root2")
    root = make_root(Subject(Name("示例伪造根"), public("ES256", "root2")), _LONG, key)
    name = Name(NAMES[HYGIENE], NAMES[HYGIENE], HYGIENE)
    return _printed_by(make_signer(Subject(name, _public()), _LONG, Issuer(root, "ES256", key)))


def _revoked() -> bytes:
    gone = pdf.signer_certificate(_public(), end=SIGNED_AT + 300 * DAY)
    listed = pdf.crl(Revoked(read_certificate(gone).serial, SIGNED_AT - DAY, "key_compromise"))
    made = _printed(_data(content()), chain=(gone,), crls=(listed,))
    pdf.plan()
    return made


def _overlaid() -> bytes:
    """Its own issuer printed something else than the data says."""
    shown = content(fields=(ExtensionField("business.scope", "许可项目", "歌舞娱乐"),))
    about = Particulars(shown.type_name, shown.authority.name, str(shown.identifier), SIGNED_AT, _data(content()))
    return sign(render(pdf.face(shown), about), pdf.plan())


def _sealed(made: CertificateContent) -> bytes:
    data = close(FORMAT, write_content(made), Seal(ofd.OwnKeys(), HYGIENE, ofd.SM2, SIGNED_AT))
    return make_ofd(Document(face_of(made, ofd.layout(), b"YJ1:CODE"), made, data), ofd.sealing())


def _code(made: CertificateContent, key_ref: str = HYGIENE, at: datetime = SIGNED_AT) -> bytes:
    seal = replace(SEAL, key_ref=key_ref, signed_at=at)
    return credential.qr_text(credential.present(credential.issue(made, SEED, None, seal).credential, {}, ())).encode()


def with_its_holder() -> bytes:
    """A good code that shows whose certificate it is."""
    made = credential.issue(content(), SEED, None, SEAL)
    return credential.qr_text(credential.present(made.credential, made.disclosures, ("统一社会信用代码",))).encode()


def _code_by_another_algorithm() -> bytes:
    message = cose.read(credential.from_qr_text(_code(content()).decode()))
    header = {**message.header(), cose.ALG: -8}
    return credential.qr_text(signed_again(replace(message, protected=cbor.encode(header)))).encode()


STOLEN = "stolen"
"""Keys of the hygiene authority that were revoked a day after it signed, because somebody else had them."""
GONE_AT = SIGNED_AT + DAY
_KEYS = ofd.OwnKeys()


def stolen_keys() -> tuple[TrustedKey, ...]:
    """What the trust folder says of them."""
    start = SIGNED_AT - 30 * DAY
    return tuple(TrustedKey(public(suite, STOLEN), start, GONE_AT, GONE_AT, (TYPE,)) for suite in (ofd.SM2, "ES256"))


def _sealed_by(certificate: bytes, key_ref: str, **changed: object) -> bytes:
    """Sealed under this certificate, which the seal lists."""
    listed = ofd.sealed_by_maker(ofd.design(signers=(certificate,)))
    return make_ofd(
        ofd.document(), ofd.sealing(certificate=certificate, key_ref=key_ref, seal=listed, signer=_KEYS, **changed)
    )


def sealed_by_the_stolen_key(stamped: datetime | None = None) -> bytes:
    """Dated before the theft; only a timestamp can say that it was made then."""
    stamp = {"timestamper": pdf.Clock(stamped)} if stamped else {}
    return _sealed_by(ofd.signer(STOLEN), STOLEN, **stamp)


def printed_by_the_stolen_key(stamped: datetime | None = None) -> bytes:
    _KEYS.certify(STOLEN, "ES256", (pdf.signer_certificate(public("ES256", STOLEN)),))
    return _printed(
        _data(content()),
        seal=Seal(_KEYS, STOLEN, "ES256", SIGNED_AT),
        timestamper=pdf.Clock(stamped) if stamped else None,
    )


def _printed_by_the_key_of_another() -> bytes:
    """The certificate names the authority, but its key is another one's."""
    key = pdf.WORLD.ring.public_key(FIRE, "ES256")
    pdf.WORLD.ring.certify(FIRE, "ES256", (pdf.signer_certificate(key),))
    return _printed(_data(content()), seal=Seal(pdf.WORLD.ring, FIRE, "ES256", SIGNED_AT))


def _nameless(key_ref: str) -> bytes:
    """Sealed under a certificate in which there is no code."""
    name = Name(NAMES[HYGIENE], NAMES[HYGIENE])
    leaf = make_signer(Subject(name, public(ofd.SM2, key_ref)), SHORT, pki(ofd.SM2).issuer)
    return _sealed_by(leaf, key_ref)


def _with_a_certificate_for_the_same_key() -> bytes:
    """A digital signature to which somebody added a certificate of his own making for the CA's name and key."""
    made = make_ofd(ofd.document(), ofd.sealing(seal=None))
    return packages.changed(made, "SignedValue.dat", with_certificates(for_the_same_key(pki(ofd.SM2).ca)))


_LONG = Period(SIGNED_AT - 300 * DAY, SIGNED_AT + 300 * DAY)
DATA: dict[str, tuple[Callable[[], bytes], str]] = {
    "spelt-otherwise": (_spelt_otherwise, "canonical"),
    "downgraded": (lambda: _downgraded(_data(content())), "suite"),
    "issuer-unknown": (lambda: _data(of_a_stranger()), "issuer"),
    "issuer-under-another-name": (lambda: _data(under_another_name()), "issuer"),
    "key-of-another-authority": (lambda: _data(content(), FIRE), "key"),
    "signed-before-its-key-began": (lambda: issue(content(), pdf.WORLD.ring, HYGIENE, "ES256", EARLY), "key"),
    "type-that-its-key-may-not-sign": (lambda: _data(of_another_type()), "competence"),
}
PRINTED: dict[str, tuple[Callable[[], bytes], str]] = {
    "data-spelt-otherwise": (lambda: _printed(_spelt_otherwise()), "canonical"),
    "data-downgraded": (lambda: _printed(_downgraded(_data(content()))), "suite"),
    "data-by-the-key-of-another-authority": (lambda: _printed(_data(content(), FIRE)), "key"),
    "identifier-with-a-wrong-check-character": (
        lambda: _printed(_data(wrong_identifier()), wrong_identifier()),
        "identifier",
    ),
    "type-that-its-key-may-not-sign": (lambda: _printed(_data(of_another_type()), of_another_type()), "competence"),
    "signer-of-another-authority": (lambda: _printed_by(pdf.signer_certificate(_public(), FIRE)), "issuer"),
    "self-made-root": (_of_a_self_made_root, "chain"),
    "signer-revoked": (_revoked, "revocation"),
    "signed-by-a-stolen-key-without-a-timestamp": (printed_by_the_stolen_key, "key"),
    "signed-by-a-stolen-key-stamped-after-the-theft": (lambda: printed_by_the_stolen_key(GONE_AT), "key"),
    "signed-by-the-key-of-another-authority": (_printed_by_the_key_of_another, "key"),
    "overlaid-face": (_overlaid, "face"),
}
SEALED: dict[str, tuple[Callable[[], bytes], str]] = {
    "identifier-with-a-wrong-check-character": (lambda: _sealed(wrong_identifier()), "identifier"),
    "type-that-its-key-may-not-sign": (lambda: _sealed(of_another_type()), "competence"),
    "issuer-under-another-name": (lambda: _sealed(under_another_name()), "issuer"),
    "signer-without-a-code-whose-key-nobody-registered": (lambda: _nameless("unregistered"), "issuer"),
    "sealed-by-a-stolen-key-without-a-timestamp": (sealed_by_the_stolen_key, "key"),
    "sealed-by-a-stolen-key-stamped-after-the-theft": (lambda: sealed_by_the_stolen_key(GONE_AT), "key"),
    "certificate-added-for-the-key-of-its-ca": (_with_a_certificate_for_the_same_key, "chain"),
}
GOOD: dict[str, Callable[[], bytes]] = {
    "good-stamped-before-its-key-was-stolen.ofd": lambda: sealed_by_the_stolen_key(SIGNED_AT),
    "good-stamped-before-its-key-was-stolen.pdf": lambda: printed_by_the_stolen_key(SIGNED_AT),
    "good-signer-without-a-code-whose-key-is-registered.ofd": lambda: _nameless(HYGIENE),
}
"""Good ones that look like some of those."""
CODES: dict[str, tuple[Callable[[], bytes], str]] = {
    "another-algorithm": (_code_by_another_algorithm, "suite"),
    "issuer-unknown": (lambda: _code(of_a_stranger()), "issuer"),
    "key-of-another-authority": (lambda: _code(content(), FIRE), "key"),
    "signed-before-its-key-began": (lambda: _code(content(), at=EARLY), "key"),
    "type-that-its-key-may-not-sign": (lambda: _code(of_another_type()), "competence"),
}
"""Broken files by format: how each is made, and the check that must refuse it, alone."""
