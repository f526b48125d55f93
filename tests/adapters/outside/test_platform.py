"""The platform: our words become its rows, a row is told once, and what it does not take is a person's matter."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.connect import Connection, connect, connect_sms
from adapters.contract import Message, Misconfigured, PeerRefused, PeerUnreachable, Push, Taken
from adapters.outside.platform import Platform, row_guid
from tests.adapters.kinds.far_side import Answerer, Came, FarSide, breaks_off, far_side, http, says, writes
from tests.adapters.kinds.making import NOW, PORTS, department_of

COLUMNS = """表名,列名,类型,长度,必填,说明
up_pro_process,row_guid,字符,50,是,
up_pro_process,process_name,字符,10,是,
up_pro_process,remark,字符,50,否,
up_pro_material,row_guid,字符,50,是,
up_pro_material,material_name,字符,50,是,
"""
TOML = """
[department]
code = "p"
name = "测试平台"
uscc = "11411323MB00009009"
kind = "platform"
[wire]
auth = { style = "api_key", header = "X-Key", secret = "api_key" }
row_lists = { up_pro_material = "materials" }
[wire.documents]
"c.csv" = "PIN"
[wire.push]
method = "POST"
path = "/up/{table}"
columns = "c.csv"
result = "code"
taken = ["200"]
busy = ["503"]
department_no = "data[0].lsh"
row_state = "data[0].zt"
seen = ["2"]
[wire.lookup]
path = "/up/{table}/{row_guid}"
result = "code"
found = ["200"]
not_found = ["404"]
rows = "data.rows"
operation = "cd_operation=I"
number = "lsh"
[wire.tables.up_pro_process]
row_guid = "{row_guid}"
process_name = "{value.step_title}"
remark = { from = "{at}", as = "datetime" }
[wire.tables.up_pro_material]
row_guid = "{row_guid}"
material_name = "{row.name}"
[wire.sms]
method = "POST"
path = "/send"
body = { lsh = "{message_id}", sjhm = "{phone}", nr = "{text}" }
result = "fhm"
taken = ["0"]
again = ["1"]
department_no = "no"
"""
KEY = "0193d0f0-0000-7000-8000-000000000001"
TAKEN = {"code": "200", "data": [{"lsh": "9", "zt": "1"}]}
NONE = {"code": "404", "data": None}
HAS = {"code": "200", "data": {"rows": [{"cd_operation": "U", "lsh": "7"}, {"cd_operation": "I", "lsh": "8"}]}}


def push(values: Mapping[str, str], table: str = "up_pro_process") -> Push:
    return Push(KEY, table, "c1", "c1-1", NOW, values)


def receives(folder: Path, address: str, text: str = TOML, **options: str) -> Platform:
    (folder / "c.csv").write_text(COLUMNS)
    pinned = text.replace("PIN", hashlib.sha256(COLUMNS.encode()).hexdigest())
    department, resources = department_of(pinned, folder)
    line = connect(department, resources.values(), Connection(address, {"api_key": "k"}, options=options), PORTS)
    assert isinstance(line.receives, Platform)
    return line.receives


def told(folder: Path, far: Answerer, *pushes: Push, **options: str) -> tuple[list[Taken], FarSide]:
    async def run() -> tuple[list[Taken], FarSide]:
        async with far_side(far) as side:
            platform = receives(folder, side.address, **options)
            try:
                return [await platform.receive(one) for one in pushes], side
            finally:
                await platform._line.guard.close()

    return asyncio.run(run())


def stores(known: object = NONE, taken: object = TAKEN) -> Answerer:
    """A platform that is asked (GET) and told (POST)."""

    async def answer(came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(http(json.dumps(known if came.method == "GET" else taken).encode()))

    return answer


def test_our_words_become_a_row_that_bears_the_key_of_the_push(tmp_path: Path) -> None:
    (taken,), side = told(tmp_path, stores(), push({"step_title": "受理"}), idempotent="true")
    row = {"row_guid": KEY, "process_name": "受理", "remark": "2026-11-20 10:00:00"}
    assert json.loads(side.came[0].body) == {"rows": [row]} and taken == Taken("9")
    assert side.came[0].headers["x-key"] == "k"


def test_an_idempotent_platform_is_told_without_being_asked(tmp_path: Path) -> None:
    seen = {"code": "200", "data": [{"lsh": "9", "zt": "2"}]}
    (taken,), side = told(tmp_path, stores(taken=seen), push({"step_title": "受理"}), idempotent="true")
    assert [one.method for one in side.came] == ["POST"] and taken.again


def test_a_platform_that_does_not_know_repeats_is_asked_first(tmp_path: Path) -> None:
    (taken,), side = told(tmp_path, stores(), push({"step_title": "受理"}))
    assert [one.method for one in side.came] == ["GET", "POST"] and not taken.again


def test_what_it_already_has_is_not_sent_again(tmp_path: Path) -> None:
    (taken,), side = told(tmp_path, stores(known=HAS), push({"step_title": "受理"}))
    assert [one.method for one in side.came] == ["GET"] and taken == Taken("8", None, True)


def test_nothing_is_sent_while_it_is_unknown_whether_the_row_is_there(tmp_path: Path) -> None:
    for known in ({"code": "503"}, {"code": "999"}, {}):
        with pytest.raises(PeerUnreachable):
            told(tmp_path, stores(known=known), push({"step_title": "受理"}))


def test_of_several_rows_only_the_missing_ones_are_sent(tmp_path: Path) -> None:
    async def answer(came: Came, writer: asyncio.StreamWriter) -> None:
        known = HAS if came.path.endswith(KEY) else NONE
        writer.write(http(json.dumps(known if came.method == "GET" else TAKEN).encode()))

    materials = json.dumps([{"name": "甲"}, {"name": "乙"}])
    _, side = told(tmp_path, answer, push({"materials": materials}, "up_pro_material"))
    assert [row["material_name"] for row in json.loads(side.came[-1].body)["rows"]] == ["乙"]


def test_a_push_without_any_row_is_done(tmp_path: Path) -> None:
    (taken,), side = told(tmp_path, stores(), push({"materials": "[]"}, "up_pro_material"))
    assert side.came == [] and taken == Taken("")


def test_rows_of_one_push_have_names_of_their_own_that_never_change() -> None:
    assert row_guid(KEY) == KEY and row_guid(KEY, 1) == row_guid(KEY, 1) != row_guid(KEY, 2)
    assert len(row_guid("k" * 60)) == 36


@pytest.mark.parametrize(
    ("values", "words"),
    [({}, "process_name is required"), ({"step_title": "十" * 11}, "longer than 10")],
)
def test_a_row_that_the_platform_would_refuse_is_not_sent(tmp_path: Path, values: dict[str, str], words: str) -> None:
    with pytest.raises(PeerRefused, match=words):
        told(tmp_path, stores(), push(values))


def test_a_conflict_needs_a_person_and_a_lost_answer_is_sent_again(tmp_path: Path) -> None:
    with pytest.raises(PeerRefused, match="409"):
        told(tmp_path, says({"code": "409"}), push({"step_title": "受理"}), idempotent="true")
    with pytest.raises(PeerUnreachable):
        told(tmp_path, breaks_off(b"HTTP/1.1 200"), push({"step_title": "受理"}), idempotent="true")


def test_a_word_that_no_push_has_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no word of a push"):
        receives(tmp_path, "http://127.0.0.1:1", TOML.replace("value.step_title", "value.step_titel"))


# --- SMS ----------------------------------------------------------------------------------------------------------------


def sent(folder: Path, far: Answerer, phone: str = "19900000001") -> tuple[Taken, FarSide]:
    async def run() -> tuple[Taken, FarSide]:
        async with far_side(far) as side:
            department, _ = department_of(TOML.replace("PIN", "00"), folder)
            line = connect_sms(department, Connection(side.address, {"api_key": "k"}), PORTS)
            assert line.tells is not None
            try:
                return await line.tells.tell(Message(KEY, phone, "您的办件已受理")), side
            finally:
                await line.close()

    return asyncio.run(run())


def test_a_message_is_sent_under_its_key(tmp_path: Path) -> None:
    taken, side = sent(tmp_path, says({"fhm": "1", "no": "D1"}))
    assert taken == Taken("D1", None, True)
    assert json.loads(side.came[0].body) == {"lsh": KEY, "sjhm": "19900000001", "nr": "您的办件已受理"}


def test_a_number_that_is_no_mobile_number_is_not_sent_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(PeerRefused) as told_:
        sent(tmp_path, writes(b""), phone="0377-12345")
    assert "12345" not in str(told_.value)


def test_a_number_that_the_gateway_cannot_reach_needs_a_person(tmp_path: Path) -> None:
    with pytest.raises(PeerRefused):
        sent(tmp_path, says({"fhm": "4005"}))
