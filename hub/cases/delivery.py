"""Delivery 送达: electronic at once, or at the window with identity checked and a signed receipt. Pure.

Seed 000 二(五), 004 6.3.2; K-12, K-13.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.cases.plain import PlainCase
from hub.cases.step import Draft, Event, Move, Step
from hub.errors import BadInput

WAYS = {"electronic": "电子送达", "window": "窗口领取"}


def deliver(case: PlainCase, way: str, proof: str, facts: Mapping[str, str]) -> Step:
    """Hand every result over, with its proof of delivery. Raises BadInput when a window delivery has no proof of identity."""
    if way not in WAYS:
        raise BadInput("请选择送达方式：电子送达或窗口领取。", {"way": "请选择"}, code="WAY_UNKNOWN")
    if way == "window" and not proof.strip():
        raise BadInput("窗口领取须核验身份并由领取人签字。", {"proof": "请填写核验方式"}, code="PROOF_MISSING")
    ready = [i for i in case.items if i.has_delivery]
    words = {"delivery_way": WAYS[way] + (f"（{proof}）" if proof else "")}
    return Step(
        moves=tuple(Move("deliver", i.item) for i in ready),
        events=tuple(Event("delivered", i.item, {"way": way}) for i in ready),
        notices=(Draft("delivery_proof", facts={**facts, **words}),),
    )
