"""`yijian catalog …`: what a catalog manager reads and does at the command line, with exit codes that say so."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from catalog.listing.table import BadList
from hub.cli import main
from tests.catalog.conftest import XIXIA

Command = Callable[..., Result]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return Path(shutil.copytree(XIXIA, tmp_path / "site"))


@pytest.fixture
def command(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIJIAN_FOLDER", str(tmp_path / "hub"))
    monkeypatch.setenv("YIJIAN_SITE", str(site))

    def run(*words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(main, ["catalog", *words])
        assert done.exit_code == code, done.output
        return done

    return run


def a_row(site: Path, row: str) -> str:
    file = site / "lists" / "more.csv"
    head = (site / "lists/fifth-batch.csv").read_text("utf-8").split("\n")[0]
    file.write_text(f"{head}\n{row}\n", "utf-8")
    return str(file)


def test_import_says_what_is_new_and_ends_well(site: Path, command: Command, tmp_path: Path) -> None:
    codes = tmp_path / "codes.toml"
    codes.write_text('"我要办展览" = "hold-exhibition"\n', "utf-8")
    file = a_row(site, "1,我要办展览,false,法人,公安局,1,食品（含保健食品）经营许可核发,市场监督管理局,,2027年年底前")
    said = command("import", file, "--codes", str(codes), "--batch", "第六批", "--level", "县级").output
    assert "new      matters/hold-exhibition.toml" in said and "1 rows taken, 0 set aside; 1 new matters" in said
    assert (
        "0 new matters, 0 additions, 0 differences"
        in command("import", file, "--batch", "第六批", "--level", "县级").output
    )


def test_import_names_row_column_and_reason_and_ends_with_one(site: Path, command: Command) -> None:
    file = a_row(site, "1,我要办展览,false,法人,公安厅,1,无此事项,市场监督管理局,,2027年年底前")
    said = command("import", file, code=1).output
    assert "aside    more.csv:2: lead_department" in said and "more.aside.csv" in said


def test_what_is_no_list_is_one_sentence(site: Path, command: Command) -> None:
    done = CliRunner().invoke(main, ["catalog", "import", str(site / "calendar.csv")])
    assert isinstance(done.exception, BadList) and "lacks: seq" in str(done.exception)
