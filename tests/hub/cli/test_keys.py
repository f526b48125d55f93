"""`yijian keys`: a ceremony on a hub's folder from the command line, each act in the log before it is done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli import main, run
from hub.settings import Settings
from hub.wiring.build import ground

Command = Callable[..., str]


@pytest.fixture
def command(prepared_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command in a published hub whose authorities have no keys yet."""
    folder = shutil.copytree(prepared_folder, tmp_path / "hub")
    monkeypatch.setenv("YIJIAN_FOLDER", str(folder))
    monkeypatch.setenv("YIJIAN_REGION", "411323")

    def run(line: str, code: int = 0) -> str:
        done = CliRunner().invoke(main, line.split())
        assert done.exit_code == code, done.output
        return done.output

    return run


def acts() -> list[str]:
    base = ground(Settings())
    try:
        return [str(e.record["action"]) for e in base.log.entries(0, base.log.health().size) if "action" in e.record]
    finally:
        base.log.close()
        base.database.close()


def test_keys_are_made_listed_and_rotated_and_each_ceremony_and_use_is_in_the_log(
    command: Command, tmp_path: Path
) -> None:
    assert "no key: it is made" in command("keys list", code=1)
    assert "for development" in command("keys init")
    listed = json.loads(command("keys list --json"))
    code = listed[0]["authority"]
    assert code in command(f"keys rotate {code}")
    assert json.loads(command("keys list --json")) != listed
    command(f"keys init --csr {tmp_path / 'csr'}")
    uses = ["use_signing_key"] * len(list((tmp_path / "csr").glob("*.csr")))
    ceremonies = ["init_signing_keys", "rotate_signing_keys", "init_signing_keys", *uses]
    assert uses and [act for act in acts() if "signing_key" in act] == ceremonies


def test_a_token_whose_library_does_not_load_is_told_in_one_sentence(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "pin").write_text("0000", "utf-8")
    (tmp_path / "pin").chmod(0o600)
    for name, value in (("LIBRARY", "/nonexistent.so"), ("LABEL", "xixia"), ("PIN_FILE", str(tmp_path / "pin"))):
        monkeypatch.setenv(f"YIJIAN_TOKEN_{name}", value)
    monkeypatch.setattr("sys.argv", ["yijian", "keys", "list"])
    with pytest.raises(SystemExit) as ended:
        run()
    said = capsys.readouterr().err
    assert ended.value.code == 2 and "nonexistent.so" in said and len(said.splitlines()) == 1


@pytest.mark.parametrize("name", ["init", "import", "rotate"])
def test_no_command_takes_a_passphrase_as_an_argument(name: str) -> None:
    said = CliRunner().invoke(main, ["keys", name, "--help"]).output
    assert "--passphrase" not in said and "--password " not in said
