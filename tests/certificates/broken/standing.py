"""Ways in which a whole and well signed certificate is not to be relied on now: its status, its list, its period, its timestamp. It judges nothing.

Each way is made in every format that can have it; the lists that speak of them are `dated_list` and `token_list`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from adapters.simulators.timestamper import Authority as StampAuthority
from adapters.simulators.timestamper import make_authority
from certificates import der, identifier, statuslist
from certificates.certificate import CertificateContent
from certificates.compact import cose, credential
from certificates.compact.presented import StatusReference
from certificates.identifier import Identifier
from certificates.ofd.signing import make_ofd
from certificates.pdf.signing import sign
from certificates.status import StatusEntry, StatusList, issue_status_list
from certificates.statuslist import TokenStatusList
from tests.certificates.compact.making import CATERING, SEAL, SEED, WORLD, signed_again
from tests.certificates.making import AT, DAY, HYGIENE, SIGNED_AT, TYPE, content
from tests.certificates.ofd import making as ofd
from tests.certificates.pdf import making as pdf
from tests.certificates.pki import pki

URI = f"https://zwfw.example.gov.cn/s/{HYGIENE}"
LISTED = {"revoked": ("07", 1), "suspended": ("02", 2), "cancelled": ("04", 3), "replaced": ("05", 4)}
"""What the authority's lists say of four certificates: the status, and the place in the Token Status List."""
UNTIL = AT + DAY


@dataclass(frozen=True)
class Way:
    """A certificate that is good in itself, and the check that refuses it when it is judged as of `at`."""

    name: str
    content: CertificateContent
    refused_by: str
    at: datetime = AT
    formats: tuple[str, ...] = ("ycert", "ofd", "pdf", "txt")


def ways() -> Iterator[Way]:
    for name, (_, place) in LISTED.items():
        quick = () if name in ("revoked", "suspended") else (("ycert", "txt"),)
        yield Way(f"{name}-by-the-list", _numbered(place), "status", AT, *quick)
    yield Way("status-list-stale", content(), "status_list", UNTIL + DAY)
    yield Way("expired", content(valid_to=date(2026, 5, 31)), "period")
    yield Way("not-yet-in-force", content(valid_from=date(2026, 7, 1)), "period", AT, ("ycert", "ofd", "txt"))


def dated_list() -> bytes:
    """What `<code>.ystatus` of the trust folder says."""
    entries = (StatusEntry(str(_numbered(n).identifier), status, AT - 2 * DAY) for status, n in LISTED.values())
    return issue_status_list(StatusList(HYGIENE, 7, UNTIL, tuple(entries)), WORLD.seal())


def token_list() -> str:
    """What `status/<code>.jwt` says: the same by places."""
    places = {place: statuslist.value_of(status) for status, place in LISTED.values()}
    return statuslist.issue(TokenStatusList(URI, AT - DAY, UNTIL, 300, places, 1024), WORLD.seal())


def credential_of(said: CertificateContent | None = None) -> bytes:
    """The text of the QR code, with two fields shown."""
    made = said or content()
    place = int(made.identifier.serial[-2:]) - 1
    issued = credential.issue(made, SEED, StatusReference(URI, place), SEAL)
    return credential.qr_text(credential.present(issued.credential, issued.disclosures, CATERING)).encode()


def _numbered(place: int) -> CertificateContent:
    return content(identifier=identifier.make(TYPE, HYGIENE, f"2026000000{place + 1:02d}"))


FORMATS: dict[str, Callable[[CertificateContent], bytes]] = {
    "ycert": ofd.data,
    "ofd": lambda made: make_ofd(ofd.document(made), ofd.sealing()),
    "pdf": lambda made: sign(pdf.drawn(made), pdf.plan()),
    "txt": credential_of,
}
"""How a certificate of this content is made, by the ending of its file; a credential is the text of its QR code."""


FOLDERS = {"txt": "credential"}


@dataclass(frozen=True)
class OfOtherBytes:
    """A timestamp authority that everybody believes, whose token is over something else."""

    def stamp(self, digest: bytes) -> bytes:
        return pdf.Clock(SIGNED_AT).stamp(hashlib.sha256(b"something else").digest())


@dataclass(frozen=True)
class WithMore:
    """A timestamp authority that everybody believes, whose token came into the file with something that it did not sign."""

    place: int
    more: bytes

    def stamp(self, digest: bytes) -> bytes:
        kind, wrapped = der.parse(pdf.Clock(SIGNED_AT).stamp(digest)).children()
        members = [each.raw for each in wrapped.inside(der.TAG_0).children()]
        members[self.place] = _with_member(members[self.place], self.more)
        return der.sequence(kind.raw, der.tagged(der.TAG_0, der.sequence(*members)))


def _with_member(value: bytes, more: bytes) -> bytes:
    """The same set with one member more; of a set of signers, the attribute goes into the signer."""
    read = der.parse(value)
    if read.tag == der.SET:
        return der.tagged(der.SET, der.sequence(read.inside(der.SET).content, more))
    return der.tagged(read.tag, read.content + more)


def _attribute() -> bytes:
    """An unsigned attribute of a name that nobody has given."""
    hidden = der.sequence(der.oid("1.2.156.99999.1"), der.tagged(der.SET, der.octets(b"hidden")))
    return der.tagged(0xA1, hidden)


def _with_certificate() -> WithMore:
    return WithMore(3, pki("ES256").signer)


def _stranger() -> StampAuthority:
    return make_authority(SIGNED_AT - pdf.YEAR, SIGNED_AT + 3 * pdf.YEAR)


STAMPED: dict[str, Callable[[], bytes]] = {
    "timestamp-over-other-bytes.ofd": lambda: make_ofd(ofd.document(), ofd.sealing(timestamper=OfOtherBytes())),
    "timestamp-over-other-bytes.pdf": lambda: sign(pdf.drawn(), pdf.plan(timestamper=OfOtherBytes())),
    "timestamp-with-a-strangers-certificate.ofd": lambda: make_ofd(
        ofd.document(), ofd.sealing(timestamper=_with_certificate())
    ),
    "timestamp-with-a-strangers-certificate.pdf": lambda: sign(pdf.drawn(), pdf.plan(timestamper=_with_certificate())),
    "timestamp-with-an-unsigned-attribute.pdf": lambda: sign(
        pdf.drawn(), pdf.plan(timestamper=WithMore(4, _attribute()))
    ),
    "timestamp-with-an-unsigned-attribute.ofd": lambda: make_ofd(
        ofd.document(), ofd.sealing(timestamper=WithMore(4, _attribute()))
    ),
    "timestamp-by-a-stranger.ofd": lambda: make_ofd(
        ofd.document(), ofd.sealing(timestamper=pdf.Clock(SIGNED_AT, _stranger()))
    ),
    "timestamp-by-a-stranger.pdf": lambda: sign(pdf.drawn(), pdf.plan(timestamper=pdf.Clock(SIGNED_AT, _stranger()))),
    "timestamp-of-a-week-before-signing.ofd": lambda: make_ofd(
        ofd.document(), ofd.sealing(timestamper=pdf.Clock(SIGNED_AT - 7 * DAY))
    ),
}
"""Files whose timestamp proves nothing; refused by `timestamp`."""


def _claim(key: object, value: object) -> bytes:
    """The good credential with one claim exchanged, signed again by its authority's own key: only an issuer could make it."""
    from certificates.compact import cbor

    message = cose.read(credential.from_qr_text(credential_of().decode()))
    claims = cbor.decode(message.payload)
    assert isinstance(claims, dict)
    claims[key] = value  # type: ignore[index,assignment]
    return credential.qr_text(signed_again(replace(message, payload=cbor.encode(claims)))).encode()


def _other_check(right: Identifier) -> str:
    return str(replace(right, check="A" if right.check != "A" else "B")).removeprefix(f"{identifier.ROOT}.")


def _field_of_another() -> bytes:
    """A disclosure of another certificate of the same authority."""
    message = cose.read(credential.from_qr_text(credential_of().decode()))
    other = credential.issue(_numbered(9), bytes(32), None, SEAL).disclosures["许可项目"]
    return credential.qr_text(replace(message, unprotected={17: [other]}).to_bytes()).encode()


def _changed_after_signing() -> bytes:
    message = cose.read(credential.from_qr_text(credential_of().decode()))
    forged = message.payload.replace("公共场所".encode(), "食品经营".encode())
    assert forged != message.payload
    return credential.qr_text(replace(message, payload=forged).to_bytes()).encode()


def _tagged(tag: bytes) -> bytes:
    return credential.qr_text(tag + credential.from_qr_text(credential_of().decode())[1:]).encode()


def _with_header(more: cose.Header) -> bytes:
    message = cose.read(credential.from_qr_text(credential_of().decode()))
    return credential.qr_text(replace(message, unprotected={**message.unprotected, **more}).to_bytes()).encode()


CREDENTIALS: dict[str, tuple[Callable[[], bytes], str]] = {
    "identifier-with-a-wrong-check-character": (
        lambda: _claim(credential.SUB, _other_check(content().identifier)),
        "identifier",
    ),
    "identifier-spoilt": (lambda: _claim(credential.SUB, "卫生许可证第1号"), "identifier"),
    "changed-after-signing": (_changed_after_signing, "signature"),
    "field-of-another-certificate": (_field_of_another, "digests"),
    "truncated": (lambda: credential_of()[:-6], "format"),
    "a-tag-in-a-longer-spelling": (lambda: _tagged(b"\xd8\x12"), "canonical"),
    "foreign-unprotected-header": (lambda: _with_header({99: 1}), "format"),
    "nine-million-characters": (lambda: b"YC1:" + b"A" * 9_000_000, "format"),
    "a-longer-spelling": (
        lambda: credential.qr_text(b"\xd2\x98\x04" + credential.from_qr_text(credential_of().decode())[2:]).encode(),
        "canonical",
    ),
}
"""Broken codes: how each is made, and the check that must refuse it."""
