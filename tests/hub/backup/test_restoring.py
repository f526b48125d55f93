"""A restored hub is the hub that was backed up: every row, file, record and key, and nothing that it should not be."""

from __future__ import annotations

import itertools
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, inspect, select

from hub.clock import utc_now
from hub.identity import accounts, sessions
from hub.identity.accounts import LoginRules, NewAccount
from hub.sharinglog.published import PublishedHeads
from hub.store import migrate, work
from hub.store.numbers import next_number
from hub.store.tables import files, number_series
from hub.store.tables import work as work_rows
from hub.store.work import Task
from hub.wiring.build import Ground
from tests.conftest import ENGINES
from tests.hub.backup.conftest import PERSON, SCAN, Place, fill, filled, identifiers, modes, place_on, with_keys_of

NO_HEAD = "--no-newer-head"
PASSWORD = "Yijian-2026-test"


@dataclass
class Twice:
    """A hub that was lost some acts after its backup, and the one that was made of the backup."""

    base: Path
    told: str
    lost: Place
    new: Place
    token: str
    last_case: int
    hub: Ground


@pytest.fixture(scope="module", params=ENGINES)
def twice(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    base = tmp_path_factory.mktemp("twice")
    with ExitStack() as stack:
        lost = filled(place_on(request, stack, base / "lost"))
        token = _logged_in(lost)
        told = lost.run("backup", base / "backup", "--with-keys", base / "keys.tar").output
        last = _five_more_cases(lost)
        new = place_on(request, stack, base / "new")
        new.run("restore", base / "backup", NO_HEAD, "--keys", base / "keys.tar")
        yield Twice(base, told, lost, new, token, last, stack.enter_context(new.opened()))


@pytest.fixture(autouse=True)
def _counted(request: pytest.FixtureRequest) -> None:
    if "twice" in request.fixturenames:
        request.node.user_properties.append(("engine", request.node.callspec.params["twice"]))


def _logged_in(hub: Place) -> str:
    with hub.opened() as base:
        with base.database.write() as session:
            somebody = NewAccount(base.settings.region, "ckry01", "测试甲", "hub", ["clerk"], PASSWORD)
            accounts.create(session, somebody, utc_now())
        return accounts.log_in(base.database, LoginRules(), "ckry01", PASSWORD, utc_now()).token


def _five_more_cases(hub: Place) -> int:
    with hub.opened() as base:
        for n in range(5):
            fill(base, f"lost-{n}")
        with base.database.write() as session:
            next_number(session, base.settings.region, "progress:abc", "today")
            return next_number(session, base.settings.region, "case", f"{utc_now():%Y%m%d}")


def test_every_row_file_and_record_is_there_and_both_acts_are_records(twice: Twice) -> None:
    assert "1 files" in twice.told
    assert identifiers(twice.hub) == [PERSON]
    with twice.hub.database.read() as session:
        [digest] = session.execute(select(files.c.sha256)).scalars()
    assert twice.hub.files.read(digest) == SCAN + b"first"
    assert [e.record["action"] for e in twice.hub.log.entries(0, 3)] == ["grant", "backup", "restore"]
    assert twice.hub.log.verify().ok
    assert (twice.new.folder / "trust" / "11411323MB00000019.json").read_text() == "{}"


def test_what_is_on_disk_is_for_the_hubs_user_alone(twice: Twice) -> None:
    assert (twice.base / "keys.tar").stat().st_mode & 0o777 == 0o600
    assert modes(twice.base / "backup") == {0o700, 0o600}
    assert modes(twice.new.folder / "keys") - {0o644} == {0o700, 0o600}  # checkpoint.pub is for everybody
    assert modes(twice.new.folder / "files") == {0o700, 0o600}


def test_no_key_and_no_persons_number_is_readable_in_a_backup(twice: Twice) -> None:
    own = (twice.lost.folder / "keys").rglob("*")
    secrets = [p.read_bytes().strip() for p in own if p.is_file() and p.suffix != ".pub"]
    body = b"\n".join(p.read_bytes() for p in (twice.base / "backup").rglob("*") if p.is_file())
    assert len(secrets) == 7 and not [secret for secret in secrets if secret in body]
    assert PERSON.encode() not in body


def test_open_work_is_open_again_and_new_work_comes_after_it_in_its_stream(twice: Twice) -> None:
    with twice.hub.database.write() as session:
        assert not work.put(session, Task("push", "push:first"), utc_now())  # its key is known
        assert work.put(session, Task("push", "push:next", stream="case-1×platform"), utc_now())
        found = session.execute(select(work_rows.c.key, work_rows.c.state).order_by(work_rows.c.id)).all()
        if twice.hub.database.dialect == "postgresql":  # whatever else the database numbers must go on counting too
            assert inspect(session).get_sequence_names() == ["work_id_seq"]
    assert [tuple(row) for row in found] == [("push:first", "ready"), ("push:next", "ready")]


def test_numbers_that_the_lost_hub_gave_are_never_given_again_and_wrong_tries_are_no_numbers(twice: Twice) -> None:
    region, today = twice.hub.settings.region, f"{utc_now():%Y%m%d}"
    with twice.hub.database.write() as session:
        assert next_number(session, region, "case", today) > twice.last_case + 900
        assert next_number(session, region, "progress:abc", "today") == 1
        assert session.execute(select(func.count()).select_from(number_series)).scalar() == 2


def test_a_session_of_the_lost_hub_does_not_live_again(twice: Twice) -> None:
    with twice.hub.database.read() as session:
        assert sessions.seated(session, twice.token, utc_now()) is None


def test_a_second_backup_into_the_same_folder_copies_only_files_that_are_new(twice: Twice) -> None:
    [first] = (twice.base / "backup" / "files").glob("??/*")
    kept = first.stat().st_ino
    assert "6 files" in twice.lost.run("backup", twice.base / "backup").output
    assert first.stat().st_ino == kept
    assert len(list((twice.base / "backup").glob("*Z-*"))) == 1  # the parts of the one before are gone
    twice.lost.run("restore", twice.base / "backup", "--check")


def test_a_tar_holds_the_same(twice: Twice) -> None:
    twice.lost.run("backup", twice.base / "hub.tar")
    assert (twice.base / "hub.tar").stat().st_mode & 0o777 == 0o600
    assert "6 files" in twice.lost.run("restore", twice.base / "hub.tar", "--check").output
    assert [p.name for p in twice.base.iterdir() if p.name.startswith(".")] == []


def test_a_backup_taken_while_others_write_has_every_file_that_its_rows_name_and_no_case_ahead_of_its_log(
    twice: Twice, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    ended = threading.Event()
    with ExitStack() as stack:
        writers = ThreadPoolExecutor(2)
        written = [writers.submit(_write_on, twice.lost, f"w{n}", ended) for n in range(2)]
        try:
            twice.lost.run("backup", tmp_path / "backup")
        finally:
            ended.set()
        assert sum(one.result() for one in written) > 10
        new = with_keys_of(twice.lost, place_on(request, stack, tmp_path / "new"))
        new.run("restore", tmp_path / "backup", NO_HEAD)
        with new.opened() as base, base.database.read() as session:
            rows = set(session.execute(select(work_rows.c.key)).scalars())
            digests = list(session.execute(select(files.c.sha256)).scalars())
            recorded = {str(e.record["target"]) for e in base.log.entries()}
        assert all(base.files.read(digest).startswith(SCAN) for digest in digests)
        assert {f"G-{key.removeprefix('push:')}" for key in rows if key.startswith("push:w")} <= recorded


def _write_on(hub: Place, mark: str, ended: threading.Event) -> int:
    """Record, then file, then row, as the hub does, until it is told to stop; gives how often."""
    with hub.opened() as base:
        for times in itertools.count():
            if ended.is_set() and times > 10:
                return times
            fill(base, f"{mark}-{times}")
    raise AssertionError


def test_an_older_backup_is_brought_up_to_this_version_beside_a_log_that_survived(
    twice: Twice, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice.lost.run("backup", tmp_path / "backup")
    with twice.lost.opened() as base:
        fill(base, "since")
        base.log.publish_checkpoint()
        size = base.log.size()
    monkeypatch.setattr(migrate, "FOLDER", _one_step_more(tmp_path))
    with ExitStack() as stack:
        new = with_keys_of(twice.lost, place_on(request, stack, tmp_path / "new"))
        new.log_url = twice.lost.settings().log_database
        new.run("restore", tmp_path / "backup", "--published-head", next((twice.lost.folder / "heads").iterdir()))
        with new.opened() as base:
            assert (migrate.current(base.database), identifiers(base)) == (migrate.head(), [PERSON])
            assert (base.log.size(), base.log.why_held()) == (size + 1, None)
            assert PublishedHeads(new.folder / "heads").note_of(base.log.origin) is not None


def _one_step_more(folder: Path) -> Path:
    newer = folder / "migrations"
    shutil.copytree(migrate.FOLDER, newer, ignore=shutil.ignore_patterns("__pycache__"))
    now = migrate.head()
    following = f"{int(now) + 1:04}"
    (newer / "versions" / f"{following}_more.py").write_text(
        f"from alembic import op\nrevision, down_revision = '{following}', '{now}'\n"
        "def upgrade():\n    op.execute('CREATE TABLE more (a integer)')\n"
    )
    return newer
