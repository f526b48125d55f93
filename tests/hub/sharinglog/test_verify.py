"""Whatever somebody with all rights on the database changes, verifying says so, and says where."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.sharinglog import AlreadyClosed, LogInconsistent, LogKeys, LogReport, NotDisclosable, Outcome, SharingLog
from hub.sharinglog.command import proof_command, verify_command
from hub.sharinglog.notes import Checkpoint, read, sign
from hub.sharinglog.tree import leaf_hash, verify_consistency, verify_inclusion
from tests.hub.sharinglog.conftest import ORIGIN, Clock, Intruder, intent


@pytest.fixture
def filled(log: SharingLog) -> SharingLog:
    """Three questions: 0–1 answered, 2–3 answered, checkpoint, 4–5 answered, checkpoint, 6 open and unsigned."""
    for number in range(3):
        asked = log.append(intent())
        log.append(Outcome(asked.seq, "found", fields=("name",), answer=b"a%d" % number))
        if number:
            log.publish_checkpoint()
    log.append(intent())
    assert log.verify().ok
    return log


def failed(report: LogReport) -> set[str]:
    assert report.ok == (not any(check.result == "failed" for check in report.checks))
    return {check.name for check in report.checks if check.result == "failed"}


def entry(intruder: Intruder, seq: int) -> bytes:
    return bytes(intruder.run("SELECT body FROM sl_entry WHERE seq = ?", seq)[0][0])


def rewrite(intruder: Intruder, seq: int, body: bytes) -> None:
    intruder.run("UPDATE sl_entry SET body = ?, leaf = ? WHERE seq = ?", body, leaf_hash(body), seq)


def forge(intruder: Intruder, seq: int, body: bytes) -> None:
    intruder.run("INSERT INTO sl_entry VALUES (?, ?, ?)", seq, leaf_hash(body), body)
    intruder.run("UPDATE sl_head SET next_seq = ?", seq + 1)


def test_an_edited_body_is_found_where_it_is(filled: SharingLog, intruder: Intruder) -> None:
    intruder.run("UPDATE sl_entry SET body = ? WHERE seq = 3", entry(intruder, 3).replace(b"found", b"faund"))
    report = filled.verify()
    assert {"leaves", "checkpoints"} <= failed(report) and report.first_bad_seq == 3


def test_an_edited_body_with_its_hash_made_anew_is_found(filled: SharingLog, intruder: Intruder) -> None:
    rewrite(intruder, 3, entry(intruder, 3).replace(b"found", b"not_found"))
    assert {"checkpoints", "tree"} <= failed(filled.verify())


def test_a_dropped_row_is_found(filled: SharingLog, intruder: Intruder) -> None:
    intruder.run("DELETE FROM sl_entry WHERE seq = 2")
    report = filled.verify()
    assert {"sequence", "checkpoints"} <= failed(report) and report.first_bad_seq == 2


def test_a_dropped_row_with_the_others_moved_up_is_found(filled: SharingLog, intruder: Intruder) -> None:
    intruder.run("DELETE FROM sl_entry WHERE seq = 2")
    for seq in range(3, 7):
        intruder.run("UPDATE sl_entry SET seq = ? WHERE seq = ?", seq - 1, seq)
    intruder.run("UPDATE sl_head SET next_seq = 6")
    assert "checkpoints" in failed(filled.verify())


def test_two_swapped_rows_are_found(filled: SharingLog, intruder: Intruder) -> None:
    one, other = entry(intruder, 0), entry(intruder, 2)
    rewrite(intruder, 0, other)
    rewrite(intruder, 2, one)
    assert "checkpoints" in failed(filled.verify())


def test_a_tail_cut_off_behind_a_checkpoint_is_found(filled: SharingLog, intruder: Intruder) -> None:
    for table in ("sl_entry", "sl_secret", "sl_pair"):
        intruder.run(f"DELETE FROM {table} WHERE seq >= 4")
    intruder.run("UPDATE sl_head SET next_seq = 4")
    report = filled.verify()
    assert "checkpoints" in failed(report) and report.first_bad_seq == 4


def test_an_unsigned_tail_cut_off_is_found_by_its_number(filled: SharingLog, intruder: Intruder) -> None:
    intruder.run("DELETE FROM sl_entry WHERE seq = 6")
    report = filled.verify()
    assert {"sequence", "pairing"} <= failed(report) and report.first_bad_seq == 6


def test_a_changed_checkpoint_is_found(filled: SharingLog, intruder: Intruder) -> None:
    intruder.run("UPDATE sl_checkpoint SET note = replace(note, ?, ?) WHERE size = 6", "\n6\n", "\n7\n")
    assert "signatures" in failed(filled.verify())


def test_a_foreign_signature_is_found(filled: SharingLog, intruder: Intruder) -> None:
    note = sign(Checkpoint(ORIGIN, 6, filled.root(6)), Ed25519PrivateKey.generate())
    intruder.run("UPDATE sl_checkpoint SET note = ? WHERE size = 6", note)
    assert failed(filled.verify()) == {"signatures"}


def test_a_head_signed_over_other_entries_is_found(filled: SharingLog, intruder: Intruder, keys: LogKeys) -> None:
    note = sign(Checkpoint(ORIGIN, 6, bytes(32)), keys.checkpoint)
    intruder.run("UPDATE sl_checkpoint SET note = ? WHERE size = 6", note)
    assert failed(filled.verify()) == {"checkpoints"}


def test_no_head_is_signed_over_a_changed_past(filled: SharingLog, intruder: Intruder) -> None:
    rewrite(intruder, 3, entry(intruder, 3).replace(b"found", b"not_found"))
    with pytest.raises(LogInconsistent, match="yijian log verify"):
        filled.publish_checkpoint()


def test_a_second_ending_forged_into_the_log_is_found(filled: SharingLog, intruder: Intruder) -> None:
    record = json.loads(entry(intruder, 1)) | {"id": "0190a1b2-0000-7000-8000-000000000000"}
    forge(intruder, 7, json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())
    report = filled.verify()
    assert "pairing" in failed(report) and report.first_bad_seq == 7


@pytest.mark.parametrize("body", [b"{}", b"no json", b'{"v": 1}', b"[]", b"\xff"])
def test_an_entry_that_is_no_record_is_found(filled: SharingLog, intruder: Intruder, body: bytes) -> None:
    forge(intruder, 7, body)
    report = filled.verify()
    assert "records" in failed(report) and report.first_bad_seq == 7


def test_a_repeated_id_is_found(filled: SharingLog, intruder: Intruder) -> None:
    forge(intruder, 7, entry(intruder, 6))
    report = filled.verify()
    assert "records" in failed(report) and report.first_bad_seq == 7


def test_an_id_number_forged_into_a_leaf_is_found(filled: SharingLog, intruder: Intruder) -> None:
    record = json.loads(entry(intruder, 6)) | {"id": "x", "reason": "411323199001019910"}
    forge(intruder, 7, json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())
    assert "records" in failed(filled.verify())


def test_a_pairing_opened_again_is_found(filled: SharingLog, intruder: Intruder) -> None:
    intruder.run("UPDATE sl_pair SET closed_by = NULL WHERE seq = 2")
    report = filled.verify()
    assert failed(report) == {"pairing"} and report.first_bad_seq == 2


def test_a_pairing_removed_is_found(filled: SharingLog, intruder: Intruder) -> None:
    intruder.run("DELETE FROM sl_pair WHERE seq = 6")
    assert failed(filled.verify()) == {"pairing"}


def test_an_altered_stored_node_is_found(filled: SharingLog, intruder: Intruder) -> None:
    intruder.run("INSERT INTO sl_node VALUES (1, 0, ?)", bytes(32))
    assert failed(filled.verify()) == {"tree"}


def test_a_sealed_value_changed_is_found(filled: SharingLog, intruder: Intruder) -> None:
    intruder.run("UPDATE sl_secret SET ciphertext = ? WHERE seq = 2", bytes(40))
    report = filled.verify()
    assert failed(report) == {"secrets"} and report.first_bad_seq == 2


def test_sealed_values_moved_to_another_entry_are_found(filled: SharingLog, intruder: Intruder) -> None:
    intruder.run("DELETE FROM sl_secret WHERE seq = 2")
    intruder.run("UPDATE sl_secret SET seq = 2 WHERE seq = 0")
    assert failed(filled.verify()) == {"secrets"}


def test_sealed_values_removed_are_found(filled: SharingLog, intruder: Intruder) -> None:
    intruder.run("DELETE FROM sl_secret WHERE seq = 2")
    assert failed(filled.verify()) == {"secrets"}
    with pytest.raises(NotDisclosable, match="do not fit"):
        filled.disclose(2)


def test_a_key_destroyed_without_a_record_is_found(filled: SharingLog, intruder: Intruder) -> None:
    intruder.run("UPDATE sl_key SET wrapped = NULL, destroyed_at = 1 WHERE scope <> 'staff'")
    assert failed(filled.verify()) == {"secrets"}


def test_a_question_left_open_too_long_is_a_fault(filled: SharingLog, clock: Clock) -> None:
    clock.move(minutes=11)
    report = filled.verify()
    assert failed(report) == {"pairing"} and report.first_bad_seq == 6
    assert filled.verify(young=timedelta(hours=1)).ok
    assert filled.close_lost(filled.size()) == 1 and filled.verify().ok


def test_the_guards_refuse_changes_to_what_is_written(filled: SharingLog, engine_url: str) -> None:
    from hub.sharinglog import LogUnavailable
    from hub.sharinglog.engine import Lock

    for statement in (
        "UPDATE sl_entry SET body = body",
        "DELETE FROM sl_entry",
        "UPDATE sl_checkpoint SET at = 0",
        "DELETE FROM sl_checkpoint",
        "UPDATE sl_pair SET closed_by = NULL WHERE seq = 0",
        "UPDATE sl_pair SET closed_by = 77 WHERE seq = 0",
        "DELETE FROM sl_pair",
    ):
        with pytest.raises(LogUnavailable), filled._engine.write(Lock.HEAD) as session:
            session.run(statement)
    assert filled.verify().ok


def test_proofs_of_any_size_are_accepted_by_the_rfc_algorithm(opened: Callable[[], SharingLog]) -> None:
    log = opened()
    put = [log._put(intent()) for _ in range(600)]
    leaves = {future.result().seq: future.result().leaf_hash for future in put}
    head = read(log.publish_checkpoint())
    assert head.size == 600 and head.root == log.root()
    for seq in (0, 255, 256, 511, 512, 599):
        assert verify_inclusion(leaves[seq], seq, 600, log.inclusion_proof(seq, 600), head.root)
    for old in (0, 1, 255, 256, 257, 512, 599, 600):
        assert verify_consistency(old, 600, log.root(old), head.root, log.consistency_proof(old, 600))
    with pytest.raises(ValueError, match="600 entries"):
        log.inclusion_proof(0, 601)
    assert log.verify().ok and log._engine.name in ("sqlite", "postgresql")


def test_two_nodes_publishing_sign_one_history(opened: Callable[[], SharingLog]) -> None:
    one, other = opened(), opened()
    one.append(intent())
    first = one.publish_checkpoint()
    assert other.publish_checkpoint() == first == other.checkpoint()
    other.append(intent())
    second = read(other.publish_checkpoint())
    assert verify_consistency(1, 2, read(first).root, second.root, one.consistency_proof(1, 2))
    assert one.verify().checkpoints == 2


def said(code: int, want: int, out: io.StringIO) -> str:
    assert code == want, out.getvalue()
    return out.getvalue()


def test_the_command_verifies_with_the_keys_or_the_public_key_alone(
    filled: SharingLog, engine_url: str, tmp_path: Path, keys: LogKeys, clock: Clock
) -> None:
    for given in (tmp_path / "keys", tmp_path / "keys" / "checkpoint.pub", keys.verifier(ORIGIN).vkey()):
        out = io.StringIO()
        assert "VERIFIED" in said(verify_command(engine_url, given, out, as_json=False, now=clock()), 0, out)
        assert ("not checked secrets" in " ".join(out.getvalue().split())) == (given != tmp_path / "keys")
    out = io.StringIO()
    report = json.loads(said(verify_command(engine_url, tmp_path / "keys", out, as_json=True, now=clock()), 0, out))
    assert report["ok"] is True and report["size"] == 7 and report["unsigned"] == 1


def test_the_command_refuses_a_changed_log(
    filled: SharingLog, engine_url: str, tmp_path: Path, intruder: Intruder, clock: Clock
) -> None:
    intruder.run("UPDATE sl_entry SET body = ? WHERE seq = 3", b"{}")
    out = io.StringIO()
    text = said(
        verify_command(engine_url, tmp_path / "keys" / "checkpoint.pub", out, as_json=False, now=clock()), 1, out
    )
    assert "REFUSED" in text and "first bad entry: 3" in text


def test_the_command_says_when_it_cannot_check(
    filled: SharingLog, engine_url: str, tmp_path: Path, clock: Clock
) -> None:
    for url, given in (
        (engine_url, tmp_path / "nowhere"),
        (engine_url, "no key"),
        ("sqlite:////nowhere/log", tmp_path / "keys"),
        ("mysql://x", ""),
    ):
        out = io.StringIO()
        assert "NOT CHECKED" in said(verify_command(url, given, out, as_json=False), 2, out)
    out = io.StringIO()
    assert json.loads(said(verify_command("mysql://x", "", out, as_json=True), 2, out))["code"] == "LOG_MISCONFIGURED"


def test_the_proof_of_an_entry_stands_alone(filled: SharingLog, engine_url: str) -> None:
    import base64

    out = io.StringIO()
    said(proof_command(engine_url, 3, out), 0, out)
    head, _, note = out.getvalue().partition("\n\n")
    version, index, *path = head.split("\n")
    checkpoint = read(note)
    leaf = leaf_hash(next(filled.entries(3, 4)).leaf)
    assert (version, index, checkpoint.size) == ("c2sp.org/tlog-proof@v1", "index 3", 6)
    assert verify_inclusion(leaf, 3, 6, [base64.b64decode(step) for step in path], checkpoint.root)
    out = io.StringIO()
    assert "no signed checkpoint" in said(proof_command(engine_url, 6, out), 2, out)


def test_a_closed_question_stays_closed_after_verifying(filled: SharingLog) -> None:
    filled.verify()
    with pytest.raises(AlreadyClosed):
        filled.append(Outcome(0, "found"))
