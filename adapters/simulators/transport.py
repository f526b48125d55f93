"""交通运输局: one address for hauliers' vehicles and three kinds of item, XML in GB18030 with everything in attributes, by `dlys.xsd`.

What happened stands in `jg`. What it decides is the desk's.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lxml import etree

import catalog
from adapters.simulators.applications import DeskRefusal, Handed
from adapters.simulators.control import Mode, Rule, Variant
from adapters.simulators.decisions import Desk
from adapters.simulators.http import Reply, Request
from adapters.simulators.journal import Call
from adapters.simulators.population import Firm
from adapters.simulators.population.transport import DEPOTS, REPAIR_SHOPS, VEHICLES, Vehicle
from adapters.simulators.reports import Reporter
from adapters.simulators.server import Answer, Setting, Simulator
from adapters.simulators.styles import ItemKind, Style
from adapters.simulators.tokens import key_of

CREDENTIAL = "demo-not-secret-dlys"
"""凭证 issued to the hub; for demo and tests only."""
PAPER = Path(catalog.__file__).parent / "sites" / "xixia" / "departments" / "transport" / "dlys.xsd"
ENCODING = "GB18030"

_SAID = {
    "000": "成功", "001": "重复报送", "100": "查无业户", "101": "业户重名", "300": "无权查询", "400": "报文错误",
    "410": "已办结、未要求补正或者不在预审", "500": "系统忙",
}  # fmt: skip
_FORCED = {Mode.BUSY: "500", Mode.DENIED: "300", Mode.NOBODY: "100"}
_GRADES = {"1": "一", "2": "二"}


def _style(item: str, kind: ItemKind, number: str, awaits: tuple[str, ...] = ()) -> Style:
    return Style(
        number="JTYZ{day:%Y%m%d}{item}99{serial:04d}", decision_no="西交运〔{day:%Y}〕99{serial:04d}号", handler="JT0990", item=item,
        kind=kind, awaits=awaits, results={"pzh": number, "pzrq": "{day:%Y%m%d}"},
    )  # fmt: skip


_STYLES = (
    _style("WXBA", "filing", "豫交维备411323{day:%Y}99{serial:04d}"),
    _style("HYXK", "permit", "豫交运管许可宛字411323{day:%y}99{serial:04d}号"),
    _style("YSZ", "registration", "豫交运管宛字411323{day:%y}99{serial:04d}号", ("HYXK",)),
)

Told = tuple[str, Sequence[etree._Element]]
"""Code of the result, and the elements beside it."""


@dataclass(frozen=True)
class Message:
    """A request as it came: its root with one child that says what is wanted, or None where it is no message of ours."""

    root: etree._Element | None
    credential: str

    @property
    def wanted(self) -> etree._Element | None:
        return self.root[0] if self.root is not None and len(self.root) else None


class Transport(Simulator[Message]):
    """Serves `/yz/jk`."""

    code = "transport"
    secrets = {"api_key": CREDENTIAL}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._schema = etree.XMLSchema(etree.parse(str(PAPER)))
        key = key_of(self.code, setting.folder)
        self.reporter = Reporter(self.code, setting.hub, setting.folder, key, self.journal, setting.now)
        self.desk: Desk = Desk(self.code, _STYLES, setting.folder, self.journal, self.reporter, setting.now)
        self._answers: Mapping[str, Callable[[etree._Element, str, Rule], Told]] = {
            "CXTJ": _fleet, "SB": self._apply, "QZ": self._supplied, "CH": self._withdraw, "ZT": lambda *_: ("000", ()),
        }  # fmt: skip

    def read(self, request: Request) -> tuple[Call, Message]:
        posted = request.method == "POST" and request.path == "/yz/jk"
        message = Message(_opened(request.body) if posted else None, request.headers.get("x-yz-pz", ""))
        wanted = message.wanted
        if message.root is None or wanted is None or wanted.tag not in self._answers:
            return Call("?"), message
        number, applicant = message.root.get("lsh", ""), wanted.find("SQR")
        subject = wanted.get("tydm", "") or (applicant.get("zjh", "") if applicant is not None else "")
        key = wanted.get("bh", "") or (number if wanted.tag == "SB" else "")
        return Call(str(wanted.tag), number, subject, key), message

    def answer(self, call: Call, parsed: Message, rule: Rule) -> Answer:
        if parsed.credential != CREDENTIAL:
            return Answer(Reply(403, b"", "text/plain"), "403")
        wanted = parsed.wanted
        if call.operation == "?" or wanted is None or rule.mode is Mode.REFUSE or not self._fits(parsed.root):
            return _replied(call, ("400", ()), rule)
        if rule.mode in _FORCED and (call.operation == "CXTJ" or rule.mode is not Mode.NOBODY):
            return _replied(call, (_FORCED[rule.mode], ()), rule)
        return _replied(call, self._answers[call.operation](wanted, call.request_no, rule), rule)

    def _fits(self, root: etree._Element | None) -> bool:
        """As the paper says, with material whose digest is true."""
        return root is not None and self._schema.validate(root) and all(map(_digest_true, root.iterfind("SB/CLQD/CL")))

    def _apply(self, wanted: etree._Element, key: str, _: Rule) -> Told:
        item_no = wanted.get("bjlsh", "")
        try:
            if wanted.get("czlx") == "BZ":
                application, again = self.desk.resubmit(key, item_no)
            else:
                handed = Handed(
                    key, item_no, wanted.get("sxmc", ""), {}, wanted.get("rqys") == "Y", wanted.get("lx", "")
                )
                application, again = self.desk.receive(handed)
        except DeskRefusal:
            return "410", ()
        arrived = datetime.fromisoformat(application.received_at).strftime("%Y%m%d%H%M%S")
        return "001" if again else "000", (_element("SL", bh=application.number, sj=arrived),)

    def _supplied(self, wanted: etree._Element, _: str, __: Rule) -> Told:
        return self._told(lambda: self.desk.supply(wanted.get("bh", ""), wanted.get("sx", ""), passed=True))

    def _withdraw(self, wanted: etree._Element, _: str, __: Rule) -> Told:
        return self._told(lambda: self.desk.withdraw(wanted.get("bh", "")))

    def _told(self, act: Callable[[], bool]) -> Told:
        """Whether that was new. A number that nobody knows and a step that is not possible are told apart."""
        try:
            return "000" if act() else "001", ()
        except DeskRefusal as refusal:
            return "100" if "no such" in str(refusal) else "410", ()


def _opened(body: bytes) -> etree._Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root.getroottree().docinfo.doctype or root.tag != "DLYSQQ" else root


def _fleet(wanted: etree._Element, _: str, rule: Rule) -> Told:
    asked = wanted.get("tydm", "")
    keepers = (*(depot.firm for depot in DEPOTS), *(shop.firm for shop in REPAIR_SHOPS))
    known = {firm.uscc: firm for firm in keepers}
    if asked not in known:
        return "100", ()
    keeper = _keeper(known[asked])
    if rule.mode is Mode.WRONG and rule.variant is Variant.OTHER:
        keeper.set("tydm", next(code for code in known if code != asked))
    if rule.mode is Mode.SEVERAL:
        return "101", (keeper, _keeper(known[asked]))
    return "000", (keeper,)


def _keeper(firm: Firm) -> etree._Element:
    vehicles = [entry for entry in VEHICLES if entry.owner == firm]
    keeper = _element("YH", tydm=firm.uscc, mc=firm.name, cls=str(len(vehicles)))
    keeper.extend([_vehicle(entry) for entry in vehicles])
    return keeper


def _vehicle(entry: Vehicle) -> etree._Element:
    long, wide, high = (str(side) for side in entry.size)
    element = _element(
        "CL", hphm=entry.plate, hpys={"yellow": "黄", "blue": "蓝"}[entry.colour], sbm=entry.vin, clzl=entry.kind, cpxh=entry.maker,
        zzl=str(entry.total_mass), hzl=str(entry.load), c=long, k=wide, g=high, dj=_GRADES[entry.graded], jyz=entry.inspected_until,
        wx="有" if entry.satellite else "无", zcrq=entry.registered,
    )  # fmt: skip
    if entry.emission:
        element.set("pf", entry.emission)
    return element


def _element(tag: str, **attributes: str) -> etree._Element:
    return etree.Element(tag, attributes)


def _replied(call: Call, told: Told, rule: Rule) -> Answer:
    code, content = told
    root = _element("DLYSXY", lsh=call.request_no, jg=code, sm=_SAID[code])
    root.extend(content)
    if rule.mode is Mode.WRONG and rule.variant is not Variant.OTHER:
        return Answer(_spoilt(root, rule.variant), f"wrong: {rule.variant}")
    return Answer(_reply(root), code)


def _reply(root: etree._Element) -> Reply:
    return Reply(200, etree.tostring(root, xml_declaration=True, encoding=ENCODING), f"text/xml; charset={ENCODING}")


def _spoilt(root: etree._Element, variant: Variant) -> Reply:
    """The same answer, unusable: cut in half, an impossible date, a grade or code of no list, a number left out."""
    if variant is Variant.GARBLED:
        whole = _reply(root)
        return Reply(200, whole.body[: len(whole.body) // 2], whole.media_type)
    vehicle = root.find("YH/CL")
    if vehicle is None:
        root.set("jg", "999")
    elif variant is Variant.MISSING:
        del vehicle.attrib["hphm"]
    else:
        name, value = ("jyz", "20260231") if variant is Variant.DATE else ("dj", "七")
        vehicle.set(name, value)
    return _reply(root)


def _digest_true(material: etree._Element) -> bool:
    try:
        content = base64.b64decode((material.text or "").strip(), validate=True)
    except ValueError:
        return False
    return not content or hashlib.sha256(content).hexdigest() == material.get("zy")
