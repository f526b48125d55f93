"""Holds a certificate that a department handed over with a result against the one that was asked for: type, issuer, person. Pure.

It verifies and keeps nothing: that is done as for every certificate of others (`hub.wiring.taking_in`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from certificates.certificate import CertificateContent

BEGINS: Mapping[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "application/ofd": (b"PK\x03\x04",),
}
"""Formats that a person can open, and how such a file begins: the declared type alone is not believed."""

REFUSALS: Mapping[str, str] = {
    "empty": "取得的文件是空的",
    "not_a_document": "取得的文件不是可识别的格式，或者已经损坏",
    "certificate_type": "取得的文件不是所要的证照类型",
    "authority": "取得的文件不是由该部门签发的",
    "holder": "取得的文件不是本办件当事人的",
    "format": "取得的电子证照不完整或者被改动",
    "canonical": "取得的电子证照内容编码不规范，可能被改动",
    "identifier": "取得的电子证照标识有误",
    "suite": "取得的电子证照的签名算法不被认可",
    "issuer": "取得的电子证照的颁发机构不在可信目录中",
    "coverage": "取得的电子证照有未被签名覆盖的内容",
    "digests": "取得的电子证照的内容与所签摘要不符",
    "signer_listed": "取得的电子证照的签章人不在印章的名单上",
    "seal_maker": "取得的电子证照的印章不是认可的制章单位所制",
    "seal_dates": "取得的电子证照签署时印章不在有效期内",
    "chain": "取得的电子证照的签名证书不被认可",
    "revocation": "取得的电子证照的签名证书在签署时已被吊销",
    "timestamp": "取得的电子证照的时间戳不被认可",
    "updates": "取得的电子证照在签署后被改动",
    "face": "取得的电子证照票面与数据不一致",
    "status_list": "取得的电子证照的状态清单不可用",
    "key": "取得的电子证照的签名密钥不被认可",
    "competence": "取得的电子证照的签名密钥无权签发这一类型",
    "signature": "取得的电子证照签名不符，文件可能被改动",
    "period": "取得的电子证照不在有效期内",
    "status": "取得的电子证照现在不是有效状态",
    "conflict": "证照库里已有这本证照，而文件或者内容不同",
}
"""Why a document is not taken, in words: our own rules, the checks of `certificates.verify`, and what the registry has already."""


@dataclass(frozen=True)
class Expected:
    """What was asked for. `authority` is a credit code; `holders` are identifiers, any of which may be the holder's."""

    type_code: str
    authority: str
    holders: frozenset[str] = field(repr=False)


@dataclass(frozen=True)
class RefusedDocument:
    """`rule` is a key of REFUSALS."""

    rule: str

    @property
    def sentence(self) -> str:
        return f"{REFUSALS.get(self.rule, REFUSALS['not_a_document'])}，未采用；请与该部门核实后重新获取，或说明理由不再等待。"


def another(content: CertificateContent, expected: Expected) -> str:
    """Which rule says that this valid certificate is another one than was asked for; "" for the right one."""
    if content.type_code != expected.type_code:
        return "certificate_type"
    if expected.authority and content.authority.code != expected.authority:
        return "authority"
    return "" if content.holder.code.upper() in {one.upper() for one in expected.holders} else "holder"
