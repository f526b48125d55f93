"""The list of needs names who must share what, on which ground, and shows the needs that nobody supplies yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog.join import needs
from catalog.loading import Loaded
from catalog.needs import from_government
from catalog.needs_list import as_csv, needs_lines
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


def test_a_government_s_document_that_the_applicant_brings_is_a_need_that_nobody_meets(loaded: Loaded) -> None:
    item = loaded.site.matters["open-stage"].demands["stage-check"]
    paper = replace(item.materials[0], exemptions=(), source="示例部门核发，申请人提供", code="old-permit")
    matter = replace(loaded.site.matters["open-stage"], demands={item.code: replace(item, materials=(paper,))})
    found = needs(replace(loaded.site, matters={"open-stage": matter}))
    assert [(need.name, need.state) for need in found if need.use == "material"] == [("old-permit", "unmet")]


@pytest.mark.parametrize(
    ("source", "yes"),
    [
        ("政府部门核发（民政局）", True),
        ("教育部留学服务中心出具", True),
        ("申请人自备（部门提供格式文本）", False),
        ("业主委员会出具", False),
        ("医疗机构出具", False),
    ],
)
def test_who_issues_a_document_is_read_from_its_source(source: str, yes: bool) -> None:
    assert from_government(source) is yes


def test_the_list_of_needs_is_filtered_by_matter_and_unit(loaded: Loaded) -> None:
    assert needs_lines(loaded.site, department="register") == needs_lines(
        loaded.site, matter="小剧场", department="登记局"
    )
    assert needs_lines(loaded.site, matter="open-circus") == [] and needs_lines(loaded.site, state="unmet") == []


def test_the_list_of_needs_as_csv_has_a_head_and_words(loaded: Loaded) -> None:
    head, first, *_ = as_csv(needs_lines(loaded.site)).splitlines()
    assert head.startswith("一件事,") and head.endswith(",落实")
    assert "有条件共享" in first and first.endswith("已落实")
