"""A restored hub is the hub that was backed up: every row, file, record and key, and nothing that it should not be."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from hub.clock import utc_now
from hub.sharinglog.published import PublishedHeads
from hub.store import work
from hub.store.numbers import next_number
from hub.store.tables import files, number_series
from hub.store.tables import work as work_rows
from hub.store.work import Task
from tests.hub.backup.conftest import PERSON, SCAN, Place, Places, fill, identifiers, modes, with_keys_of

NO_HEAD = "--no-newer-head"


def test_one_command_backs_up_and_one_restores_with_every_row_file_and_record(
    hub: Place, places: Places, tmp_path: Path
) -> None:
    told = hub.run("backup", tmp_path / "backup").output
    assert "1 files" in told and "Keys are not in it" in told
    new = with_keys_of(hub, places())
    hub.run("restore", tmp_path / "backup", "--check")
    new.run("restore", tmp_path / "backup", NO_HEAD)
    with new.opened() as base:
        assert identifiers(base) == [PERSON]
        with base.database.read() as session:
            [digest] = session.execute(select(files.c.sha256)).scalars()
        assert base.files.read(digest) == SCAN + b"first"
        acts = [e.record["action"] for e in base.log.entries()]
        assert acts == ["grant", "backup", "restore"]
        assert base.log.verify().ok
    assert (new.folder / "trust" / "11411323MB00000019.json").read_text() == "{}"
    assert "ok    sharing log" in new.run("doctor", code=1).output  # 1: no catalog was published


def test_what_is_on_disk_is_for_the_hubs_user_alone(hub: Place, places: Places, tmp_path: Path) -> None:
    hub.run("backup", tmp_path / "backup", "--with-keys", tmp_path / "keys.tar")
    new = places()
    new.run("restore", tmp_path / "backup", NO_HEAD, "--keys", tmp_path / "keys.tar")
    assert (tmp_path / "keys.tar").stat().st_mode & 0o777 == 0o600
    assert modes(tmp_path / "backup") == {0o700, 0o600}
    assert modes(new.folder / "keys") - {0o644} == {0o700, 0o600}  # checkpoint.pub is for everybody
    assert modes(new.folder / "files") == {0o700, 0o600}


def test_no_key_is_in_a_backup_unless_it_is_asked_for(hub: Place, tmp_path: Path) -> None:
    hub.run("backup", tmp_path / "backup")
    secrets = [p.read_bytes().strip() for p in (hub.folder / "keys").rglob("*") if p.is_file() and p.suffix != ".pub"]
    body = b"\n".join(p.read_bytes() for p in (tmp_path / "backup").rglob("*") if p.is_file())
    assert len(secrets) == 6 and not [secret for secret in secrets if secret in body]
    assert PERSON.encode() not in body and "测试甲".encode() not in body


def test_a_second_backup_into_the_same_folder_copies_only_files_that_are_new(hub: Place, tmp_path: Path) -> None:
    hub.run("backup", tmp_path / "backup")
    [first] = (tmp_path / "backup" / "files").glob("??/*")
    kept = first.stat().st_ino
    with hub.opened() as base:
        fill(base, "second")
    assert "2 files" in hub.run("backup", tmp_path / "backup").output
    assert first.stat().st_ino == kept
    assert len(list((tmp_path / "backup").glob("*Z-*"))) == 1  # the parts of the one before are gone
    hub.run("restore", tmp_path / "backup", "--check")


def test_a_tar_holds_the_same(hub: Place, places: Places, tmp_path: Path) -> None:
    hub.run("backup", tmp_path / "hub.tar")
    assert (tmp_path / "hub.tar").stat().st_mode & 0o777 == 0o600
    new = with_keys_of(hub, places())
    new.run("restore", tmp_path / "hub.tar", NO_HEAD)
    with new.opened() as base:
        assert identifiers(base) == [PERSON]
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_work_that_was_open_is_open_again_in_its_stream_and_new_work_comes_after_it(
    hub: Place, places: Places, tmp_path: Path
) -> None:
    hub.run("backup", tmp_path / "backup")
    new = with_keys_of(hub, places())
    new.run("restore", tmp_path / "backup", NO_HEAD)
    with new.opened() as base, base.database.write() as session:
        assert not work.put(session, Task("push", "push:first"), utc_now())  # its key is known
        assert work.put(session, Task("push", "push:next", stream="case-1×platform"), utc_now())
        ids = session.execute(select(work_rows.c.key, work_rows.c.state).order_by(work_rows.c.id)).all()
    assert [tuple(row) for row in ids] == [("push:first", "ready"), ("push:next", "ready")]


def test_numbers_that_the_lost_hub_may_have_given_are_never_given_again(
    hub: Place, places: Places, tmp_path: Path
) -> None:
    today = f"{utc_now():%Y%m%d}"
    hub.run("backup", tmp_path / "backup")
    with hub.opened() as base:
        region = base.settings.region
        for n in range(5):
            fill(base, f"lost-{n}")
        with base.database.write() as session:
            lost = next_number(session, region, "case", today)
            guesses = next_number(session, region, "progress:abc", today)
    new = with_keys_of(hub, places())
    new.run("restore", tmp_path / "backup", NO_HEAD)
    with new.opened() as base, base.database.write() as session:
        assert next_number(session, region, "case", today) > lost + 900
        assert next_number(session, region, "progress:abc", today) == guesses == 1
        assert session.execute(select(func.count()).select_from(number_series)).scalar() == 2


def test_a_log_that_survived_the_databases_loss_is_kept_and_goes_on(hub: Place, places: Places, tmp_path: Path) -> None:
    hub.run("backup", tmp_path / "backup")
    with hub.opened() as base:
        fill(base, "since")
        base.log.publish_checkpoint()
        size = base.log.size()
    new = with_keys_of(hub, places())
    new.log_url = hub.settings().log_database
    new.run("restore", tmp_path / "backup", "--published-head", next((hub.folder / "heads").iterdir()))
    with new.opened() as base:
        assert (base.log.size(), base.log.why_held()) == (size + 1, None)
        assert PublishedHeads(new.folder / "heads").note_of(base.log.origin) is not None


def test_a_backup_of_an_older_version_is_brought_up_to_this_one(
    hub: Place, places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.store import migrate

    hub.run("backup", tmp_path / "backup")
    newer = tmp_path / "migrations"
    newer.joinpath("versions").mkdir(parents=True)
    for name in ("env.py", "versions/0001_the_first_day.py"):
        (newer / name).write_text((migrate.FOLDER / name).read_text())
    (newer / "versions" / "0002_more.py").write_text(
        "from alembic import op\nrevision, down_revision = '0002', '0001'\n"
        "def upgrade():\n    op.execute('CREATE TABLE more (a integer)')\n"
    )
    monkeypatch.setattr(migrate, "FOLDER", newer)
    new = with_keys_of(hub, places())
    new.run("restore", tmp_path / "backup", NO_HEAD)
    with new.opened() as base:
        assert migrate.current(base.database) == "0002"
        assert identifiers(base) == [PERSON]


def test_sessions_of_the_lost_hub_do_not_live_again(hub: Place, places: Places, tmp_path: Path) -> None:
    from hub.identity import accounts, sessions
    from hub.identity.accounts import LoginRules, NewAccount

    with hub.opened() as base:
        with base.database.write() as session:
            new_account = NewAccount(base.settings.region, "ckry01", "测试甲", "hub", ["clerk"], "Yijian-2026-test")
            accounts.create(session, new_account, utc_now())
        token = accounts.log_in(base.database, LoginRules(), "ckry01", "Yijian-2026-test", utc_now()).token
    hub.run("backup", tmp_path / "backup")
    new = with_keys_of(hub, places())
    new.run("restore", tmp_path / "backup", NO_HEAD)
    with new.opened() as base, base.database.read() as session:
        assert sessions.seated(session, token, utc_now()) is None
