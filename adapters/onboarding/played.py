"""What became of one resource that was asked with its sample, and what to do where the mapping does not read it. It asks nobody and reads no file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from adapters.contract import Denied, Outcome, Unavailable, Unusable
from adapters.proving.rules import advice
from catalog.types import Resource

SAMPLES = "samples"
_DRAFTED = ("示例", "测试")


@dataclass(frozen=True)
class Played:
    """What became of one resource: its sample's name and the outcome; no sample where `sample` is empty, and then `why_not` says what it lacks."""

    resource: Resource
    sample: str
    outcome: Outcome | None = None
    why_not: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)
    """About whom: plainly fictional."""
    stands: str = ""
    """What the sample says of how it went, where that is no word that the mapping knows."""

    @property
    def trouble(self) -> str:
        """Why the mapping does not read the sample; empty when it does."""
        if isinstance(self.outcome, Unavailable | Denied):
            return f"{self.resource.code}: no answer ({self.outcome.reason})"
        if not isinstance(self.outcome, Unusable):
            return ""
        place = f" at {self.outcome.path}" if self.outcome.path else ""
        about = f" ({self.outcome.field}{place})".replace("( ", "(") if self.outcome.field or place else ""
        # A rule is a word, a mistake in the mapping a whole sentence that says what to do.
        rule = self.outcome.rule
        todo = "" if " " in rule else f"; {self._of_another() or self._of_a_draft() or advice(rule)}"
        return f"{self.resource.code}: {self._where} is not read{about}: {rule}{todo}"

    @property
    def _where(self) -> str:
        return self.sample if self.sample == SAMPLES else f"{SAMPLES}/{self.sample}"

    def _of_a_draft(self) -> str:
        """What to do about a word of ours where the department's own says how it went."""
        if not isinstance(self.outcome, Unusable) or not self.stands.startswith(_DRAFTED):
            return ""
        return f"the sample has {self.stands} there: put the department's real word for a record that was found into {self._where} at {self.outcome.path}"

    def _of_another(self) -> str:
        """What to do about a sample that is the paper's own example, of somebody else than whom a rehearsal asks about."""
        if not isinstance(self.outcome, Unusable) or self.outcome.rule != "other_subject" or not self.asked:
            return ""
        whom = " and ".join(f"{key} {value}" for key, value in self.asked.items())
        return f"it was asked about {whom}: write that into {self._where} at {self.outcome.path}, or correct echo if whom the answer is about stands elsewhere in it"


def unread(played: Iterable[Played]) -> Iterator[str]:
    """What is wrong, one sentence each; what is wrong with the whole department once."""
    said: set[str] = set()
    for one in played:
        rule = one.outcome.rule if isinstance(one.outcome, Unusable) else ""
        if one.trouble and (" " not in rule or rule not in said):
            said.add(rule)
            yield one.trouble
