"""Papers in the ordinary layout refer upwards: what they import is taken along as it lies, and nothing else of the machine is."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.contract import Misconfigured
from adapters.kinds.soap_describe import open_folder
from adapters.onboarding import from_openapi, from_wsdl
from tests.adapters.proving.test_stand_ins import wsdl

TYPES = '<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:lx"><x:simpleType name="xh"><x:restriction base="x:string"/></x:simpleType></x:schema>'


def laid(folder: Path, location: str) -> Path:
    """A WSDL in `fw/v1` whose schema imports that document for the type of XH."""
    inside = '<x:element name="XH" type="lx:xh" xmlns:lx="urn:lx"/>'
    importing = f'<x:schema targetNamespace="urn:t"><x:import namespace="urn:lx" schemaLocation="{location}"/>'
    text = wsdl(inside).replace('<x:schema targetNamespace="urn:t">', importing)
    (folder / "fw" / "v1").mkdir(parents=True)
    (folder / "fw" / "v1" / "cx.wsdl").write_text(text, "utf-8")
    return folder / "fw" / "v1" / "cx.wsdl"


def put(place: Path, text: str = TYPES) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, "utf-8")
    return place


def test_a_wsdl_takes_the_schemas_above_its_folder_along_as_they_lie(tmp_path: Path) -> None:
    put(tmp_path / "lx" / "more.xsd", TYPES.replace("urn:lx", "urn:more"))
    importing = '"urn:lx"><x:import namespace="urn:more" schemaLocation="more.xsd"/>'
    put(tmp_path / "lx" / "lx.xsd", TYPES.replace('"urn:lx">', importing))
    drafted = from_wsdl.draft(laid(tmp_path, "../../lx/lx.xsd"))
    assert set(drafted.papers) == {"fw/v1/cx.wsdl", "lx/lx.xsd", "lx/more.xsd"}
    assert drafted.wire["wsdl"] == "fw/v1/cx.wsdl" and "../../lx/lx.xsd, ../../lx/more.xsd" in drafted.doubts[0]
    for name, body in drafted.papers.items():
        put(tmp_path / "department" / name, body.decode())
    assert open_folder(tmp_path / "department", "fw/v1/cx.wsdl").ports


OUTSIDE = {
    "a file that is called otherwise": ("../../lx/lx.txt", "lx/lx.txt", TYPES),
    "a file that is no schema": ("../../lx/lx.xsd", "lx/lx.xsd", "<secret/>"),
    "a file that is no XML": ("../../lx/lx.xsd", "lx/lx.xsd", "secret"),
    "a hidden folder": ("../../.lx/lx.xsd", ".lx/lx.xsd", TYPES),
    "a file from its address on the machine": ("{tmp}/lx/lx.xsd", "lx/lx.xsd", TYPES),
    "a file that is not there": ("../../lx/lx.xsd", "elsewhere/lx.xsd", TYPES),
}


@pytest.mark.parametrize("what", OUTSIDE)
def test_a_wsdl_takes_nothing_else_of_the_machine_along(tmp_path: Path, what: str) -> None:
    location, place, text = OUTSIDE[what]
    put(tmp_path / place, text)
    with pytest.raises(Misconfigured, match="put it where that says, or beside"):
        from_wsdl.draft(laid(tmp_path, location.format(tmp=tmp_path)))


def test_a_wsdl_takes_nothing_along_that_lies_behind_a_link(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "lx.xsd")
    (tmp_path / "lx").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Misconfigured, match="no such document is there"):
        from_wsdl.draft(laid(tmp_path, "../../lx/lx.xsd"))


def test_a_wsdl_takes_nothing_along_from_more_than_six_levels_up(tmp_path: Path) -> None:
    put(tmp_path / "lx.xsd")
    assert from_wsdl.draft(laid(tmp_path / "1" / "2" / "3" / "4", "../" * 6 + "lx.xsd"))
    with pytest.raises(Misconfigured, match="no such document is there"):
        from_wsdl.draft(laid(tmp_path / "1" / "2" / "3" / "4" / "5", "../" * 7 + "lx.xsd"))


PAPER = """openapi: 3.0.3
info: {title: 示例, version: "1"}
paths:
  /ry:
    get:
      operationId: cx
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: "../gy/lx.yaml#/ry"}}}}
"""
PARTS = 'ry: {type: object, properties: {xm: {$ref: "more.yaml#/xm"}, xb: {$ref: "#/xb"}}}\nxb: {type: string}\n'


def test_a_paper_in_openapi_takes_the_files_above_its_folder_along_as_they_lie(tmp_path: Path) -> None:
    put(tmp_path / "gy" / "lx.yaml", PARTS)
    put(tmp_path / "gy" / "more.yaml", "xm: {type: string}\n")
    drafted = from_openapi.draft(put(tmp_path / "fw" / "paper.yaml", PAPER))
    assert set(drafted.papers) == {"fw/paper.yaml", "gy/lx.yaml", "gy/more.yaml"}
    assert [place.name for place in drafted.operations[0].answer] == ["xm", "xb"]
    assert "../gy/lx.yaml" in drafted.doubts[0]


def test_a_paper_in_openapi_takes_nothing_from_a_hidden_folder_along(tmp_path: Path) -> None:
    put(tmp_path / ".gy" / "lx.yaml", PARTS)
    with pytest.raises(Misconfigured, match=r"refers to \.\./\.gy/lx\.yaml, which does not lie there"):
        from_openapi.draft(put(tmp_path / "fw" / "paper.yaml", PAPER.replace("../gy", "../.gy")))


def test_a_part_without_a_prefix_means_the_only_type_of_that_name(tmp_path: Path) -> None:
    text = wsdl('<x:element name="XH" type="x:string"/>').replace("</x:schema>", f"{WRAPPED}</x:schema>")
    text = text.replace('<part name="p" element="t:a"/>', '<part name="p" type="Jg"/>')
    (operation,) = from_wsdl.draft(put(tmp_path / "cx.wsdl", text)).operations
    assert [place.path[-1] for place in operation.answer] == ["JG"]


WRAPPED = '<x:complexType name="Jg"><x:sequence><x:element name="JG" type="x:string"/></x:sequence></x:complexType>'


def test_a_name_of_a_wrong_namespace_is_told_with_the_one_that_has_it(tmp_path: Path) -> None:
    text = wsdl('<x:element name="XH" type="o:Jg" xmlns:o="urn:other"/>').replace("</x:schema>", f"{WRAPPED}</x:schema>")  # fmt: skip
    with pytest.raises(Misconfigured, match="type Jg of namespace 'urn:other'; one of that name is in 'urn:t'"):
        from_wsdl.draft(put(tmp_path / "cx.wsdl", text))
