"""一体化政务服务平台: takes the up_* rows, gives e-certificates, submits filings to the hub; REST as `ythpt.openapi.yaml` says.

With `idempotent` off a repeated row becomes a second row, as on some cities' nodes: the sender must look before it repeats.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict
from stdnum.iso7064 import mod_37_36

import catalog
from adapters.simulators import population
from adapters.simulators.control import Mode, Rule, Variant
from adapters.simulators.http import Reply, Request
from adapters.simulators.journal import Call
from adapters.simulators.lines import Lines
from adapters.simulators.market_register import LICENCE_TYPE
from adapters.simulators.paper import licence_pdf
from adapters.simulators.population import Firm
from adapters.simulators.population.construction import works
from adapters.simulators.reports import Reporter
from adapters.simulators.server import Answer, Setting, Simulator, as_json
from adapters.simulators.tokens import key_of

CODE_OF_ACCESS = "demo-not-secret-ythpt"
"""接入码 issued to the hub; for demo and tests only."""
COLUMNS = Path(catalog.__file__).parent / "sites" / "xixia" / "departments" / "platform" / "qzk.columns.csv"

_PUSH = re.compile(r"/ythpt/qzk/(?P<table>up_[a-z_]+)")
_LOOK = re.compile(r"/ythpt/qzk/(?P<table>up_[a-z_]+)/(?P<key>[^/]+)")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_ISSUER = ("西峡县市场监督管理局", population.uscc("MB099002", "11411323"))
_BUILDERS = ("西峡县住房和城乡建设局", population.uscc("MB099008", "11411323"))
FIRE_TYPE = "11410000MB9900057R001"
_STATUS = {"1": "1", "2": "3", "3": "2", "4": "1", "5": "4"}
_FORCED = {Mode.BUSY: ("503", "系统繁忙"), Mode.DENIED: ("403", "无权访问"), Mode.NOBODY: ("404", "无此记录")}

RowOf = dict[str, object]


class Submission(BaseModel):
    """The body of `POST /_submit`: what is sent to the hub, where and under which stream. The body goes out as given."""

    model_config = ConfigDict(extra="forbid")

    path: str = "/api/v1/filings"
    stream: str = "filings"
    body: dict[str, object]


class Switch(BaseModel):
    """The body of `POST /_idempotent`."""

    model_config = ConfigDict(extra="forbid")

    on: bool


class Province(Simulator[Request]):
    """Serves `/ythpt/…`. Its rows stand in `state/platform.rows.jsonl`."""

    code = "platform"
    secrets = {"api_key": CODE_OF_ACCESS}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        key = key_of(self.code, setting.folder)
        self.reporter = Reporter(self.code, setting.hub, setting.folder, key, self.journal, setting.now)
        self._idempotent = setting.idempotent
        self._rows = Lines(setting.folder / "state" / "platform.rows.jsonl")
        self._by_key: dict[tuple[str, str], list[RowOf]] = {}
        for row in self._rows.rows():
            self._index(row)

    async def close(self) -> None:
        await super().close()
        self._rows.close()

    def verb(self, name: str, body: object) -> object:
        if name == "idempotent":
            self._idempotent = Switch.model_validate(body).on
            return {"idempotent": self._idempotent}
        if name == "submit":
            order = Submission.model_validate(body)
            assert self.reporter is not None
            return {"key": self.reporter.tell(order.stream, order.path, order.body)}
        raise KeyError(name)

    def read(self, request: Request) -> tuple[Call, Request]:
        number = request.headers.get("x-request-id", "")
        push, look = _PUSH.fullmatch(request.path), _LOOK.fullmatch(request.path)
        if push and request.method == "POST":
            return _pushed(push["table"], number, _rows(request.body)), request
        if look and request.method == "GET":
            return Call("qzkCx", number, key=look["key"]), request
        if request.path == "/ythpt/dzzz/cx" and request.method == "GET":
            return Call("dzzzCx", number, request.query.get("czztdm", "")), request
        return Call("?", number), request

    def answer(self, call: Call, parsed: Request, rule: Rule) -> Answer:
        if parsed.headers.get("x-jrm") != CODE_OF_ACCESS:
            return _said("401", "接入码无效", status=401)
        if call.operation == "?" or not call.request_no or rule.mode is Mode.REFUSE:
            return _said("400", "参数错误", status=400)
        if rule.mode in _FORCED:
            return _said(*_FORCED[rule.mode])
        done = self._answer(call, parsed, rule)
        if rule.mode is Mode.WRONG and rule.variant is not Variant.OTHER:
            return Answer(_spoilt(done.reply, rule.variant), f"wrong: {rule.variant}")
        return done

    def _answer(self, call: Call, request: Request, rule: Rule) -> Answer:
        if call.operation == "dzzzCx":
            return _certificates(call, request, rule)
        if call.operation == "qzkCx":
            table = request.path.split("/")[3]
            found = self.stored(table, call.key)
            return _said("200", "ok", {"zs": len(found), "rows": found}) if found else _said("404", "无此记录")
        return self._take(call.operation, _rows(request.body))

    def stored(self, table: str, key: str) -> list[RowOf]:
        """The rows that came under that row_guid, each with our running number `lsh`."""
        return list(self._by_key.get((table, key), ()))

    def _index(self, row: RowOf) -> RowOf:
        kept = {**_mapping(row["hang"]), "lsh": f"99{row['seq']:07d}"}
        self._by_key.setdefault((str(row["bm"]), str(kept["row_guid"])), []).append(kept)
        return kept

    def _take(self, table: str, rows: Sequence[RowOf]) -> Answer:
        """All rows or none (the batch is checked whole before the first is stored)."""
        faults = [f"第 {place} 行 {fault}" for place, row in enumerate(rows, 1) if (fault := _fault(table, row))]
        if not rows or table not in _columns() or faults:
            return _said("400", faults[0] if faults else "无此表或无数据", status=400)
        if any(self._clashes(table, row) for row in rows):
            return _said("409", "row_guid 冲突")
        return _said("200", "ok", [self._store(table, row) for row in rows])

    def _store(self, table: str, row: RowOf) -> dict[str, object]:
        key = str(row["row_guid"])
        same = [known for known in self.stored(table, key) if _same(known, row)]
        if same and self._idempotent:
            return {"row_guid": key, "lsh": same[0]["lsh"], "zt": "2"}
        kept = self._index(self._rows.append({"bm": table, "hang": row}))
        self.journal.effect(table, str(kept["lsh"]), key=key)
        return {"row_guid": key, "lsh": kept["lsh"], "zt": "1"}

    def _clashes(self, table: str, row: RowOf) -> bool:
        """An insert of other content under a known row_guid: only a node that removes repeats notices."""
        if not self._idempotent or row["cd_operation"] != "I":
            return False
        known = [entry for entry in self.stored(table, str(row["row_guid"])) if entry["cd_operation"] == "I"]
        return any(not _same(entry, row) for entry in known)


def _same(kept: RowOf, row: RowOf) -> bool:
    return {**kept, "lsh": None} == {**row, "lsh": None}


def _pushed(table: str, number: str, rows: Sequence[RowOf]) -> Call:
    """What a push says of itself: whose rows, and their keys joined by commas."""
    subjects = (str(row.get("applyer_page_code") or row.get("certificate_holder_code") or "") for row in rows)
    return Call(
        table,
        number,
        next((known for known in subjects if known), ""),
        ",".join(str(row.get("row_guid", "")) for row in rows),
    )


def _said(code: str, text: str, content: object = None, *, status: int = 200) -> Answer:
    return Answer(as_json(status, {"code": code, "msg": text, "data": content}), code)


def _spoilt(reply: Reply, variant: Variant) -> Reply:
    if variant is Variant.GARBLED:
        return Reply(200, b"<html><body>502 Bad Gateway</body></html>", "text/html")
    body = _mapping(json.loads(reply.body))
    content = body["data"]
    first = content[0] if isinstance(content, list) and content else {}
    if variant is Variant.DATE and "bfrq" in first:
        first["bfrq"] = "20260231"
    elif variant is Variant.CODE and "zzzt" in first:
        first["zzzt"] = "77"
    elif variant is Variant.MISSING and first:
        first.pop("zzbs" if "zzbs" in first else "lsh", None)
    else:
        del body["code"]
    return as_json(200, body)


def _certificates(call: Call, request: Request, rule: Rule) -> Answer:
    if not all(unquote(request.headers.get(name, "")).strip() for name in ("x-sxbm", "x-yzsy", "x-jbr")):
        return _said("400", "缺少用证事由、事项或经办人", status=400)
    firm = next((entry for entry in population.FIRMS if entry.uscc == call.subject), None)
    make = LIBRARY.get(request.query.get("zzlxdm", ""))
    held = make(firm) if firm is not None and make is not None else None
    if firm is None or make is None or held is None:
        return _said("404", "无此证照")
    if rule.mode is Mode.SEVERAL:
        return _said("409", "同类多证，请指定证照标识")
    if rule.mode is Mode.WRONG and rule.variant is Variant.OTHER:
        held = next(other for entry in population.FIRMS if entry.uscc != call.subject and (other := make(entry)))
    return _said("200", "ok", [held])


def _licence(firm: Firm) -> dict[str, object]:
    content = licence_pdf(firm)
    return {
        "zzbs": _identifier(LICENCE_TYPE, _ISSUER[1], firm.licence_no),
        "zzmc": "营业执照",
        "zzlxdm": LICENCE_TYPE,
        "zzhm": firm.licence_no,
        "czzt": firm.name,
        "czztdm": firm.uscc,
        "bfjg": _ISSUER[0],
        "bfjgdm": _ISSUER[1],
        "bfrq": firm.checked_on,
        "yxqz": firm.until,
        "zzzt": _STATUS[firm.status],
        "wjgs": "pdf",
        "wjzy": hashlib.sha256(content).hexdigest(),
        "wjnr": base64.b64encode(content).decode(),
    }


def _fire_acceptance(firm: Firm) -> dict[str, object] | None:
    """Only premises that were built or fitted out under a construction permit have one."""
    built = works(firm.key)
    if built is None or built.fire != "filed":
        return None
    number = built.fire_no
    return {
        "zzbs": _identifier(FIRE_TYPE, _BUILDERS[1], number),
        "zzmc": "建设工程消防验收备案凭证",
        "zzlxdm": FIRE_TYPE,
        "zzhm": number,
        "czzt": firm.name,
        "czztdm": firm.uscc,
        "bfjg": _BUILDERS[0],
        "bfjgdm": _BUILDERS[1],
        "bfrq": built.fire_on,
        "yxqz": "长期",
        "zzzt": "1",
    }


def _identifier(kind: str, issuer: str, number: str) -> str:
    parts = (kind, issuer, number, "001")
    return ".".join(("1.2.156.3005.2", *parts, mod_37_36.calc_check_digit("".join(parts))))


LIBRARY: Mapping[str, Callable[[Firm], dict[str, object] | None]] = {
    LICENCE_TYPE: _licence,
    FIRE_TYPE: _fire_acceptance,
}
"""Kinds of certificates in the library."""


@cache
def _columns() -> Mapping[str, Mapping[str, tuple[str, str, bool]]]:
    """Table → column → (type, width, required), from the paper that the platform hands out."""
    tables: dict[str, dict[str, tuple[str, str, bool]]] = {}
    with COLUMNS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            tables.setdefault(row["表名"], {})[row["列名"]] = (row["类型"], row["长度"], row["必填"] == "是")
    return tables


def _fault(table: str, row: RowOf) -> str:
    """What is wrong with a row, naming the column and never its value; empty if nothing."""
    columns = _columns().get(table, {})
    unknown = [name for name in row if name not in columns]
    if unknown:
        return f"{unknown[0]} 不是该表的列"
    for name, (kind, width, required) in columns.items():
        value = row.get(name)
        if value in (None, ""):
            if required:
                return f"{name} 缺失"
        elif not _fits(kind, width, value):
            return f"{name} 类型或长度不符"
    return "" if row["cd_operation"] in ("I", "U", "D") else "cd_operation 无此代码"


def _fits(kind: str, width: str, value: object) -> bool:
    if kind == "整数":
        return isinstance(value, int)
    if not isinstance(value, str):
        return False
    return bool(_MOMENT.fullmatch(value)) if kind == "时间" else len(value) <= int(width)


def _rows(body: bytes) -> list[RowOf]:
    """The rows of a push; none if it cannot be read."""
    try:
        rows = json.loads(body)["rows"]
    except (ValueError, KeyError, TypeError):
        return []
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _mapping(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value
