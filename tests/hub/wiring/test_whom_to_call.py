"""A department that is down is told with whom to call, and since when it has been silent."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from adapters.connect import Connected, Connection, Ports, connect
from catalog.types import Department, Kind
from hub.web.pages.departments import said
from hub.wiring.checking.department import examine
from hub.wiring.checking.examined import Examined
from hub.wiring.checking.finding import Finding
from hub.wiring.department_views import FindingRow


def now() -> datetime:
    return datetime(2026, 11, 28, 4, tzinfo=UTC)


def probed(folder: Path, phone: str, since: datetime | None = None) -> Finding:
    department = Department("subjects", "测试局", "", Kind.REST, "411323", phone=phone, folder=str(folder))
    connection = Connection("http://127.0.0.1:9")
    connected = connect(department, [], connection, Ports(now))
    one = Examined(department, (), {}, connection, connected, folder / "c.toml", now, failing_since=since)
    (found,) = [each for each in asyncio.run(examine(one)) if each.about == "probe"]
    return found


def test_a_department_that_is_down_is_told_with_its_telephone(tmp_path: Path) -> None:
    told = probed(tmp_path, "0377-00000009").sentence
    assert "nothing answers at its address" in told and told.endswith("Call 测试局, 0377-00000009.")


def test_since_when_it_is_down_is_told_where_the_sharing_log_knows_it(tmp_path: Path) -> None:
    found = probed(tmp_path, "0377-00000009", now())
    assert "It has answered nothing since 2026-11-28 12:00. Call 测试局" in found.sentence
    row = FindingRow(found.about, found.state.value, found.sentence, found.command, found.how, found.facts)
    assert "自 2026-11-28 12:00 起" in said(row) and "0377-00000009" in said(row)


def test_a_department_without_a_telephone_is_told_to_have_none(tmp_path: Path) -> None:
    assert probed(tmp_path, "").sentence.endswith('Its manifest has no phone = "…" of whom to call.')


def test_every_file_that_wants_a_person_is_named(tmp_path: Path) -> None:
    department = Department("subjects", "测试局", "", Kind.FILEDROP, "411323", folder=str(tmp_path))
    connected = Connected(department, aside=lambda: tuple(f"{n}.csv：少于上次" for n in range(7)))
    one = Examined(department, (), {}, Connection("", {}, tmp_path), connected, tmp_path / "c.toml", now)
    (found,) = [each for each in asyncio.run(examine(one)) if each.about == "files"]
    assert found.sentence.startswith("7 of its files want a person") and found.sentence.endswith(
        "4.csv：少于上次; and 2 more"
    )


def test_a_declared_probe_that_nobody_answered_is_not_said_to_want_no_credential(tmp_path: Path) -> None:
    for wire, how in (({"probe": {"path": "/zt"}}, "no_answer"), ({}, "none")):
        department = Department("subjects", "测试局", "", Kind.REST, "411323", folder=str(tmp_path), wire=wire)
        connection = Connection("http://127.0.0.1:9")
        one = Examined(department, (), {}, connection, Connected(department), tmp_path / "c.toml", now)
        assert [each.how for each in asyncio.run(examine(one)) if each.about == "credentials"] == [how]
