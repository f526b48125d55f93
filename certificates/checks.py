"""What a verdict is made of: named checks, each passed, failed or not checked, in one fixed order. It judges nothing.

A check that needs what an earlier one could not establish is *not checked*: one fault fails one check.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from certificates import wording
from certificates.certificate import CertificateContent, SignedCertificate


class Outcome(StrEnum):
    """What a check found."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One named check; ``name`` is stable and a key of ``wording.TITLES``, ``sentence`` is for people."""

    name: str
    outcome: Outcome
    sentence: str

    @property
    def title(self) -> str:
        return wording.TITLES[self.name]


class Verdict(StrEnum):
    """What all checks come to."""

    GOOD = "good"
    """Every check passed."""
    OPEN = "open"
    """Nothing failed and the signature holds, but something was not checked: ``Report.conclusion`` says what to do about it."""
    BAD = "bad"
    """A check failed, or nobody's signature was found: not to be relied on."""


@dataclass(frozen=True, slots=True)
class Report:
    """All checks that the format knows, in a fixed order, and what could be read (show it only with the checks).

    ``format`` is one of ``wording.FORMATS``. ``content`` is what the file says; ``certificate`` is the signed data
    (``.ycert``) where the file is or carries one. Of a credential ``suite`` and ``key_id`` say by what it is signed; the
    key's id in full where the key is trusted, else as far as the credential gives it.
    """

    at: datetime
    format: str
    checks: tuple[Check, ...]
    content: CertificateContent | None = None
    certificate: SignedCertificate | None = None
    suite: str | None = None
    key_id: str | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing failed and the signature holds. What was not checked must still be told."""
        return not self.failed and self.outcome("signature") is Outcome.PASSED

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(check.name for check in self.checks if check.outcome is Outcome.FAILED)

    @property
    def not_checked(self) -> tuple[str, ...]:
        return tuple(check.name for check in self.checks if check.outcome is Outcome.NOT_CHECKED)

    @property
    def verdict(self) -> Verdict:
        if not self.ok:
            return Verdict.BAD
        return Verdict.OPEN if self.not_checked else Verdict.GOOD

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do about what was not checked, for people; empty unless the verdict is ``OPEN``."""
        open_points = self.not_checked if self.verdict is Verdict.OPEN else ()
        return tuple(dict.fromkeys(wording.ADVICE.get(name, wording.ASK_THE_ISSUER) for name in open_points))

    @property
    def conclusion(self) -> str:
        """The verdict in words, and what was not checked."""
        if self.verdict is Verdict.BAD:
            return "不可采信。"
        titles = "、".join(wording.TITLES[name] for name in self.not_checked)
        return f"签名真实，但未核验：{titles}。" if titles else "核验通过。"

    @property
    def note(self) -> str | None:
        """What of a picture was not judged, for people; None of every other format, and where no credential was read."""
        if self.format != "picture" or self.content is None:
            return None
        return wording.PICTURE.format("下面的内容" if self.ok else "原件")

    def outcome(self, name: str) -> Outcome:
        """What the check of this name found; not checked where the format has no such check."""
        return next((check.outcome for check in self.checks if check.name == name), Outcome.NOT_CHECKED)


def passed(name: str, sentence: str) -> Check:
    return Check(name, Outcome.PASSED, sentence)


def failed(name: str, sentence: str) -> Check:
    return Check(name, Outcome.FAILED, sentence)


def not_checked(name: str, sentence: str = wording.STOPPED) -> Check:
    return Check(name, Outcome.NOT_CHECKED, sentence)


def in_order(names: Iterable[str], found: Iterable[Check]) -> tuple[Check, ...]:
    """The checks of a format in the order of ``wording.TITLES``; one that nobody came to is *not checked*.

    Raises KeyError when something was found under a name that is not among ``names``: the format forgot to list it.
    """
    listed = set(names)
    by_name = {check.name: check for check in found}
    if not by_name.keys() <= listed:
        raise KeyError(f"checks not listed by the format: {sorted(by_name.keys() - listed)}")
    return tuple(by_name.get(name) or not_checked(name) for name in wording.TITLES if name in listed)
