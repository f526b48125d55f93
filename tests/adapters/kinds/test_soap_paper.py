"""What a mapping reads of a SOAP answer is held against the WSDL: a place at which nothing can stand would be a field that is silently empty."""

from __future__ import annotations

import asyncio

import pytest

from adapters.connect import Connection, connect
from adapters.kinds.compared import Compared
from tests.adapters.kinds.making import PORTS, department_of
from tests.adapters.kinds.soap_town import HERE, toml

EVERY_PLACE = """
echo = { id_number = "Sfzh" }
request_echo = "$.soap:header.Zt.Dm"
candidates = { path = "Ry", choice = "Sfzh", label = "{Xm} {@bb}" }
document = { path = "Zp" }
as_of = "BzWb"
withheld = { path = "Hzh", names = { Xm = "name" } }
[resources.r.lists.owners]
path = "Dh"
fields = { owner_name = { path = "$", when = { path = "$", present = true } } }
"""


def compared(text: str) -> Compared:
    async def run() -> Compared:
        department, resources = department_of(text, HERE)
        line = connect(department, resources.values(), Connection("http://nowhere.invalid"), PORTS)
        try:
            return await line.compare()
        finally:
            await line.close()

    return asyncio.run(run())


def whole(ours: str = "", instead: str = "") -> Compared:
    text = toml(more=EVERY_PLACE)
    assert ours in text
    return compared(text.replace(ours, instead, 1) if ours else text)


def test_a_mapping_that_agrees_with_its_wsdl_says_nothing() -> None:
    assert whole() == Compared()


@pytest.mark.parametrize(
    ("ours", "instead", "says"),
    [
        ('name = "Xm"', 'name = "Xn"', "[resources.d.r.fields] name: the WSDL has nothing at Xn of what Cx answers: Ry has no Xn"),
        ('result = "Jg"', 'result = "Jgm"', "wire result: the WSDL has nothing at Jgm of what Cx answers: it has no Jgm; use one of: Jg, Ry"),
        ('record = "Ry[0]"', 'record = "Rw[0]"', "wire record: the WSDL has nothing at Rw[0]"),
        ('{ id_number = "Sfzh" }', '{ id_number = "Zjhm" }', "wire echo id_number: the WSDL has nothing at Zjhm"),
        ('"$.soap:header.Zt.Dm"', '"$.soap:header.Zt.Bm"', "request_echo: the WSDL has nothing at $.soap:header.Zt.Bm"),
        ('candidates = { path = "Ry"', 'candidates = { path = "R"', "candidates: the WSDL has nothing at R of"),
        ('choice = "Sfzh"', 'choice = "Xh"', "candidates choice: the WSDL has nothing at Xh"),
        ("{@bb}", "{@bc}", "candidates label: the WSDL has nothing at @bc"),
        ('document = { path = "Zp" }', 'document = { path = "Fj" }', "document path: the WSDL has nothing at Fj"),
        ('as_of = "BzWb"', 'as_of = "Rq"', "as_of: the WSDL has nothing at Rq"),
        ('path = "Hzh", names', 'path = "Hz", names', "withheld: the WSDL has nothing at Hz"),
        ('path = "Dh"', 'path = "Dhhm"', "[resources.d.r.lists] owners: the WSDL has nothing at Dhhm"),
        ('path = "$", when', 'path = "Hm", when', "owners.owner_name: the WSDL has nothing at Hm of what Cx answers: Dh is a text"),
        ('{ path = "$", present', '{ path = "Lx", present', "owners.owner_name when: the WSDL has nothing at Lx"),
        ('path = "Je.#"', 'path = "Je.Bz"', "amount: the WSDL has nothing at Je.Bz of what Cx answers: Je has no Bz; use one of: #, @bz"),
        ('path = "Je.#", as = "decimal"', 'first = ["Je.#", { path = "Jine" }]', "amount first: the WSDL has nothing at Jine"),
        ('path = "Je.#"', 'path = "Je[0].#"', "Je stands there once, so take [0] out"),
        ('path = "Je.#"', 'path = "Sj.Dh.#"', "Dh may come several times, so say which: Dh[0], Dh[*]"),
        ('path = "Je.#"', 'path = "Sj.Sj.Sj.Jf"', "Sj has no Jf"),
    ],
)  # fmt: skip
def test_a_place_at_which_no_answer_has_anything_is_a_sentence_that_names_the_nearest(
    ours: str, instead: str, says: str
) -> None:
    found = whole(ours, instead)
    assert any(says in one for one in found.wrong), found


def test_a_part_of_an_answer_by_rpc_and_a_receipt_are_held_against_the_wsdl_too() -> None:
    step = '[handles.permit.hand_over]\nservice = "Ycxx"\noperation = "Js"\ndepartment_no = "NO"\nrequest = { Hm = "1", Sl = "1" }'
    text = toml(resource=f"{step}")
    assert compared(text.replace("NO", "$.Hj.item[0].Xm")) == Compared()
    (said,) = compared(text.replace("NO", "$.Hj.item[0].Xingming")).wrong
    assert said.startswith("d [handles.permit] hand_over department_no:") and "the nearest is Xm" not in said


def read(found: Compared) -> list[str]:
    return [place.reads[1] for place in found.unsaid if place.reads[1]]


def test_where_the_schema_says_nothing_nothing_is_denied_and_that_is_told() -> None:
    header = whole('"$.soap:header.Zt.Dm"', '"$.soap:header.Lsh"')
    assert not header.wrong and [place.written for place in header.unsaid] == ["$.soap:header.Lsh"]
    loose = whole('result = "Jg"', 'strict = false\nresult = "Jgm"')
    assert not loose.wrong and read(loose) == ["name", "amount", "owners", "owners.owner_name", "owners.owner_name"]


def test_a_document_within_the_answer_is_in_no_paper_but_its_text_is() -> None:
    inside = whole('name = "Xm"', 'name = "Bz.xm"')
    assert "the WSDL has nothing at Bz.xm" in inside.wrong[0]
    opened = compared(toml(more='inside = { "$.Ry[0].BzWb" = "json" }').replace('"Xm"', '"BzWb.xm"'))
    assert not opened.wrong and read(opened) == ["name"]
    (said,) = compared(toml(more='inside = { "$.Ry[0].Bzwb" = "json" }')).wrong
    assert "wire inside: the WSDL has nothing at $.Ry[0].Bzwb" in said and said.endswith("the nearest is BzWb.")
