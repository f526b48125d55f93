"""税务局 over its real server: declarations are assessed, wait for the payment, and give a receipt that the tax office signed itself. No whole case."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from adapters.connect import Ports, connect
from adapters.contract import (
    Ambiguous,
    Attachment,
    Denied,
    Found,
    Handover,
    NotFound,
    Outcome,
    PeerRefused,
    PeerUnreachable,
    Stop,
    Taken,
    Unavailable,
    Unusable,
    Why,
)
from adapters.simulators.population import person
from adapters.simulators.population.homes import NEW_HOMES, NewHome
from adapters.simulators.population.taxes import DEED_TAXES
from catalog.dictionary import canonical
from certificates.trust import read_trust
from certificates.verify import verify
from tests.adapters.kinds.making import query
from tests.adapters.town import Town, patience

CODE = "tax"
ITEM = "deed-tax-declaration"
RECEIPT = "tax.deed-tax-receipt"


def home_of(key: str) -> NewHome:
    return next(home for home in NEW_HOMES if home.key == key)


def form_of(key: str, contract: str = "") -> dict[str, str]:
    home, buyer = home_of(key), person(key)
    return {
        "applicant.id_number": buyer.id_number,
        "applicant.name": buyer.name,
        "applicant.phone": "19900000001",
        "home.contract_number": contract or home.number,
        "home.address": home.place.line,
        "home.area": f"{home.area / 100}",
        "home.price": f"{home.price / 100}",
        "home.contract_signed_on": "2026-09-05",
        "home.count": "0",
        "deed_tax.transfer": "new-home",
        "deed_tax.base": "500000",
        "deed_tax.home_rank": "only",
        "deed_tax.family": "测试甲、演示乙",
    }


def handover(key: str, form: dict[str, str], **more: Any) -> Handover:
    papers = (
        Attachment("form", "申报表", "C", media_type="application/pdf", body=b"%PDF-1.4"),
        Attachment("invoice", "购房发票", "A", sha256="0" * 64),
    )
    return Handover(key, "c-1", f"{key}-no", ITEM, "契税申报", False, 1, form, {}, papers, **more)


def declare(town: Town, *cases: Handover) -> list[Taken]:
    async def run(line: Any) -> list[Taken]:
        return [await line.handles.hand_over(case) for case in cases]

    return town.run(CODE, run)


def stop(town: Town, key: str, number: str) -> None:
    async def run(line: Any) -> None:
        await line.handles.stop(Stop(key, "n", number, "申请人自愿", ITEM))

    town.run(CODE, run)


def lying(town: Town, number: str) -> dict[str, Any]:
    return next(one for one in town.applications(CODE) if one["number"] == number)


def pay(town: Town, **payment: object) -> httpx2.Response:
    return httpx2.post(f"{town.addresses[CODE]}/_pay", json=payment, trust_env=False)


def receipt(town: Town, key: str, contract: str = "", **more: Any) -> Outcome:
    subject = {"id_number": person(key).id_number, "purchase_contract_number": contract or home_of(key).number}
    return town.ask(RECEIPT, subject, request_id=str(uuid4()), **more)


def tax_of(key: str) -> int:
    return next(entry.due for entry in DEED_TAXES if entry.key == key)


# --- declarations -------------------------------------------------------------------------------------------------------


def test_its_mapping_has_nothing_to_complain_of(town: Town) -> None:
    assert town.run(CODE, lambda line: line.check()) == []


def test_a_declaration_is_taken_once_and_assessed_by_the_filed_contract(town: Town) -> None:
    case = handover("once", form_of("second_home_buyer"))
    first, second = declare(town, case, case)
    assert first.department_no == second.department_no and (first.again, second.again) == (False, True)
    assert first.at is not None and lying(town, first.department_no)["due"] == tax_of("second_home_buyer")


@pytest.mark.parametrize(
    ("area", "rank", "due"),
    [("140", "only", 500_000), ("140.01", "only", 750_000), ("140.01", "second", 1_000_000), ("90", "more", 1_500_000)],
)
def test_a_contract_that_nobody_filed_is_assessed_by_what_is_declared(
    town: Town, area: str, rank: str, due: int
) -> None:
    key = f"unfiled-{area}-{rank}"
    form = {**form_of("buyer", key), "home.area": area, "deed_tax.home_rank": rank}
    (taken,) = declare(town, handover(key, form))
    assert lying(town, taken.department_no)["due"] == due


def test_nothing_is_approved_before_it_is_paid_and_then_the_receipt_is_there(town: Town) -> None:
    (taken,) = declare(town, handover("whole", form_of("buyer")))
    number = taken.department_no
    town.decide(CODE, number=number, step="accept")
    with pytest.raises(httpx2.HTTPStatusError):
        town.decide(CODE, number=number, step="approve")
    town.decide(CODE, number=number, step="suspend", name="待缴款")
    assert isinstance(receipt(town, "buyer"), NotFound)
    assert pay(town, number=number, amount=1).status_code == 409  # another sum
    assert pay(town, item_no="whole-no", amount=tax_of("buyer")).json() == {"paid": True, "new": True}
    assert pay(town, number=number).json() == {"paid": True, "new": False}
    town.decide(CODE, number=number, step="approve")
    found = receipt(town, "buyer")
    assert isinstance(found, Found) and found.values["deed_tax_paid"] == f"{tax_of('buyer') / 100:g}"
    assert found.values["tax_receipt_number"] == lying(town, number)["receipt_no"]


def test_a_correction_is_assessed_anew_under_the_same_number(town: Town) -> None:
    form = {**form_of("buyer", "mend"), "home.area": "120"}
    (first,) = declare(town, handover("mend", form))
    town.decide(
        CODE, number=first.department_no, step="correction", defects=[{"material": "申报表", "reason": "面积有误"}]
    )
    mended = handover("mended", {**form, "home.area": "150"}, correction=True)
    again, repeated = declare(town, replace(mended, item_no="mend-no"), replace(mended, item_no="mend-no"))
    assert again.department_no == repeated.department_no == first.department_no and repeated.again
    assert lying(town, first.department_no)["due"] == 750_000


def test_a_correction_that_nobody_asked_for_needs_a_person(town: Town) -> None:
    declare(town, handover("unasked", form_of("buyer", "unasked")))
    with pytest.raises(PeerRefused, match="3001"):
        declare(
            town, replace(handover("unasked-2", form_of("buyer", "unasked"), correction=True), item_no="unasked-no")
        )


def test_what_was_paid_before_is_refused_with_the_reason(town: Town) -> None:
    (taken,) = declare(town, handover("paid", form_of("big_home_buyer")))
    assert lying(town, taken.department_no)["state"] == "refused"


def test_a_declaration_is_withdrawn_once_and_not_after_it_was_paid(town: Town) -> None:
    (one,), (two,) = declare(town, handover("stop", form_of("buyer", "stop"))), declare(town, handover("late", form_of("buyer", "late")))  # fmt: skip
    stop(town, "s1", one.department_no)
    stop(town, "s1", one.department_no)
    assert lying(town, one.department_no)["state"] == "withdrawn"
    town.decide(CODE, number=two.department_no, step="accept")
    pay(town, number=two.department_no)
    with pytest.raises(PeerRefused, match="3001"):
        stop(town, "s2", two.department_no)
    with pytest.raises(PeerRefused):
        stop(town, "s3", "no-such-number")


def test_a_busy_office_is_tried_again_with_the_same_key(town: Town) -> None:
    case = handover("busy", form_of("buyer", "busy"))
    town.control(CODE, mode="busy", operation="SB01", times=1)
    with pytest.raises(PeerUnreachable):
        declare(town, case)
    (taken,) = declare(town, case)
    assert taken.department_no and not taken.again


def test_an_answer_that_was_lost_makes_no_second_declaration(town: Town) -> None:
    case = handover("lost", form_of("buyer", "lost"))
    town.control(CODE, mode="drop_answer", operation="SB01", times=1)
    with pytest.raises(PeerUnreachable):
        declare(town, case)
    (taken,) = declare(town, case)
    assert taken.again and [one["key"] for one in town.applications(CODE)].count("lost") == 1


@pytest.mark.parametrize("variant", ["garbled", "missing"])
def test_a_receipt_for_it_that_nobody_can_use_is_asked_for_again(town: Town, variant: str) -> None:
    case = handover(f"unusable-{variant}", form_of("buyer", f"unusable-{variant}"))
    town.control(CODE, mode="wrong", variant=variant, operation="SB01", times=1)
    with pytest.raises(PeerUnreachable):
        declare(town, case)
    (taken,) = declare(town, case)
    assert taken.again


def test_a_form_without_what_the_office_must_have_is_not_sent(town: Town) -> None:
    without = {key: text for key, text in form_of("buyer").items() if key != "deed_tax.home_rank"}
    with pytest.raises(PeerRefused, match="tcdm"):
        declare(town, handover("lacking", without))


# --- receipts -----------------------------------------------------------------------------------------------------------


def test_a_receipt_reads_in_canonical_words(town: Town) -> None:
    found = receipt(town, "big_home_buyer")
    assert isinstance(found, Found) and found.values["deed_tax_paid_on"] == "2026-08-20"
    for name, text in found.values.items():
        assert canonical(town.site.dictionary[name], text) == text


def test_the_document_is_signed_by_the_tax_office_and_the_same_each_time(town: Town) -> None:
    first, second = receipt(town, "big_home_buyer"), receipt(town, "big_home_buyer")
    assert isinstance(first, Found) and isinstance(second, Found)
    (file,), (again,) = first.documents, second.documents
    report = verify(file.body, read_trust(town.folder / "trust"), datetime.now(UTC))
    assert report.ok and report.certificate is not None and file.body == again.body
    content = report.certificate.content
    assert (content.authority.code, content.type_code) == (
        town.site.departments[CODE].uscc, town.site.resources[RECEIPT].certificate_type,
    )  # fmt: skip
    assert content.holder.code == person("big_home_buyer").id_number


def test_somebody_else_s_receipt_is_not_to_be_had(town: Town) -> None:
    assert isinstance(receipt(town, "single_buyer", home_of("big_home_buyer").number), NotFound)


FAULTS: list[tuple[dict[str, object], Any]] = [
    ({"mode": "several"}, Ambiguous),
    ({"mode": "nobody"}, NotFound),
    ({"mode": "denied"}, Denied),
    ({"mode": "busy"}, Unavailable(Why.BUSY)),
    ({"mode": "slow", "seconds": 3}, Unavailable(Why.TIMEOUT)),
    ({"mode": "drop_answer"}, Unavailable(Why.BROKEN_OFF)),
    ({"mode": "refuse"}, Unusable),
    *(({"mode": "wrong", "variant": variant}, Unusable) for variant in ("garbled", "date", "code", "missing", "other")),
]


@pytest.mark.parametrize(("order", "expected"), FAULTS, ids=lambda one: "" if isinstance(one, type) else str(one))
def test_each_fault_has_its_outcome(town: Town, order: dict[str, object], expected: Any) -> None:
    town.control(CODE, **order)
    try:
        outcome = receipt(town, "big_home_buyer", timeout_seconds=patience(order))
    finally:
        town.control(CODE, mode="normal")
    assert isinstance(outcome, expected) if isinstance(expected, type) else outcome == expected


def test_two_requests_at_once_are_given_one_certificate(town: Town) -> None:
    async def run(line: Any) -> list[Outcome]:
        from tests.adapters.kinds.making import query

        subject = {
            "id_number": person("big_home_buyer").id_number,
            "purchase_contract_number": home_of("big_home_buyer").number,
        }
        resource = town.site.resources[RECEIPT]
        return list(
            await asyncio.gather(
                *(line.answers.answer(query(resource, subject, request_id=str(uuid4()))) for _ in range(2))
            )
        )

    one, two = town.run(CODE, run)
    assert isinstance(one, Found) and isinstance(two, Found) and one.documents[0].body == two.documents[0].body


# --- who asks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "outcome"), [(-9, Found), (9, Found), (-11, Denied), (11, Denied)])
def test_a_clock_that_is_too_far_off_is_denied_and_never_no_record(town: Town, minutes: int, outcome: type) -> None:
    async def run() -> Outcome:
        ports = Ports(clock=lambda: datetime.now(UTC) + timedelta(minutes=minutes))
        line = connect(town.site.departments[CODE], town.site.resources.values(), town.connection(CODE), ports)
        assert line.answers is not None
        try:
            buyer = "big_home_buyer"
            subject = {"id_number": person(buyer).id_number, "purchase_contract_number": home_of(buyer).number}
            return await line.answers.answer(query(town.site.resources[RECEIPT], subject, request_id=str(uuid4())))
        finally:
            await line.close()

    assert isinstance(asyncio.run(run()), outcome)
