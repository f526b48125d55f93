"""Crashes, races, full disks and rights: what was acknowledged stays, what was not leaves nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Any

import psycopg
import pytest

from hub.sharinglog import (
    Admin,
    AlreadyClosed,
    BadRecord,
    Erased,
    LogKeys,
    LogMisconfigured,
    LogUnavailable,
    NotDisclosable,
    Outcome,
    SharingLog,
)
from hub.sharinglog.engine_sqlite import refuse_network
from hub.sharinglog.keys import SEALING
from tests.hub.sharinglog.conftest import ORIGIN, SUBJECT, Clock, Intruder, intent

APPENDER = """
import sys
from datetime import UTC, datetime
from hub.sharinglog import *
url, folder, origin, many = sys.argv[1:]
log = SharingLog.open(url, LogKeys.load(folder), origin, lambda: datetime(2026, 11, 20, 1, tzinfo=UTC), "node-2/test")
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(many)):
    receipt = log.append(Admin("probe", f"t{number}"))
    sys.stdout.write(f"{receipt.seq} {receipt.leaf_hash.hex()}\\n")
    sys.stdout.flush()
log.close()
"""


def appender(url: str, folder: Path, many: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", APPENDER, url, str(folder), ORIGIN, str(many)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def begin(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def acknowledged(process: subprocess.Popen[str]) -> dict[int, str]:
    """Numbers and hashes which the process printed whole, after its end."""
    out, _ = process.communicate(timeout=30)
    lines = [line.split(" ") for line in out.split("\n")[:-1]]
    return {int(seq): leaf for seq, leaf in lines}


def test_two_processes_append_to_one_log_without_gap(
    engine_url: str, tmp_path: Path, keys: LogKeys, opened: Callable[[], SharingLog]
) -> None:
    processes = [appender(engine_url, tmp_path / "keys", 60) for _ in range(2)]  # both also make the log at once
    begin(*processes)
    one, other = (acknowledged(process) for process in processes)
    assert len(one) == len(other) == 60
    assert sorted(one | other) == list(range(120))
    assert opened().verify().ok


def test_nothing_acknowledged_is_missing_after_kill_9(
    engine_url: str, tmp_path: Path, keys: LogKeys, opened: Callable[[], SharingLog]
) -> None:
    process = appender(engine_url, tmp_path / "keys", 1_000_000)
    begin(process)
    assert process.stdout is not None
    seen = [process.stdout.readline() for _ in range(150)]
    process.send_signal(signal.SIGKILL)
    rest = acknowledged(process)
    kept = {int(line.split()[0]): line.split()[1] for line in seen} | rest
    log = opened()
    stored = {entry.seq: entry for entry in log.entries()}
    from hub.sharinglog.tree import leaf_hash

    assert all(leaf_hash(stored[seq].leaf).hex() == leaf for seq, leaf in kept.items()) and len(kept) >= 150
    assert log.append(Admin("probe", "after")).seq == len(stored)
    assert log.verify().ok


def test_two_sweeps_and_a_late_outcome_end_each_question_once(opened: Callable[[], SharingLog], clock: Clock) -> None:
    logs = [opened(), opened()]
    asked = [logs[0].append(intent()).seq for _ in range(12)]
    clock.move(minutes=5)
    swept: list[int] = []
    late: list[object] = []

    def answer() -> None:
        for seq in reversed(asked):
            try:
                late.append(logs[0].append(Outcome(seq, "found")))
            except AlreadyClosed as error:
                late.append(error)

    threads = [threading.Thread(target=lambda log=log: swept.append(log.close_lost(log.size()))) for log in logs]
    threads.append(threading.Thread(target=answer))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answered = sum(not isinstance(each, AlreadyClosed) for each in late)
    assert len(late) == 12 and sum(swept) + answered == 12
    report = logs[0].verify()
    assert report.ok and report.size == 24 and report.open_questions == 0, report


def test_only_old_questions_are_swept(log: SharingLog, clock: Clock) -> None:
    old = log.append(intent())
    before = log.size()
    clock.move(hours=-1)  # another node's clock: its question is younger all the same
    log.append(intent())
    assert [found.seq for found in log.open_intents(before)] == [old.seq]
    assert log.close_lost(before) == 1 and log.close_lost(before) == 0
    with pytest.raises(AlreadyClosed):
        log.append(Outcome(old.seq, "found"))
    assert log.health().unpaired == 1


def test_an_erased_subject_cannot_be_recovered_and_every_proof_still_holds(
    log: SharingLog, intruder: Intruder, keys: LogKeys
) -> None:
    asked = log.append(intent())
    log.append(Outcome(asked.seq, "found", answer=b"<name>"))
    other = log.append(intent("411323198502029925"))
    assert log.search(subject=SUBJECT)
    wrapped = [row[0] for row in intruder.run("SELECT wrapped FROM sl_key WHERE scope = ?", log.scope(subject=SUBJECT))]
    head = log.publish_checkpoint()
    log.erase(log.scope(subject=SUBJECT))
    with pytest.raises(NotDisclosable, match="erased"):
        log.disclose(asked.seq + 1)
    assert log.disclose(asked.seq).keys() == {"operator", "terminal"}, "who asked stays known"
    assert log.disclose(other.seq)["subject"] == "411323198502029925"
    assert log.search(subject=SUBJECT) == [] and log.rebuild_projection() == 4 and log.search(subject=SUBJECT) == []
    assert wrapped and not any(repr(bytes(key)).encode() in intruder.dump() for key in wrapped)
    report = log.verify()
    assert report.ok and report.erased_values == 2 and log.checkpoint() == head
    assert next(log.entries(3)).record["phase"] == "erased"


def test_after_an_erasure_new_values_get_a_new_key_in_every_process(opened: Callable[[], SharingLog]) -> None:
    one, other = opened(), opened()
    first = one.append(intent())
    other.erase(other.scope(subject=SUBJECT))
    again = one.append(intent())  # this process still remembers the destroyed key
    assert "subject" not in one.disclose(first.seq)
    assert other.disclose(again.seq)["subject"] == SUBJECT
    assert one.verify().ok


def test_an_answer_is_erased_with_its_subject_after_a_restart(opened: Callable[[], SharingLog]) -> None:
    asked = opened().append(intent())
    log = opened()  # knows of the question only what is stored
    told = log.append(Outcome(asked.seq, "found", answer=b"x"))
    assert log.disclose(told.seq)["answer"].startswith("sha256:")
    log.erase(log.scope(subject=SUBJECT))
    with pytest.raises(NotDisclosable):
        log.disclose(told.seq)


def test_staff_values_removed_behind_an_erasure_are_found(log: SharingLog, intruder: Intruder) -> None:
    log.append(intent())
    log.erase(log.scope(subject=SUBJECT))
    assert log.verify().ok
    intruder.run("DELETE FROM sl_secret WHERE seq = 0 AND key_id IN (SELECT key_id FROM sl_key WHERE scope = 'staff')")
    assert not log.verify().ok


def test_an_erasure_cannot_be_claimed_without_the_act(log: SharingLog) -> None:
    with pytest.raises(BadRecord, match="call erase"):
        log.append(Erased(log.scope(subject=SUBJECT)))


def test_everything_at_once_on_two_nodes_leaves_a_sound_log(engine_url: str, keys: LogKeys) -> None:
    def clock() -> datetime:
        return datetime.now(UTC)

    logs = [SharingLog.open(engine_url, keys, ORIGIN, clock, f"node-{number}") for number in range(2)]
    failures: list[BaseException] = []

    def ask(log: SharingLog, subject: str) -> None:
        for _ in range(15):
            asked = log.append(intent(subject))
            with suppress(AlreadyClosed):
                log.append(Outcome(asked.seq, "found", answer=b"x"))

    def act(log: SharingLog) -> None:
        for _ in range(5):
            log.close_lost(log.size())
            log.publish_checkpoint()
            log.search(subject=SUBJECT)
            log.erase(log.scope(subject=SUBJECT))

    def caught(work: Callable[..., None], *given: object) -> None:
        try:
            work(*given)
        except BaseException as error:
            failures.append(error)

    people = [SUBJECT, SUBJECT, "411323198502029925"]
    threads = [threading.Thread(target=caught, args=(ask, log, person)) for log in logs for person in people]
    threads += [threading.Thread(target=caught, args=(act, log)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = logs[0].verify()
    for log in logs:
        log.close()
    assert not failures and report.ok and report.size == 190 and report.open_questions == 0, (failures, report)


def test_erasing_nobody_is_refused(log: SharingLog) -> None:
    for scope in ("", "staff", "site", "subject"):
        with pytest.raises(Exception, match="nobody"):
            log.erase(scope)


def test_a_full_disk_refuses_the_record_and_leaves_nothing_half_written(
    tmp_path: Path, keys: LogKeys, clock: Clock
) -> None:
    log = SharingLog.open(f"sqlite:///{tmp_path / 'log.sqlite'}", keys, ORIGIN, clock, "node", follow=False)
    log.append(intent())
    for connection in log._engine._idle:  # type: ignore[attr-defined]
        [(pages,)] = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()
    done = log.size()
    with pytest.raises(LogUnavailable, match="disk"):
        for _ in range(200):
            done = log.append(intent()).seq + 1
    assert log.size() == done and log.verify().ok
    assert (tmp_path / "log.sqlite").stat().st_mode & 0o777 == 0o600
    for connection in log._engine._idle:  # type: ignore[attr-defined]
        connection.execute("PRAGMA max_page_count = 1000000").fetchall()
    assert log.append(intent()).seq == done and log.verify().ok
    log.close()


def test_a_failed_append_on_the_server_leaves_nothing_and_a_later_one_works(
    log: SharingLog, intruder: Intruder, engine: str
) -> None:
    log.append(intent())
    intruder.run("ALTER TABLE sl_secret RENAME TO sl_gone")  # every append now fails in its middle
    with pytest.raises(LogUnavailable):
        log.append(intent())
    intruder.run("ALTER TABLE sl_gone RENAME TO sl_secret")
    assert log.size() == 1 and log.append(intent()).seq == 1 and log.verify().ok


def test_a_broken_connection_is_replaced(log: SharingLog, engine_url: str, engine: str) -> None:
    log.append(intent())
    if engine == "sqlite":
        for connection in log._engine._idle:  # type: ignore[attr-defined]
            connection.close()
        with pytest.raises(LogUnavailable):
            log.append(intent())
    else:
        with psycopg.connect(engine_url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    assert log.append(intent()).seq == 1


def test_a_lock_held_by_a_stranger_ends_in_a_refusal_not_in_waiting_for_ever(
    log: SharingLog, engine_url: str, engine: str
) -> None:
    log.append(intent())
    if engine == "sqlite":
        for connection in log._engine._idle:  # type: ignore[attr-defined]
            connection.execute("PRAGMA busy_timeout = 100").fetchall()
        stranger: Any = sqlite3.connect(engine_url.removeprefix("sqlite:///"), isolation_level=None)
        stranger.execute("BEGIN IMMEDIATE")
    else:
        with log._engine._pool.connection() as connection:  # type: ignore[attr-defined]
            connection.execute("SET lock_timeout = 100")
        stranger = psycopg.connect(engine_url)
        stranger.execute("SELECT 1 FROM sharinglog.sl_head FOR UPDATE")
    with pytest.raises(LogUnavailable):
        log.append(intent())
    stranger.close()
    assert log.append(intent()).seq == 1


def test_the_role_that_writes_can_neither_change_nor_remove(log: SharingLog, engine_url: str, engine: str) -> None:
    log.append(intent())
    if engine == "sqlite":
        assert log.health().advice == ()
        return
    forbidden = (
        "UPDATE sl_entry SET body = body",
        "DELETE FROM sl_entry",
        "TRUNCATE sl_entry",
        "INSERT INTO sl_entry VALUES (9, '', '')",
        "DELETE FROM sl_secret",
        "UPDATE sl_secret SET ciphertext = ''",
        "UPDATE sl_head SET next_seq = 0",
        "UPDATE sl_pair SET closed_by = 1",
        "DELETE FROM sl_key",
        "DELETE FROM sl_checkpoint",
        "ALTER TABLE sl_entry DISABLE TRIGGER ALL",
        "DROP TABLE sl_entry",
    )
    with log._engine._pool.connection() as connection:  # type: ignore[attr-defined]
        assert connection.execute("SELECT current_user").fetchone() == ("yijian_log_writer",)
        for statement in forbidden:
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement)
    assert log.verify().ok


def test_logins_without_rights_get_advice_or_only_the_right_to_add(
    engine_url: str, engine: str, keys: LogKeys, clock: Clock, opened: Callable[[], SharingLog]
) -> None:
    if engine == "sqlite":
        assert opened().health().advice == ()
        return
    opened().append(intent())
    member, nobody = f"m_{os.getpid()}", f"n_{os.getpid()}"
    with psycopg.connect(engine_url, autocommit=True) as admin:
        for statement in (f"CREATE ROLE {member} LOGIN IN ROLE yijian_log_writer", f"CREATE ROLE {nobody} LOGIN"):
            admin.execute(statement)
        try:
            log = SharingLog.open(
                engine_url.replace("postgres:@", f"{member}:@"), keys, ORIGIN, clock, "node", follow=False
            )
            assert log.append(intent()).seq == 1 and log.verify().ok and log.health().advice == ()
            log.publish_checkpoint()
            log.close()
            with pytest.raises(LogMisconfigured, match="member of"):
                SharingLog.open(engine_url.replace("postgres:@", f"{nobody}:@"), keys, ORIGIN, clock, "node")
        finally:
            for role in (member, nobody):
                admin.execute(f"DROP ROLE {role}")


def test_an_owner_who_may_not_make_roles_is_told_so(engine_url: str, engine: str, keys: LogKeys, clock: Clock) -> None:
    if engine == "sqlite":
        return
    owner = f"o_{os.getpid()}"
    with psycopg.connect(engine_url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {owner} LOGIN")
        admin.execute(f"CREATE SCHEMA sharinglog AUTHORIZATION {owner}")
        try:
            log = SharingLog.open(
                engine_url.replace("postgres:@", f"{owner}:@"), keys, ORIGIN, clock, "node", follow=False
            )
            assert log.append(intent()).seq == 0 and log.verify().ok
            assert "yijian_log_writer" in log.health().advice[0]
            log.close()
        finally:
            admin.execute("DROP SCHEMA sharinglog CASCADE")
            admin.execute(f"DROP ROLE {owner}")


def test_a_server_that_may_lose_commits_is_refused(
    opened: Callable[[], SharingLog], engine_url: str, engine: str, tmp_path: Path
) -> None:
    opened().append(intent())
    if engine == "sqlite":
        connection = opened()._engine._idle[0]  # type: ignore[attr-defined]
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        return
    name = engine_url.split("/")[3].partition("?")[0]
    with psycopg.connect(engine_url, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    with pytest.raises(LogMisconfigured, match="synchronous_commit=off"):
        opened()


def test_a_network_file_system_is_refused() -> None:
    mounts = "/dev/vda / ext4 rw 0 0\nserver:/x /srv/logs nfs4 rw 0 0\ntmpfs /srv/logs/local tmpfs rw 0 0\n"
    refuse_network(Path("/srv/log.sqlite"), mounts)
    refuse_network(Path("/srv/logs/local/log.sqlite"), mounts)
    with pytest.raises(LogMisconfigured, match="nfs4"):
        refuse_network(Path("/srv/logs/a/log.sqlite"), mounts)


def test_addresses_that_keep_nothing_are_refused(keys: LogKeys, clock: Clock) -> None:
    for url in ("sqlite://", "sqlite:///:memory:", "sqlite:///", "mysql://x/y", "log.sqlite"):
        with pytest.raises(LogMisconfigured):
            SharingLog.open(url, keys, ORIGIN, clock, "node")
    with pytest.raises(LogUnavailable):
        SharingLog.open("postgresql:///nowhere?host=/nowhere", keys, ORIGIN, clock, "node")


def test_keys_are_files_that_nobody_else_reads(tmp_path: Path) -> None:
    folder = tmp_path / "fresh"
    LogKeys.create(folder)
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {"checkpoint.key": 0o600, "sealing.key": 0o600, "blind.key": 0o600, "checkpoint.pub": 0o644}
    assert folder.stat().st_mode & 0o777 == 0o700
    with pytest.raises(LogMisconfigured, match="already holds"):
        LogKeys.create(folder)
    os.chmod(folder / SEALING, 0o640)
    with pytest.raises(LogMisconfigured, match="chmod 600"):
        LogKeys.load(folder)
    (folder / SEALING).unlink()
    with pytest.raises(LogMisconfigured, match="no log key"):
        LogKeys.load(folder)


def test_keys_show_nothing_of_themselves(keys: LogKeys) -> None:
    assert repr(keys) == "LogKeys()"


def test_another_master_key_discloses_nothing_and_writes_nothing(
    opened: Callable[[], SharingLog], engine_url: str, tmp_path: Path, keys: LogKeys, clock: Clock
) -> None:
    opened().append(intent())
    others = LogKeys(keys.checkpoint, bytes(32), keys.blind)
    stranger = SharingLog.open(engine_url, others, ORIGIN, clock, "node", follow=False)
    with pytest.raises(NotDisclosable):
        stranger.disclose(0)
    with pytest.raises(NotDisclosable, match="key folder"):
        stranger.append(intent())
    stranger.close()
    assert opened().size() == 1


def test_the_follower_keeps_projection_and_checkpoint_up(engine_url: str, keys: LogKeys, clock: Clock) -> None:
    log = SharingLog.open(engine_url, keys, ORIGIN, clock, "node")
    log.append(intent())
    for _ in range(100):
        health = log.health()
        if (health.projection_lag, health.checkpoint_size) == (0, 1):
            break
        sleep(0.05)
    log.append(intent())
    log.close()
    assert (health.projection_lag, health.checkpoint_size) == (0, 1)
    again = SharingLog.open(engine_url, keys, ORIGIN, clock, "node", follow=False)
    assert again.health().checkpoint_size == 2, "closing signs what is left"
    again.close()
