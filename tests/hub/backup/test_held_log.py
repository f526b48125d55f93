"""A log that is behind, at the command line: what the operator sees, and the honest ways on."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import HubError
from hub.sharinglog import LogHeld, notes
from tests.hub.backup.conftest import Place, Places, fill

NEW_ORIGIN = "yijian.411323/sharing-log/2"


@pytest.fixture
def held(hub: Place) -> Place:
    """A hub whose log has three records fewer than its published head."""
    [head] = (hub.folder / "heads").iterdir()
    with hub.opened() as base:
        greater = notes.Checkpoint(base.log.origin, base.log.size() + 3, bytes(32))
        head.write_text(notes.sign(greater, base.keys.log.checkpoint))
    return hub


def test_doctor_says_that_the_log_is_behind_and_what_to_do(held: Place) -> None:
    told = held.run("doctor", code=1).output
    assert "MEND  sharing log: the log has 1 entries, but a head of 4 was published" in told
    assert "yijian log import" in told and "yijian log begin-anew" in told


def test_where_nothing_newer_exists_a_new_log_begins_whose_first_record_names_head_and_gap(
    held: Place, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, other = held.settings().log_database, places()
    held.log_url = other.log_url or f"sqlite:///{other.folder / 'log-2.sqlite'}"
    monkeypatch.setenv("YIJIAN_LOG_ORIGIN", NEW_ORIGIN)
    with held.opened() as base, pytest.raises(LogHeld) as refused:
        fill(base, "quietly")
    assert refused.value.code == "LOG_NOT_BEGUN"
    told = held.run("log", "begin-anew", "--old", old, "--reason", "服务器损坏").output
    assert "published head 4" in told and "records 1-3 are missing" in told
    with held.opened() as base:
        first = next(iter(base.log.entries()))
        assert (first.record["action"], first.record["target"]) == ("begin_log_anew", "log:yijian.411323/sharing-log")
        assert "published head 4 with root 0000" in first.record["reason"]
        assert base.log.disclose(0)["note"] == "服务器损坏"
        fill(base, "after")
        assert base.log.verify().ok
    with pytest.raises(HubError, match="has begun already"):
        held.run("log", "begin-anew", "--old", old, "--reason", "again")


def test_a_log_does_not_begin_anew_under_its_old_name_or_without_a_reason(held: Place) -> None:
    with pytest.raises(HubError, match="YIJIAN_LOG_ORIGIN still names"):
        held.run("log", "begin-anew", "--old", held.settings().log_database, "--reason", "服务器损坏")
    with pytest.raises(HubError, match="Say why"):
        held.run("log", "begin-anew", "--old", held.settings().log_database, "--reason", " ")


def test_a_newer_copy_sets_the_log_going_again(hub: Place, places: Places, tmp_path: Path) -> None:
    hub.run("backup", tmp_path / "backup")
    with hub.opened() as base:
        fill(base, "since")
    hub.run("log", "export", tmp_path / "copy")
    [head] = (hub.folder / "heads").iterdir()
    new = places()
    (new.folder / "keys").symlink_to(hub.folder / "keys")
    held = new.run("restore", tmp_path / "backup", "--published-head", head, code=1).output
    assert "MEND  the log has 2 entries, but a head of 4 was published" in held
    assert "it goes on" in new.run("log", "import", tmp_path / "copy").output
    with new.opened() as base:
        assert [e.record["action"] for e in base.log.entries(2)] == ["grant", "export_log", "import_log"]
