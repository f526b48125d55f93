"""REST with XML: the same mappings over XML bodies; each fault of the text has one typed outcome, and nothing outside it is ever read."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lxml import etree

from adapters.contract import (
    Ambiguous,
    Attachment,
    Found,
    Misconfigured,
    NotFound,
    Outcome,
    PeerRefused,
    PeerUnreachable,
    Taken,
    Unavailable,
    Unusable,
    Why,
)
from adapters.kinds import xmltext
from adapters.kinds.paths import look, steps
from tests.adapters.kinds.far_side import Came, breaks_off, far_side, http, writes
from tests.adapters.kinds.making import ask, connected, handover

USCC = "91411323MA9EXM1K6U"
TOML = """
[department]
code = "d"
name = "测试局"
uscc = "11411323MB00009009"
kind = "rest"
[wire]
format = "xml"
size_limit_bytes = 20000
[resources.r]
title = "测试"
share = "conditional"
subject = ["uscc"]
[resources.r.wire]
method = "POST"
path = "/cx"
body = { Qq = { "@xmlns" = "urn:d", Bw = { "@bb" = "1.0", Qqbh = "{request_id}" }, Tyshxydm = "{uscc}", Bz = "{choice}" } }
result = "$.Yd.Fhm"
found = ["0"]
not_found = ["404"]
several = ["409"]
record = "$.Yd.Jl"
echo = { uscc = "$.@dm" }
candidates = { path = "$.Yd.Jl", choice = "@xh", label = "{Mc}" }
[resources.r.fields]
enterprise_name = { path = "$.Mc", required = true }
founded_on = { path = "$.Rq", as = "yyyymmdd" }
registered_capital = { path = "$.Zb.#", as = "wan", must = { path = "$.Zb.@bz", in = ["156"] } }
phone = "$.Dh[0]"
[resources.r.lists.owners]
path = "$.Gd.G"
fields = { owner_name = "$.Xm" }
[handles.permit.hand_over]
method = "POST"
path = "/sq"
result = "$.Hz.Dm"
taken = ["0"]
department_no = "$.Hz.Bh"
[handles.permit.hand_over.body.Sq]
Lsh = "{item_no}"
Mc = "{form.enterprise.name}"
Kong = "{form.enterprise.none}"
Cll = { Cl = { each = "attachments", row = { "@xh" = "{number}", Nr = { from = "{body}", as = "base64" } } } }
"""
ROW = '<Jl dm="91411323MA9EXM1K6U" xh="1"><Mc>示例民宿 </Mc><Rq>20240115</Rq><Zb bz="156">50.0</Zb><Dh>1</Dh><Gd>{}</Gd></Jl>'
ONE = ROW.format("<G><Xm>测试甲</Xm></G>")


def answer(record: str, code: str = "0", encoding: str = "UTF-8") -> bytes:
    text = f'<?xml version="1.0" encoding="{encoding}"?><!-- t --><Yd><Fhm>{code}</Fhm>{record}</Yd>'
    return text.encode("gb18030" if encoding != "UTF-8" else "utf-8")


def asked(body: bytes, media_type: str = "application/xml", **more: object) -> Outcome:
    async def run() -> Outcome:
        async with far_side(writes(http(body, media_type=media_type))) as side:
            return await ask(TOML, side.address, {"uscc": USCC}, **more)  # type: ignore[arg-type]

    return asyncio.run(run())


def unusable(body: bytes, media_type: str = "application/xml") -> str:
    outcome = asked(body, media_type)
    assert isinstance(outcome, Unusable)
    return outcome.rule


def sent(text: str = TOML, **form: str) -> tuple[Taken, Came]:
    async def run() -> tuple[Taken, Came]:
        reply = http(b"<Hz><Dm>0</Dm><Bh>W1</Bh></Hz>", media_type="text/xml")
        async with far_side(writes(reply)) as side:
            line = connected(text, side.address)
            assert line.handles is not None
            papers = (Attachment("a", "图", "A", body=b"1"), Attachment("b", "表", "B", body=b"2"))
            taken = await line.handles.hand_over(handover("permit", form, attachments=papers))
            await line.close()
            return taken, side.came[0]

    return asyncio.run(run())


# --- reading ----------------------------------------------------------------------------------------------------------


def test_attributes_text_and_a_list_of_one_are_read_by_the_same_paths() -> None:
    outcome = asked(answer(ONE))
    assert isinstance(outcome, Found)
    assert outcome.values == {
        "enterprise_name": "示例民宿", "founded_on": "2024-01-15", "registered_capital": "500000", "phone": "1",
    }  # fmt: skip
    assert outcome.lists == {"owners": ({"owner_name": "测试甲"},)}


def test_repeated_elements_are_a_list_and_an_empty_one_is_missing() -> None:
    outcome = asked(answer(ROW.format("<G><Xm>测试甲</Xm></G><G><Xm>测试乙</Xm></G>").replace("20240115", " ")))
    assert isinstance(outcome, Found) and outcome.missing == ("founded_on",)
    assert [row["owner_name"] for row in outcome.lists["owners"]] == ["测试甲", "测试乙"]
    assert isinstance(asked(answer(ROW.format(""))), Found)


def test_nil_is_missing_whatever_stands_beside_it() -> None:
    nil = '<Dh xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>'
    outcome = asked(answer(ONE.replace("<Dh>1</Dh>", nil)))
    assert isinstance(outcome, Found) and outcome.missing == ("phone",)


def test_codes_mean_what_the_mapping_says() -> None:
    assert isinstance(asked(answer("", "404")), NotFound)
    several = asked(answer(ONE + ONE.replace('xh="1"', 'xh="2"'), "409"))
    assert isinstance(several, Ambiguous) and [c.choice for c in several.candidates] == ["1", "2"]
    assert unusable(answer("", "77")) == "unknown_result_code"


def test_a_changed_prefix_or_namespace_changes_nothing() -> None:
    plain = ONE.replace("<", "<q:").replace("<q:/", "</q:")
    prefixed = f'<q:Yd xmlns:q="urn:new"><q:Fhm>0</q:Fhm>{plain}</q:Yd>'.encode()
    outcome = asked(prefixed)
    assert isinstance(outcome, Found) and outcome.values["enterprise_name"] == "示例民宿"


def test_a_prefix_that_is_nowhere_declared_is_no_xml() -> None:
    assert unusable(b"<q:Yd><q:Fhm>0</q:Fhm></q:Yd>") == "xml"


def test_a_gb18030_answer_is_read_whatever_its_header_says() -> None:
    body = answer(ONE.replace("示例", "示例𠮷"), encoding="GBK")
    outcome = asked(body, "text/xml; charset=ISO-8859-1")
    assert isinstance(outcome, Found) and outcome.values["enterprise_name"] == "示例𠮷民宿"


# --- faults of the text -----------------------------------------------------------------------------------------------


def test_an_entity_bomb_is_refused_before_it_is_parsed() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE Yd [<!ENTITY e0 "x">{entities}]><Yd><Fhm>&e9;</Fhm></Yd>'
    assert unusable(bomb.encode()) == "dtd"


def test_an_external_entity_is_refused_and_its_file_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("404")
    body = f'<!-- x --><!DOCTYPE Yd [<!ENTITY e SYSTEM "{secret.as_uri()}">]><Yd><Fhm>&e;</Fhm></Yd>'
    assert unusable(body.encode()) == "dtd"


def test_an_entity_that_nobody_declared_is_no_xml() -> None:
    assert unusable(b"<Yd><Fhm>&e;</Fhm></Yd>") == "xml"


def test_another_encoding_than_the_declared_one_is_said() -> None:
    assert unusable('<?xml version="1.0" encoding="UTF-8"?><Yd><Mc>示例</Mc></Yd>'.encode("gb18030")) == "encoding"
    assert unusable(b'<?xml version="1.0" encoding="ebcdic-cp-us"?><Yd/>') == "encoding"


def test_html_instead_of_xml_is_never_an_answer() -> None:
    page = b"<!doctype html><html><body>504</body></html>"
    assert unusable(page, "text/html") == "content_type"
    assert unusable(page) == "dtd" and unusable(b"<html><body>504<br></body></html>") == "xml"


def test_json_instead_of_xml_is_never_an_answer() -> None:
    assert unusable(b'{"Yd": {"Fhm": "0"}}', "application/json") == "content_type"


def test_a_truncated_document_is_no_xml_and_a_truncated_transfer_is_broken_off() -> None:
    assert unusable(answer(ONE)[:-9]) == "xml"

    async def run() -> Outcome:
        async with far_side(breaks_off(http(answer(ONE), media_type="text/xml")[:-9])) as side:
            return await ask(TOML, side.address, {"uscc": USCC})

    assert asyncio.run(run()) == Unavailable(Why.BROKEN_OFF)


def test_an_oversize_document_is_cut_off_at_the_limit() -> None:
    assert unusable(answer(ROW.format("<G><Xm>甲</Xm></G>" * 5000))) == "too_large"


def test_a_document_nested_without_end_is_no_xml() -> None:
    assert unusable(b"<a>" * 2000 + b"</a>" * 2000) == "xml"


def test_an_unended_comment_before_the_root_is_no_xml() -> None:
    assert unusable(b"<!-- " + b"<?" * 4000) == "xml"


def test_somebody_elses_record_is_unusable() -> None:
    assert unusable(answer(ONE.replace("K6U", "000"))) == "other_subject"


# --- writing ----------------------------------------------------------------------------------------------------------


def test_what_is_sent_is_the_template_as_xml_with_repeated_rows_and_without_what_is_empty() -> None:
    taken, came = sent(**{"enterprise.name": '甲<&"乙\U00020bb7'})
    root = etree.fromstring(came.body)
    assert taken.department_no == "W1" and came.headers["content-type"] == "application/xml; charset=utf-8"
    assert came.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    assert root.findtext("Mc") == '甲<&"乙\U00020bb7' and root.find("Kong") is None
    assert [(cl.get("xh"), cl.findtext("Nr")) for cl in root.findall("Cll/Cl")] == [("1", "MQ=="), ("2", "Mg==")]


def test_a_department_that_reads_gb18030_gets_it_declared() -> None:
    text = TOML.replace('format = "xml"', 'format = "xml"\nencoding = "gb18030"')
    _, came = sent(text, **{"enterprise.name": "示例"})
    assert came.body.startswith(b'<?xml version="1.0" encoding="GB18030"?>') and "示例".encode("gb18030") in came.body


def test_a_default_namespace_is_written_as_an_attribute() -> None:
    body = xmltext.written({"Qq": {"@xmlns": "urn:d", "Xm": {"@a": "1", "#": "甲"}}}, "utf-8")
    assert etree.fromstring(body).findtext("{urn:d}Xm") == "甲"


def test_a_character_that_xml_cannot_hold_stops_the_item_case_in_words() -> None:
    with pytest.raises(PeerRefused, match=r"Sq.Mc cannot be filled \(xml_characters\)"):
        sent(**{"enterprise.name": "甲\x01"})


def test_a_receipt_that_is_no_xml_is_asked_for_again() -> None:
    async def run() -> None:
        async with far_side(writes(http(b"<Hz>", media_type="text/xml"))) as side:
            line = connected(TOML, side.address)
            assert line.handles is not None
            try:
                await line.handles.hand_over(handover("permit", {}))
            finally:
                await line.close()

    with pytest.raises(PeerUnreachable, match=r"cannot be read \(xml\)"):
        asyncio.run(run())


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('format = "xml"', 'format = "yaml"', "json .* or xml"),
        ('format = "xml"', 'encoding = "gb18030"', "always UTF-8"),
        ('format = "xml"', 'format = "xml"\nencoding = "latin-1"', "utf-8 or gb18030"),
        ("body = { Qq", "body = { Zz = {}, Qq", "one key, the name of the root"),
        ('Bz = "{choice}"', '"1z" = "{choice}"', "no name of an element"),
    ],
)
def test_a_mapping_that_cannot_be_xml_is_told_when_connecting(old: str, new: str, match: str) -> None:
    with pytest.raises(Misconfigured, match=match):
        connected(TOML.replace(old, new, 1), "http://127.0.0.1:1")


def test_the_tree_of_an_element_is_what_its_text_attributes_and_children_say() -> None:
    tree = xmltext.read(b'<a b="1"><c/><d>x</d><d> </d><e f="2"/><g><![CDATA[<h>]]></g></a>', "")
    assert look(tree, steps("a.@b")) == "1" and look(tree, steps("a.c")) is None
    assert look(tree, steps("a.d")) == ["x", None] and look(tree, steps("a.e")) == {"@f": "2"}
    assert (
        look(tree, steps("a.g")) == "<h>"
        and look(tree, steps("a.g[0]")) == "<h>"
        and look(tree, steps("a.g[1]")) is None
    )
