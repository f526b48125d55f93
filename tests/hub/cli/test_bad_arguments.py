"""What a command is given wrongly is one sentence and exit 2, never a traceback; each test is named after the fault."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hub import cli
from hub.settings import Settings
from hub.wiring import keys

Refused = Callable[..., str]


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """The sentence with which a command ends."""
    monkeypatch.setenv("YIJIAN_FOLDER", str(tmp_path / "hub"))

    def run(*words: str, **settings: str) -> str:
        for name, value in settings.items():
            monkeypatch.setenv(f"YIJIAN_{name.upper()}", value)
        monkeypatch.setattr(sys, "argv", ["yijian", *words])
        with pytest.raises(SystemExit) as ended:
            cli.run()
        said = capsys.readouterr()
        assert ended.value.code == 2, said
        assert "Traceback" not in said.err and len(said.err.strip().splitlines()) <= 1
        return (said.err or said.out).strip()

    return run


@pytest.mark.parametrize("words", [("peers", "list"), ("accounts", "list"), ("catalog", "publish", "--by", "测试丁")])
def test_missing_keys(refused: Refused, words: tuple[str, ...]) -> None:
    assert refused(*words).startswith("KEYS_MISSING:")


def test_a_port_that_is_no_number(refused: Refused) -> None:
    sentence = refused("settings", port="abc")
    assert sentence.startswith("COMMAND_REFUSED:") and "YIJIAN_PORT" in sentence and "abc" not in sentence


def test_a_database_that_is_none_and_its_password(refused: Refused) -> None:
    sentence = refused("peers", "list", database_url="mysql://hub:geheim@db/hub")
    assert "YIJIAN_DATABASE_URL" in sentence and "geheim" not in sentence


def test_a_folder_that_is_a_file(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("x")
    assert "a-file" in refused("serve", folder=str(tmp_path / "a-file"))


def test_a_site_that_is_not_there(refused: Refused, tmp_path: Path) -> None:
    assert refused("catalog", "check", site=str(tmp_path / "nowhere")).startswith("CATALOG_NO_SITE:")


def test_a_public_key_that_is_none(refused: Refused, tmp_path: Path) -> None:
    keys.create(Settings().keys_folder)
    (tmp_path / "bytes.pem").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "text.pem").write_text("no key")
    for name, code in (("missing.pem", "COMMAND_REFUSED"), (".", "COMMAND_REFUSED"), ("bytes.pem", "COMMAND_REFUSED"), ("text.pem", "BAD_PEER_KEY")):  # fmt: skip
        assert refused("peers", "add", "tax", str(tmp_path / name)).partition(":")[0] == code, name


def test_a_list_that_is_not_there(refused: Refused, tmp_path: Path) -> None:
    assert "UNREADABLE" in refused("catalog", "import", str(tmp_path / "list.csv"))


def test_codes_that_are_no_text(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "codes.toml").write_bytes(b"\xff\xfe")
    listed = Settings().site / "lists" / "fifth-batch.csv"
    sentence = refused("catalog", "import", str(listed), "--codes", str(tmp_path / "codes.toml"))
    assert sentence.startswith("COMMAND_REFUSED:")


def test_a_log_that_is_not_there(refused: Refused) -> None:
    assert refused("log", "verify").startswith("NOT CHECKED")


def test_a_certificate_that_is_not_there(refused: Refused, tmp_path: Path) -> None:
    assert refused("certificate", "verify", str(tmp_path / "no.ycert"))
    assert refused("certificate", "verify", str(tmp_path / "no.ycert"), "--at", "yesterday")
