"""Every exchange that a department's folder carries, played again without a socket: the contract test of its mapping."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest

from adapters.kinds.identifiers import is_id_number, is_uscc
from adapters.onboarding.fiction import ID_NUMBER
from adapters.proving.handing import handed_of
from adapters.proving.replaying import replayed
from adapters.proving.sampling import Folder, folder_of
from catalog.parsing_supply import department_of, resources_of
from catalog.reading import read_department
from tests.catalog.conftest import XIXIA

RECORDED = sorted(place.parent.name for place in XIXIA.glob("departments/*/exchanges"))


def folder(code: str) -> Folder:
    manifest, mistakes = read_department(XIXIA, code)
    assert not mistakes
    return folder_of(department_of(code, manifest, "", XIXIA), resources_of(code, manifest))


@pytest.mark.parametrize("code", RECORDED)
def test_what_was_recorded_comes_to_the_same_today(code: str) -> None:
    found = asyncio.run(replayed(folder(code)))
    assert found and not {file: sentences for file, sentences in found.items() if sentences}


def test_every_kind_of_wire_has_a_recorded_department() -> None:
    kinds = {str(folder(code).department.kind) for code in RECORDED}
    assert kinds >= {"soap", "rest", "filedrop", "frontdb", "platform"}


def test_every_wire_over_http_has_a_recorded_receipt() -> None:
    found = {code for code in RECORDED if handed_of(XIXIA / "departments" / code)}
    assert {str(folder(code).department.kind) for code in found} == {"soap", "rest"} and len(found) >= 5


def numbers(place: Path) -> list[str]:
    text = place.read_text(encoding="utf-8")
    return re.findall(r"(?<![0-9A-Za-z])[0-9A-Z]{17}[0-9A-Za-z](?![0-9A-Za-z])", text)


def test_no_recorded_exchange_holds_a_number_that_could_be_somebodys() -> None:
    found = {number for place in XIXIA.glob("departments/*/exchanges/**/*.json") for number in numbers(place)}
    people = {number for number in found if is_id_number(number)} - {ID_NUMBER}
    bodies = {number for number in found if is_uscc(number)} - {"91411323MA9YJ0024T"}
    assert len(people) > 10 and all(one[:4] == "9900" and one[14:16] == "99" for one in people)
    units = {json.loads(json.dumps(folder(code).department.uscc)) for code in RECORDED}
    assert len(bodies) > 5 and all(one[2:8] == "990000" or one[:8] == "11411323" or one in units for one in bodies)
