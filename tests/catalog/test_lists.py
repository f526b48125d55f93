"""A published list is held against a site: new matters get a file, existing ones are compared, no row is lost and none is guessed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.listing.importing import Imported, import_list
from catalog.listing.resolving import Batch
from catalog.listing.table import COLUMNS, BadList
from catalog.loading import load
from tests.catalog.conftest import ON

HEAD = ",".join(COLUMNS)
STAGE = "1,我要开小剧场,false,法人,示例文化局,{order},{item},示例文化局,{note},2023年年底前"
CHECK, PERMIT = STAGE.format(order=1, item="舞台检查", note=""), STAGE.format(order=2, item="演出场所许可", note="")
SHOW = "2,我要办演出,true,个人,示例登记局,1,舞台检查,示例文化局,低音,2023年年底前"

Import = Callable[..., Imported]


@pytest.fixture
def listed(small: Path, tmp_path: Path) -> Import:
    """Import these rows into the small site."""

    def run(*rows: str, encoding: str = "utf-8", write: bool = False, head: str = HEAD, codes: str = "") -> Imported:
        file = tmp_path / "list.csv"
        file.write_bytes("\n".join([head, *rows, ""]).encode(encoding))
        batch = Batch("第一批", "县级", "list-01", {"我要办演出": codes} if codes else {})
        return import_list(file, small, batch, write=write)

    return run


def why(done: Imported) -> list[tuple[int, str]]:
    return [(one.line, one.column) for one in done.asides]


def test_a_new_matter_gets_a_file_with_what_the_list_says(small: Path, listed: Import) -> None:
    assert listed(SHOW, codes="give-show").made == ("matters/give-show.toml",)
    matter = load(small, ON).site.matters["give-show"]
    assert (matter.title, matter.lead, matter.listed_kind, matter.province_mandated) == (
        "我要办演出",
        "register",
        "个人",
        True,
    )
    assert (matter.batch, matter.issuing_level, matter.deadline, matter.proposed) == (
        "第一批",
        "县级",
        "2023年年底前",
        True,
    )
    assert [(one.item, one.order, one.change_note) for one in matter.items] == [("stage-check", 1, "低音")]


def test_a_new_matter_without_a_code_is_numbered(listed: Import) -> None:
    assert listed(SHOW).made == ("matters/list-01-02.toml",)


def test_a_second_run_changes_nothing(small: Path, listed: Import) -> None:
    listed(CHECK, PERMIT, SHOW, "3,x,y", write=True)
    before = {path: path.read_bytes() for path in small.parent.rglob("*") if path.is_file()}
    again = listed(CHECK, PERMIT, SHOW, "3,x,y", write=True)
    assert (again.made, again.added) == ((), ())
    assert {path: path.read_bytes() for path in small.parent.rglob("*") if path.is_file()} == before


def test_an_existing_matter_is_compared_and_not_touched(small: Path, listed: Import) -> None:
    before = (small / "matters/open-stage.toml").read_bytes()
    done = listed(CHECK.replace("示例文化局,1", "示例登记局,1"), PERMIT.replace("示例文化局,2", "示例登记局,2"))
    found = {one.field: (one.written, one.listed, one.line) for one in done.differences}
    assert found["lead"] == ("culture", "register", 3)
    assert found["batch"][:2] == ("", "第一批")
    assert not done.settled and (small / "matters/open-stage.toml").read_bytes() == before


def test_write_adds_what_is_missing_and_leaves_what_people_wrote(small: Path, listed: Import) -> None:
    file = small / "matters/open-stage.toml"
    file.write_text(file.read_text("utf-8").replace('\n[[items]]\nitem = "stage-permit"\norder = 2\n', ""), "utf-8")
    done = listed(CHECK.replace(",,2023", ",低音,2023"), PERMIT, write=True)
    assert done.settled and {one.field for one in done.added} >= {"items", "change_note of stage-check", "deadline"}
    matter = load(small, ON).site.matters["open-stage"]
    assert [(one.item, one.change_note) for one in matter.items] == [("stage-check", "低音"), ("stage-permit", "")]
    assert "answer_of" in file.read_text("utf-8") and matter.deadline == "2023年年底前"


def test_a_change_note_that_somebody_wrote_is_named_and_stays(small: Path, listed: Import) -> None:
    listed(CHECK.replace(",,2023", ",低音,2023"), PERMIT, write=True)
    done = listed(CHECK.replace(",,2023", ",高音,2023"), PERMIT, write=True)
    assert [(one.field, one.written, one.listed) for one in done.differences] == [
        ("change_note of stage-check", "低音", "高音")
    ]
    assert load(small, ON).site.matters["open-stage"].items[0].change_note == "低音"


def test_a_name_in_the_list_may_be_an_alias(small: Path, listed: Import) -> None:
    item = small / "items/stage-check.toml"
    item.write_text('aliases = ["舞台检察"]\n' + item.read_text("utf-8"), "utf-8")
    assert not listed(CHECK.replace("舞台检查", "舞台检察"), PERMIT).asides


def test_two_names_of_one_item_in_one_matter_are_one_item_twice(small: Path, listed: Import) -> None:
    item = small / "items/stage-check.toml"
    item.write_text('aliases = ["舞台检察"]\n' + item.read_text("utf-8"), "utf-8")
    assert why(listed(CHECK, CHECK.replace("舞台检查", "舞台检察").replace(",1,舞", ",3,舞"))) == [(3, "item_name")]


def test_a_renamed_matter_is_known_by_its_number(small: Path, listed: Import) -> None:
    listed(CHECK, PERMIT, write=True)
    done = listed(CHECK.replace("小剧场", "大剧场"), PERMIT.replace("小剧场", "大剧场"))
    assert [(one.field, one.listed) for one in done.differences] == [("title", "我要开大剧场")] and not done.made


def test_the_order_of_the_list_makes_no_precedence(small: Path, listed: Import) -> None:
    listed(SHOW, SHOW.replace(",1,舞台检查", ",2,演出场所许可"), codes="give-show")
    assert load(small, ON).site.matters["give-show"].dependencies == ()


def test_a_list_in_gb18030_is_refused_by_name(small: Path, listed: Import) -> None:
    with pytest.raises(BadList, match=r"list.csv:2: .*GB18030.*save it as UTF-8"):
        listed(SHOW, encoding="gb18030")
    assert [path.name for path in (small / "matters").iterdir()] == ["open-stage.toml"]


def test_a_byte_order_mark_is_no_part_of_the_first_column(listed: Import) -> None:
    assert listed(SHOW, encoding="utf-8-sig").rows == 1


def test_missing_columns_refuse_the_whole_list(listed: Import) -> None:
    with pytest.raises(BadList, match="the first row lacks: change_note, deadline"):
        listed(SHOW, head=",".join(COLUMNS[:-2]))


def test_an_unknown_column_refuses_the_whole_list(listed: Import) -> None:
    with pytest.raises(BadList, match="no list has these columns: remark"):
        listed(f"{SHOW},x", head=f"{HEAD},remark")


def test_a_row_with_too_few_cells_waits_and_the_rest_goes_in(listed: Import) -> None:
    done = listed("2,我要办演出,true", SHOW)
    assert (done.rows, why(done)) == (1, [(2, "province_mandated")])
    assert "3 cells, not 10" in done.asides[0].why


def test_a_surplus_cell_is_kept_in_the_reason(listed: Import) -> None:
    assert "余下的话" in listed(f"{SHOW},余下的话").asides[0].why


def test_a_doubled_row_waits(listed: Import) -> None:
    assert why(listed(SHOW, SHOW)) == [(3, "item_name")]


def test_an_unknown_unit_waits(listed: Import) -> None:
    done = listed(CHECK, PERMIT.replace("演出场所许可,示例文化局", "演出场所许可,示例文化厅"))
    assert (done.rows, why(done)) == (1, [(3, "item_department")])
    assert "is it 示例文化局: culture?" in done.asides[0].why


def test_an_unknown_item_waits(listed: Import) -> None:
    assert why(listed(CHECK.replace("舞台检查", "灯光检查"), PERMIT)) == [(2, "item_name")]


def test_an_item_of_another_unit_waits(listed: Import) -> None:
    done = listed(CHECK.replace("舞台检查,示例文化局", "舞台检查,示例登记局"), PERMIT)
    assert why(done) == [(2, "item_department")] and "belongs to culture" in done.asides[0].why


def test_two_leads_for_one_matter_all_wait(listed: Import) -> None:
    done = listed(CHECK, PERMIT.replace("示例文化局,2", "示例登记局,2"))
    assert (done.rows, why(done)) == (0, [(2, "lead_department"), (3, "lead_department")])
    assert "示例文化局 (line 2); 示例登记局 (line 3)" in done.asides[0].why


def test_one_matter_under_two_numbers_waits(listed: Import) -> None:
    assert why(listed(CHECK, PERMIT.replace("1,我", "7,我", 1))) == [(2, "seq"), (3, "seq")]


def test_one_order_given_twice_waits(listed: Import) -> None:
    assert why(listed(CHECK, PERMIT.replace("局,2", "局,1"))) == [(3, "item_order")]


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("2,我", "二,我", "seq"),
        ("局,1", "局,²", "item_order"),
        ("true", "*", "province_mandated"),
        ("个人", "人", "applicant_kind"),
        ("示例登记局", " ", "lead_department"),
    ],
)
def test_a_cell_that_says_nothing_known_waits(listed: Import, old: str, new: str, column: str) -> None:
    assert why(listed(SHOW.replace(old, new, 1), CHECK, PERMIT)) == [(2, column)]


def test_a_quoted_comma_and_a_name_broken_over_lines_are_one_cell(listed: Import) -> None:
    done = listed(SHOW.replace("舞台检查", '"舞台\n检查"').replace("低音", '"低音,\n""重""音"'), codes="give-show")
    assert not done.asides and done.rows == 1


def test_quotes_in_a_cell_are_quotes_in_the_file(small: Path, listed: Import) -> None:
    listed(SHOW.replace("低音", '"称""低音"""'), codes="give-show")
    assert load(small, ON).site.matters["give-show"].items[0].change_note == '称"低音"'


def test_a_quote_that_never_closes_costs_its_own_line(listed: Import) -> None:
    done = listed(SHOW.replace("低音", '"低音'), CHECK, PERMIT)
    assert (done.rows, [one.line for one in done.asides]) == (2, [2])
    assert '"低音' in done.asides[0].why


def test_rows_set_aside_are_imported_once_corrected(small: Path, tmp_path: Path, listed: Import) -> None:
    done = listed(CHECK.replace("舞台检查", "灯光检查"), PERMIT, SHOW)
    assert done.aside_file == tmp_path / "list.aside.csv"
    text = done.aside_file.read_text("utf-8")
    assert text.startswith(f"{HEAD},why\n") and "line 2, item_name" in text
    done.aside_file.write_text(text.replace("灯光检查,示", "舞台检查,示", 1), "utf-8")
    assert not import_list(done.aside_file, small, Batch("第一批", "县级")).asides


def test_an_aside_under_correction_is_not_overwritten(tmp_path: Path, listed: Import) -> None:
    (tmp_path / "list.aside.csv").write_text("under correction", "utf-8")
    assert listed("x").aside_file == tmp_path / "list.aside-2.csv"
    assert (tmp_path / "list.aside.csv").read_text("utf-8") == "under correction"


def test_a_site_with_a_broken_matter_is_not_imported_into(small: Path, listed: Import) -> None:
    (small / "matters/open-stage.toml").write_text("code = ", "utf-8")
    with pytest.raises(BadList, match="matters/open-stage.toml:1"):
        listed(CHECK)
    assert (small / "matters/open-stage.toml").read_text("utf-8") == "code = "


def test_a_name_of_two_items_is_named(small: Path) -> None:
    item = small / "items/stage-check.toml"
    item.write_text('aliases = ["演出场所许可"]\n' + item.read_text("utf-8"), "utf-8")
    found = [one for one in load(small, ON).mismatches if one.code == "AMBIGUOUS_NAME"]
    assert [(one.file, "stage-check and stage-permit" in one.message) for one in found] == [
        ("items/stage-permit.toml", True)
    ]
