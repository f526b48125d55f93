"""What a hub keeps on disk is its own user's alone, whatever the umask; and the doctor says where it is not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.settings import Settings
from hub.wiring import keys, private
from hub.wiring.build import ground


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A hub that was started once under a umask that closes nothing."""
    before = os.umask(0)
    try:
        found = Settings(folder=tmp_path / "var" / "hub")
        keys.create(found.keys_folder)
        base = ground(found)
        base.log.close()
        base.database.close()
    finally:
        os.umask(before)
    yield found


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_folder_and_its_databases_are_made_closed(settings: Settings) -> None:
    assert mode(settings.folder) == 0o700 and mode(settings.keys_folder) == 0o700
    kept = sorted(settings.folder.glob("*.sqlite*"))
    assert len(kept) >= 2 and {mode(path) for path in kept} == {0o600}
    assert private.open_to_others(settings) == ()


def test_what_others_may_read_is_named(settings: Settings) -> None:
    settings.connections_file.write_text("")
    settings.connections_file.chmod(0o644)
    settings.folder.chmod(0o750)
    assert private.open_to_others(settings) == ("hub", "connections.toml")
