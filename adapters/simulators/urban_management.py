"""住建局（城管）: street fronts and drains by deed, one intake for four kinds of permit; XML over HTTP as `csgl.xsd` says.

HTTP tells only whether the message was well made; what happened stands in `Jg/Dm`. What it decides is the desk's.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lxml import etree

import catalog
from adapters.simulators.applications import BEIJING, DeskRefusal, Handed
from adapters.simulators.control import Mode, Rule, Variant
from adapters.simulators.decisions import Desk
from adapters.simulators.http import Reply, Request
from adapters.simulators.journal import Call
from adapters.simulators.population import deed
from adapters.simulators.population.construction import DRAINS, Drain
from adapters.simulators.population.enterprises import outline
from adapters.simulators.population.numbers import later
from adapters.simulators.population.premises import Deed
from adapters.simulators.population.street import FRONTAGES, Frontage
from adapters.simulators.reports import Reporter
from adapters.simulators.server import Answer, Setting, Simulator
from adapters.simulators.styles import Style
from adapters.simulators.tokens import key_of
from adapters.simulators.xmlform import Value, document, opened, text_of

CREDENTIAL = "demo-not-secret-zhcg"
"""接入凭证 issued to the hub; for demo and tests only."""
SPACE = "urn:zhcg:xzsp:1.3"
PAPER = Path(catalog.__file__).parent / "sites" / "xixia" / "departments" / "urban-management" / "csgl.xsd"

_ROOTS = {
    "/zhcg/cx/ljjz": "Ljcx", "/zhcg/cx/psjb": "Pscx", "/zhcg/sp/sl": "Sqs", "/zhcg/sp/qz": "Qzts", "/zhcg/sp/ch": "Chs",
}  # fmt: skip
"""Each place takes messages of one root."""
_REPLIES = {"Ljcx": "Ljhf", "Pscx": "Pshf", "Sqs": "Slhf", "Qzts": "Qzhf", "Chs": "Chhf"}
_SAID = {
    "00": "成功", "01": "重复申领", "40": "报文不合规范", "41": "接入凭证无效", "43": "未获授权", "44": "查无记录",
    "49": "一证多栋，请人工核实", "51": "已作出决定、未要求补正或者不在预审", "53": "系统忙，稍后再试",
}  # fmt: skip
_FORCED = {Mode.BUSY: "53", Mode.DENIED: "43", Mode.NOBODY: "44", Mode.SEVERAL: "49"}
_YEARS = {"MPSZ": 3, "PSXK": 5}
"""How long a permit runs that names no last day itself."""


def _style(item: str, **results: str) -> Style:
    return Style(
        number="ZHCG{day:%Y%m%d}99{serial:04d}", decision_no="西城管许字〔{day:%Y}〕第99{serial:04d}号", handler="CG0990",
        awaits=("GSDJ",), item=item, results=results,
    )  # fmt: skip


_APPROVED_AS = "西城管{item}〔{day:%Y}〕99{serial:04d}号"
_STYLES = (
    _style("MPSZ", Pzwh=_APPROVED_AS),
    _style("HWGG", Pzwh=_APPROVED_AS),
    _style("PSXK", Xkzh="豫排字{day:%Y}99{serial:05d}"),
    _style("LSZD", Pzwh=_APPROVED_AS),
)

Told = tuple[str, list[tuple[str, Value]]]
"""Code of the result, and what stands beside it."""


@dataclass(frozen=True)
class Message:
    """A request as it came: its root element, or None where it is no message of ours."""

    root: etree._Element | None
    credential: str


class UrbanManagement(Simulator[Message]):
    """Serves `/zhcg/…`."""

    code = "urban-management"
    secrets = {"api_key": CREDENTIAL}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._schema = etree.XMLSchema(etree.parse(str(PAPER)))
        key = key_of(self.code, setting.folder)
        self.reporter = Reporter(self.code, setting.hub, setting.folder, key, self.journal, setting.now)
        self.desk: Desk = Desk(self.code, _STYLES, setting.folder, self.journal, self.reporter, setting.now)
        self._answers: Mapping[str, Callable[[etree._Element, Rule], Told]] = {
            "Ljcx": _frontage, "Pscx": _drain, "Sqs": self._apply, "Qzts": self._supplied, "Chs": self._withdraw,
        }  # fmt: skip

    def read(self, request: Request) -> tuple[Call, Message]:
        root = opened(request.body, SPACE) if request.method == "POST" else None
        credential = request.headers.get("x-zhcg-pz", "")
        if root is None or etree.QName(root).localname != _ROOTS.get(request.path):
            return Call("?"), Message(None, credential)
        number = text_of(root, "Bw", "Qqbh")
        subject = text_of(root, "Bdczh") or text_of(root, "Sqr", "Zjh")
        key = text_of(root, "Slh") or (number if request.path == "/zhcg/sp/sl" else "")
        return Call(_ROOTS[request.path], number, subject, key), Message(root, credential)

    def answer(self, call: Call, parsed: Message, rule: Rule) -> Answer:
        if parsed.credential != CREDENTIAL:
            return _failed(401, "41")
        root = parsed.root
        fault = "" if root is None or rule.mode is Mode.REFUSE else self._fault(root)
        if root is None or rule.mode is Mode.REFUSE or fault:
            return _failed(400, "40", fault)
        asking = call.operation in ("Ljcx", "Pscx")
        if rule.mode in _FORCED and (asking or rule.mode is not Mode.SEVERAL):
            return _replied(call.operation, (_FORCED[rule.mode], []), rule)
        return _replied(call.operation, self._answers[call.operation](root, rule), rule)

    def _fault(self, root: etree._Element) -> str:
        """Which element breaks the paper, names a day that never was, or has a false digest; never what stood there."""
        alone = etree.fromstring(etree.tostring(root))
        if not self._schema.validate(alone):
            last = self._schema.error_log.last_error
            return str(last.path).rpartition(":")[2] if last is not None and last.path else "报文"
        if not all(map(_a_day, _days(root))):
            return "Qsrq、Zzrq"
        return "" if all(_digest_true(one) for one in root.iter(f"{{{SPACE}}}Cl")) else "Zy"

    def _apply(self, root: etree._Element, _: Rule) -> Told:
        try:
            handed = _handed(root, self.setting.now())
            if text_of(root, "Czlx") == "2":
                application, again = self.desk.resubmit(handed.key, handed.item_no, handed.results)
            else:
                application, again = self.desk.receive(handed)
        except DeskRefusal:
            return "51", []
        arrived = datetime.fromisoformat(application.received_at).strftime("%Y-%m-%d %H:%M:%S")
        return "01" if again else "00", [("Slh", application.number), ("Slsj", arrived)]

    def _supplied(self, root: etree._Element, _: Rule) -> Told:
        try:
            new = self.desk.supply(text_of(root, "Slh"), text_of(root, "Qzdm"), passed=True)
            return "00" if new else "01", []
        except DeskRefusal as refusal:
            return _refused(refusal), []

    def _withdraw(self, root: etree._Element, _: Rule) -> Told:
        try:
            return "00" if self.desk.withdraw(text_of(root, "Slh")) else "01", []
        except DeskRefusal as refusal:
            return _refused(refusal), []


def _refused(refusal: DeskRefusal) -> str:
    return "44" if "no such" in str(refusal) else "51"


def _failed(status: int, code: str, place: str = "") -> Answer:
    said = f"{_SAID[code]}：{place}" if place else _SAID[code]
    root = document(SPACE, "Cwhf", [("Jg", [("Dm", code), ("Sm", said)])])
    return Answer(Reply(status, root, "application/xml; charset=utf-8"), f"{code} {place}".strip())


def _replied(operation: str, told: Told, rule: Rule) -> Answer:
    code, content = told
    wrong = rule.mode is Mode.WRONG and rule.variant is not Variant.OTHER
    spoilt = _spoilt(content, rule.variant) if wrong else content
    shown = "88" if wrong and rule.variant is Variant.CODE and spoilt == content else code
    body = document(SPACE, _REPLIES[operation], [("Jg", [("Dm", shown), ("Sm", _SAID[code])]), *spoilt])
    if wrong and rule.variant is Variant.GARBLED:
        body = body[: len(body) // 2]
    return Answer(Reply(200, body, "application/xml; charset=utf-8"), f"wrong: {rule.variant}" if wrong else code)


_SPOILT: Mapping[Variant, Mapping[str, str | None]] = {
    Variant.DATE: {"Gkrq": "2026年2月31日", "Pcrq": "2026年2月31日", "Slsj": "2026-02-31 10:00:00"},
    Variant.CODE: {"Dldj": "77", "Ywfl": "或"},
    Variant.MISSING: {"Dlmc": None, "Gwmc": None, "Slh": None},
}


def _spoilt(content: list[tuple[str, Value]], variant: Variant) -> list[tuple[str, Value]]:
    """The same with one thing that nobody can use; as it was where this answer has nothing of the kind."""
    changed = _SPOILT.get(variant, {})
    found: list[tuple[str, Value]] = []
    for tag, value in content:
        inner: Value = _spoilt(list(value), variant) if value is not None and not isinstance(value, str) else value
        found.append((tag, changed.get(tag, inner)))
    return found


# --- what the survey knows ------------------------------------------------------------------------------------------------


def _deed_of(key: str) -> Deed:
    """The deed of the building where that enterprise is; a unit of the mall stands in the mall's."""
    return deed("mall") if outline(key).holders == ("mall",) else deed(key)


_FRONTS: Mapping[str, Frontage] = {_deed_of(entry.key).number: entry for entry in reversed(FRONTAGES)}
_DRAINED: Mapping[str, Drain] = {_deed_of(entry.key).number: entry for entry in reversed(DRAINS)}


def _frontage(root: etree._Element, rule: Rule) -> Told:
    number = _asked(root, rule, tuple(_FRONTS))
    found = _FRONTS.get(number)
    if found is None:
        return "44", []
    built = _deed_of(found.key)
    road: Value = [("Dlmc", found.road), ("Dldj", "2" if found.main_road else "4")]
    ruled = found.main_road or found.listed
    return "00", [("Jzxx", [
        ("Bdczh", number), ("Zl", built.place.line), ("Dl", road), ("Lsjz", "是" if found.listed else "否"),
        ("Zpgk", _ruling(found) if ruled else None), ("Gkrq", "2025年3月5日" if ruled else None),
    ])]  # fmt: skip


def _ruling(found: Frontage) -> str:
    if found.listed:
        return "历史建筑：不得遮挡立面构件，牌匾用木质或者仿木质"
    return "主干路：一店一牌，牌匾高度不超过1.2米，不设侧招"


def _drain(root: etree._Element, rule: Rule) -> Told:
    number = _asked(root, rule, tuple(_DRAINED))
    found = _DRAINED.get(number)
    if found is None:
        return "44", []
    return "00", [("Gwxx", [
        ("Bdczh", number), ("Gwmc", found.pipe), ("Jcjh", found.well), ("Ywfl", "是" if found.separate else "否"),
        ("Pcrq", "2026年6月18日"),
    ])]  # fmt: skip


def _asked(root: etree._Element, rule: Rule, known: tuple[str, ...]) -> str:
    number = text_of(root, "Bdczh")
    if rule.mode is Mode.WRONG and rule.variant is Variant.OTHER:
        return next(one for one in known if one != number)
    return number


# --- what is handed over -----------------------------------------------------------------------------------------------


def _handed(root: etree._Element, now: datetime) -> Handed:
    """An approval will say until when it holds (`jg.csv`): as applied for, or so many years."""
    kind = text_of(root, "Ywlx")
    until = next(_ends(root), "") or later(f"{now.astimezone(BEIJING):%Y%m%d}", years=_YEARS[kind])
    return Handed(
        text_of(root, "Bw", "Qqbh"), text_of(root, "Bjlsh"), text_of(root, "Sxmc"), {"Yxqz": until},
        text_of(root, "Rqys") == "是", kind, text_of(root, "Dd", "Bdczh"),
    )  # fmt: skip


def _ends(root: etree._Element) -> Iterator[str]:
    return (one.text or "" for one in root.iter(f"{{{SPACE}}}Zzrq"))


def _days(root: etree._Element) -> Iterator[str]:
    return (one.text or "" for tag in ("Qsrq", "Zzrq") for one in root.iter(f"{{{SPACE}}}{tag}"))


def _a_day(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%d")
    except ValueError:
        return False
    return True


def _digest_true(material: etree._Element) -> bool:
    content = text_of(material, "Wj")
    return not content or hashlib.sha256(base64.b64decode(content)).hexdigest() == text_of(material, "Zy")
