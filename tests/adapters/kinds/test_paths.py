"""Paths: what each step finds in JSON and in XML, with namespaces and never with prefixes, and what is no path."""

from __future__ import annotations

import pytest

from adapters.kinds import xmltext
from adapters.kinds.paths import Several, look, single, steps, text_at

TREE = {
    "a": {"b.c": "1", "rows": [{"lx": "01", "v": "x"}, {"lx": "02", "v": "y"}, {"lx": "02", "v": None}]},
    "groups": [{"in": [1, 2]}, {"in": [3]}, {}],
}
XML = b"""<q:Cxyd xmlns:q="urn:cx" xmlns:o="urn:old"><q:Jl q:bh="7" lx="01">
 <q:Xm>A</q:Xm><o:Xm>B</o:Xm><q:Dz yt="hj">H1</q:Dz><q:Dz yt="jz">H2</q:Dz><q:Sj><q:H>1</q:H><q:H>2</q:H></q:Sj></q:Jl></q:Cxyd>"""


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.a['b.c']", "1"),
        ("$.a.rows[0].v", "x"),
        ("$.a.rows[-2].v", "y"),
        ("$.a.rows[9].v", None),
        ("$.a.rows[*].v", ["x", "y"]),
        ("$.a.rows[?@.lx=='01'].v", ["x"]),
        ("$.a.rows[?@.lx!='01'].lx", ["02", "02"]),
        ("$.a.rows[?@.lx=='03'].v", None),
        ("$.groups[*].in", [[1, 2], [3]]),
        ("$.groups[*].in[*]", [1, 2, 3]),
        ("$.groups[*].in[0]", [1, 3]),
    ],
)
def test_a_path_into_json_finds_what_stands_there(path: str, found: object) -> None:
    assert look(TREE, steps(path)) == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.Cxyd.Jl.@bh", "7"),
        ("/Cxyd/Jl/@bh", "7"),
        ("/{urn:cx}Cxyd/{urn:cx}Jl/@{urn:cx}bh", "7"),
        ("$.{urn:cx}Cxyd.{urn:cx}Jl.{urn:old}Xm", "B"),
        ("/Cxyd/Jl/{urn:cx}Xm", "A"),
        ("/Cxyd/Jl/{urn:none}Xm", None),
        ("/Cxyd/Jl/{}Xm", None),
        ("/Cxyd/Jl/@{urn:cx}lx", None),
        ("/Cxyd/Jl/@{}lx", "01"),
        ("/Cxyd/Jl/Dz[2]/text()", "H2"),
        ("/Cxyd/Jl/Dz[@yt='hj']/text()", "H1"),
        ("/Cxyd/Jl[@lx='01']/Sj/H[last()]", "2"),
        ("/Cxyd/Jl/Sj/H[1]", "1"),
        ("/Cxyd/Jl[Sj/H='1']/Sj/H[1]", None),
        ("/Cxyd/Jl[@lx!='01']/Sj/H[1]", None),
    ],
)
def test_a_path_into_xml_goes_by_namespace_and_name(path: str, found: object) -> None:
    assert single(look(xmltext.read(XML, ""), steps(path))) == found


def test_other_prefixes_are_the_same_document() -> None:
    renamed = XML.replace(b"q:", b"zz:").replace(b":q=", b":zz=").replace(b"o:Xm", b"k:Xm").replace(b":o=", b":k=")
    assert xmltext.read(renamed, "") == xmltext.read(XML, "")
    assert text_at(xmltext.read(renamed, ""), steps("/{urn:cx}Cxyd/Jl/{urn:old}Xm")) == "B"


def test_an_element_that_stands_alone_is_one_of_several() -> None:
    tree = xmltext.read(b"<A><B><C>1</C></B></A>", "")
    assert text_at(tree, steps("/A/B[1]/C[last()]")) == "1" and look(tree, steps("$.A.B[*].C")) == Several(["1"])


def test_several_are_no_single_value() -> None:
    assert text_at(TREE, steps("$.a.rows[*].v")) == "" and text_at(TREE, steps("$.a.rows[?@.lx=='01'].v")) == "x"


@pytest.mark.parametrize(
    "path",
    [
        "$.a.",
        "$.a[x]",
        "$..a",
        "$.a[?@.b>'1']",
        "//a",
        "/a/",
        "/q:a",
        "/a/*",
        "/a/..",
        "/a[0]",
        "/a[b]",
        "/@a/b",
        "/a/text()/b",
        "/count(a)",
        "/a[position()=1]",
    ],
)
def test_what_is_beyond_the_subset_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match=r"path|write|stand|dot"):
        steps(path)
