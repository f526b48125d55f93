"""One thing that the doctor looked at. It looks at nothing itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


_PLACE = re.compile(r"^\S+\.toml(:\d+)?: ")
_BEFORE = " is not read: "
"""What a rehearsal puts before a mistake of the department's papers or of its whole mapping."""


def once(found: Iterable[Finding], check: str) -> list[Finding]:
    """One mistake is one finding: a part that can only say again what another part said was not tried for that reason.

    `check` is the command that looks again."""
    kept: list[Finding] = []
    for one in found:
        above = next((each for each in kept if _says_again(one, each)), None)
        if above is None:
            kept.append(one)
        elif not any(each.about == one.about for each in kept):
            sentence = f"what is to be mended under {above.about} keeps it from being tried"
            kept.append(Finding.untried(one.about, "said_above", sentence, check))
    return kept


def _says_again(one: Finding, above: Finding) -> bool:
    mistakes = one.state is State.MEND and above.state is State.MEND and one.about != above.about
    return mistakes and any(above.sentence.endswith(said) for said in _told(one.sentence))


def _told(sentence: str) -> Iterator[str]:
    """A mistake without its place, and without the sample that could not be read for it."""
    plain = _PLACE.sub("", sentence)
    yield plain
    if _BEFORE in plain:
        yield plain.partition(_BEFORE)[2]


def tally(findings: Sequence[Finding]) -> str:
    """The last line: how many there are of each kind that a person has to see to."""
    mend, look, untried = (sum(f.state is state for f in findings) for state in (State.MEND, State.LOOK, State.UNTRIED))
    return f"{mend} to mend, {look} to look at, {untried} not tried, {len(findings) - mend - look - untried} well"
