"""A department's folder is written from its papers alone, and passes the rehearsal of its own samples as it stands."""

from __future__ import annotations

import asyncio
import json
import shutil
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.contract import Found, Misconfigured
from adapters.onboarding import from_openapi, from_sample, from_wsdl
from adapters.onboarding.folder import write
from adapters.onboarding.naming import names_of
from adapters.onboarding.places import Draft
from adapters.onboarding.played import Played
from adapters.onboarding.rehearsal import play
from adapters.onboarding.workbook import workbook
from catalog.loading import load
from catalog.parsing_supply import department_of, resources_of
from catalog.schema import DEPARTMENT
from catalog.shapes import fit
from tests.house.source import ROOT

SITE = load(ROOT / "catalog" / "sites" / "xixia").site
PAPERS = ROOT / "catalog" / "sites" / "xixia" / "departments"
OPENAPI, WSDL = PAPERS / "market-regulation" / "scjg.openapi.yaml", PAPERS / "public-security" / "rkfw.wsdl"
PERSON = "411323199003079914"


def now() -> datetime:
    return datetime(2026, 11, 28, tzinfo=UTC)


def rehearsed(folder: Path) -> tuple[Played, ...]:
    manifest, faults = fit(DEPARTMENT, tomllib.loads((folder / "department.toml").read_text("utf-8")))
    assert isinstance(manifest, dict) and not faults
    department = department_of(folder.name, manifest, "411323", folder.parent.parent)
    resources = resources_of(folder.name, manifest)
    assert resources and all(one.proposed and one.share == "withheld" for one in resources)
    return asyncio.run(play(department, resources, SITE.dictionary, now))


def new(tmp_path: Path, draft: Draft) -> Path:
    return write(tmp_path / "departments" / "new-one", "示例局", draft, SITE.dictionary).folder


def table(tmp_path: Path) -> Path:
    rows = "身份证号,姓名,出生日期,备注\r\n" + "".join(
        f"{PERSON},测试甲,1990030{at},秘密{at}\r\n" for at in range(1, 6)
    )
    (tmp_path / "ryxx_20261101.csv").write_bytes(rows.encode("gb18030"))
    return tmp_path / "ryxx_20261101.csv"


def test_an_openapi_paper_becomes_a_folder_that_reads_its_samples(tmp_path: Path) -> None:
    played = rehearsed(new(tmp_path, from_openapi.draft(OPENAPI)))
    licence = next(one for one in played if one.resource.code == "new-one.yyzz-cx")
    assert len(played) == 12 and not [one.trouble for one in played if one.trouble]
    assert isinstance(licence.outcome, Found) and licence.outcome.values["uscc"].startswith("91411323MA999")


def test_a_wsdl_becomes_a_folder_that_reads_its_samples(tmp_path: Path) -> None:
    folder = new(tmp_path, from_wsdl.draft(WSDL))
    played = rehearsed(folder)
    assert len(played) == 6 and not [one.trouble for one in played if one.trouble]
    assert sorted(path.name for path in folder.glob("rkfw.*")) == ["rkfw.wsdl", "rkfw.xsd"]


@pytest.mark.parametrize("may_lack", ["", ' minOccurs="0"'])
def test_of_a_choice_in_a_request_every_alternative_is_named(tmp_path: Path, may_lack: str) -> None:
    xsd = "http://www.w3.org/2001/XMLSchema"
    text = f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:x="{xsd}"
 xmlns:t="urn:t" targetNamespace="urn:t"><types><x:schema targetNamespace="urn:t" elementFormDefault="qualified">
 <x:element name="q"><x:complexType><x:choice{may_lack}><x:element name="sfzh" type="x:string"/><x:sequence><x:element name="xm" type="x:string"/>
 <x:element name="csrq" type="x:string"/></x:sequence></x:choice></x:complexType></x:element>
 <x:element name="a"><x:complexType><x:sequence><x:element name="xm" type="x:string"/></x:sequence></x:complexType></x:element>
 </x:schema></types><message name="i"><part name="p" element="t:q"/></message><message name="o"><part name="p" element="t:a"/></message>
 <portType name="pt"><operation name="Cx"><input message="t:i"/><output message="t:o"/></operation></portType>
 <binding name="b" type="t:pt"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/><operation name="Cx"><s:operation soapAction=""/>
 <input><s:body use="literal"/></input><output><s:body use="literal"/></output></operation></binding>
 <service name="f"><port name="d" binding="t:b"><s:address location="http://a/b"/></port></service></definitions>"""
    (tmp_path / "cx.wsdl").write_text(text, "utf-8")
    folder = new(tmp_path, from_wsdl.draft(tmp_path / "cx.wsdl"))
    told = (folder / "department.toml").read_text("utf-8")
    how, needed = ("at most one of", "may be there") if may_lack else ("one of", "must be there")
    assert f"# {how}: sfzh, xm + csrq\nsfzh = " in told and f"it or another of them {needed}" in told
    assert not [one.trouble for one in rehearsed(folder) if one.trouble]


def test_a_sample_file_becomes_a_folder_that_takes_such_files_in(tmp_path: Path) -> None:
    folder = new(tmp_path, from_sample.draft(table(tmp_path)))
    (played,) = rehearsed(folder)
    assert not played.trouble and isinstance(played.outcome, Found)
    assert set(played.outcome.values) == {"id_number", "name", "birth_date"}


ROWS = [(PERSON, "测试甲", "1990-03-07", "12.50"), ("411323198811029937", "测试乙丙", "1988-11-02", "3")]
NAMES = ("身份证号", "姓名", "出生日期", "金额")


def padded(cell: str, width: int) -> str:
    return cell + " " * (width - len(cell.encode("gb18030")))


WRITTEN: dict[str, bytes] = {
    "xlsx": workbook({"名单": [["某县名单"], NAMES, *ROWS]}),
    "xml": ("<Bw><Tou/>" + "".join(f'<Jl xh="{at}"><Sfzh>{row[0]}</Sfzh><Xm>{row[1]}</Xm></Jl>' for at, row in enumerate(ROWS)) + "</Bw>").encode(),
    "jsonl": "\n".join(json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) for row in ROWS).encode(),
    "txt": "\r\n".join("".join(padded(cell, width) for cell, width in zip(row, (20, 12, 12, 10), strict=True)) for row in ROWS).encode("gb18030"),
    "tsv": "\n".join("\t".join(row) for row in (NAMES, *ROWS)).encode("gb18030"),
}  # fmt: skip


@pytest.mark.parametrize("ending", WRITTEN)
def test_a_sample_of_any_format_becomes_a_folder_that_takes_such_files_in(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"ry_20261101.{ending}").write_bytes(WRITTEN[ending])
    folder = new(tmp_path, from_sample.draft(tmp_path / f"ry_20261101.{ending}"))
    (played,) = rehearsed(folder)
    assert not played.trouble and played.sample and (folder / "samples" / f"ry_20260305.{ending}").is_file()
    assert not any(
        "测试乙".encode(code) in place.read_bytes() for place in folder.rglob("*.*") for code in ("utf-8", "gb18030")
    )


def test_nothing_of_a_sample_file_stands_in_the_folder(tmp_path: Path) -> None:
    folder = new(tmp_path, from_sample.draft(table(tmp_path)))
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert PERSON.encode() not in written and "秘密".encode() not in written and "秘密".encode("gb18030") not in written


def test_what_is_not_sure_stands_in_the_manifest_as_a_comment(tmp_path: Path) -> None:
    text = (new(tmp_path, from_openapi.draft(OPENAPI)) / "department.toml").read_text("utf-8")
    assert '# ? = "$.djztdm"' in text and "registration_status 登记状态" in text
    assert "registration_status" not in tomllib.loads(text)["resources"]["yyzz-cx"]["fields"]


def test_a_folder_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    draft = from_openapi.draft(OPENAPI)
    new(tmp_path, draft)
    with pytest.raises(Misconfigured, match="is there already"):
        new(tmp_path, draft)


def test_a_schema_that_is_missing_is_asked_for_by_name_and_nothing_is_written(tmp_path: Path) -> None:
    shutil.copy(WSDL, tmp_path / "rkfw.wsdl")
    with pytest.raises(Misconfigured, match=r"rkfw\.xsd"):
        new(tmp_path, from_wsdl.draft(tmp_path / "rkfw.wsdl"))
    assert not (tmp_path / "departments").exists()


def test_a_row_of_a_file_has_no_code_of_success(tmp_path: Path) -> None:
    (tmp_path / "areas.csv").write_text("code,name\n110101,东城\n110102,西城\n", "utf-8")
    text = (new(tmp_path, from_sample.draft(tmp_path / "areas.csv")) / "department.toml").read_text("utf-8")
    assert "result =" not in text and '# ? = "code"' in text


def test_operations_get_names_that_a_catalog_takes() -> None:
    said = ("RkJbxxCx", "查询婚姻", "GET /a/{b}", "GET /a/{b}", "！")
    assert names_of(said) == ("rk-jbxx-cx", "cha-xun-hun-yin", "get-a-b", "get-a-b-2", "question")


def test_a_long_name_ends_with_a_whole_word() -> None:
    said = "GetTheRegisteredHouseholdsOfOneDistrictByTheirOfficialNumber"
    assert names_of([said, "x" * 60]) == ("get-the-registered-households-of-one-district-by", "x" * 48)
