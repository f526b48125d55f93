"""Verifies an e-certificate against a trust folder at a moment, as a list of named checks. It fetches and keeps nothing.

Each check is passed, failed or not checked, and says so in a sentence. A check that needs what an earlier one could not
establish is *not checked*: one fault fails one check.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum

from certificates import canonical, status, wording
from certificates.certificate import FORMAT, CertificateContent, SignedCertificate, read_content
from certificates.envelope import Envelope, open_envelope
from certificates.errors import Malformed
from certificates.status import SignedStatusList
from certificates.suites import SUITES
from certificates.trust import Authority, Trust, TrustedKey

# Days on certificates are days in China, which keeps one time all year.
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
# How far the clocks of signer and verifier may differ.
CLOCK_SKEW = timedelta(minutes=5)


class Outcome(StrEnum):
    """What a check found."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One named check; ``name`` is stable and a key of ``wording.TITLES``, ``sentence`` is for people."""

    name: str
    outcome: Outcome
    sentence: str

    @property
    def title(self) -> str:
        return wording.TITLES[self.name]


@dataclass(frozen=True, slots=True)
class Report:
    """All checks in a fixed order, and the certificate if it could be read (show it only with the checks)."""

    at: datetime
    checks: tuple[Check, ...]
    certificate: SignedCertificate | None

    @property
    def ok(self) -> bool:
        """Whether nothing failed and the signature holds. What was not checked must still be told."""
        return not self.failed and self.outcome("signature") is Outcome.PASSED

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(check.name for check in self.checks if check.outcome is Outcome.FAILED)

    @property
    def not_checked(self) -> tuple[str, ...]:
        return tuple(check.name for check in self.checks if check.outcome is Outcome.NOT_CHECKED)

    def outcome(self, name: str) -> Outcome:
        return next(check.outcome for check in self.checks if check.name == name)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What the checks look at: the certificate as read, and what trust says about its issuer and its key."""

    content: CertificateContent
    envelope: Envelope
    trust: Trust
    at: datetime
    authority: Authority | None
    key: TrustedKey | None


def verify(file: bytes, trust: Trust, at: datetime) -> Report:
    """Judge the bytes of a ``.ycert`` file as of ``at`` (aware). Raises nothing on any bytes."""
    found: list[Check] = []
    certificate = _read(file, found)
    if certificate is not None:
        content, envelope = certificate.content, certificate.envelope
        authority = trust.authorities.get(content.authority.code)
        key = authority.key(envelope.key_id) if authority else None
        subject = _Subject(content, envelope, trust, at, authority, key)
        found += [check(subject) for check in _CHECKS]
        found += _status(subject)
    return Report(at, _in_order(found), certificate)


def _read(file: bytes, found: list[Check]) -> SignedCertificate | None:
    """Read as far as it goes and note what stopped it: format, canonical or (by its shape) identifier."""
    try:
        envelope = open_envelope(file, FORMAT)
    except Malformed as error:
        found.append(_failed("format", wording.reason(error.code)))
        return None
    try:
        document = canonical.parse_canonical(envelope.payload)
    except Malformed as error:
        found += [_passed("format", "文件是电子证照封装。"), _failed("canonical", wording.reason(error.code))]
        return None
    canonical_passed = _passed("canonical", "证照内容是规范编码，逐字节唯一。")
    try:
        content = read_content(document)
    except Malformed as error:
        name = "identifier" if error.code.startswith("identifier") else "format"
        found += [canonical_passed, _failed(name, wording.reason(error.code))]
        return None
    found += [_passed("format", "文件是完整的电子证照。"), canonical_passed]
    return SignedCertificate(content, envelope)


def _identifier(subject: _Subject) -> Check:
    problem = subject.content.disagreement()
    if problem:
        return _failed("identifier", wording.reason(problem))
    return _passed("identifier", "证照标识的校验码正确，并与证照类型、颁发机构一致。")


def _suite(subject: _Subject) -> Check:
    name = subject.envelope.suite
    if name not in SUITES:
        return _failed("suite", "签名算法不在认可的算法之列。")
    if subject.key and subject.key.public.suite != name:
        return _failed("suite", f"文件声称的算法与密钥登记的算法（{subject.key.public.suite}）不一致，可能被人降级。")
    return _passed("suite", f"签名算法 {name} 是认可的算法。")


def _issuer(subject: _Subject) -> Check:
    if subject.authority is None:
        return _failed("issuer", "可信目录中没有这一颁发机构；确认其可信后，把它的文件放入可信目录。")
    if subject.authority.name != subject.content.authority.name:
        return _failed("issuer", "颁发机构名称与可信目录登记的名称不一致。")
    return _passed("issuer", f"颁发机构“{subject.authority.name}”在可信目录中。")


def _key(subject: _Subject) -> Check:
    signed_at = subject.envelope.signed_at
    if subject.authority is None:
        return _not_checked("key", wording.NO_KEY)
    if subject.key is None:
        other = subject.trust.owner_of(subject.envelope.key_id)
        if other:
            return _failed("key", f"签名密钥属于另一机关（{other.name}），不是颁发机构的密钥。")
        return _failed("key", "签名密钥不是该机关登记的密钥；如机关已更换密钥，请更新可信目录。")
    problem = _key_problem(subject.key, signed_at)
    return _failed("key", problem) if problem else _passed("key", f"密钥在签署时（{_china(signed_at)}）有效。")


def _key_problem(key: TrustedKey, signed_at: datetime) -> str | None:
    if signed_at < key.valid_from:
        return f"签署时间早于密钥启用时间（{_china(key.valid_from)}）。"
    if key.revoked_at is not None and signed_at >= key.revoked_at:
        return f"密钥已于 {_china(key.revoked_at)} 吊销，此后的签名无效。"
    if key.valid_to is not None and signed_at >= key.valid_to:
        return f"密钥已于 {_china(key.valid_to)} 到期，此后的签名无效。"
    return None


def _competence(subject: _Subject) -> Check:
    if subject.key is None:
        return _not_checked("competence", wording.NO_KEY)
    if subject.content.type_code not in subject.key.types:
        return _failed("competence", "该密钥未获准签发这一类型的证照。")
    return _passed("competence", "该密钥获准签发这一类型的证照。")


def _signature(subject: _Subject) -> Check:
    key, envelope = subject.key, subject.envelope
    if key is None or key.public.suite != envelope.suite:
        return _not_checked("signature", wording.NO_KEY)
    if not SUITES[envelope.suite].verify(key.public.spki, envelope.signed_bytes(), envelope.signature):
        return _failed("signature", "数字签名不符：文件在签署后被改动，或不是由该密钥签署。")
    return _passed("signature", "数字签名正确，文件自签署后未被改动。")


def _period(subject: _Subject) -> Check:
    content, today = subject.content, _day(subject.at)
    if subject.envelope.signed_at > subject.at + CLOCK_SKEW:
        return _failed("period", f"在所问时间（{_china(subject.at)}）该证照尚未签署。")
    if today < content.valid_from:
        return _failed("period", f"证照自 {content.valid_from} 起有效，尚未生效。")
    if content.valid_to is not None and today > content.valid_to:
        return _failed("period", f"证照有效期至 {content.valid_to}，已过期。")
    until = content.valid_to.isoformat() if content.valid_to else "长期"
    return _passed("period", f"证照在有效期内（{content.valid_from} 至 {until}）。")


_CHECKS: tuple[Callable[[_Subject], Check], ...] = (
    _identifier,
    _suite,
    _issuer,
    _key,
    _competence,
    _signature,
    _period,
)


def _status(subject: _Subject) -> list[Check]:
    authority = subject.authority
    raw = subject.trust.status_lists.get(authority.code) if authority else None
    if authority is None or raw is None:
        return [_not_checked(name, wording.NO_LIST) for name in ("status_list", "status")]
    try:
        signed = status.read_status_list(raw)
    except Malformed as error:
        return [_failed("status_list", f"状态清单无法读取。{wording.reason(error.code)}")]
    problem = _list_problem(signed, authority, subject.at)
    if problem:
        return [_failed("status_list", problem)]
    said = f"状态清单第 {signed.content.sequence} 号由颁发机构签署，在更新期内。"
    return [_passed("status_list", said), _standing(signed, subject)]


def _list_problem(signed: SignedStatusList, authority: Authority, at: datetime) -> str | None:
    envelope, content = signed.envelope, signed.content
    key = authority.key(envelope.key_id)
    if content.authority != authority.code or key is None or key.public.suite != envelope.suite:
        return "状态清单不是由该颁发机构的密钥签署的。"
    if _key_problem(key, envelope.signed_at):
        return "签署状态清单时密钥已失效或尚未启用。"
    if not SUITES[envelope.suite].verify(key.public.spki, envelope.signed_bytes(), envelope.signature):
        return "状态清单的数字签名不符，清单被改动过。"
    if at > content.next_update:
        return f"状态清单已过更新期（{_china(content.next_update)}），请向颁发机构取得新的清单。"
    return None


def _standing(signed: SignedStatusList, subject: _Subject) -> Check:
    entry = signed.content.status_at(str(subject.content.identifier), subject.at)
    if entry is None or entry.status == status.VALID:
        return _passed("status", "颁发机构未宣布该证照失效（01 有效）。")
    word = entry.remark if entry.status == status.OTHER and entry.remark else status.STATUSES[entry.status]
    return _failed("status", f"颁发机构宣布该证照自 {_china(entry.since)} 起为“{word}”（{entry.status}）。")


def _in_order(found: list[Check]) -> tuple[Check, ...]:
    by_name = {check.name: check for check in found}
    return tuple(by_name.get(name) or _not_checked(name, wording.STOPPED) for name in wording.TITLES)


def _passed(name: str, sentence: str) -> Check:
    return Check(name, Outcome.PASSED, sentence)


def _failed(name: str, sentence: str) -> Check:
    return Check(name, Outcome.FAILED, sentence)


def _not_checked(name: str, sentence: str) -> Check:
    return Check(name, Outcome.NOT_CHECKED, sentence)


def _day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


def _china(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
