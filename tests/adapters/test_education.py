"""教体局 over its front database: diplomas are found by number, verification sheets of enrolments are written whole and once. No whole case."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from adapters.contract import (
    Attachment,
    Found,
    Handover,
    LookedUp,
    NotFound,
    Outcome,
    PeerRefused,
    PeerUnreachable,
    Taken,
    Unavailable,
    Why,
)
from adapters.simulators.population import person
from adapters.simulators.population.graduates import DIPLOMAS
from catalog.dictionary import canonical
from tests.adapters.town import Town

CODE = "education"
MATTERS = ("kindergarten-enrolment", "school-enrolment")
FORM = {
    "child.id_number": person("plum_daughter").id_number,
    "child.name": person("plum_daughter").name,
    "child.sex": "2",
    "child.birth_date": "2020-03-22",
    "child.stage": "primary",
    "child.school": "西峡县示例第一小学",
    "child.grade": "middle",
    "guardian.id_number": person("plum_mother").id_number,
    "guardian.name": person("plum_mother").name,
    "guardian.phone": "19900004002",
    "guardian.relation": "mother",
}
AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LOOK_UPS = (
    LookedUp("household-look-up", "户籍信息查询", "公安局", "public-security.household", "found", "已核验", AT, 11, "户主：测试松"),
    LookedUp("residence-permit-look-up", "居住证信息查询", "公安局", "public-security.residence-permit", "no_record", "查无记录", AT, 12, ""),
    LookedUp("child-vaccination-look-up", "儿童预防接种查询", "卫健委", "health.vaccination", "not_checked", "未能核验", None, None, ""),
)  # fmt: skip


def sheet(matter: str, key: str, **more: Any) -> Handover:
    paper = Attachment("verification_sheet", "核验结果单", "A", "a" * 64, "text/html", "<p>核验结果单</p>".encode())
    given: dict[str, Any] = {"form": FORM, "titles": {}, "attachments": (paper,), "look_ups": LOOK_UPS, **more}
    return Handover(key, "c-1", f"{key}-00", matter, "儿童入学", False, 0, **given)


def hand_over(town: Town, *sheets: Handover, patience: float | None = None) -> list[Taken]:
    async def run(line: Any) -> list[Taken]:
        return [await line.handles.hand_over(one) for one in sheets]

    return town.run(CODE, run, patience)


def rows(town: Town, table: str, key: str) -> list[dict[str, Any]]:
    """What stands in the department's own table under that key."""
    with sqlite3.connect(town.connections[CODE]["address"].removeprefix("sqlite:///")) as there:
        there.row_factory = sqlite3.Row
        return [dict(row) for row in there.execute(f"SELECT * FROM {table} WHERE DH = ?", (key,))]


def ask(town: Town, key: str, **more: Any) -> Outcome:
    return town.ask("education.diploma", {"id_number": person(key).id_number}, request_id=str(uuid4()), **more)


def noted(town: Town, key: str) -> str:
    """What the department's journal says of the sheet; it looks every fifth of a second."""
    for _ in range(1200):
        found = [row for row in town.journal(CODE) if row["operation"] == "insert RX_HYD" and row["key"] == key]
        if found:
            return str(found[0]["outcome"])
        time.sleep(0.05)
    raise AssertionError(f"{key} was not seen")


@pytest.fixture
def locked(town: Town) -> Iterator[None]:
    town.control(CODE, mode="busy")
    yield
    town.control(CODE, mode="normal")


# --- diplomas -----------------------------------------------------------------------------------------------------------


def test_its_tables_are_as_the_mapping_needs_them(town: Town) -> None:
    assert town.run(CODE, lambda line: line.check()) == []


@pytest.mark.parametrize("entry", DIPLOMAS, ids=lambda one: one.person.key)
def test_every_diploma_is_found_in_canonical_words(town: Town, entry: Any) -> None:
    found = ask(town, entry.person.key)
    assert isinstance(found, Found)
    assert (found.values["diploma_number"], found.values["education_level"]) == (entry.number, entry.level)
    assert found.values["graduated_on"].replace("-", "") == entry.graduated
    for name, text in found.values.items():
        assert canonical(town.site.dictionary[name], text) == text


def test_a_diploma_without_a_degree_says_so(town: Town) -> None:
    found = ask(town, "graduate_idle")
    assert isinstance(found, Found) and {"degree_name", "degree_recognition_number"} <= set(found.missing)


def test_somebody_without_a_diploma_is_not_found(town: Town) -> None:
    assert isinstance(ask(town, "grandfather"), NotFound)


def test_each_question_stands_in_the_bureau_s_own_log(town: Town) -> None:
    ask(town, "single_buyer")
    assert any(row["operation"] == "query BYZS" and row["outcome"] == "logged" for row in town.journal(CODE))


def test_while_its_tables_are_locked_it_is_busy(town: Town, locked: None) -> None:
    assert ask(town, "single_buyer", timeout_seconds=1.0) in (Unavailable(Why.BUSY), Unavailable(Why.TIMEOUT))
    with pytest.raises(PeerUnreachable):
        hand_over(town, sheet("school-enrolment", "busy"), patience=2.0)


# --- verification sheets ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("matter", MATTERS)
def test_a_sheet_is_taken_once_however_often_it_is_sent(town: Town, matter: str) -> None:
    first, second = hand_over(town, sheet(matter, f"once-{matter}"), sheet(matter, f"once-{matter}"))
    assert (first.again, second.again) == (False, True) and noted(town, f"once-{matter}") == "taken"
    assert len(rows(town, "RX_HYD", f"once-{matter}")) == 1 and len(rows(town, "RX_HYMX", f"once-{matter}")) == 3


def test_what_was_locked_out_goes_in_afterwards(town: Town) -> None:
    (taken,) = hand_over(town, sheet("school-enrolment", "busy"))
    assert not taken.again


def test_no_record_and_not_checked_are_two_things_on_the_bureau_s_side_too(town: Town) -> None:
    hand_over(town, sheet("school-enrolment", "lines"))
    lines = rows(town, "RX_HYMX", "lines")
    assert [(one["JGDM"], one["HYSJ"], one["RZXH"]) for one in lines] == [
        ("Y", "20261120100000", 11), ("N", "20261120100000", 12), ("W", None, None),
    ]  # fmt: skip
    assert lines[0]["HYNR"] == "户主：测试松" and lines[2]["CXSX"] == "儿童预防接种查询"


def test_the_sheet_says_who_applies_for_which_school_in_the_bureau_s_codes(town: Town) -> None:
    hand_over(town, sheet("kindergarten-enrolment", "form"), sheet("school-enrolment", "pupil"))
    (row,) = rows(town, "RX_HYD", "form")
    assert (row["XD"], row["GX"], row["ETXB"], row["ETCSRQ"]) == ("1", "2", "女", "20200322")
    (pupil,) = rows(town, "RX_HYD", "pupil")
    assert [(one["XD"], one["SQNJ"]) for one in (row, pupil)] == [("1", "中班"), ("2", "一年级")]
    (file,) = rows(town, "RX_HYFJ", "form")
    assert file["WJMC"].endswith(".html")


@pytest.mark.parametrize("key", ["child.stage", "child.name", "guardian.phone", "guardian.relation", "child.school"])
def test_a_sheet_without_what_the_bureau_must_have_is_not_written(town: Town, key: str) -> None:
    form = {name: text for name, text in FORM.items() if name != key}
    with pytest.raises(PeerRefused):
        hand_over(town, sheet("school-enrolment", f"lacking-{key}", form=form))
    assert rows(town, "RX_HYMX", f"lacking-{key}") == []


def test_a_sheet_without_its_look_ups_is_noted_as_not_whole(town: Town) -> None:
    hand_over(town, replace(sheet("school-enrolment", "empty"), look_ups=()))
    assert noted(town, "empty").startswith("refused")


def test_the_journal_holds_no_number_of_a_child(town: Town) -> None:
    hand_over(town, sheet("school-enrolment", "quiet"))
    noted(town, "quiet")
    journal = httpx2.get(f"{town.addresses[CODE]}/_journal", trust_env=False).json()
    assert FORM["child.id_number"] not in json.dumps(journal)
