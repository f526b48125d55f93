"""公积金中心 over its front database: accounts are found by number, three kinds of loan go into one table, decisions are read back. No whole case."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar
from uuid import uuid4

import pytest

from adapters.connect import Connected
from adapters.contract import (
    Attachment,
    FetchedReport,
    Found,
    Handover,
    NotFound,
    Outcome,
    PeerRefused,
    PeerUnreachable,
    Stop,
    Taken,
    Unavailable,
    Why,
)
from adapters.simulators.population import person
from adapters.simulators.population.insurance import FUND_ACCOUNTS
from catalog.dictionary import canonical
from tests.adapters.town import Town

CODE = "housing-fund"
ITEMS = ("fund-loan-new-home", "fund-loan-second-hand", "fund-loan-self-built")
BUYER = person("buyer")
T = TypeVar("T")
FORM = {
    "applicant.name": BUYER.name,
    "applicant.id_number": BUYER.id_number,
    "applicant.phone": "19900000001",
    "applicant.home_address": BUYER.home.line,
    "loan.amount": "300000",
    "loan.months": "240",
    "loan.repayment": "equal-instalments",
    "loan.bank": "示例农村商业银行西峡支行",
    "loan.income": "12500.5",
    "home.count": "0",
    "home.address": "河南省南阳市西峡县紫金街道演示社区学府路99号5幢1单元1201",
    "home.area": "118.36",
    "home.contract_number": "XXWQ20269900001",
    "home.contract_signed_on": "2026-09-05",
    "home.price": "639144",
    "home.paid": "199144",
    "developer.project_number": "西公积楼〔2024〕990001号",
    "home.handover_on": "2027-06-30",
    "resale.appraised_value": "400000",
    "resale.appraisal_number": "示例评字〔2026〕990001号",
    "resale.occupancy": "vacant",
    "building.way": "rebuilt",
    "building.homestead_number": "西宅基字第2025990001号",
    "building.cost": "420000",
    "building.began_on": "2026-04-01",
}


def handover(item: str, key: str, form: dict[str, str] = FORM, **more: Any) -> Handover:
    papers = (
        Attachment("income", "收入证明", "C", media_type="application/pdf", body=b"%PDF-1.4"),
        Attachment("deposit", "住房公积金缴存证明", "A", sha256="0" * 64),
    )
    return Handover(key, "c-1", f"{key}-no", item, "测试事项", False, 7, form, {}, papers, **more)


def with_line(town: Town, work: Callable[[Connected], Awaitable[T]]) -> T:
    return town.run(CODE, work)


def ask(town: Town, key: str, **more: Any) -> Outcome:
    number = {"id_number": person(key).id_number}
    return town.ask("housing-fund.account", number, request_id=str(uuid4()), **more)


def hand_over(town: Town, *cases: Handover, patience: float | None = None) -> list[Taken]:
    async def run(line: Connected) -> list[Taken]:
        assert line.handles is not None
        return [await line.handles.hand_over(case) for case in cases]

    return town.run(CODE, run, patience)


def stop(town: Town, key: str, item_no: str, item: str) -> None:
    async def run(line: Connected) -> None:
        assert line.handles is not None
        await line.handles.stop(Stop(key, item_no, item_no, "申请人自愿", item))

    with_line(town, run)


def application(town: Town, key: str) -> dict[str, Any]:
    """As it lies on the desk; the department looks into its tables every fifth of a second."""
    for _ in range(1200):
        found = [one for one in town.applications(CODE) if one["key"] == key]
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError(f"{key} did not reach the desk")


def reports(town: Town, item_no: str, count: int) -> list[FetchedReport]:
    """What the department wrote of that item case; it is marked read."""

    async def run(line: Connected) -> list[FetchedReport]:
        assert line.polls is not None
        for _ in range(1200):
            keys = [one.key for one in await line.polls.unread() if one.item_no == item_no]
            if len(keys) >= count:
                found = [await line.polls.fetch(key) for key in keys]
                for key in keys:
                    await line.polls.mark_read(key)
                return [one for one in found if one is not None]
            await asyncio.sleep(0.05)
        raise AssertionError("nothing was written")

    return with_line(town, run)


@pytest.fixture
def locked(town: Town) -> Iterator[None]:
    town.control(CODE, mode="busy")
    yield
    town.control(CODE, mode="normal")


# --- answers ------------------------------------------------------------------------------------------------------------


def test_its_tables_are_as_the_mapping_needs_them(town: Town) -> None:
    assert with_line(town, lambda line: line.check()) == []


def test_an_account_is_found_in_canonical_words_and_yuan(town: Town) -> None:
    found = ask(town, "buyer")
    assert isinstance(found, Found)
    account = next(one for one in FUND_ACCOUNTS if one.person == BUYER)
    assert found.values["fund_balance"] == str(account.balance // 100) and found.values["fund_loan_owed"] == "0"
    assert (found.values["fund_paid_until"], found.values["fund_account_status"]) == ("2026-11", "normal")
    for name, text in found.values.items():
        assert canonical(town.site.dictionary[name], text) == text


def test_each_question_stands_in_the_centre_s_own_register(town: Town) -> None:
    ask(town, "buyer")
    assert any(row["operation"] == "query GR_ZHXX" and row["outcome"] == "logged" for row in town.journal(CODE))


def test_somebody_without_an_account_is_not_found(town: Town) -> None:
    assert isinstance(ask(town, "short_paid"), NotFound)


def test_while_its_tables_are_locked_it_is_busy(town: Town, locked: None) -> None:
    asked = ask(town, "buyer", timeout_seconds=1.0)
    assert asked in (Unavailable(Why.BUSY), Unavailable(Why.TIMEOUT))
    with pytest.raises(PeerUnreachable):
        hand_over(town, handover("fund-loan-new-home", "busy"), patience=2.0)


# --- item cases ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", ITEMS)
def test_a_loan_is_applied_for_once_however_often_it_is_sent(town: Town, item: str) -> None:
    case = handover(item, f"once-{item}")
    first, second = hand_over(town, case, case)
    assert (first.again, second.again) == (False, True)
    lying = application(town, f"once-{item}")
    assert (
        lying["item"] == {"fund-loan-new-home": "11", "fund-loan-second-hand": "12", "fund-loan-self-built": "14"}[item]
    )


def test_what_was_locked_out_goes_in_afterwards(town: Town) -> None:
    (taken,) = hand_over(town, handover("fund-loan-new-home", "busy"))
    assert not taken.again


def test_an_approval_grants_what_home_and_account_bear(town: Town) -> None:
    hand_over(town, handover("fund-loan-second-hand", "grant"))
    number = application(town, "grant")["number"]
    town.decide(CODE, number=number, step="accept")
    town.decide(CODE, number=number, step="approve")
    accepted, approved = reports(town, "grant-no", 2)
    assert (accepted.step, accepted.department_no) == ("accept", number)
    assert (approved.step, approved.results) == ("approve", {"sped": "280000", "spqx": "240"})
    assert approved.decision_no.startswith("西公积贷〔")


def test_an_interview_stops_the_clock_and_its_end_starts_it_again(town: Town) -> None:
    hand_over(town, handover("fund-loan-new-home", "talk"))
    number = application(town, "talk")["number"]
    for step in ("accept", "suspend", "resume"):
        town.decide(CODE, number=number, step=step, name="贷前面谈")
    _, began, over = reports(town, "talk-no", 3)
    assert (began.step, began.special_name, over.step) == ("suspend", "贷前面谈", "resume")


@pytest.mark.parametrize(
    ("key", "why"), [("short_paid", "没有缴存账户"), ("borrower", "未还清"), ("graduate_idle", "没有缴存账户")]
)
def test_whoever_may_not_borrow_is_refused_with_the_reason(town: Town, key: str, why: str) -> None:
    somebody = {**FORM, "applicant.id_number": person(key).id_number, "applicant.name": person(key).name}
    hand_over(town, handover("fund-loan-new-home", f"unfit-{key}", somebody))
    (refused,) = reports(town, f"unfit-{key}-no", 1)
    assert refused.step == "refuse" and why in refused.reason


@pytest.mark.parametrize("item", ITEMS)
def test_a_correction_names_every_defect_and_comes_back_under_the_same_number(town: Town, item: str) -> None:
    case = handover(item, f"mend-{item}")
    hand_over(town, case)
    number = application(town, f"mend-{item}")["number"]
    defects = [{"material": "收入证明", "reason": "没有盖章"}, {"material": "征信授权书", "reason": "缺配偶签字"}]
    town.decide(CODE, number=number, step="correction", defects=defects)
    (told,) = reports(town, f"mend-{item}-no", 1)
    assert told.defects == (("收入证明", "没有盖章"), ("征信授权书", "缺配偶签字"))
    mended = replace(case, key=f"mended-{item}", correction=True, form={**FORM, "loan.amount": "100000"})
    again, repeated = hand_over(town, mended, mended)
    assert not again.again and repeated.again
    for _ in range(1200):
        lying = application(town, f"mend-{item}")
        if lying["state"] == "received":
            break
        time.sleep(0.05)
    assert (lying["number"], lying["results"]["SPED"]) == (number, "10000000")


@pytest.mark.parametrize("item", ITEMS)
def test_what_was_withdrawn_is_stopped_once(town: Town, item: str) -> None:
    hand_over(town, handover(item, f"stop-{item}"))
    application(town, f"stop-{item}")
    stop(town, f"s-{item}", f"stop-{item}-no", item)
    stop(town, f"s-{item}", f"stop-{item}-no", item)
    for _ in range(1200):
        if application(town, f"stop-{item}")["state"] == "withdrawn":
            return
        time.sleep(0.05)
    raise AssertionError("it was not withdrawn")


def test_a_form_without_what_the_centre_must_have_is_not_sent(town: Town) -> None:
    without = {key: text for key, text in FORM.items() if key != "developer.project_number"}
    with pytest.raises(PeerRefused, match="LPBAH"):
        hand_over(town, handover("fund-loan-new-home", "lacking", without))


@pytest.mark.parametrize(("variant", "rule"), [("code", "77"), ("other", "411323-0000-000000-9")])
def test_a_spoilt_result_stays_unread_or_is_another_s(town: Town, variant: str, rule: str) -> None:
    hand_over(town, handover("fund-loan-new-home", f"spoilt-{variant}"))
    number = application(town, f"spoilt-{variant}")["number"]
    town.control(CODE, mode="wrong", operation="result", variant=variant, times=1)
    town.decide(CODE, number=number, step="accept")
    if variant == "code":
        with pytest.raises(PeerRefused, match=rule):
            reports(town, "spoilt-code-no", 1)
    else:
        (told,) = reports(town, rule, 1)
        assert told.item_no == rule
