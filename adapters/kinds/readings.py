"""What reading one value can come to: good, missing, withheld, or broken by a named rule. It reads nothing itself.

Values are never in messages and never in `repr`: a reading travels through logs and errors of others.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Good:
    """A value in canonical text; `precision` is "", "month" or "year"."""

    text: str = field(repr=False)
    precision: str = ""


@dataclass(frozen=True)
class Missing:
    """Nothing stood there."""


@dataclass(frozen=True)
class Withheld:
    """The department has it and cut it out."""


@dataclass(frozen=True)
class Broken:
    """Something stood there that breaks a rule; the value itself is never repeated."""

    rule: str


Reading = Good | Missing | Withheld | Broken


class Breaks(Exception):
    """A value breaks the rule of this name. Stays inside the files that read values."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule
