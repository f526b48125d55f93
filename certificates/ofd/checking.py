"""Judges an OFD against a trust folder at a moment: package, list of files, seal, certificates, face and data. It fetches nothing.

Where several people signed one document each signature is judged, and the worse outcome of a check is the document's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from certificates import judging, wording, ycert
from certificates.certificate import CertificateContent, SignedCertificate
from certificates.checks import Check, Outcome, Report, failed, in_order, not_checked, passed
from certificates.errors import CertificateError, Malformed
from certificates.faces.words import not_shown
from certificates.ofd import signatures
from certificates.ofd.metadata import PURPOSE, content_of, disagreeing
from certificates.ofd.reading import OfdDocument, read_ofd
from certificates.ofd.signatures import Judged, Signed
from certificates.ofd.signing import OWN_PROVIDER
from certificates.ofd.writing import DATA_NAME
from certificates.suites.sm2_plain import sm3
from certificates.trust import Trust

NAMES = (
    "format", "coverage", "digests", "identifier", "suite", "issuer", "key", "competence", "signature", "signer_listed",
    "seal_maker", "seal_dates", "chain", "revocation", "timestamp", "face", "period", "status_list", "status",
)  # fmt: skip
# Always drawn, whatever the layout: what a certificate is about.
_BY_ITSELF = ("format", "coverage", "digests", "suite", "signature", "signer_listed", "seal_dates", "timestamp")
_OF_SIGNER = ("issuer", "key", "competence")
_OF_CONTENT = (*_OF_SIGNER, "identifier", "face", "period", "status_list", "status")
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_WORSE = {Outcome.PASSED: 0, Outcome.NOT_CHECKED: 1, Outcome.FAILED: 2}


@dataclass(frozen=True, slots=True)
class _Data:
    """What the file says in data: the content, the signed certificate inside it where there is one."""

    content: CertificateContent | None
    certificate: SignedCertificate | None
    report: Report | None
    problem: str = ""


def check(file: bytes, trust: Trust, at: datetime) -> Report:
    """Judge the bytes of an OFD as of ``at`` (aware). Raises nothing on any bytes."""
    try:
        document = read_ofd(file)
        if not document.signatures and PURPOSE in document.tags:
            raise Malformed("ofd-copy", "The document says that it is a copy, and carries no signature.")
        if not document.signatures:
            raise Malformed("ofd-unsigned", "The document carries no signature.")
        signed = [signatures.read(each) for each in document.signatures]
    except CertificateError as error:
        return Report(at, "ofd", in_order(NAMES, [failed("format", wording.reason(error.code, error.named))]))
    data = _data(document, trust, at)
    found = [passed("format", "文件是完整的 OFD 版式文件，带有签章。")]
    found += _worst(list(_signatures_checks(document, signed, data, trust)))
    found += _content_checks(document, signed[0], data, trust, at)
    return Report(at, "ofd", in_order(NAMES, _known(found)), data.content, data.certificate)


def _known(found: list[Check]) -> Iterator[Check]:
    """The checks but those that rest on what an earlier one refused: the files are not those that were signed, or who signed is not known."""
    wrong = {each.name for each in found if each.outcome is Outcome.FAILED}
    unknown = _OF_CONTENT if "digests" in wrong else _OF_SIGNER if "signature" in wrong else ()
    return (each for each in found if each.name not in unknown)


def spoilt(file: bytes) -> str:
    """The first check that the file fails by itself, whoever believes whom: changed after it was signed; empty where none."""
    found = check(file, Trust({}), _ANY_TIME)
    return next((name for name in found.failed if name in _BY_ITSELF), "")


def _signatures_checks(document: OfdDocument, found: list[Signed], data: _Data, trust: Trust) -> Iterator[Check]:
    # Each file is digested once, however often and by how many signatures it is listed.
    digest_of = cache(lambda path: sm3(document.files[path]))
    own = _own(document, found)
    for signed in found:
        yield _coverage(document, signed, own)
        yield _suite(signed)
        yield _digests(document, signed, digest_of)
        judged = signatures.judge(signed, trust)
        yield from judged.checks
        yield from _signer(signed, judged, data.content, trust)


def _own(document: OfdDocument, found: list[Signed]) -> frozenset[str]:
    """What no signature can list: the list of signatures, and what they consist of. A seal's own file only repeats the seal that signed."""
    seals = {
        each.file.seal for each in found if each.sealed and document.files.get(each.file.seal) == each.sealed.seal.raw
    }
    return frozenset[str](seals).union({document.signatures_path}, *(each.file.own for each in found))


def _coverage(document: OfdDocument, signed: Signed, own: frozenset[str]) -> Check:
    """Every entry is listed, but the list of signatures and what the signatures themselves consist of."""
    open_ones = [name for name in document.files if name not in own and name not in signed.listed]
    if open_ones:
        return failed(
            "coverage", f"有 {len(open_ones)} 个文件不在签署范围内（如 {_plain(open_ones[0])}），签署后可被添加或替换。"
        )
    # Who signs with this package writes the files in the order of the list; for others their order says nothing.
    order = [name for name in document.files if name in signed.listed]
    if OWN_PROVIDER in signed.file.xml and order != [path for path, _ in signed.file.references if path in order]:
        return failed("coverage", "文件包在签署后被重新打包，文件的先后与签署清单不一致；请重新获取签发时的原文件。")
    return passed("coverage", f"包内全部 {len(signed.listed)} 个文件都在签署范围内。")


def _digests(document: OfdDocument, signed: Signed, digest_of: Callable[[str], bytes]) -> Check:
    if not signed.is_sm3:
        return not_checked("digests")
    for path, expected in signed.file.references:
        if path not in document.files:
            return failed("digests", f"签署清单中的文件 {_plain(path)} 已被移除。")
        if digest_of(path) != expected:
            return failed("digests", f"文件 {_plain(path)} 在签署后被改动，摘要不符。")
    return passed("digests", "每个文件的摘要都与签署清单一致。")


def _suite(signed: Signed) -> Check:
    if not signed.is_sm3:
        return failed("suite", "签署清单的摘要算法不是 SM3，不予认可。")
    if not signed.is_sm2:
        return failed("suite", "签名算法不是 SM2（SM3），不予认可。")
    return passed("suite", "签名算法 SM2、摘要算法 SM3 是认可的算法。")


def _signer(signed: Signed, judged: Judged, content: CertificateContent | None, trust: Trust) -> Iterator[Check]:
    """The signer is the authority that the content names, by a key that was its own and held, and that one may issue this type."""
    signer = signed.signer
    if signer is None or content is None:
        yield not_checked("issuer", "文件没有证照元数据或签名证书无法读取，此项未核验。")
        return
    authority = trust.authorities.get(content.authority.code)
    problem = judging.signer_problem(signer.subject.code, signer.public, content, authority)
    if problem:
        yield failed("issuer", problem)
    elif authority is None:
        yield failed("issuer", "可信目录中没有这一颁发机构；确认其可信后，把它的文件放入可信目录。")
    elif authority.name != content.authority.name:
        yield failed("issuer", "颁发机构名称与可信目录登记的名称不一致。")
    else:
        yield passed("issuer", f"签章人是颁发机构“{authority.name}”，在可信目录中。")
        yield _key(signed, judged, content, trust)
        key = authority.key(signer.public.key_id)
        types = key.types if key else tuple(type_ for each in authority.keys for type_ in each.types)
        if content.type_code in types:
            yield passed("competence", "该机关获准签发这一类型的证照。")
        else:
            yield failed("competence", "该机关未获准签发这一类型的证照。")


def _key(signed: Signed, judged: Judged, content: CertificateContent, trust: Trust) -> Check:
    """By the trust folder where it knows the key, else by the chain alone."""
    if signed.signer is None or signed.signed_at is None:
        return not_checked("key", wording.NO_KEY)
    found = judging.signer_key(signed.signer.public, content, trust, signed.signed_at, judged.proven)
    if found is None and not judged.chained:
        return not_checked("key", wording.NO_KEY)
    return found or passed("key", wording.KEY_BY_CHAIN)


def _data(document: OfdDocument, trust: Trust, at: datetime) -> _Data:
    """The signed data inside the file; a foreign file without it is read by its tags."""
    raw = document.attachment(DATA_NAME)
    if raw is not None:
        report = ycert.check(raw, trust, at)
        if report.content is None:
            return _Data(None, None, report, "文件内的证照数据无法读取。")
        return _Data(report.content, report.certificate, report)
    try:
        return _Data(content_of(document.tags), None, None)
    except Malformed as error:
        return _Data(None, None, None, wording.reason(error.code) if error.code.startswith("identifier") else "")


def _content_checks(document: OfdDocument, signed: Signed, data: _Data, trust: Trust, at: datetime) -> Iterator[Check]:
    yield _face(document, data)
    content, signed_at = data.content, signed.signed_at
    if content is None:
        if data.report is None:
            yield (
                failed("identifier", data.problem)
                if data.problem
                else not_checked("identifier", "文件没有证照元数据。")
            )
        return
    yield judging.identifier(content)
    if signed_at is not None:
        yield judging.period(content, signed_at, at)
        yield from judging.standing(content, trust, signed_at, at)


def _face(document: OfdDocument, data: _Data) -> Check:
    """The tags and the drawn text say what the signed data says."""
    content = data.content
    if content is None:
        return failed("face", data.problem) if data.report else not_checked("face", "文件没有证照元数据，无从比对。")
    if data.report and data.report.outcome("signature") is Outcome.FAILED:
        return failed("face", "文件内的证照数据签名不符。")
    tag = disagreeing(document.tags, content)
    if tag:
        return failed("face", f"元数据 {tag} 与证照数据不一致。")
    missing = _not_drawn(document, content, own=data.report is not None)
    return (
        failed("face", f"票面没有如实印出{missing}。")
        if missing
        else passed("face", "票面文字、元数据与证照数据一致。")
    )


def _not_drawn(document: OfdDocument, content: CertificateContent, *, own: bool) -> str:
    """Return what of the content is not drawn on any page, in words; empty when all is."""
    drawn = _squeezed("".join(document.text()))
    heading = _squeezed(f"{content.type_name}（附页）编号：{content.number}")
    return next(iter(not_shown(content, drawn.replace(heading, ""), own=own)), "")


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _worst(found: list[Check]) -> list[Check]:
    kept: dict[str, Check] = {}
    for each in found:
        if each.name not in kept or _WORSE[each.outcome] > _WORSE[kept[each.name].outcome]:
            kept[each.name] = each
    return list(kept.values())


def _plain(path: str) -> str:
    """A path as a sentence may show it: the entry's own name comes from outside."""
    return "".join(character if character.isprintable() else "?" for character in path)[:80]
