"""The drop folder after a crash: what a dead hub held half of. What is read from a file is tested with the file drop."""

from __future__ import annotations

from pathlib import Path

from adapters.kinds.dropfolder import DropFolder


def deliver(folder: Path, content: str) -> None:
    (folder / "f.csv").write_text(content)
    (folder / "f.ok").write_text(f"of {content}")


def claimed(folder: Path) -> list[tuple[str, str]]:
    """The pairs that a hub takes now: what stands in file and control file."""
    drop = DropFolder(folder, "node", "utf-8")
    return [(pair.data.read_text(), pair.ok.read_text()) for pair in drop.claim(0, 900)]


def die_half_claimed(folder: Path) -> None:
    own = folder / ".claimed" / "node"
    own.mkdir(parents=True)
    (folder / "f.csv").rename(own / "f.csv")


def test_what_was_half_claimed_is_claimed_whole_after_a_crash(tmp_path: Path) -> None:
    deliver(tmp_path, "old")
    die_half_claimed(tmp_path)
    assert claimed(tmp_path) == [("old", "of old")]


def test_a_file_delivered_anew_while_a_dead_hub_held_half_of_it_keeps_its_own_control_file(tmp_path: Path) -> None:
    deliver(tmp_path, "old")
    die_half_claimed(tmp_path)
    deliver(tmp_path, "new")
    assert claimed(tmp_path) == [("new", "of new")]
