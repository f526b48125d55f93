"""Whatever stands in an answer, a file or a template: the pure pieces give a value or their own typed error, and what passes can be kept."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.contract import (  # fmt: skip
    Ambiguous,
    Denied,
    Found,
    Misconfigured,
    NotFound,
    PeerRefused,
    PeerUnreachable,
    Raw,
    Taken,
    Unavailable,
    Unusable,
)
from adapters.kinds import xmltext
from adapters.kinds.answers import AnswerReader, answer_reader, document, meaning
from adapters.kinds.documents import Documents
from adapters.kinds.dropfile import Layout, Reading, Refused, control_of
from adapters.kinds.droplines import Fixed, Separated, fixed_lines, separated_lines
from adapters.kinds.dropsheet import Sheet, sheet_lines
from adapters.kinds.droptree import Records, json_lines, xml_lines
from adapters.kinds.guard import Reply
from adapters.kinds.paths import look, steps, text_at
from adapters.kinds.receipts import receipt, spoken
from adapters.kinds.records import field_reader
from adapters.kinds.rest_read import parse
from adapters.kinds.settings import Settings
from adapters.kinds.tabular import rows_reader
from adapters.kinds.templates import OUT_FORMS, Unfillable, Writing, fill
from adapters.kinds.values import FORMS, Broken, Good, Rule, moment, normalise, shown, unfit_characters
from catalog.types import ResourceField, ShareType
from tests.adapters.kinds.making import department_of, query
from tests.adapters.kinds.test_filedrop_excel import GOOD, HEADER
from tests.adapters.kinds.test_rest import TOML, USCC
from tests.adapters.kinds.test_rest_xml import ONE, answer

ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=12)  # with halves of characters too
SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(), st.decimals(), st.floats(), ANY_TEXT, st.datetimes(), st.dates()
)
NAMES = st.one_of(
    st.sampled_from(["code", "rec", "mc", "rq", "zb", "gd", "xm", "fe", "xh", "dz", "bg", "no", "at"]), ANY_TEXT
)
TREE = st.recursive(SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=25)  # fmt: skip
RECORD = st.fixed_dictionaries({}, optional={name: TREE for name in ("mc", "rq", "zb", "gd", "xh", "dz", "bg")})
ANSWER = st.one_of(
    TREE, st.builds(lambda code, rec: {"code": code, "rec": rec}, st.sampled_from(["0", "409", 0, True]), RECORD | st.lists(RECORD, max_size=3))
)  # fmt: skip
RAW = Raw(b"", "application/json")
NOWHERE = Documents("d", Path("/nowhere"), {})
((CODE, RESOURCE),) = department_of(TOML)[1].items()


def keepable(text: str) -> bool:
    return unfit_characters(text) == "" and bool(text.strip()) and text.encode().decode() == text


# --- paths ------------------------------------------------------------------------------------------------------------


@given(st.text(st.sampled_from("$.[]ab0123 测"), max_size=12), TREE)
def test_any_text_is_a_path_or_no_path_and_any_path_looks_into_any_tree(path: str, tree: object) -> None:
    try:
        way = steps(path)
    except ValueError:
        return
    look(tree, way)
    assert text_at(tree, way) == text_at(tree, way).strip()


@given(st.lists(st.one_of(st.text("ab测", min_size=1, max_size=3), st.integers(0, 99)), max_size=5))
def test_a_path_that_is_written_is_the_same_path_when_read(way: list[str | int]) -> None:
    written = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)
    assert steps(written) == tuple(way)


# --- values -----------------------------------------------------------------------------------------------------------


@given(TREE, st.sampled_from(sorted(FORMS)))
@example(Decimal("1e999999999"), "wan")
@example(Decimal("NaN"), "text")
@example(float("inf"), "decimal")
@example(10**5000, "integer")
@example("9999-12-31T23:59:59-12:00", "date")
@example("0001-01-01T00:00:00+14:00", "date")
@example("\ud800", "text")
def test_any_value_is_read_or_broken_and_what_is_read_can_be_kept(raw: object, form: str) -> None:
    reading = normalise(raw, Rule(form))
    assert not isinstance(reading, Good) or keepable(reading.text)
    assert not isinstance(reading, Broken) or reading.rule


STYLES: dict[str, Callable[[date], str]] = {
    "yyyymmdd": lambda day: day.strftime("%Y%m%d").zfill(8),
    "date": date.isoformat,
    "slash_date": lambda day: f"{day.year:04}/{day.month}/{day.day}",
    "chinese_date": lambda day: f"{day.year:04}年{day.month}月{day.day}日",
}


@given(st.dates(), st.sampled_from(sorted(STYLES)), st.sampled_from(sorted(STYLES)))
def test_a_day_is_read_in_its_own_style_and_in_no_other(day: date, style: str, other: str) -> None:
    reading = normalise(STYLES[style](day), Rule(other))
    assert reading == (Good(day.isoformat()) if style == other else Broken(other))


@given(st.dictionaries(st.text("01ab测", min_size=1, max_size=3), st.text("xy", min_size=1), max_size=5), ANY_TEXT)
def test_a_code_is_ours_or_broken(codes: dict[str, str], said: str) -> None:
    reading = normalise(said, Rule(codes=codes, codes_name="l.csv"))
    if isinstance(reading, Good):
        assert reading.text in codes.values()


@given(SCALAR)
@example("0001-01-01T00:00:00")
def test_any_time_can_be_kept_or_is_none(value: object) -> None:
    found = moment(value)
    assert found is None or found.astimezone(UTC).year > 1899


@given(ANY_TEXT, st.integers(0, 20))
def test_what_is_shown_can_be_shown(text: str, longest: int) -> None:
    line = shown(text, longest)
    assert len(line) <= longest and len(line.splitlines()) <= 1 + line.count("\u2028") + line.count("\u2029")
    line.encode()


# --- whole answers ----------------------------------------------------------------------------------------------------

READER: AnswerReader = answer_reader(RESOURCE, NOWHERE)
OUTCOMES = (Found, NotFound, Ambiguous, Denied, Unavailable, Unusable)


@given(ANSWER, st.sampled_from(["", "1"]))
def test_any_answer_is_an_outcome_and_its_values_can_be_kept(tree: object, choice: str) -> None:
    outcome = READER.outcome(tree, query(RESOURCE, {"uscc": USCC}, choice=choice), RAW)
    assert isinstance(outcome, OUTCOMES)
    if isinstance(outcome, Found):
        rows = [row for rows in outcome.lists.values() for row in rows]
        assert all(keepable(text) for row in (outcome.values, *rows) for text in row.values())
        assert outcome.as_of is None or outcome.as_of.tzinfo
    if isinstance(outcome, Ambiguous):
        assert all(keepable(one.choice) and one.label.encode() is not None for one in outcome.candidates)


@given(st.lists(st.dictionaries(NAMES, SCALAR, max_size=5), max_size=4), st.sampled_from(["", "1"]))
@example([{"\ud800": None}], "")
def test_any_rows_of_a_table_are_an_outcome(rows: list[dict[str, object]], choice: str) -> None:
    from dataclasses import replace

    reader = rows_reader(replace(RESOURCE, wire={"choice": "xh", "label": "{mc}"}), NOWHERE)
    assert isinstance(reader.outcome(rows, query(RESOURCE, {"uscc": USCC}, choice=choice)), OUTCOMES)


CALL = Settings(
    {"result": "$.code", "taken": ["0"], "again": ["1"], "busy": ["2"], "department_no": "$.no", "at": "$.at"}, "d"
)


@given(st.one_of(TREE, st.builds(lambda code, no, at: {"code": code, "no": no, "at": at}, st.sampled_from(["0", "1", "2", "8"]), SCALAR, SCALAR)))  # fmt: skip
def test_any_receipt_is_taken_or_one_of_two_refusals(tree: object) -> None:
    try:
        taken = receipt(CALL, meaning(CALL), tree)
    except (PeerRefused, PeerUnreachable):
        return
    assert isinstance(taken, Taken) and keepable(taken.department_no) and len(taken.department_no) <= 60


@given(ANY_TEXT | st.from_regex(r"[0-9Xx]{6,18}", fullmatch=True))
def test_no_message_repeats_a_number_or_a_sentence(word: str) -> None:
    said = spoken(word)
    assert said.isascii() and sum(sign.isdigit() for sign in said) < 21
    assert not (len(word) >= 7 and word.isdigit() and word in said)


FILE = Settings({"path": "$.mc", "name": "$.xm", "sha256": "$.zb", "media_type": "$.rq"}, "d")


@given(
    st.dictionaries(
        st.sampled_from(["mc", "xm", "zb", "rq"]), SCALAR | st.sampled_from(["JVBERi0=", "pdf", "png", "text/html"])
    )
)
def test_any_document_is_a_file_or_an_outcome(tree: object) -> None:
    found = document(tree, FILE, RAW)
    if found is not None and not isinstance(found, Unusable):
        assert (
            "/" not in found.name and "\\" not in found.name and found.name.encode() and found.media_type != "text/html"
        )


# --- bytes ------------------------------------------------------------------------------------------------------------

BYTES = st.binary(max_size=200)


def spoilt(good: bytes) -> st.SearchStrategy[bytes]:
    """A good document of which some bytes are others, missing or more."""
    cut = st.tuples(st.integers(0, len(good)), st.integers(0, 9), st.binary(max_size=6))
    return st.lists(cut, min_size=1, max_size=3).map(lambda cuts: _changed(good, cuts))


def _changed(body: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    for at, away, more in cuts:
        body = body[:at] + more + body[at + away :]
    return body


@given(BYTES | spoilt(json.dumps({"code": "0", "rec": {"mc": "甲", "zb": 1.5, "gd": [{"xm": "a"}]}}).encode()))
def test_any_bytes_are_json_or_unusable(body: bytes) -> None:
    got = parse(Reply(200, "application/json", "", body))
    assert isinstance(got, Unusable) or isinstance(got[1], Raw)


@given(BYTES | spoilt(answer(ONE)), st.sampled_from(["", "utf-8", "gbk", "utf-16", "x"]))
def test_any_bytes_are_xml_or_unreadable(body: bytes, charset: str) -> None:
    try:
        tree = xmltext.read(body, charset)
    except xmltext.Unreadable as e:
        assert e.rule in ("xml", "dtd", "encoding", "too_many_parts")
    else:
        assert isinstance(tree, dict) and len(tree) == 1


XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=8).filter(
    str.strip
)
XML_NAME = st.from_regex(r"[A-Za-z测][A-Za-z0-9_.-]{0,4}", fullmatch=True)
XML_TREE = st.dictionaries(XML_NAME, st.recursive(XML_TEXT, lambda inner: st.dictionaries(XML_NAME, inner, min_size=1, max_size=3), max_leaves=8), min_size=1, max_size=1)  # fmt: skip


@given(XML_TREE, st.sampled_from(["utf-8", "gb18030"]))
def test_what_is_written_as_xml_is_read_as_the_same_tree(tree: object, encoding: str) -> None:
    assert xmltext.read(xmltext.written(tree, encoding), "") == tree


@given(TREE, st.sampled_from(["utf-8", "gb18030"]))
def test_any_value_is_written_as_xml_or_named_as_one_that_cannot_be(value: object, encoding: str) -> None:
    try:
        body = xmltext.written({"A": {"B": value} if not isinstance(value, dict | list) else str(value)}, encoding)
    except Unfillable as e:
        assert e.place.startswith("A")
    else:
        assert isinstance(xmltext.read(body, ""), dict)


LAYOUT = Layout("f", "gb18030", ("NO", "MJ"), {"MJ": field_reader(ResourceField("MJ", ShareType.CONDITIONAL, {"path": "MJ", "as": "decimal"}), NOWHERE, "f")}, ("NO",))  # fmt: skip
CSV = 'NO,MJ\r\n证1,1.5\r\n"a\r\nb",2\r\n'.encode("gb18030")


XML = b"<a><Jl><NO>1</NO><MJ>2</MJ></Jl><Jl><NO>2</NO><MJ/></Jl></a>"
JSON = b'{"NO": "1", "MJ": 2.50}\n{"NO": "2", "MJ": null}\n'
COLUMNS = ("NO", "MJ")
DROPPED = {
    "separated": lambda place, encoding: separated_lines(place, Separated(encoding, COLUMNS)),
    "fixed": lambda place, encoding: fixed_lines(place, Fixed(encoding, COLUMNS, (3, 6))),
    "json": lambda place, encoding: json_lines(place, Records(encoding, COLUMNS)),
    "xml": lambda place, encoding: xml_lines(place, Records(encoding, COLUMNS, "Jl")),
}


@given(
    BYTES | spoilt(CSV) | spoilt(XML) | spoilt(JSON), st.sampled_from(["gb18030", "utf-8"]), st.sampled_from([*DROPPED])
)
def test_any_bytes_are_rows_or_a_refusal(body: bytes, encoding: str, form: str) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        reading = Reading(DROPPED[form](Path(file.name), encoding), LAYOUT)
        try:
            rows = list(reading.rows())
        except Refused as e:
            assert str(e)
            return
    assert all(not unfit_characters(cell) for _, cells in rows for cell in cells)
    assert len(rows) + len({error.line for error in reading.errors}) == reading.seen


@given(BYTES | spoilt(b"WJM=f\nHS=1\nZY=ab\nRQ=20261119\n"))
def test_any_bytes_are_a_control_file_or_a_refusal(body: bytes) -> None:
    names = {"file": "WJM", "rows": "HS", "sha256": "ZY", "produced_on": "RQ"}
    try:
        assert control_of(body, "gb18030", names).produced_on
    except Refused as e:
        assert "控制文件" in str(e)


@given(spoilt(GOOD))
@settings(max_examples=60)
def test_any_spoilt_workbook_is_rows_or_a_refusal(body: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        try:
            lines = list(sheet_lines(Path(file.name), Sheet("名单", 2, HEADER)))
        except Refused as e:
            assert str(e)
            return
    assert all(len(cells) >= len(HEADER) for _, cells, _ in lines)


# --- what is sent -----------------------------------------------------------------------------------------------------

WRITING = Writing(NOWHERE, "d")
SCOPE = st.fixed_dictionaries({"a": SCALAR, "b": SCALAR | st.binary(max_size=4), "rows": st.lists(st.fixed_dictionaries({"c": SCALAR}), max_size=2)})  # fmt: skip
TEMPLATE = st.recursive(
    st.sampled_from(["{a}", "{a|b}", "x{a}y{b}", "{form.x}", "{nobody}", "", 1, True, None])
    | st.builds(lambda form, more: {"from": "{b}", "as": form, **more}, st.sampled_from([*sorted(OUT_FORMS), "?"]), st.sampled_from([{}, {"required": True}, {"default": "7"}, {"codes": {"1": "2"}}, {"codes": {}, "otherwise": "9"}]))
    | st.builds(lambda single: {"each": "rows", "row": {"c": "{c}", "n": "{number}"}, "single": single}, st.booleans()),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["k", "l", "when"]), inner, max_size=2),
    max_leaves=6,
)  # fmt: skip


@given(TEMPLATE, SCOPE)
@example({"from": "{b}", "as": "fen"}, {"a": 0, "b": Decimal("1e999999999"), "rows": []})
@example({"from": "{b}", "as": "integer"}, {"a": 0, "b": "1e999999", "rows": []})
@example({"from": "{b}", "as": "wan"}, {"a": 0, "b": "1e999999999", "rows": []})
@example({"from": "{b}", "as": "epoch_ms"}, {"a": 0, "b": datetime(1, 1, 1, tzinfo=UTC), "rows": []})
@example({"from": "{b}", "as": "percent"}, {"a": 0, "b": "\ud800", "rows": []})
@example({"from": "{b}", "as": "flag"}, {"a": 0, "b": -1, "rows": []})
@example({"from": "{b}", "as": "datetime"}, {"a": 0, "b": "0001-01-01T00:00:00+14:00", "rows": []})
def test_any_template_is_filled_or_named(template: object, scope: dict[str, object]) -> None:
    try:
        fill(template, scope, WRITING)
    except (Unfillable, Misconfigured) as e:
        assert str(e)


@pytest.mark.parametrize("value", ["1", "-0.5", "1234567.891"])
def test_money_goes_out_as_it_came_in(value: str) -> None:
    writing = {"from": "{v}", "as": "wan"}
    assert normalise(fill(writing, {"v": value}, WRITING), Rule("wan")) == Good(value)
