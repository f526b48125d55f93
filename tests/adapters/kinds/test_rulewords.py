"""The people of a department read what is wrong with their file in Chinese, whichever rule was broken."""

from __future__ import annotations

import pytest

from adapters.kinds.rulewords import in_words
from adapters.kinds.values import FORMS, Broken, Rule, normalise


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_value_has_its_sentence(form: str) -> None:
    found = normalise("？", Rule(form))
    if isinstance(found, Broken):
        assert in_words(found.rule).endswith(f"（{found.rule}）") and "不合约定的写法" not in in_words(found.rule)


def test_a_code_list_keeps_its_name_and_a_sentence_stays_as_it_is() -> None:
    assert in_words("code_list:zt.csv") == "代码不在约定的代码表内（code_list:zt.csv）"
    assert in_words("主键重复") == "主键重复"
