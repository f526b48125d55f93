"""File drop in every format: the same rows answer, a bad one goes back, and a file that is not what it should be is refused."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.connect import Connected, Ports
from adapters.contract import Batch, Collected, Found, Misconfigured, Outcome
from adapters.kinds import dropload
from tests.adapters.kinds.making import NOW, connected, department_of, query

TOML = """
[department]
code = "d"
name = "测试中心"
uscc = "11411323MB00009009"
kind = "filedrop"
[wire]
encoding = "gb18030"
[wire.files.f]
pattern = "f_{yyyymmdd}.ENDING"
columns = ["NO", "XM", "JE"]
FORM
rows = { NO = { required = true }, JE = { as = "decimal", required = true } }
[resources.r]
title = "名单"
share = "conditional"
subject = ["deed_number"]
[resources.r.wire]
file = "f"
match = { NO = "deed_number" }
[resources.r.fields]
owner_name = "XM"
registered_capital = { path = "JE", as = "decimal" }
"""
FORMS = {
    "csv": "",
    "tsv": 'format = "tsv"',
    "txt": 'delimiter = "|"\nquote = ""\nheader = false',
    "dat": 'format = "fixed"\nwidths = [8, 12, 10]',
    "xml": 'format = "xml"\nrecord = "Jl"',
    "jsonl": 'format = "jsonl"',
}
Rows = list[tuple[str, str, str]]
ROWS: Rows = [("007", "测试甲", "12.50"), ("008", "测试乙丙", "3")]


def separated(delimiter: str, header: bool) -> Callable[[Rows], str]:
    return lambda rows: "\r\n".join(delimiter.join(row) for row in ([("NO", "XM", "JE")] if header else []) + rows)


def fixed(rows: Rows, encoding: str = "gb18030") -> str:
    def padded(text: str, width: int) -> str:
        return text + " " * (width - len(text.encode(encoding)))

    return "\r\n".join(
        "".join(padded(cell, width) for cell, width in zip(row, (8, 12, 10), strict=True)) for row in rows
    )


def xml(rows: Rows) -> str:
    records = "".join(f"<t:Jl><t:NO>{a}</t:NO><t:XM><![CDATA[{b}]]></t:XM><t:JE>{c}</t:JE></t:Jl>" for a, b, c in rows)
    return f'<?xml version="1.0" encoding="GBK"?>\n<t:Bw xmlns:t="urn:x"><t:Tou><t:Rq>20261119</t:Rq></t:Tou>{records}</t:Bw>'


def jsonl(rows: Rows) -> str:
    return "\n".join(json.dumps({"NO": a, "XM": b, "JE": float(c)}, ensure_ascii=False) for a, b, c in rows)


WRITTEN: dict[str, Callable[[Rows], str]] = {
    "csv": separated(",", True),
    "tsv": separated("\t", True),
    "txt": separated("|", False),
    "dat": fixed,
    "xml": xml,
    "jsonl": jsonl,
}


class Drop:
    """A drop folder of one format, whose `.ok` is empty."""

    def __init__(self, folder: Path, ending: str, form: str | None = None) -> None:
        self.folder, self.replicas, self.ending = folder / "drop", folder / "replicas", ending
        self.folder.mkdir()
        self.text = TOML.replace("ENDING", ending).replace("FORM", FORMS[ending] if form is None else form)
        self.batches: list[Batch] = []

    def put(self, text: str, encoding: str = "gb18030", day: str = "20261119") -> None:
        place = self.folder / f"f_{day}.{self.ending}"
        place.write_bytes(text.encode(encoding))
        place.with_suffix(".ok").write_bytes(b"")

    def line(self) -> Connected:
        ports = Ports(clock=lambda: NOW, on_batch=self.batches.append, replica_folder=self.replicas)
        return connected(self.text, "", ports=ports, drop=self.folder)

    def collect(self) -> Collected:
        line = self.line()
        assert line.collects is not None
        try:
            return line.collects.collect()
        finally:
            asyncio.run(line.close())

    def answer(self, number: str) -> Outcome:
        async def asked() -> Outcome:
            line = self.line()
            assert line.answers is not None
            (resource,) = department_of(self.text)[1].values()
            try:
                return await line.answers.answer(query(resource, {"deed_number": number}))
            finally:
                await line.close()

        return asyncio.run(asked())

    def errors(self) -> list[str]:
        listed = (self.folder / "f_20261119.errors.csv").read_text("gb18030").splitlines()[1:]
        return [one.rpartition(",")[0] for one in listed]


@pytest.mark.parametrize("ending", FORMS)
def test_the_same_rows_answer_from_every_format(tmp_path: Path, ending: str) -> None:
    drop = Drop(tmp_path, ending)
    drop.put(WRITTEN[ending](ROWS))
    assert drop.collect().batches[0].rows == 2
    found = drop.answer("007")
    assert isinstance(found, Found) and found.values == {"owner_name": "测试甲", "registered_capital": "12.5"}
    assert found.as_of is not None and found.as_of.date().isoformat() == "2026-11-19"


@pytest.mark.parametrize("ending", FORMS)
def test_a_byte_order_mark_says_nothing_in_any_format(tmp_path: Path, ending: str) -> None:
    drop = Drop(tmp_path, ending, FORMS[ending] + '\nencoding = "utf-8"')
    text = fixed(ROWS, "utf-8") if ending == "dat" else WRITTEN[ending](ROWS).replace("GBK", "UTF-8")
    drop.put("\ufeff" + text, "utf-8")
    assert drop.collect().batches[0].rows == 2 and isinstance(drop.answer("007"), Found)


@pytest.mark.parametrize("ending", FORMS)
def test_a_bad_row_goes_back_by_its_number_and_the_others_answer(tmp_path: Path, ending: str) -> None:
    drop = Drop(tmp_path, ending)
    rows = [*ROWS, ("", "测试丁", "1")]
    drop.put(WRITTEN[ending](rows))
    (batch,) = drop.collect().batches
    assert (batch.rows, batch.rejected) == (2, 1)
    (error,) = drop.errors()
    assert error.split(",")[1:] == ["NO", "必填项为空"] and error[0] == ("4" if ending in ("csv", "tsv") else "3")


@pytest.mark.parametrize("ending", FORMS)
def test_another_charset_refuses_the_file_whole(tmp_path: Path, ending: str) -> None:
    drop = Drop(tmp_path, ending)
    body = WRITTEN[ending]([("007", "测试甲乙", "1")]).encode("gb18030").replace("甲".encode("gb18030"), b"\xff\xff")
    drop.put("")
    (drop.folder / f"f_20261119.{ending}").write_bytes(body)
    [said] = drop.collect().held
    assert f"f_20261119.{ending}" in said and "编码" in said and drop.batches == []
    assert "约定的格式是" in said and "、gb18030" in said


REFUSED = {
    "entity bomb": '<!DOCTYPE a [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]><a><Jl><NO>&b;</NO></Jl></a>',
    "external entity": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "cut": "<a><Jl><NO>1</NO><JE>1</JE></Jl><Jl><NO>",
    "no XML": "NO,XM,JE",
    "an endless record": "<a><Jl><NO>" + "x" * 2_000_000,
    "a bottomless record": "<a><Jl>" + "<x>" * 200,
}


@pytest.mark.parametrize("fault", REFUSED)
def test_xml_that_may_not_be_read_is_refused_whole(tmp_path: Path, fault: str) -> None:
    drop = Drop(tmp_path, "xml")
    drop.put(REFUSED[fault])
    assert "已移到一旁，不取用" in drop.collect().held[0] and drop.batches == []


def test_an_unknown_element_is_a_bad_row_and_its_content_is_not_repeated(tmp_path: Path) -> None:
    drop = Drop(tmp_path, "xml")
    drop.put(xml(ROWS).replace("</t:JE></t:Jl></t:Bw>", "</t:JE><t:SJ>13800000000</t:SJ></t:Jl></t:Bw>"))
    assert drop.collect().batches[0].rejected == 1 and drop.errors() == ["2,,未约定的栏目 SJ"]


def test_changed_prefixes_change_nothing(tmp_path: Path) -> None:
    drop = Drop(tmp_path, "xml")
    drop.put(xml(ROWS).replace("t:", "").replace(":t=", "="))
    assert drop.collect().batches[0].rows == 2


@pytest.mark.parametrize("line", ["nonsense", "[1]", '{"NO": "9", "NO": "8"}', '{"NO": "9", "JE": 1, "SJ": 1}', "1"])
def test_a_line_that_is_no_object_of_the_columns_is_a_bad_row(tmp_path: Path, line: str) -> None:
    drop = Drop(tmp_path, "jsonl")
    drop.put(jsonl(ROWS) + "\n" + line)
    assert drop.collect().batches[0].rejected == 1 and drop.errors()[0].startswith("3,,")


def test_a_line_of_another_width_is_a_bad_row(tmp_path: Path) -> None:
    drop = Drop(tmp_path, "dat")
    drop.put(fixed(ROWS) + "\r\n009     短\r\n")
    assert drop.collect().batches[0].rejected == 1 and drop.errors() == ["3,,行长 10 字节，应为 30"]


def test_long_numbers_of_json_keep_every_digit(tmp_path: Path) -> None:
    drop = Drop(tmp_path, "jsonl")
    drop.put('{"NO": 411323199003079914, "XM": null, "JE": 0.10}')
    drop.collect()
    assert isinstance(drop.answer("411323199003079914"), Found)


def test_a_large_file_is_staged_by_another_process_with_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dropload, "LARGE", 10)
    drop = Drop(tmp_path, "csv")
    drop.put(separated(",", True)([*ROWS, ("", "", "")]))
    (batch,) = drop.collect().batches
    assert (batch.rows, batch.rejected) == (2, 1) and isinstance(drop.answer("007"), Found)
    drop.put("NO,XM\r\n", day="20261120")
    assert "列名" in drop.collect().held[0]


def test_a_process_that_dies_while_it_stages_leaves_the_file_for_the_next_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = Drop(tmp_path, "csv")
    drop.put(separated(",", True)(ROWS))
    monkeypatch.setattr(dropload, "LARGE", 10)
    monkeypatch.setattr(dropload.sys, "executable", "/bin/false")
    assert "下次再取" in drop.collect().held[0]
    monkeypatch.undo()
    assert drop.collect().batches[0].rows == 2


@pytest.mark.parametrize(
    ("form", "match"),
    [
        ('format = "ods"', "one of: csv"),
        ('format = "fixed"\nwidths = [1, 2]', "bytes of each of the 3"),
        ('delimiter = "||"', "one character"),
        ('record = "Jl"', "does not belong"),
        ('encoding = "big5"', "gb18030, utf-8"),
    ],
)
def test_a_format_that_does_not_fit_is_told_when_connecting(tmp_path: Path, form: str, match: str) -> None:
    with pytest.raises(Misconfigured, match=match):
        Drop(tmp_path, "csv", form).line()


def test_without_control_file_the_day_must_be_in_the_name(tmp_path: Path) -> None:
    drop = Drop(tmp_path, "csv")
    drop.text = drop.text.replace("_{yyyymmdd}", "")
    with pytest.raises(Misconfigured, match="yyyymmdd"):
        drop.line()


def test_the_digest_of_an_empty_control_file_is_that_of_the_file(tmp_path: Path) -> None:
    drop = Drop(tmp_path, "csv")
    text = separated(",", True)(ROWS)
    drop.put(text)
    assert drop.collect().batches[0].file_sha256 == hashlib.sha256(text.encode("gb18030")).hexdigest()
