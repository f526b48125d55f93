"""The whole list is played through the doors: every matter, each alternative once, counted at the far side and matched with the journals.

A file for each engine runs these, so that two processes can do them at once. It holds no test that runs by itself.
"""

from __future__ import annotations

from typing import Any

from adapters.client import Doc, YijianClient
from hub.demo.counting import site_of
from hub.demo.stage import Stage
from hub.demo.tour import toured_well


class EveryMatter:
    def test_all_fifty_eight_matters_and_their_rows_come_to_their_end(self, toured: dict[str, Any]) -> None:
        unfinished = {
            one["matter"]: one["problem"] or one["state"] for one in toured["cases"] if one["state"] != "archived"
        }
        assert unfinished == {} and toured_well(toured), toured["journals"]
        assert (toured["matters"], toured["rows"]) == (58, 182)

    def test_every_unit_of_the_list_is_connected_in_one_of_six_ways(self, toured: dict[str, Any], stage: Stage) -> None:
        assert toured["units"] == 21 and stage.unconnected == ()
        assert set(toured["departments_by_kind"]) == {"soap", "rest", "filedrop", "frontdb", "inbox", "platform"}

    def test_a_child_whom_no_register_knows_is_enrolled_without_invented_numbers(
        self, toured: dict[str, Any], clerk: YijianClient
    ) -> None:
        unknown = next(one for one in toured["cases"] if one["matter"] == "school-enrolment" and not one["exempted"])
        case = _case(clerk, unknown["case_no"])
        assert unknown["state"] == "archived" and {paper["status"] for paper in case["materials"]} == {"no_record"}
        held = {f["key"]: f["value"] for group in case["groups"] for f in group["fields"]}
        assert not any(held[key] for key in ("child.vaccination_card", "household.number")) and held["child.name"]

    def test_a_child_s_four_look_ups_reach_the_school_bureau_as_one_sheet(
        self, toured: dict[str, Any], clerk: YijianClient, stage: Stage
    ) -> None:
        one = played(toured, "school-enrolment")
        case = _case(clerk, one["case_no"])
        assert len(one["items"]) == 4 and set(one["items"].values()) <= {"completed", "delivered"}
        assert not any(item["certificate"] for item in case["items"]), "look-ups are answered, not decided"
        kinds = [notice["kind"] for notice in case["notices"]]
        assert "verification_sheet" in kinds
        assert not [kind for kind in kinds if kind.startswith("decision") or kind == "acceptance_notice"]

    def test_the_receipt_for_a_new_home_s_tax_is_gathered_from_the_tax_office_once_it_is_paid(
        self, toured: dict[str, Any], clerk: YijianClient
    ) -> None:
        one = played(toured, "new-home-deed-tax")
        assert set(one["items"]) == {"home-count-look-up", "deed-tax-declaration", "deed-tax-receipt"}
        case = _case(clerk, one["case_no"])
        receipt = clerk.certificate(case["id"], "deed-tax-receipt")
        assert b'"suite"' in receipt or receipt.startswith(b"{"), "the tax office's own document, as it signed it"

    def test_a_licence_of_an_earlier_case_comes_from_the_registry_and_nobody_brings_it(
        self, toured: dict[str, Any], clerk: YijianClient
    ) -> None:
        later = next(c for c in toured["cases"] if c["matter"] == "open-feed-plant" and len(c["items"]) == 2)
        case = _case(clerk, later["case_no"])
        [paper] = [one for one in case["materials"] if one["code"] == "feed-licence"]
        [number] = [f for g in case["groups"] for f in g["fields"] if f["key"] == "feed.licence_number"]
        assert (paper["status"], paper["trust"]) == ("exempt", "A")
        assert number["value"] in number["provenance"]["certificate"] and number["value"]

    def test_a_graduate_s_items_wait_for_one_another_and_each_alternative_of_a_loan_is_gone_through(
        self, toured: dict[str, Any], stage: Stage
    ) -> None:
        matters = site_of(stage).matters
        graduate = played(toured, "graduate-employment")
        assert set(graduate["items"]) == {one.item for one in matters["graduate-employment"].items}
        loans = [one for one in toured["cases"] if one["matter"] == "housing-fund-loan"]
        gone_through = {item for one in loans for item in one["items"]}
        assert gone_through == {one.item for one in matters["housing-fund-loan"].items}
        assert all(len(one["items"]) == 2 for one in loans), "of three loans and three mortgages each case has one"


def played(toured: dict[str, Any], matter: str, **answers: str) -> Doc:
    """The case of that matter in which these answers were given."""
    of = [one for one in toured["cases"] if one["matter"] == matter and answers.items() <= one["answers"].items()]
    assert of, f"{matter} was not played with {answers}"
    return dict(of[0])


def _case(clerk: YijianClient, case_no: str) -> Doc:
    (row,) = clerk.cases(query=case_no)["rows"]
    return clerk.case(row["id"])
