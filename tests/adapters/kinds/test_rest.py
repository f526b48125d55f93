"""REST: each fault has one typed outcome, each mapping rule holds, and what is sent is what the mapping says."""

from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from adapters.contract import (
    Ambiguous,
    Attachment,
    Denied,
    Found,
    Misconfigured,
    NotFound,
    Outcome,
    PeerRefused,
    PeerUnreachable,
    Stop,
    Unavailable,
    Unusable,
    Why,
)
from tests.adapters.kinds.far_side import (
    Answerer,
    Came,
    FarSide,
    breaks_off,
    drips,
    far_side,
    free_port_address,
    http,
    says,
    waits,
    writes,
)
from tests.adapters.kinds.making import ask, connected, handover

USCC = "91411323MA9EXM1K6U"
TOML = """
[department]
code = "d"
name = "测试局"
uscc = "11411323MB00009009"
kind = "rest"
[wire]
auth = { style = "bearer", secret = "token" }
size_limit_bytes = 20000
[resources.r]
title = "测试"
share = "conditional"
subject = ["uscc"]
[resources.r.wire]
path = "/v1/{uscc}"
query = { xh = "{choice}" }
headers = { X-Id = "{request_id}", X-Why = { from = "{purpose}", as = "percent" } }
result = "$.code"
found = ["0"]
not_found = ["404"]
several = ["409"]
denied = ["403"]
busy = ["503"]
record = "$.rec"
candidates = { path = "$.rec", choice = "xh", label = "{mc} {dz}" }
withheld = { path = "$.bg", names = { mc = "enterprise_name" } }
[resources.r.fields]
enterprise_name = { path = "$.mc", required = true }
founded_on = { path = "$.rq", as = "yyyymmdd", empty = ["无"] }
registered_capital = { path = "$.zb", as = "wan" }
[resources.r.lists.owners]
path = "$.gd"
fields = { owner_name = "$.xm", owner_share = "$.fe" }
[handles.permit.hand_over]
method = "POST"
path = "/sq"
result = "$.code"
taken = ["0"]
again = ["1"]
busy = ["503"]
department_no = "$.no"
at = "$.at"
headers = { X-Key = "{key}" }
[handles.permit.hand_over.body]
lsh = "{item_no}"
mc = { from = "{form.enterprise.name}", required = true }
rq = { from = "{pre_review}", as = "flag" }
bc = { from = "{correction}", codes = { false = "1", true = "2" } }
[handles.permit.hand_over.body.cl]
each = "attachments"
row = { xh = "{number}", zy = "{sha256}", nr = { from = "{body}", as = "base64" } }
[handles.permit.stop]
method = "POST"
path = "/sq/{department_no}/ch"
result = "$.code"
done = ["0"]
[handles.permit.stop.body]
yy = "{reason}"
"""
GOOD = {"code": "0", "rec": {"mc": "西峡县示例民宿有限公司 ", "rq": "20240115", "zb": "50.000000", "gd": []}}


def asked(answer: Answerer, **more: object) -> Outcome:
    async def run() -> Outcome:
        async with far_side(answer) as side:
            return await ask(TOML, side.address, {"uscc": USCC}, **more)  # type: ignore[arg-type]

    return asyncio.run(run())


def test_a_found_record_is_canonical_text() -> None:
    outcome = asked(says(GOOD))
    assert isinstance(outcome, Found)
    assert outcome.values == {
        "enterprise_name": "西峡县示例民宿有限公司",
        "founded_on": "2024-01-15",
        "registered_capital": "500000",
    }
    assert outcome.missing == ("owners",) and json.loads(outcome.raw.body)["code"] == "0"


def test_only_what_was_asked_for_is_read() -> None:
    tree = {"code": "0", "rec": {"mc": "甲", "gd": [{"xm": "测试甲", "fe": "1/2"}]}}
    outcome = asked(says(tree), fields=("owners.owner_name",))
    assert isinstance(outcome, Found) and outcome.values == {} and outcome.missing == ()
    assert outcome.lists == {"owners": ({"owner_name": "测试甲"},)}


def test_an_empty_text_is_missing_and_never_a_value() -> None:
    outcome = asked(says({"code": "0", "rec": {"mc": "甲", "rq": "无", "zb": "  "}}))
    assert isinstance(outcome, Found) and "founded_on" not in outcome.values
    assert set(outcome.missing) == {"founded_on", "registered_capital", "owners"}


def test_a_field_that_the_department_cut_is_withheld_and_not_missing() -> None:
    outcome = asked(says({"code": "0", "rec": {"bg": ["mc"], "rq": "20240115"}}))
    assert isinstance(outcome, Found) and outcome.withheld == ("enterprise_name",)


def test_a_required_field_that_is_absent_makes_the_answer_unusable() -> None:
    outcome = asked(says({"code": "0", "rec": {"rq": "20240115"}}))
    assert isinstance(outcome, Unusable)
    assert (outcome.field, outcome.path, outcome.rule) == ("enterprise_name", "$.mc", "required")


def test_a_value_that_breaks_its_rule_names_field_path_and_rule_and_keeps_the_answer() -> None:
    outcome = asked(says({"code": "0", "rec": {"mc": "甲", "rq": "20240231"}}))
    assert isinstance(outcome, Unusable) and outcome.raw is not None
    assert (outcome.field, outcome.path, outcome.rule) == ("founded_on", "$.rq", "yyyymmdd")


def test_each_business_code_has_its_outcome() -> None:
    assert isinstance(asked(says({"code": "404"})), NotFound)
    assert asked(says({"code": "503"})) == Unavailable(Why.BUSY)
    denied = asked(says({"code": "403"}))
    assert isinstance(denied, Denied) and denied.reason == "department"


def test_a_code_that_the_mapping_does_not_know_is_unusable() -> None:
    outcome = asked(says({"code": "777"}))
    assert isinstance(outcome, Unusable) and outcome.rule == "unknown_result_code"


def test_two_matches_give_candidates_and_the_choice_finds_one() -> None:
    rows = [{"xh": "1", "mc": "示例一", "dz": "甲路"}, {"xh": "2", "mc": "示例二", "dz": "乙路"}]
    several = asked(says({"code": "409", "rec": rows}))
    assert isinstance(several, Ambiguous)
    assert [(one.choice, one.label) for one in several.candidates] == [("1", "示例一 甲路"), ("2", "示例二 乙路")]
    chosen = asked(says({"code": "0", "rec": rows}), choice="2")
    assert isinstance(chosen, Found) and chosen.values["enterprise_name"] == "示例二"


def test_two_records_without_a_choice_are_ambiguous_even_under_a_code_of_success() -> None:
    assert isinstance(asked(says({"code": "0", "rec": [{"xh": "1"}, {"xh": "2"}]})), Ambiguous)


def test_success_without_a_record_is_not_taken_for_no_record() -> None:
    for tree in ({"code": "0", "rec": None}, {"code": "0", "rec": []}, {"code": "0"}):
        outcome = asked(says(tree))
        assert isinstance(outcome, Unusable) and outcome.rule == "record"


# --- faults -----------------------------------------------------------------------------------------------------------


def test_a_refused_connection() -> None:
    outcome = asyncio.run(ask(TOML, free_port_address(), {"uscc": USCC}))
    assert outcome == Unavailable(Why.REFUSED_CONNECTION)


def test_no_answer_in_time() -> None:
    assert asked(waits(5), timeout_seconds=0.2) == Unavailable(Why.TIMEOUT)


def test_an_answer_that_drips_is_cut_at_the_same_limit() -> None:
    assert asked(drips(http(b'{"code":"0"}'), 0.05), timeout_seconds=0.3) == Unavailable(Why.TIMEOUT)


def test_a_reset_in_the_middle_of_the_answer() -> None:
    whole = http(json.dumps(GOOD).encode())
    assert asked(breaks_off(whole[: len(whole) // 2])) == Unavailable(Why.BROKEN_OFF)


def test_an_answer_shorter_than_it_says() -> None:
    async def answer(came: object, writer: asyncio.StreamWriter) -> None:
        writer.write(http(json.dumps(GOOD).encode())[:-5])
        await writer.drain()
        writer.close()

    assert asked(answer) == Unavailable(Why.BROKEN_OFF)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (http(b"<html>login</html>", media_type="text/html"), "content_type"),
        (http(b'{"code":"0"}', media_type="text/plain"), "content_type"),
        (http(b'{"code":"0","rec":{"mc":"\xcb\xce"}}'), "encoding"),
        (http(b'{"code":"0","rec":{"mc"'), "json"),
        (http(b'{"code":NaN}'), "json"),
        (http(b"x" * 20001), "too_large"),
        (http(b"", status=302, extra="Location: http://127.0.0.1:1/login\r\n"), "redirect"),
        (http(gzip.compress(b"{}"), extra="Content-Encoding: gzip\r\n"), "content_encoding"),
        (http(b"{}", status=404), "status_404"),
        (http(b"[" * 5000 + b"]" * 5000), "json"),
    ],
    ids=["html", "wrong type", "gb18030", "truncated", "nan", "oversize", "redirect", "gzip", "http 404", "deep"],
)
def test_an_answer_that_cannot_be_read(content: bytes, rule: str) -> None:
    outcome = asked(writes(content))
    assert isinstance(outcome, Unusable) and outcome.rule == rule


def test_an_endless_answer_is_given_up_at_the_size_limit() -> None:
    async def answer(came: object, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"1000\r\n" + b" " * 4096 + b"\r\n")
            await writer.drain()

    outcome = asked(answer)
    assert isinstance(outcome, Unusable) and outcome.rule == "too_large"


def test_a_server_error_is_unavailable() -> None:
    assert asked(says({"code": "0"}, 500)) == Unavailable(Why.SERVER_ERROR)
    assert asked(says({}, 503)) == Unavailable(Why.BUSY)


def test_refused_credentials_are_denied_and_not_down() -> None:
    outcomes = [asked(says({}, status)) for status in (401, 403)]
    assert [one.reason for one in outcomes if isinstance(one, Denied)] == ["credentials_refused", "not_permitted"]


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_the_request_carries_number_reason_and_credentials() -> None:
    async def run() -> FarSide:
        async with far_side(says(GOOD)) as side:
            await ask(TOML, side.address, {"uscc": USCC})
            return side

    (came,) = asyncio.run(run()).came
    assert came.path == f"/v1/{USCC}" and came.headers["authorization"] == "Bearer t0"
    assert came.headers["x-id"].startswith("0193d0f0") and came.headers["x-why"].startswith("%E5%8A%9E")


@pytest.mark.parametrize("value", ["..", ".", ""])
def test_a_subject_that_would_climb_the_path_is_not_sent(value: str) -> None:
    outcome = asyncio.run(ask(TOML, free_port_address(), {"uscc": value}))
    assert isinstance(outcome, Unusable) and outcome.rule == "unaskable:cannot_stand_in_a_path"


def test_a_subject_is_one_segment_whatever_it_holds() -> None:
    async def run() -> FarSide:
        async with far_side(says(GOOD)) as side:
            await ask(TOML, side.address, {"uscc": "../x?y#z/é"})
            return side

    assert asyncio.run(run()).came[0].path == "/v1/..%2Fx%3Fy%23z%2F%C3%A9"


def test_a_case_number_with_a_line_break_never_becomes_a_header() -> None:
    toml = TOML.replace('X-Id = "{request_id}"', 'X-Id = "{uscc}"')
    outcome = asyncio.run(ask(toml, free_port_address(), {"uscc": "a\r\nX-Evil: 1"}))
    assert isinstance(outcome, Unusable) and outcome.rule == "unaskable:header_characters"


def test_unknown_keys_forms_words_and_missing_secrets_are_told_at_once() -> None:
    for wrong, right in (
        ('path = "/v1/{uscc}"', 'path = "/v1/{usc}"'),
        ('as = "wan"', 'as = "won"'),
        ('record = "$.rec"', 'recrod = "$.rec"'),
        ('"$.mc", required', '"$..mc", required'),
    ):
        with pytest.raises(Misconfigured, match=r"d|resources"):
            connected(TOML.replace(wrong, right), "http://127.0.0.1:1", secrets={"token": "t"})


def test_errors_and_reprs_hold_no_secret_and_no_subject() -> None:
    line = connected(TOML, "http://127.0.0.1:1", secrets={"token": "very-secret"})
    assert "very-secret" not in repr(line) + repr(line.answers)
    assert USCC not in repr(asked(says(GOOD)))


# --- the document -----------------------------------------------------------------------------------------------------

FETCH = TOML.replace(
    "[resources.r.fields]",
    """[resources.r.wire.document]
path = "$.nr"
sha256 = "$.zy"
name = "$.mc"
media_type = "$.gs"
fetch = { path = "/v1/{uscc}/file", result = "$.code", found = ["0"], echo = { uscc = "$.zt" } }
[resources.r.fields]""",
)
PDF = "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca7"


def with_file(file: object) -> Outcome:
    async def answer(came: object, writer: asyncio.StreamWriter) -> None:
        tree = file if came.path.endswith("/file") else GOOD  # type: ignore[attr-defined]
        writer.write(http(json.dumps(tree).encode()))

    async def run() -> Outcome:
        async with far_side(answer) as side:
            return await ask(FETCH, side.address, {"uscc": USCC})

    return asyncio.run(run())


def test_a_document_is_fetched_and_checked_against_its_digest() -> None:
    import base64
    import hashlib

    body = b"%PDF-1.4"
    file = {
        "code": "0",
        "zt": USCC,
        "nr": base64.b64encode(body).decode(),
        "zy": hashlib.sha256(body).hexdigest(),
        "mc": "执照",
        "gs": "pdf",
    }
    outcome = with_file(file)
    assert isinstance(outcome, Found)
    assert [(one.media_type, one.body) for one in outcome.documents] == [("application/pdf", body)]
    spoiled = with_file({**file, "zy": PDF})
    assert isinstance(spoiled, Unusable) and (spoiled.field, spoiled.rule) == ("document", "sha256")


def test_a_document_of_somebody_else_spoils_the_answer() -> None:
    outcome = with_file({"code": "0", "zt": "91411323MA9990001K", "nr": "JVBERg=="})
    assert isinstance(outcome, Unusable) and outcome.rule == "other_subject"


def test_a_slow_document_does_not_cost_the_fields() -> None:
    async def answer(came: Came, writer: asyncio.StreamWriter) -> None:
        if came.path.endswith("/file"):
            await asyncio.sleep(600)
        writer.write(http(json.dumps(GOOD).encode()))

    async def run(seconds: float) -> Outcome:
        async with far_side(answer) as side:
            return await ask(FETCH, side.address, {"uscc": USCC}, timeout_seconds=seconds)

    # A machine that stands still for so long costs the fields too, but not each time.
    outcomes = (asyncio.run(run(seconds)) for seconds in (1, 5, 20))
    outcome = next(one for one in outcomes if one != Unavailable(Why.TIMEOUT))
    assert isinstance(outcome, Found) and "document" in outcome.missing


def test_a_document_in_the_answer_is_that_of_the_chosen_record() -> None:
    toml = TOML.replace("[resources.r.fields]", '[resources.r.wire.document]\npath = "$.nr"\n[resources.r.fields]')
    rows = [{"xh": "1", "mc": "甲", "nr": "MQ=="}, {"xh": "2", "mc": "乙", "nr": "Mg=="}]

    async def run() -> Outcome:
        async with far_side(says({"code": "0", "rec": rows})) as side:
            return await ask(toml, side.address, {"uscc": USCC}, choice="2")

    outcome = asyncio.run(run())
    assert isinstance(outcome, Found) and [one.body for one in outcome.documents] == [b"2"]


def test_a_document_that_cannot_be_had_leaves_the_fields_standing() -> None:
    outcome = with_file({"code": "404"})
    assert isinstance(outcome, Found) and outcome.values and "document" in outcome.missing


# --- Handles ----------------------------------------------------------------------------------------------------------


def handed(answer: Answerer, form: dict[str, str], **more: object) -> tuple[object, FarSide]:
    async def run() -> tuple[object, FarSide]:
        async with far_side(answer) as side:
            line = connected(TOML, side.address, secrets={"token": "t0"})
            assert line.handles is not None
            try:
                return await line.handles.hand_over(handover("permit", form, **more)), side
            finally:
                await line.close()

    return asyncio.run(run())


def test_an_item_case_is_handed_over_with_its_key_and_its_attachments() -> None:
    attachment = Attachment("m1", "制度", "C", media_type="application/pdf", body=b"%PDF")
    taken, side = handed(
        says({"code": "0", "no": "A1", "at": "20261120100000"}),
        {"enterprise.name": "示例"},
        attachments=(attachment,),
        pre_review=True,
    )
    body = json.loads(side.came[0].body)
    assert (taken.department_no, taken.again) == ("A1", False)  # type: ignore[attr-defined]
    assert taken.at.isoformat() == "2026-11-20T10:00:00+08:00"  # type: ignore[attr-defined]
    assert side.came[0].headers["x-key"] == "handover:1" and body["rq"] == "1" and body["bc"] == "1"
    assert body["cl"][0]["nr"] == "JVBERg==" and len(body["cl"][0]["zy"]) == 64


def test_a_second_sending_is_known_by_its_code() -> None:
    taken, _ = handed(says({"code": "1", "no": "A1"}), {"enterprise.name": "示例"})
    assert taken.again  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "answer",
    [
        says({"code": "503"}),
        says({}, 500),
        writes(http(b"<html>", media_type="text/html")),
        breaks_off(b"HTTP/1.1 200"),
        says({"code": "0"}),
    ],
    ids=["busy", "server error", "html", "reset", "receipt without a number"],
)
def test_whatever_may_or_may_not_have_arrived_is_sent_again(answer: Answerer) -> None:
    with pytest.raises(PeerUnreachable):
        handed(answer, {"enterprise.name": "示例"})


@pytest.mark.parametrize("answer", [says({"code": "4000"}), says({}, 400), says({}, 401)], ids=["code", "400", "401"])
def test_what_the_department_turned_down_needs_a_person(answer: Answerer) -> None:
    with pytest.raises(PeerRefused):
        handed(answer, {"enterprise.name": "示例"})


def test_a_form_that_lacks_what_the_department_must_have_is_not_sent() -> None:
    with pytest.raises(PeerRefused, match="mc cannot be filled"):
        handed(says({"code": "0"}), {})


def test_an_item_that_the_department_does_not_take_is_refused_here() -> None:
    async def run() -> None:
        line = connected(TOML, "http://127.0.0.1:1", secrets={"token": "t0"})
        assert line.handles is not None
        await line.handles.stop(Stop("k", "n", "A1", "撤回", item="other"))

    with pytest.raises(PeerRefused, match="other"):
        asyncio.run(run())


def test_check_names_what_would_not_work(tmp_path: Path) -> None:
    toml = TOML.replace("[resources.r]", '[wire.documents]\n"a.csv" = "00"\n[resources.r]')
    (tmp_path / "a.csv").write_text("changed")
    sentences = asyncio.run(connected(toml, free_port_address(), folder=tmp_path, secrets={"token": "t"}).check())
    assert len(sentences) == 2 and "a.csv was changed" in sentences[0] and "refused_connection" in sentences[1]


# --- forms, and documents within the answer ---------------------------------------------------------------------------

FORM = TOML.replace("[wire]", '[wire]\nsend = "form"', 1)


def test_a_form_body_has_one_level_and_what_is_deeper_stands_as_json_text() -> None:
    async def run() -> Came:
        async with far_side(says({"code": "0", "no": "N1"})) as side:
            line = connected(FORM, side.address, secrets={"token": "t0"})
            assert line.handles is not None
            await line.handles.hand_over(handover("permit", {"enterprise.name": "示例&一"}))
            await line.close()
            return side.came[0]

    came = asyncio.run(run())
    assert came.headers["content-type"] == "application/x-www-form-urlencoded"
    fields = dict(parse_qsl(came.body.decode("ascii"), strict_parsing=True))
    assert fields["mc"] == "示例&一" and fields["rq"] == "0" and json.loads(fields["cl"]) == []


def test_a_form_in_gb18030_is_written_in_it() -> None:
    text = FORM.replace('format = "json"', "").replace("[wire]", '[wire]\nformat = "xml"\nencoding = "gb18030"', 1)

    async def run() -> Came:
        async with far_side(writes(http(b"<a><code>0</code></a>", media_type="text/xml"))) as side:
            line = connected(text, side.address, secrets={"token": "t0"})
            assert line.handles is not None
            with pytest.raises(PeerRefused):
                await line.handles.hand_over(handover("permit", {"enterprise.name": "示例"}))
            await line.close()
            return side.came[0]

    assert b"mc=%CA%BE%C0%FD" in asyncio.run(run()).body


INSIDE = TOML.replace("[resources.r.wire]", '[resources.r.wire]\ninside = { "$.bw" = "json" }').replace(
    '"$.rec"', '"$.bw.rec"'
)


def asked_inside(text: object, toml: str = INSIDE) -> Outcome:
    async def run() -> Outcome:
        async with far_side(says({"code": "0", "bw": text})) as side:
            return await ask(toml, side.address, {"uscc": USCC})

    return asyncio.run(run())


def test_a_document_that_stands_as_text_in_the_answer_is_opened() -> None:
    found = asked_inside(json.dumps({"rec": {"mc": "示例一", "zb": 1.50}}))
    assert isinstance(found, Found) and found.values["enterprise_name"] == "示例一"
    assert json.loads(found.raw.body)["bw"].startswith("{")  # the evidence is the answer as it came
    xml = INSIDE.replace('= "json" }', '= "xml" }').replace('"$.bw.rec"', '"$.bw.J.rec"')
    found = asked_inside('<?xml version="1.0" encoding="GBK"?><J><rec><mc>示例一</mc></rec></J>', xml)
    assert isinstance(found, Found) and found.values["enterprise_name"] == "示例一"


def test_a_document_within_that_cannot_be_read_is_unusable_by_name_and_place() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "aa">]><J>&a;</J>'
    xml = INSIDE.replace('= "json" }', '= "xml" }')
    for text, toml, rule in (("{", INSIDE, "inside:json"), ("<J>", xml, "inside:xml"), (bomb, xml, "inside:dtd")):
        outcome = asked_inside(text, toml)
        assert isinstance(outcome, Unusable) and (outcome.path, outcome.rule) == ("$.bw", rule)


def test_a_department_that_calls_its_json_a_text_is_read_where_the_manifest_says_so() -> None:
    text = TOML.replace("[wire]", '[wire]\nmedia_types = ["text/plain"]', 1)
    body = http(json.dumps(GOOD).encode(), media_type="text/plain")

    async def run(toml: str) -> Outcome:
        async with far_side(writes(body)) as side:
            return await ask(toml, side.address, {"uscc": USCC})

    assert isinstance(asyncio.run(run(text)), Found)
    outcome = asyncio.run(run(TOML))
    assert isinstance(outcome, Unusable) and outcome.rule == "content_type"


def test_one_call_of_a_department_may_speak_xml_while_the_others_speak_json() -> None:
    text = TOML.replace("[resources.r.wire]", '[resources.r.wire]\nformat = "xml"').replace('"$.rec"', '"$.A.rec"')
    text = text.replace('result = "$.code"\nfound', 'result = "$.A.code"\nfound')

    async def run() -> tuple[Outcome, Came]:
        async with far_side(writes(http(b"<A><code>0</code><rec><mc>x</mc></rec></A>", media_type="text/xml"))) as side:
            return await ask(text, side.address, {"uscc": USCC}), side.came[0]

    outcome, came = asyncio.run(run())
    assert isinstance(outcome, Found) and outcome.values["enterprise_name"] == "x" and "xml" in came.headers["accept"]
    with pytest.raises(Misconfigured, match="format = .* is none; use one of: json, xml"):
        connected(text.replace('format = "xml"', 'format = "csv"'), "http://127.0.0.1:9")


def test_of_a_list_in_the_query_each_value_is_sent_under_its_name() -> None:
    several = TOML.replace('query = { xh = "{choice}" }', 'query = { party = ["gr:{uscc}", "b"] }')

    async def run() -> str:
        async with far_side(says(GOOD)) as side:
            await ask(several, side.address, {"uscc": USCC})
            return side.came[0].path

    asked_at = asyncio.run(run()).partition("?")[2]
    assert parse_qsl(asked_at, strict_parsing=True) == [("party", f"gr:{USCC}"), ("party", "b")]
