"""Judges a PDF certificate against a trust folder at a moment, as a list of named checks. It fetches and keeps nothing.

What the data says is judged by the data file inside (``.ycert``), what the paper says by the PDF's own signature, and that
both say the same by ``face``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from asn1crypto import x509

from certificates import judging, timestamps, wording, ycert
from certificates.certificate import CertificateContent
from certificates.checks import Check, Outcome, Report, failed, in_order, not_checked, passed
from certificates.errors import Malformed
from certificates.faces.words import COPY_TITLE, not_shown
from certificates.judging import china
from certificates.pdf.evidence import about_nobody, unbelieved
from certificates.pdf.reading import Document, Signed, read, text_of, title_of
from certificates.suites import PublicKey
from certificates.trust import Trust
from certificates.x509.chain import Broken, Chain, Fault, Known, Usage, check_chain
from certificates.x509.names import read_name
from certificates.x509.proving import unproven
from certificates.x509.reading import read_certificate

NAMES = (
    "format", "coverage", "canonical", "identifier", "suite", "issuer", "key", "competence", "signature", "chain",
    "revocation", "timestamp", "updates", "face", "period", "status_list", "status",
)  # fmt: skip
# What the data file's own report says about the certificate, taken over as it is.
_FROM_DATA = ("canonical", "identifier", "suite", "issuer", "key", "competence", "period", "status_list", "status")
_UNREAD = {"pdf-heavy": "PDF 页面的内容过大或嵌套过深，没有读取，不能与数据核对。"}
_ALGORITHMS = {"ecdsa": "ECDSA", "rsassa_pss": "RSA-PSS", "rsassa_pkcs1v15": "RSA PKCS #1 v1.5"}


@dataclass(frozen=True, slots=True)
class _Time:
    """When the signature was made: proven by a timestamp, or the signer's word with the check that says why."""

    at: datetime | None
    check: Check


def check(file: bytes, trust: Trust, at: datetime) -> Report:
    """Judge the bytes of a PDF as of ``at`` (aware). Raises nothing on any bytes."""
    try:
        document = read(file)
    except Malformed:
        return _report(at, [failed("format", "文件不是可核验的 PDF，或已损坏。")])
    signed, data = document.signed, document.data
    if signed is None:
        copied = wording.COPY if title_of(file).endswith(COPY_TITLE) else ""
        return _report(at, [passed("format", "文件是 PDF。"), failed("signature", f"PDF 没有数字签名。{copied}")])
    if data is None:
        missing = failed("format", "PDF 内没有电子证照数据文件，不是本规范的证照文件。")
        return _report(at, [missing])
    # Of a signature that is not right a timestamp proves nothing.
    time = _time(document, signed, trust, at) if signed.intact else None
    inner = ycert.check(data, trust, at, time.at if time else None)
    found = {each.name: each for each in inner.checks if each.name in _FROM_DATA}
    own = [
        passed("format", "文件是带数据文件的 PDF。"),
        *_integrity(document, signed, (*trust.roots, *trust.timestamp_roots)),
    ]
    sound = not any(each.outcome is Outcome.FAILED for each in own)
    own += _people(document, signed, trust, time, sound) if time else []
    # What nobody believes is not drawn either: drawing is where a hostile file costs most.
    own.append(not_checked("face") if any(each.outcome is Outcome.FAILED for each in own) else _face(file, inner))
    # Of a signature that is not right nobody knows whose it is.
    forged = any(each.name == "signature" and each.outcome is Outcome.FAILED for each in own)
    if inner.content is not None and found["issuer"].outcome is Outcome.PASSED and not forged:
        own += _signer(signed, inner.content, trust, time.at if time else None)
        if found["key"].outcome is not Outcome.PASSED:
            own = [each for each in own if each.name != "key"]
    if found["suite"].outcome is Outcome.PASSED and inner.certificate is not None:
        found["suite"] = passed("suite", _suites(signed, inner.certificate.envelope.suite))
    found |= {each.name: each for each in own}
    return Report(at, "pdf", in_order(NAMES, found.values()), inner.content, inner.certificate)


def spoilt(document: Document, believed: tuple[bytes, ...] = ()) -> str:
    """The first check that the file fails by itself: changed after it was signed or stamped; empty where none. ``believed`` are roots, where there are any."""
    signed = document.signed
    if signed is None:
        return "signature"
    found = [each.name for each in _integrity(document, signed, believed) if each.outcome is Outcome.FAILED]
    try:
        _tokens(document, signed)
    except (Malformed, _NotBelievedError):
        found.append("timestamp")
    return next(iter(found), "")


def _report(at: datetime, found: list[Check]) -> Report:
    return Report(at, "pdf", in_order(NAMES, found))


def _integrity(document: Document, signed: Signed, believed: tuple[bytes, ...]) -> list[Check]:
    checks = []
    if not signed.covers:
        checks.append(failed("coverage", "签名没有覆盖签署时的整个文件。"))
    else:
        checks.append(passed("coverage", "签名覆盖签署时的整个文件。"))
    if signed.algorithm not in _ALGORITHMS:
        return [*checks, failed("suite", "PDF 的签名算法不在认可的算法之列。")]
    if not signed.intact:
        checks.append(failed("signature", "数字签名不符：文件在签署后被改动。"))
        return checks
    checks.append(passed("signature", "数字签名正确，签署的内容未被改动。"))
    if not signed.covers:
        checks.append(not_checked("updates"))
    elif signed.unchanged and about_nobody(document, believed):
        checks.append(failed("updates", "文件在签署后被追加了与签名、时间戳都无关的证书或吊销列表。"))
    elif signed.unchanged:
        checks.append(passed("updates", "签署后没有改动；如有追加，仅为核验所需的证书、吊销列表和时间戳。"))
    else:
        checks.append(failed("updates", "文件在签署后被追加了内容（增量更新）。"))
    return checks


def _suites(signed: Signed, of_data: str) -> str:
    """A PDF has two signatures, which need not be of one kind."""
    of_file = f"{_ALGORITHMS.get(signed.algorithm, signed.algorithm)}（{signed.digest.upper()}）"
    return f"签署 PDF 文件的算法 {of_file}和签署其中数据文件的算法 {of_data} 都是认可的算法。"


def _people(document: Document, signed: Signed, trust: Trust, time: _Time, sound: bool) -> list[Check]:
    moment = time.at or signed.claimed_at
    if moment is None:
        return [time.check]
    if not trust.roots:
        nobody = "可信目录中没有根证书（roots/），此项未核验。"
        return [time.check, *(not_checked(name, nobody) for name in ("chain", "revocation"))]
    chain = _chain(signed.certificate, trust.roots, signed.others, _At(document, trust, moment))
    if chain.broken == Broken(Fault.UNREADABLE) and not sound:
        return [time.check]  # what stands beside the signer's certificate is told by the check of what is covered
    if chain.broken:
        return [time.check, failed("chain", f"签名证书不可信：{_why(chain.broken)}（{china(moment)}）。")]
    stamped = time.check.outcome is Outcome.PASSED
    if sound and unbelieved(document, (*trust.roots, *trust.timestamp_roots), stamped):
        return [
            time.check,
            failed("chain", "文件附带的证书中，有的没有可信的根证书支持：不是签发时的证书，或被改动过。"),
        ]
    good = passed("chain", f"签名证书由可信的根证书签发，在签署时（{china(moment)}）有效。")
    return [time.check, good, _revocation(chain)]


def _revocation(chain: Chain) -> Check:
    if chain.revocation is None:
        return passed("revocation", "签名证书在签署时未被吊销。")
    if chain.revocation.fault is Fault.REVOKED:
        return failed("revocation", f"签名不再可信：{_why(chain.revocation)}。")
    return not_checked("revocation", f"{_why(chain.revocation)}，此项未核验。")


@dataclass(frozen=True, slots=True)
class _At:
    """What a chain is judged by: the certificates and lists of file and verifier, and as of when."""

    document: Document
    trust: Trust
    moment: datetime


def _chain(
    leaf: bytes, roots: tuple[bytes, ...], others: tuple[bytes, ...], by: _At, usage: Usage = Usage.SIGNING
) -> Chain:
    """Judge by the verifier's revocation lists, and by those in the file only where his say nothing."""
    known = tuple(dict.fromkeys((*others, *by.document.certificates)))
    chain = check_chain(leaf, Known(roots, known, by.trust.crls), by.moment, usage)
    unknown = chain.broken is None and chain.revocation is not None and chain.revocation.fault is not Fault.REVOKED
    if unknown and by.document.crls:
        return check_chain(leaf, Known(roots, known, by.document.crls), by.moment, usage)
    return chain


_FAULTS = {
    Fault.UNREADABLE: "证书或吊销列表无法读取",
    Fault.TOO_MANY: "文件带有过多的证书",
    Fault.UNKNOWN_ROOT: "可信目录中没有签发该证书的根证书",
    Fault.SIGNATURE: "证书的签名不符",
    Fault.NOT_YET_VALID: "证书在所问时间尚未生效",
    Fault.EXPIRED: "证书在所问时间已过期",
    Fault.USAGE: "证书的密钥用途不允许",
    Fault.REVOKED: "证书已被吊销",
    Fault.NO_LIST: "没有可用的吊销列表",
    Fault.STALE_LIST: "吊销列表在所问时间之前已过更新期",
}


def _why(broken: Broken) -> str:
    since = f"（{china(broken.since)}）" if broken.since else ""
    return _FAULTS.get(broken.fault, "证书链不符合要求") + since


def _time(document: Document, signed: Signed, trust: Trust, at: datetime) -> _Time:
    """Walk from the newest timestamp to the oldest: each must have been good when the next newer one was made."""
    if signed.token is None:
        return _Time(None, not_checked("timestamp", "签名没有时间戳，签署时间只是签署人的声明。"))
    moment = at
    try:
        # What is wrong with a token by itself is told without anybody's roots.
        tokens = _tokens(document, signed)
        if not trust.timestamp_roots:
            return _Time(None, not_checked("timestamp", "可信目录中没有时间戳根证书（timestamp-roots/），此项未核验。"))
        for stamp in tokens:
            moment = _believed(stamp, document, trust, moment)
    except Malformed as error:
        return _Time(None, failed("timestamp", f"时间戳不可信：{wording.reason(error.code)}"))
    except _NotBelievedError as error:
        return _Time(None, failed("timestamp", f"时间戳不可信：{error}。"))
    return _Time(moment, passed("timestamp", f"可信时间戳证明签名在 {china(moment)} 已存在。"))


def _tokens(document: Document, signed: Signed) -> list[timestamps.Stamp]:
    """Every timestamp, the newest first, its own signature right and over the bytes that it should be over. Raises Malformed, _NotBelievedError."""
    found = []
    for each in reversed(document.stamps):
        stamp = timestamps.read(each.token)
        timestamps.require(stamp, each.digest)
        if not each.covers:
            raise _NotBelievedError("时间戳未覆盖其修订")
        found.append(stamp)
    return [*found, *([timestamps.verify(signed.token, signed.value)] if signed.token is not None else [])]


def _believed(stamp: timestamps.Stamp, document: Document, trust: Trust, moment: datetime) -> datetime:
    """The time of a stamp that was good at ``moment``. Raises _NotBelievedError."""
    if stamp.at > moment:
        raise _NotBelievedError("时间戳晚于所问时间")
    by = _At(document, trust, moment)
    chain = _chain(stamp.certificate, trust.timestamp_roots, stamp.others, by, Usage.TIMESTAMPING)
    if chain.broken:
        raise _NotBelievedError(_why(chain.broken))
    if chain.revocation is not None and chain.revocation.fault is Fault.REVOKED:
        raise _NotBelievedError(_why(chain.revocation))
    if unproven(stamp.others, trust.timestamp_roots, document.certificates):
        raise _NotBelievedError("附带的证书中，有的没有可信的根证书支持")
    return stamp.at


class _NotBelievedError(Exception):
    """A timestamp that nobody need believe; the text says why, for people."""


def _signer(signed: Signed, content: CertificateContent, trust: Trust, proven: datetime | None) -> list[Check]:
    """The PDF's signer must be the authority that the data names, and its key, where the trust folder knows it, that one's own, and hold."""
    public, authority = _public(signed.certificate), trust.authorities.get(content.authority.code)
    problem = judging.signer_problem(_organisation(signed.certificate), public, content, authority)
    if problem:
        return [failed("issuer", f"PDF：{problem}")]
    signed_at = signed.claimed_at or proven
    if signed_at is None:
        return [not_checked("key", "PDF 没有载明签署时间，也没有可信时间戳，此项未核验。")]
    known = judging.signer_key(public, content, trust, signed_at, proven)
    if known is None or known.outcome is Outcome.PASSED:
        return []
    return [failed("key", f"签署 PDF 的密钥：{known.sentence}")]


def _organisation(certificate: bytes) -> str:
    try:
        return read_name(x509.Certificate.load(certificate).subject).code
    except (ValueError, TypeError, KeyError):
        return ""


def _public(certificate: bytes) -> PublicKey | None:
    """The signer's key; None where it is of no suite that a trust folder could hold."""
    try:
        return read_certificate(certificate).public
    except Malformed:
        return None


def _face(file: bytes, inner: Report) -> Check:
    """Every value of the data must stand on the pages, and the data must be what its authority signed."""
    if inner.content is None:
        return not_checked("face")
    if inner.outcome("signature") is Outcome.FAILED:
        return failed("face", "PDF 内的数据文件不是颁发机构签署的数据。")
    try:
        text = text_of(file)
    except Malformed as error:
        return failed("face", _UNREAD.get(error.code, "无法读出 PDF 页面上的文字，不能与数据核对。"))
    heading = f"{inner.content.type_name}（附页）编号：{inner.content.number}"
    missing = not_shown(inner.content, text.replace("".join(heading.split()), ""))
    if missing:
        return failed("face", f"PDF 页面与数据不一致：{'、'.join(missing)}。")
    return passed("face", "PDF 页面上的内容与数据文件一致。")
