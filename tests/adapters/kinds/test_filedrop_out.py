"""Item cases by file: what a department finds in its outgoing folder, once for each key, whole or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.connect import Connected
from adapters.contract import (
    Attachment,
    Handover,
    Misconfigured,
    PeerRefused,
    PeerUnreachable,
    Stop,
    Taken,
    UpstreamResult,
)
from tests.adapters.kinds.making import PORTS, connected, handover
from tests.support.full_disk import full_disk

ITEM = "food-permit"
TOML = """
[department]
code = "d"
name = "测试局"
uscc = "11411323MB00009009"
kind = "filedrop"
[wire]
encoding = "gb18030"
words = { QH = "411323" }
[wire.outgoing]
folder = "xf"
control = { WJM = "{file}", HS = "{rows}", ZY = "{sha256}", RQ = { from = "{now}", as = "yyyymmdd" } }
[handles.food-permit.hand_over]
name = "sb_{key}.csv"
attachments = "{number}_{file_name}"
[handles.food-permit.hand_over.columns]
YWLSH = "{item_no}"
XZQH = "{wire.QH}"
XM = { from = "{form.owner.name}", required = true }
LX = { from = "{form.kind}", codes = { shop = "01", canteen = "02" } }
SBRQ = { from = "{now}", as = "yyyymmdd" }
[handles.food-permit.stop]
name = "cx_{key}.txt"
format = "fixed"
widths = [24, 20]
columns = { YWLSH = "{item_no}", YY = "{reason}" }
[handles.food-permit.supply]
name = "cl_{key}.xml"
format = "xml"
root = "Cl"
record = "Jl"
columns = { Ywlsh = "{item_no}", Fj = { each = "document", row = { Mc = "{file_name}", Nr = { from = "{body}", as = "base64" } } } }
"""
PAPER = Attachment("plan", "平面图", "B", media_type="application/pdf", body=b"%PDF-1.7 test")
STOP = Stop("stop:1", "411323-2026-000001-1", "", "申请人撤回", ITEM)
FORM = {"owner.name": "测试𠮷，一", "kind": "shop"}


class Out:
    """A drop folder and a hub that writes into it."""

    def __init__(self, root: Path, toml: str = TOML) -> None:
        self.root, self.toml, self.folder = root, toml, root / "xf"

    def line(self) -> Connected:
        ports = replace(PORTS, on_batch=lambda _: None, replica_folder=self.root / "replicas")
        return connected(self.toml, "", folder=self.root, ports=ports, drop=self.root)

    def hands(self, *attachments: Attachment, form: dict[str, str] | None = None, **more: Any) -> Taken:
        taken: Taken = self.sends("hand_over", handover(ITEM, form or FORM, attachments=attachments, **more))
        return taken

    def sends(self, call: str, what: Handover | Stop | UpstreamResult) -> Any:
        return asyncio.run(getattr(self.line().handles, call)(what))

    def names(self) -> list[str]:
        places = (place.relative_to(self.folder) for place in self.folder.rglob("*") if place.is_file())
        return sorted(place.as_posix() for place in places if place.parts[0] != ".sent")


@pytest.fixture
def out(tmp_path: Path) -> Out:
    return Out(tmp_path)


def test_an_item_case_is_a_file_in_their_words_with_its_control_file_after_it(out: Out) -> None:
    assert out.hands() == Taken("411323-2026-000001-1")
    assert out.names() == ["sb_handover=3A1.csv", "sb_handover=3A1.ok"]
    body = (out.folder / "sb_handover=3A1.csv").read_bytes()
    assert body.decode("gb18030").splitlines() == [
        "YWLSH,XZQH,XM,LX,SBRQ",
        "411323-2026-000001-1,411323,测试𠮷，一,01,20261120",
    ]
    said = (out.folder / "sb_handover=3A1.ok").read_text("gb18030").splitlines()
    assert said == ["WJM=sb_handover=3A1.csv", "HS=1", f"ZY={hashlib.sha256(body).hexdigest()}", "RQ=20261120"]


def test_the_same_item_case_again_is_taken_again_even_when_the_department_fetched_it(out: Out) -> None:
    out.hands()
    before = {name: (out.folder / name).stat().st_mtime_ns for name in out.names()}
    assert out.hands().again and before == {name: (out.folder / name).stat().st_mtime_ns for name in out.names()}
    for name in out.names():
        (out.folder / name).unlink()
    assert out.hands().again and out.names() == []
    assert not out.hands(key="handover:2").again and len(out.names()) == 2


def test_a_full_disk_leaves_nothing_of_the_file_and_it_is_sent_again(out: Out) -> None:
    with full_disk(), pytest.raises(PeerUnreachable, match="make room"):
        out.hands(PAPER)
    assert out.names() == [] and not list(out.folder.glob("sb*"))
    assert not out.hands(PAPER).again and len(out.names()) == 3


@pytest.mark.parametrize("part", ["sb_handover=3A1/1_plan.pdf", "sb_handover=3A1.csv", "sb_handover=3A1.ok"])
def test_whichever_part_cannot_take_its_place_the_file_is_complete_once_in_the_end(out: Out, part: str) -> None:
    (out.folder / part).mkdir(parents=True)
    with pytest.raises(PeerUnreachable):
        out.hands(PAPER)
    assert not (out.folder / "sb_handover=3A1.ok").is_file()
    (out.folder / part).rmdir()
    out.hands(PAPER)
    assert out.names() == ["sb_handover=3A1.csv", "sb_handover=3A1.ok", "sb_handover=3A1/1_plan.pdf"]


def test_what_a_killed_worker_left_half_written_is_written_anew(out: Out) -> None:
    out.folder.mkdir()
    (out.folder / "sb_handover=3A1.csv.tmp").write_bytes(b"YWL")
    (out.folder / "sb_handover=3A1.csv").write_bytes(b"YW")
    assert not out.hands().again
    assert out.names() == ["sb_handover=3A1.csv", "sb_handover=3A1.ok"]
    assert (out.folder / "sb_handover=3A1.csv").read_bytes().startswith(b"YWLSH,")


def test_attachments_lie_beside_the_file_under_names_of_their_own(out: Out) -> None:
    out.hands(PAPER, replace(PAPER, body=b"%PDF-1.7 page 2"))
    beside = out.folder / "sb_handover=3A1"
    assert [one.name for one in sorted(beside.iterdir())] == ["1_plan.pdf", "2_plan.pdf"]
    assert (beside / "2_plan.pdf").read_bytes() == b"%PDF-1.7 page 2"


@pytest.mark.parametrize("code", ["../../etc", "a/b", "a:b", "a\nb", "x" * 300])
def test_an_attachments_name_that_would_climb_out_is_refused(out: Out, code: str) -> None:
    with pytest.raises(PeerRefused, match="no plain name"):
        out.hands(replace(PAPER, code=code))
    assert not out.folder.exists() or out.names() == []


@pytest.mark.parametrize("link", ["xf", "xf/sb_handover=3A1", "xf/sb_handover=3A1.csv.tmp", "xf/sb_handover=3A1.csv"])
def test_a_link_in_the_folder_leads_to_nothing_that_is_written(out: Out, tmp_path: Path, link: str) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "kept").write_text("kept")
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(own / "kept" if "csv" in link else own)
    with contextlib.suppress(PeerUnreachable):
        out.hands(PAPER)
    assert [one.name for one in own.iterdir()] == ["kept"] and (own / "kept").read_text() == "kept"


def test_a_key_or_item_number_cannot_climb_out_of_the_folder(out: Out, tmp_path: Path) -> None:
    out.hands(key="../../x")
    assert out.names() == ["sb_..=2F..=2Fx.csv", "sb_..=2F..=2Fx.ok"]
    odd = Out(tmp_path, TOML.replace("sb_{key}.csv", "{item_no}_{key}.csv"))
    with pytest.raises(PeerRefused, match="no plain name"):
        odd.sends("hand_over", replace(handover(ITEM, FORM), item_no="../x"))


@pytest.mark.parametrize(
    ("form", "rule"), [({"kind": "shop"}, "XM .*required"), ({**FORM, "kind": "bar"}, "LX .*code_list")]
)
def test_a_word_that_they_do_not_know_or_a_value_that_is_missing_is_not_sent(
    out: Out, form: dict[str, str], rule: str
) -> None:
    with pytest.raises(PeerRefused, match=rule):
        out.hands(form=form)
    assert not out.folder.exists()


def test_a_stop_and_a_result_have_files_of_their_own_formats(out: Out) -> None:
    out.sends("stop", STOP)
    fixed = (out.folder / "cx_stop=3A1.txt").read_bytes()
    assert fixed == "411323-2026-000001-1    申请人撤回          \r\n".encode("gb18030")
    at = datetime(2026, 11, 20, tzinfo=UTC)
    out.sends("supply", UpstreamResult("s:1", "N-1", "", "fire-check", "合格", "", PAPER, at, ITEM))
    text = (out.folder / "cl_s=3A1.xml").read_text("gb18030")
    assert "<Jl><Ywlsh>N-1</Ywlsh><Fj><Mc>plan.pdf</Mc><Nr>JVBERi0xLjcgdGVzdA==</Nr></Fj></Jl>" in text


def test_a_value_that_is_longer_than_its_fixed_width_is_not_cut_off(out: Out) -> None:
    with pytest.raises(PeerRefused, match="YY .*longer_than_20_bytes"):
        out.sends("stop", replace(STOP, reason="申请人撤回并说明情况了"))


def test_json_lines_give_a_row_for_each_attachment(tmp_path: Path) -> None:
    columns = 'columns = { each = "attachments", row = { NO = "{item_no}", MC = "{name}", XH = { from = "{number}", as = "integer" } } }'
    head = TOML.partition("[handles")[0].replace("gb18030", "utf-8")
    out = Out(tmp_path, f'{head}[handles.{ITEM}.hand_over]\nname = "{{key}}.jsonl"\nformat = "jsonl"\n{columns}')
    out.hands(PAPER, PAPER, key="k1")
    rows = [json.loads(line) for line in (out.folder / "k1.jsonl").read_text("utf-8").splitlines()]
    assert [row["MC"] for row in rows] == ["平面图", "平面图"] and [str(row["XH"]) for row in rows] == ["1", "2"]
    assert "HS=2" in (out.folder / "k1.ok").read_text("utf-8")


def test_without_a_control_file_the_last_rename_is_that_of_the_file(tmp_path: Path) -> None:
    out = Out(tmp_path, TOML.replace('folder = "xf"', 'folder = "xf"\nok = false'))
    out.hands()
    assert out.names() == ["sb_handover=3A1.csv"] and out.hands().again


def test_a_drop_folder_that_is_not_mounted_is_not_made_up(tmp_path: Path) -> None:
    out = Out(tmp_path / "gone")
    with pytest.raises(PeerUnreachable, match="mount it"):
        out.hands()
    assert not out.folder.exists()
    assert any("outgoing folder" in said for said in asyncio.run(out.line().check()))


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ('folder = "xf"', 'folder = "../xf"', "one folder"),
        ("sb_{key}.csv", "../{key}.csv", "name is one file"),
        ("sb_{key}.csv", "sb_{item_no}.csv", "name is one file"),
        ("{number}_{file_name}", "{file_name}", "attachments names"),
        ("{form.owner.name}", "{owner_name}", "no known word"),
        ("[24, 20]", "[24]", "widths"),
        ('root = "Cl"', "delimiter = ';'", "does not belong"),
        ("ZY =", "ZY2 = '{hash}', ZY =", "no known word"),
    ],
)
def test_a_mistake_in_the_manifest_is_a_sentence_when_the_department_is_connected(
    tmp_path: Path, good: str, bad: str, said: str
) -> None:
    with pytest.raises(Misconfigured, match=said):
        Out(tmp_path, TOML.replace(good, bad)).line()


def test_an_item_that_the_department_does_not_take_is_refused(out: Out) -> None:
    with pytest.raises(PeerRefused, match="takes no item"):
        out.sends("stop", replace(STOP, item="other"))
