"""Why an answer could not be used, for a clerk: every rule that adapters can name has its words, and they say whose fault it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import adapters.kinds
from adapters.contract import Why
from adapters.kinds.values import FORMS
from hub.wiring.query_view import NOT_ASKED, OURS, OUTCOMES, WHY, rule_in_words

HERE = Path(adapters.kinds.__file__).parent
NAMED = re.compile(
    r"""(?:(?:Unusable|Misfit)\([^()]*?(?:\([^()]*\)[^()]*?)*,\s*|Unreadable\(|Broken\(|Breaks\()(?:raw\)|"([a-z_0-9]+)")"""
)

NO_RULES = {"text", "code", "id_number_of_person", "uscc_of_firm"}
"""Forms that break no rule of their own name."""


def rules() -> set[str]:
    texts = [place.read_text() for place in HERE.rglob("*.py")]
    return {found for text in texts for found in NAMED.findall(text) if found} | {*FORMS} - NO_RULES


def test_the_rules_are_found() -> None:
    assert {"too_many_parts", "dtd", "schema", "other_subject", "no_such_table", "split", "yyyymmdd"} <= rules()


@pytest.mark.parametrize("rule", sorted({*rules(), *OURS, "unaskable:required", "code_list:a.csv", "status_404"}))
def test_each_rule_has_words(rule: str) -> None:
    words = rule_in_words(rule)
    assert words and words != rule and not re.search(r"[a-z]{3}", words)


@pytest.mark.parametrize("why", Why)
def test_each_reason_has_words(why: Why) -> None:
    assert WHY[why.value]


def test_the_sentence_says_whose_fault_it_is_and_what_to_do() -> None:
    assert "该部门的答复有误" in OUTCOMES["unusable"][1] and "收取材料" in OUTCOMES["unusable"][1]
    assert "不在该部门" in NOT_ASKED and "收取材料" in NOT_ASKED
