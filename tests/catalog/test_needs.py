"""The list of needs names who must share what, on which ground, and shows the needs that nobody supplies yet."""

from __future__ import annotations

from dataclasses import replace

from catalog.join import needs
from catalog.loading import Loaded
from catalog.types import ShareType


def test_a_need_names_unit_share_type_and_ground(loaded: Loaded) -> None:
    found = next(need for need in needs(loaded.site) if need.name == "enterprise.enterprise_name")
    assert (found.department, found.share, found.ground) == ("register", ShareType.CONDITIONAL, "核验主体资格")
    assert (found.matter, found.item, found.use) == ("open-stage", "stage-check", "field")


def test_an_exempt_material_is_a_need_of_each_item_that_asks_it(loaded: Loaded) -> None:
    found = [(need.item, need.resource) for need in needs(loaded.site) if need.use == "material"]
    assert found == [("stage-check", "register.licence"), ("stage-permit", "register.licence")]


def test_a_need_that_nobody_supplies_is_listed_without_a_share_type(loaded: Loaded) -> None:
    bare = replace(loaded.site, resources={}, grants=())
    assert {need.share for need in needs(bare)} == {None}
    assert {need.ground for need in needs(bare)} == {""}
