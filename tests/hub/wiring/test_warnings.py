"""A revoked firm and a card that ran out are said on the case's page, though nothing is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hub.cases.views import FieldView
from hub.wiring.warnings import warnings_of
from tests.hub.web import example

TODAY = date(2026, 11, 20)


def field(key: str, value: str) -> FieldView:
    one = example.CHECKING.groups[0].fields[0]
    return replace(one, key=key, title="测试项", value=value, shown=value)


def test_a_revoked_firm_is_warned_of() -> None:
    for state in ("吊销，未注销", "注销", "撤销"):
        (said,) = warnings_of([field("enterprise.registration_status", state)], TODAY)
        assert state in said
    assert (
        warnings_of([field("enterprise.registration_status", s) for s in ("存续（在营、开业、在册）", "")], TODAY) == ()
    )


def test_a_card_that_ran_out_is_warned_of_and_one_without_end_is_not() -> None:
    card = "legal_representative.id_card_valid_to"
    assert "2026-11-19" in warnings_of([field(card, "2026-11-19")], TODAY)[0]
    assert warnings_of([field(card, value) for value in ("2026-11-20", "9999-12-31", "2026", "")], TODAY) == ()
