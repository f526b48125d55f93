"""政务短信网关: one verb, `POST /dx/fs`, as `dx.openapi.yaml` says. It sends nothing to anybody; it writes down that it would have."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.simulators.control import Mode, Rule
from adapters.simulators.http import Reply, Request
from adapters.simulators.journal import Call
from adapters.simulators.lines import Lines
from adapters.simulators.server import Answer, Setting, Simulator, as_json

CODE_OF_ACCESS = "demo-not-secret-dx"
"""接入码 issued to the hub; for demo and tests only."""

_FORCED = {Mode.BUSY: ("5003", "系统繁忙"), Mode.NOBODY: ("4005", "号码不可达"), Mode.DENIED: ("4005", "号码不可达")}


class Dx(BaseModel):
    """一条短信."""

    model_config = ConfigDict(extra="forbid", strict=True)

    lsh: str = Field(min_length=1, max_length=64)
    sjhm: str = Field(pattern="^1[0-9]{10}$", repr=False)
    nr: str = Field(min_length=1, max_length=500, repr=False)


class Sms(Simulator[Dx | None]):
    """Serves `/dx/fs`. Messages stand in `state/sms.messages.jsonl`, so that the demo can show them."""

    code = "sms"
    secrets = {"api_key": CODE_OF_ACCESS}
    modes = frozenset(Mode) - {Mode.SEVERAL}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._messages = Lines(setting.folder / "state" / "sms.messages.jsonl")

    async def close(self) -> None:
        await super().close()
        self._messages.close()

    def read(self, request: Request) -> tuple[Call, Dx | None]:
        number = request.headers.get("x-request-id", "")
        if request.headers.get("x-jrm") != CODE_OF_ACCESS:
            return Call("unauthorised", number), None
        if (request.method, request.path) != ("POST", "/dx/fs") or not number:
            return Call("?", number), None
        try:
            message = Dx.model_validate_json(request.body)
        except ValidationError:
            return Call("dxFs", number), None
        return Call("dxFs", number, message.sjhm, message.lsh), message

    def answer(self, call: Call, parsed: Dx | None, rule: Rule) -> Answer:
        if call.operation == "unauthorised":
            return _said("4001", "接入码无效", status=401)
        if parsed is None or rule.mode is Mode.REFUSE:
            return _said("4000", "参数错误", status=400)
        if rule.mode in _FORCED:
            return _said(*_FORCED[rule.mode])
        if rule.mode is Mode.WRONG:
            return Answer(Reply(200, b"<html></html>", "text/html"), "wrong: garbled")
        known = next((row for row in self._messages.rows() if row["lsh"] == parsed.lsh), None)
        if known is not None:
            return _said("0001", "重复流水号", f"DX99{known['seq']:07d}")
        row = self._messages.append({"lsh": parsed.lsh, "sjhm": parsed.sjhm, "nr": parsed.nr})
        number = f"DX99{row['seq']:07d}"
        self.journal.effect("dxFs", number, key=parsed.lsh, subject=parsed.sjhm)
        return _said("0000", "已提交", number)


def _said(code: str, text: str, number: str | None = None, *, status: int = 200) -> Answer:
    return Answer(as_json(status, {"fhm": code, "fhxx": text, "xxbh": number}), code)
