"""The form says a value in words. What the dictionary makes of values is held by tests/catalog."""

from __future__ import annotations

from catalog.loading import load
from catalog.types import FormField
from hub.wiring.form_view import shown
from tests.catalog.conftest import ON, XIXIA


def field(matter: str, key: str) -> FormField:
    return next(f for f in load(XIXIA, ON).site.matters[matter].fields if f.key == key)


def test_an_identity_card_without_end_is_said_so() -> None:
    card = field("open-card-room", "operator.id_card_valid_to")
    assert shown(card, "9999-12-31") == "长期"
    assert shown(card, "2035-12-31") == "2035-12-31"
    assert shown(card, "") == ""
