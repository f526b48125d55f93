"""Canonical bytes: one value has one sequence of bytes, and doubtful input has none."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from certificates import canonical
from certificates.errors import Malformed

texts = st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: unicodedata.normalize("NFC", text))
integers = st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER)
values = st.recursive(
    st.none() | st.booleans() | integers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_was_written_reads_back_the_same(value: Any) -> None:
    assert canonical.parse_canonical(canonical.encode(value)) == value


@given(values)
def test_white_space_and_escapes_make_no_difference_to_the_canonical_bytes(value: Any) -> None:
    spelled_otherwise = json.dumps(value, indent=2, ensure_ascii=True).encode()
    assert canonical.encode(canonical.parse(spelled_otherwise)) == canonical.encode(value)


@given(st.dictionaries(texts, integers, min_size=2))
def test_the_order_of_members_makes_no_difference(members: dict[str, Any]) -> None:
    assert canonical.encode(dict(reversed(members.items()))) == canonical.encode(members)


@given(texts)
def test_a_text_that_is_not_nfc_is_refused(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assume(decomposed != text)
    with pytest.raises(Malformed) as refused:
        canonical.encode(decomposed)
    assert refused.value.code == "not-nfc"


@given(st.binary())
def test_bytes_at_random_are_read_or_refused_and_nothing_else(raw: bytes) -> None:
    try:
        value = canonical.parse(raw)
    except Malformed:
        return
    canonical.encode(value)


def test_members_are_sorted_by_utf_16_code_units_as_rfc_8785_asks() -> None:
    # As in RFC 8785 §3.2.3, but for its U+FB33, which is not NFC: a surrogate pair comes before U+FF21.
    expected = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\uff21"]
    assert list(json.loads(canonical.encode(dict.fromkeys(sorted(expected))))) == expected


def test_escapes_are_the_shortest_ones() -> None:
    assert canonical.encode('\b\t\n\f\r"\\\x00\x1f/\x7f证') == '"\\b\\t\\n\\f\\r\\"\\\\\\u0000\\u001f/\x7f证"'.encode()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"a":1,"a":1}', "duplicate-member"),
        (b'{"a":1,"\\u0061":2}', "duplicate-member"),
        (b"1.0", "number"),
        (b"1e2", "number"),
        (b"-0", "number"),
        (b"NaN", "number"),
        (b"Infinity", "number"),
        (b"9007199254740992", "number"),
        (b"1" * 5000, "number"),
        (b'"\\ud800"', "surrogate"),
        (b'"e\\u0301"', "not-nfc"),
        (b'"\xff"', "not-utf8"),
        (b'\xef\xbb\xbf"a"', "not-json"),
        ('"证照"'.encode("gb18030"), "not-utf8"),
        (b'{"a":', "not-json"),
        (b"", "not-json"),
        (b"[" * 17 + b"]" * 17, "too-deep"),
        (b"[" * 500_000, "too-deep"),
        (b" " * (canonical.MAX_BYTES + 1), "too-large"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:12]),
)
def test_doubtful_json_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        canonical.parse(raw)
    assert refused.value.code == code


@pytest.mark.parametrize("value", [1.5, b"bytes", {1: "a"}, {"a": {2.0}}, 2**53, float("nan")], ids=repr)
def test_values_without_a_canonical_form_are_refused(value: Any) -> None:
    with pytest.raises(Malformed):
        canonical.encode(value)


def test_brackets_inside_a_text_are_not_nesting() -> None:
    assert canonical.parse(b'"' + b"[" * 1000 + b'\\"' + b"{" * 1000 + b'"')


def test_bytes_in_another_spelling_are_not_canonical() -> None:
    with pytest.raises(Malformed) as refused:
        canonical.parse_canonical(b'{"b":1, "a":2}')
    assert refused.value.code == "not-canonical"
