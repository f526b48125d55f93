"""Two published versions are told apart in words: what came, what went, and what is said otherwise, each once."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from catalog.differences import Change, differences
from catalog.loading import load
from catalog.publishing import freeze, thaw
from tests.catalog.conftest import ON

Change_ = Callable[[dict[str, Any]], object]


@pytest.fixture
def document(small: Path) -> dict[str, Any]:
    return thaw(freeze(load(small, ON).document)[0])


@pytest.fixture
def told(document: dict[str, Any]) -> Callable[[Change_], list[Change]]:
    """The differences after a change of a copy."""

    def after(change: Change_) -> list[Change]:
        newer = deepcopy(document)
        change(newer)
        return differences(document, newer)

    return after


def places(found: list[Change]) -> list[tuple[str, str, str, str]]:
    return [(one.area, one.code, one.kind, one.what) for one in found]


def test_the_same_twice_is_no_difference(document: dict[str, Any]) -> None:
    assert differences(document, deepcopy(document)) == []


def test_a_matter_that_came_and_one_that_went(document: dict[str, Any]) -> None:
    newer = deepcopy(document)
    newer["matters"]["open-circus"] = {**newer["matters"].pop("open-stage"), "title": "我要开马戏团"}
    found = differences(document, newer)
    assert [(one.title, one.kind) for one in found] == [("我要开小剧场", "removed"), ("我要开马戏团", "added")]


def test_a_value_is_told_before_and_after(told: Callable[[Change_], list[Change]]) -> None:
    (found,) = told(lambda new: new["items"]["stage-check"].update(promised_workdays=2))
    assert (found.what, found.before, found.after, found.title) == ("承诺工作日", "3", "2", "舞台检查")


def test_a_material_is_named_by_its_title(told: Callable[[Change_], list[Change]]) -> None:
    found = told(lambda new: new["items"]["stage-check"]["materials"][0].update(paper_copies=5))
    assert "材料 · “" in found[0].what and found[0].what.endswith("（licence） · 份数") and found[0].after == "5"


def test_an_item_leaves_a_matter(told: Callable[[Change_], list[Change]]) -> None:
    found = told(lambda new: new["matters"]["open-stage"]["items"].pop())
    assert places(found) == [("matters", "open-stage", "removed", "事项 · stage-check")]


def test_a_field_of_a_resource_and_its_share_type(told: Callable[[Change_], list[Change]]) -> None:
    found = told(lambda new: new["departments"]["register"]["resources"]["licence"].update(share="withheld"))
    assert places(found) == [("departments", "register", "changed", "数据资源 · licence · 共享属性")]


def test_what_only_an_adapter_understands_is_one_change(told: Callable[[Change_], list[Change]]) -> None:
    found = told(lambda new: new["departments"]["register"].update(wire={"base": {"deep": 1}}))
    assert [one.after for one in found] == ["对接方式有改动"]


def test_a_grant_for_one_more_matter_names_it_alone(told: Callable[[Change_], list[Change]]) -> None:
    (found,) = told(lambda new: new["grants"][0]["purposes"].append("open-circus"))
    assert (found.area, found.kind, found.what, found.after) == ("grants", "added", "用途（一件事）", "open-circus")


def test_a_policy_value_is_told_with_its_layer(
    document: dict[str, Any], told: Callable[[Change_], list[Change]]
) -> None:
    layer, key = next((layer, key) for layer, keys in document["policy"].items() for key in keys)
    found = told(lambda new: new["policy"][layer][key].update(source="示例文件"))
    assert places(found) == [("policy", f"{layer}.{key}", "changed", "来源")]


def test_another_order_is_told_as_such(told: Callable[[Change_], list[Change]]) -> None:
    found = told(lambda new: new["matters"]["open-stage"]["fields"].reverse())
    assert [(one.what, one.after) for one in found] == [("字段", "顺序改变")]
