"""Recording: what is packed in texts is replaced too, what cannot be told safe is refused, and a recording tells when a mapping changed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.proving.bodies import Body, CannotTell
from adapters.proving.fiction import Fiction
from adapters.proving.fixtures import read, write
from adapters.proving.recording import Real, recorded
from adapters.proving.replaying import differences, played
from adapters.proving.sampling import Folder, folder_of, question, tried
from adapters.proving.transports import Answer, Passed, Request
from tests.adapters.kinds.making import NOW, department_of

TOML = """
[department]
code = "d"
name = "d"
uscc = "u"
kind = "rest"
[resources.person]
title = "t"
share = "conditional"
subject = ["id_number"]
[resources.person.wire]
path = "/ry/{id_number}"
result = "$.jg"
found = ["0"]
not_found = ["1"]
record = "$.sj"
echo = { id_number = "$.zjhm" }
[resources.person.fields]
person_name = { path = "$.xm", as = "name" }
born_on = { path = "$.csrq", as = "slash_date" }
state = { path = "$.zt", codes = { "在册" = "in", "迁出" = "out" } }
"""
NUMBER = "411323199001019908"
RECORD = {"xm": "测试甲", "zjhm": NUMBER, "csrq": "1990/1/1", "zt": "在册", "bz": "联系人测试甲"}


def folder(text: str = TOML) -> Folder:
    department, resources = department_of(text)
    return folder_of(department, resources.values())


async def real(body: object) -> Real:
    there, answer = folder(), Answer(200, "application/json", json.dumps(body, ensure_ascii=False).encode())
    got = await tried(there, question(there.resource("person"), {"id_number": NUMBER}), answer, NOW, asked=True)
    return Real((Passed(Request("GET", "/", b""), answer),), got.looked, got.outcome)


def kept(body: object) -> Any:
    async def whole() -> Any:
        there = folder()
        return await recorded(there, there.resource("person"), "found", await real(body), Fiction(bytes(32)), NOW)

    return asyncio.run(whole())


def test_a_recording_holds_nobody_and_its_days_fit_its_numbers() -> None:
    made = kept({"jg": "0", "sj": RECORD})
    text = made.passed[0].answer.body.decode()
    assert "测试甲" not in text and NUMBER not in text and "1990/1/1" not in text
    values = made.outcome["values"]
    assert made.subject["id_number"][6:14] == values["born_on"].replace("-", "") and values["state"] == "in"
    assert values["person_name"] in json.loads(text)["sj"]["bz"] and made.passed[0].request.target.endswith(made.subject["id_number"])  # fmt: skip


def test_a_body_inside_a_text_and_inside_base64_is_replaced_too() -> None:
    inner = f"<R><Zjhm>{NUMBER}</Zjhm><Xm>测试甲</Xm></R>"
    packed = base64.b64encode(inner.encode("gb18030")).decode()
    made = kept({"jg": "0", "sj": RECORD | {"xml": inner, "json": json.dumps({"a": [NUMBER]}), "b64": packed}})
    plain = json.loads(made.passed[0].answer.body)["sj"]
    unpacked = base64.b64decode(plain["b64"]).decode("gb18030")
    assert plain["xml"] == unpacked == inner.replace(NUMBER, plain["zjhm"]).replace("测试甲", plain["xm"])
    assert plain["json"] == json.dumps({"a": [plain["zjhm"]]}, separators=(",", ":"))


def test_a_file_is_made_anew_and_so_is_its_digest() -> None:
    body = b"%PDF-1.7 of somebody"
    packed = {"zy": hashlib.sha256(body).hexdigest().upper(), "nr": base64.b64encode(body).decode()}
    plain = json.loads(kept({"jg": "0", "sj": RECORD | packed}).passed[0].answer.body)["sj"]
    file = base64.b64decode(plain["nr"])
    assert file.startswith(b"%PDF-") and b"somebody" not in file
    assert plain["zy"] == hashlib.sha256(file).hexdigest().upper()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({NUMBER: "x"}, "A key at"),
        ({"b": base64.b64encode(bytes(range(200, 250))).decode()}, "Base64 that is neither"),
        ({"x": "<R><broken></R>"}, "no whole XML"),
    ],
)
def test_what_cannot_be_told_safe_is_refused_and_not_repeated(more: dict[str, str], why: str) -> None:
    with pytest.raises(CannotTell, match=why) as caught:
        kept({"jg": "0", "sj": RECORD | more})
    assert NUMBER not in str(caught.value)


@pytest.mark.parametrize("body", [b"\x89PNG\r\n", b"name=x&id=1", b"<!DOCTYPE x><x/>", "<x>甲</x>".encode("utf-16")])
def test_a_body_that_cannot_be_taken_apart_is_refused(body: bytes) -> None:
    with pytest.raises(CannotTell):
        Body(str).disguised(body, "")


def test_an_answer_that_would_read_otherwise_is_refused() -> None:
    other = folder(TOML.replace('as = "name"', 'codes = { "测试乙" = "x" }'))

    async def whole() -> None:
        got = await real({"jg": "0", "sj": RECORD})
        await recorded(other, other.resource("person"), "found", got, Fiction(bytes(32)), NOW)

    with pytest.raises(CannotTell, match="another outcome|other fields"):
        asyncio.run(whole())


def test_a_recording_says_what_a_changed_mapping_does(tmp_path: Any) -> None:
    made = read(write(kept({"jg": "0", "sj": RECORD}), tmp_path))

    def now(text: str) -> list[str]:
        return differences(made, asyncio.run(played(folder(text), made)))

    assert now(TOML) == []
    assert now(TOML.replace("$.csrq", "$.csrr")) == [
        "missing is otherwise: new",
        "values.born_on is otherwise: not there",
    ]
    assert now(TOML.replace("/ry/", "/rk/")) == ["request 1 goes to another place"]
    assert now(TOML.replace('"在册" = "in"', '"在册" = "on"')) == ["values.state is otherwise: another value"]
    assert now(TOML.replace('as = "name"', 'as = "phone"')) and "示例" not in " ".join(now(TOML.replace('as = "name"', 'as = "phone"')))  # fmt: skip
    assert differences(replace(made, passed=()), asyncio.run(played(folder(), made)))
