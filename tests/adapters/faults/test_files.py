"""Each fault of a dropped file: refused or held with a sentence, its good rows taken or the last file left standing, nothing else touched."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.contract import Found, Misconfigured
from adapters.kinds import dropfile, droplines
from adapters.kinds.filedrop import FileDrop
from tests.adapters.kinds.making import PORTS, connected
from tests.adapters.kinds.test_filedrop import HEADER, ROW, TOML, Drop
from tests.support.full_disk import full_disk

NAME = "f_20261119.csv"
GOOD = f"{HEADER}\r\n{ROW}\r\n"


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[Drop]:
    found = Drop(tmp_path)
    yield found
    asyncio.run(found.line.close())


def put(
    drop: Drop, body: bytes, *, name: str = NAME, count: int | str = 1, control: bytes | None = None, **said: str
) -> None:
    (drop.folder / name).write_bytes(body)
    words = {
        "WJM": os.fsencode(name).decode("utf-8", "replace"),
        "RQ": "20261119",
        "HS": str(count),
        "ZY": hashlib.sha256(body).hexdigest(),
        "SJ": "1",
        **said,
    }
    lines = "\r\n".join(f"{key}={value}" for key, value in words.items()).encode("gb18030")
    (drop.folder / name).with_suffix(".ok").write_bytes(lines if control is None else control)


def refused(drop: Drop) -> str:
    """The sentence of the only refusal; the former file, if any, still answers and nothing of this one is left."""
    collected = drop.collect()
    assert collected.batches == () and len(collected.held) == 1
    assert not [name for name in drop.names() if name.startswith(".claimed") and name.endswith(".csv")]
    return collected.held[0]


# --- the rows ---------------------------------------------------------------------------------------------------------

WHOLE_FILE = {
    "quotes_unclosed": (GOOD + '证（2）号,"测试路,1,a/b/c,1\r\n', "引号"),
    "quotes_unclosed_over_many_lines": (GOOD + '证（2）号,"' + "x,y\r\n" * 40_000, "引号"),
    "text_after_a_closing_quote": (GOOD + '"a"b,c,1,d,1\r\n', "引号"),
    "a_line_of_one_megabyte": (GOOD + "x" * 1_100_000 + "\r\n", "过长"),
    "no_line_end_at_all": (HEADER + "," * 1_500_000, "过长"),
    "an_empty_file": ("", "列名"),
    "a_header_alone_where_a_row_was_promised": (HEADER + "\r\n", "行数 0"),
    "two_columns_swapped": (GOOD.replace("NO,DZ", "DZ,NO"), "列名"),
    "no_header": (ROW + "\r\n", "列名"),
    "html": ("<html><body>404</body></html>", "列名"),
}


@pytest.mark.parametrize("fault", WHOLE_FILE)
def test_a_file_that_cannot_be_read_is_refused_whole(drop: Drop, fault: str) -> None:
    text, word = WHOLE_FILE[fault]
    put(drop, text.encode("gb18030"))
    assert word in refused(drop) and f".refused/{NAME}" in drop.names()
    assert "测试" not in (drop.folder / "f_20261119.errors.csv").read_text("gb18030")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-8-sig"])
def test_a_file_in_another_encoding_is_refused_whole(drop: Drop, encoding: str) -> None:
    put(drop, GOOD.encode(encoding))
    assert "编码" in (said := refused(drop)) or "列名" in said


def test_a_byte_order_mark_says_nothing(drop: Drop) -> None:
    put(drop, ("\ufeff" + GOOD).encode("gb18030"))
    assert drop.collect().batches[0].rows == 1 and isinstance(drop.answer(), Found)


BAD_ROWS = {
    "a_nul": "证（2）号,测试\x00路,1,a/b/c,1",
    "an_escape": "证（2）号,测试\x1b[2J路,1,a/b/c,1",
    "text_turned_round": "证（2）号,\u202e测试路,1,a/b/c,1",
    "a_lost_character": "证（2）号,测\ufffd路,1,a/b/c,1",
    "without_the_half_of_its_columns": "证（2）号,测试路",
    "without_a_last_column_that_must_be_there": "证（2）号,测试路,",
    "a_column_too_many": "证（2）号,测试路,1,a/b/c,1,1",
    "50000_columns": "," * 50_000,
    "a_number_that_is_none": "证（2）号,测试路,1e999999999,a/b/c,1",
    "no_number": "证（2）号,测试路,,a/b/c,1",
    "only_separators": ",,,,",
}


@pytest.mark.parametrize("fault", BAD_ROWS)
def test_a_bad_row_goes_back_and_the_good_ones_answer(drop: Drop, fault: str) -> None:
    put(drop, (GOOD + BAD_ROWS[fault] + "\r\n").encode("gb18030"), count=2)
    (batch,) = drop.collect().batches
    assert (batch.rows, batch.rejected) == (1, 1) and isinstance(drop.answer(), Found)
    listed = (drop.folder / "f_20261119.errors.csv").read_text("gb18030")
    assert "\n3," in listed and "测" not in listed


def test_a_row_that_lacks_empty_cells_at_its_end_or_has_more_of_them_is_a_row(drop: Drop) -> None:
    short, long = "证（2）号,测试路,1,a/b/c", "证（3）号,测试路,1,a/b/c,1,, ,"
    put(drop, f"{HEADER},,\r\n{ROW}\r\n{short}\r\n{long}\r\n".encode("gb18030"), count=3)
    (batch,) = drop.collect().batches
    assert (batch.rows, batch.rejected) == (3, 0) and isinstance(drop.answer(), Found)


def test_a_bad_row_is_named_by_its_line_and_by_the_row_that_a_spreadsheet_shows(drop: Drop) -> None:
    broken = '证（2）号,"测试路\r\n\r\n二号",一,a/b/c,1'
    put(drop, f"{GOOD}\r\n{broken}\r\n{broken}\r\n".encode("gb18030"), count=3)
    drop.collect()
    listed = (drop.folder / "f_20261119.errors.csv").read_text("gb18030").splitlines()
    assert listed[0].startswith("行号,") and listed[0].endswith(",表格行号（Excel、WPS 中所见）")
    assert [(one.split(",")[0], one.split(",")[-1]) for one in listed[1:]] == [("6", "4"), ("9", "5")]


def test_a_file_full_of_bad_rows_lists_the_first_and_counts_the_rest(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dropfile, "MOST_ERRORS", 10)
    put(drop, (GOOD + "x\r\n" * 30).encode("gb18030"), count=31)
    assert drop.collect().batches[0].rejected == 30
    listed = (drop.folder / "f_20261119.errors.csv").read_text("gb18030").splitlines()
    assert len(listed) == 12 and "另有 20 行" in listed[-1]


# --- the control file -------------------------------------------------------------------------------------------------

CONTROLS = {
    "empty": b"",
    "binary": bytes(range(256)) * 9,
    "utf_16": "WJM=f".encode("utf-16"),
    "larger_than_any": b"x" * 9_000_000,
    "html": b"<html>",
}


@pytest.mark.parametrize("fault", CONTROLS)
def test_a_control_file_that_is_none_refuses_the_file(drop: Drop, fault: str) -> None:
    put(drop, GOOD.encode("gb18030"), control=CONTROLS[fault])
    assert "控制文件" in refused(drop)


@pytest.mark.parametrize(
    "said",
    [
        {"WJM": "../../etc/passwd"},
        {"WJM": ".refused/x.csv"},
        {"HS": "-1"},
        {"HS": "9" * 5000},
        {"HS": "1.0"},
        {"RQ": "20261332"},
        {"RQ": "0"},
        {"RQ": "20261122"},
        {"RQ": "99991231"},
        {"ZY": "x"},
        {"ZY": ""},
    ],
    ids=lambda said: "-".join(f"{key}={value[:12]}" for key, value in said.items()),
)
def test_a_control_file_that_says_what_cannot_be_refuses_the_file(drop: Drop, said: dict[str, str]) -> None:
    put(drop, GOOD.encode("gb18030"), **said)
    assert "已移到一旁，不取用" in refused(drop)


def test_a_file_dated_ahead_does_not_shut_out_the_true_ones(drop: Drop) -> None:
    put(drop, GOOD.encode("gb18030"), name="f_20991231.csv", RQ="20991231")
    assert "还没有到" in refused(drop)
    drop.put("20261119")
    assert drop.collect().batches and isinstance(drop.answer(), Found)
    drop.put("20261121", rows=(ROW.replace("88", "89"),))  # their clock may be some hours ahead
    assert drop.collect().batches


# --- the file while it is read ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [ROW.replace("（1）", "（9）") + "\r\n", "\r\n"], ids=["a row", "an empty line"])
def test_a_file_that_grows_while_it_is_read_does_not_answer(
    drop: Drop, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    drop.put()
    drop.collect()
    plain = droplines.separated_lines

    def growing(place: Path, how: droplines.Separated) -> Iterator[dropfile.Line]:
        with place.open("ab") as theirs:  # their program still has it open, whatever it is called here
            theirs.write(more.encode("gb18030"))
        yield from plain(place, how)

    monkeypatch.setattr("adapters.kinds.dropsetup.separated_lines", growing)
    drop.put("20261120", rows=(ROW.replace("88", "89"),))
    said = refused(drop)
    assert "仍在变动" in said or "行数" in said
    assert isinstance(drop.answer(), Found) and len(drop.batches) == 1


def test_a_half_written_file_whose_control_file_came_too_early_is_refused_and_the_whole_one_taken(drop: Drop) -> None:
    body = GOOD.encode("gb18030")
    put(drop, body[:-20], ZY=hashlib.sha256(body).hexdigest())
    assert "摘要" in refused(drop)
    put(drop, body)
    assert drop.collect().batches and isinstance(drop.answer(), Found)


def test_on_a_full_disk_nothing_of_the_file_answers_and_it_is_taken_once_there_is_room(drop: Drop) -> None:
    drop.put()
    drop.collect()
    drop.put("20261120", rows=(ROW.replace("88", "89"),))
    with full_disk():
        collected = drop.collect()
    assert collected.batches == () and "下次再取" in collected.held[0] and len(drop.batches) == 1
    assert isinstance(drop.answer(), Found) and drop.collect().batches[0].rows == 1


# --- names, links, pipes ----------------------------------------------------------------------------------------------


def test_links_are_not_followed_and_pipes_not_waited_for(drop: Drop, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(GOOD.encode("gb18030"))
    (drop.folder / NAME).symlink_to(secret)
    (drop.folder / "f_20261119.ok").write_bytes(b"x")
    os.mkfifo(drop.folder / "f_20261118.csv")
    (drop.folder / "f_20261118.ok").write_bytes(b"x")
    put(drop, GOOD.encode("gb18030"), name="f_20261117.csv", RQ="20261117")
    os.remove(drop.folder / "f_20261117.ok")
    (drop.folder / "f_20261117.ok").symlink_to(secret)
    assert drop.collect().batches == () and secret.exists()


def test_a_link_that_takes_the_files_place_at_the_last_moment_is_not_read(drop: Drop, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(GOOD.encode("gb18030"))
    (tmp_path / "link").symlink_to(secret)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError):
        dropfile.digest(tmp_path / "link")
    assert dropfile.digest(tmp_path / "pipe") == hashlib.sha256().hexdigest()


def test_a_folder_linked_to_another_as_aside_is_not_left_by_a_name(drop: Drop) -> None:
    collects = drop.line.collects
    assert isinstance(collects, FileDrop)
    (drop.folder / "own.csv").write_bytes(b"x")
    for name in ("../own.csv", "/etc/hostname", "..", ".", "", "own.csv", "a/b.csv"):
        with pytest.raises(Misconfigured, match="held aside"):
            collects.accept(name)
    assert (drop.folder / "own.csv").read_bytes() == b"x"


@pytest.mark.parametrize(
    "name",
    [
        b"f_\xff\xfe.csv",
        b"f_\n20261119.csv",
        b"f_\x1b[2J.csv",
        "测".encode() * 80 + b".csv",
        "f_\u202evsc.exe.csv".encode(),
    ],
    ids=["no utf-8", "line break", "escape", "long", "turned round"],
)
def test_a_file_of_an_odd_name_is_refused_aloud_and_its_name_can_be_shown(drop: Drop, name: bytes) -> None:
    put(drop, GOOD.encode("gb18030"), name=os.fsdecode(name))
    drop.put()
    collected = drop.collect()
    assert len(collected.held) == 1 and "已移到一旁" in collected.held[0] and len(collected.batches) == 1
    collects = drop.line.collects
    assert isinstance(collects, FileDrop)
    for sentence in (*collected.held, *collects.aside()):
        sentence.encode()
        assert sentence.isprintable()
    assert drop.collect().held == ()


def test_an_encoding_that_is_not_read_is_told_when_connecting(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="gb18030, utf-8"):
        ports = replace(PORTS, on_batch=lambda _: None, replica_folder=tmp_path)
        connected(TOML.replace('"gb18030"', '"zlib"'), "", folder=tmp_path, ports=ports, drop=tmp_path)
