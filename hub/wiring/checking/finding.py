"""One thing that the doctor looked at. It looks at nothing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """`ok`: it was tried and held. `untried`: nothing was, so nothing is known. `look` is for a person to judge; `mend` keeps the hub from
    its work or endangers what it keeps."""

    WELL = "ok"
    UNTRIED = "untried"
    LOOK = "look"
    MEND = "mend"


@dataclass(frozen=True)
class Finding:
    """`about` says what was looked at, `sentence` how it stands, `command` what to type where something is to be done. `how` is one word for
    how it was tried, or why not, and `facts` its numbers and names: a page says the same in other words."""

    about: str
    state: State
    sentence: str
    command: str = ""
    how: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def ok(cls, about: str, sentence: str, how: str = "", **facts: object) -> Finding:
        return cls(about, State.WELL, sentence, "", how, {name: str(fact) for name, fact in facts.items()})

    @classmethod
    def untried(cls, about: str, how: str, sentence: str, command: str = "", **facts: object) -> Finding:
        """Without a command there is nothing to try, and nothing to do."""
        return cls(about, State.UNTRIED, sentence, command, how, {name: str(fact) for name, fact in facts.items()})

    @classmethod
    def look(cls, about: str, sentence: str, command: str, how: str = "") -> Finding:
        return cls(about, State.LOOK, sentence, command, how)

    @classmethod
    def mend(cls, about: str, sentence: str, command: str, how: str = "") -> Finding:
        return cls(about, State.MEND, sentence, command, how)

    @property
    def well(self) -> bool:
        """Nothing that must be mended."""
        return self.state is not State.MEND

    def lines(self) -> tuple[str, ...]:
        """As a person reads it."""
        mark = {State.WELL: "ok  ", State.UNTRIED: "skip", State.LOOK: "look", State.MEND: "MEND"}[self.state]
        first = f"{mark}  {self.about}: {self.sentence}"
        return (first, f"      → {self.command}") if self.command else (first,)


def tally(findings: Sequence[Finding]) -> str:
    """The last line: how many there are of each kind that a person has to see to."""
    mend, look, untried = (sum(f.state is state for f in findings) for state in (State.MEND, State.LOOK, State.UNTRIED))
    return f"{mend} to mend, {look} to look at, {untried} not tried, {len(findings) - mend - look - untried} well"
