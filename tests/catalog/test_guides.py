"""A matter's guide: what the matter says wins over its items, what they say over the site, and what nobody says is a gap and no mismatch."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.guides import Element, gaps, guide_of
from catalog.loading import load
from catalog.types import Site
from tests.catalog.conftest import ON, XIXIA

HOURS = '[[places]]\naddress = "示例路 1 号"\nhours = "工作日"\n'


def element(site: Site, number: str, matter: str = "open-stage") -> list[tuple[str, str]]:
    told = guide_of(site, site.matters[matter])
    return [(line.text, line.of) for one in told if one.number == number for line in one.lines]


def added(folder: Path, file: str, text: str) -> None:
    path = folder / file
    path.write_text((path.read_text("utf-8") if path.exists() else "") + "\n" + text, "utf-8")


def test_the_site_s_defaults_hold_where_nobody_says_more(small: Path) -> None:
    added(small, "guide.toml", 'complaint = "12345"\n' + HOURS)
    site = load(small, ON).site
    assert element(site, "19") == [("12345", "")]
    assert element(site, "11b") == [("示例路 1 号", ""), ("工作日", "")]


def test_an_item_s_own_word_wins_over_the_site(small: Path) -> None:
    added(small, "guide.toml", 'collection_methods = ["窗口领取"]')
    added(small, "items/stage-check.toml", '[guide]\ncollection_methods = "现场送达"')
    assert element(load(small, ON).site, "16") == [("现场送达", "舞台检查"), ("窗口领取", "演出场所许可")]


def test_the_matter_s_word_wins_over_all(small: Path) -> None:
    added(small, "guide.toml", 'collection_methods = ["窗口领取"]')
    added(small, "items/stage-check.toml", '[guide]\ncollection_methods = "现场送达"')
    added(small, "matters/open-stage.toml", '[guide]\ncollection_methods = "一次送达"')
    assert element(load(small, ON).site, "16") == [("一次送达", "")]


def test_more_elements_than_the_official_ones_have_room(small: Path) -> None:
    added(small, "matters/open-stage.toml", '[guide.extras]\n"停车" = "免费一小时"')
    assert element(load(small, ON).site, "等") == [("免费一小时", "")]


def test_a_gap_is_no_mismatch(small: Path) -> None:
    loaded = load(small, ON)
    assert {"24", "26", "19"} <= {one.number for one in gaps(loaded.site, loaded.site.matters["open-stage"])}
    assert loaded.mismatches == ()


def test_an_unknown_element_is_a_mismatch_with_its_line(small: Path) -> None:
    added(small, "guide.toml", 'complaint = "12345"\nopening = "x"')
    found = load(small, ON).mismatches
    assert [(one.file, one.line, one.code) for one in found] == [("guide.toml", 3, "UNKNOWN_KEY")]


@pytest.fixture(scope="module")
def xixia() -> Site:
    return load(XIXIA, ON).site


def test_every_matter_s_guide_has_all_elements_in_order(xixia: Site) -> None:
    for matter in xixia.matters.values():
        numbers = list(
            dict.fromkeys(one.number.rstrip("abcdefghi") for one in guide_of(xixia, matter) if one.number != "等")
        )
        assert numbers == [str(number) for number in range(1, 29)], matter.code


def test_what_the_sources_do_not_give_is_proposed(xixia: Site) -> None:
    told: tuple[Element, ...] = guide_of(xixia, xixia.matters["open-guesthouse"])
    listed = ("1", "2", "3", "4", "5")
    assert all(line.proposed is (one.number not in listed) for one in told for line in one.lines)


def test_the_site_fills_hall_phones_complaints_and_progress_for_every_matter(xixia: Site) -> None:
    for matter in xixia.matters.values():
        assert not {one.number for one in gaps(xixia, matter)} & {
            "7",
            "11a",
            "11b",
            "16",
            "18",
            "19",
            "20a",
            "20b",
            "21a",
        }


def test_what_an_item_and_the_site_say_alike_is_said_once(small: Path) -> None:
    added(small, "guide.toml", 'exercise_level = "县级"')
    added(small, "items/stage-check.toml", '[guide]\nexercise_level = "县级"')
    assert element(load(small, ON).site, "7") == [("县级", "")]


def test_what_is_free_needs_no_ground_for_a_charge(small: Path) -> None:
    added(small, "guide.toml", 'charges = "不收费"')
    assert element(load(small, ON).site, "15b") == [("不适用（不收费）", "")]
