"""人社局: the county's employment and social-insurance system, SOAP 1.1 in RPC/literal as `ggfw.wsdl` says. It speaks indicator codes.

What it knows of somebody is in `human_resources_records`; what it decides is the desk's.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lxml import etree

import catalog
from adapters.simulators import human_resources_records as records
from adapters.simulators import rpc, soap
from adapters.simulators.applications import BEIJING, DeskRefusal, Handed
from adapters.simulators.control import Mode, Rule, Variant
from adapters.simulators.decisions import Desk
from adapters.simulators.http import Reply, Request
from adapters.simulators.human_resources_records import Record
from adapters.simulators.journal import Call
from adapters.simulators.reports import Reporter
from adapters.simulators.server import Answer, Setting, Simulator
from adapters.simulators.soap import Value
from adapters.simulators.styles import ItemKind, Style
from adapters.simulators.tokens import key_of

SPACE = "urn:rsj:ggfw:v1"
PATH = "/rsj/services/GgFw"
ACCOUNT = "zwfw-hub"
PASSWORD = "demo-not-secret-rsj"
"""Issued to the hub; for demo and tests only."""

PAPERS = Path(catalog.__file__).parent / "sites" / "xixia" / "departments" / "human-resources"

_TEXTS = {
    "100": "成功",
    "101": "重复报送，按首次返回",
    "204": "查无记录",
    "300": "命中多人",
    "403": "无权查询",
    "503": "系统繁忙，稍后再试",
    "410": "无此业务号",
    "411": "已办结，不可撤件",
    "412": "非容缺预审件，不收前置结果",
    "413": "业务已终结",
}
_FORCED = {Mode.BUSY: "503", Mode.DENIED: "403", Mode.NOBODY: "204"}
_LOOK_UPS: dict[str, tuple[str, Callable[[str], list[Record]]]] = {
    "cxJy": ("jyLb", records.employments),
    "cxCb": ("cbLb", records.insurances),
    "cxSbk": ("kLb", records.cards),
    "cxBys": ("byLb", records.graduates),
    "cxDw": ("dwLb", records.employers),
}
_PARTS = {**{name: ("tou", "dw" if name == "cxDw" else "ry") for name in _LOOK_UPS},
          "ywSq": ("tou", "sq"), "ywZx": ("tou", "zx"), "qzTs": ("tou", "qz")}  # fmt: skip
_NO_RECEIPT: list[tuple[str, Value]] = [("sd", [("YWH", None), ("JSSJ", None)])]


def _style(item: str, kind: ItemKind, awaits: tuple[str, ...] = (), **results: str) -> Style:
    return Style(
        f"{item}{{day:%Y%m%d}}99{{serial:04d}}",
        "西人社审〔{day:%Y}〕99{serial:04d}号",
        "RS990",
        awaits,
        item,
        kind,
        results,
    )


STYLES = (
    _style("BYJS", "registration", DABH="DA4113239908{serial:04d}"),
    _style("JYDJ", "registration", ("BYJS",), JYDJH="JY411323{day:%Y}99{serial:04d}"),
    _style("CYZS", "registration", ("JYDJ",), ZH="411323002699{serial:04d}"),
    _style("ZGCB", "registration", AAC001="4113990{serial:06d}"),
    _style("SBKS", "registration", SBKH="R99{serial:06d}"),
    _style("SYDJ", "registration", SYDJH="SY411323{day:%Y}99{serial:04d}"),
    _style("CYBT", "benefit", ("CYZS",)),
    _style("DBDK", "benefit", ("CYZS",)),
    _style("QZBT", "benefit"),
    _style("SYDY", "benefit", ("SYDJ",)),
    *(_style(item, "recognition") for item in ("RCCY", "RCPY", "HWCY", "HWPY")),
)
"""One for each kind of business (`ywlx.csv`), with the result that it waits for in pre-review and the number that it gives (`jg.csv`)."""


@dataclass(frozen=True)
class Parsed:
    """The operation's wrapper, or what answers without it: a fault, a document."""

    element: etree._Element | None
    fault: Reply | None = None
    document: Reply | None = None


class HumanResources(Simulator[Parsed]):
    """Serves `/rsj/services/GgFw`; `?wsdl` and `?xsd` give its papers."""

    code = "human-resources"
    secrets = {"account": ACCOUNT, "password": PASSWORD}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._schema = etree.XMLSchema(etree.parse(str(PAPERS / "ggfw.xsd")))
        key = key_of(self.code, setting.folder)
        self.reporter = Reporter(self.code, setting.hub, setting.folder, key, self.journal, setting.now)
        self.desk = Desk(self.code, STYLES, setting.folder, self.journal, self.reporter, setting.now)

    def read(self, request: Request) -> tuple[Call, Parsed]:
        if request.method == "GET" and set(request.query) & {"wsdl", "xsd"}:
            name = "ggfw.wsdl" if "wsdl" in request.query else "ggfw.xsd"
            return Call(name), Parsed(None, document=Reply(200, (PAPERS / name).read_bytes(), soap.MEDIA_TYPE))
        if request.method != "POST" or request.path != PATH:
            return Call("?"), Parsed(None, document=Reply(404, b"", "text/plain"))
        try:
            header, element = soap.opened(request.body)
        except soap.NotSoap:
            return Call("?"), Parsed(None, rpc.fault(SPACE, "J02", "报文不合规范"))
        call = _call(element)
        return call, Parsed(element, self._fault_of(call, header, element))

    def answer(self, call: Call, parsed: Parsed, rule: Rule) -> Answer:
        if parsed.document is not None:
            return Answer(parsed.document, "document")
        if parsed.fault is not None or parsed.element is None:
            assert parsed.fault is not None
            return Answer(parsed.fault, "fault")
        if rule.mode is Mode.REFUSE:
            return Answer(rpc.fault(SPACE, "J02", "报文不合规范"), "fault")
        code, parts = self._result(call, parsed.element, rule)
        head: Value = [("FHM", code), ("FHXX", _TEXTS[code]), ("SJ", f"{self._now():%Y-%m-%d %H:%M:%S}")]
        root = rpc.envelope(SPACE, call.operation, [("fh", head), *parts])
        if rule.mode is Mode.WRONG and rule.variant is not Variant.OTHER:
            return Answer(rpc.spoilt(root, rule.variant), f"wrong: {rule.variant}")
        return Answer(rpc.reply(root), code)

    def _fault_of(self, call: Call, header: etree._Element | None, element: etree._Element) -> Reply | None:
        """Why the request itself is wrong, as a fault; None if it is right. Never repeats a value of the request."""
        is_ours = header is not None and header.tag == f"{{{SPACE}}}pz"
        if not is_ours or (_text(header, "YHM"), _text(header, "MM")) != (ACCOUNT, PASSWORD):
            return rpc.fault(SPACE, "J01", "凭证无效")
        if call.operation not in _PARTS:
            return rpc.fault(SPACE, "J03", "无此操作")
        named = tuple(str(part.tag) for part in element)
        if named != _PARTS[call.operation] or not all(
            self._schema.validate(rpc.part_as_element(part, SPACE)) for part in element
        ):
            return rpc.fault(SPACE, "J02", "报文不合规范")
        if not _text(element, "SY").strip():
            return rpc.fault(SPACE, "J05", "事由为空")
        if not all(_digest_true(material) for material in element.iter("cl")):
            return rpc.fault(SPACE, "J04", "材料摘要不符")
        return None

    def _result(self, call: Call, element: etree._Element, rule: Rule) -> tuple[str, list[tuple[str, Value]]]:
        is_look_up = call.operation in _LOOK_UPS
        empty: list[tuple[str, Value]] = [(_LOOK_UPS[call.operation][0], [])] if is_look_up else []
        if call.operation == "ywSq":
            empty = _NO_RECEIPT
        if rule.mode in _FORCED:
            return "410" if rule.mode is Mode.NOBODY and not is_look_up else _FORCED[rule.mode], empty
        if is_look_up:
            return self._look_up(call, element, rule)
        try:
            return self._business(call.operation, element)
        except DeskRefusal as refusal:
            return _refusal_code(str(refusal)), empty

    def _look_up(self, call: Call, element: etree._Element, rule: Rule) -> tuple[str, list[tuple[str, Value]]]:
        part, find = _LOOK_UPS[call.operation]
        number = _text(element, "AAC002") or _text(element, "AAB998")
        found = find(number)
        if rule.mode is Mode.SEVERAL and len(found) == 1:
            found = [*found, records.other(call.operation, number)]
        if rule.mode is Mode.WRONG and rule.variant is Variant.OTHER:
            found = [records.other(call.operation, number)]
        if chosen := _text(element, "AAC001"):
            found = [record for record in found if dict(record).get("AAC001") == chosen]
        if not found:
            return "204", [(part, [])]
        listed: list[tuple[str, Value]] = [("da", record) for record in found]
        return "300" if len(found) > 1 else "100", [(part, listed)]

    def _business(self, operation: str, element: etree._Element) -> tuple[str, list[tuple[str, Value]]]:
        assert self.desk is not None
        number = _text(element, "YWH")
        if operation == "ywZx":
            return "100" if self.desk.withdraw(number) else "101", []
        if operation == "qzTs":
            new = self.desk.supply(number, _text(element, "QZYW"), passed=_text(element, "TG") == "1")
            return "100" if new else "101", []
        item_no, business = _text(element, "BJLSH"), _text(element, "YWLX")
        granted = _granted(element, business)
        if _text(element, "BZ") == "1":
            application, again = self.desk.resubmit(_text(element, "LSH"), item_no, granted)
        else:
            is_early = _text(element, "sq/RQ") == "1"
            handed = Handed(item_no, item_no, _text(element, "YWMC"), granted, is_early, business)
            application, again = self.desk.receive(handed)
        arrived = f"{datetime.fromisoformat(application.received_at).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
        return "101" if again else "100", [("sd", [("YWH", application.number), ("JSSJ", arrived)])]

    def _now(self) -> datetime:
        return self.setting.now().astimezone(BEIJING)


def _call(element: etree._Element) -> Call:
    name = etree.QName(element)
    operation = name.localname if name.namespace == SPACE else "?"
    subject = _text(element, "AAC002") or _text(element, "AAB998")
    return Call(operation, _text(element, "LSH"), subject, _text(element, "BJLSH") or _text(element, "YWH"))


def _refusal_code(reason: str) -> str:
    if "no such" in reason:
        return "410"
    if "pre-review" in reason:
        return "412"
    return "411" if "withdraw" in reason else "413"


def _granted(element: etree._Element, business: str) -> dict[str, str]:
    """What an approval grants of what was asked for; nothing for business that only registers."""
    if business in ("CYBT", "QZBT", "DBDK"):
        return {"HDJE": _text(element, "JE")}
    if business.startswith(("RC", "HW")):
        return {"HDDC": _text(element, "SBDJ")}
    return {"HDYS": str(min(24, int(_text(element, "SYYS")) // 3))} if business == "SYDY" else {}


def _digest_true(material: etree._Element) -> bool:
    content = _text(material, "NR")
    return not content or hashlib.sha256(base64.b64decode(content)).hexdigest() == _text(material, "ZY")


def _text(element: etree._Element | None, path: str) -> str:
    """Text of the first element at that path anywhere within, or empty."""
    return "" if element is None else element.findtext(f".//{path}") or ""
