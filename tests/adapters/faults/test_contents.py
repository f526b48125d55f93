"""Each fault of what an answer says, in JSON, XML and SOAP: a typed outcome with field, path and rule, and never the value in it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from adapters.contract import Ambiguous, Denied, Found, PeerRefused, PeerUnreachable, Taken, Unavailable, Unusable, Why
from tests.adapters.faults.conftest import Opening
from tests.adapters.faults.doors import NUMBER, PERSON
from tests.adapters.kinds import test_rest_xml, test_soap
from tests.adapters.kinds.far_side import http, writes

USCC = test_rest_xml.USCC


def rule_of(opening: Opening, door: str, body: bytes) -> str:
    opened = opening(door)
    outcome, _ = opened.send(writes(http(body, media_type=opened.door.media_type)))
    assert isinstance(outcome, Unusable) and PERSON not in repr(outcome)
    return outcome.rule


# --- JSON -------------------------------------------------------------------------------------------------------------

RECORD = {"mc": "示例", "rq": "20240115", "zb": "50"}


def said(**record: object) -> bytes:
    return json.dumps({"code": "0", "rec": {**RECORD, **record}}).encode()


JSON_FAULTS = {
    "a_name_twice": (b'{"code":"0","rec":{"mc":"a","mc":"b"}}', "json_repeated_key"),
    "a_code_twice": (b'{"code":"404","rec":null,"code":"0"}', "json_repeated_key"),
    "not_a_number": (b'{"code":"0","rec":{"mc":NaN}}', "json"),
    "infinity": (b'{"code":"0","rec":{"zb":-Infinity}}', "json"),
    "a_number_of_5000_digits": (b'{"code":"0","rec":{"mc":"a","zb":' + b"9" * 5000 + b"}}", "json"),
    "a_number_of_4000_digits": (b'{"code":"0","rec":{"mc":"a","zb":' + b"9" * 4000 + b"}}", "number_size"),
    "a_huge_exponent": (b'{"code":"0","rec":{"mc":"a","zb":1e999999999}}', "number_size"),
    "a_tiny_exponent": (b'{"code":"0","rec":{"mc":"a","zb":1e-999999999}}', "number_size"),
    "an_exponent_beyond_decimals": (b'{"code":"0","rec":{"mc":"a","zb":1e9999999999999999999}}', "json"),
    "nested_lists": (b"[" * 9000 + b"]" * 9000, "json"),
    "nested_tables": (b'{"a":' * 3000 + b"0" + b"}" * 3000, "json"),
    "a_nul": (said(mc="a\x00b"), "control_characters"),
    "an_escape_sequence": (said(mc="a\x1b[2Jb"), "control_characters"),
    "text_turned_round": (said(mc="\u202egnp.exe"), "control_characters"),
    "half_a_character": (b'{"code":"0","rec":{"mc":"a\\ud83db"}}', "lost_characters"),
    "a_lost_character": (said(mc="测\ufffd甲"), "lost_characters"),
    "a_name_of_11000_characters": (said(mc="x" * 11_000), "too_long"),
    "a_list_where_a_value_should_be": (said(mc=["a", "b"]), "single_value"),
    "a_table_where_a_list_should_be": (said(gd={"xm": "a"}), "list"),
    "600_rows_of_one_person": (said(gd=[{"xm": "a"}] * 600), "too_many_rows"),
    "a_date_of_no_calendar": (said(rq="20230229"), "yyyymmdd"),
    "a_record_that_is_a_word": (b'{"code":"0","rec":"ok"}', "required"),
    "a_code_that_is_a_table": (b'{"code":{"0":"0"},"rec":{"mc":"a"}}', "unknown_result_code"),
    "a_code_that_is_true": (b'{"code":true,"rec":{"mc":"a"}}', "unknown_result_code"),
    "null": (b"null", "unknown_result_code"),
}


@pytest.mark.parametrize("fault", JSON_FAULTS)
def test_json(opening: Opening, fault: str) -> None:
    body, rule = JSON_FAULTS[fault]
    assert rule_of(opening, "rest json", body) == rule


def test_choices_that_could_not_go_back_are_no_choices(opening: Opening) -> None:
    for choice, rule in (("", "required"), ({"a": 1}, "required"), ("a\x00", "control_characters")):
        body = json.dumps({"code": "409", "rec": [{"xh": choice, "mc": "甲"}, {"xh": "2", "mc": "乙"}]}).encode()
        assert rule_of(opening, "rest json", body) == rule
    assert (
        rule_of(opening, "rest json", json.dumps({"code": "409", "rec": [{"xh": "1"}] * 900}).encode())
        == "too_many_rows"
    )


def test_a_label_is_shown_without_what_cannot_be_shown(opening: Opening) -> None:
    rows = [{"xh": "1", "mc": "甲\x00\u202e\ud800" + "长" * 900, "dz": ["路"]}, {"xh": "2", "mc": None}]
    outcome, _ = opening("rest json").send(writes(http(json.dumps({"code": "409", "rec": rows}).encode())))
    assert isinstance(outcome, Ambiguous)
    assert outcome.candidates[0].label.startswith("甲□□□长") and len(outcome.candidates[0].label) == 200
    assert outcome.candidates[1].label == ""


# --- XML --------------------------------------------------------------------------------------------------------------


def xml(name: str = "示例", prolog: str = "", more: str = "") -> bytes:
    return f'{prolog}<Yd><Fhm>0</Fhm><Jl dm="{USCC}" xh="1"><Mc>{name}</Mc>{more}</Jl></Yd>'.encode()


BILLION_LAUGHS = "<!DOCTYPE Yd [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {name} '{f'&{of};' * 10}'>" for of, name in zip("abcdefgh", "bcdefghi", strict=True)
)
PROLOGS = {
    "billion_laughs": BILLION_LAUGHS + "]>",
    "quadratic_blow_up": f"<!DOCTYPE Yd [<!ENTITY a '{'x' * 5000}'>]>",
    "external_entity": '<!DOCTYPE Yd [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    "parameter_entity": '<!DOCTYPE Yd [<!ENTITY % a SYSTEM "http://127.0.0.1:9/a.dtd">%a;]>',
    "external_dtd": '<!DOCTYPE Yd SYSTEM "http://127.0.0.1:9/a.dtd">',
    "dtd_after_a_comment": "<?pi x?><!-- <Yd> --><!doctype Yd>",
    "default_attributes": '<!DOCTYPE Yd [<!ATTLIST Jl dm CDATA "91411323MA9EXM1K6U">]>',
}


@pytest.mark.parametrize("prolog", PROLOGS)
@pytest.mark.parametrize("door", ["rest xml", "soap"])
def test_a_document_type_is_never_parsed(opening: Opening, door: str, prolog: str) -> None:
    good = opening(door).door.good
    text = good[good.index(b"<Yd>") if door == "rest xml" else 0 :]
    began = time.process_time()
    assert rule_of(opening, door, PROLOGS[prolog].encode() + text) == "dtd"
    assert time.process_time() - began < 20


XML_FAULTS = {
    "an_entity_of_nobody": (xml(name="&a;"), "xml"),
    "a_nul_by_number": (xml(name="a&#0;"), "xml"),
    "a_control_character_by_number": (xml(name="a&#27;"), "xml"),
    "half_a_character_by_number": (xml(name="a&#xD83D;"), "xml"),
    "a_nul_byte": (xml(name="a\x00"), "xml"),
    "a_delete_character": (xml(name="a\x7f"), "control_characters"),
    "a_lost_character": (xml(name="测\ufffd"), "lost_characters"),
    "declared_gb18030_and_is_not": (b'<?xml version="1.0" encoding="gbk"?>' + b"<Yd>\xff\xff</Yd>", "encoding"),
    "declared_utf_16": (b'<?xml version="1.0" encoding="utf-16"?>' + xml(), "encoding"),
    "declared_utf_7": (b'<?xml version="1.0" encoding="utf-7"?>' + xml(), "encoding"),
    "declared_python_codec": (b'<?xml version="1.0" encoding="zlib"?>' + xml(), "encoding"),
    "an_attribute_twice": (b'<Yd a="1" a="2"/>', "xml"),
    "nested_without_end": (b"<a>" * 6000, "xml"),
    "600_rows_of_one_person": (xml(more=f"<Gd>{'<G><Xm>a</Xm></G>' * 600}</Gd>"), "too_many_rows"),
    "a_repeated_value": (xml(more="<Mc>b</Mc>"), "single_value"),
    "somebody_else": (xml().replace(b"K6U", b"K6X"), "other_subject"),
    "two_roots": (xml() + xml(), "xml"),
    "an_empty_root": (b"<Yd/>", "unknown_result_code"),
}


@pytest.mark.parametrize("fault", XML_FAULTS)
def test_xml(opening: Opening, fault: str) -> None:
    body, rule = XML_FAULTS[fault]
    assert rule_of(opening, "rest xml", body) == rule


def test_an_inclusion_is_a_text_like_any_other_and_nothing_is_read(opening: Opening, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    include = (
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{(tmp_path / "secret").as_uri()}" parse="text"/>'
    )
    outcome, _ = opening("rest xml").send(writes(http(xml(name=f"甲{include}"), media_type="text/xml")))
    assert isinstance(outcome, Unusable) and outcome.rule == "single_value"
    found, _ = opening("soap").send(writes(http(soap_body(f"<Xm>甲{include}</Xm>"), media_type="text/xml")))
    assert isinstance(found, Unusable) and (found.path, found.rule) == ("Ry[0].Xm.include", "unknown_element")


def test_a_declaration_that_is_sought_for_ever_is_not(opening: Opening) -> None:
    began = time.process_time()
    assert rule_of(opening, "rest xml", b"<?xml " + b'encoding="a" ' * 1500) in ("xml", "encoding")
    assert time.process_time() - began < 20


# --- SOAP -------------------------------------------------------------------------------------------------------------


def soap_body(name: str = "<Xm>甲</Xm>") -> bytes:
    return test_soap.envelope(f"<CxXy><Jg>0</Jg>{test_soap.person(name=name)}</CxXy>").split(b"\r\n\r\n", 1)[1]


def soap_fault(text: str, status: int, code: str = "Client", detail: str = "") -> bytes:
    inner = (
        f"<s:Fault><faultcode>s:{code}</faultcode><faultstring>{text}</faultstring><detail>{detail}</detail></s:Fault>"
    )
    return test_soap.envelope(inner, status=status)


SOAP_FAULTS = {
    "an_unknown_element": (soap_body("<Xx>甲</Xx>"), "unknown_element"),
    "a_number_that_is_none": (soap_body().replace(b"3.50", b"three"), "schema_value"),
    "a_huge_number": (soap_body().replace(b"3.50", b"1e999999999"), "schema_value"),
    "a_lost_character": (soap_body("<Xm>甲\ufffd</Xm>"), "lost_characters"),
    "somebody_else": (soap_body().replace(NUMBER.encode(), b"411323198001019913"), "other_subject"),
    "another_operation": (test_soap.receipt("0").split(b"\r\n\r\n", 1)[1], "schema"),
    "no_envelope": (b"<CxXy xmlns='urn:test'><Jg>0</Jg></CxXy>", "schema"),
    "an_empty_body": (test_soap.envelope("").split(b"\r\n\r\n", 1)[1], "schema"),
    "100000_elements": (soap_body().replace(b"<CxXy>", b"<CxXy>" + b"<a/>" * 100_000), "too_many_parts"),
    "nested_without_end": (soap_body("<Xm>" * 3000 + "</Xm>" * 3000), "xml"),
    "xml_of_another_kind": (b"<html><body>login</body></html>", "schema"),
}


@pytest.mark.parametrize("fault", SOAP_FAULTS)
def test_soap_answers(opening: Opening, fault: str) -> None:
    body, rule = SOAP_FAULTS[fault]
    assert rule_of(opening, "soap", body) == rule


@pytest.mark.parametrize("status", [200, 500])
def test_a_fault_that_names_a_person_is_repeated_nowhere(
    opening: Opening, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    for code, detail, becomes in (
        ("Client", "", Unusable("", "Fault", "fault")),
        ("Server", f"<Cw><Dm>{PERSON}</Dm></Cw>", Unavailable(Why.SERVER_ERROR)),
        ("Client", "<Cw><Dm>E1</Dm></Cw>", Denied("credentials_refused")),
    ):
        content = soap_fault(f"{PERSON} {NUMBER}", status, code, detail)
        assert opening("soap").send(writes(content))[0] == becomes
        told, _ = opening("hand-over soap").send(writes(content))
        assert isinstance(told, PeerUnreachable if code == "Server" else PeerRefused)
        assert PERSON not in str(told) and NUMBER not in str(told)
    assert PERSON not in caplog.text and NUMBER not in caplog.text


# --- receipts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["", None, [], {"a": 1}, "x" * 61, "a\x00", "a\ud800", "a\u202e"])
@pytest.mark.parametrize("door", ["hand-over json", "sms"])
def test_a_receipt_whose_number_cannot_be_kept_is_asked_for_again(opening: Opening, door: str, number: object) -> None:
    body = json.dumps({"code": "0", "fhm": "0", "no": number}).encode()
    assert isinstance(opening(door).send(writes(http(body)))[0], PeerUnreachable)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00", "99991231235959", "10000-01-01", [], 7, "²" * 14, "soon"])
def test_a_time_of_no_calendar_is_no_time(opening: Opening, at: object) -> None:
    body = json.dumps({"code": "0", "no": "A1", "at": at}).encode()
    assert opening("hand-over json").send(writes(http(body)))[0] == Taken("A1")


@pytest.mark.parametrize("code", [f"{PERSON}已办理", NUMBER, "19900000001", {"xm": PERSON}, "a b"])
def test_a_refusal_does_not_repeat_what_may_name_a_person(opening: Opening, code: object) -> None:
    told, _ = opening("hand-over json").send(writes(http(json.dumps({"code": code}).encode())))
    assert isinstance(told, PeerRefused) and "telephone" in str(told)
    assert all(word not in str(told) for word in (PERSON, NUMBER, "19900000001"))
    known, _ = opening("hand-over json").send(writes(http(b'{"code":"E-4001"}')))
    assert "E-4001" in str(known)


def test_a_platform_that_answers_nonsense_about_a_row_is_asked_again(opening: Opening) -> None:
    for tree in ({"code": "200"}, {"code": "200", "data": {"rows": [1, None, "x"]}}, {"code": ["200"]}, [], "x", 7):
        told, _ = opening("platform lookup").send(writes(http(json.dumps(tree).encode())))
        assert isinstance(told, PeerUnreachable | PeerRefused)


def test_a_found_record_still_reads(opening: Opening) -> None:
    for door in ("rest json", "rest xml", "soap"):
        opened = opening(door)
        good = http(opened.door.good, media_type=opened.door.media_type)
        assert isinstance(opened.send(writes(good))[0], Found)
