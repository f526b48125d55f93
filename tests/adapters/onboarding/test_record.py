"""What a draft takes for the record, for the code of the result, for a question, and for whose number: papers of strangers that misled it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.onboarding import from_openapi
from adapters.onboarding.guessing import Guesser
from adapters.onboarding.mapping import Mapped, mapped
from adapters.onboarding.places import ROW, Asked, Operation, Place
from catalog.types import FieldDefinition, FieldType

FACTS = {
    "name": FieldDefinition("name", "姓名", FieldType.TEXT),
    "id_number": FieldDefinition("id_number", "公民身份号码", FieldType.ID_NUMBER),
    "uscc": FieldDefinition("uscc", "统一社会信用代码", FieldType.USCC),
}


def read(*paths: str, asked: str = "") -> Mapped:
    """Each path by its steps; one that ends with `name` is sure."""
    places = [Place(tuple(path.split(".")), "姓名" if path.endswith("name") else "") for path in paths]
    inputs = (Asked(Place((asked,)), "path"),) if asked else ()
    return mapped(Operation("Q", "Q", {}, inputs, tuple(places)), Guesser(FACTS), FACTS)


THING = [f"f{at}" for at in range(8)]


@pytest.mark.parametrize(
    ("paths", "record"),
    [
        (["shipment_id", "date", "ship_to.name", "ship_to.city", "ship_from.city", "ship_from.zip"], ()),
        ([*THING, "owner.name", *(f"owner.a{at}" for at in range(20))], ()),
        (["warehouse", "origin.name", "origin.city", "back.city", "back.zip"], ()),
        ([*THING, "data.name", "data.city"], ("data",)),
        (["fhm", "fhxx", "ry.name", "ry.csrq", "ry.dz"], ("ry",)),
        (["total", f"labels.{ROW}.name", f"labels.{ROW}.a", f"labels.{ROW}.b"], ("labels",)),
        (["Xy.Jg.name"], ("Xy", "Jg")),
    ],
)
def test_a_record_is_the_thing_itself_and_not_a_part_of_it(paths: list[str], record: tuple[str, ...]) -> None:
    assert read(*paths).record == record


def test_what_is_asked_with_and_comes_back_is_no_code_of_the_result() -> None:
    assert read("code", "holder", "amount", asked="code").result is None
    found = read("code", "holder", "amount", asked="number").result
    assert found is not None and found.path == ("code",)


def test_a_column_that_holds_credit_codes_is_one_whatever_it_is_called() -> None:
    firm = Place(("经营者证件号码",), "经营者证件号码", form="uscc")
    guesses = Guesser(FACTS).guesses(firm)
    ranked = [one.name for one in guesses]
    assert ranked[0] == "uscc", guesses


@pytest.mark.parametrize(
    ("name", "status", "noted"),
    [("create_label", "200", True), ("quote", "201", True), ("Purchase Label", "200", True), ("query", "200", False)],
)
def test_a_post_that_makes_something_is_said_to_change_it(tmp_path: Path, name: str, status: str, noted: bool) -> None:
    said = {"operationId": name, "responses": {status: {"description": "a"}}}
    paper = {"openapi": "3.0.3", "info": {"title": "a", "version": "1"}, "paths": {"/a": {"post": said}}}
    (tmp_path / "a.json").write_text(json.dumps(paper), "utf-8")
    (one,) = from_openapi.draft(tmp_path / "a.json").operations
    assert any(doubt.startswith("POST changes something") for doubt in one.doubts) is noted
