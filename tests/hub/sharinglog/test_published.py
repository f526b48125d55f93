"""A log that came back behind a published head takes nothing, signs nothing, and says so; one that extends it goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.sharinglog import Admin, LogHeld, LogInconsistent, LogKeys, LogMisconfigured, LogUnavailable, SharingLog
from hub.sharinglog.published import PublishedHeads
from tests.hub.sharinglog.conftest import ORIGIN, Clock, Intruder, intent
from tests.hub.sharinglog.setback import set_back
from tests.support.postgres import Postgres

Opening = Callable[[], SharingLog]


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    return tmp_path / "heads"


@pytest.fixture
def guarded(engine_url: str, keys: LogKeys, clock: Clock, heads: Path) -> Iterator[Opening]:
    """Opens the test's log with its heads kept outside; each is what another process would have."""
    logs: list[SharingLog] = []

    def again() -> SharingLog:
        logs.append(SharingLog.open(engine_url, keys, ORIGIN, clock, "node-1/test", follow=False, heads=heads))
        return logs[-1]

    yield again
    for log in logs:
        log.close()


def grown(log: SharingLog, records: int = 4) -> SharingLog:
    for _ in range(records):
        log.append(intent())
    log.publish_checkpoint()
    return log


def test_a_log_behind_its_published_head_takes_and_signs_nothing_and_says_what_to_do(
    guarded: Opening, intruder: Intruder
) -> None:
    grown(guarded()).close()
    set_back(intruder, 2)
    log = guarded()
    with pytest.raises(LogHeld, match="yijian log import") as refused:
        log.append(intent())
    with pytest.raises(LogHeld):
        log.publish_checkpoint()
    with pytest.raises(LogHeld):
        log.erase(log.scope(subject="411323199001019910"))
    assert (refused.value.code, refused.value.status, log.size()) == ("LOG_BEHIND_HEAD", 503, 2)
    assert log.health().held == "LOG_BEHIND_HEAD" and "head of 4 was published" in log.health().advice[0]


def test_the_same_number_of_other_entries_is_a_fork_too(guarded: Opening, intruder: Intruder, opened: Opening) -> None:
    grown(guarded()).close()
    set_back(intruder, 2)
    for _ in range(3):  # by a program that knows of no published heads
        opened().append(intent())
    with pytest.raises(LogInconsistent, match="are not those whose head was published"):
        guarded().append(intent())


def test_a_database_set_back_under_a_running_hub_is_never_signed(guarded: Opening, intruder: Intruder) -> None:
    log = grown(guarded())
    set_back(intruder, 3)
    with pytest.raises(LogHeld):
        log.publish_checkpoint()
    with pytest.raises(LogHeld):
        log.append(intent())


def test_a_log_that_was_refilled_goes_on_without_a_restart(guarded: Opening, intruder: Intruder) -> None:
    first = grown(guarded())
    lost = first.entries(3, 4)
    leaf = [e.leaf for e in lost][0]
    rows = intruder.run("SELECT leaf FROM sl_entry WHERE seq = 3")
    set_back(intruder, 3)
    log = guarded()
    assert log.why_held() is not None
    intruder.run("INSERT INTO sl_entry VALUES (3, ?, ?)", rows[0][0], leaf)
    intruder.run("UPDATE sl_head SET next_seq = 4")
    assert log.append(intent()).seq == 4
    assert log.health().held == ""


def test_a_new_empty_log_in_place_of_the_published_one_does_not_begin_by_itself(
    engine_url: str, keys: LogKeys, clock: Clock, heads: Path, tmp_path: Path
) -> None:
    old = SharingLog.open(
        f"sqlite:///{tmp_path / 'old.sqlite'}", keys, ORIGIN, clock, "node-1", follow=False, heads=heads
    )
    grown(old).close()
    new = SharingLog.open(engine_url, keys, f"{ORIGIN}/2", clock, "node-1", follow=False, heads=heads)
    with pytest.raises(LogHeld, match="begin-anew") as refused:
        new.append(intent())
    assert (refused.value.code, new.size()) == ("LOG_NOT_BEGUN", 0)
    new.close()


def test_two_nodes_of_one_log_are_no_fork(guarded: Opening) -> None:
    one, other = guarded(), guarded()
    nodes = [threading.Thread(target=grown, args=(node, 8)) for node in (one, other) * 2]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()
    assert (one.why_held(), other.why_held(), guarded().size()) == (None, None, 32)
    assert one.verify().ok


def test_a_node_whose_kept_head_is_older_than_the_log_goes_on(guarded: Opening, opened: Opening) -> None:
    grown(guarded()).close()
    grown(opened())  # another node, which keeps its heads elsewhere
    assert guarded().append(intent()).seq == 8


def test_a_head_is_kept_outside_before_the_database_holds_it(guarded: Opening, heads: Path) -> None:
    log = guarded()
    log.append(intent())
    heads.write_text("a file where the folder should be")
    with pytest.raises(LogUnavailable, match="nothing is signed until then"):
        log.publish_checkpoint()
    assert log.health().checkpoint_size == 0
    heads.unlink()
    note = log.publish_checkpoint()
    [kept] = heads.iterdir()
    assert (kept.read_text(), kept.stat().st_mode & 0o777) == (note, 0o600)


def test_the_first_publishing_after_an_upgrade_keeps_the_head_that_was_there(
    guarded: Opening, opened: Opening, heads: Path
) -> None:
    note = grown(opened()).checkpoint()
    guarded().publish_checkpoint()
    assert [file.read_text() for file in heads.iterdir()] == [note]


def test_a_kept_head_of_another_key_stops_the_start_with_advice(guarded: Opening, heads: Path, tmp_path: Path) -> None:
    strange = LogKeys.create(tmp_path / "strange")
    log = guarded()
    log.append(Admin("grant", "G-1"))
    log.publish_checkpoint()
    log.close()
    [kept] = heads.iterdir()
    kept.write_text(_signed_by(strange, kept.read_text()))
    with pytest.raises(LogMisconfigured, match="put the file back"):
        guarded()


def _signed_by(keys: LogKeys, note: str) -> str:
    from hub.sharinglog import notes

    return notes.sign(notes.read(note), keys.checkpoint)


def test_an_older_head_never_takes_the_place_of_a_newer_one(guarded: Opening, heads: Path) -> None:
    log = grown(guarded())
    older = log.checkpoint()
    newer = grown(log).checkpoint()
    PublishedHeads(heads).keep(older)
    assert PublishedHeads(heads).note_of(ORIGIN) == newer


def test_a_promoted_replica_that_lacks_acknowledged_records_takes_nothing_until_it_has_them(
    postgres: Postgres, keys: LogKeys, clock: Clock
) -> None:
    with postgres.fresh() as url:
        log, intruder = SharingLog.open(url, keys, ORIGIN, clock, "node-1", follow=False), Intruder(url)
        for _ in range(3):
            log.append(intent())  # no head was published yet: only this process knows of them
        [(_, leaf, body)] = intruder.run("SELECT seq, leaf, body FROM sl_entry WHERE seq = 2")
        set_back(intruder, 2)
        intruder.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        with pytest.raises(LogHeld, match="came back with 2 entries where 3 were acknowledged"):
            log.append(intent())
        intruder.run("INSERT INTO sl_entry VALUES (2, ?, ?)", leaf, body)
        intruder.run("UPDATE sl_head SET next_seq = 3")
        assert log.append(intent()).seq == 3
        log.close()
