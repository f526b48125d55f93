"""Homes, taxes and schools of the first site: loans that differ, a tax that is paid, certificates that are gathered, sheets for schools."""

from __future__ import annotations

import pytest

from catalog.demand import form_of, items_for, materials_of
from catalog.loading import load
from catalog.types import IssuedBy, ItemKind, Matter, Site
from tests.catalog.conftest import ON, XIXIA

LOANS = {"new": "fund-loan-new-home", "second": "fund-loan-second-hand", "build": "fund-loan-self-built"}


@pytest.fixture(scope="module")
def site() -> Site:
    return load(XIXIA, ON).site


@pytest.fixture
def loan(site: Site) -> Matter:
    return site.matters["housing-fund-loan"]


def keys(matter: Matter, **answers: str) -> set[str]:
    return {field.key for field in form_of(matter, items_for(matter, answers), answers).fields}


@pytest.mark.parametrize(("home", "item"), LOANS.items())
def test_one_loan_and_one_mortgage_at_a_time(loan: Matter, home: str, item: str) -> None:
    assert set(items_for(loan, {"home_kind": home})) == {item, "mortgage-first"}


def test_the_spouse_is_asked_about_only_who_borrows_too(loan: Matter) -> None:
    assert not {key for key in keys(loan) if key.startswith("co_borrower.")}
    both = form_of(loan, items_for(loan, {}), {"borrowers": "spouse"})
    asked = {s.resource for f in both.fields if f.key.startswith("co_borrower.") for s in f.sources}
    assert asked == {"housing-fund.account", "public-security.person"}


def test_who_builds_has_no_contract_and_who_buys_no_building_site(loan: Matter) -> None:
    built, bought = keys(loan, home_kind="build"), keys(loan, home_kind="new")
    assert "home.contract_number" not in built and "building.homestead_number" in built
    assert "home.contract_number" in bought and not {key for key in bought if key.startswith("building.")}


def test_a_repair_needs_an_appraisal_and_a_new_building_a_permit(loan: Matter) -> None:
    def materials(way: str) -> set[str]:
        answers = {"home_kind": "build", "building_way": way}
        return {one.material.code for one in materials_of(loan, items_for(loan, answers), answers)}

    assert "house-safety-appraisal" in materials("repaired") and "rural-planning-permit" not in materials("repaired")
    assert "rural-planning-permit" in materials("built") and "house-safety-appraisal" not in materials("built")


def test_the_mortgage_is_handed_the_loan_s_approval(loan: Matter) -> None:
    upstream = {(one.upstream, one.downstream) for one in loan.dependencies}
    assert {(item, "mortgage-first") for item in LOANS.values()} <= upstream


def test_a_declaration_waits_for_its_payment_and_the_receipt_is_the_tax_office_s_own(site: Site) -> None:
    declared, receipt = site.items["deed-tax-declaration"], site.items["deed-tax-receipt"]
    assert (declared.kind, declared.special_procedures) == (ItemKind.DECLARATION, ("待缴款",))
    assert (receipt.kind, receipt.result.issued_by) == (ItemKind.PRINT_OUT, IssuedBy.DEPARTMENT)
    assert site.resources[receipt.result.resource].certificate_type == receipt.result.certificate_type


@pytest.mark.parametrize("code", ["kindergarten-enrolment", "school-enrolment"])
def test_an_enrolment_is_look_ups_alone_and_the_bureau_takes_the_sheet(site: Site, code: str) -> None:
    matter = site.matters[code]
    assert matter.sheet and {one.kind for one in matter.demands.values()} == {ItemKind.LOOK_UP}
    assert code in site.departments["education"].handles and not site.items.keys() & {code}


def test_a_kindergarten_asks_which_class_and_nobody_which_stage(site: Site) -> None:
    matter = site.matters["kindergarten-enrolment"]
    grade = next(field for field in matter.fields if field.key == "child.grade")
    assert not matter.questions and [code.title for code in grade.definition.codes] == ["小班", "中班", "大班"]
    assert {field.title for field in matter.fields if field.key == "child.school"} == {"申请幼儿园"}


@pytest.mark.parametrize("stage", ["primary", "junior"])
def test_a_school_offers_no_kindergarten_and_no_class_of_one(site: Site, stage: str) -> None:
    matter = site.matters["school-enrolment"]
    assert [answer.code for answer in matter.questions[0].answers] == ["primary", "junior"]
    form = form_of(matter, items_for(matter, {}), {"stage": stage})
    offered = [code.title for field in form.fields if field.key.startswith("child.") for code in field.definition.codes]
    assert "child.grade" not in {field.key for field in form.fields} and not {"幼儿园", "小班"} & set(offered)
    assert {"小学（一年级）", "初中（七年级）"} <= set(offered)


def test_a_graduate_s_diploma_is_looked_up_and_need_not_be_brought(site: Site) -> None:
    matter = site.matters["graduate-settlement"]
    field = next(field for field in matter.fields if field.key == "schooling.diploma_number")
    assert [source.resource for source in field.sources] == ["education.diploma"]
    brought = materials_of(matter, items_for(matter, {}), {})
    assert next(one for one in brought if one.material.code == "diploma").exemption is not None
