"""The checks that every carrier shares: identifier, period, and what the authority says of the certificate since. It reads no file."""

from datetime import date, datetime, timedelta, timezone

from certificates import status, wording
from certificates.certificate import CertificateContent, period_in_words
from certificates.checks import Check, failed, not_checked, passed
from certificates.errors import Malformed
from certificates.status import SignedStatusList, StatusEntry, StatusList
from certificates.suites import SUITES, PublicKey
from certificates.trust import Authority, Trust, TrustedKey

# Days on certificates are days in China, which keeps one time all year.
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
# How far the clocks of signer and verifier may differ.
CLOCK_SKEW = timedelta(minutes=5)


def identifier(content: CertificateContent) -> Check:
    """GB/T 36904: check character, and type and issuer as the content says."""
    problem = content.disagreement()
    if problem:
        return failed("identifier", wording.reason(problem))
    return passed("identifier", "证照标识的校验码正确，并与证照类型、颁发机构一致。")


def period(content: CertificateContent, signed_at: datetime, at: datetime) -> Check:
    """Whether ``at`` lies in the validity period (days of China, both ends in it) and not before the signing."""
    today = day(at)
    if signed_at > at + CLOCK_SKEW:
        return failed("period", f"在所问时间（{china(at)}）该证照尚未签署。")
    if today < content.valid_from:
        return failed("period", f"证照自 {content.valid_from} 起有效，尚未生效。")
    if content.valid_to is not None and today > content.valid_to:
        return failed("period", f"证照有效期至 {content.valid_to}，已过期。")
    return passed("period", f"证照在有效期内（{period_in_words(content.valid_from, content.valid_to)}）。")


def key_problem(key: TrustedKey, signed_at: datetime, proven: datetime | None = None) -> str | None:
    """Why a listed key could not sign then, in words; None when it could.

    ``signed_at`` is the signer's word, ``proven`` a moment at which the signature is proven to have existed. A revoked key may be in other
    hands, which write any time: of it only what is proven to be older counts.
    """
    if signed_at < key.valid_from:
        return f"签署时间早于密钥启用时间（{china(key.valid_from)}）。"
    if key.revoked_at is not None and signed_at >= key.revoked_at:
        return f"密钥已于 {china(key.revoked_at)} 吊销，此后的签名无效。"
    if key.revoked_at is not None and (proven is None or proven >= key.revoked_at):
        return wording.REVOKED_KEY.format(china(key.revoked_at))
    if key.valid_to is not None and signed_at >= key.valid_to:
        return f"密钥已于 {china(key.valid_to)} 到期，此后的签名无效。"
    return None


def signer_key(
    public: PublicKey | None, content: CertificateContent, trust: Trust, signed_at: datetime, proven: datetime | None
) -> Check | None:
    """The check ``key`` of who signed by an X.509 certificate, where the trust folder knows that key; None where its chain alone must tell."""
    owner = trust.owner_of(public.key_id) if public else None
    key = owner.key(public.key_id) if owner and public else None
    if owner is None or key is None:
        return None
    if owner.code != content.authority.code:
        return failed("key", wording.KEY_OF_ANOTHER.format(owner.name))
    problem = key_problem(key, signed_at, proven)
    return failed("key", problem) if problem else passed("key", f"密钥在签署时（{china(signed_at)}）有效。")


def signer_problem(
    code: str, public: PublicKey | None, content: CertificateContent, authority: Authority | None
) -> str | None:
    """Why a signer is not the issuing authority, in words; None where its certificate names that code, or names none and its key is registered."""
    if code:
        return None if code == content.authority.code else wording.SIGNER_OF_ANOTHER.format(code)
    registered = authority is not None and public is not None and authority.key(public.key_id)
    return None if registered else wording.SIGNER_UNNAMED


def standing(content: CertificateContent, trust: Trust, signed_at: datetime, at: datetime) -> list[Check]:
    """The checks ``status_list`` and ``status``: what the issuer's register or its dated list says, when it signed and at ``at``."""
    known = registered(content, trust, signed_at, at)
    if known:
        return known
    authority = trust.authorities.get(content.authority.code)
    raw = trust.status_lists.get(authority.code) if authority else None
    if authority is None or raw is None:
        return [not_checked(name, _no_dated(authority, trust)) for name in ("status_list", "status")]
    try:
        signed = status.read_status_list(raw)
    except Malformed as error:
        return [failed("status_list", f"状态清单无法读取。{wording.reason(error.code)}")]
    problem = list_problem(signed, authority, at)
    if problem:
        return [failed("status_list", problem)]
    said = wording.LIST_GOOD.format(china(signed.envelope.signed_at))
    return [passed("status_list", said), _status(signed.content, str(content.identifier), signed_at, at)]


def _no_dated(authority: Authority | None, trust: Trust) -> str:
    from certificates import statuslist  # it judges its keys by this module

    if authority is not None and statuslist.is_of(trust, authority.code):
        return wording.NO_DATED_LIST.format(authority.code)
    return wording.NO_LIST


def registered(content: CertificateContent, trust: Trust, signed_at: datetime, at: datetime) -> list[Check]:
    """The same two by the issuer's own register, before any list; none where there is no register or it did not issue this one."""
    number = str(content.identifier)
    entries = trust.register.entries(number) if trust.register and content.authority.code in trust.authorities else None
    if entries is None:
        return []
    said = f"这本证照由本系统签发，状态于 {china(at)} 当场查询证照库所得，无须状态清单。"
    books = StatusList(content.authority.code, 0, at, entries)
    return [passed("status_list", said), _status(books, number, signed_at, at)]


def list_problem(signed: SignedStatusList, authority: Authority, at: datetime) -> str | None:
    envelope, content = signed.envelope, signed.content
    key = authority.key(envelope.key_id)
    if content.authority != authority.code or key is None or key.public.suite != envelope.suite:
        return "状态清单不是由该颁发机构的密钥签署的。"
    # Whoever keeps the folder fetched the list himself, and it lasts a day or so: its own time counts.
    if key_problem(key, envelope.signed_at, envelope.signed_at):
        return "签署状态清单时密钥已失效或尚未启用。"
    if not SUITES[envelope.suite].verify(key.public.spki, envelope.signed_bytes(), envelope.signature):
        return "状态清单的数字签名不符，清单被改动过。"
    if at > content.next_update:
        return f"状态清单已过更新期（{china(content.next_update)}），请向颁发机构取得新的清单。"
    return None


def _status(said: StatusList, identifier_text: str, signed_at: datetime, at: datetime) -> Check:
    for moment, word in ((at, ""), (signed_at, "签署时")):
        entry = said.status_at(identifier_text, moment)
        if entry is not None and entry.status != status.VALID:
            return failed(
                "status", f"颁发机构宣布该证照{word}自 {china(entry.since)} 起为“{_word(entry)}”（{entry.status}）。"
            )
    return passed("status", "颁发机构未宣布该证照失效（01 有效）。")


def _word(entry: StatusEntry) -> str:
    return entry.remark if entry.status == status.OTHER and entry.remark else status.STATUSES[entry.status]


def day(moment: datetime) -> date:
    """The day in China."""
    return moment.astimezone(CHINA).date()


def china(moment: datetime) -> str:
    """The moment in China's time, for sentences."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
