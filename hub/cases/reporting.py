"""Which case events the platform is told of, and in which of its tables. It sends nothing; the outbox does.

Case events are the one source of pushes: seed 000 二(二)–(五) (in real time), table names from the national front-database habit.
"""

from __future__ import annotations

from hub.cases.plain import PlainCase
from hub.cases.step import Event
from hub.store.work import Task

TABLES: dict[str, tuple[str, ...]] = {
    "received": ("up_pro_material",),
    "dispatched": ("up_pro_process",),
    "accepted": ("up_pro_accept", "up_pro_process"),
    "taken": ("up_pro_accept", "up_pro_process"),
    "refused": ("up_pro_result", "up_pro_process"),
    "pre_review_started": ("up_pro_process",),
    "pre_reviewed": ("up_pro_process",),
    "released": ("up_pro_process",),
    "suspended": ("up_pro_special_procedure",),
    "resumed": ("up_pro_special_procedure",),
    "approved": ("up_pro_result", "up_pro_process"),
    "completed": ("up_pro_result", "up_pro_process"),
    "looked_up": ("up_pro_result", "up_pro_process"),
    "gathering": ("up_pro_process",),
    "gathered": ("up_lic_data",),
    "not_gathered": ("up_pro_result", "up_pro_process"),
    "denied": ("up_pro_result", "up_pro_process"),
    "withdrawn": ("up_pro_result",),
    "terminated": ("up_pro_result",),
    "certificate_signed": ("up_lic_data",),
    "delivered": ("up_pro_process",),
}
"""Event kind → tables, in the order in which they are told."""


def tasks(case: PlainCase, event: Event, no: int) -> tuple[Task, ...]:
    """The pushes of one event: same key at each try, in order within the case's stream to the platform."""
    return tuple(
        Task(
            kind="push",
            key=f"push:{case.case_no}:{no}:{table}",
            args={"case_id": case.id, "event_no": str(no), "table": table},
            stream=f"{case.id}:platform",
        )
        for table in TABLES.get(event.kind, ())
    )
