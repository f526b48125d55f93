"""The outbox: its record is durable before anything leaves, under the key that the far side sees; a bad wire is told from a refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.contract import (
    Attachment,
    Handover,
    Message,
    PeerRefused,
    PeerUnreachable,
    Push,
    Stop,
    Taken,
    UpstreamResult,
)
from hub.errors import HubError
from hub.outbox import Outbox, Regarding, wire_key
from hub.sharinglog import Basis, CaseRef, LogKeys, Row, SharingLog
from hub.store.database import Database
from hub.store.work import GiveUp, TryLater

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
KEY = wire_key(bytes(32), "hand_over:1:1")
USCC = "91411323MA9YJ00160"
CASE = CaseRef("open-guesthouse", "food-permit", "41132320261120000001")
ABOUT = Regarding(CASE, (USCC,), Basis(purpose="open-guesthouse", clause="《食品安全法》第三十五条"), "hub", "clerk-1")
PLAN = Attachment("floor-plan", "平面图", "C", "ab" * 32, "application/pdf", b"%PDF-")
HANDOVER = Handover(KEY, "41132320261120000001", "-01", "food-permit", "食品经营许可", False, 10, {"enterprise.uscc": USCC}, {}, (PLAN,))  # fmt: skip
STOP = Stop(KEY, "-01", "X-1", "撤回")
RESULT = UpstreamResult(KEY, "-01", "X-1", "fire", "合格证", "1.2.156", None, NOW)
PUSH = Push(KEY, "up_pro_accept", "41132320261120000001", "-01", NOW, {"applicant_code": USCC})
MESSAGE = Message(KEY, "13800000000", "已受理")


@dataclass
class Far:
    """The far side: notes the log's size at the moment of each call, and raises what it is told to."""

    log: SharingLog
    fails: list[Exception] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    async def hand_over(self, what: Handover) -> Taken:
        return self._took(what.key)

    async def stop(self, what: Stop) -> None:
        self._took(what.key)

    async def supply(self, what: UpstreamResult) -> None:
        self._took(what.key)

    async def receive(self, what: Push) -> Taken:
        return self._took(what.key)

    async def tell(self, what: Message) -> Taken:
        return self._took(what.key)

    def _took(self, key: str) -> Taken:
        self.sizes.append(self.log.size())
        self.keys.append(key)
        if self.fails:
            raise self.fails.pop(0)
        return Taken("X-1")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SharingLog]:
    keys = LogKeys.create(tmp_path / "keys")
    opened = SharingLog.open(f"sqlite:///{tmp_path / 'log.sqlite'}", keys, "yijian.example/log", lambda: NOW, "hub-1", follow=False)  # fmt: skip
    yield opened
    opened.close()


@pytest.fixture
def far(log: SharingLog) -> Far:
    return Far(log)


def hand_over(far: Far) -> Taken:
    return asyncio.run(Outbox(far.log).hand_over(far, "food", HANDOVER, ABOUT))


def sent(log: SharingLog) -> list[Row]:
    return sorted(log.search(phase="sent", limit=50), key=lambda row: row.seq)


def everything(far: Far) -> None:
    async def run() -> None:
        outbox = Outbox(far.log)
        await outbox.hand_over(far, "food", HANDOVER, ABOUT)
        await outbox.stop(far, "food", STOP, ABOUT)
        await outbox.supply(far, "food", RESULT, ABOUT)
        await outbox.push(far, "platform", PUSH, ABOUT)
        await outbox.tell(far, "sms", MESSAGE, ABOUT)

    asyncio.run(run())


def test_each_sending_is_on_disk_before_it_leaves(log: SharingLog, far: Far) -> None:
    everything(far)
    assert far.sizes == [1, 2, 3, 4, 5]
    channels = [row.record["channel"] for row in sent(log)]
    assert channels == ["hand_over", "stop", "upstream_result", "up_pro_accept", "sms"]


def test_the_record_has_the_very_key_that_the_far_side_sees(log: SharingLog, far: Far) -> None:
    everything(far)
    assert [row.record["key"] for row in sent(log)] == far.keys


def test_the_record_names_form_fields_and_materials(log: SharingLog, far: Far) -> None:
    hand_over(far)
    assert sent(log)[0].fields == ("enterprise.uscc", "material:floor-plan")


def test_no_value_stands_in_a_leaf(log: SharingLog, far: Far) -> None:
    everything(far)
    leaves = str([entry.record for entry in log.entries()])
    assert not any(value in leaves for value in (USCC, "13800000000", "41132320261120000001", "clerk-1"))


def test_a_sending_is_found_by_whom_it_is_about(log: SharingLog, far: Far) -> None:
    hand_over(far)
    assert len(log.search(subject=USCC, phase="sent", limit=5)) == 1


def test_a_retry_has_the_same_key_and_a_record_of_its_own(log: SharingLog, far: Far) -> None:
    far.fails = [PeerUnreachable("down")]
    with pytest.raises(TryLater):
        hand_over(far)
    hand_over(far)
    assert len(set(far.keys)) == 1 and len(far.keys) == 2 == len(sent(log))


def test_a_refusal_is_for_a_person(far: Far) -> None:
    far.fails = [PeerRefused("no")]
    with pytest.raises(GiveUp):
        hand_over(far)


def test_a_bug_of_an_adapter_is_no_outage(far: Far) -> None:
    far.fails = [KeyError("x")]
    with pytest.raises(KeyError):
        hand_over(far)


def test_without_the_log_nothing_leaves(log: SharingLog, far: Far) -> None:
    log.close()
    with pytest.raises(HubError):
        hand_over(far)
    assert far.keys == []


def test_nothing_leaves_while_something_is_being_written(tmp_path: Path, log: SharingLog, far: Far) -> None:
    database = Database(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    with database.write(), pytest.raises(HubError) as refused:
        hand_over(far)
    database.close()
    assert refused.value.code == "SENT_WHILE_WRITING" and far.keys == [] and log.size() == 0


def test_the_wire_key_is_the_same_each_time_and_says_nothing(log: SharingLog) -> None:
    work_key = "push:41132320261120000001:7:up_pro_accept"
    one, other = wire_key(bytes(32), work_key), wire_key(bytes(32), work_key)
    assert one == other != wire_key(bytes(31) + b"x", work_key) and "4113" not in one


def test_repr_of_a_sending_names_nobody() -> None:
    assert USCC not in repr(ABOUT) and "41132320261120000001" not in repr(ABOUT)
