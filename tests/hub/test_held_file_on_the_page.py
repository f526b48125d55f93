"""A file that is smaller than usual waits for a word on the operator's page: the page, the log, the folder and what is answered, with nothing between them faked."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from adapters.connect import Connected, Connection, Ports, connect
from adapters.contract import Collected
from hub.web.gate import cookie_name
from tests.adapters.kinds.making import department_of
from tests.hub.api import wired
from tests.hub.doorway import NOW
from tests.hub.test_file_faults import OTHERS, ROW, TOML, Drop, csv

NAME = "f_20261120.csv"


@dataclass
class Held:
    """A department of this hub that dropped five rows, and then one."""

    hub: wired.Wired
    code: str
    line: Connected
    drop: Drop

    def collect(self) -> Collected:
        assert self.line.collects is not None
        return self.line.collects.collect()

    def says(self, word: str, role: str = "operator") -> httpx2.Response:
        """What the page answers to this person."""
        with self._browser(role) as page:
            return page.post(f"/operations/files/{self.code}/{word}", data={"name": NAME})

    def is_on_the_page(self) -> bool:
        """With why, beside the button."""
        with self._browser("operator") as page:
            text = page.get("/operations").text
        return "少于上次 5 行" in text and f"/operations/files/{self.code}/take" in text

    def acts(self) -> list[tuple[object, str]]:
        records = [entry.record for entry in self.hub.hub.log.entries()]
        admin = [(one["action"], str(one["target"])) for one in records if one["phase"] == "admin"]
        return [(action, target) for action, target in admin if target.startswith(f"file:{self.code}:")]

    def _browser(self, role: str) -> httpx2.Client:
        hub, token = self.hub.hub, self.hub.token(role)
        seated = hub.session.principal(token, wired.utc_now())
        assert seated is not None
        client = self.hub.http()
        client.cookies.set(cookie_name(hub.settings), token)
        client.headers["X-CSRF"] = seated[1]
        return client


TAKEN, TURNED_DOWN, ASKED = "civil-affairs", "health", "education"


@pytest.fixture(scope="module")
def offices(prepared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Held]]:
    """One hub, and three departments that each dropped five rows and then one."""
    folder = tmp_path_factory.mktemp("held")
    dropped = {code: dropping(code, folder / code) for code in (TAKEN, TURNED_DOWN, ASKED)}
    shutil.copytree(prepared_folder, folder / "hub")
    hub = wired.opened(folder / "hub", adapters={code: line for code, (line, _) in dropped.items()})
    yield {code: Held(hub, code, line, drop) for code, (line, drop) in dropped.items()}
    hub.hub.close()
    for line, _ in dropped.values():
        asyncio.run(line.close())


def dropping(code: str, folder: Path) -> tuple[Connected, Drop]:
    drop = Drop(folder / "drop", "csv")
    drop.folder.mkdir(parents=True)
    text = TOML.replace("civil-affairs", code).replace("ENDING", "csv").replace("FORM", "")
    department, known = department_of(text, folder)
    ports = Ports(lambda: NOW, on_batch=drop.record, replica_folder=folder / "replicas")
    line = connect(department, known.values(), Connection(folder=drop.folder), ports)
    assert line.collects is not None
    drop.put(csv(ROW, *OTHERS), rows=5)
    line.collects.collect()
    drop.put(csv(ROW), day="20261120")
    line.collects.collect()
    return line, drop


def test_a_held_file_is_taken_in_after_the_operators_word_and_not_before(offices: dict[str, Held]) -> None:
    held = offices[TAKEN]
    assert held.is_on_the_page() and held.collect().batches == ()
    assert held.says("take").status_code == 303 and not held.is_on_the_page()
    assert [batch.rows for batch in held.collect().batches] == [1]
    assert held.acts() == [("take_held_file", f"file:{TAKEN}:{held.drop.batches[1].file_sha256[:16]}")]


def test_a_held_file_that_is_turned_down_goes_back_and_is_not_taken_in(offices: dict[str, Held]) -> None:
    held = offices[TURNED_DOWN]
    assert held.says("turn-down").status_code == 303 and not held.is_on_the_page()
    assert held.collect().batches == () and [batch.rows for batch in held.drop.batches] == [5]
    assert (held.drop.folder / ".refused" / NAME).is_file()
    assert "经人工核实不予取用" in (held.drop.folder / "f_20261120.errors.csv").read_bytes().decode("gb18030")
    assert [act for act, _ in held.acts()] == ["turn_down_held_file"]


def test_nobody_but_an_operator_says_a_word_of_a_held_file_and_nobody_two(offices: dict[str, Held]) -> None:
    held = offices[ASKED]
    assert held.says("take", "clerk").status_code == 403 and held.collect().batches == () and held.acts() == []
    assert [held.says("take").status_code, held.says("turn-down").status_code] == [303, 404]
    assert [act for act, _ in held.acts()] == ["take_held_file"]
