"""What whoever was refused by policy does next, by the rule that refused them. It decides nothing and names nobody's facts."""

from __future__ import annotations

from collections.abc import Mapping

NEXT: Mapping[str, str] = {
    "no_grant": "No grant gives your department this for this purpose: have the catalog manager add one to the site's grants "
    "(docs/catalog.md, Grants) and publish; GET /api/v1/catalog?allowed=true lists what you may ask now.",
    "grant_expired": "The grant for it has ended: have the providing department renew it and the catalog manager publish its new `until`.",
    "no_ground": "The item of your case names no legal basis: have the catalog manager write its `legal_basis` and publish.",
    "resource_withheld": "Its department does not share this: leave these fields out, or ask the department (its phone stands in GET /api/v1/catalog).",
    "resource_disabled": "Its department does not offer this now: read `notice` in GET /api/v1/catalog and ask after that.",
    "subject_unproven": "The subject is a person or firm whom nobody proved in this case: ask about a party of the case, "
    "or have the window take their proof first.",
    "subject_not_of_case": "Nothing ties the subject to this case: ask with the number of a proven party, or with a value that an answer "
    "in this case brought; what was typed by hand ties nobody.",
    "whole_file_not_granted": "The grant gives an annotated copy, not the file itself: ask for the copy, or have `whole_file = true` granted.",
    "grade_not_enough": "The certificate came from a source whose grade does not allow this use: ask its issuer, or see the paper.",
    "not_looked_at": "Nobody has looked at this imported certificate yet: have its issuer compare it in the registry first.",
}
"""Each rule by which policy refuses, and the grade of an imported certificate."""

NOT_ASKED = (
    "By the catalog under which this case was opened, its matter asks this resource nowhere: have the catalog manager name it as a source "
    "(docs/adapters.md, step 6) and publish, if the present catalog does not yet; then ask in a case that is opened after that."
)
"""Why nobody at all can be tied to a question: no number that is asked with would help."""


def next_step(rule: str, is_asked: bool = True) -> str:
    """What to do about a refusal by this rule, in one sentence. `is_asked`: whether the case's matter asks the resource somewhere."""
    if rule == "subject_not_of_case" and not is_asked:
        return NOT_ASKED
    return NEXT.get(rule, "Policy does not allow it; `rule` names what is missing.")
