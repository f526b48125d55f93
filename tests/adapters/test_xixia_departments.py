"""The site's departments against their real servers: mappings written from the wire documents alone meet what answers there.

It never looks into the servers' own words: people, firms and deeds are found through the drop folder and through one another.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from adapters.connect import Connected, Connection, Ports, connect, connect_sms
from adapters.contract import (
    Ambiguous,
    Attachment,
    Batch,
    Denied,
    Found,
    Handover,
    Message,
    NotFound,
    Outcome,
    PeerRefused,
    Push,
    Stop,
    Taken,
    Unavailable,
    Unusable,
    UpstreamResult,
    Why,
)
from adapters.kinds.proof import Proof, Verdict
from catalog.dictionary import canonical
from catalog.types import Kind
from tests.adapters.kinds.making import Store, query
from tests.adapters.town import NOW, Town, patience


def rows(place: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(place.read_bytes().decode("gb18030"))))


NIGHTLY = ("bdcqz", "fwzlba", "htba", "jtzf", "dyq")


@dataclass(frozen=True)
class Papers:
    """What the nightly files told before they were taken in."""

    deeds: list[dict[str, str]]
    leases: list[dict[str, str]]
    contracts: list[dict[str, str]]
    families: list[dict[str, str]]
    mortgages: list[dict[str, str]]

    @property
    def buyer(self) -> str:
        """Who bought a home from its builder."""
        return next(row["MSR"].split("/")[1] for row in self.contracts if row["HTLX"] == "1")

    @property
    def firm(self) -> str:
        return self.leases[0]["CZFZJH"]

    @property
    def owner(self) -> str:
        return self.deeds[0]["QLR"].split("/")[1]

    @property
    def founder(self) -> str:
        """A person who rents: a firm's number begins with a 9."""
        rented = (row["CZFZJH"] for row in self.leases if row["BAZT"] == "1")
        return next(number for number in rented if not number.startswith("9"))

    @property
    def shop(self) -> str:
        """An individual business that rents."""
        return next(row["CZFZJH"] for row in self.leases if row["CZFZJH"].startswith("92"))


@pytest.fixture(scope="module")
def papers(town: Town) -> Papers:
    found = {name: rows(place) for name in NIGHTLY for place in town.drop.glob(f"{name}_*.csv")}
    line, batches = town.connected("real-estate"), list[Batch]()
    asyncio.run(line.close())
    line = town.connected("real-estate", batches)
    assert line.collects is not None
    assert line.collects.collect().held == () and {one.rejected for one in batches} == {0}
    asyncio.run(line.close())
    return Papers(*(found[name] for name in NIGHTLY))


# --- each department is well described ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["public-security", "market-regulation", "platform", "real-estate"])
def test_a_department_of_the_site_has_nothing_to_complain_of(town: Town, papers: Papers, code: str) -> None:
    assert town.run(code, lambda line: line.check()) == []


# --- Answers --------------------------------------------------------------------------------------------------------------


def test_a_person_is_found_in_canonical_words(town: Town, papers: Papers) -> None:
    person = town.ask("public-security.person", {"id_number": papers.owner})
    assert isinstance(person, Found) and person.missing == ()
    born = papers.owner[6:14]
    assert person.values["birth_date"] == f"{born[:4]}-{born[4:6]}-{born[6:]}"
    assert person.values["name"] == papers.deeds[0]["QLR"].split("/")[0]
    assert person.values["sex"] in "12" and "　" not in person.values["registered_address"]


def test_a_household_lists_its_members(town: Town, papers: Papers) -> None:
    household = town.ask("public-security.household", {"id_number": papers.owner})
    assert isinstance(household, Found)
    assert papers.owner in [member["id_number"] for member in household.lists["members"]]


def test_nobody_is_not_found(town: Town) -> None:
    assert isinstance(town.ask("public-security.person", {"id_number": "411323190001019997"}), NotFound)
    assert isinstance(town.ask("market-regulation.business-licence", {"uscc": "91411323MA9EXM1K6U"}), NotFound)


def test_a_firm_and_its_licence_come_from_the_register(town: Town, papers: Papers) -> None:
    firm = town.ask("market-regulation.business-licence", {"uscc": papers.firm})
    assert isinstance(firm, Found)
    assert firm.values["enterprise_name"] == papers.leases[0]["CZFMC"].strip()
    assert firm.values["registered_capital"] == "500000"
    assert [one.media_type for one in firm.documents] == ["application/pdf"]
    representative = town.ask("public-security.person", {"id_number": firm.values["legal_representative_id_number"]})
    assert isinstance(representative, Found)
    assert representative.values["name"] == firm.values["legal_representative_name"]


def test_a_lease_leads_to_its_deed_and_the_deed_to_its_owners(town: Town, papers: Papers) -> None:
    lease = town.ask("real-estate.lease", {"uscc": papers.firm})
    assert isinstance(lease, Found) and lease.values["monthly_rent"] == "4500"
    deed = town.ask("real-estate.deed", {"deed_number": lease.values["deed_number"]})
    assert isinstance(deed, Found) and deed.values["floor_area"] == "320.5"
    assert deed.lists["owners"][0]["owner_id_number"] == papers.owner
    assert deed.as_of is not None


def test_a_firm_that_owns_its_premises_leads_to_the_deed_as_well(town: Town, papers: Papers) -> None:
    held = town.ask("real-estate.deed-of-holder", {"uscc": "91411323MA9YJ0024T"})
    assert isinstance(held, Found) and list(held.values) == ["deed_number"]
    deed = town.ask("real-estate.deed", {"deed_number": held.values["deed_number"]})
    assert isinstance(deed, Found) and deed.lists["owners"][0]["owner_uscc"] == "91411323MA9YJ0024T"
    assert "owner_id_number" not in deed.lists["owners"][0], "a firm's code is no person's number"
    assert town.ask("real-estate.deed-of-holder", {"uscc": papers.firm}) == NotFound()  # it rents


def test_a_person_who_rents_is_found_in_the_nightly_file_by_their_own_number(town: Town, papers: Papers) -> None:
    lease = town.ask("real-estate.lease-of-person", {"id_number": papers.founder})
    assert isinstance(lease, Found) and lease.values["deed_number"] in {row["BDCQZH"] for row in papers.deeds}
    assert town.ask("real-estate.lease-of-person", {"id_number": papers.owner}) == NotFound()  # lets, and rents nothing


def test_of_a_person_s_several_deeds_the_clerk_chooses_one(town: Town, papers: Papers) -> None:
    held = town.ask("real-estate.deed-of-person", {"id_number": papers.owner})
    assert isinstance(held, Ambiguous) and len(held.candidates) > 1
    chosen = town.ask("real-estate.deed-of-person", {"id_number": papers.owner}, choice=held.candidates[0].choice)
    assert isinstance(chosen, Found) and list(chosen.values) == ["deed_number"]


def test_a_shopkeeper_s_business_is_found_by_the_keeper_s_number(town: Town, papers: Papers) -> None:
    licence = town.ask("market-regulation.business-licence", {"uscc": papers.shop})
    assert isinstance(licence, Found)
    keeper = {"id_number": licence.values["legal_representative_id_number"]}
    business = town.ask("market-regulation.business-of-person", keeper)
    assert isinstance(business, Found) and business.values["uscc"] == papers.shop
    assert isinstance(town.ask("market-regulation.declared-name", keeper), NotFound)


def test_a_founder_has_a_declared_name_and_no_business_yet(town: Town, papers: Papers) -> None:
    name = town.ask("market-regulation.declared-name", {"id_number": papers.founder})
    assert isinstance(name, Found) and name.values["industry"] and name.valid_to is not None
    assert isinstance(town.ask("market-regulation.business-of-person", {"id_number": papers.founder}), NotFound)


def test_a_buyer_s_contract_and_the_family_s_homes_are_found_by_the_buyer_s_number(town: Town, papers: Papers) -> None:
    buyer = {"id_number": papers.buyer}
    contract = town.ask("real-estate.new-home-contract", buyer)
    price = next(row["ZJK"] for row in papers.contracts if papers.buyer in row["MSR"])
    assert isinstance(contract, Found) and contract.values["purchase_price"] == price[:-2], "fen are yuan"
    count = town.ask("real-estate.home-count", buyer)
    assert isinstance(count, Found) and set(count.values) == {"home_count", "family_size"}
    assert town.ask("real-estate.resale-contract", buyer) == NotFound()


def test_a_family_s_homes_are_listed_and_a_tenant_has_no_record(town: Town, papers: Papers) -> None:
    owner = next(row["ZJH"] for row in papers.families if row["ZFTS"] == "2")
    homes = town.ask("real-estate.homes", {"id_number": owner})
    assert isinstance(homes, Found) and len(homes.lists["homes"]) == int(homes.values["home_count"]) == 2
    listed = {row["ZJH"] for row in papers.families}
    tenant = next(row["CZFZJH"] for row in papers.leases if row["CZFZJH"][0] != "9" and row["CZFZJH"] not in listed)
    assert town.ask("real-estate.homes", {"id_number": tenant}) == NotFound()


def test_a_mortgage_is_found_by_its_debtor(town: Town, papers: Papers) -> None:
    of = papers.mortgages[0]
    mortgage = town.ask("real-estate.mortgage", {"id_number": of["ZWRZJH"]})
    assert isinstance(mortgage, Found) and mortgage.values["mortgage_debt"] == of["ZQSE"][:-2]


def test_the_police_tell_household_and_residence_permit_apart(town: Town, papers: Papers) -> None:
    native, migrant = papers.owner, "41132319880912998X"
    household = town.ask("public-security.household", {"id_number": native})
    assert isinstance(household, Found) and household.values["household_type"] == "family"
    permit = town.ask("public-security.residence-permit", {"id_number": migrant})
    assert isinstance(permit, Found) and permit.values["residence_ground"] == "合法稳定住所"
    assert isinstance(town.ask("public-security.residence-permit", {"id_number": native}), NotFound)


def test_deeds_and_leases_that_ended_do_not_answer(town: Town, papers: Papers) -> None:
    past = [deed["BDCQZH"] for deed in papers.deeds if deed["QSZT"] != "1"]
    over = [lease["CZFZJH"] for lease in papers.leases if lease["BAZT"] != "1"]
    assert past and over
    assert all(town.ask("real-estate.deed", {"deed_number": number}) == NotFound() for number in past)
    assert all(town.ask("real-estate.lease", {"uscc": number}) == NotFound() for number in over)


def test_the_certificate_library_is_asked_by_holder_and_type(town: Town, papers: Papers) -> None:
    outcome = town.ask("platform.fire-acceptance", {"uscc": papers.firm})
    assert isinstance(outcome, Found) and outcome.values["acceptance_document_number"]
    assert outcome.documents == () and outcome.missing == ("document",)  # the library keeps this one without its file


@pytest.mark.parametrize(
    "code",
    [
        "market-regulation.business-licence",
        "public-security.person",
        "real-estate.deed",
        "housing-construction.fire-acceptance",
    ],
)
def test_a_resource_that_its_department_withdrew_is_unavailable_to_a_case_of_an_older_catalog(
    town: Town, papers: Papers, code: str
) -> None:
    resource = town.site.resources[code]
    fewer = {name: known for name, known in town.site.resources.items() if name != code}
    today = replace(town, site=replace(town.site, resources=fewer))

    async def run(line: Connected) -> Outcome:
        assert line.answers is not None
        return await line.answers.answer(query(resource, dict.fromkeys(resource.subject, papers.firm)))

    assert today.run(resource.department, run) == Unavailable(Why.WITHDRAWN)


def test_every_value_of_every_department_is_what_the_dictionary_calls_canonical(town: Town, papers: Papers) -> None:
    subjects = {
        "id_number": papers.owner,
        "uscc": papers.firm,
        "deed_number": papers.leases[0]["BDCQZH"],
        "purchase_contract_number": papers.contracts[0]["BAH"],
    }
    answered = 0
    for code, resource in town.site.resources.items():
        if resource.way or town.site.departments[resource.department].kind is Kind.INBOX:
            continue
        outcome = town.ask(code, {key: subjects[key] for key in resource.subject})
        for row in (
            (outcome.values, *(row for rows in outcome.lists.values() for row in rows))
            if isinstance(outcome, Found)
            else ()
        ):
            for name, text in row.items():
                assert canonical(town.site.dictionary[name], text) == text, f"{code} {name}"
                answered += 1
    assert answered > 30


def test_the_request_number_is_in_the_departments_own_journal(town: Town, papers: Papers) -> None:
    town.ask("public-security.person", {"id_number": papers.owner}, request_id="R-4711")
    assert any("R-4711" in json.dumps(entry) for entry in town.journal("public-security"))


# --- faults ---------------------------------------------------------------------------------------------------------------


FAULTS: list[tuple[dict[str, object], Outcome | type]] = [
    ({"mode": "several"}, Ambiguous),
    ({"mode": "nobody"}, NotFound),
    ({"mode": "denied"}, Denied),
    ({"mode": "busy"}, Unavailable(Why.BUSY)),
    ({"mode": "slow", "seconds": 3}, Unavailable(Why.TIMEOUT)),
    ({"mode": "drop_answer"}, Unavailable(Why.BROKEN_OFF)),
    ({"mode": "down"}, Unavailable),
    ({"mode": "refuse"}, Unusable),
    ({"mode": "wrong", "variant": "garbled"}, Unusable),
    ({"mode": "wrong", "variant": "date"}, Unusable),
    ({"mode": "wrong", "variant": "code"}, Unusable),
    ({"mode": "wrong", "variant": "missing"}, Unusable),
    ({"mode": "wrong", "variant": "other"}, Unusable),
]


def subject_of(town: Town, papers: Papers, resource: str) -> dict[str, str]:
    """Somebody whom this resource knows."""
    person = {"market-regulation.declared-name": papers.founder}.get(resource, papers.owner)
    if resource == "market-regulation.business-of-person":
        licence = town.ask("market-regulation.business-licence", {"uscc": papers.shop})
        assert isinstance(licence, Found)
        person = licence.values["legal_representative_id_number"]
    return {"id_number": person, "uscc": papers.firm}


@pytest.mark.parametrize(
    "resource",
    [
        "public-security.person",
        "market-regulation.business-licence",
        "market-regulation.business-of-person",
        "market-regulation.declared-name",
    ],
)
@pytest.mark.parametrize(
    ("order", "expected"), FAULTS, ids=lambda one: "-".join(map(str, one.values())) if isinstance(one, dict) else ""
)
def test_each_fault_of_a_department_has_its_outcome(
    town: Town, papers: Papers, resource: str, order: dict[str, object], expected: Outcome | type
) -> None:
    code, subject = resource.partition(".")[0], subject_of(town, papers, resource)
    wanted = {key: subject[key] for key in town.site.resources[resource].subject}
    town.control(code, **order)
    try:
        outcome = town.ask(resource, wanted, timeout_seconds=patience(order))
    finally:
        town.control(code, mode="normal")
    assert isinstance(outcome, expected) if isinstance(expected, type) else outcome == expected


def test_of_two_matches_the_chosen_one_is_found(town: Town, papers: Papers) -> None:
    town.control("public-security", mode="several")
    several = town.ask("public-security.person", {"id_number": papers.owner})
    town.control("public-security", mode="normal")
    assert isinstance(several, Ambiguous) and all(one.choice and one.label for one in several.candidates)
    chosen = town.ask("public-security.person", {"id_number": papers.owner}, choice=several.candidates[0].choice)
    assert isinstance(chosen, Found | NotFound)


def test_wrong_credentials_are_denied(town: Town, papers: Papers) -> None:
    async def run(line: Connected) -> Outcome:
        assert line.answers is not None
        return await line.answers.answer(
            query(town.site.resources["public-security.person"], {"id_number": papers.owner})
        )

    wrong = Connection(town.addresses["public-security"], {"account": "x", "password": "y"})
    department = town.site.departments["public-security"]

    async def whole() -> Outcome:
        line = connect(department, town.site.resources.values(), wrong, Ports(clock=lambda: NOW, inbox=Store()))
        try:
            return await run(line)
        finally:
            await line.close()

    outcome = asyncio.run(whole())
    assert isinstance(outcome, Denied) and outcome.reason == "credentials_refused"


# --- Handles --------------------------------------------------------------------------------------------------------------

FORM = {
    "enterprise.enterprise_name": "西峡县示例民宿有限公司",
    "legal_representative.name": "测试甲",
    "legal_representative.phone": "19900000001",
    "premises.premises_name": "示例小院",
    "premises.address": "河南省南阳市西峡县样例路1号",
    "premises.floor_area": "320.5",
    "premises.tenure": "leased",
    "premises.room_count": "8",
    "premises.bed_count": "12",
    "food.business_type": "2",
    "food.items": "0201,0205",
    "enterprise.staff_count": "6",
}


def handover(papers: Papers, item: str, key: str, **more: Any) -> Handover:
    form = {**FORM, "enterprise.uscc": papers.firm, "legal_representative.id_number": papers.owner}
    rules = Attachment("rules", "管理制度", "C", media_type="application/pdf", body=b"%PDF-1.4")
    licence = Attachment("licence", "营业执照", "A", sha256="0" * 64)
    return Handover(
        key, "c-1", f"{key}-no", item, "测试事项", more.pop("pre_review", False), 5, form, {}, (rules, licence), **more
    )


@pytest.mark.parametrize(("code", "item"), [("public-security", "hotel-permit"), ("market-regulation", "food-permit")])
def test_an_item_case_is_taken_once_however_often_it_is_sent(town: Town, papers: Papers, code: str, item: str) -> None:
    async def run(line: Connected) -> tuple[Taken, Taken]:
        assert line.handles is not None
        case = handover(papers, item, f"once-{item}")
        return await line.handles.hand_over(case), await line.handles.hand_over(case)

    first, second = town.run(code, run)
    assert first.department_no and first.department_no == second.department_no
    assert (first.again, second.again) == (False, True) and first.at is not None


@pytest.mark.parametrize(("code", "item"), [("public-security", "hotel-permit"), ("market-regulation", "food-permit")])
def test_a_correction_comes_again_under_the_same_number(town: Town, papers: Papers, code: str, item: str) -> None:
    async def hand(key: str, **more: Any) -> Taken:
        line = town.connected(code)
        assert line.handles is not None
        try:
            case = handover(papers, item, f"mend-{item}", **more)
            return await line.handles.hand_over(replace(case, key=key))
        finally:
            await line.close()

    first = asyncio.run(hand("mend-1"))
    order = {"number": first.department_no, "step": "correction", "defects": [{"material": "制度", "reason": "缺页"}]}
    httpx2.post(f"{town.addresses[code]}/_decide", json=order, trust_env=False).raise_for_status()
    mended = asyncio.run(hand("mend-2", correction=True))
    assert first.department_no == mended.department_no


@pytest.mark.parametrize(("code", "item"), [("public-security", "hotel-permit"), ("market-regulation", "food-permit")])
def test_a_department_stops_what_was_withdrawn(town: Town, papers: Papers, code: str, item: str) -> None:
    async def run(line: Connected) -> None:
        assert line.handles is not None
        taken = await line.handles.hand_over(handover(papers, item, f"stop-{item}"))
        await line.handles.stop(Stop("s1", "n", taken.department_no, "申请人撤回", item))
        with pytest.raises(PeerRefused):
            await line.handles.stop(Stop("s2", "n", "no-such-number", "申请人撤回", item))

    town.run(code, run)


def test_a_waiting_permit_gets_both_upstream_results(town: Town, papers: Papers) -> None:
    def result(key: str, number: str, upstream: str, document: Attachment | None) -> UpstreamResult:
        return UpstreamResult(key, "n", number, upstream, "结果", "X-1", document, NOW, "hotel-permit")

    async def run(line: Connected) -> None:
        assert line.handles is not None
        taken = await line.handles.hand_over(handover(papers, "hotel-permit", "wait", pre_review=True))
        paper = Attachment("fire", "消防意见书", "A", media_type="application/vnd.yijian.certificate+json", body=b"{}")
        number = taken.department_no
        await line.handles.supply(result("u1", number, "fire-safety-inspection", paper))
        await line.handles.supply(result("u2", number, "public-place-hygiene-permit", None))
        await line.handles.supply(result("u2", number, "public-place-hygiene-permit", None))

    town.run("public-security", run)


# --- Receives, Tells --------------------------------------------------------------------------------------------------------

COMMON = {
    "item": "food-permit",
    "item_title": "食品经营许可",
    "matter_title": "我要开民宿",
    "department_name": "市监局",
}
PUSHES = {
    "up_pro_accept": {
        "applicant_name": "西峡县示例民宿有限公司",
        "applicant_code": "91411323MA9EXM1K6U",
        "applicant_kind": "enterprise",
        "accepted_at": NOW.isoformat(),
        "promised_workdays": "5",
        "channel": "window",
        "basic_code": "000990000005",
        "task_code": "11411323MB0000902F4000990000005",
        "department_uscc": "11411323MB0000902F",
    },
    "up_pro_process": {"step": "accepted", "step_title": "已受理", "outcome": "pass", "started_at": NOW.isoformat()},
    "up_pro_result": {"result": "approved", "result_title": "准予", "decided_at": NOW.isoformat()},
    "up_pro_special_procedure": {
        "special_kind": "2",
        "special_name": "专家评审",
        "action": "start",
        "at": NOW.isoformat(),
    },
    "up_pro_material": {
        "materials": '[{"name": "营业执照", "status": "exempt"}, {"name": "制度", "status": "uploaded"}]'
    },
    "up_lic_data": {
        "certificate_identifier": "1.2.156.3005.2.x",
        "certificate_number": "JY1",
        "certificate_name": "食品经营许可证",
        "certificate_type": "11410000MB99000416001",
        "holder_name": "西峡县示例民宿有限公司",
        "holder_code": "91411323MA9EXM1K6U",
        "holder_code_type": "001",
        "authority_name": "市监局",
        "authority_code": "11411323MB0000902F",
        "issued_on": "2026-11-20",
        "region": "411323",
    },
}


@pytest.mark.parametrize("idempotent", ["true", "false"])
@pytest.mark.parametrize("table", sorted(PUSHES))
def test_every_table_is_taken_once_however_often_it_is_pushed(town: Town, table: str, idempotent: str) -> None:
    push = Push(f"{table}-{idempotent}", table, "c-1", "c-1-1", NOW, {**COMMON, **PUSHES[table]})

    async def run(line: Connected) -> tuple[Taken, Taken]:
        assert line.receives is not None
        return await line.receives.receive(push), await line.receives.receive(push)

    first, second = town.run("platform", run, idempotent=idempotent)
    assert first.department_no == second.department_no and (first.again, second.again) == (False, True)


def test_an_applicant_is_told_once(town: Town) -> None:
    async def whole() -> tuple[Taken, Taken]:
        line = connect_sms(town.site.departments["platform"], town.connection("sms"), Ports(clock=lambda: NOW))
        assert line.tells is not None
        try:
            message = Message("m-1", "19900000001", "您的办件已受理。")
            return await line.tells.tell(message), await line.tells.tell(message)
        finally:
            await line.close()

    first, second = asyncio.run(whole())
    assert first.department_no == second.department_no and second.again


# --- file drop --------------------------------------------------------------------------------------------------------------


def test_the_nightly_files_are_taken_once_and_old_ones_are_too_old(town: Town, papers: Papers) -> None:
    line = town.connected("real-estate")
    assert line.collects is not None and line.collects.collect().batches == ()
    asyncio.run(line.close())
    late = Ports(
        clock=lambda: NOW.replace(month=12),
        inbox=Store(),
        on_batch=lambda batch: None,
        replica_folder=town.folder / "replicas",
    )
    site = town.site

    async def run() -> Outcome:
        old = connect(site.departments["real-estate"], site.resources.values(), town.connection("real-estate"), late)
        assert old.answers is not None
        try:
            return await old.answers.answer(query(site.resources["real-estate.lease"], {"uscc": papers.firm}))
        finally:
            await old.close()

    assert asyncio.run(run()) == Unavailable(Why.TOO_OLD)


# --- credentials ------------------------------------------------------------------------------------------------------------

REFUSING = (
    "civil-affairs",
    "human-resources",
    "market-regulation",
    "platform",
    "public-security",
    "tax",
    "urban-management",
)


def proven(town: Town, code: str, place: Connection, off: timedelta = timedelta(0)) -> list[Proof]:
    async def run() -> list[Proof]:
        ports = Ports(
            lambda: datetime.now(UTC) + off, Store(), on_batch=lambda _: None, replica_folder=town.folder / "replicas"
        )
        line = connect(town.site.departments[code], town.site.resources.values(), place, ports)
        try:
            return await line.prove()
        finally:
            await line.close()

    return asyncio.run(run())


def test_every_department_takes_the_credentials_that_it_gave(town: Town) -> None:
    connected = [code for code in town.site.departments if code in town.connections]
    found = {code: proven(town, code, town.connection(code)) for code in connected}
    assert {code for code, proofs in found.items() if [one.verdict for one in proofs] != [Verdict.TAKEN]} == set()
    assert len(found) >= 13


@pytest.mark.parametrize("code", REFUSING)
def test_a_wrong_secret_is_refused_by_name_and_never_repeated(town: Town, code: str) -> None:
    place = town.connection(code)
    (found,) = proven(town, code, replace(place, secrets={name: "falsch" for name in place.secrets}))
    assert found.verdict is Verdict.REFUSED and "does not take" in found.sentence
    assert all(repr(name) in found.sentence for name in place.secrets) and "falsch" not in found.sentence


def test_a_department_whose_papers_give_a_call_about_nobody_is_asked_by_it(town: Town) -> None:
    (found,) = proven(town, "transport", town.connection("transport"))
    assert found.verdict is Verdict.TAKEN and "declared probe" in found.sentence
    (wrong,) = proven(town, "transport", replace(town.connection("transport"), secrets={"api_key": "falsch"}))
    assert wrong.verdict is Verdict.REFUSED and "'api_key'" in wrong.sentence and "falsch" not in wrong.sentence


def test_a_clock_that_is_off_is_named_instead_of_the_key_that_signed(town: Town) -> None:
    (found,) = proven(town, "tax", town.connection("tax"), timedelta(hours=1))
    assert found.verdict is Verdict.REFUSED
    assert "seconds behind ours" in found.sentence and "set the clock first" in found.sentence


def test_proving_asks_about_nobody(town: Town) -> None:
    def subjects(code: str) -> list[str]:
        rows = httpx2.get(f"{town.addresses[code]}/_journal", trust_env=False, timeout=30).json()["requests"]
        return [row["subject"] for row in rows if row["subject"]]

    before = {code: subjects(code) for code in REFUSING}
    assert all(proven(town, code, town.connection(code)) for code in REFUSING)
    assert {code: subjects(code) for code in REFUSING} == before
