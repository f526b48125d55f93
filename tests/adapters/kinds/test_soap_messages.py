"""What a SOAP message may hold: both versions, choices, attributes, nil, any, RPC with SOAP's encoding, headers, files, and faults by name."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest
from lxml import etree

from adapters.contract import (
    Denied,
    Found,
    Misconfigured,
    NotFound,
    Outcome,
    PeerRefused,
    Unavailable,
    Unusable,
    Why,
)
from tests.adapters.kinds import soap_town
from tests.adapters.kinds.far_side import http
from tests.adapters.kinds.soap_town import HERE, NUMBER, RESOURCE, answer, asked, envelope, handed, person, toml


def sent(more: str, wire: str = "") -> etree._Element:
    """The request that a resource with these lines makes."""
    resource = RESOURCE.replace('request = { Sfzh = "{id_number}" }\n', "")
    _, came = asked(answer(person()), toml(wire, more, resource))
    return etree.fromstring(came.body)


def body(root: etree._Element) -> etree._Element:
    return root.find("{*}Body")[0]  # type: ignore[index]


def valid(root: etree._Element) -> None:
    """libxml2 knows nothing of how we read schemas."""
    etree.XMLSchema(etree.parse(HERE / "jcxx.xsd")).assertValid(etree.fromstring(etree.tostring(body(root))))


# --- asking -----------------------------------------------------------------------------------------------------------


def test_a_port_of_version_1_2_is_asked_and_read_as_such() -> None:
    found, came = asked(answer(person(), version="1.2"), toml('port = "Wd12"'))
    assert isinstance(found, Found) and found.values == {"name": "样例甲", "amount": "3.5"}
    assert came.headers["content-type"] == 'application/soap+xml; charset=utf-8; action="urn:Cx"'
    assert b"http://www.w3.org/2003/05/soap-envelope" in came.body and "soapaction" not in came.headers


def test_of_a_choice_the_alternative_that_has_a_value_is_written() -> None:
    root = sent('request = { Sfzh = "{choice}", Csrq = { from = "{now}", as = "date" }, Xm = "{handler}" }')
    assert [etree.QName(one).localname for one in body(root)] == ["Xm", "Csrq"]
    valid(root)


def test_an_element_that_is_called_like_a_word_of_templates_can_be_written() -> None:
    root = sent('request = { "{}Sfzh" = "{id_number}" }')
    assert body(root).findtext("{*}Sfzh") == NUMBER


def test_a_choice_without_any_value_is_named_and_nothing_is_sent() -> None:
    resource = RESOURCE.replace('"{id_number}"', '"{choice}"')
    outcome, came = asked(answer(person()), toml(resource=resource))
    assert isinstance(outcome, Unusable) and outcome.rule == "unaskable:schema" and not came.body


def test_attributes_and_text_beside_them_are_written() -> None:
    root = sent(
        'request = { "@bb" = "1.0", Sfzh = "{id_number}", Bz = { "@xmlns" = "urn:b", "@lx" = "1", "#" = "备注" } }'
    )
    assert body(root).get("bb") == "1.0"
    extra = body(root).find("{urn:b}Bz")
    assert extra is not None and (extra.get("lx"), extra.text) == ("1", "备注")
    valid(root)


def test_a_file_goes_inline_as_base64() -> None:
    more = "[handles.permit.hand_over]\noperation = 'Cx'\nresult = 'Jg'\ntaken = ['0']\nrequest = { Sfzh = '{form.hm}', Fs = { from = '{key}', as = 'text' } }"
    with pytest.raises(PeerRefused, match=r"Fs.*base64Binary"):
        handed(answer(), toml() + more, {"hm": NUMBER})
    given = more.replace("'{key}', as = 'text'", "'{form.fj}', as = 'bytes'")
    _, came = handed(answer(), toml() + given, {"hm": NUMBER, "fj": b"%PDF"})  # type: ignore[dict-item]
    assert base64.b64encode(b"%PDF") in came.body


def test_an_identifier_that_the_schema_cannot_hold_is_not_sent_and_not_repeated() -> None:
    outcome, came = asked(answer(person()), toml(resource=RESOURCE.replace("{id_number}", "{handler}")))
    assert outcome == Unusable("", "Sfzh", "unaskable:schema:pattern") and not came.body


def test_a_request_goes_out_in_gb18030_where_the_department_wants_it() -> None:
    _, came = asked(answer(person()), toml('encoding = "gb18030"', resource=RESOURCE.replace('Sfzh = "{id_number}"', 'Xm = "测试甲", Csrq = "2024-01-01"')))  # fmt: skip
    assert "测试甲".encode("gb18030") in came.body and "GB18030" in came.body[:60].decode("ascii")
    assert came.headers["content-type"] == "text/xml; charset=gb18030"


def test_a_header_of_the_wsdl_and_one_that_it_does_not_know_are_written() -> None:
    wire = '[wire.header.Rz]\nZh = "{secret.account}"\n[wire.header.Wg]\n"@xmlns" = "urn:wg"\nXtbm = "SSJC"\n'
    root = sent('request = { Sfzh = "{id_number}" }', wire)
    assert root.findtext("{*}Header/{urn:test:jcxx}Rz/{*}Zh") == "zh"
    assert root.findtext("{*}Header/{urn:wg}Wg/Xtbm") == "SSJC"


def test_a_header_that_nobody_knows_is_a_mistake_of_the_mapping() -> None:
    with pytest.raises(Misconfigured, match="no header part 'Xx'"):
        asked(answer(person()), toml('header = { Xx = { Zh = "1" } }'))


def test_ws_addressing_says_action_and_a_new_id() -> None:
    first, second = (sent('request = { Sfzh = "{id_number}" }', "addressing = true") for _ in range(2))
    assert first.findtext(".//{http://www.w3.org/2005/08/addressing}Action") == "urn:Cx"
    ids = {one.findtext(".//{http://www.w3.org/2005/08/addressing}MessageID") for one in (first, second)}
    assert len(ids) == 2 and all(str(one).startswith("urn:uuid:") for one in ids)


def test_a_document_goes_inside_a_text_and_one_is_read_out_of_it() -> None:
    inside = "request = { Xm = { xml = { PACKAGE = { HEAD = { FWQQBH = '{request_id}' }, HM = '{id_number}' } } }, Csrq = '2024-01-01' }"
    root = sent(f"{inside}\ninside = {{ '$.Ry[0].Xm' = 'xml' }}")
    inner = etree.fromstring(str(body(root).findtext("{*}Xm")).encode())
    assert (inner.tag, inner.findtext("HM")) == ("PACKAGE", NUMBER)
    resource = RESOURCE.replace('name = "Xm"', 'name = "Xm.PACKAGE.XM"')
    said = "&lt;?xml version='1.0' encoding='GBK'?>&lt;PACKAGE>&lt;XM>样例乙&lt;/XM>&lt;/PACKAGE>"
    found, _ = asked(
        answer(person(f"<Xm>{said}</Xm>")), toml(more="inside = { 'Ry[0].Xm' = 'xml' }", resource=resource)
    )
    assert isinstance(found, Found) and found.values["name"] == "样例乙"


@pytest.mark.parametrize("said", ["&lt;!DOCTYPE a [&lt;!ENTITY e 'x'>]>&lt;a>&amp;e;&lt;/a>", "&lt;a>"])
def test_a_document_inside_a_text_is_judged_as_any_other(said: str) -> None:
    outcome, _ = asked(answer(person(f"<Xm>{said}</Xm>")), toml(more="inside = { 'Ry[0].Xm' = 'xml' }"))
    assert isinstance(outcome, Unusable) and outcome.rule in ("inside:dtd", "inside:xml")


# --- answers ----------------------------------------------------------------------------------------------------------


def outcome_of(content: bytes, wire: str = "", more: str = "", resource: str = RESOURCE) -> Outcome:
    return asked(content, toml(wire, more, resource))[0]


def test_alternatives_that_repeat_are_lists_in_their_order() -> None:
    resource = RESOURCE.replace('name = "Xm"', 'name = "Dh[1]"').replace("Je.#", "Je")
    got = outcome_of(answer(person(more="<Je>1</Je><Dh>1</Dh><Yx>a</Yx><Dh>2</Dh>")), resource=resource)
    assert isinstance(got, Found) and got.values == {"name": "2", "amount": "1"}


def test_an_element_may_take_the_place_of_another() -> None:
    resource = RESOURCE.replace('name = "Xm"', 'name = "BzWb"')
    found = outcome_of(answer(person(more="<Je bz='CNY'>1</Je><BzWb>样例丙</BzWb>")), resource=resource)
    assert isinstance(found, Found) and found.values["name"] == "样例丙"


def test_the_code_may_stand_in_the_answers_header() -> None:
    resource = RESOURCE.replace('result = "Jg"', "result = '$.soap:header.Zt.Dm'")
    assert isinstance(outcome_of(answer(code="9", header="<Zt><Dm>1</Dm></Zt>"), resource=resource), NotFound)


@pytest.mark.parametrize(
    ("inner", "place", "rule"),
    [
        ("<Sfzh>1</Sfzh>", "Ry[0].Xm", "missing_element"),
        ("<Xm>a</Xm><Je>1</Je>", "Ry[0].Sfzh/Hzh", "missing_element"),
        ("<Xm>a</Xm><Hzh>1</Hzh><Xx/>", "Ry[0].Xx", "unknown_element"),
        ("<Xm>a</Xm><Hzh>1</Hzh><Je>一</Je>", "Ry[0].Je", "schema_value"),
        ("<Xm>a<b/></Xm><Hzh>1</Hzh>", "Ry[0].Xm.b", "unknown_element"),
    ],
)
def test_an_answer_that_breaks_the_schema_is_named_with_its_place(inner: str, place: str, rule: str) -> None:
    outcome = outcome_of(answer(f'<Ry bb="2">{inner}</Ry>'))
    assert isinstance(outcome, Unusable) and (outcome.path, outcome.rule) == (place, rule)


def test_a_department_that_breaks_its_own_schema_may_be_read_as_it_answers() -> None:
    found = outcome_of(answer("<Ry><Xx/><Je bz='1'>3.50</Je><Xm>样例甲</Xm></Ry>"), more="strict = false")
    assert isinstance(found, Found) and found.values == {"name": "样例甲", "amount": "3.5"}


def test_prefixes_and_a_missing_namespace_change_nothing() -> None:
    plain = answer(person()).replace(b' xmlns="urn:test:jcxx"', b"")
    length = plain.split(b"\r\n\r\n", 1)[1]
    assert isinstance(outcome_of(http(length, media_type="text/xml")), Found)
    text = envelope(f"<CxXy><Jg>0</Jg>{person()}</CxXy>").replace(' xmlns="', ' xmlns:q="').replace("<CxXy", "<q:CxXy")
    prefixed = text.replace("</CxXy", "</q:CxXy")
    for name in ("Jg", "Ry", "Xm", "Sfzh", "Je"):
        prefixed = prefixed.replace(f"<{name}", f"<q:{name}").replace(f"</{name}", f"</q:{name}")
    assert isinstance(outcome_of(http(prefixed.encode(), media_type="text/xml")), Found)


def test_cdata_and_a_byte_order_mark_are_text_like_any_other() -> None:
    content = "\ufeff" + envelope(f"<CxXy><Jg>0</Jg>{person('<Xm><![CDATA[样例<甲>]]></Xm>')}</CxXy>")
    found = outcome_of(http(content.encode(), media_type="text/xml"))
    assert isinstance(found, Found) and found.values["name"] == "样例<甲>"


def test_elements_within_one_another_without_end_are_unusable_and_no_crash() -> None:
    deep = person(more="<Sj bb='1'><Xm>a</Xm><Hzh>1</Hzh>" * 110 + "</Sj>" * 110)
    outcome = outcome_of(answer(deep))
    assert isinstance(outcome, Unusable) and outcome.rule == "schema"


# --- RPC, several services --------------------------------------------------------------------------------------------

RPC = """
[resources.r]
title = "人"
share = "conditional"
subject = ["id_number"]
[resources.r.wire]
service = "Ycxx"
operation = "Js"
request = { Hm = "{id_number}", Sl = { from = "2", as = "integer" } }
record = "Hj.item[0]"
[resources.r.fields]
name = "Xm"
amount = { path = "Nl", as = "integer" }
"""


def test_another_service_speaks_rpc_with_its_types_beside_the_values() -> None:
    said = '<n:JsResponse xmlns:n="urn:test:yc"><Hj href="#1"/></n:JsResponse><m id="1"><x href="#2"/></m>'
    said += '<m id="2"><Xm>样例甲</Xm><Nl i:type="xs:int" xmlns:xs="http://www.w3.org/2001/XMLSchema">7</Nl></m>'
    found, came = asked(http(envelope(said).encode(), media_type="text/xml"), toml(resource=RPC))
    assert isinstance(found, Found) and found.values == {"name": "样例甲", "amount": "7"}
    call = body(etree.fromstring(came.body))
    assert call.tag == "{urn:test:yc}Js" and [one.tag for one in call] == ["Hm", "Sl"]
    assert str(call[1].get("{http://www.w3.org/2001/XMLSchema-instance}type")).endswith(":int")


def test_references_that_lead_on_for_ever_are_given_up() -> None:
    chain = "".join(f'<m id="{at}"><x href="#{at + 1}"/></m>' for at in range(1, 3000))
    said = f'<n:JsResponse xmlns:n="urn:test:yc"><Hj href="#1"/></n:JsResponse>{chain}'
    outcome, _ = asked(http(envelope(said).encode(), media_type="text/xml"), toml(resource=RPC))
    assert isinstance(outcome, Unusable) and outcome.rule == "too_many_parts"


def test_references_that_lead_in_a_circle_end() -> None:
    said = '<n:JsResponse xmlns:n="urn:test:yc"><Hj href="#1"/></n:JsResponse><m id="1"><x href="#1"/></m>'
    outcome, _ = asked(http(envelope(said).encode(), media_type="text/xml"), toml(resource=RPC))
    assert isinstance(outcome, Unusable) and outcome.rule == "circle"


def test_a_port_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(Misconfigured, match="no port /Xx.*Jcxx/Wd11, Jcxx/Wd12, Ycxx/Yc"):
        asked(answer(person()), toml('port = "Xx"'))


def test_a_one_way_operation_is_taken_with_an_empty_answer() -> None:
    more = "[handles.permit.hand_over]\noperation = 'Tz'\nrequest = { Nr = '{form.nr}' }"
    taken, came = handed(b"HTTP/1.1 202 X\r\nContent-Length: 0\r\n\r\n", toml() + more, {"nr": "内容"})
    assert taken.department_no == "" and "内容".encode() in came.body


def test_the_wsdl_is_read_once_and_off_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shutil.copytree(HERE, tmp_path / "d")
    monkeypatch.setattr(soap_town, "HERE", folder)

    async def then_gone(came: object, writer: object) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        writer.write(answer(person()))  # type: ignore[attr-defined]

    found, _ = asked(then_gone, toml())
    assert isinstance(found, Found)


# --- files beside the envelope ----------------------------------------------------------------------------------------

PDF = b"%PDF-1.7 \r\n--x\r\n"


def package(file: bytes, include: str = "cid:f%401", closing: bytes = b"--") -> bytes:
    part = f'<Zp><x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="{include}"/></Zp>'
    root = envelope(f"<CxXy><Jg>0</Jg>{person(more='<Je>1</Je>' + part)}</CxXy>").encode()
    parts = (
        b'--b:1\r\nContent-Type: application/xop+xml; charset=UTF-8;\r\n type="text/xml"\r\nContent-ID: <r>\r\n\r\n'
        + root
    )
    parts += b"\r\n--b:1\r\nContent-Type: application/pdf\r\nContent-ID: <f@1>\r\n\r\n" + file + b"\r\n--b:1" + closing
    return http(parts, media_type='multipart/related; boundary="b:1"; type="application/xop+xml"')


@pytest.mark.parametrize("path", ["Zp", "$.soap:attachments[0].body"])
def test_a_file_beside_the_envelope_is_a_document(path: str) -> None:
    found = outcome_of(package(PDF), more=f"document = {{ path = '{path}' }}")
    assert isinstance(found, Found) and [one.body for one in found.documents] == [PDF]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (package(PDF, "cid:other"), "attachment"),
        (package(PDF, closing=b""), "multipart"),
        (http(b"no boundary", media_type="multipart/related"), "multipart"),
        (http(b"--b\r\n\r\n<a/>\r\n--b--", media_type="multipart/related"), "multipart"),
    ],
    ids=["file missing", "cut off", "no boundary", "no envelope"],
)
def test_a_package_that_is_not_whole_is_unusable(content: bytes, rule: str) -> None:
    outcome = outcome_of(content)
    assert isinstance(outcome, Unusable) and outcome.rule == rule


def test_a_file_in_the_envelope_itself_is_a_document_too() -> None:
    inline = f"<Je>1</Je><Zp>{base64.b64encode(PDF).decode()}</Zp>"
    found = outcome_of(answer(person(more=inline)), more="document = { path = 'Zp' }")
    assert isinstance(found, Found) and found.documents[0].body == PDF
    without = outcome_of(answer(person()), more="document = { path = 'Zp' }")
    assert isinstance(without, Found) and without.missing == ("document",)


# --- faults -----------------------------------------------------------------------------------------------------------

FAULTS = "faults = { path = 'Dm', not_found = ['E404', 'WuJl', 'NoData'], denied = ['E1'], refused = ['Client.Nx'], busy = ['系统忙'] }"


def fault(code: str, detail: str = "", text: str = "x", version: str = "1.1") -> bytes:
    old = (
        f"<s:Fault><faultcode>s:{code}</faultcode><faultstring>{text}</faultstring><detail>{detail}</detail></s:Fault>"
    )
    new = (
        f"<s:Fault><s:Code><s:Value>s:{code}</s:Value><s:Subcode><s:Value>q:NoData</s:Value></s:Subcode></s:Code>"
        f"<s:Reason><s:Text>{text}</s:Text></s:Reason><s:Detail>{detail}</s:Detail></s:Fault>"
    )
    media_type = "text/xml" if version == "1.1" else "application/soap+xml"
    return http(envelope(old if version == "1.1" else new, "", version).encode(), status=500, media_type=media_type)


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (fault("Client", "<Cw><Dm>E404</Dm></Cw>"), NotFound()),
        (fault("Client", "<WuJl/>"), NotFound()),
        (fault("Sender", version="1.2"), NotFound()),
        (fault("Client", "<Cw><Dm>E1</Dm></Cw>"), Denied("credentials_refused")),
        (fault("Client.Nx"), Denied("department")),
        (fault("Client", text=" 系统忙\n"), Unavailable(Why.BUSY)),
        (fault("Client", "<Cw><Dm>E7</Dm></Cw>"), Unusable("", "Fault", "fault")),
        (fault("Server.Xx"), Unavailable(Why.SERVER_ERROR)),
    ],
    ids=["detail", "name of the detail", "subcode", "denied", "code", "sentence", "unknown", "server"],
)
def test_a_fault_becomes_what_the_mapping_says(content: bytes, outcome: Outcome) -> None:
    port = "port = 'Wd12'\n" if b"soap-envelope" in content else ""
    assert outcome_of(content, port + FAULTS) == outcome


def test_a_resource_may_read_faults_its_own_way() -> None:
    own = "faults = { path = 'Dm', denied = ['E404'] }"
    assert outcome_of(fault("Client", "<Cw><Dm>E404</Dm></Cw>"), FAULTS, own) == Denied("credentials_refused")


@pytest.mark.parametrize(
    "wire", ["faults = { pfad = 'x' }", "security = { username_token = 'md5' }", "encoding = 'gbk'"]
)
def test_a_misspelt_table_is_refused_before_anything_is_asked(wire: str) -> None:
    with pytest.raises(Misconfigured):
        asked(answer(person()), toml(wire))


def test_a_header_of_other_operations_alone_is_left_out() -> None:
    more = "[handles.permit.hand_over]\noperation = 'Tz'\nrequest = { Nr = 'x' }"
    _, came = handed(b"HTTP/1.1 202 X\r\nContent-Length: 0\r\n\r\n", toml("header = { Rz = { Zh = '1' } }") + more, {})
    assert b"Rz" not in came.body
