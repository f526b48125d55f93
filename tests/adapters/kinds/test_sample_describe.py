"""A sample file of an unknown department is described by what stands in it, and nothing of a person is kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from adapters.kinds.sample_describe import NoSample, Sample, describe
from adapters.onboarding.workbook import workbook

ID = "411323199003079914"
HEADER = ("XH", "ZJHM", "XM", "CSRQ", "JE", "ZT")
ROWS = [(f"00{at}", ID, "测试甲", "19900307", "12.50", str(at % 2 + 1)) for at in range(8)]


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    return tmp_path / "样本"


def table(place: Path, delimiter: str, encoding: str, header: bool = True) -> Sample:
    rows = [HEADER, *ROWS] if header else ROWS
    place.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    return describe(place)


def forms(found: Sample) -> list[str]:
    return [column.form for column in found.columns]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_a_table_tells_its_encoding_and_what_its_columns_hold(sample: Path, encoding: str) -> None:
    found = table(sample, ",", encoding)
    assert (found.format, found.encoding, found.rows) == ("csv", encoding.removesuffix("-sig"), 8)
    assert found.byte_order_mark is encoding.endswith("-sig")
    assert [column.name for column in found.columns] == list(HEADER)
    assert forms(found) == ["code", "id_number", "text", "yyyymmdd", "decimal", "code"]
    assert found.columns[5].codes == ("1", "2") and found.columns[0].unique and found.doubts == ()


@pytest.mark.parametrize(("delimiter", "form"), [("\t", "tsv"), ("|", "csv"), (";", "csv"), ("^", "csv")])
def test_the_delimiter_is_the_one_that_gives_each_row_as_many_cells(sample: Path, delimiter: str, form: str) -> None:
    found = table(sample, delimiter, "gb18030")
    assert (found.format, found.delimiter, len(found.columns)) == (form, delimiter, 6)


def test_nothing_of_a_person_is_in_the_description(sample: Path) -> None:
    written = repr(table(sample, ",", "gb18030")) + repr(table(sample, ",", "gb18030", header=False))
    assert not [word for row in ROWS for word in row[:5] if word in written]
    assert "9{18}" in written and "字{3}" in written


def test_a_table_without_header_gets_numbered_columns_and_a_doubt(sample: Path) -> None:
    found = table(sample, ",", "gb18030", header=False)
    assert not found.header and found.rows == 8 and found.columns[1].name == "L2" and len(found.doubts) == 1


def test_fixed_widths_are_counted_in_bytes_of_the_encoding(sample: Path) -> None:
    rows = (("001", "测试甲", "19900307"), ("002", "测试乙丙", "19910401"))
    lines = [b"".join(cell.encode("gb18030").ljust(12) for cell in row) for row in rows]
    sample.write_bytes(b"\r\n".join(lines))
    found = describe(sample)
    assert (found.format, found.widths, found.encoding) == ("fixed", (12, 12, 12), "gb18030")
    assert forms(found) == ["code", "text", "yyyymmdd"] and "blank" in found.doubts[0]


def test_a_workbook_is_described_below_its_title(sample: Path) -> None:
    sample.write_bytes(workbook({"名单": [["某县名单"], HEADER[:4], *[(1, ID, "测试甲", date(1990, 3, 7))] * 3]}))
    found = describe(sample)
    assert (found.format, found.sheet, found.header_row, found.rows) == ("xlsx", "名单", 2, 3)
    assert forms(found) == ["code", "id_number", "text", "date"]


def test_an_xml_file_tells_which_element_repeats(sample: Path) -> None:
    rows = "".join(f"<Jl><Xh>{at}</Xh><Zjhm>{ID}</Zjhm><Je/></Jl>" for at in range(3))
    text = f'<?xml version="1.0" encoding="GBK"?><p:Bw xmlns:p="urn:x"><Tou><Rq>20261119</Rq></Tou><Jls>{rows}</Jls></p:Bw>'
    sample.write_bytes(text.encode("gb18030"))
    found = describe(sample)
    assert (found.format, found.record, found.rows) == ("xml", "Jl", 3)
    assert [column.name for column in found.columns] == ["Xh", "Zjhm", "Je"] and not found.columns[2].required


def test_json_lines_tell_which_columns_hold_further_lists(sample: Path) -> None:
    sample.write_text(
        '{"xh": 1, "rq": "2026-11-19", "cy": [{"xm": "测试甲"}]}\n{"xh": 2, "rq": null, "cy": []}\n', "utf-8"
    )
    found = describe(sample)
    assert (found.format, found.rows, forms(found)) == ("jsonl", 2, ["code", "date", "text"])
    assert found.doubts[0].startswith("cy holds")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xff\x00\xff",
        b"<a><!DOCTYPE",
        b'<?xml version="1.0"?><!DOCTYPE a><a/>',
        b'{"a": 1}\nnonsense',
        b"PK\x03\x04",
    ],
)
def test_what_is_no_sample_is_refused_with_what_to_do(sample: Path, body: bytes) -> None:
    sample.write_bytes(body)
    with pytest.raises(NoSample):
        describe(sample)
