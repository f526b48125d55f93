"""`yijian adapter record` and `replay`: written into the department's folder without persons, and played again with an exit code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.cli import main
from tests.catalog.conftest import XIXIA
from tests.hub.cli.test_adapter_try import FLEET

Command = Callable[..., Result]
GOOD = (
    FLEET.replace('dj="三"', 'dj="一"')
    .replace("20270230", "20270630")
    .replace("91411323MA9YJ0024T", "91411323MA9EXM1K6U")
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copied = tmp_path / "site/departments/transport"
    shutil.copytree(XIXIA / "departments/transport", copied, ignore=shutil.ignore_patterns("exchanges"))
    return copied


@pytest.fixture
def command(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIJIAN_FOLDER", str(tmp_path / "hub"))
    monkeypatch.setenv("YIJIAN_SITE", str(tmp_path / "site"))
    (tmp_path / "answer.xml").write_text(GOOD, encoding="utf-8")

    def run(*words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(main, ["adapter", *words])
        assert done.exit_code == code, (done.output, done.exception)
        return done

    return run


def record(command: Command, tmp_path: Path) -> Result:
    return command("record", "transport", "fleet", "--name", "found", "--answer", str(tmp_path / "answer.xml"))


def test_a_recording_is_written_without_persons_and_comes_to_the_same(command: Command, tmp_path: Path, folder: Path) -> None:  # fmt: skip
    assert "fleet-found.json is written (found)" in record(command, tmp_path).output
    text = (folder / "exchanges/fleet-found.json").read_text(encoding="utf-8")
    assert "示例运输" not in text and "91411323MA9EXM1K6U" not in text and "豫R99001" not in text
    assert "1 recorded exchanges, 0 come to something else." in command("replay", "transport").output


def test_the_key_of_the_fictions_is_the_hubs_alone(command: Command, tmp_path: Path, folder: Path) -> None:
    record(command, tmp_path)
    first = (folder / "exchanges/fleet-found.json").read_text(encoding="utf-8")
    key = tmp_path / "hub/recording.key"
    assert key.stat().st_mode & 0o777 == 0o600 and len(key.read_bytes()) == 32
    record(command, tmp_path)
    again = json.loads((folder / "exchanges/fleet-found.json").read_text(encoding="utf-8"))
    assert again["subject"] == json.loads(first)["subject"]


def test_a_changed_mapping_is_seen_and_can_be_meant(command: Command, tmp_path: Path, folder: Path) -> None:
    record(command, tmp_path)
    manifest = folder / "department.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"$.@cls"', '"$.@clx"'), encoding="utf-8")
    told = json.loads(command("replay", "transport", "--json", code=1).output)
    assert "result is otherwise: another value" in told["transport"]["fleet-found.json"]
    command("replay", "transport", "--renew")
    command("replay", "transport")


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("record", "transport", "fleet", "--name", "found"), "give --answer FILE"),
        (("record", "transport", "fleet", "--name", "../x", "--answer", "answer.xml"), "--name found-with-owners"),
        (("record", "transport", "fleet", "--name", "x", "--case", "1"), "--purpose MATTER"),
        (("replay",), "record an exchange first"),
    ],
)
def test_what_cannot_be_done_says_what_to_give(command: Command, tmp_path: Path, words: tuple[str, ...], advice: str) -> None:  # fmt: skip
    given = [str(tmp_path / word) if word == "answer.xml" else word for word in words]
    done = CliRunner().invoke(main, ["adapter", *given])
    assert done.exit_code != 0 and advice in str(done.exception)


def test_the_receipt_of_an_item_case_is_recorded_and_played_again(command: Command, tmp_path: Path, folder: Path) -> None:  # fmt: skip
    receipt = '<DLYSXY lsh="K-7" jg="000" sm="成功"><SL bh="JTYZ20261128WXBA990001" sj="20261128223734"/></DLYSXY>'
    (tmp_path / "receipt.xml").write_text(receipt, encoding="utf-8")
    words = ("--step", "hand_over", "--name", "taken", "--answer", str(tmp_path / "receipt.xml"), "--key", "K-7")
    assert "(taken)" in command("record", "transport", "vehicle-repair-filing", *words).output
    kept = (folder / "exchanges/handed/vehicle-repair-filing-hand_over-taken.json").read_text("utf-8")
    assert "K-7" not in kept and "990001" not in kept
    assert "✓ transport handed/" in command("replay", "transport").output
    manifest = (folder / "department.toml").read_text("utf-8")
    (folder / "department.toml").write_text(manifest.replace('"{operator.', '"{owner.').replace("XZ", "BG"), "utf-8")
    command("replay", "transport", code=1)
