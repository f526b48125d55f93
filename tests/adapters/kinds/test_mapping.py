"""The mapping language: alternatives, joins, conditions, defaults, rows, code lists both ways; a value that does not fit is named, never empty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.contract import Found, Misconfigured, Raw, Unusable
from adapters.kinds.documents import Documents
from adapters.kinds.fields import FIELD_KEYS, FieldReader, field_reader
from adapters.kinds.identifiers import id_check, uscc_check
from adapters.kinds.records import record_reader
from adapters.kinds.rowlists import LIST_KEYS, list_reader
from adapters.kinds.templates import DIRECTIVE_KEYS, OUT_FORMS, Unfillable, Writing, fill
from adapters.kinds.values import FORMS, Broken, Good, Missing, Reading, Rule, Withheld, normalise
from catalog.types import Resource, ResourceField, ResourceList, ShareType

SHARE = ShareType.CONDITIONAL
LISTS: Mapping[str, object] = {
    "zt": {"table": {"1": "in_force", "2": "ended", "3": "ended"}, "back": {"ended": "2"}},
    "unclear": {"table": {"2": "ended", "3": "ended"}},
}
PAPERS = Documents("d", Path("/nowhere"), {}, LISTS)
RAW = Raw(b"", "application/json")


def compiled(required: bool = False, **wire: object) -> FieldReader:
    return field_reader(ResourceField("x", SHARE, wire, required), PAPERS, "d")


def read(tree: object, **wire: object) -> Reading:
    return compiled(**wire).read(tree)


def rows(tree: object, **wire: object) -> object:
    return list_reader(ResourceList("r", "r", SHARE, wire, ()), PAPERS, "d").rows(tree)


# --- one field --------------------------------------------------------------------------------------------------------


def test_the_first_that_has_a_value_is_taken_by_its_own_rule() -> None:
    first = [{"path": "$.new", "as": "date"}, {"path": "$.old", "as": "yyyymmdd", "empty": ["00000000"]}, "$.text"]
    assert read({"new": "", "old": "20240305"}, first=first) == Good("2024-03-05")
    assert read({"old": "00000000", "text": "x"}, first=first) == Good("x")
    assert read({"new": "soon", "old": "20240305"}, first=first) == Broken("date")
    assert read({}, first=first) == Missing()


def test_a_withheld_alternative_is_no_missing_one() -> None:
    first = [{"path": "$.a", "withheld": ["***"]}, "$.b"]
    assert read({"a": "***"}, first=first) == Withheld() and read({"a": "***", "b": "1"}, first=first) == Good("1")


def test_several_places_or_several_values_are_joined_only_where_the_mapping_says_so() -> None:
    tree = {"a": "x", "b": None, "c": [{"d": "y"}, {"d": "z"}]}
    assert read(tree, path=["$.a", "$.b", "$.c[0].d"], join="/") == Good("x/y")
    assert read(tree, path="$.c[*].d", join="、") == Good("y、z")
    assert read(tree, path="$.c[*].d") == Broken("several_values")
    assert read(tree, path="$.c[?@.d=='z'].d") == Good("z")


@pytest.mark.parametrize(
    ("when", "reading"),
    [
        ({"path": "$.k", "in": ["1"]}, Good("v")),
        ({"path": "$.k", "in": ["2"]}, Missing()),
        ({"path": "$.k", "not_in": ["2"]}, Good("v")),
        ({"path": "$.k", "not_in": ["1"]}, Missing()),
        ({"path": "$.k", "present": True}, Good("v")),
        ({"path": "$.none", "present": False}, Good("v")),
        ({"path": "$.k", "present": False}, Missing()),
    ],
)
def test_a_condition_says_when_a_field_is_read(when: object, reading: Reading) -> None:
    assert read({"k": "1", "v": "v"}, path="$.v", when=when) == reading


def test_a_default_stands_in_for_nothing_and_for_nothing_else() -> None:
    wire = {"path": "$.v", "as": "integer", "withheld": ["***"], "default": "0"}
    assert [read({"v": v}, **wire) for v in (None, "7", "***", "x")] == [Good("0"), Good("7"), Withheld(), Broken("integer")]  # fmt: skip
    assert read({}, path="$.v", default=False) == Good("false")
    assert read({"v": "1"}, **wire, when={"path": "$.k", "present": True}) == Missing()


@pytest.mark.parametrize(
    ("wire", "about"),
    [
        ({}, "path is missing"),
        ({"path": "$.a", "first": ["$.b"]}, "path is missing"),
        ({"first": ["$.b"], "as": "date"}, "in each alternative"),
        ({"first": [{"path": "$.b", "requierd": True}]}, "no known key"),
        ({"path": "$.a", "as": "datum"}, "no known form"),
        ({"path": "/x:a"}, "prefix"),
        ({"path": "$.a", "when": {"path": "$.b"}}, "one of in, not_in and present"),
        ({"path": "$.a", "default": " "}, "canonical text"),
        ({"path": "$.a", "codes": "nobody"}, r"\[wire.code_lists.nobody\]"),
    ],
)
def test_a_mistake_in_a_mapping_is_a_sentence_when_it_is_compiled(wire: Mapping[str, object], about: str) -> None:
    with pytest.raises(Misconfigured, match=about):
        compiled(**wire)


def test_required_and_default_exclude_each_other() -> None:
    with pytest.raises(Misconfigured, match="exclude"):
        compiled(required=True, path="$.a", default="1")


def test_a_value_that_does_not_fit_names_field_path_and_rule_and_not_itself() -> None:
    resource = Resource("d.r", "d", "r", SHARE, ("uscc",), (ResourceField("born", SHARE, {"path": "$.csrq", "as": "yyyymmdd"}),))  # fmt: skip
    outcome = record_reader(resource, PAPERS).read({"csrq": "secret-value"}, ("born",), RAW)
    assert outcome == Unusable("born", "$.csrq", "yyyymmdd", RAW) and "secret" not in repr(outcome)


# --- names, addresses, telephones, dates ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "text", "reading"),
    [
        ("name", "测　试", Good("测试")),
        ("name", "示例•测试", Good("示例·测试")),
        ("name", "Shili  Jia", Good("Shili Jia")),
        ("name", "示例（西峡）有限公司", Good("示例（西峡）有限公司")),
        ("name", "——", Broken("name")),
        ("address", "示例县 测试路１２号Ａ座", Good("示例县测试路12号A座")),
        ("address", "123", Broken("address")),
        ("phone", "+86 139-0000-0000", Good("13900000000")),
        ("phone", "（0377）6900 0000", Broken("phone")),
        ("phone", "（0377）69000000转8001", Good("0377-69000000-8001")),
        ("phone", "12345", Broken("phone")),
        ("chinese_date", "二〇二四年三月五日", Good("2024-03-05")),
        ("chinese_date", "二零一〇年十二月三十一日", Good("2010-12-31")),
        ("chinese_date", "二〇二四年二月", Good("2024-02", "month")),
        ("chinese_date", "二〇二四年二月三十日", Broken("chinese_date")),
        ("date", "1990-05", Good("1990-05", "month")),
        ("date", "1990", Good("1990", "year")),
        ("slash_date", "1990/5", Good("1990-05", "month")),
        ("epoch", "1709568000", Good("2024-03-05")),
        ("epoch", 1709567999, Good("2024-03-04")),
        ("epoch_ms", 1709568000000, Good("2024-03-05")),
        ("epoch", "99999999999", Broken("epoch")),
        ("epoch_ms", "1.5", Broken("epoch_ms")),
    ],
)
def test_each_form_reads_what_departments_write(form: str, text: object, reading: Reading) -> None:
    assert normalise(text, Rule(form)) == reading


# --- rows -------------------------------------------------------------------------------------------------------------


def test_rows_of_a_list_can_be_chosen_and_gathered_from_lists_of_lists() -> None:
    tree = {"g": [{"r": [{"zt": "1", "n": "a"}, {"zt": "0", "n": "b"}]}, {"r": [{"zt": "1", "n": "c"}]}]}
    assert rows(tree, path="$.g[*].r[*]", where={"$.zt": ["1"]}) == [{"zt": "1", "n": "a"}, {"zt": "1", "n": "c"}]


def test_columns_that_are_numbered_become_rows_and_empty_numbers_none() -> None:
    numbered = [{"xm": "XM1", "fe": "FE1"}, {"xm": "XM2", "fe": "FE2"}, {"xm": "XM3", "fe": "FE3"}]
    record = {"XM1": "测试甲", "FE1": "1/2", "XM2": "测试乙", "FE2": None, "XM3": " "}
    assert rows(record, numbered=numbered) == [{"xm": "测试甲", "fe": "1/2"}, {"xm": "测试乙", "fe": None}]


def test_a_list_over_numbered_columns_is_found_like_any_other() -> None:
    wire = {"numbered": [{"xm": "XM1"}]}
    owners = ResourceList("owners", "owners", SHARE, wire, (ResourceField("owner_name", SHARE, {"path": "xm"}),))
    resource = Resource("d.r", "d", "r", SHARE, ("uscc",), (), (owners,))
    outcome = record_reader(resource, PAPERS).read({"XM1": "测试甲"}, ("owners",), RAW)
    assert isinstance(outcome, Found) and outcome.lists == {"owners": ({"owner_name": "测试甲"},)}


# --- there and back ---------------------------------------------------------------------------------------------------


def written(value: object, **more: object) -> object:
    return fill({"from": "{v}", **more}, {"v": value}, Writing(PAPERS, "d"))


def test_a_named_code_list_is_read_and_written_from_one_declaration() -> None:
    assert [read({"k": code}, path="$.k", codes="zt") for code in "129"] == [
        Good("in_force"),
        Good("ended"),
        Broken("code_list:zt"),
    ]
    assert (written("in_force", codes="zt"), written("ended", codes="zt")) == ("1", "2")
    with pytest.raises(Unfillable, match="code_list:zt"):
        written("unknown", codes="zt")


def test_a_list_with_two_codes_for_one_word_is_not_written_by_chance() -> None:
    assert read({"k": "3"}, path="$.k", codes="unclear") == Good("ended")
    with pytest.raises(Misconfigured, match="say under back which"):
        written("ended", codes="unclear")


def test_a_code_list_in_a_file_names_its_columns(tmp_path: Path) -> None:
    from hashlib import sha256

    body = "dm,mc\n1,男\n2,女\n".encode()
    (tmp_path / "xb.csv").write_bytes(body)
    lists = {"xb": {"file": "xb.csv", "ours": "mc"}}
    papers = Documents("d", tmp_path, {"xb.csv": sha256(body).hexdigest()}, lists)
    assert papers.code_list("xb") == ({"1": "男", "2": "女"}, "xb")
    assert papers.code_list("xb", back=True) == ({"男": "1", "女": "2"}, "xb")


DAYS = st.dates(min_value=date(1000, 1, 1), max_value=date(9999, 12, 30))
STYLES = ("yyyymmdd", "date", "slash_date", "chinese_date")


@given(DAYS, st.sampled_from((*STYLES, "yyyymmddhhmmss")))
def test_a_day_comes_back_from_each_style(day: date, style: str) -> None:
    assert normalise(written(day.isoformat(), **{"as": style}), Rule(style)) == Good(day.isoformat())


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31)), st.sampled_from(("epoch", "epoch_ms")))
def test_a_day_comes_back_from_seconds(day: date, style: str) -> None:
    assert normalise(written(day.isoformat(), **{"as": style}), Rule(style)) == Good(day.isoformat())


@given(DAYS, st.sampled_from(STYLES), st.booleans())
def test_a_partial_date_comes_back_as_partial_and_goes_out_only_where_the_papers_take_it(
    day: date, style: str, month: bool
) -> None:
    text, precision = (f"{day:%Y-%m}", "month") if month else (f"{day.year:04}", "year")
    text = text.zfill(7) if month else text
    assert normalise(written(text, **{"as": style, "partial": True}), Rule(style)) == Good(text, precision)
    with pytest.raises(Unfillable, match="precision"):
        written(text, **{"as": style})


def test_an_open_end_comes_back() -> None:
    wire = {"as": "yyyymmdd", "open_ended": "长期"}
    assert normalise(written("9999-12-31", **wire), Rule("yyyymmdd", open_ended=("长期",))) == Good("9999-12-31")


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12),
    st.sampled_from(("decimal", "decimal2", "grouped_decimal", "fen", "wan")),
)
def test_money_comes_back_from_each_style(number: Decimal, style: str) -> None:
    ours = normalise(number, Rule("decimal"))
    assert isinstance(ours, Good)
    reading = Rule("decimal" if style == "decimal2" else style)
    assert normalise(written(ours.text, **{"as": style}), reading) == ours


@given(st.integers(100000, 999999), DAYS, st.integers(0, 999))
def test_an_id_number_comes_back_and_a_wrong_one_does_not_leave(region: int, day: date, sequence: int) -> None:
    body = f"{region}{day.year:04}{day.month:02}{day.day:02}{sequence:03}"
    number = body + id_check(body)
    assert normalise(written(number.lower(), **{"as": "id_number"}), Rule("id_number")) == Good(number)
    with pytest.raises(Unfillable, match="id_number"):
        written(body + ("1" if number[-1] != "1" else "2"), **{"as": "id_number"})


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17))
def test_a_credit_code_comes_back_and_a_wrong_one_does_not_leave(body: str) -> None:
    code = body + uscc_check(body)
    assert normalise(written(code, **{"as": "uscc"}), Rule("uscc")) == Good(code)
    with pytest.raises(Unfillable, match="uscc"):
        written(body + ("1" if code[-1] != "1" else "2"), **{"as": "uscc"})


@given(st.dictionaries(st.text("0123456789ABX", min_size=1, max_size=4), st.text("abc_测", min_size=1, max_size=5), min_size=1))  # fmt: skip
def test_every_word_of_a_code_list_comes_back_as_itself(table: dict[str, str]) -> None:
    back = {word: code for code, word in table.items()}
    papers = Documents("d", Path("/nowhere"), {}, {"l": {"table": table, "back": back}})
    forward, backward = papers.code_list("l")[0], papers.code_list("l", back=True)[0]
    assert {forward[backward[word]] for word in table.values()} == set(table.values())


@given(st.sampled_from(["name", "address", "phone"]), st.text(max_size=20))
def test_a_wording_that_was_read_is_read_the_same_again_and_goes_out_as_it_is(form: str, text: str) -> None:
    once = normalise(text, Rule(form))
    if isinstance(once, Good):
        assert normalise(once.text, Rule(form)) == once and written(once.text, **{"as": form}) == once.text


def test_a_misspelt_key_beside_from_is_named() -> None:
    with pytest.raises(Misconfigured, match="requird"):
        written("1", requird=True)


def test_every_word_of_the_language_is_in_its_reference() -> None:
    reference = (Path(__file__).parents[3] / "docs" / "mapping.md").read_text(encoding="utf-8")
    words = {*FIELD_KEYS, *LIST_KEYS, *FORMS, *OUT_FORMS, *DIRECTIVE_KEYS, "code_lists", "back", "theirs", "ours"}
    assert not [word for word in words if not re.search(rf"(?<![a-z_]){word}(?![a-z_])", reference)]
