"""The site's policy in the words of the steps, and honesty about what it does not do yet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.policies import SETTINGS
from catalog.types import OnReject, PolicyValue
from hub.cases.terms import HONOURED, Rules, effect, rules_of
from tests.hub.cases.making import SITE


def said(**values: object) -> Rules:
    return rules_of(replace(SITE, policy={k: PolicyValue(k, v, "county", "示例") for k, v in values.items()}))


def test_xixia_s_policy() -> None:
    rules = rules_of(SITE)
    assert (rules.on_item_failure, rules.one_step, rules.deferral_days) == (OnReject.END_DEPENDENTS_ONLY, False, 5)
    assert rules.correction_pauses and rules.office_hours == "08:30-12:00,14:30-18:00"


def test_without_a_policy_the_defaults_hold() -> None:
    assert said() == Rules()


@pytest.mark.parametrize(
    ("key", "value", "attribute", "becomes"),
    [
        ("on_item_failure", "continue", "on_item_failure", OnReject.CONTINUE),
        ("refusal_counts_as_failure", False, "refusal_is_failure", False),
        ("withdrawal_scope", "all_items", "withdraw_all_or_nothing", True),
        ("intake_steps", "one", "one_step", True),
        ("clock_start", "intake", "clock_from_intake", True),
        ("excluded_procedures", ["听证"], "excluded_procedures", ("听证",)),
        ("correction_pauses_clock", True, "correction_pauses", True),
        ("completeness", "main", "main_only", True),
        ("deferral_allowed", False, "deferral_allowed", False),
        ("deferral_days", 7, "deferral_days", 7),
        ("online_review_hours", 4, "online_review_hours", 4),
        ("acceptance_workdays", 2, "acceptance_workdays", 2),
        ("count_first_day", True, "count_first_day", True),
        ("notice_profile", "anyang", "window_notice", "correction_notice"),
        ("materials_returned_on", ["withdrawn"], "returned_on", ("withdrawn",)),
    ],
)
def test_a_setting_reaches_the_steps(key: str, value: object, attribute: str, becomes: object) -> None:
    assert getattr(said(**{key: value}), attribute) == becomes != getattr(Rules(), attribute)


def test_office_hours_count_only_where_hours_are_office_hours() -> None:
    assert said(hours_counted="clock", office_hours="09:00-17:00").office_hours == ""
    assert said(hours_counted="office", office_hours="09:00-17:00").office_hours == "09:00-17:00"


def test_every_setting_says_what_it_does_or_that_it_does_nothing_yet() -> None:
    assert set(HONOURED) <= set(SETTINGS)
    assert all(effect(key) for key in SETTINGS) and effect("certificate_trigger") == "仅记录，尚未影响办理"


def test_the_page_of_the_documentation_says_the_same() -> None:
    page = (Path(__file__).parents[3] / "docs" / "policy.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    assert set(rows) == set(SETTINGS)
    assert {key for key, line in rows.items() if "recorded only" not in line} == set(HONOURED)
