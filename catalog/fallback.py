"""What a department agrees to do by hand while its wire is down: `[fallback]` of its manifest. It asks nobody and knows no wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

DOWN = (
    "refused_connection",
    "untrusted",
    "timeout",
    "broken_off",
    "server_error",
    "breaker_open",
    "no_replica",
    "too_old",
)
"""Reasons for which a wire counts as down. Who is busy, or answers that it will not, is not down: no person is asked in its stead."""


@dataclass(frozen=True)
class Fallback:
    """Persons of the department answer at its inbox page. Minutes since the wire went down; None: these wait for the wire.

    `resources` are plain names, empty: all that go over the wire. `people` says who sits there, for pages. `trust` is the grade of
    what a person typed, where the wire's own is better."""

    questions_after_minutes: int | None = None
    item_cases_after_minutes: int | None = None
    reasons: tuple[str, ...] = DOWN
    resources: tuple[str, ...] = ()
    people: str = ""
    trust: str = "B"

    def answers(self, resource: str, reason: str) -> bool:
        """Whether a question to this resource (`<department>.<name>`) that ended for this reason is put to a person."""
        named = not self.resources or resource.partition(".")[2] in self.resources
        return self.questions_after_minutes is not None and named and reason in self.reasons

    @property
    def questions_after(self) -> timedelta:
        return timedelta(minutes=self.questions_after_minutes or 0)

    @property
    def item_cases_after(self) -> timedelta:
        return timedelta(minutes=self.item_cases_after_minutes or 0)

    def grade(self, trust: str) -> str:
        """The worse of the two grades: A is the best."""
        return max(trust, self.trust)


def fallback_of(plain: Mapping[str, Any] | None) -> Fallback | None:
    """Out of a checked manifest."""
    if plain is None:
        return None
    return Fallback(
        questions_after_minutes=plain.get("questions_after_minutes"),
        item_cases_after_minutes=plain.get("item_cases_after_minutes"),
        reasons=tuple(plain.get("reasons", DOWN)),
        resources=tuple(plain.get("resources", ())),
        people=plain.get("people", ""),
        trust=plain.get("trust", "B"),
    )
