"""A WSDL described and sampled: every word with its type, number and list of words, and messages that the schema allows."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from adapters.contract import Misconfigured
from adapters.kinds.soap_describe import OperationWords, Word, describe, open_folder
from adapters.kinds.soap_sample import Samples
from adapters.kinds.wsdl import Wsdl

HERE = Path(__file__).parent / "wsdl"


def opened(name: str) -> Wsdl:
    return open_folder(HERE, name)


def operation(name: str, service: str = "jcxx.wsdl") -> OperationWords:
    return next(one for one in describe(opened(service)) if one.name == name)


def word(words: tuple[Word, ...], path: str) -> Word:
    found = {inner.path: inner for one in words for inner in _all(one)}
    return found[path]


def _all(one: Word) -> list[Word]:
    return [one, *(inner for below in one.words for inner in _all(below))]


def test_every_port_that_speaks_soap_lists_its_operations() -> None:
    found = {(one.port, one.version, one.name) for one in describe(opened("jcxx.wsdl"))}
    assert found == {
        ("Wd11", "1.1", "Cx"),
        ("Wd11", "1.1", "Tz"),
        ("Wd12", "1.2", "Cx"),
        ("Wd12", "1.2", "Tz"),
        ("Yc", "1.1", "Js"),
    }


def test_words_have_type_number_documentation_and_lists_of_words() -> None:
    output = operation("Cx").output
    assert word(output, "$.Ry").high is None and word(output, "$.Ry.Xm").nillable
    sex = word(output, "$.Ry.Xb")
    assert sex.documentation == "性别" and sex.enumeration == (("1", "男"), ("2", "女"))
    assert word(output, "$.Ry.@bb").low == 1 and word(output, "$.Ry.Je.@bz").type == "string"
    assert word(output, "$.Ry.Je.#").type == "decimal" and word(output, "$.Ry.Sj").recursive


def test_alternatives_of_a_choice_bear_one_number_and_none_is_required() -> None:
    document = word(operation("Cx").output, "$.Ry.Sfzh")
    other = word(operation("Cx").output, "$.Ry.Hzh")
    assert document.choice == other.choice > 0 and (document.low, other.low) == (0, 0)


def test_headers_and_faults_are_described_too() -> None:
    asked = operation("Cx")
    assert [one.name for one in asked.input_headers] == ["Rz"] and [one.name for one in asked.faults] == ["Cw"]
    assert asked.documentation == "按证件号码查人" and operation("Tz").one_way


@pytest.mark.parametrize("name", ["Cx", "Js"])
def test_a_sample_answer_is_what_the_schema_allows(name: str) -> None:
    wsdl = opened("jcxx.wsdl")
    port = next(port for port in wsdl.ports if name in port.operations)
    body = etree.fromstring(Samples(wsdl, rows=2).answer(port, port.operations[name]))[-1][0]
    if name == "Cx":
        etree.XMLSchema(etree.parse(HERE / "jcxx.xsd")).assertValid(body)
    assert body.findtext(".//{*}Xm") == "示例"


def test_values_of_a_sample_may_be_said_by_path() -> None:
    wsdl = opened("jcxx.wsdl")
    made = Samples(wsdl, value=lambda path, of: "411323198001019905" if path.endswith("Sfzh") else None)
    assert b">411323198001019905<" in made.answer(wsdl.port(), wsdl.port().operations["Cx"])


def test_what_may_be_left_out_and_has_no_type_that_could_stand_there_is_left_out(tmp_path: Path) -> None:
    for place in (path for path in HERE.rglob("*") if path.is_file()):
        target = tmp_path / place.relative_to(HERE)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(place.read_bytes())
    text = (tmp_path / "jcxx.xsd").read_text("utf-8")
    optional = '<xs:element name="Xm" type="xs:string" nillable="true"/>'
    assert optional in text
    text = text.replace(optional, f'<xs:element name="Gj" type="Gj" minOccurs="0"/>{optional}')
    nobodys = '<xs:complexType name="Gj" abstract="true"><xs:sequence/></xs:complexType></xs:schema>'
    (tmp_path / "jcxx.xsd").write_text(text.replace("</xs:schema>", nobodys), "utf-8")
    wsdl = open_folder(tmp_path, "jcxx.wsdl")
    assert b"Xm" in (made := Samples(wsdl).answer(wsdl.port(), wsdl.port().operations["Cx"])) and b"Gj" not in made


def test_a_document_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "jcxx.wsdl").write_bytes((HERE / "jcxx.wsdl").read_bytes())
    with pytest.raises(Misconfigured, match=r"jcxx\.xsd"):
        open_folder(tmp_path, "jcxx.wsdl")
