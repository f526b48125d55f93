"""WSDLs that hold much more than a matter needs: only what is wanted is looked into, level by level, and the person who waits hears of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.contract import Misconfigured
from adapters.kinds import soap_describe
from adapters.onboarding import from_wsdl, places
from tests.adapters.proving.test_stand_ins import wsdl

HOLDER = '<x:complexType name="h{0}"><x:sequence><x:element ref="t:head" minOccurs="0"/></x:sequence></x:complexType>'
GROUP = '<x:element name="head" type="t:h0"/>' + HOLDER.format(0)
GROUP += "".join(
    f'<x:element name="g{at}" substitutionGroup="t:head" type="t:h{at}"/>{HOLDER.format(at)}' for at in range(1, 20)
)
BESIDE = """<x:element ref="t:head"/><x:element name="sq"><x:complexType><x:sequence><x:element name="XH" type="x:string"/>
</x:sequence></x:complexType></x:element>"""
SECOND = """<operation name="Qt"><input message="t:i2"/><output message="t:o"/></operation></portType>"""
BOUND = """<operation name="Qt"><s:operation soapAction=""/><input><s:body use="literal"/></input><output><s:body use="literal"/></output></operation></binding>"""


def laid(folder: Path, inside: str, components: str = "") -> Path:
    """Operations Cx, which asks with `inside`, and Qt, whose element no schema has."""
    text = wsdl(inside).replace("</x:schema>", f"{components}</x:schema>")
    text = text.replace("</portType>", SECOND).replace("</binding>", BOUND)
    text = text.replace("<portType", '<message name="i2"><part name="p" element="t:missing"/></message><portType')
    (folder / "cx.wsdl").write_text(text, "utf-8")
    return folder / "cx.wsdl"


def test_of_a_wsdl_only_the_operations_that_are_wanted_are_looked_into(tmp_path: Path) -> None:
    paper = laid(tmp_path, '<x:element name="XH" type="x:string"/>')
    assert [one.name for one in from_wsdl.draft(paper, ("Cx",)).operations] == ["Cx"]
    with pytest.raises(Misconfigured, match="element missing"):
        from_wsdl.draft(paper)


def test_a_group_of_stand_ins_that_holds_itself_takes_no_place_from_what_stands_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soap_describe, "MOST_WORDS", 1000)
    opened = soap_describe.open_folder(laid(tmp_path, BESIDE, GROUP).parent, "cx.wsdl")
    asked = soap_describe.message_words(opened, opened.port().operations["Cx"].input)
    assert [leaf.path for leaf in asked[-1].leaves] == ["$.sq.XH"]
    assert 1000 < sum(_size(one) for one in asked) < 1030


def _size(word: soap_describe.Word) -> int:
    return 1 + sum(_size(inner) for inner in word.words)


def test_of_a_large_question_what_may_be_left_out_is_written_to_a_few_levels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(from_wsdl, "MOST_ASKED", 4)
    level = '<x:element name="XH" type="x:string"/>'
    for depth in range(6):
        level = f'<x:element name="n{depth}" minOccurs="0"><x:complexType><x:sequence>{level}<x:element name="m" type="x:string"/></x:sequence></x:complexType></x:element>'
    (asked,) = from_wsdl.draft(laid(tmp_path, level), ("Cx",)).operations
    assert 1 <= len(asked.inputs) <= 4 and asked.inputs[0].place.path[0] == "n5"
    assert "only the upper levels" in asked.doubts[0]


def test_who_waits_for_a_large_paper_hears_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "TELL_AFTER", -1.0)
    said: list[str] = []
    from_wsdl.draft(laid(tmp_path, '<x:element name="XH" type="x:string"/>'), ("Cx",), said.append)
    assert said == ["cx.wsdl: 0 of 1 operations are read; --only NAME reads those alone that you need"]
