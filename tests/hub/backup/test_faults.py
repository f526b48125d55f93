"""Every way in which a backup or a restore goes wrong: refused with a sentence, and nothing that looks whole is left."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.clock import utc_now
from hub.errors import HubError
from hub.sharinglog import LogHeld, LogKeys, Operator, notes
from hub.store.database import Database
from hub.wiring import keys
from hub.wiring.backup.manifest import BackupNotWritten
from tests.hub.backup.conftest import PERSON, Place, Places, everything, fill, identifiers, with_keys_of
from tests.hub.sharinglog.test_refilling import limited

NO_HEAD = "--no-newer-head"
WHO = Operator("hub", "yijian-cli", "shell:tests")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A hub with a backup beside it, for all the tests that only read them."""
    place = Place(tmp_path_factory.mktemp("faults") / "hub", "", "")
    place.folder.mkdir(mode=0o700)
    keys.create(place.folder / "keys")
    with place.opened() as base:
        fill(base, "first")
    place.run("backup", place.folder.parent / "backup", "--with-keys", place.folder.parent / "keys.tar")
    return place


@pytest.fixture
def backup(made: Place, tmp_path: Path) -> Path:
    """A copy of that backup, to be spoilt."""
    return shutil.copytree(made.folder.parent / "backup", tmp_path / "backup")


@pytest.fixture
def new(made: Place, tmp_path: Path) -> Place:
    (tmp_path / "new").mkdir(mode=0o700)
    return with_keys_of(made, Place(tmp_path / "new", "", ""))


def refused(place: Place, *words: str | Path) -> HubError:
    with pytest.raises(HubError) as caught:
        place.run("restore", *words)
    return caught.value


def part(backup: Path, pattern: str) -> Path:
    return next(backup.rglob(pattern))


def flip(file: Path) -> None:
    body = bytearray(file.read_bytes())
    body[len(body) // 2] ^= 1
    file.write_bytes(body)


@pytest.mark.parametrize(
    ("spoil", "code", "why"),
    [
        (lambda b: flip(part(b, "hub.sqlite")), "BACKUP_DAMAGED", "hub.sqlite is not what was written"),
        (lambda b: flip(part(b, "sharing-log.sqlite")), "BACKUP_DAMAGED", "sharing-log.sqlite is not what was written"),
        (lambda b: flip(next((b / "files").glob("??/*"))), "BACKUP_DAMAGED", "its digest differs"),
        (lambda b: next((b / "files").glob("??/*")).unlink(), "BACKUP_DAMAGED", "which a row may name, is missing"),
        (lambda b: part(b, "files.txt").unlink(), "BACKUP_DAMAGED", "files.txt is missing"),
        (lambda b: (b / "manifest.json").rename(b / "manifest.json.tmp"), "BACKUP_HALF_WRITTEN", "half written"),
        (lambda b: (b / "manifest.json").write_text('{"format": 1, "id'), "BACKUP_DAMAGED", "manifest.json is damaged"),
        (lambda b: change(b, format=2, version="9.0"), "BACKUP_NEWER", "made by Yijian 9.0"),
        (lambda b: change(b, migration="9999"), "BACKUP_NEWER", "tables of version 9999"),
        (lambda b: change(b, region="410000"), "RESTORE_REFUSED", "YIJIAN_REGION"),
        (lambda b: change(b, dialect="postgresql"), "RESTORE_REFUSED", "YIJIAN_DATABASE_URL"),
        (lambda b: shutil.rmtree(b), "BACKUP_DAMAGED", "There is no backup"),
    ],
)
def test_a_spoilt_backup_is_refused_and_nothing_is_restored(
    backup: Path, new: Place, spoil: Callable[[Path], None], code: str, why: str
) -> None:
    spoil(backup)
    error = refused(new, backup, NO_HEAD)
    assert (error.code, why in str(error)) == (code, True), str(error)
    assert {name.split("/")[0] for name in everything(new.folder)} == {"keys"}


def change(backup: Path, **values: object) -> None:
    found = json.loads((backup / "manifest.json").read_text())
    (backup / "manifest.json").write_text(json.dumps({**found, **values}))


def test_a_log_in_the_backup_that_is_not_the_manifests_is_refused(backup: Path, new: Place) -> None:
    found = json.loads((backup / "manifest.json").read_text())
    change(backup, log={**found["log"], "root": "00" * 32})
    assert "not the one that its manifest names" in str(refused(new, backup, NO_HEAD))


def test_a_tar_that_was_cut_off_is_refused(made: Place, new: Place, tmp_path: Path) -> None:
    made.run("backup", tmp_path / "whole.tar")
    (tmp_path / "cut.tar").write_bytes((tmp_path / "whole.tar").read_bytes()[:20_000])
    assert refused(new, tmp_path / "cut.tar", NO_HEAD).code in ("BACKUP_DAMAGED", "BACKUP_HALF_WRITTEN")


def test_a_place_that_is_not_empty_is_refused_and_stays_as_it_is(made: Place, backup: Path, new: Place) -> None:
    before = everything(made.folder)
    error = refused(made, backup, NO_HEAD)
    assert error.code == "RESTORE_TARGET_NOT_EMPTY" and "YIJIAN_FOLDER" in str(error)
    assert everything(made.folder) == before
    with Database(new.settings().hub_database).write() as session:
        from hub.store import migrate

        migrate.apply(session)
    assert "holds" in str(refused(new, backup, NO_HEAD))


@pytest.mark.parametrize(
    ("file", "word"),
    [
        ("sealing.key", "sealing.key"),
        ("index.key", "index.key"),
        ("passphrase", "passphrase"),
        ("log", "log/checkpoint.key"),
    ],
)
def test_other_keys_are_refused_by_name_before_anything_is_restored(
    backup: Path, new: Place, file: str, word: str
) -> None:
    shutil.rmtree(new.folder / "keys" / file, ignore_errors=True)
    (new.folder / "keys" / file).unlink(missing_ok=True)
    keys.create(new.folder / "keys")
    error = refused(new, backup, NO_HEAD)
    assert error.code == "RESTORE_WRONG_KEYS" and word in str(error)
    assert not (new.folder / "hub.sqlite").exists()


def test_without_keys_nothing_is_restored(backup: Path, new: Place) -> None:
    shutil.rmtree(new.folder / "keys")
    error = refused(new, backup, NO_HEAD)
    assert error.code == "KEYS_MISSING" and "--keys" in str(error) and "keys create" not in str(error)


def test_other_keys_that_are_there_are_never_overwritten(made: Place, backup: Path, new: Place) -> None:
    (new.folder / "keys" / "index.key").unlink()
    keys.create(new.folder / "keys")
    before = (new.folder / "keys" / "index.key").read_bytes()
    error = refused(new, backup, NO_HEAD, "--keys", made.folder.parent / "keys.tar")
    assert error.code == "RESTORE_KEYS_DIFFER" and "index.key" in str(error)
    assert (new.folder / "keys" / "index.key").read_bytes() == before


def test_who_does_not_say_which_head_is_the_newest_is_asked_for_it(backup: Path, new: Place) -> None:
    error = refused(new, backup)
    assert error.code == "RESTORE_HEAD_NEEDED" and "--published-head" in str(error)


def test_a_refused_restore_puts_no_keys_in_place_and_the_next_try_succeeds(
    made: Place, backup: Path, tmp_path: Path
) -> None:
    new, key_file = Place(tmp_path / "fresh", "", ""), made.folder.parent / "keys.tar"
    assert refused(new, backup, "--keys", key_file).code == "RESTORE_HEAD_NEEDED"
    assert not new.folder.exists() and not list(tmp_path.glob(".keys.*"))
    new.run("restore", backup, NO_HEAD, "--keys", key_file)
    assert new.folder.stat().st_mode & 0o777 == 0o700


def test_the_same_keys_in_place_are_no_obstacle_and_an_open_folder_is_closed(
    made: Place, backup: Path, new: Place
) -> None:
    new.folder.chmod(0o755)
    (new.folder / "keys" / "index.key").unlink()  # a copy that was cut off
    new.run("restore", backup, NO_HEAD, "--keys", made.folder.parent / "keys.tar")
    assert new.folder.stat().st_mode & 0o777 == 0o700
    with new.opened() as base:
        assert identifiers(base) == [PERSON]


def test_a_head_that_another_key_signed_is_refused(made: Place, backup: Path, new: Place, tmp_path: Path) -> None:
    head = next((made.folder / "heads").iterdir()).read_text()
    strange = LogKeys.create(tmp_path / "strange")
    (tmp_path / "head").write_text(notes.sign(notes.read(head), strange.checkpoint))
    assert "not of this log" in str(refused(new, backup, "--published-head", tmp_path / "head"))


@pytest.mark.parametrize("moment", ["_put_files", "_put_database", "leave_out", "_log_everybody_out"])
def test_a_restore_that_was_cut_off_starts_no_hub_and_is_run_again(
    backup: Path, new: Place, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    from hub.wiring.backup import restoring

    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(restoring, moment, power_cut)
        restoring.restore(new.settings(), backup, restoring.Wanted(no_newer_head=True), WHO, utc_now)
    assert "RESTORE_UNFINISHED" in new.run("doctor", code=1).output
    new.run("restore", backup, NO_HEAD)
    with new.opened() as base:
        assert identifiers(base) == [PERSON]
        assert base.log.verify().ok


def test_a_full_disk_ends_the_backup_with_a_sentence_and_leaves_the_one_before_whole(
    hub: Place, tmp_path: Path
) -> None:
    hub.run("backup", tmp_path / "backup")
    before = (tmp_path / "backup" / "manifest.json").read_text()
    for target in (tmp_path / "backup", tmp_path / "first", tmp_path / "first.tar"):
        with limited(1_000 if hub.database_url else 300_000), pytest.raises(BackupNotWritten, match="make room"):
            hub.run("backup", target)
    assert (tmp_path / "backup" / "manifest.json").read_text() == before
    hub.run("restore", tmp_path / "backup", "--check")
    assert not (tmp_path / "first" / "manifest.json").exists() and not (tmp_path / "first.tar").exists()


def test_a_file_that_a_row_names_and_the_store_lost_is_told_at_both_ends(
    hub: Place, places: Places, tmp_path: Path
) -> None:
    next((hub.folder / "files").glob("??/*")).unlink()
    assert "1 files that rows name are missing" in hub.run("backup", tmp_path / "backup", code=1).output
    new = with_keys_of(hub, places())
    told = new.run("restore", tmp_path / "backup", NO_HEAD, code=1).output
    assert "They were missing when the backup was made" in told


def test_a_folder_with_something_else_in_it_is_not_taken_for_a_backup(made: Place, tmp_path: Path) -> None:
    (tmp_path / "photographs").mkdir()
    (tmp_path / "photographs" / "a.jpg").write_text("x")
    with pytest.raises(HubError, match="something else"):
        made.run("backup", tmp_path / "photographs")
    assert everything(tmp_path / "photographs") == ["a.jpg"]


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
def test_a_backup_in_the_hubs_own_folder_would_be_lost_with_it_and_is_refused(made: Place, name: str) -> None:
    before = everything(made.folder)
    with pytest.raises(HubError, match="own folder"):
        made.run("backup", made.folder / name)
    assert everything(made.folder) == before


def test_without_its_record_in_the_log_no_backup_is_made(hub: Place, tmp_path: Path) -> None:
    head = next((hub.folder / "heads").iterdir())
    with hub.opened() as base:
        fill(base, "second")
        greater = notes.Checkpoint(base.log.origin, base.log.size() + 9, bytes(32))
        head.write_text(notes.sign(greater, base.keys.log.checkpoint))
    with pytest.raises(LogHeld):
        hub.run("backup", tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
