"""A frozen document gives the same site back, has one digest, and is refused where it was touched."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from catalog.loading import Loaded, load
from catalog.mismatch import BadDocument
from catalog.parsing import site_from
from catalog.publishing import freeze, thaw
from catalog.types import ShareType


def test_a_thawed_document_gives_the_very_same_site(loaded: Loaded, small: Path) -> None:
    frozen, _ = freeze(loaded.document)
    assert site_from(thaw(frozen), base=small) == loaded.site


def test_the_digest_does_not_depend_on_comments_or_order_of_tables(loaded: Loaded, small: Path) -> None:
    path = small / "dictionary.toml"
    entries = path.read_text(encoding="utf-8").split("\n\n")
    path.write_text(
        "# a remark\n" + "\n\n".join(reversed([entry.strip() for entry in entries])) + "\n", encoding="utf-8"
    )
    assert freeze(load(small).document)[1] == freeze(loaded.document)[1]


def test_the_order_inside_a_wire_survives_since_xml_has_its_elements_in_it(small: Path) -> None:
    manifest = small / "departments" / "register" / "department.toml"
    body = '\n[handles.some-item.hand_over.body.Sqs]\nZjh = "{item_no}"\nMc = "{item_title}"\nBw = { Qqbh = "{key}", Jbr = "x" }\n'
    manifest.write_text(manifest.read_text(encoding="utf-8") + body, encoding="utf-8")
    site = site_from(thaw(freeze(load(small).document)[0]))
    sent = cast("dict[str, dict[str, dict[str, dict[str, str]]]]", site.departments["register"].handles["some-item"])
    assert list(sent["hand_over"]["body"]["Sqs"]) == ["Zjh", "Mc", "Bw"]
    assert list(sent["hand_over"]["body"]["Sqs"]["Bw"]) == ["Qqbh", "Jbr"]


def test_the_digest_changes_with_a_grant_s_date(loaded: Loaded, small: Path) -> None:
    path = small / "grants.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("2027-12-31", "2027-12-30"), encoding="utf-8")
    assert freeze(load(small).document)[1] != freeze(loaded.document)[1]


def test_bytes_that_are_not_canonical_are_refused(loaded: Loaded) -> None:
    frozen, _ = freeze(loaded.document)
    with pytest.raises(BadDocument, match="canonical"):
        thaw(json.dumps(json.loads(frozen), indent=1).encode())
    with pytest.raises(BadDocument, match="not JSON"):
        thaw(frozen[:-1])
    with pytest.raises(BadDocument, match="format"):
        thaw(b"{}")


def test_a_document_with_a_hole_is_refused_by_a_named_error(loaded: Loaded) -> None:
    with pytest.raises(BadDocument):
        site_from({**loaded.document, "dictionary": None})


def test_a_thawed_department_has_no_folder_unless_told_where(loaded: Loaded, small: Path) -> None:
    assert site_from(loaded.document).departments["register"].folder == ""
    assert loaded.site.departments["register"].folder == str(small / "departments" / "register")


def test_fields_take_the_resource_s_share_type_unless_they_have_their_own(loaded: Loaded) -> None:
    licence = loaded.site.resources["register.licence"]
    shares = {field.name: field.share for field in licence.fields}
    assert shares["enterprise_name"] is ShareType.CONDITIONAL
    assert shares["id_number"] is ShareType.WITHHELD


def test_the_short_way_of_a_field_is_its_path_and_other_keys_are_the_wire_s(loaded: Loaded) -> None:
    licence = loaded.site.resources["register.licence"]
    field = licence.field_named("enterprise_name")
    assert field is not None and field.required and field.wire == {"path": "$.qymc"}
    assert licence.field_named("legal_representative_name").wire == {"path": "$.fr"}  # type: ignore[union-attr]
    assert licence.lists[0].wire == {"path": "$.gd"}
    assert licence.max_age_days == 30


def test_a_narrower_layer_overrides_a_wider_one_and_shows_its_source(small: Path) -> None:
    with (small / "policy.toml").open("a", encoding="utf-8") as policy:
        policy.write('\n[county.window_push_hours]\nvalue = 4\nsource = "县办通知（示例）"\n')
    found = load(small).site.policy["window_push_hours"]
    assert (found.value, found.layer, found.source, found.point) == (4, "county", "县办通知（示例）", "K-08")


def test_grants_carry_the_site_s_region_and_a_date(loaded: Loaded) -> None:
    assert [(grant.region, grant.until) for grant in loaded.site.grants] == [("411323", date(2027, 12, 31))]


def test_a_source_has_the_trust_of_its_resource_unless_it_names_another(small: Path) -> None:
    path = small / "departments" / "register" / "department.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("max_age_days = 30", 'trust = "B"'), encoding="utf-8")
    field = load(small).site.matters["open-stage"].fields[1]
    assert [source.trust for source in field.sources] == ["B"]


def test_a_type_of_a_document_from_before_keeps_its_fields_and_its_years(loaded: Loaded) -> None:
    document = json.loads(freeze(loaded.document)[0])
    before = {"code": (code := "11410000MB9900033B001"), "title": "演出场所许可证", "defined_by": "示例文化厅"}
    document["certificates"] = [{**before, "fields": ["enterprise_name", "stage_area"]}]
    document["items"]["stage-permit"]["result"]["valid_years"] = 3
    kind = site_from(document).certificates[code]
    assert (kind.fields, kind.validity.years) == (("enterprise_name", "stage_area"), 3)
