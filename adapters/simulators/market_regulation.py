"""市场监督管理局: registration look-up, e-licence and food-permit intake, REST as `scjg.openapi.yaml` says. Results hide in `fhm`.

HTTP tells only whether the call was well made: "not found" is a 200. What it decides is the desk's.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import unquote

from pydantic import ValidationError

from adapters.simulators import population
from adapters.simulators.applications import Application as Taken
from adapters.simulators.applications import DeskRefusal, Handed
from adapters.simulators.control import Mode, Rule, Variant
from adapters.simulators.decisions import Desk
from adapters.simulators.forms import USCC, Application, Ch, Cl, ZjCx
from adapters.simulators.http import Reply, Request
from adapters.simulators.journal import Call
from adapters.simulators.market_intake import INTAKES
from adapters.simulators.market_register import businesses, certificate, declared_names, registration
from adapters.simulators.reports import Reporter
from adapters.simulators.server import Answer, Setting, Simulator, as_json
from adapters.simulators.tokens import key_of

TOKEN = "demo-not-secret-scjg"
"""Issued to the hub; for demo and tests only."""

_ROUTES = (
    ("GET", re.compile(r"/scjg/v1/yyzz/(?P<subject>[^/]+)"), "yyzzCx"),
    ("GET", re.compile(r"/scjg/v1/yyzz/(?P<subject>[^/]+)/dzzz"), "yyzzDzzz"),
    ("POST", re.compile(r"/scjg/v1/gtgsh/cx"), "gtgshCx"),
    ("POST", re.compile(r"/scjg/v1/mcsb/cx"), "mcsbCx"),
    ("POST", re.compile(r"/scjg/v1/spjyxk/sq"), "spjyxkSq"),
    ("POST", re.compile(r"/scjg/v1/djsq/gt"), "gtdjSq"),
    ("POST", re.compile(r"/scjg/v1/djsq/hzs"), "hzsdjSq"),
    ("POST", re.compile(r"/scjg/v1/sxzt/xjyd"), "xjydSq"),
    ("POST", re.compile(r"/scjg/v1/sxzt/xzf"), "xzfSq"),
    ("POST", re.compile(r"/scjg/v1/spscxk/sq"), "spscxkSq"),
    ("POST", re.compile(r"/scjg/v1/spjyxk/sq/(?P<number>[^/]+)/ch"), "spjyxkCh"),
    ("POST", re.compile(r"/scjg/v1/sq/(?P<number>[^/]+)/ch"), "tyCh"),
)
_QUESTIONS = ("yyzzCx", "yyzzDzzz", "gtgshCx", "mcsbCx")
_NEEDED = {
    **dict.fromkeys(_QUESTIONS, ("x-qqbh", "x-qqdw", "x-jbr", "x-cxsy")),
    **dict.fromkeys(INTAKES, ("x-qqbh", "x-qqdw", "x-jbr", "x-qqj")),
    **dict.fromkeys(("spjyxkCh", "tyCh"), ("x-qqbh", "x-qqdw", "x-jbr")),
}
_OF_PERSON = {"gtgshCx": (businesses, "graduate_founder"), "mcsbCx": (declared_names, "coop_1")}
"""What is looked up by a person's number, and whom a wrong answer is about."""
_FORCED = {
    Mode.BUSY: ("5003", "系统繁忙，请稍后重试"),
    Mode.DENIED: ("4003", "无权访问"),
    Mode.NOBODY: ("4004", "查无记录"),
    Mode.SEVERAL: ("4009", "命中多条登记记录，请人工核实"),
}


class MarketRegulation(Simulator[Request]):
    """Serves `/scjg/v1/…`."""

    code = "market-regulation"
    secrets = {"token": TOKEN}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        key = key_of(self.code, setting.folder)
        self.reporter = Reporter(self.code, setting.hub, setting.folder, key, self.journal, setting.now)
        styles = [intake.style for intake in INTAKES.values()]
        self.desk: Desk = Desk(self.code, styles, setting.folder, self.journal, self.reporter, setting.now)
        self._answers: dict[str, Callable[[Call, Request, Rule], Answer]] = {
            "yyzzCx": self._licence,
            "yyzzDzzz": self._licence,
            "gtgshCx": self._of_person,
            "mcsbCx": self._of_person,
            **dict.fromkeys(INTAKES, self._apply),
            **dict.fromkeys(("spjyxkCh", "tyCh"), self._withdraw),
        }

    def read(self, request: Request) -> tuple[Call, Request]:
        number = request.headers.get("x-qqbh", "")
        for method, pattern, operation in _ROUTES:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                groups = match.groupdict()
                key = groups.get("number", "") or request.headers.get("x-qqj", "")
                return Call(
                    operation, number, groups.get("subject", "") or _about(operation, request.body), key
                ), request
        return Call("?", number), request

    def answer(self, call: Call, parsed: Request, rule: Rule) -> Answer:
        if parsed.headers.get("authorization") != f"Bearer {TOKEN}":
            return _failed(401, "4001", "令牌无效")
        if call.operation == "?":
            return _failed(400, "4000", "参数错误：无此接口")
        absent = [name for name in _NEEDED[call.operation] if not unquote(parsed.headers.get(name, "")).strip()]
        if absent or rule.mode is Mode.REFUSE:
            return _failed(400, "4000", f"参数错误：缺少 {'、'.join(absent) or '必填项'}")
        if rule.mode in _FORCED and not (rule.mode is Mode.SEVERAL and call.operation not in _QUESTIONS):
            return _failed(200, *_FORCED[rule.mode])
        return self._answers[call.operation](call, parsed, rule)

    def _licence(self, call: Call, _: Request, rule: Rule) -> Answer:
        if not USCC.fullmatch(call.subject):
            return _failed(400, "4000", "参数错误：tyshxydm")
        firm = next((entry for entry in population.FIRMS if entry.uscc == call.subject), None)
        if firm is None:
            return _failed(200, "4004", "查无此市场主体")
        if rule.mode is Mode.WRONG and rule.variant is Variant.OTHER:
            firm = next(entry for entry in population.FIRMS if entry.uscc != call.subject)
        return _answered(registration(firm) if call.operation == "yyzzCx" else certificate(firm), "0000", "成功", rule)

    def _of_person(self, call: Call, request: Request, rule: Rule) -> Answer:
        """A list of one is the record; of several the asker chooses (`xzdm`)."""
        try:
            asked = ZjCx.model_validate_json(request.body)
        except ValidationError as wrong:
            return _failed(400, "4000", f"参数错误：{_places(wrong)}")
        find, somebody_else = _OF_PERSON[call.operation]
        other = rule.mode is Mode.WRONG and rule.variant is Variant.OTHER
        rows = find(population.person(somebody_else).id_number if other else asked.zjhm, asked.xzdm)
        if not rows:
            return _failed(200, "4004", "查无记录")
        return _answered({"hs": len(rows), "lb": rows}, "0000", "成功", rule)

    def _apply(self, call: Call, request: Request, rule: Rule) -> Answer:
        try:
            form = INTAKES[call.operation].form.model_validate_json(request.body)
        except ValidationError as wrong:
            return _failed(400, "4000", f"参数错误：{_places(wrong)}")
        if not all(_digest_true(material) for material in form.cl):
            return _failed(400, "4000", "参数错误：材料摘要不符")
        try:
            application, again = self._take(call, form)
        except DeskRefusal:
            return _failed(200, "4010", "原申请已办结或未要求补正")
        arrived = datetime.fromisoformat(application.received_at).strftime("%Y%m%d%H%M%S")
        code, text = ("0001", "重复报送") if again else ("0000", "已接收")
        return _answered({"slh": application.number, "jssj": arrived}, code, text, rule)

    def _take(self, call: Call, form: Application) -> tuple[Taken, bool]:
        """A correction comes as it is now: what the approval will carry is made of it anew."""
        intake = INTAKES[call.operation]
        results = intake.results(form, self.setting.now())
        if form.czlx == "2":
            return self.desk.resubmit(call.key, form.lsh, results)
        item = intake.style.item
        return self.desk.receive(Handed(call.key, form.lsh, form.sxmc, results, form.rqys == "1", item=item))

    def _withdraw(self, call: Call, request: Request, rule: Rule) -> Answer:
        try:
            Ch.model_validate_json(request.body)
            new = self.desk.withdraw(call.key)
        except ValidationError as wrong:
            return _failed(400, "4000", f"参数错误：{_places(wrong)}")
        except DeskRefusal as refusal:
            unknown = "no such" in str(refusal)
            return _failed(200, *(("4004", "查无此受理号") if unknown else ("4010", "已作出决定，不可撤回")))
        return _answered(None, "0000" if new else "0001", "已撤回", rule)


def _failed(status: int, code: str, text: str) -> Answer:
    return Answer(as_json(status, {"fhm": code, "fhxx": text, "sj": None}), code)


def _answered(content: dict[str, object] | None, code: str, text: str, rule: Rule) -> Answer:
    body: dict[str, object] = {"fhm": code, "fhxx": text, "sj": content}
    if rule.mode is Mode.WRONG and rule.variant is not Variant.OTHER:
        return Answer(_spoilt(body, content or {}, rule.variant), f"wrong: {rule.variant}")
    return Answer(as_json(200, body), code)


def _spoilt(body: dict[str, object], content: dict[str, object], variant: Variant) -> Reply:
    """The same answer, unusable. The body's own parts are changed in place: they were made for this answer."""
    if variant is Variant.GARBLED:
        return Reply(200, "<html><body>系统升级中</body></html>".encode(), "text/html; charset=utf-8")
    rows = content.get("lb")
    content = rows[0] if isinstance(rows, list) else content
    dates, codes, names = (
        ("clrq", "bfrq", "jssj", "blqz"),
        ("djztdm", "hydm", "wjgs"),
        ("qymc", "zzbh", "slh", "tyshxydm", "nmc"),
    )
    wanted = {Variant.DATE: dates, Variant.CODE: codes, Variant.MISSING: names}[variant]
    place = next((name for name in wanted if name in content), None)
    if place is None:
        body["fhm"] = "8888"
    elif variant is Variant.MISSING:
        del content[place]
    else:
        content[place] = "20260231" if variant is Variant.DATE else "77"
    return as_json(200, body)


def _places(wrong: ValidationError) -> str:
    """Where it is wrong, never what stood there."""
    return "、".join(".".join(str(part) for part in error["loc"]) or "报文" for error in wrong.errors())


def _digest_true(material: Cl) -> bool:
    try:
        content = base64.b64decode(material.wjnr or "", validate=True)
    except ValueError:
        return False
    return not content or hashlib.sha256(content).hexdigest() == material.wjzy


def _about(operation: str, body: bytes) -> str:
    """Whom a body is about, for the journal, if it can be read at all: who is asked about, or the applicant."""
    try:
        found = json.loads(body)
        part, name = INTAKES[operation].whom if operation in INTAKES else ("", "zjhm")
        return str((found[part] if part else found)[name])
    except (ValueError, KeyError, TypeError):
        return ""
