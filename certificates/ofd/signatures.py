"""One signature of an OFD and what can be said of it: value, seal, maker, dates, chain, revocation, timestamp. It reads no page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from certificates import timestamps, wording
from certificates.checks import Check, Outcome, failed, not_checked, passed
from certificates.errors import CertificateError, Malformed
from certificates.judging import CLOCK_SKEW, china
from certificates.ofd import gbt35275
from certificates.ofd.chains import Standing, judge_chain
from certificates.ofd.reading import SignatureFile
from certificates.seals.ses import SM2_WITH_SM3, ElectronicSeal, SealedSignature, lists_certificate, read_signature
from certificates.suites import SUITES
from certificates.suites.sm2_plain import sm3
from certificates.trust import Trust
from certificates.x509.proving import unproven
from certificates.x509.reading import KeyCertificate, read_certificate

SUITE = "SM2_SM3"
T = TypeVar("T")
_SM3_NAMES = {"sm3", "1.2.156.10197.1.401", "1.2.156.10197.1.401.1", "1.2.156.10197.1.401.2"}
_SM2_NAMES = {SM2_WITH_SM3, "1.2.156.10197.1.301.1", "1.2.156.10197.1.301"}
_NO_SEAL = "数字签名不带电子印章，此项不适用。"
# A timestamp that comes later than this proves the signature only from its own time on: everything is judged as of then.
_STAMPED_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature with its value taken apart. ``is_sm3``: whether the list of files uses the one digest that is accepted."""

    file: SignatureFile
    sealed: SealedSignature | None
    plain: gbt35275.DigitalSignature | None
    signer: KeyCertificate | None
    listed: frozenset[str] = field(repr=False)
    is_sm3: bool

    @property
    def is_sm2(self) -> bool:
        """Whether every algorithm named for the value is SM2 with SM3."""
        algorithm = self.sealed.algorithm if self.sealed else self.plain.algorithm if self.plain else ""
        return algorithm in _SM2_NAMES

    @property
    def signed_at(self) -> datetime | None:
        """When it was signed: under the signature of a seal, else as the signed list says."""
        return self.sealed.signed_at if self.sealed else self.file.signed_at


def read(file: SignatureFile) -> Signed:
    """Take a signature's value apart. Raises Malformed ``der``, ``seal-version``, ``ofd-list``."""
    is_sm3 = file.digest_method.strip().lower() in _SM3_NAMES
    listed = frozenset(path for path, _ in file.references)
    if file.kind.lower() == "sign":
        plain = _as_listed(gbt35275.read, file.value, read_signature)
        return Signed(file, None, plain, _certificate(plain.certificate), listed, is_sm3)
    sealed = _as_listed(read_signature, file.value, gbt35275.read)
    return Signed(file, sealed, None, _certificate(sealed.certificate), listed, is_sm3)


def _as_listed(read: Callable[[bytes], T], value: bytes, other: Callable[[bytes], object]) -> T:
    """The value as the list of signatures says it is; that list nobody signs."""
    try:
        return read(value)
    except Malformed as error:
        try:
            other(value)
        except Malformed:
            raise error from None
        raise Malformed(
            "ofd-list",
            "The list of signatures calls a seal's value a signature without one, or the other way round; get the file again as issued.",
        ) from error


@dataclass(frozen=True, slots=True)
class Judged:
    """The checks of the signature itself, and the moment at which a trusted timestamp proves it to have existed; None where none does."""

    checks: tuple[Check, ...]
    proven: datetime | None

    @property
    def chained(self) -> bool:
        """Whether a believed root stands behind the signer's certificate."""
        return any(each.name == "chain" and each.outcome is Outcome.PASSED for each in self.checks)


def judge(signed: Signed, trust: Trust) -> Judged:
    """Judge the signature itself; nothing where its algorithms are none that are accepted."""
    if not signed.is_sm2:
        return Judged((), None)
    time, proven = _timestamp(signed, trust)
    chain = _chain(signed, trust, _as_of(signed, proven))
    return Judged((_value(signed), *_seal(signed, trust), *chain, time), proven)


def _as_of(signed: Signed, proven: datetime | None) -> datetime | None:
    """As of when the chain is judged: a stamp that came late says that the signature existed by then, and nobody testifies to any time before."""
    late = proven is not None and signed.signed_at is not None and proven - signed.signed_at > _STAMPED_WITHIN
    return proven if late else signed.signed_at


def _value(signed: Signed) -> Check:
    to_sign = sm3(signed.file.xml)
    if signed.signer is None:
        return failed("signature", "签名证书无法读取，或其公钥不是 SM2 公钥。")
    covered = signed.sealed.digest if signed.sealed else signed.plain.content if signed.plain else b""
    # Some makers put the list itself, and not its digest, into a digital signature.
    if covered != to_sign and not (signed.plain and covered == signed.file.xml):
        return failed("signature", "签署清单（Signature.xml）在签署后被改动。")
    message = signed.sealed.signed if signed.sealed else covered
    value = signed.sealed.signature if signed.sealed else signed.plain.signature if signed.plain else b""
    if not _verifies(signed.signer, (message,), value):
        return failed("signature", "数字签名不符：签名值不是由签名证书的密钥对此内容作出的。")
    return passed("signature", "SM2 签名值正确，覆盖签署清单。")


def _seal(signed: Signed, trust: Trust) -> Iterator[Check]:
    if signed.sealed is None:
        yield from (not_checked(name, _NO_SEAL) for name in ("signer_listed", "seal_maker", "seal_dates"))
        return
    seal, at = signed.sealed.seal, signed.sealed.signed_at
    if lists_certificate(seal.info, signed.sealed.certificate):
        yield passed("signer_listed", "签章人证书在印章的签章人名单中。")
    else:
        yield failed("signer_listed", "签章人证书不在印章的签章人名单中，无权使用此印章。")
    yield _maker(signed, trust)
    if at < seal.info.valid_from:
        yield failed("seal_dates", f"签署时印章尚未启用（{china(seal.info.valid_from)} 起有效）。")
    elif at > seal.info.valid_to:
        yield failed("seal_dates", f"签署时印章已过期（有效期至 {china(seal.info.valid_to)}）。")
    else:
        yield passed(
            "seal_dates", f"签署时印章在有效期内（{china(seal.info.valid_from)} 至 {china(seal.info.valid_to)}）。"
        )


def _maker(signed: Signed, trust: Trust) -> Check:
    assert signed.sealed is not None
    seal = signed.sealed.seal
    maker = _certificate(seal.maker)
    if maker is None or seal.algorithm not in _SM2_NAMES or not _maker_signed(seal, maker):
        return failed("seal_maker", "制章单位对印章的签名不符，印章是伪造的或被改动过。")
    if not trust.roots:
        return not_checked("seal_maker", "可信目录中没有根证书，制章单位的证书未核验。")
    standing = judge_chain(seal.maker, (), trust, signed.sealed.signed_at)
    if standing.chain:
        return failed("seal_maker", f"制章单位的证书不可信：{standing.chain}")
    if standing.revocation:
        return failed("seal_maker", f"制章单位的证书已被吊销：{standing.revocation}")
    return passed("seal_maker", f"印章由“{maker.subject.organization or maker.subject.common_name}”制作，其证书可信。")


def _chain(signed: Signed, trust: Trust, at: datetime | None) -> Iterator[Check]:
    der_ = _signer_der(signed)
    if signed.signer is None or at is None:
        return
    if not trust.roots:
        yield from (not_checked(name, "可信目录中没有根证书，此项未核验。") for name in ("chain", "revocation"))
        return
    standing = judge_chain(der_, (), trust, at)
    if standing.chain:
        yield failed("chain", f"签名证书不可信：{standing.chain}")
        return
    if signed.plain and unproven(signed.plain.others, trust.roots):
        yield failed("chain", "签名附带的证书中，有的没有可信的根证书支持：不是签发时的证书，或被改动过。")
        return
    yield passed("chain", f"签名证书在签署时（{china(at)}）由可信的根证书支持。")
    yield _revocation(standing)


def _revocation(standing: Standing) -> Check:
    if standing.revocation:
        return failed("revocation", f"签名证书在签署前已被吊销：{standing.revocation}")
    if not standing.has_list:
        return not_checked("revocation", "可信目录中没有签发机构的吊销列表，此项未核验。")
    return passed("revocation", "签名证书在签署时未被吊销。")


def _timestamp(signed: Signed, trust: Trust) -> tuple[Check, datetime | None]:
    """The check, and the stamp's time where it passed."""
    check = _stamped(signed, trust)
    if check.outcome is not Outcome.PASSED or signed.sealed is None or signed.sealed.timestamp is None:
        return check, None
    return check, timestamps.read(signed.sealed.timestamp).at


def _stamped(signed: Signed, trust: Trust) -> Check:
    token = signed.sealed.timestamp if signed.sealed else None
    if signed.sealed is None or token is None:
        return not_checked("timestamp", "签名不带时间戳，签署时间以签章人所述为准。")
    try:
        stamp = timestamps.verify(token, signed.sealed.signature)
    except CertificateError as error:
        return failed("timestamp", f"时间戳与签名不符。{wording.reason(error.code)}")
    if not trust.timestamp_roots:
        return not_checked("timestamp", "可信目录中没有时间戳机构的根证书，此项未核验。")
    problem = judge_chain(stamp.certificate, stamp.others, trust, stamp.at, stamping=True).chain
    if problem:
        return failed("timestamp", f"时间戳机构的证书不可信：{problem}")
    if unproven(stamp.others, trust.timestamp_roots):
        return failed("timestamp", "时间戳附带的证书中，有的没有可信的根证书支持：不是时间戳机构的证书，或被改动过。")
    if stamp.at < signed.sealed.signed_at - CLOCK_SKEW:
        return failed("timestamp", f"时间戳时间（{china(stamp.at)}）早于签署时间（{china(signed.sealed.signed_at)}）。")
    if signed.signer is not None and stamp.at > signed.signer.not_after:
        return failed("timestamp", f"时间戳（{china(stamp.at)}）晚于签名证书的有效期，不能证明签名在其有效期内作出。")
    return passed("timestamp", f"可信的时间戳证明签名在 {china(stamp.at)} 已经存在。")


def _signer_der(signed: Signed) -> bytes:
    return signed.sealed.certificate if signed.sealed else signed.plain.certificate if signed.plain else b""


def _verifies(signer: KeyCertificate, messages: tuple[bytes, ...], value: bytes) -> bool:
    suite = SUITES[SUITE]
    raw = suite.from_der(value)
    return (
        raw is not None
        and signer.public.suite == SUITE
        and any(suite.verify(signer.public.spki, each, raw) for each in messages)
    )


@lru_cache(maxsize=256)
def _maker_signed(seal: ElectronicSeal, maker: KeyCertificate) -> bool:
    """A seal comes again with every certificate of its authority; its maker's signature stays what it is."""
    return _verifies(maker, seal.signed, seal.signature)


@lru_cache(maxsize=1024)
def _certificate(raw: bytes) -> KeyCertificate | None:
    try:
        return read_certificate(raw)
    except Malformed:
        return None
