"""The reasons on the clerk's pick-lists, by the act that needs one, and the way back from a picked title to its code. It judges nothing."""

from __future__ import annotations

from collections.abc import Mapping

from hub.prefill.rules import DECISIONS, REASONS, Reason
from hub.prefill.settle import GO_ON_REASONS

TYPE: Mapping[str, str] = {code: ground.title for code, ground in REASONS.items()}
DECIDE: Mapping[str, str] = {code: ground.title for code, ground in DECISIONS.items()}
GO_ON: Mapping[str, str] = dict(GO_ON_REASONS)

PICK: Mapping[str, tuple[str, ...]] = {
    "type": tuple(TYPE.values()),
    "override": tuple(DECIDE.values()),
    "resolve": tuple(DECIDE.values()),
    "go_on": tuple(GO_ON.values()),
}
"""Titles to pick from, by act."""


def picked(text: str, known: Mapping[str, str]) -> Reason:
    """The reason behind `title` or `title：own words`; a code works too. Unknown words are kept as the person's own, under `other`."""
    head, _, rest = text.strip().partition("：")
    for code, title in known.items():
        if head in (code, title):
            return Reason(code, rest)
    return Reason("other" if "other" in known else "", text.strip())
