"""Answers out of the hub's own registry: what holds is mapped, what does not is told as such. The store is a list."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from adapters.contract import (
    Ambiguous,
    Certificate,
    Document,
    Found,
    Held,
    NotFound,
    Outcome,
    Query,
    Unavailable,
    Unusable,
)
from adapters.kinds.documents import Documents
from adapters.kinds.registry import RegistryAnswers
from catalog.types import Resource, ResourceField, ShareType

BOUND = ShareType.CONDITIONAL
FIELDS = (
    ResourceField("licence_number", BOUND, {"path": "ZZBH"}, required=True),
    ResourceField("valid_until", BOUND, {"path": "ZZYXQJZRQ", "as": "date"}),
)
RESOURCE = Resource(
    "office.licence", "office", "许可证", BOUND, ("uscc",), FIELDS, way="registry", certificate_type="T"
)
HOLDER = "91411323MA9XXYY116"


class Store:
    def __init__(self, *held: Held) -> None:
        self._held = held

    def held(self, type_code: str, holder: str) -> tuple[Held, ...]:
        return self._held if (type_code, holder) == ("T", HOLDER) else ()


def held(number: str = "示例许字第1号", fault: str = "") -> Held:
    about = Certificate(f"id-{number}", "许可证", number, "示例局", "", True)
    file = Document("许可证.ofd", "application/ofd", b"PK")
    return Held(about, {"ZZBH": number, "ZZYXQJZRQ": "2029-02-28"}, fault, date(2029, 2, 28), file)


def answer(*there: Held, resource: Resource = RESOURCE, choice: str = "", holder: str = HOLDER) -> Outcome:
    answers = RegistryAnswers({RESOURCE.code: RESOURCE}, Documents("office", Path(), {}, {}), Store(*there))
    names = tuple(f.name for f in FIELDS)
    query = Query("r", resource, {"uscc": holder}, names, "c", "i", "p", "h", "o", 1.0, choice)
    return asyncio.run(answers.answer(query))


def test_what_a_certificate_says_is_read_by_the_mapping_and_its_file_goes_along() -> None:
    found = answer(held())
    assert isinstance(found, Found) and found.certificate == held().certificate
    assert dict(found.values) == {"licence_number": "示例许字第1号", "valid_until": "2029-02-28"}
    assert (found.valid_to, found.documents[0].name, found.verified) == (date(2029, 2, 28), "许可证.ofd", True)


def test_nobody_else_s_certificate_is_an_answer() -> None:
    assert answer(held(), holder="91411323MA9XXYY22X") == NotFound()


@pytest.mark.parametrize("fault", ["certificate_suspended", "certificate_expired", "certificate_ended"])
def test_one_that_does_not_hold_is_said_to_be_so_and_never_no_record(fault: str) -> None:
    assert answer(held(fault=fault)) == Unusable("certificate", "", fault)


def test_one_that_holds_is_taken_before_one_that_ended() -> None:
    assert isinstance(answer(held(fault="certificate_ended"), held("示例许字第2号")), Found)


def test_of_several_a_person_chooses() -> None:
    several = answer(held("甲"), held("乙"))
    assert isinstance(several, Ambiguous) and [one.choice for one in several.candidates] == ["id-甲", "id-乙"]
    chosen = answer(held("甲"), held("乙"), choice="id-乙")
    assert isinstance(chosen, Found) and chosen.values["licence_number"] == "乙"


def test_a_resource_of_a_later_catalog_is_withdrawn_here() -> None:
    assert isinstance(answer(held(), resource=replace(RESOURCE, code="office.other")), Unavailable)
