"""Judges a document that was gathered for a print-out: is it of the type, issuer and person asked for, and does its signature hold. Pure.

A certificate in our own format is verified against the trust folder; any other known format is taken as it came and said to be
unverified. Nothing is signed here: a foreign result keeps its issuer's signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from certificates.certificate import MEDIA_TYPE, CertificateContent
from certificates.checks import Report
from certificates.trust import Trust
from certificates.verify import verify

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
    "key": "取得的电子证照的签名密钥不被认可",
    "competence": "取得的电子证照的签名密钥无权签发这一类型",
    "signature": "取得的电子证照签名不符，文件可能被改动",
    "period": "取得的电子证照不在有效期内",
    "status": "取得的电子证照已被注销或者撤销",
}
"""Why a document is not taken, in words: our own rules, then the checks of `certificates.verify`."""


@dataclass(frozen=True)
class Expected:
    """What was asked for. `authority` is a credit code; `holders` are identifiers, any of which may be the holder's."""

    type_code: str
    authority: str
    holders: frozenset[str] = field(repr=False)


@dataclass(frozen=True)
class Document:
    """A document that may be the result. `suite` is empty where its signature could not be verified."""

    identifier: str
    type_code: str
    number: str = ""
    suite: str = ""
    issued_on: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class RefusedDocument:
    """`rule` is a key of REFUSALS."""

    rule: str

    @property
    def sentence(self) -> str:
        return f"{REFUSALS.get(self.rule, REFUSALS['not_a_document'])}，未采用；请与该部门核实后重新获取，或说明理由不再等待。"


def judge(body: bytes, media_type: str, expected: Expected, trust: Trust, at: datetime) -> Document | RefusedDocument:
    """The document as it may be kept, or why not. Raises nothing on any bytes."""
    if not body:
        return RefusedDocument("empty")
    report = verify(body, trust, at)
    if report.certificate is not None or media_type == MEDIA_TYPE:
        return _certificate(report, expected)
    if not any(body.startswith(begin) for begin in BEGINS.get(media_type, ())):
        return RefusedDocument("not_a_document")
    return Document(f"sha256:{hashlib.sha256(body).hexdigest()}", expected.type_code)


def _certificate(report: Report, expected: Expected) -> Document | RefusedDocument:
    if report.failed or not report.ok or report.certificate is None:
        return RefusedDocument(report.failed[0] if report.failed else "signature")
    content = report.certificate.content
    if rule := _another(content, expected):
        return RefusedDocument(rule)
    return Document(
        str(content.identifier),
        content.type_code,
        content.number,
        report.certificate.envelope.suite,
        content.issued_on,
        content.valid_from,
        content.valid_to,
    )


def _another(content: CertificateContent, expected: Expected) -> str:
    """Which rule says that this valid certificate is another one than was asked for; "" for the right one."""
    if content.type_code != expected.type_code:
        return "certificate_type"
    if expected.authority and content.authority.code != expected.authority:
        return "authority"
    return "" if content.holder.code.upper() in {one.upper() for one in expected.holders} else "holder"
