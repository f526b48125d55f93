"""One desk takes several kinds of item, each with its own numbers, words, results and waits; a declaration waits for payment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.simulators.applications import DeskRefusal, Handed, Order, Payment
from adapters.simulators.decisions import Desk
from adapters.simulators.journal import Journal
from adapters.simulators.reports import Reporter
from adapters.simulators.styles import Style
from adapters.simulators.tokens import key_of
from tests.adapters.simulators.conftest import SmallHub

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
BA = Style("BA{day:%Y}{item}99{serial:04d}", "西示备〔{day:%Y}〕99{serial:04d}号", "H1", item="BA", kind="filing",
           results={"Bah": "{decision_no}", "Barq": "{day:%Y%m%d}"})  # fmt: skip
XK = Style("XK{day:%Y}99{serial:04d}", "西示许〔{day:%Y}〕99{serial:04d}号", "H1", item="XK", awaits=("HP",))
QS = Style("QS{day:%Y}99{serial:04d}", "西示税〔{day:%Y}〕99{serial:04d}号", "H1", item="QS", kind="declaration",
           results={"Wspzhm": "{receipt_no}"}, payment="待缴款")  # fmt: skip


@contextmanager
def standing(folder: Path, hub: str) -> Iterator[Desk]:
    journal = Journal("demo", folder, lambda: NOW)
    reporter = Reporter("demo", hub, folder, key_of("demo", folder), journal, lambda: NOW)
    desk = Desk("demo", (BA, XK, QS), folder, journal, reporter, lambda: NOW)
    reporter.start()
    yield desk
    journal.close()


def played(folder: Path, hub: SmallHub, act: Callable[[Desk], Awaitable[None]], *, auto: bool = True) -> list[Any]:
    """What the hub was told after `act`, once nothing is left to tell."""

    async def whole() -> None:
        with standing(folder, hub.url) as desk:
            desk.start(auto=auto, delay_seconds=0)
            await act(desk)
            await desk.close()
            await desk._reporter.close()

    asyncio.run(whole())
    return [call.json() for call in hub.told]


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(6000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


def test_each_item_has_its_own_numbers_words_and_results(tmp_path: Path, hub: SmallHub) -> None:
    async def act(desk: Desk) -> None:
        filed, _ = desk.receive(Handed("k-1", "I-1", "备案", {"Mc": "示例"}, item="BA"))
        granted, _ = desk.receive(Handed("k-2", "I-2", "许可", item="XK"))
        assert (filed.number, granted.number) == ("BA2026BA990001", "XK2026990002")
        await until(lambda: len(hub.told) == 4)

    decisions = {told["decision_no"]: told for told in played(tmp_path, hub, act) if "decision_no" in told}
    filed = decisions["西示备〔2026〕990001号"]
    assert filed["results"] == {"Mc": "示例", "Bah": "西示备〔2026〕990001号", "Barq": "20261120"}
    assert filed["reason"] == "材料齐全，予以备案"
    assert decisions["西示许〔2026〕990002号"]["reason"] == "符合许可条件"


def test_only_the_item_that_awaits_something_waits(tmp_path: Path, hub: SmallHub) -> None:
    async def act(desk: Desk) -> None:
        waiting, _ = desk.receive(Handed("k-1", "I-1", "许可", pre_review=True, item="XK"))
        desk.receive(Handed("k-2", "I-2", "备案", pre_review=True, item="BA"))
        await until(lambda: len(hub.told) == 3)
        assert desk.missing_upstream(waiting) == ("HP",)
        desk.supply(waiting.number, "HP", passed=True)
        await until(lambda: len(hub.told) == 4)

    assert played(tmp_path, hub, act)[-1]["result"] == "approved"


def test_what_an_item_awaits_can_be_ordered_for_that_item_alone(tmp_path: Path, hub: SmallHub) -> None:
    async def act(desk: Desk) -> None:
        desk.obey(Order(awaits=["SP"], item="BA"))
        filed, _ = desk.receive(Handed("k-1", "I-1", "备案", pre_review=True, item="BA"))
        granted, _ = desk.receive(Handed("k-2", "I-2", "许可", pre_review=True, item="XK"))
        assert (desk.missing_upstream(filed), desk.missing_upstream(granted)) == (("SP",), ("HP",))
        with pytest.raises(DeskRefusal):
            desk.obey(Order(awaits=[], item="ZZ"))

    played(tmp_path, hub, act, auto=False)


def test_a_declaration_stands_until_it_is_paid_and_then_carries_its_receipt(tmp_path: Path, hub: SmallHub) -> None:
    async def act(desk: Desk) -> None:
        declared, _ = desk.receive(Handed("k-1", "I-1", "契税申报", item="QS", about="XXWQ1", due=586_370))
        await until(lambda: declared.state == "suspended" and len(hub.told) == 2)
        assert desk.pay(Payment(item_no="I-1", amount=586_370)) and not desk.pay(Payment(number=declared.number))
        await until(lambda: len(hub.told) == 4)

    accepted, stands, goes_on, decided = played(tmp_path, hub, act)
    assert (accepted["result"], stands["action"], stands["name"]) == ("accepted", "start", "待缴款")
    assert stands["amount"] == "5863.70" and "5863" not in stands["reason"] and goes_on["action"] == "end"
    assert decided["result"] == "approved" and decided["results"] == {"Wspzhm": "994120261120000001"}


def test_an_unpaid_declaration_cannot_be_approved_but_denied(tmp_path: Path, hub: SmallHub) -> None:
    async def act(desk: Desk) -> None:
        declared, _ = desk.receive(Handed("k-1", "I-1", "契税申报", item="QS", due=100))
        desk.obey(Order(number=declared.number, step="accept"))
        with pytest.raises(DeskRefusal, match="payment"):
            desk.obey(Order(number=declared.number, step="approve"))
        desk.obey(Order(number=declared.number, step="deny", reason="申报不符合规定"))

    played(tmp_path, hub, act, auto=False)


@pytest.mark.parametrize(
    ("item", "step", "payment"),
    [
        ("QS", "accept", Payment(item_no="I-1", amount=99)),
        ("QS", "refuse", Payment(item_no="I-1")),
        ("BA", "accept", Payment(item_no="I-1")),
        ("QS", "accept", Payment(item_no="I-9")),
        ("QS", "accept", Payment()),
    ],
    ids=["another sum", "ended", "nothing to pay", "unknown", "nobody meant"],
)
def test_a_payment_that_cannot_be_is_refused(tmp_path: Path, hub: SmallHub, item: str, step: Any, payment: Payment) -> None:  # fmt: skip
    async def act(desk: Desk) -> None:
        taken, _ = desk.receive(Handed("k-1", "I-1", "申报", item=item, due=100))
        desk.obey(Order(number=taken.number, step=step))
        with pytest.raises(DeskRefusal):
            desk.pay(payment)

    played(tmp_path, hub, act, auto=False)


def test_a_corrected_application_brings_new_results_and_another_sum(tmp_path: Path, hub: SmallHub) -> None:
    async def before(desk: Desk) -> None:
        taken, _ = desk.receive(Handed("k-1", "I-1", "申报", {"Jsje": "1.00"}, item="QS", due=100))
        desk.obey(Order(number=taken.number, step="correction", reason="计税依据有误"))
        desk.resubmit("k-2", "I-1", {"Jsje": "2.00"}, 200)

    async def after(desk: Desk) -> None:
        assert desk.resubmit("k-2", "I-1", {"Jsje": "9.00"}, 900)[1]
        [kept] = [desk.find(str(row["number"])) for row in desk.applications()]
        assert (kept.state, kept.results, kept.due) == ("received", {"Jsje": "2.00"}, 200)

    played(tmp_path, hub, before, auto=False)
    played(tmp_path, hub, after, auto=False)


def test_a_payment_outlives_a_restart(tmp_path: Path, hub: SmallHub) -> None:
    async def before(desk: Desk) -> None:
        taken, _ = desk.receive(Handed("k-1", "I-1", "申报", item="QS", about="XXWQ1", due=100))
        desk.obey(Order(number=taken.number, step="accept"))
        desk.pay(Payment(number=taken.number))

    async def after(desk: Desk) -> None:
        [kept] = desk.about("XXWQ1", "QS")
        assert kept.receipt_no and not desk.unpaid(kept) and not desk.pay(Payment(number=kept.number))
        assert desk.about("XXWQ1", "BA") == []

    played(tmp_path, hub, before, auto=False)
    played(tmp_path, hub, after, auto=False)


def test_an_item_that_the_desk_does_not_handle_is_refused(tmp_path: Path, hub: SmallHub) -> None:
    async def act(desk: Desk) -> None:
        with pytest.raises(DeskRefusal, match="no such item"):
            desk.receive(Handed("k-1", "I-1", "别的", item="ZZ"))
        assert desk.applications() == []

    played(tmp_path, hub, act, auto=False)
