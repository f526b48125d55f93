"""Whether a believed root stands behind a certificate of a signature, and whether it was revoked, in words. It fetches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from certificates.judging import china
from certificates.trust import Trust
from certificates.x509.chain import Broken, Fault, Known, Usage, check_chain

_WORDS = {
    Fault.UNREADABLE: "证书无法读取",
    Fault.TOO_MANY: "随附的证书过多",
    Fault.UNKNOWN_ROOT: "不是由可信目录中的根证书签发",
    Fault.SIGNATURE: "证书上的签名不符",
    Fault.NOT_YET_VALID: "当时证书尚未生效",
    Fault.EXPIRED: "当时证书已过期",
    Fault.USAGE: "证书的用途不包括此种签名",
    Fault.NOT_A_CA: "签发者的证书无权签发证书",
    Fault.PATH_LENGTH: "证书链超过允许的长度",
    Fault.NAMES: "证书主体不在签发者获准的范围内",
    Fault.ALGORITHM: "证书使用了不予认可的算法",
    Fault.CRITICAL_EXTENSION: "证书有无法识别的关键扩展",
    Fault.OTHER: "证书链不符合规定",
    Fault.REVOKED: "已被吊销",
    Fault.NO_LIST: "没有吊销列表",
    Fault.STALE_LIST: "吊销列表已过更新期",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Why a chain is not to be believed, why a certificate counts as revoked (both empty when not), whether a list said so."""

    chain: str
    revocation: str
    has_list: bool


def judge_chain(leaf: bytes, others: tuple[bytes, ...], trust: Trust, at: datetime, stamping: bool = False) -> Standing:
    """Judge the certificate ``leaf`` (DER) as of ``at``, towards the roots of its use. Raises nothing on any bytes."""
    roots = trust.timestamp_roots if stamping else trust.roots
    usage = Usage.TIMESTAMPING if stamping else Usage.SIGNING
    chain = check_chain(leaf, Known(roots, others, trust.crls), at, usage)
    if chain.broken:
        return Standing(_told(chain.broken), "", False)
    found = chain.revocation
    if found is None:
        return Standing("", "", True)
    if found.fault is Fault.NO_LIST:
        return Standing("", "", False)
    return Standing("", _told(found), True)


def _told(broken: Broken) -> str:
    since = f"（{china(broken.since)}）" if broken.since else ""
    return f"{_WORDS[broken.fault]}{since}。"
