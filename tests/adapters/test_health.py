"""卫健委's nightly workbook against its mapping: a child's doses are found by identity number, and what cannot be read answers nothing."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from adapters.contract import Batch, Found, NotFound, Pending, Unusable
from adapters.simulators.population import person
from catalog.dictionary import canonical
from tests.adapters.town import Town

CODE, RESOURCE = "health", "health.vaccination"


def drop(town: Town, **order: object) -> None:
    httpx2.post(f"{town.addresses[CODE]}/_drop", json=order, trust_env=False).raise_for_status()


def collected(town: Town) -> list[Batch]:
    line, batches = town.connected(CODE), list[Batch]()
    asyncio.run(line.close())
    line = town.connected(CODE, batches)
    assert line.collects is not None
    line.collects.collect()
    asyncio.run(line.close())
    return batches


@pytest.fixture(scope="module")
def taken(town: Town) -> Batch:
    (batch,) = collected(town)
    return batch


def child(town: Town, key: str) -> Found:
    found = town.ask(RESOURCE, {"id_number": person(key).id_number})
    assert isinstance(found, Found)
    return found


def test_its_mapping_has_nothing_to_complain_of(town: Town, taken: Batch) -> None:
    assert town.run(CODE, lambda line: line.check()) == []
    assert taken.rejected == 0


def test_a_childs_doses_are_unpacked_from_their_cell(town: Town, taken: Batch) -> None:
    found = child(town, "plum_son")
    assert found.values["vaccination_status"] == "complete" and "missing_doses" in found.missing
    assert int(found.values["doses_given"]) == len(found.lists["doses"]) > 10
    assert found.lists["doses"][0]["vaccine_name"] == "乙肝疫苗"
    assert found.lists["doses"][0]["vaccinated_on"] == "2023-04-11"


def test_what_is_still_due_is_said_in_words(town: Town, taken: Batch) -> None:
    found = child(town, "orchid_son")
    assert found.values["vaccination_status"] == "catch_up"
    assert "脊灰疫苗第4剂" in found.values["missing_doses"]


def test_a_card_left_behind_elsewhere_does_not_answer(town: Town, taken: Batch) -> None:
    assert child(town, "lotus_daughter").values["vaccination_card_number"] != "411323990201499999"


def test_a_child_without_a_card_here_is_not_found(town: Town, taken: Batch) -> None:
    assert town.ask(RESOURCE, {"id_number": person("stranger_child").id_number}) == NotFound()


def test_every_value_is_what_the_dictionary_calls_canonical(town: Town, taken: Batch) -> None:
    found = child(town, "migrant_son")
    for row in (found.values, *found.lists["doses"]):
        for name, text in row.items():
            assert canonical(town.site.dictionary[name], text) == text, name


def test_a_spoilt_row_goes_back_and_the_others_answer(town: Town, taken: Batch) -> None:
    drop(town, day="20261201", fault="broken_row")
    (batch,) = collected(town)
    assert batch.rejected == 1
    spoilt = town.ask(RESOURCE, {"id_number": person("plum_daughter").id_number})
    assert isinstance(spoilt, Unusable) and spoilt.path and spoilt.rule
    assert child(town, "plum_son").values["doses_given"]
    drop(town, day="20261202")
    assert [one.rejected for one in collected(town)] == [0]


@pytest.mark.parametrize("fault", ["cut", "bad_bytes", "bad_hash", "bad_count", "no_ok", "smaller"])
def test_a_workbook_that_is_not_whole_changes_nothing(town: Town, taken: Batch, fault: str) -> None:
    drop(town, day="20261205", fault=fault)
    assert collected(town) == []
    assert child(town, "plum_daughter").values["vaccination_status"] == "complete"


def test_the_rest_of_the_department_is_a_persons_work(town: Town, taken: Batch) -> None:
    asked = town.ask("health.hygiene-report", {"uscc": "91411323MA9YJ0024T"})
    assert isinstance(asked, Pending)
    assert town.site.departments[CODE].takes_at_inbox("public-place-hygiene-permit")
