"""民政局: marriages, social bodies and the filing of homes for the old; every call a POST as `mzyw.openapi.yaml` says, always HTTP 200.

What happened stands in `bt.xyzt`. What it decides is the desk's.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from adapters.simulators import civil_forms as forms
from adapters.simulators.applications import DeskRefusal, Handed
from adapters.simulators.control import Mode, Rule, Variant
from adapters.simulators.decisions import Desk
from adapters.simulators.gate import Tokens
from adapters.simulators.http import Reply, Request
from adapters.simulators.journal import Call
from adapters.simulators.population import SOCIAL_BODIES, Person, SocialBody
from adapters.simulators.population.civil import MARRIAGES, Marriage
from adapters.simulators.reports import Reporter
from adapters.simulators.server import Answer, Setting, Simulator, as_json
from adapters.simulators.styles import Style
from adapters.simulators.tokens import key_of

ACCOUNT, PASSWORD = "yjs-411323", "demo-not-secret-mzyw"
"""接入号 and its key issued to the hub; for demo and tests only."""

_PLACES: Mapping[str, tuple[str, type[BaseModel]]] = {
    "/mzyw/hydj/cx": ("hydjCx", forms.HyCx),
    "/mzyw/shzz/cx": ("shzzCx", forms.ZzCx),
    "/mzyw/ylba/tj": ("ylbaTj", forms.BaTj),
    "/mzyw/ylba/qz": ("ylbaQz", forms.BaQz),
    "/mzyw/ylba/ch": ("ylbaCh", forms.BaCh),
}
_SAID = {
    "MZ000": "成功", "MZ001": "重复提交", "MZ100": "查无记录", "MZ101": "命中多条", "MZ400": "报文错误", "MZ401": "令牌无效或者过期",
    "MZ403": "无权查询", "MZ409": "已办结或未要求补正", "MZ503": "系统忙",
}  # fmt: skip
_FORCED = {Mode.BUSY: "MZ503", Mode.DENIED: "MZ403", Mode.NOBODY: "MZ100"}
_STYLES = tuple(
    Style(
        number="MZYL{day:%Y%m%d}99{serial:03d}", decision_no="西民养备〔{day:%Y}〕99{serial:04d}号", handler="MZ0990", item=item,
        awaits=("XFBA",) if item == "GY" else (), kind="filing", results={"bahz": "{decision_no}", "barq": "{day:%Y/%m/%d}"},
    )
    for item in ("JY", "GY")
)  # fmt: skip

Told = tuple[str, object]
"""The result's code and the content beside it."""


class CivilAffairs(Simulator[Request]):
    """Serves `/mzyw/…`."""

    code = "civil-affairs"
    secrets = {"client_id": ACCOUNT, "client_secret": PASSWORD}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._tokens = Tokens("/mzyw/lp", ACCOUNT, PASSWORD)
        key = key_of(self.code, setting.folder)
        self.reporter = Reporter(self.code, setting.hub, setting.folder, key, self.journal, setting.now)
        self.desk: Desk = Desk(self.code, _STYLES, setting.folder, self.journal, self.reporter, setting.now)
        self._answers: Mapping[str, Callable[[Any, Rule], Told]] = {
            "hydjCx": _marriage, "shzzCx": _social_body, "ylbaTj": self._file, "ylbaQz": self._supplied, "ylbaCh": self._withdraw,
        }  # fmt: skip

    def let_in(self, request: Request) -> Reply | None:
        return self._tokens.give(request, self.setting.now())

    def read(self, request: Request) -> tuple[Call, Request]:
        if request.method != "POST" or request.path not in _PLACES:
            return Call("?"), request
        head, content = _halves(request.body)
        number, operation = str(head.get("ywlsh") or ""), _PLACES[request.path][0]
        who = content.get("jg")
        subject = content.get("sfzh") or content.get("tydm") or (who.get("tydm") if isinstance(who, dict) else "")
        key = content.get("babh") or (number if operation == "ylbaTj" else "")
        return Call(operation, number, str(subject or ""), str(key or "")), request

    def answer(self, call: Call, parsed: Request, rule: Rule) -> Answer:
        if not self._tokens.admits(parsed, self.setting.now()):
            return _replied(call, ("MZ401", None), rule)
        if call.operation == "?" or rule.mode is Mode.REFUSE:
            return _replied(call, ("MZ400", None), rule)
        asking = call.operation in ("hydjCx", "shzzCx")
        if rule.mode in _FORCED and (asking or rule.mode is not Mode.NOBODY):
            return _replied(call, (_FORCED[rule.mode], None), rule)
        try:
            message = _PLACES[parsed.path][1].model_validate_json(parsed.body)
        except ValidationError:
            return _replied(call, ("MZ400", None), rule)
        return _replied(call, self._answers[call.operation](message, rule), rule)

    def _file(self, message: forms.BaTj, _: Rule) -> Told:
        if not all(_digest_true(material) for material in message.nr.cls):
            return "MZ400", None
        handed = Handed(
            message.bt.ywlsh, message.nr.bjlsh, message.nr.sxmc, {}, bool(message.nr.rqys), item=message.nr.lx
        )
        try:
            if message.nr.tjfs == "B":
                application, again = self.desk.resubmit(handed.key, handed.item_no)
            else:
                application, again = self.desk.receive(handed)
        except DeskRefusal:
            return "MZ409", None
        arrived = datetime.fromisoformat(application.received_at).strftime("%Y-%m-%d %H:%M:%S")
        return "MZ001" if again else "MZ000", {"babh": application.number, "slsj": arrived}

    def _supplied(self, message: forms.BaQz, _: Rule) -> Told:
        try:
            new = self.desk.supply(message.nr.babh, message.nr.qzsx, passed=True)
        except DeskRefusal as refusal:
            return "MZ100" if "no such" in str(refusal) else "MZ409", None
        return "MZ000" if new else "MZ001", None

    def _withdraw(self, message: forms.BaCh, _: Rule) -> Told:
        try:
            new = self.desk.withdraw(message.nr.babh)
        except DeskRefusal as refusal:
            return "MZ100" if "no such" in str(refusal) else "MZ409", None
        return "MZ000" if new else "MZ001", None


def _halves(body: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Head and content, as far as the body can be read at all."""
    try:
        whole = json.loads(body)
    except ValueError:
        return {}, {}
    parts = (whole.get("bt"), whole.get("nr")) if isinstance(whole, dict) else (None, None)
    head, content = (part if isinstance(part, dict) else {} for part in parts)
    return head, content


def _marriage(message: forms.HyCx, rule: Rule) -> Told:
    asked = message.nr.sfzh
    found = [(entry, who) for entry in MARRIAGES for who in (entry.husband, entry.wife) if who.id_number == asked]
    if rule.mode is Mode.WRONG and rule.variant is Variant.OTHER:
        found = [next((entry, entry.wife) for entry in MARRIAGES if asked != entry.wife.id_number)]
    return _listed([_couple(entry, who) for entry, who in found], rule)


def _social_body(message: forms.ZzCx, rule: Rule) -> Told:
    found = [entry for entry in SOCIAL_BODIES if entry.uscc == message.nr.tydm]
    rows = [_body(entry) for entry in found]
    if rule.mode is Mode.WRONG and rule.variant is Variant.OTHER:
        rows = [{**row, "tydm": "52411323MJ9YX00000"} for row in rows]
    return _listed(rows, rule)


def _listed(rows: list[dict[str, object]], rule: Rule) -> Told:
    if rule.mode is Mode.SEVERAL:
        rows = rows * 2
    if not rows:
        return "MZ100", None
    return "MZ000" if len(rows) == 1 else "MZ101", {"ts": len(rows), "lb": rows}


def _couple(entry: Marriage, who: Person) -> dict[str, object]:
    partner = entry.wife if who == entry.husband else entry.husband
    return {
        "hydjzh": entry.certificate_no,
        "cxr": {"xm": who.name, "sfzh": who.id_number, "js": "男方" if who == entry.husband else "女方"},
        "po": {"xm": partner.name, "sfzh": partner.id_number, "gj": "中国"},
        "djrq": _slashed(entry.registered),
        "djjg": "西峡县民政局婚姻登记处",
        "hyzt": {"": "1", "divorce": "2", "death": "3"}[entry.end],
        "zzrq": _slashed(entry.ended) if entry.ended else None,
    }


def _body(entry: SocialBody) -> dict[str, object]:
    return {
        "zzmc": entry.name,
        "tydm": entry.uscc,
        "zzlx": "民办非企业单位",
        "djzsh": entry.licence_no,
        "fzr": {"xm": entry.head.name, "sfzh": entry.head.id_number},
        "zs": entry.place.line,
        "ywfw": entry.scope,
        "clrq": _slashed(entry.founded),
        "yxqz": _slashed(entry.until),
        "kbzj": f"{entry.funds / 10_000:.2f}",
        "nd": entry.checked_year,
        "zzzt": "1",
        "dh": entry.phone or "无",
    }


def _slashed(day: str) -> str:
    return f"{int(day[:4])}/{int(day[4:6])}/{int(day[6:])}"


def _replied(call: Call, told: Told, rule: Rule) -> Answer:
    code, content = told
    if rule.mode is Mode.WRONG and rule.variant is not Variant.OTHER:
        return Answer(_spoilt(call, content, rule.variant), f"wrong: {rule.variant}")
    return Answer(_message(call, code, content), code)


def _message(call: Call, code: str, content: object) -> Reply:
    head = {"ywlsh": call.request_no, "xyzt": code, "xysm": _SAID.get(code, "")}
    return as_json(200, {"bt": head, "nr": content})


def _spoilt(call: Call, content: object, variant: Variant) -> Reply:
    """The same answer, unusable."""
    if variant is Variant.GARBLED:
        return Reply(200, "<html><body>系统升级中</body></html>".encode(), "text/html; charset=utf-8")
    rows = content.get("lb") if isinstance(content, dict) else None
    if not rows:
        return _message(call, "MZ999", content)
    row = dict(rows[0])
    day, state, needed = ("djrq", "hyzt", "hydjzh") if "hydjzh" in row else ("clrq", "zzzt", "djzsh")
    if variant is Variant.MISSING:
        del row[needed]
    else:
        row[day if variant is Variant.DATE else state] = "2026/2/31" if variant is Variant.DATE else "7"
    return _message(call, "MZ000", {"ts": 1, "lb": [row]})


def _digest_true(material: forms.Wj) -> bool:
    try:
        content = base64.b64decode(material.nr or "", validate=True)
    except ValueError:
        return False
    return not content or hashlib.sha256(content).hexdigest() == material.zy
