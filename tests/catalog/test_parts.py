"""Parts and blocks: a matter's one form is composed of what parts, items and the matter itself say, and every gap is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.demand import check_choice, form_of, materials_of, situation
from catalog.loading import Loaded, load
from tests.catalog.conftest import ON

PART = """
code = "shop"
title = "店铺"
[blocks.shop]
fields = ["shop.name", "shop.signboard"]
materials = ["shop-photo"]
result = ["shop.name"]
[[questions]]
key = "size"
title = "店铺大小？"
answers = [{ code = "small", title = "小" }, { code = "large", title = "大" }]
[[roles]]
code = "shop"
title = "店铺"
kind = "other"
[[roles]]
code = "silent"
title = "没人问的"
kind = "other"
[[fields]]
key = "shop.name"
title = "店名"
name = "enterprise_name"
[[fields]]
key = "shop.signboard"
title = "招牌"
name = "enterprise_name"
when = { size = ["large"] }
[[fields]]
key = "silent.name"
title = "没人问的"
name = "enterprise_name"
"""
PHOTO = """
[shop-photo]
name = "店铺照片"
legal_basis = "示例"
type_and_format = "JPG"
source = "申请人自备"
acceptance_standard = "清晰"
paper_copies = 1
paper_size = "A4"
deferrable = true
promise_allowed = false
notes = ""
"""
ITEM, MATTER = "items/stage-check.toml", "matters/open-stage.toml"


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"the test is out of date: {file} has no {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def parted(small: Path) -> Path:
    """The small site, its item using a block of a part."""
    (small / "parts").mkdir()
    (small / "materials").mkdir()
    (small / "parts" / "shop.toml").write_text(PART, encoding="utf-8")
    (small / "materials" / "shop.toml").write_text(PHOTO, encoding="utf-8")
    change(small, ITEM, "fields = ", 'uses = ["shop"]\nfields = ')
    return small


def read(folder: Path) -> Loaded:
    loaded = load(folder, ON)
    assert loaded.mismatches == ()
    return loaded


def named(folder: Path) -> list[str]:
    return [f"{one.file}:{one.line} {one.code}" for one in load(folder, ON).mismatches]


def test_a_block_brings_its_fields_materials_questions_and_result(parted: Path) -> None:
    matter = read(parted).site.matters["open-stage"]
    form = form_of(matter, ("stage-check",), {"size": "large"})
    assert {"shop.name", "shop.signboard"} <= {field.key for field in form.fields}
    assert form.field("shop.name") and form.field("shop.name").group == "店铺"  # type: ignore[union-attr]
    assert "shop-photo" in {one.material.code for one in materials_of(matter, ("stage-check",), {})}
    assert matter.demands["stage-check"].result.fields[0] == "shop.name"
    assert matter.parts == ("shop",), "a block that one part alone has comes by itself"


def test_what_nobody_asks_of_a_part_is_not_in_the_matter(parted: Path) -> None:
    matter = read(parted).site.matters["open-stage"]
    assert "silent" not in {role.code for role in matter.roles}
    assert "silent.name" not in {field.key for field in matter.fields}


def test_a_shared_material_is_deferred_only_where_the_item_allows_it(parted: Path) -> None:
    site = read(parted).site
    (photo,) = (one for one in site.matters["open-stage"].demands["stage-check"].materials if one.code == "shop-photo")
    assert photo.deferrable == site.items["stage-check"].deferral_allowed


def test_what_the_matter_settles_is_not_asked_and_not_overruled(parted: Path) -> None:
    change(parted, MATTER, 'code = "open-stage"', 'code = "open-stage"\nsettled = { size = "small" }')
    loaded = read(parted)
    matter = loaded.site.matters["open-stage"]
    assert situation(matter, {"size": "large"})["size"] == "small"
    assert form_of(matter, ("stage-check",), {}).field("shop.signboard") is None
    assert not [one for one in check_choice(loaded.site, matter, ("stage-check",), {}) if one.code == "NOT_ANSWERED"]


def test_the_matters_own_field_wins_over_the_parts(parted: Path) -> None:
    change(
        parted,
        MATTER,
        "[[fields]]",
        '[[fields]]\nkey = "shop.name"\ntitle = "字号"\nname = "enterprise_name"\n\n[[fields]]',
    )
    form = form_of(read(parted).site.matters["open-stage"], ("stage-check",), {"size": "small"})
    assert [field.title for field in form.fields if field.key == "shop.name"] == ["字号"]


def test_a_source_is_left_out_where_the_matter_has_not_its_key(parted: Path) -> None:
    source = (
        'sources = [{ resource = "register.licence", field = "enterprise_name", subject = { uscc = "shop.uscc" } }]\n'
    )
    change(parted, "parts/shop.toml", 'title = "店名"\n', f'title = "店名"\n{source}')
    assert named(parted) == ["parts/shop.toml:23 UNKNOWN_FIELD"], "a key that nobody has is a slip of the pen"
    change(parted, "parts/shop.toml", "shop.uscc", "enterprise.uscc")
    assert form_of(read(parted).site.matters["open-stage"], ("stage-check",), {"size": "small"}).field("shop.name")


SPOILT = [
    pytest.param(ITEM, 'uses = ["shop"]', 'uses = ["shpo"]', f"{ITEM}:", "UNKNOWN_BLOCK", id="unknown-block"),
    pytest.param("parts/shop.toml", '"shop-photo"', '"shop-foto"', "parts/shop.toml:", "UNKNOWN_MATERIAL", id="unknown-material"),
    pytest.param("parts/shop.toml", '"shop.signboard"]', '"shop.sign"]', "parts/shop.toml:", "UNKNOWN_FIELD", id="unknown-key"),
    pytest.param("parts/shop.toml", 'result = ["shop.name"]', 'result = ["shop.mane"]', "parts/shop.toml:", "UNKNOWN_FIELD", id="unknown-result"),
    pytest.param("parts/shop.toml", 'name = "enterprise_name"', 'name = "nonesuch"', "parts/shop.toml:", "UNKNOWN_FIELD", id="unknown-definition"),
    pytest.param(MATTER, 'code = "open-stage"', 'code = "open-stage"\nsettled = { size = "huge" }', f"{MATTER}:", "UNKNOWN_ANSWER", id="settled-as-nothing"),
    pytest.param(MATTER, 'code = "open-stage"', 'code = "open-stage"\nsettled = { colour = "red" }', f"{MATTER}:", "UNKNOWN_ANSWER", id="settles-no-question"),
    pytest.param("parts/shop.toml", '[[questions]]', '[[fields]]\nkey = "shop.name"\ntitle = "又一次"\n[[questions]]', "parts/shop.toml:", "DUPLICATE_FIELD", id="twice-in-a-part"),
    pytest.param("materials/shop.toml", 'name = "店铺照片"\n', "", "parts/shop.toml:", "UNKNOWN_MATERIAL", id="incomplete-material"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "place", "code"), SPOILT)
def test_a_fault_of_a_part_is_named_with_file_and_line(
    parted: Path, file: str, old: str, new: str, place: str, code: str
) -> None:
    change(parted, file, old, new)
    assert any(one.startswith(place) and one.endswith(code) for one in named(parted)), named(parted)


def test_two_parts_with_one_block_need_the_matters_word(parted: Path) -> None:
    other = PART.replace('code = "shop"\ntitle = "店铺"\n[blocks', 'code = "stall"\ntitle = "摊位"\n[blocks', 1)
    (parted / "parts" / "stall.toml").write_text(other, encoding="utf-8")
    assert [one.rpartition(" ")[2] for one in named(parted) if one.startswith(MATTER)] == ["BLOCK_UNCLEAR"]
    change(parted, MATTER, 'code = "open-stage"', 'code = "open-stage"\nparts = ["stall"]')
    assert read(parted).site.matters["open-stage"].parts == ("stall",)


def test_a_thing_defined_otherwise_in_two_places_is_named(parted: Path) -> None:
    asked = '\n[[asks]]\nkey = "shop.name"\ntitle = "另一个店名"\nname = "enterprise_name"\n'
    path = parted / ITEM
    path.write_text(path.read_text(encoding="utf-8") + asked, encoding="utf-8")
    assert any("DEFINED_TWICE" in one and one.startswith(ITEM) for one in named(parted)), named(parted)


def test_a_name_in_two_files_of_the_dictionary_is_named(small: Path) -> None:
    (small / "dictionary").mkdir()
    (small / "dictionary" / "more.toml").write_text('[uscc]\ntitle = "又一个"\ntype = "uscc"\n', encoding="utf-8")
    assert "dictionary/more.toml:1 DUPLICATE_CODE" in named(small)


def test_an_example_that_the_form_would_refuse_is_named(small: Path) -> None:
    change(small, "dictionary.toml", 'type = "uscc"', 'type = "uscc"\nexample = "123"')
    assert any(one.endswith("BAD_EXAMPLE") for one in named(small))


def either(parted: Path) -> None:
    """The photo is exempt by the firm's number, or by a result; the form of this matter has the firm's number."""
    change(
        parted,
        "materials/shop.toml",
        'notes = ""',
        'notes = ""\nexemption = [\n'
        '  { resource = "register.licence", subject = { uscc = "shop.uscc" } },\n'
        '  { resource = "register.licence", subject = { uscc = "enterprise.uscc" } },\n]',
    )


def test_an_exemption_is_left_out_where_the_matter_has_not_its_key(parted: Path) -> None:
    either(parted)
    assert named(parted) == ["materials/shop.toml:14 UNKNOWN_FIELD"], "a key that nobody has is a slip of the pen"
    (parted / "parts" / "stall.toml").write_text(
        PART.replace('"shop"', '"stall"').replace("shop.name", "shop.uscc").replace("[blocks.shop]", "[blocks.stall]"),
        encoding="utf-8",
    )
    photo = materials_of(load(parted, ON).site.matters["open-stage"], ("stage-check",), {"size": "small"})
    (exemption,) = (one.exemption for one in photo if one.material.code == "shop-photo")
    assert exemption is not None and exemption.subject == {"uscc": "enterprise.uscc"}


def test_an_unknown_resource_of_a_shared_exemption_is_named(parted: Path) -> None:
    either(parted)
    change(parted, "materials/shop.toml", "shop.uscc", "enterprise.uscc")
    change(parted, "materials/shop.toml", "register.licence", "register.license")
    assert "materials/shop.toml:14 UNKNOWN_RESOURCE" in named(parted)


def test_nobody_brings_the_result_that_he_applies_for(parted: Path) -> None:
    change(parted, "materials/shop.toml", 'notes = ""', 'notes = ""\nexemption = { upstream_item = "stage-check" }')
    asked = read(parted).site.matters["open-stage"].demands
    assert "shop-photo" not in {material.code for material in asked["stage-check"].materials}
