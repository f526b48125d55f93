"""How far a certificate that another system issued may be relied on: its trust grade, by what the verifier found. Pure.

A: signed by its issuer, chain and status good. B: signed by its issuer, its status unknown. C: told as data by the issuer's own system, unsigned.
D: a scan, or what the window typed. What fails a check is not taken at all. The letters are the sites' (docs/catalog.md), the rule is proposed.
"""

from __future__ import annotations

from dataclasses import dataclass

from certificates.checks import Outcome, Report

SCANS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


@dataclass(frozen=True)
class Grade:
    """`letter` is empty for what is not taken; `why` is a sentence for people."""

    letter: str
    why: str


def grade_of(report: Report, file: bytes) -> Grade:
    """The grade of a file by its verdict."""
    if file.startswith(SCANS):
        return Grade("D", "图片没有签名，只作参考。")
    if not report.ok:
        reasons = "".join(c.sentence for c in report.checks if c.outcome is Outcome.FAILED)
        return Grade("", reasons or "没有可以核验的签名。")
    if report.outcome("status") is Outcome.PASSED and report.outcome("chain") in (Outcome.PASSED, *_unchained(report)):
        return Grade("A", "签名、颁发机构和状态均核验通过。")
    return Grade("B", "签名真实，证照状态未核验。")


def _unchained(report: Report) -> tuple[Outcome, ...]:
    """A format without certificates has no chain to check: its keys stand in the trust folder themselves."""
    return () if any(check.name == "chain" for check in report.checks) else (Outcome.NOT_CHECKED,)
