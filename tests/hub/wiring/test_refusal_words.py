"""Each rule by which policy refuses has a sentence of its own that says what to do."""

from __future__ import annotations

import re
from pathlib import Path

from hub import grades, policy
from hub.wiring.refusal_words import NEXT, NOT_ASKED, next_step


def test_every_rule_of_policy_has_a_sentence_of_its_own() -> None:
    text = "".join(Path(str(part.__file__)).read_text("utf-8") for part in (policy, grades))
    rules = set(re.findall(r'(?:Refused\(|return |else |if \w+ else )"([a-z]+_[a-z_]+)"', text))
    assert {"no_grant", "grant_expired", "subject_not_of_case", "not_looked_at"} <= rules <= set(NEXT)
    assert len({next_step(rule) for rule in NEXT}) == len(NEXT)


def test_of_a_resource_that_the_case_s_matter_asks_nowhere_no_other_number_is_asked_for() -> None:
    assert next_step("subject_not_of_case", is_asked=False) == NOT_ASKED and "proven party" not in NOT_ASKED
    assert next_step("no_grant", is_asked=False) == NEXT["no_grant"]
