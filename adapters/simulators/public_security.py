"""公安局: the county police's population and lodging service, SOAP 1.1 as `rkfw.wsdl` says. It speaks pinyin initials and code lists.

It asks nobody else: what it knows is the population; what it decides is the desk's.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lxml import etree

import catalog
from adapters.simulators import population, soap
from adapters.simulators.applications import BEIJING, DeskRefusal, Handed
from adapters.simulators.control import Mode, Rule, Variant
from adapters.simulators.decisions import Desk
from adapters.simulators.http import Reply, Request
from adapters.simulators.journal import Call
from adapters.simulators.population import REGION, Person, Place
from adapters.simulators.population.civil import RESIDENCE_PERMITS, guests_numbered
from adapters.simulators.population.people import COUNTY
from adapters.simulators.reports import Reporter
from adapters.simulators.server import Answer, Setting, Simulator
from adapters.simulators.soap import Value
from adapters.simulators.styles import Style
from adapters.simulators.tokens import key_of

SPACE = "http://rkfw.gaj.example.cn/v2"
ACCOUNT = "xxzwfw"
PASSWORD = "demo-not-secret"
"""Issued to the hub; for demo and tests only."""

PAPERS = Path(catalog.__file__).parent / "sites" / "xixia" / "departments" / "public-security"

_TEXTS = {
    "0000": "成功",
    "0001": "重复报送，已按首次报送返回",
    "1001": "查无此人",
    "1002": "命中多人",
    "2001": "无权查询",
    "3001": "业务编号不存在",
    "3002": "已作出决定，不可撤回",
    "3003": "非容缺预审件，不接收前置结果",
    "3004": "业务已终结",
    "9001": "系统忙，请稍后重试",
}
_FORCED = {Mode.BUSY: "9001", Mode.DENIED: "2001", Mode.NOBODY: "1001"}
_EMPTY: dict[str, list[tuple[str, Value]]] = {
    "RkJbxxCx": [("RyLb", [])],
    "HkCyCx": [("Hk", None)],
    "JzzCx": [("Jzz", None)],
    "TzhySqSl": [("Ywbh", None), ("Jssj", None)],
    "TzhySqCh": [],
    "TzhyQzJgTs": [],
}
_LOOK_UPS = ("RkJbxxCx", "HkCyCx", "JzzCx")
_GROUNDS = {"work": "1", "lease": "2", "school": "3"}
_STYLE = Style(
    number="TZHY{day:%Y%m%d}99{serial:04d}",
    decision_no="西公特旅许〔{day:%Y}〕99{serial:04d}号",
    handler="410999",
    awaits=("XF", "WS"),
)


@dataclass(frozen=True)
class Parsed:
    """The operation's element, or the fault that its envelope earned."""

    element: etree._Element | None
    fault: Reply | None = None
    document: Reply | None = None


class PublicSecurity(Simulator[Parsed]):
    """Serves `/rkfw`; `?wsdl` and `?xsd` give its papers."""

    code = "public-security"
    secrets = {"account": ACCOUNT, "password": PASSWORD}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._schema = etree.XMLSchema(etree.parse(str(PAPERS / "rkfw.xsd")))
        key = key_of(self.code, setting.folder)
        self.reporter = Reporter(self.code, setting.hub, setting.folder, key, self.journal, setting.now)
        self.desk = Desk(self.code, _STYLE, setting.folder, self.journal, self.reporter, setting.now)
        self._served = 0

    def read(self, request: Request) -> tuple[Call, Parsed]:
        if request.method == "GET" and set(request.query) & {"wsdl", "xsd"}:
            name = "rkfw.wsdl" if "wsdl" in request.query else "rkfw.xsd"
            return Call(name), Parsed(None, document=Reply(200, (PAPERS / name).read_bytes(), soap.MEDIA_TYPE))
        if request.method != "POST" or request.path != "/rkfw":
            return Call("?"), Parsed(None, document=Reply(404, b"", "text/plain"))
        try:
            header, element = soap.opened(request.body)
        except soap.NotSoap:
            return Call("?"), Parsed(None, soap.fault(SPACE, "E102", "报文不符合规范"))
        call = _call(element)
        return call, Parsed(element, self._fault_of(call, header, element))

    def answer(self, call: Call, parsed: Parsed, rule: Rule) -> Answer:
        if parsed.document is not None:
            return Answer(parsed.document, "document")
        if parsed.fault is not None or parsed.element is None:
            assert parsed.fault is not None
            return Answer(parsed.fault, "fault")
        if rule.mode is Mode.REFUSE:
            return Answer(soap.fault(SPACE, "E102", "报文不符合规范"), "fault")
        self._served += 1
        code, content = self._result(call, parsed.element, rule)
        head = [("Qqbh", call.request_no), ("Jgdm", code), ("Jgms", _TEXTS[code]), ("Xysj", self._clock())]
        root = soap.envelope(SPACE, f"{call.operation}Xy", [("Bt", head), *content], self._served)
        if rule.mode is Mode.WRONG and rule.variant is not Variant.OTHER:
            return Answer(soap.spoilt(root, rule.variant), f"wrong: {rule.variant}")
        return Answer(soap.reply(root), code)

    def _fault_of(self, call: Call, header: etree._Element | None, element: etree._Element) -> Reply | None:
        """Why the request itself is wrong, as a fault; None if it is right. Never repeats a value of the request."""
        account = _texts(header) if header is not None and header.tag == f"{{{SPACE}}}YhRz" else {}
        if (account.get("Zh"), account.get("Mm")) != (ACCOUNT, PASSWORD):
            return soap.fault(SPACE, "E101", "账号或密码错误")
        if call.operation not in _EMPTY:
            return soap.fault(SPACE, "E103", "无此操作")
        alone = etree.fromstring(etree.tostring(element))
        if not self._schema.validate(alone):
            where = self._schema.error_log.last_error.line if self._schema.error_log.last_error else 0
            return soap.fault(SPACE, "E102", f"报文不符合规范（第 {where} 行）")
        if not _text(element, "Cxsy").strip():
            return soap.fault(SPACE, "E105", "查询事由为空")
        if not all(_digest_true(material) for tag in ("Cl", "Fj") for material in element.iter(f"{{{SPACE}}}{tag}")):
            return soap.fault(SPACE, "E104", "附件摘要不符")
        return None

    def _result(self, call: Call, element: etree._Element, rule: Rule) -> tuple[str, list[tuple[str, Value]]]:
        empty = _EMPTY[call.operation]
        if rule.mode in _FORCED:
            looked_for_person = call.operation in _LOOK_UPS
            return "3001" if rule.mode is Mode.NOBODY and not looked_for_person else _FORCED[rule.mode], empty
        if call.operation == "RkJbxxCx":
            return self._look_up(element, rule)
        if call.operation == "HkCyCx":
            return self._household(element, rule)
        if call.operation == "JzzCx":
            return _residence(element, rule)
        try:
            return self._lodging(call.operation, element)
        except DeskRefusal as refusal:
            return _refusal_code(str(refusal)), empty

    def _look_up(self, element: etree._Element, rule: Rule) -> tuple[str, list[tuple[str, Value]]]:
        number = _text(element, "Gmsfhm")
        found = [*population.people_numbered(number), *guests_numbered(number)]
        if rule.mode is Mode.SEVERAL and found:
            found += [population.person("twin_2")] if len(found) == 1 else []
        if rule.variant is Variant.OTHER and rule.mode is Mode.WRONG:
            found = [next(entry for entry in population.PEOPLE if entry.id_number != number)]
        if _text(element, "Xm"):
            found = [entry for entry in found if entry.name == _text(element, "Xm").strip()]
        if _text(element, "Ryxh"):
            found = [entry for entry in found if _serial(entry) == _text(element, "Ryxh")]
        if not found:
            return "1001", _EMPTY["RkJbxxCx"]
        several = len(found) > 1
        return "1002" if several else "0000", [("RyLb", [("Ry", _person(entry, brief=several)) for entry in found])]

    def _household(self, element: etree._Element, rule: Rule) -> tuple[str, list[tuple[str, Value]]]:
        found = population.people_numbered(_text(element, "Gmsfhm"))
        if not found:
            return "1001", _EMPTY["HkCyCx"]
        if len(found) > 1 or rule.mode is Mode.SEVERAL:
            return "1002", _EMPTY["HkCyCx"]
        head = (
            found[0] if rule.mode is not Mode.WRONG or rule.variant is not Variant.OTHER else population.person("old")
        )
        members: list[tuple[str, Value]] = [
            ("Cy", [("Gmsfhm", entry.id_number), ("Xm", entry.name), ("Yhzgxdm", entry.relation), ("Xbdm", entry.sex), ("Csrq", entry.born)])
            for entry in population.household_of(head)
        ]  # fmt: skip
        return "0000", [
            ("Hk", [("Hh", head.household), ("Hlxdm", "1"), ("Zz", _address(head.home)), ("CyLb", members)])
        ]

    def _lodging(self, operation: str, element: etree._Element) -> tuple[str, list[tuple[str, Value]]]:
        assert self.desk is not None
        number = _text(element, "Ywbh")
        if operation == "TzhySqCh":
            return "0000" if self.desk.withdraw(number) else "0001", []
        if operation == "TzhyQzJgTs":
            new = self.desk.supply(number, _text(element, "Qzsxdm"), passed=_text(element, "Jgbz") == "1")
            return "0000" if new else "0001", []
        item_no = _text(element, "Bjlsh")
        pre_review, results = _text(element, "Rqysbz") == "1", _permit(element, self.setting.now())
        if _text(element, "Czlx") == "2":
            application, again = self.desk.resubmit(_text(element, "Qqbh"), item_no, results)
        else:
            handed = Handed(item_no, item_no, _text(element, "Sxmc"), results, pre_review)
            application, again = self.desk.receive(handed)
        arrived = datetime.fromisoformat(application.received_at).strftime("%Y%m%d%H%M%S")
        return "0001" if again else "0000", [("Ywbh", application.number), ("Jssj", arrived)]

    def _clock(self) -> str:
        return self.setting.now().astimezone(BEIJING).strftime("%Y%m%d%H%M%S")


def _residence(element: etree._Element, rule: Rule) -> tuple[str, list[tuple[str, Value]]]:
    wanted = _text(element, "Gmsfhm")
    other = rule.mode is Mode.WRONG and rule.variant is Variant.OTHER
    found = next((entry for entry in RESIDENCE_PERMITS if (entry.person.id_number == wanted) is not other), None)
    if found is None:
        return "1001", _EMPTY["JzzCx"]
    return "0000", [
        (
            "Jzz",
            [
                ("Jzzbh", found.number),
                ("Gmsfhm", found.person.id_number),
                ("Xm", found.person.name.ljust(10)),
                ("Jzdz", _address(found.place)),
                ("Sldm", _GROUNDS[found.ground]),
                ("Qfpcs", found.station),
                ("Qfrq", found.issued),
                ("Qzyxq", found.endorsed_until),
            ],
        )
    ]


def _call(element: etree._Element) -> Call:
    name = etree.QName(element)
    operation = name.localname.removesuffix("Qq") if name.namespace == SPACE else "?"
    subject = _text(element, "Gmsfhm") or _text(element, "Tyshxydm")
    return Call(operation, _text(element, "Qqbh"), subject, _text(element, "Bjlsh") or _text(element, "Ywbh"))


def _refusal_code(reason: str) -> str:
    if "no such" in reason:
        return "3001"
    if "pre-review" in reason:
        return "3003"
    return "3002" if "withdraw" in reason else "3004"


def _permit(element: etree._Element, now: datetime) -> dict[str, str]:
    """What an approval will carry, in our own words (`jg.csv`)."""
    serial = hashlib.sha256(_text(element, "Bjlsh").encode()).hexdigest()
    day = now.astimezone(BEIJING)
    return {
        "Zsbh": f"{REGION}99{int(serial[:8], 16) % 1_000_000:06d}",
        "Hdkfs": _text(element, "Kfs") or "0",
        "Hdcws": _text(element, "Cws") or "0",
        "Yxqz": f"{day.year + 4}{day:%m}28",
    }


def _person(entry: Person, *, brief: bool) -> list[tuple[str, Value]]:
    """One hit. Of several hits only what tells them apart is given (the paper says so)."""
    card: Value = [("Yxqqsrq", entry.card_from), ("Yxqjzrq", entry.card_to), ("Qfjgmc", "西峡县公安局")]
    return [
        ("Ryxh", _serial(entry)),
        ("Gmsfhm", None if brief else entry.id_number),
        ("Xm", entry.name.ljust(10)),
        ("Xbdm", entry.sex),
        ("Mzdm", None if brief else entry.ethnicity),
        ("Csrq", entry.born),
        ("Hyzkdm", None if brief else entry.marriage),
        ("Hjdz", _address(None if brief else entry.home)),
        ("Sfz", None if brief else card),
        ("Hh", None if brief else entry.household),
        ("Zp", None),
    ]


def _address(place: Place | None) -> list[tuple[str, Value]]:
    code, county = (REGION, COUNTY) if place is None else (place.code, place.county)
    within: list[tuple[str, Value]] = [("Ssxdm", code), ("Ssxmc", county)]
    parts = (None, None, None) if place is None else (f"{place.town}　", place.village, f"{place.door}  ")
    return [*within, ("Xzjdmc", parts[0]), ("Jcwhmc", parts[1]), ("Xz", parts[2])]


def _serial(entry: Person) -> str:
    return f"R99{(*population.PEOPLE, *population.ELSEWHERE).index(entry) + 1:05d}"


def _digest_true(material: etree._Element) -> bool:
    content = _text(material, "Nr")
    return not content or hashlib.sha256(base64.b64decode(content)).hexdigest() == _text(material, "Wjzy")


def _text(element: etree._Element, tag: str) -> str:
    """Text of the first element of that name within, or empty."""
    found = next(element.iter(f"{{{SPACE}}}{tag}"), None)
    return "" if found is None else found.text or ""


def _texts(element: etree._Element) -> dict[str, str]:
    return {etree.QName(child).localname: child.text or "" for child in element}
