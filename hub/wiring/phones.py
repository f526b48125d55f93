"""The phone numbers by which a case's applicant is reached: whose, in which order, and which of them takes a short message. It sends nothing.

The order is proposed: who came to the window, then the applicant, then the applicant's legal representative. Nobody else of the
case is told of it.
"""

from __future__ import annotations

from sqlalchemy import select

from catalog.dictionary import is_mobile
from catalog.types import FieldType
from hub.store.database import Session
from hub.store.tables import form_values
from hub.wiring.scene import Scene


def phones(session: Session, scene: Scene) -> tuple[tuple[str, str], ...]:
    """Field and number of each phone told for them, the first to try first."""
    roles = ("agent", scene.applicant_role, "legal_representative")
    keys = [
        f.key for role in roles for f in scene.form.fields if f.definition.type is FieldType.PHONE and f.role == role
    ]
    c = form_values.c
    rows = session.execute(select(c.field, c.value).where(c.case_id == scene.case.id, c.field.in_(keys)))
    told = {row.field: str(row.value) for row in rows if row.value}
    return tuple((key, told[key]) for key in dict.fromkeys(keys) if key in told)


def mobile(session: Session, scene: Scene) -> tuple[str, str]:
    """Field and number of the first mobile among them; empty texts where there is none."""
    return _first_mobile(phones(session, scene))


def _first_mobile(told: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    return next(((key, number) for key, number in told if is_mobile(number)), ("", ""))


def no_mobile(session: Session, scene: Scene) -> tuple[str, ...]:
    """What the clerk reads while phones are told and none of them takes a short message."""
    told = phones(session, scene)
    if not told or _first_mobile(told)[1]:
        return ()
    return ("没有登记手机号码，受理、补正等短信发不出去：请申请人补一个手机号码，或当面、电话告知",)
