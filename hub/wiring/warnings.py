"""What a clerk should see before going on: a firm that is not in business, a card or licence that ran out. It keeps nobody from anything.

Which values are good is `proposed`: the county's own list of registration states stands before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from hub.cases.views import FieldView

GOOD_STATES: Mapping[str, tuple[str, ...]] = {"registration_status": ("存续", "在营", "开业", "在册", "正常")}
"""Field of the dictionary → how a value begins that needs no warning (GB/T 登记状态 words; proposed)."""

ENDS = ("valid_to", "valid_until")
"""How the name of a field ends that holds the last day of something (proposed)."""


def warnings_of(fields: Iterable[FieldView], today: date) -> tuple[str, ...]:
    """Sentences about values that make the case doubtful, in the form's order."""
    found = []
    for f in fields:
        name = f.key.rpartition(".")[2]
        if f.value and name in GOOD_STATES and not f.shown.startswith(GOOD_STATES[name]):
            found.append(f"{f.title}为“{f.shown}”，不是正常状态，请核实后再办")
        if name.endswith(ENDS) and _past(f.value, today):
            found.append(f"{f.title}为 {f.value}，已经过期，请核实有效证件")
    return tuple(found)


def _past(value: str, today: date) -> bool:
    try:
        return date.fromisoformat(value) < today
    except ValueError:  # empty, or known to the month alone
        return False
