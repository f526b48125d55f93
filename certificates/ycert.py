"""Judges a ``.ycert`` file against a trust folder at a moment. It fetches and keeps nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from certificates import canonical, judging, wording
from certificates.certificate import FORMAT, CertificateContent, SignedCertificate, read_content
from certificates.checks import Check, Report, failed, in_order, not_checked, passed
from certificates.envelope import Envelope, open_envelope
from certificates.errors import Malformed
from certificates.judging import china, key_problem
from certificates.suites import SUITES
from certificates.trust import Authority, Trust, TrustedKey

NAMES = (
    "format", "canonical", "identifier", "suite", "issuer", "key", "competence", "signature", "period", "status_list",
    "status",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Subject:
    """What the checks look at: the certificate as read, and what trust says about its issuer and its key."""

    content: CertificateContent
    envelope: Envelope
    trust: Trust
    at: datetime
    authority: Authority | None
    key: TrustedKey | None
    proven: datetime | None


def check(file: bytes, trust: Trust, at: datetime, proven: datetime | None = None) -> Report:
    """Judge the bytes of a ``.ycert`` file as of ``at`` (aware). Raises nothing on any bytes.

    ``proven`` is a moment at which a trusted timestamp proves them to have existed: that of the file which carries them, where there is one.
    """
    found: list[Check] = []
    certificate = _read(file, found)
    if certificate is None:
        return Report(at, "ycert", in_order(NAMES, found))
    content, envelope = certificate.content, certificate.envelope
    authority = trust.authorities.get(content.authority.code)
    key = authority.key(envelope.key_id) if authority else None
    subject = _Subject(content, envelope, trust, at, authority, key, proven)
    found += [one(subject) for one in _CHECKS]
    found += [
        judging.identifier(content),
        judging.period(content, envelope.signed_at, at),
        *judging.standing(content, trust, envelope.signed_at, at),
    ]
    return Report(at, "ycert", in_order(NAMES, found), content, certificate)


def _read(file: bytes, found: list[Check]) -> SignedCertificate | None:
    """Read as far as it goes and note what stopped it: format, canonical or (by its shape) identifier."""
    try:
        envelope = open_envelope(file, FORMAT)
    except Malformed as error:
        found.append(failed("format", wording.reason(error.code)))
        return None
    try:
        document = canonical.parse_canonical(envelope.payload)
    except Malformed as error:
        found += [passed("format", "文件是电子证照封装。"), failed("canonical", wording.reason(error.code))]
        return None
    canonical_passed = passed("canonical", "证照内容是规范编码，逐字节唯一。")
    try:
        content = read_content(document)
    except Malformed as error:
        name = "identifier" if error.code.startswith("identifier") else "format"
        found += [canonical_passed, failed(name, wording.reason(error.code))]
        return None
    found += [passed("format", "文件是完整的电子证照。"), canonical_passed]
    return SignedCertificate(content, envelope)


def _suite(subject: _Subject) -> Check:
    name = subject.envelope.suite
    if name not in SUITES:
        return failed("suite", "签名算法不在认可的算法之列。")
    if subject.key and subject.key.public.suite != name:
        return failed("suite", f"文件声称的算法与密钥登记的算法（{subject.key.public.suite}）不一致，可能被人降级。")
    return passed("suite", f"签名算法 {name} 是认可的算法。")


def _issuer(subject: _Subject) -> Check:
    if subject.authority is None:
        return failed("issuer", "可信目录中没有这一颁发机构；确认其可信后，把它的文件放入可信目录。")
    if subject.authority.name != subject.content.authority.name:
        return failed("issuer", "颁发机构名称与可信目录登记的名称不一致。")
    return passed("issuer", f"颁发机构“{subject.authority.name}”在可信目录中。")


def _key(subject: _Subject) -> Check:
    signed_at = subject.envelope.signed_at
    if subject.authority is None:
        return not_checked("key", wording.NO_KEY)
    if subject.key is None:
        other = subject.trust.owner_of(subject.envelope.key_id)
        if other:
            return failed("key", wording.KEY_OF_ANOTHER.format(other.name))
        return failed("key", "签名密钥不是该机关登记的密钥；如机关已更换密钥，请更新可信目录。")
    problem = key_problem(subject.key, signed_at, subject.proven)
    return failed("key", problem) if problem else passed("key", f"密钥在签署时（{china(signed_at)}）有效。")


def _competence(subject: _Subject) -> Check:
    if subject.key is None:
        return not_checked("competence", wording.NO_KEY)
    if subject.content.type_code not in subject.key.types:
        return failed("competence", "该密钥未获准签发这一类型的证照。")
    return passed("competence", "该密钥获准签发这一类型的证照。")


def _signature(subject: _Subject) -> Check:
    key, envelope = subject.key, subject.envelope
    if key is None or key.public.suite != envelope.suite:
        return not_checked("signature", wording.NO_KEY)
    if not SUITES[envelope.suite].verify(key.public.spki, envelope.signed_bytes(), envelope.signature):
        return failed("signature", "数字签名不符：文件在签署后被改动，或不是由该密钥签署。")
    return passed("signature", "数字签名正确，文件自签署后未被改动。")


_CHECKS: tuple[Callable[[_Subject], Check], ...] = (_suite, _issuer, _key, _competence, _signature)
