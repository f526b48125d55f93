"""Look-ups, print-outs and verification sheets in a site's files: what is read, and each way in which they do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.loading import load
from catalog.needs import needs
from catalog.types import ItemKind
from tests.catalog.conftest import ON, spoiled

HOUSEHOLD, PRINT = "items/household-look-up.toml", "items/deed-tax-print-out.toml"
ENROL, TAX = "matters/enrol-child.toml", "departments/tax/department.toml"
DECLARED = "items/deed-tax-declaration.toml"
EDUCATION = "departments/education/department.toml"


def test_the_unspoiled_site_of_look_ups_has_no_mismatch(asked: Path) -> None:
    assert load(asked, ON).mismatches == ()


def test_a_look_up_names_the_resource_and_the_subject_of_its_answer(asked: Path) -> None:
    item = load(asked, ON).site.items["household-look-up"]
    assert item.is_asked and not item.has_acceptance and item.kind is ItemKind.LOOK_UP
    assert (item.result.resource, item.result.subject) == ("police.household", {"id_number": "child.id_number"})


def test_a_matter_says_that_its_lead_gets_a_sheet(asked: Path) -> None:
    site = load(asked, ON).site
    assert site.matters["enrol-child"].sheet and not site.matters["pay-deed-tax"].sheet


def test_the_document_of_a_print_out_is_a_need_of_its_matter(asked: Path) -> None:
    found = [need for need in needs(load(asked, ON).site) if need.use == "result"]
    assert [(n.matter, n.item, n.resource) for n in found] == [
        ("pay-deed-tax", "deed-tax-print-out", "tax.deed-tax-certificate")
    ]


FAULTS = [
    # (file, old text, new text, code)
    pytest.param(HOUSEHOLD, 'resource = "police.household"\n', "", "NO_RESOURCE", id="look-up-of-nothing"),
    pytest.param(HOUSEHOLD, '"police.household"', '"police.house"', "UNKNOWN_RESOURCE", id="unknown-resource"),
    pytest.param(
        HOUSEHOLD, '{ id_number = "child', '{ name = "child', "SUBJECT_UNSATISFIED", id="subject-of-another-kind"
    ),
    pytest.param(HOUSEHOLD, '"child.id_number" }', '"child.number" }', "UNKNOWN_FIELD", id="subject-not-on-the-form"),
    pytest.param(
        HOUSEHOLD, '"child.id_number" }', '"guardian.id_number" }', "NOT_ASKED", id="about-whom-the-form-does-not-ask"
    ),
    pytest.param(HOUSEHOLD, '"police.household"', '"health.vaccination"', "NOT_ASKED", id="what-no-field-asks"),
    pytest.param(HOUSEHOLD, '"nobody"', '"department"', "RESULT_UNCLEAR", id="look-up-that-issues"),
    pytest.param(HOUSEHOLD, '"look_up"', '"filing"', "RESULT_UNCLEAR", id="decided-and-asked"),
    pytest.param(PRINT, 'issued_by = "department"', 'issued_by = "hub"', "RESULT_UNCLEAR", id="print-out-signed-here"),
    pytest.param(
        DECLARED, 'certificate_type = "11410000MB9900017M702"', "", "NO_CERTIFICATE_TYPE", id="result-of-no-type"
    ),
    pytest.param(TAX, 'certificate_type = "11410000MB9900017M701"', "", "NO_DOCUMENT", id="print-out-of-no-document"),
    pytest.param(PRINT, 'fields = ["buyer.id_number"]', "fields = []", "NOT_ASKED", id="print-out-subject-not-asked"),
    pytest.param(
        "grants.toml", 'resource = "tax.deed', 'resource = "tax.dead', "MISSING_GRANT", id="print-out-no-grant"
    ),
    pytest.param(EDUCATION, "[handles.enrol-child]", "", "NOT_HANDLED", id="lead-that-takes-no-sheet"),
    pytest.param(ENROL, "sheet = true", "sheet = false", "UNKNOWN_ITEM", id="lead-takes-a-sheet-that-there-is-not"),
    pytest.param(ENROL, '"household-look-up"', '"deed-tax-print-out"', "BAD_SHEET", id="sheet-with-more-than-look-ups"),
]


@pytest.mark.parametrize(("file", "old", "new", "code"), FAULTS)
def test_what_does_not_fit_is_named(asked: Path, file: str, old: str, new: str, code: str) -> None:
    found = spoiled(asked, file, old, new)
    assert code in [one.code for one in found], [str(one) for one in found]


def test_a_sheet_whose_matter_has_an_items_code_is_unclear(asked: Path) -> None:
    text = (asked / ENROL).read_text(encoding="utf-8").replace("enrol-child", "household-look-up")
    (asked / "matters/household-look-up.toml").write_text(text, encoding="utf-8")
    (asked / ENROL).unlink()
    assert "BAD_SHEET" in [one.code for one in load(asked, ON).mismatches]
