"""Records about several persons: each finds them, each can be erased alone, and the leaf names nobody."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from hub.sharinglog import NotDisclosable, Sent, SharingLog, Viewed, vault
from tests.hub.sharinglog.conftest import CASE, SUBJECT, WHO, Intruder

FIRM, OWNER = "91411323MA9YJ00160", "411323198502029925"
SENT = Sent("fire", "hand_over", "k-1", b"{}", WHO, CASE, subjects=(FIRM, SUBJECT, OWNER))
SEEN = Viewed(WHO, "case", "screen", ("owner.name",), (FIRM, OWNER), CASE)


def _found(log: SharingLog, subject: str) -> list[str]:
    return [row.phase for row in log.search(subject=subject)]


def test_a_person_is_found_by_everything_that_was_sent_or_shown_about_them(log: SharingLog) -> None:
    log.append(SENT)
    log.append(SEEN)
    assert _found(log, FIRM) == _found(log, OWNER) == ["viewed", "sent"]
    assert _found(log, SUBJECT) == ["sent"]
    log.rebuild_projection()
    assert _found(log, OWNER.lower()) == ["viewed", "sent"]


def test_the_commitments_of_each_person_are_disclosed_and_verified(log: SharingLog) -> None:
    seq = log.append(SENT).seq
    shown = log.disclose(seq)
    assert [shown["subject"], shown["subject.2"], shown["subject.3"]] == [FIRM, SUBJECT, OWNER]
    assert log.verify().ok


@pytest.mark.parametrize("gone", [FIRM, SUBJECT, OWNER])
def test_erasing_one_person_of_a_record_leaves_the_others(
    log: SharingLog, opened: Callable[[], SharingLog], gone: str
) -> None:
    seq = log.append(SENT).seq
    assert _found(log, gone) == ["sent"]
    log.erase(log.scope(subject=gone))
    for one in (log, opened()):
        assert not _found(one, gone)
        assert all(_found(one, other) == ["sent"] for other in (FIRM, SUBJECT, OWNER) if other != gone)
        assert gone not in one.disclose(seq).values()
        one.rebuild_projection()
    assert not _found(log, gone)
    assert {FIRM, SUBJECT, OWNER} - {gone} <= set(log.disclose(seq).values())
    assert log.verify().ok


def test_a_further_persons_value_that_is_taken_away_is_noticed_though_another_was_erased(
    log: SharingLog, intruder: Intruder
) -> None:
    log.append(SENT)
    log.erase(log.scope(subject=OWNER))
    scope = log.scope(subject=SUBJECT)
    intruder.run("DELETE FROM sl_secret WHERE key_id IN (SELECT key_id FROM sl_key WHERE scope = ?)", scope)
    assert [check.name for check in log.verify().checks if check.result == "failed"] == ["secrets"]
    with pytest.raises(NotDisclosable):
        log.disclose(0)


def test_a_commitment_of_a_further_person_that_is_put_in_anothers_place_is_noticed(
    log: SharingLog, intruder: Intruder
) -> None:
    log.append(SENT)
    [(body,)] = intruder.run("SELECT body FROM sl_entry")
    leaf = json.loads(body)
    leaf["subjects_c"].reverse()
    forged = json.dumps(leaf, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    intruder.run("UPDATE sl_entry SET body = ?", forged)
    assert "secrets" in {check.name for check in log.verify().checks if check.result == "failed"}


def test_somebody_in_two_roles_is_one_person_of_the_record(log: SharingLog) -> None:
    twice = Viewed(WHO, "case", "screen", subjects=(SUBJECT, f" {SUBJECT} ", "", OWNER, OWNER))
    seq = log.append(twice).seq
    assert [row.seq for row in log.search(subject=SUBJECT)] == [seq]
    assert sorted(label for label in log.disclose(seq) if label.startswith("subject")) == ["subject", "subject.2"]


def test_no_person_stands_in_a_leaf_or_an_index_in_clear(log: SharingLog, intruder: Intruder) -> None:
    log.append(SENT)
    log.search(subject=OWNER)
    stored = intruder.dump() + repr(intruder.run("SELECT * FROM sl_subject")).encode()
    assert not [who for who in (FIRM, SUBJECT, OWNER) if who.encode() in stored]


def test_a_record_about_more_persons_than_keys_are_kept_in_mind_is_sealed(
    log: SharingLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "REMEMBERED", 1)
    for _ in range(2):
        shown = log.disclose(log.append(SENT).seq)
        assert [shown["subject"], shown["subject.2"], shown["subject.3"]] == [FIRM, SUBJECT, OWNER]
    assert log.verify().ok
