"""`yijian catalog …`: what a catalog manager reads and does at the command line, with exit codes that say so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from catalog.listing.table import BadList
from hub.cli import main
from hub.settings import Settings
from hub.wiring import keys
from hub.wiring.build import Ground, ground
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


@pytest.fixture
def hub(command: Command, engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    """A hub with keys, to publish into, on either database."""
    monkeypatch.setenv("YIJIAN_DATABASE_URL", engine_url)
    keys.create(Settings().keys_folder)
    command("publish", "--by", "测试丁")
    base = ground(Settings())
    yield base
    base.log.close()
    base.database.close()


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
    assert "new      matters/hold-exhibition.toml" in said and "1 row taken, 0 set aside; 1 new matters" in said
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


def test_needs_are_told_filtered_and_exported(command: Command) -> None:
    told = command("needs", "--matter", "open-guesthouse", "--department", "public-security").output
    assert "我要开民宿 · " in told and "西峡县公安局《人口基本信息》" in told and "营业执照" not in told
    lines = json.loads(command("needs", "--matter", "open-guesthouse", "--json").output)
    assert {one["matter_code"] for one in lines} == {"open-guesthouse"}
    assert command("needs", "--csv").output.startswith("一件事,一件事编码,")


def test_check_tells_the_gaps_of_guides_and_they_are_no_mistakes(command: Command) -> None:
    said = command("check", "--guides").output
    assert (
        "matters/open-guesthouse.toml: guide: " in said
        and "24 事项办理流程图" in said
        and said.endswith("0 mismatches.\n")
    )


def test_check_names_every_mistake_with_file_and_line(site: Path, command: Command) -> None:
    for name in ("open-guesthouse", "open-mall"):
        file = site / "matters" / f"{name}.toml"
        file.write_text(file.read_text("utf-8").replace("lead = ", "laed = "), "utf-8")
    said = command("check", code=1).output
    assert "matters/open-guesthouse.toml:6: UNKNOWN_KEY" in said and "matters/open-mall.toml:" in said


def test_publish_says_digest_by_whom_and_from_when_and_is_in_the_log(hub: Ground, command: Command) -> None:
    said = command("publish", "--by", "测试丁").output
    assert f"Published {hub.catalogs.current_digest()} by 测试丁, in force from 20" in said
    assert hub.log.size() == 2


def test_a_folder_with_mistakes_is_not_half_published(hub: Ground, site: Path, command: Command) -> None:
    before = hub.catalogs.current_digest()
    file = site / "matters" / "open-mall.toml"
    file.write_text(file.read_text("utf-8").replace('item = "food-permit"', 'item = "fodo-permit"'), "utf-8")
    said = command("publish", "--by", "测试丁", code=1).output
    assert "matters/open-mall.toml:" in said and "the version in force stays" in said
    assert hub.catalogs.current_digest() == before and hub.log.size() == 1
