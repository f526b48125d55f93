"""A log that an older copy was restored to is refilled from a newer one, byte for byte, or not at all."""

from __future__ import annotations

import json
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.sharinglog import LogHeld, LogKeys, LogUnavailable, Outcome, SharingLog
from hub.sharinglog.copyfile import BadCopy
from hub.sharinglog.exporting import export
from hub.sharinglog.importing import Imported, import_log, of_database, of_folder
from hub.sharinglog.standing import answered
from tests.hub.sharinglog.conftest import ORIGIN, SUBJECT, Clock, Intruder, intent
from tests.hub.sharinglog.setback import set_back

Opening = Callable[[], SharingLog]
OTHER = "411323199002029927"  # made up: sequence code 992


def played(log: SharingLog) -> SharingLog:
    """Every way in which entries open and end one another."""
    asked, waiting, lost, refused = (log.append(intent(OTHER)).seq for _ in range(4))
    log.append(Outcome(asked, "found", fields=("name",), answer=b"{}"))
    pending = log.append(Outcome(waiting, "pending"))
    log.append(Outcome(waiting, "not_found", answers_seq=pending.seq))
    log.close_lost(log.size())
    log.append(intent())
    log.publish_checkpoint()
    return log


def test_a_refilled_log_is_the_same_to_the_last_byte(
    engine_url: str, opened: Opening, keys: LogKeys, intruder: Intruder, tmp_path: Path, clock: Clock
) -> None:
    log = opened()
    log.append(intent())
    clock.move(seconds=60)
    played(log)
    root, dump = log.root(), intruder.run("SELECT seq, leaf, body FROM sl_entry ORDER BY seq")
    export(engine_url, tmp_path / "copy")
    set_back(intruder, 3)
    done = import_log(engine_url, keys.verifier(ORIGIN), of_folder(tmp_path / "copy"))
    assert (done.before, done.after) == (3, len(dump))
    assert intruder.run("SELECT seq, leaf, body FROM sl_entry ORDER BY seq") == dump
    again = opened()
    assert again.root() == root
    assert again.verify().ok, again.verify()
    assert answered(engine_url) == {e.seq for e in again.entries() if e.record.get("result") == "pending"}
    assert len(again.search(subject=OTHER)) == len(log.search(subject=OTHER)) > 4


def test_each_export_adds_what_is_new_and_they_are_taken_in_together(
    engine_url: str, opened: Opening, keys: LogKeys, intruder: Intruder, tmp_path: Path
) -> None:
    log = played(opened())
    first = export(engine_url, tmp_path / "copy")
    assert first is not None and export(engine_url, tmp_path / "copy") is None
    played(log)
    second = export(engine_url, tmp_path / "copy")
    assert second is not None and (first.start, second.start, second.stop) == (0, first.stop, log.size())
    assert second.path.stat().st_mode & 0o777 == 0o600
    set_back(intruder, 0)
    assert import_log(engine_url, keys.verifier(ORIGIN), of_folder(tmp_path / "copy")).after == second.stop
    assert import_log(engine_url, keys.verifier(ORIGIN), of_database(engine_url)) == Imported(
        second.stop, second.stop, 0
    )


def test_the_damaged_database_that_was_replaced_serves_as_a_copy(
    engine_url: str, opened: Opening, keys: LogKeys, tmp_path: Path
) -> None:
    log = played(opened())
    log.append(intent())  # not covered by any head yet, but acknowledged
    restored = f"sqlite:///{tmp_path / 'restored.sqlite'}"
    SharingLog.open(restored, keys, ORIGIN, log._clock, "node-2", follow=False).close()  # noqa: SLF001
    done = import_log(restored, keys.verifier(ORIGIN), of_database(engine_url))
    assert (done.before, done.after) == (0, log.size())


def test_a_person_erased_after_the_backup_stays_erased(
    engine_url: str, opened: Opening, keys: LogKeys, intruder: Intruder, tmp_path: Path
) -> None:
    log = played(opened())
    [(key_id, wrapped)] = intruder.run("SELECT key_id, wrapped FROM sl_key WHERE scope = ?", log.scope(subject=SUBJECT))
    size = log.size()
    log.erase(log.scope(subject=SUBJECT))
    log.publish_checkpoint()
    export(engine_url, tmp_path / "copy")
    set_back(intruder, size)
    intruder.run("UPDATE sl_key SET wrapped = ?, destroyed_at = NULL WHERE key_id = ?", wrapped, key_id)
    assert import_log(engine_url, keys.verifier(ORIGIN), of_folder(tmp_path / "copy")).erased == 1
    again = opened()
    again.rebuild_projection()
    assert again.search(subject=SUBJECT) == []
    assert again.verify().ok


def test_a_copy_of_another_branch_is_refused_and_nothing_is_written(
    engine_url: str, opened: Opening, keys: LogKeys, intruder: Intruder, tmp_path: Path
) -> None:
    played(opened())
    export(engine_url, tmp_path / "copy")
    set_back(intruder, 2)
    opened().append(intent())
    with pytest.raises(BadCopy, match="two branches"):
        import_log(engine_url, keys.verifier(ORIGIN), of_folder(tmp_path / "copy"))
    assert opened().size() == 3


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda lines: lines[:-1], "only half there"),
        (lambda lines: [*lines[:-1], lines[-1][:4]], "damaged or half there"),
        (lambda lines: [line for line in lines if '"head"' not in line], "does not reach a head"),
        (lambda lines: [_other_body(line) for line in lines], "would not be those that were signed"),
        (lambda lines: [line for line in lines if not line.startswith('["entry",5')], "entry 5 is missing"),
        (
            lambda lines: [lines[0].replace(ORIGIN, "yijian.example/other"), *lines[1:]],
            "of the log yijian.example/other",
        ),
        (lambda lines: [lines[0].replace('"copy",1', '"copy",9'), *lines[1:]], "newer format"),
    ],
)
def test_a_spoilt_copy_is_refused_and_nothing_is_written(
    keys: LogKeys, clock: Clock, tmp_path: Path, spoil: Callable[[list[str]], list[str]], why: str
) -> None:
    url = f"sqlite:///{tmp_path / 'log.sqlite'}"
    played(SharingLog.open(url, keys, ORIGIN, clock, "node-1", follow=False)).close()
    made = export(url, tmp_path / "copy")
    assert made is not None
    made.path.write_text("".join(f"{line}\n" for line in spoil(made.path.read_text().splitlines())))
    new = f"sqlite:///{tmp_path / 'new.sqlite'}"
    SharingLog.open(new, keys, ORIGIN, clock, "node-1", follow=False).close()
    with pytest.raises(BadCopy, match=why):
        import_log(new, keys.verifier(ORIGIN), of_folder(tmp_path / "copy"))
    assert SharingLog.open(new, keys, ORIGIN, clock, "node-1", follow=False).size() == 0


def _other_body(line: str) -> str:
    row = json.loads(line)
    return json.dumps([*row[:2], "e30=", *row[3:]]) if row[:2] == ["entry", 2] else line


def test_a_copy_that_begins_after_the_logs_end_names_what_is_missing(
    engine_url: str, opened: Opening, keys: LogKeys, intruder: Intruder, tmp_path: Path
) -> None:
    log = played(opened())
    first = export(engine_url, tmp_path / "copy")
    played(log)
    export(engine_url, tmp_path / "copy")
    assert first is not None
    first.path.unlink()
    set_back(intruder, 2)
    with pytest.raises(BadCopy, match=f"entries 2 to {first.stop - 1} are in no copy"):
        import_log(engine_url, keys.verifier(ORIGIN), of_folder(tmp_path / "copy"))


def test_a_full_disk_leaves_no_copy_that_looks_whole(engine_url: str, opened: Opening, tmp_path: Path) -> None:
    played(opened())
    folder = tmp_path / "copy"
    export(engine_url, folder, stop=2)
    with limited(1_000), pytest.raises(LogUnavailable, match="make room"):
        export(engine_url, folder)
    assert [file.name for file in folder.iterdir()] == ["000000000000-000000000002.log.jsonl"]


@contextmanager
def limited(largest: int) -> Iterator[None]:
    """No file may grow beyond this many bytes, which is how a full disk can be had here."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_log_begun_anew_takes_only_the_record_that_says_what_it_follows(
    engine_url: str, keys: LogKeys, clock: Clock, tmp_path: Path
) -> None:
    from hub.sharinglog import Admin

    heads = tmp_path / "heads"
    old = SharingLog.open(f"sqlite:///{tmp_path / 'old.sqlite'}", keys, ORIGIN, clock, "n", follow=False, heads=heads)
    played(old).close()
    new = SharingLog.open(engine_url, keys, f"{ORIGIN}/2", clock, "n", follow=False, heads=heads)
    with pytest.raises(LogHeld):
        new.append(intent())
    assert new.begin(Admin("begin_log_anew", f"log:{ORIGIN}", reason="published head 10")).seq == 0
    assert new.append(intent()).seq == 1
    new.close()
