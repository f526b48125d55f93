"""Secrets of a rehearsal fit where a mapping writes them: each type that once made a reviewed department fail its own rehearsal."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from adapters.onboarding.rehearsal import play
from adapters.proving.stand_ins import EXAMPLE, stand_ins
from catalog.parsing_supply import department_of, resources_of
from catalog.schema import DEPARTMENT
from catalog.shapes import fit
from catalog.types import Department, Resource

CX: dict[str, object] = {
    "title": "查询",
    "share": "withheld",
    "proposed": True,
    "subject": [],
    "fields": {"owner_name": "$.xm"},
}
NUMBER = '<x:element name="MM" type="x:long"/>'
TYPES = {
    "a number": NUMBER,
    "a date": '<x:element name="MM" type="x:date"/>',
    "a pattern": '<x:element name="MM"><x:simpleType><x:restriction base="x:string"><x:pattern value="[A-Z]{2}[0-9]{6}"/></x:restriction></x:simpleType></x:element>',
    "a word of a list": '<x:element name="MM"><x:simpleType><x:restriction base="x:string"><x:enumeration value="CS"/></x:restriction></x:simpleType></x:element>',
    "a length": '<x:element name="MM"><x:simpleType><x:restriction base="x:string"><x:length value="32"/></x:restriction></x:simpleType></x:element>',
    "the second of two alternatives": f'<x:choice><x:element name="XM" type="x:string"/>{NUMBER}</x:choice>',
    "an attribute": '<x:element name="pz"><x:complexType><x:attribute name="MM" type="x:int" use="required"/></x:complexType></x:element>',
}


def wsdl(inside: str) -> str:
    return f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:x="http://www.w3.org/2001/XMLSchema"
 xmlns:t="urn:t" targetNamespace="urn:t"><types><x:schema targetNamespace="urn:t"><x:element name="q"><x:complexType><x:sequence>{inside}</x:sequence></x:complexType></x:element>
 <x:element name="a"><x:complexType><x:sequence><x:element name="xm" type="x:string"/></x:sequence></x:complexType></x:element></x:schema></types>
 <message name="i"><part name="p" element="t:q"/></message><message name="o"><part name="p" element="t:a"/></message>
 <portType name="pt"><operation name="Cx"><input message="t:i"/><output message="t:o"/></operation></portType>
 <binding name="b" type="t:pt"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/><operation name="Cx"><s:operation soapAction=""/>
 <input><s:body use="literal"/></input><output><s:body use="literal"/></output></operation></binding>
 <service name="w"><port name="p" binding="t:b"><s:address location="http://a.invalid/w"/></port></service></definitions>"""


ANSWER = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><a xmlns="urn:t"><xm xmlns="">示例</xm></a></e:Body></e:Envelope>'


def laid(site: Path, what: str) -> tuple[Department, tuple[Resource, ...]]:
    """A department that wants its secret in the request, with one answer."""
    folder, paper = site / "departments" / "odd", wsdl(TYPES[what]).encode()
    (folder / "samples").mkdir(parents=True)
    (folder / "cx.wsdl").write_bytes(paper)
    (folder / "samples" / "cx.answer.xml").write_text(ANSWER, "utf-8")
    request: dict[str, object] = {"pz": {"@MM": "{secret.mm}"}} if what == "an attribute" else {"MM": "{secret.mm}"}
    told: dict[str, object] = {
        "department": {"code": "odd", "name": "示例局", "uscc": "", "kind": "soap"},
        "wire": {"wsdl": "cx.wsdl", "path": "/w", "documents": {"cx.wsdl": sha256(paper).hexdigest()}},
        "resources": {"cx": {**CX, "wire": {"operation": "Cx", "request": request}}},
    }
    manifest, faults = fit(DEPARTMENT, told)
    assert isinstance(manifest, dict) and not faults
    return department_of("odd", manifest, "411323", site), tuple(resources_of("odd", manifest))


@pytest.mark.parametrize("what", TYPES)
def test_a_stand_in_for_a_secret_fits_the_type_where_it_is_written(tmp_path: Path, what: str) -> None:
    department, resources = laid(tmp_path, what)
    played = asyncio.run(play(department, resources, {}, lambda: datetime(2026, 11, 28, tzinfo=UTC)))
    assert stand_ins(department, resources)["mm"] != EXAMPLE
    assert [one.trouble for one in played] == [""] and played[0].sample
