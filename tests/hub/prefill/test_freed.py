"""What a look-up without a record frees, as a pure rule over the first site's enrolment."""

from __future__ import annotations

import pytest

from catalog.demand import form_of, materials_of
from catalog.loading import load
from catalog.types import Matter
from hub.prefill.freed import Freed, freed_by
from tests.catalog.conftest import ON, XIXIA

PERMIT, CHILD = "residence-permit-look-up", "child-vaccination-look-up"


@pytest.fixture(scope="module")
def enrolment() -> Matter:
    return load(XIXIA, ON).site.matters["school-enrolment"]


def rule(matter: Matter, settled: dict[str, str], *, other_item: bool = False) -> Freed:
    """`other_item`: every field and material is needed by an item of another kind, too."""
    form, needed = form_of(matter, list(matter.demands), {}), materials_of(matter, list(matter.demands), {})
    also = ("decided-item",) if other_item else ()
    used = {key: (*items, *also) for key, items in form.used_by.items()}
    if other_item:
        needed = ()
    return freed_by(settled, matter.demands, form.fields, used, needed)


def test_one_without_a_record_frees_its_own_and_nothing_of_the_others(enrolment: Matter) -> None:
    freed = rule(enrolment, {PERMIT: "no_record"})
    assert freed.materials == {"residence-permit": "no_record"}
    assert "residence.permit_number" in freed.fields and not any(key.startswith("child.") for key in freed.fields)


def test_what_the_applicant_knows_stays_asked(enrolment: Matter) -> None:
    freed = rule(enrolment, dict.fromkeys(enrolment.demands, "not_checked"))
    assert {"child.vaccination_card", "household.number"} <= freed.fields.keys()
    assert not {"child.name", "child.school", "guardian.phone", "guardian.relation"} & freed.fields.keys()
    assert set(freed.fields.values()) == {"not_checked"}


def test_what_an_item_of_another_kind_needs_too_stays_demanded(enrolment: Matter) -> None:
    assert rule(enrolment, {CHILD: "no_record"}, other_item=True) == Freed()


def test_nothing_is_freed_while_no_look_up_ended_without_a_record(enrolment: Matter) -> None:
    assert rule(enrolment, {}) == Freed()
