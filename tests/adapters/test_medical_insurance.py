"""医保局 over its real drop folder: the roster is taken in, answers in canonical words, and each spoilt one is kept out. It plays no whole case."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from adapters.connect import Ports, connect
from adapters.contract import Batch, Found, NotFound, Outcome, Unavailable, Unusable, Why
from adapters.simulators.population import NOBODY, person
from adapters.simulators.population.insurance import COVERS
from catalog.dictionary import canonical
from tests.adapters.kinds.making import Store, query
from tests.adapters.town import NOW, Town

CODE = "medical-insurance"
INSURED = f"{CODE}.insured"


def drop(town: Town, **order: Any) -> None:
    order = {"table": "cbrymc", **order}
    httpx2.post(f"{town.addresses[CODE]}/_drop", json=order, trust_env=False).raise_for_status()


def collect(town: Town) -> list[Batch]:
    """What was taken in by one look at the folder."""
    batches = list[Batch]()
    line = town.connected(CODE, batches)
    assert line.collects is not None
    line.collects.collect()
    asyncio.run(line.close())
    return batches


@pytest.fixture(scope="module", autouse=True)
def first_night(town: Town) -> list[Batch]:
    return collect(town)


def ask(town: Town, number: str) -> Outcome:
    return town.ask(INSURED, {"id_number": number})


def aside(town: Town) -> set[str]:
    folder = Path(town.connections[CODE]["folder"])
    return {f"{path.parent.name}/{path.name}" for path in folder.glob(".*/*")}


def test_its_mapping_has_nothing_to_complain_of(town: Town) -> None:
    assert town.run(CODE, lambda line: line.check()) == []


def test_every_row_of_the_roster_is_good(first_night: list[Batch]) -> None:
    assert [(batch.rows, batch.rejected) for batch in first_night] == [(len(COVERS), 0)]


def test_a_resident_and_an_employee_are_found_in_canonical_words(town: Town) -> None:
    resident, employee = ask(town, person("grandfather").id_number), ask(town, person("surgeon").id_number)
    assert isinstance(resident, Found) and resident.values["medical_insurance_kind"] == "resident"
    assert isinstance(employee, Found) and employee.values["medical_insured_until"] == "9999-12-31"
    for found in (resident, employee):
        assert {n: canonical(town.site.dictionary[n], text) for n, text in found.values.items()} == dict(found.values)


def test_who_lost_the_job_is_insured_no_more(town: Town) -> None:
    found = ask(town, person("laid_off").id_number)
    assert isinstance(found, Found) and found.values["medical_insurance_status"] == "stopped"
    assert found.values["medical_insured_until"] == "2026-10-28"


def test_a_graduate_who_is_in_no_insurance_is_not_found(town: Town) -> None:
    assert ask(town, person("graduate_idle").id_number) == NotFound()
    assert ask(town, NOBODY) == NotFound()


def test_a_roster_that_is_too_old_does_not_answer(town: Town) -> None:
    late = Ports(
        clock=lambda: NOW + timedelta(days=300_000),
        replica_folder=town.folder / "replicas",
        on_batch=lambda _: None,
        inbox=Store(),
    )

    async def run() -> Outcome:
        line = connect(town.site.departments[CODE], town.site.resources.values(), town.connection(CODE), late)
        assert line.answers is not None
        try:
            return await line.answers.answer(
                query(town.site.resources[INSURED], {"id_number": COVERS[0].person.id_number})
            )
        finally:
            await line.close()

    assert asyncio.run(run()) == Unavailable(Why.TOO_OLD)


def test_a_bad_row_goes_back_and_the_good_ones_come_in(town: Town) -> None:
    drop(town, fault="broken_row", day="20990125")
    assert [(batch.rows, batch.rejected) for batch in collect(town)] == [(len(COVERS) - 1, 1)]
    assert ask(town, COVERS[0].person.id_number) == Unusable("medical_insurance_kind", "险种", "code_list:inline")
    assert isinstance(ask(town, COVERS[1].person.id_number), Found)


@pytest.mark.parametrize(("fault", "day"), [("cut", "20990126"), ("bad_hash", "20990127"), ("bad_bytes", "20990128"), ("bad_count", "20990129")])  # fmt: skip
def test_a_roster_that_is_not_what_its_control_file_says_is_refused_whole(town: Town, fault: str, day: str) -> None:
    drop(town, fault=fault, day=day)
    assert collect(town) == []
    assert f".refused/cbrymc_{day}.xlsx" in aside(town)
    assert isinstance(ask(town, COVERS[1].person.id_number), Found)


def test_a_roster_of_far_fewer_people_waits_for_a_person(town: Town) -> None:
    drop(town, fault="smaller", day="20990130")
    assert collect(town) == [] and ".held/cbrymc_20990130.xlsx" in aside(town)


def test_a_roster_without_its_control_file_is_left_alone(town: Town) -> None:
    drop(town, fault="no_ok", day="20990131")
    assert collect(town) == []
