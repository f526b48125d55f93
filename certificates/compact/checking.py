"""Judges a compact credential and an SD-JWT VC against a trust folder at a moment. It fetches and keeps nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from certificates import judging, statuslist, wording
from certificates.certificate import CertificateContent, ExtensionField, Holder, IssuingAuthority
from certificates.checks import Check, Outcome, Report, failed, in_order, not_checked, passed
from certificates.compact import credential, sdjwt
from certificates.compact.presented import SUITE, Presented
from certificates.errors import Malformed
from certificates.judging import china, key_problem
from certificates.trust import Authority, Trust, TrustedKey

NAMES = (
    "format", "digests", "canonical", "identifier", "suite", "issuer", "key", "competence", "signature", "period",
    "status_list", "status",
)  # fmt: skip
SDJWT_NAMES = tuple(name for name in NAMES if name != "canonical")
# Which check an error of reading belongs to; all others are the format's.
_CHECK_OF = {
    "not-canonical": "canonical",
    "suite-unknown": "suite",
    "disclosure": "digests",
    "identifier-shape": "identifier",
    "identifier-type": "identifier",
    "identifier-issuer": "identifier",
}


# Labels under which number and holder are shown; what is shown under another one is a field of the type.
_OWN_LABELS = {credential.NUMBER_LABEL, credential.HOLDER_LABEL, "number", "holder_name"}


def check(file: bytes, trust: Trust, at: datetime) -> Report:
    """Judge a compact credential as of ``at`` (aware): its bytes, or the text of its QR code. Raises nothing on any bytes."""
    return _report("credential", NAMES, lambda: credential.read(_octets(file)), trust, at)


def check_sdjwt(file: bytes, trust: Trust, at: datetime) -> Report:
    """Judge a presented SD-JWT VC as of ``at`` (aware). Raises nothing on any bytes."""
    return _report("sdjwt", SDJWT_NAMES, lambda: sdjwt.read(file.decode("ascii", "replace").strip()), trust, at)


def check_picture(file: bytes, trust: Trust, at: datetime) -> Report:
    """Judge the credential whose QR code stands in a picture; what else the picture shows is not looked at. Raises nothing on any bytes."""
    # Only now: the libraries that read pictures are not loaded to look at a line of text.
    from certificates.compact.picture import codes_in

    try:
        code = _one_of_ours(codes_in(file))
    except Malformed as error:
        return Report(at, "picture", in_order(NAMES, [failed("format", wording.reason(error.code))]))
    return replace(check(code, trust, at), format="picture")


def _one_of_ours(said: tuple[bytes, ...]) -> bytes:
    """The one code of a certificate among those of a picture. Raises Malformed."""
    ours = [code for code in said if code.startswith(credential.PREFIX.encode())]
    if len(ours) > 1:
        raise Malformed("picture-several", "The picture shows the codes of several certificates; photograph one.")
    if not ours and said:
        raise Malformed("picture-other-code", f"The code in the picture is no certificate's: no {credential.PREFIX}.")
    if not ours:
        raise Malformed("picture-no-code", "No QR code was found in the picture; come nearer and hold it flat.")
    return ours[0]


def _octets(file: bytes) -> bytes:
    if not file.startswith(credential.PREFIX.encode()):
        return file
    return credential.from_qr_text(file.decode("ascii", "replace"))


def _report(kind: str, names: tuple[str, ...], read: Callable[[], Presented], trust: Trust, at: datetime) -> Report:
    try:
        found = read()
    except Malformed as error:
        stopped = failed(_CHECK_OF.get(error.code, "format"), wording.reason(error.code))
        return Report(at, kind, in_order(names, [stopped]))
    authority = trust.authorities.get(found.claims.identifier.issuer)
    content = _content(found, authority)
    checks = [passed("format", "凭证是完整的。"), _digests(found), judging.identifier(content)]
    if "canonical" in names:
        checks.append(passed("canonical", "凭证是规范编码，逐字节唯一。"))
    checks.append(judging.period(content, found.claims.signed_at, at))
    if found.claims.identifier.is_sound():  # else nobody knows whose it is: the issuer stands in the identifier alone
        checks += [*_own(found, authority, trust), *_standing(found, content, authority, trust, at)]
    key = _key_of(found, authority)
    key_id = key.public.key_id if key else found.key_id
    return Report(at, kind, in_order(names, checks), content, suite=SUITE, key_id=key_id)


def _standing(
    found: Presented, content: CertificateContent, authority: Authority | None, trust: Trust, at: datetime
) -> list[Check]:
    """By the issuer's own register; by the list that the credential names, where the verifier has it; else by the dated list."""
    known = judging.registered(content, trust, found.claims.signed_at, at)
    if known:
        return known
    reference = found.claims.status
    if reference is not None:
        checks = statuslist.check(trust, authority, reference.uri, reference.index, at)
        unread = statuslist.unread_for(trust, authority, reference.uri)
        dated = authority is not None and authority.code in trust.status_lists
        if unread or not dated or any(each.outcome is not Outcome.NOT_CHECKED for each in checks):
            return checks
    return judging.standing(content, trust, found.claims.signed_at, at)


def _own(found: Presented, authority: Authority | None, trust: Trust) -> list[Check]:
    key = _key_of(found, authority)
    return [
        _suite(key),
        _issuer(found, authority),
        _key(found, authority, key, trust),
        *_signed(found, key),
    ]


def _digests(found: Presented) -> Check:
    if not found.belongs():
        return failed("digests", "出示的项目不是颁发机构签署的项目，可能被改动。")
    hidden = f"，另有 {found.hidden} 项未出示" if found.hidden else ""
    return passed("digests", f"出示的 {len(found.given)} 项与颁发机构签署的摘要一致{hidden}。")


def _suite(key: TrustedKey | None) -> Check:
    if key is not None and key.public.suite != SUITE:
        return failed("suite", f"凭证声称的算法（{SUITE}）与密钥登记的算法（{key.public.suite}）不一致。")
    return passed("suite", f"签名算法 {SUITE} 是认可的算法。")


def _issuer(found: Presented, authority: Authority | None) -> Check:
    if authority is None:
        return failed("issuer", "可信目录中没有这一颁发机构；确认其可信后，把它的文件放入可信目录。")
    if found.claims.authority not in (None, authority.name):
        return failed("issuer", "颁发机构名称与可信目录登记的名称不一致。")
    return passed("issuer", f"颁发机构“{authority.name}”在可信目录中。")


def _key(found: Presented, authority: Authority | None, key: TrustedKey | None, trust: Trust) -> Check:
    if authority is None:
        return not_checked("key", wording.NO_KEY)
    if key is None:
        others = (each for each in trust.authorities.values() if _key_of(found, each))
        other = next(others, None)
        if other is not None:
            return failed("key", wording.KEY_OF_ANOTHER.format(other.name))
        return failed("key", "签名密钥不是该机关登记的密钥；如机关已更换密钥，请更新可信目录。")
    problem = key_problem(key, found.claims.signed_at)
    return (
        failed("key", problem) if problem else passed("key", f"密钥在签署时（{china(found.claims.signed_at)}）有效。")
    )


def _signed(found: Presented, key: TrustedKey | None) -> list[Check]:
    if key is None:
        return [not_checked(name, wording.NO_KEY) for name in ("competence", "signature")]
    competent = found.claims.identifier.type_code in key.types
    checks = [
        passed("competence", "该密钥获准签发这一类型的证照。")
        if competent
        else failed("competence", "该密钥未获准签发这一类型的证照。")
    ]
    if key.public.suite != SUITE:
        return [*checks, not_checked("signature", wording.NO_KEY)]
    if not found.verifies(key.public.spki):
        return [*checks, failed("signature", "数字签名不符：凭证在签署后被改动，或不是由该密钥签署。")]
    return [*checks, passed("signature", "数字签名正确，凭证自签署后未被改动。")]


def _key_of(found: Presented, authority: Authority | None) -> TrustedKey | None:
    """The one key with that id; of two that share its first bytes, none: whose signature it is must not be a guess."""
    keys = [key for key in authority.keys if key.public.key_id.startswith(found.key_id)] if authority else []
    return keys[0] if len(keys) == 1 else None


def _content(found: Presented, authority: Authority | None) -> CertificateContent:
    """What the credential says, as far as it is shown: what is hidden is empty, a hidden holder is the masked one."""
    claims, shown = found.claims, dict(found.shown)
    number = shown.get(credential.NUMBER_LABEL) or shown.get("number", "")
    holder = shown.get(credential.HOLDER_LABEL) or shown.get("holder_name") or claims.holder
    return CertificateContent(
        identifier=claims.identifier,
        type_code=claims.identifier.type_code,
        type_name=claims.type_name,
        number=number,
        holder=Holder(holder, "", ""),
        authority=IssuingAuthority(authority.name if authority else claims.authority or "", claims.identifier.issuer),
        issued_on=judging.day(claims.signed_at),
        valid_from=claims.valid_from,
        valid_to=claims.valid_to,
        fields=tuple(ExtensionField(label, label, value) for label, value in found.shown if label not in _OWN_LABELS),
    )
