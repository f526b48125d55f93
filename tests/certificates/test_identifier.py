"""The identifier of GB/T 36904 against published examples."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates import identifier
from certificates.errors import Malformed
from tests.certificates.making import HYGIENE, TYPE

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "gbt36904.json").read_text("utf-8"))
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
serials = st.text(alphabet=ALPHABET, min_size=1, max_size=32)


@pytest.mark.parametrize("published", VECTORS["sound"])
def test_a_published_identifier_is_read_and_written_back(published: str) -> None:
    assert str(identifier.parse(published)) == published


@pytest.mark.parametrize("example", VECTORS["unsound"], ids=lambda example: example["identifier"][-5:])
def test_a_published_identifier_with_a_wrong_check_character_is_refused(example: dict[str, str]) -> None:
    with pytest.raises(Malformed) as refused:
        identifier.parse(example["identifier"])
    assert refused.value.code == "identifier-check"
    right = example["identifier"][:-1] + example["check"]
    assert str(identifier.parse(right)) == right


@given(serials, st.integers(1, 999))
def test_a_made_identifier_is_sound(serial: str, version: int) -> None:
    made = identifier.make(TYPE, HYGIENE, serial, version)
    assert identifier.parse(str(made)) == made


@given(serials, st.data())
def test_one_mistyped_character_is_always_found(serial: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(serial) - 1))
    other = data.draw(st.sampled_from([character for character in ALPHABET if character != serial[position]]))
    mistyped = serial[:position] + other + serial[position + 1 :]
    made = str(identifier.make(TYPE, HYGIENE, serial))
    with pytest.raises(Malformed):
        identifier.parse(made.replace(f".{serial}.", f".{mistyped}."))


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "1.2.156.3005.2",
        "1.2.156.3005.2.",
        "1.2.156.3005.3.11100000000013338W011.11430000006122244L.20230000403.001.U",
        "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.000.U",
        "1.2.156.3005.2.11100000000013338W011.11430000006122244L.2023a.001.U",
        "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U.",
        "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U\n",
        "1.2.156.3005.2.11100000000013338W011.11430000006122244L.２０２３.001.U",
    ],
)
def test_what_has_not_the_shape_is_refused(broken: str) -> None:
    with pytest.raises(Malformed) as refused:
        identifier.parse(broken)
    assert refused.value.code == "identifier-shape"


def test_a_serial_outside_the_alphabet_cannot_be_made() -> None:
    with pytest.raises(Malformed, match="serial"):
        identifier.make(TYPE, HYGIENE, "lower")
