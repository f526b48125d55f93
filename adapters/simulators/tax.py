"""税务局: declarations of deed tax and their receipts, XML over HTTP with the head in attributes, as `swqs.xsd` says.

It works out the tax from its own records, waits for the payment, and signs the receipt with its own key. What it decides is the desk's.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lxml import etree

import catalog
from adapters.simulators.applications import Application, DeskRefusal, Handed, Order
from adapters.simulators.control import Mode, Rule, Variant
from adapters.simulators.decisions import Desk
from adapters.simulators.gate import Signatures
from adapters.simulators.http import Reply, Request
from adapters.simulators.issuer import Issuer
from adapters.simulators.journal import Call
from adapters.simulators.reports import Reporter
from adapters.simulators.server import Answer, Setting, Simulator
from adapters.simulators.styles import Style
from adapters.simulators.tax_records import AUTHORITY, RECEIPT_TYPE, Assessed, Paid, assessed, paid_before, receipt
from adapters.simulators.tokens import key_of
from adapters.simulators.xmlform import Value, document, opened, text_of

REQUESTER, KEY = "demo-rid-411323", "demo-not-secret-sw"
"""请求者标识 and 应用密钥 issued to the hub; for demo and tests only."""
SPACE = "urn:sw:qsjk:3"
PATH = "/swjk/qs"
PAPER = Path(catalog.__file__).parent / "sites" / "xixia" / "departments" / "tax" / "swqs.xsd"

_SERVICES = {"WS01": "s_13411323000000_9901", "SB01": "s_13411323000000_9902", "SB09": "s_13411323000000_9902"}
_BODIES = {"SB01": "sbb", "SB09": "zfs", "WS01": "wsq"}
"""Each transaction carries one thing."""
_SAID = {
    "0000": "成功", "0001": "重复报送，按首次返回", "1001": "报文不合规范", "1002": "签名无效或者超时", "1003": "请求者未授权",
    "2004": "查无记录", "2009": "存在多条，请到办税窗口", "3001": "当前状态不可办理", "9001": "系统忙",
}  # fmt: skip
_FORCED = {Mode.BUSY: "9001", Mode.DENIED: "1003", Mode.NOBODY: "2004", Mode.SEVERAL: "2009"}
_DECLARATION = Style(
    number="SB{day:%Y%m%d}99{serial:06d}",
    decision_no="西税契〔{day:%Y}〕99{serial:04d}号",
    handler="SW0990",
    item="QS",
    kind="declaration",
    results={"document_no": "{receipt_no}"},
    payment="待缴款",
    pay_at="电子税务局、办税服务厅或者受托银行",
)
_TYPE = "text/xml; charset=UTF-8"

Told = tuple[str, list[tuple[str, Value]]]
"""Code of the result, and what stands below the root."""


@dataclass(frozen=True)
class Message:
    """A request as it came: its root element, or None where it is no message of ours."""

    root: etree._Element | None
    headers: Mapping[str, str]


class Tax(Simulator[Message]):
    """Serves `/swjk/qs`."""

    code = "tax"
    secrets = {"app_id": REQUESTER, "app_secret": KEY}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._schema = etree.XMLSchema(etree.parse(str(PAPER)))
        key = key_of(self.code, setting.folder)
        self.reporter = Reporter(self.code, setting.hub, setting.folder, key, self.journal, setting.now)
        self._own = Desk(self.code, _DECLARATION, setting.folder, self.journal, self.reporter, setting.now)
        self.desk = self._own
        self._issuer = Issuer(*AUTHORITY, (RECEIPT_TYPE,), setting.folder, setting.now)
        self._issuer.publish()
        self._answers: Mapping[str, Callable[[etree._Element, Rule], Told]] = {
            "SB01": self._declare, "SB09": self._withdraw, "WS01": self._receipt,
        }  # fmt: skip

    def read(self, request: Request) -> tuple[Call, Message]:
        root = opened(request.body, SPACE) if request.method == "POST" and request.path == PATH else None
        if root is None or etree.QName(root).localname != "qsjk" or root.get("jym") not in _BODIES:
            return Call("?"), Message(None, request.headers)
        number = root.get("lsh", "")
        subject = text_of(root, "wsq", "sbh") or text_of(root, "sbb", "nsr", "sbh")
        key = text_of(root, "zfs", "sbxh") or (number if root.get("jym") == "SB01" else "")
        return Call(root.get("jym", ""), number, subject, key), Message(root, request.headers)

    def answer(self, call: Call, parsed: Message, rule: Rule) -> Answer:
        service = _SERVICES.get(call.operation)
        signed = Signatures(REQUESTER, KEY, frozenset((service,) if service else _SERVICES.values()))
        if not signed.admits(parsed.headers, self.setting.now()):
            return _failed(401, "1002")
        root = parsed.root
        if root is None or rule.mode is Mode.REFUSE or not self._fits(root):
            return _failed(400, "1001")
        if rule.mode in _FORCED and (call.operation == "WS01" or rule.mode is not Mode.SEVERAL):
            return _replied(call, (_FORCED[rule.mode], []), rule)
        return _replied(call, self._answers[call.operation](root, rule), rule)

    def _fits(self, root: etree._Element) -> bool:
        """As the paper says, the body that belongs to the transaction, and attachments whose digest is true."""
        alone = etree.fromstring(etree.tostring(root))
        body = etree.QName(root[0]).localname if len(root) else ""
        if not self._schema.validate(alone) or body != _BODIES[root.get("jym", "")]:
            return False
        return all(_digest_true(one) for one in root.iter(f"{{{SPACE}}}fj"))

    def _declare(self, root: etree._Element, _: Rule) -> Told:
        form = root[0]
        found = assessed(form)
        number, item_no = root.get("lsh", ""), form.get("bjlsh", "")
        try:
            if form.get("sblx") == "2":
                application, again = self._own.resubmit(number, item_no, {}, found.due)
            else:
                handed = Handed(number, item_no, "契税申报", item="QS", about=found.about, due=found.due)
                application, again = self._own.receive(handed)
        except DeskRefusal:
            return "3001", []
        if not again and self._paid(found):
            self._own.obey(Order(number=application.number, step="refuse", reason="该合同的契税已经缴纳，无需再次申报"))
        arrived = datetime.fromisoformat(application.received_at).strftime("%Y-%m-%d %H:%M:%S")
        return "0001" if again else "0000", [("slhz", [("@sbxh", application.number), ("@slsj", arrived)])]

    def _paid(self, found: Assessed) -> bool:
        return paid_before(found.payer, found.contract) is not None or self._settled(found.about) is not None

    def _settled(self, about: str) -> Application | None:
        """The declaration about that which was paid and decided."""
        done = [one for one in self._own.about(about, "QS") if one.state == "approved" and one.receipt_no]
        return done[-1] if done else None

    def _withdraw(self, root: etree._Element, _: Rule) -> Told:
        try:
            number = text_of(root, "zfs", "sbxh")
            if self._own.find(number).receipt_no:
                return "3001", []
            return "0000" if self._own.withdraw(number) else "0001", []
        except DeskRefusal as refusal:
            return "2004" if "no such" in str(refusal) else "3001", []

    def _receipt(self, root: etree._Element, rule: Rule) -> Told:
        payer, contract = text_of(root, "wsq", "sbh"), text_of(root, "wsq", "htbah")
        found = paid_before(payer, contract) or self._paid_here(payer, contract)
        if found is None:
            return "2004", []
        file = self._issuer.issued(receipt(found))
        said = "11010119990307999X" if rule.mode is Mode.WRONG and rule.variant is Variant.OTHER else payer
        return "0000", [("wsxx", _receipt_rows(found, said, file))]

    def _paid_here(self, payer: str, contract: str) -> Paid | None:
        settled = self._settled(f"{contract}/{payer}")
        if settled is None:
            return None
        return Paid(payer, contract, settled.receipt_no, settled.receipt_no[4:12], settled.due)


def _receipt_rows(found: Paid, payer: str, file: bytes) -> Value:
    certificate: Value = [
        ("@wjm", f"契税完税证明{found.number}.ycert"), ("@gs", "application/vnd.yijian.certificate+json"),
        ("@zy", hashlib.sha256(file).hexdigest()), ("#", base64.b64encode(file).decode("ascii")),
    ]  # fmt: skip
    return [
        ("@wspzh", found.number), ("sbh", payer), ("mc", found.name), ("htbah", found.contract),
        ("skje", [("@bz", "156"), ("#", f"{found.due / 100:,.2f}")]), ("slv", found.rate), ("rkrq", found.day), ("wsj", certificate),
    ]  # fmt: skip


def _failed(status: int, code: str) -> Answer:
    root = document(SPACE, "qshf", [("@fhm", code), ("@fhxx", _SAID[code])])
    return Answer(Reply(status, root, _TYPE), code)


def _replied(call: Call, told: Told, rule: Rule) -> Answer:
    code, content = told
    wrong = rule.mode is Mode.WRONG and rule.variant is not Variant.OTHER
    shown = "7777" if wrong and rule.variant is Variant.CODE else code
    below = _spoilt(content, rule.variant) if wrong else content
    body = document(SPACE, "qshf", [("@fhm", shown), ("@fhxx", _SAID[code]), ("@lsh", call.request_no), *below])
    if wrong and rule.variant is Variant.GARBLED:
        body = body[: len(body) // 2]
    return Answer(Reply(200, body, _TYPE), f"wrong: {rule.variant}" if wrong else code)


_SPOILT: Mapping[Variant, Mapping[str, str | None]] = {
    Variant.DATE: {"rkrq": "20260231", "@slsj": "2026-02-31 10:00:00"},
    Variant.MISSING: {"skje": None, "@sbxh": ""},
}


def _spoilt(content: list[tuple[str, Value]], variant: Variant) -> list[tuple[str, Value]]:
    """The same with one thing that nobody can use."""
    changed = _SPOILT.get(variant, {})
    found: list[tuple[str, Value]] = []
    for tag, value in content:
        inner: Value = _spoilt(list(value), variant) if value is not None and not isinstance(value, str) else value
        found.append((tag, changed.get(tag, inner)))
    return found


def _digest_true(attachment: etree._Element) -> bool:
    said, content = attachment.get("zy"), (attachment.text or "").strip()
    return not content or not said or hashlib.sha256(base64.b64decode(content)).hexdigest() == said
