"""What a certificate of a trust grade may be used for, by the site's rule (`certificate_uses_…` in policy.toml). Pure; it grades none.

The letters are the sites' (docs/catalog.md); what each is good for is proposed. `hub.registry.grading` says which grade a file has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.types import PolicyValue

GRADES: Mapping[str, str] = {
    "A": "签名、颁发机构和状态均已核验",
    "B": "签名已核验，状态未核验",
    "C": "由颁发机关的系统以数据提供，没有签名",
    "D": "扫描件或者由窗口录入，没有签名",
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
