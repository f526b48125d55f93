"""How far a certificate that another system issued may be relied on: its trust grade, by what the verifier found. Pure.

A: signed by its issuer, chain and status good. B: signed by its issuer, its status unknown. C: told as data by the issuer's own system, unsigned.
D: a scan, or what somebody claims. What fails a check is not taken at all. The letters are the sites' (docs/catalog.md), the rule is proposed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.types import PolicyValue
from certificates.checks import Outcome, Report

SCANS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


@dataclass(frozen=True)
class Grade:
    """`letter` is empty for what is not taken; `why` is a sentence for people."""

    letter: str
    why: str


GRADES: Mapping[str, str] = {
    "A": "签名、颁发机构和状态均已核验",
    "B": "签名已核验，状态未核验",
    "C": "由颁发机关的系统以数据提供，没有签名",
    "D": "扫描件，没有签名",
}
"""A grade in words."""
USES: Mapping[str, str] = {"prefill": "预填表单", "material": "免提交材料", "copy": "制作加注件", "share": "向部门共享"}
"""What a certificate may be used for, in words."""
_PROPOSED: Mapping[str, tuple[str, ...]] = {
    "A": tuple(USES),
    "B": ("prefill", "material", "share"),
    "C": ("prefill", "material", "share"),
    "D": ("material",),
}
"""For a catalog that was published before the rule was."""


@dataclass(frozen=True)
class Standing:
    """How a certificate stands for use: its grade (empty: issued here) and whether a clerk has looked at it."""

    trust: str
    checked: bool


def why_not(policy: Mapping[str, PolicyValue], one: Standing, use: str) -> str:
    """Why it may not be used so: `grade_not_enough`, `not_looked_at`, or empty where it may. What was issued here may everything."""
    if not one.trust:
        return ""
    allowed = policy.get(f"certificate_uses_{one.trust.lower()}")
    if use not in (_texts(allowed) if allowed else _PROPOSED[one.trust]):
        return "grade_not_enough"
    looked = policy.get("certificate_looked_at_grades")
    return "not_looked_at" if one.trust in (_texts(looked) if looked else ("D",)) and not one.checked else ""


def _texts(value: PolicyValue) -> tuple[str, ...]:
    return tuple(str(one) for one in value.value) if isinstance(value.value, (list, tuple)) else ()


def grade_of(report: Report, file: bytes) -> Grade:
    """The grade of a file by its verdict."""
    if file.startswith(SCANS):
        return Grade("D", "图片没有签名，只作参考。")
    if not report.ok:
        reasons = "；".join(c.sentence for c in report.checks if c.outcome is Outcome.FAILED)
        return Grade("", reasons or "没有可以核验的签名。")
    if report.outcome("status") is Outcome.PASSED and report.outcome("chain") in (Outcome.PASSED, *_unchained(report)):
        return Grade("A", "签名、颁发机构和状态均核验通过。")
    return Grade("B", "签名真实，证照状态未核验。")


def _unchained(report: Report) -> tuple[Outcome, ...]:
    """A format without certificates has no chain to check: its keys stand in the trust folder themselves."""
    return () if any(check.name == "chain" for check in report.checks) else (Outcome.NOT_CHECKED,)
