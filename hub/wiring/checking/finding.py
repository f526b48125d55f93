"""One thing that the doctor looked at. It looks at nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """`mend` keeps the hub from its work or endangers what it keeps; `look` is for a person to judge."""

    WELL = "ok"
    LOOK = "look"
    MEND = "mend"


@dataclass(frozen=True)
class Finding:
    """`about` says what was looked at, `sentence` how it stands, `command` what to type where something is to be done."""

    about: str
    state: State
    sentence: str
    command: str = ""

    @classmethod
    def ok(cls, about: str, sentence: str) -> Finding:
        return cls(about, State.WELL, sentence)

    @classmethod
    def look(cls, about: str, sentence: str, command: str) -> Finding:
        return cls(about, State.LOOK, sentence, command)

    @classmethod
    def mend(cls, about: str, sentence: str, command: str) -> Finding:
        return cls(about, State.MEND, sentence, command)

    @property
    def well(self) -> bool:
        """Nothing that must be mended."""
        return self.state is not State.MEND

    def lines(self) -> tuple[str, ...]:
        """As a person reads it."""
        mark = {State.WELL: "ok  ", State.LOOK: "look", State.MEND: "MEND"}[self.state]
        first = f"{mark}  {self.about}: {self.sentence}"
        return (first, f"      → {self.command}") if self.command else (first,)


def tally(findings: Sequence[Finding]) -> str:
    """The last line: how many there are of each kind that a person has to see to."""
    mend, look = (sum(f.state is state for f in findings) for state in (State.MEND, State.LOOK))
    return f"{mend} to mend, {look} to look at, {len(findings) - mend - look} well"
