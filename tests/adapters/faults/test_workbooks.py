"""Each fault inside a dropped workbook: what a spreadsheet can carry besides its cells is refused, or never followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.contract import Found
from tests.adapters.kinds.test_filedrop_excel import GOOD, HEADER, ID, NAME, ROW, Drop, repacked

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path)


def sheet(*cells: str, prolog: str = "") -> bytes:
    """The one sheet with its heading, header, and a row of these cells."""
    header = "".join(
        f'<c r="{chr(65 + at)}2" t="inlineStr"><is><t>{name}</t></is></c>' for at, name in enumerate(HEADER)
    )
    row = "".join(cells)
    rows = (
        f'<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row><row r="2">{header}</row><row r="3">{row}</row>'
    )
    return f'{prolog}<worksheet xmlns="{SPREADSHEET}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def text(place: str, words: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{words}</t></is></c>'


CELLS = ('<c r="A3"><v>1</v></c>', text("B3", ID), text("C3", "测试甲"))
BOMB = '<!DOCTYPE worksheet [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


def test_the_sheet_by_hand_is_one_that_is_read(drop: Drop) -> None:
    drop.put(repacked(GOOD, {"xl/worksheets/sheet1.xml": sheet(*CELLS)}))
    assert drop.collect().batches[0].rows == 1 and isinstance(drop.ask(), Found)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"])
def test_a_document_type_in_any_part_is_refused(drop: Drop, part: str) -> None:
    drop.put(repacked(GOOD, {part: sheet(*CELLS[:2], text("C3", "&b;"), prolog=" " * 262_140 + BOMB)}))
    assert "文档类型定义" in drop.refusal()


def test_an_entity_of_nobody_is_never_made_a_value(drop: Drop) -> None:
    drop.put(repacked(GOOD, {"xl/worksheets/sheet1.xml": sheet(*CELLS[:2], text("C3", "&b;"))}))
    collected = drop.collect()
    found = drop.ask()
    assert collected.held or (isinstance(found, Found) and found.values.get("owner_name") in (None, "&b;"))


def test_a_formula_gives_what_the_department_saw_and_nothing_is_followed(drop: Drop) -> None:
    link = '<c r="C3" t="str"><f>[1]Sheet1!A1&amp;WEBSERVICE("http://127.0.0.1:9/")</f><v>测试乙</v></c>'
    target = f'<externalLink xmlns="{SPREADSHEET}"><externalBook r:id="r1"/></externalLink>'.encode()
    changes = {"xl/worksheets/sheet1.xml": sheet(*CELLS[:2], link), "xl/externalLinks/externalLink1.xml": target}
    drop.put(repacked(GOOD, dict(changes)))
    assert drop.collect().batches[0].rows == 1
    found = drop.ask()
    assert isinstance(found, Found) and found.values["owner_name"] == "测试乙"


@pytest.mark.parametrize(
    "cell", ['<c r="B3"><f>A1</f></c>', '<c r="B3" t="e"><v>#REF!</v></c>', '<c r="B3" t="s"><v>99</v></c>']
)
def test_a_cell_without_a_value_of_its_own_is_a_bad_row_or_a_bad_file(drop: Drop, cell: str) -> None:
    drop.put(repacked(GOOD, {"xl/worksheets/sheet1.xml": sheet(CELLS[0], cell, CELLS[2])}))
    collected = drop.collect()
    assert not collected.batches or (collected.batches[0].rows, collected.batches[0].rejected) == (0, 1)


@pytest.mark.parametrize("words", ["测&#0;甲", "测&#27;甲", "测&#xD800;甲", "测\ufffd甲", "\u202e甲", "x" * 33_000])
def test_a_character_that_cannot_be_kept_is_a_bad_row_or_a_bad_file(drop: Drop, words: str) -> None:
    drop.put(repacked(GOOD, {"xl/worksheets/sheet1.xml": sheet(*CELLS[:2], text("C3", words))}))
    collected = drop.collect()
    assert not collected.batches or collected.batches[0].rows == 0
    assert not any("甲" in name for name in collected.held)


@pytest.mark.parametrize(
    "content",
    [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 4096, b"PK\x05\x06" + b"\x00" * 18, b"", b"%PDF-1.4"],
    ids=["xls or password", "empty zip", "empty", "pdf"],
)
def test_what_is_no_workbook_is_refused_in_words(drop: Drop, content: bytes) -> None:
    drop.put(content)
    said = drop.refusal()
    assert ("旧格式" in said) == content.startswith(b"\xd0\xcf") and "xlsx" in said


def test_a_link_under_the_name_of_a_workbook_is_left_alone(drop: Drop, tmp_path: Path) -> None:
    (tmp_path / "secret.xlsx").write_bytes(GOOD)
    drop.put(GOOD)
    (drop.folder / NAME).unlink()
    (drop.folder / NAME).symlink_to(tmp_path / "secret.xlsx")
    assert drop.collect().batches == () and (tmp_path / "secret.xlsx").exists()


def test_the_former_workbook_answers_while_a_bad_one_lies_aside(drop: Drop) -> None:
    drop.sheet(ROW)
    drop.collect()
    drop.put(b"PK\x03\x04" + b"x" * 50)
    drop.refusal()
    assert isinstance(drop.ask(), Found)
