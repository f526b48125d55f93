"""Every type of certificate of the first site, with content as long as it comes: nothing overlaps, is divided or is left out."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from certificates import identifier
from certificates.certificate import (
    CITIZEN_ID,
    CREDIT_CODE,
    CertificateContent,
    ExtensionField,
    Holder,
    IssuingAuthority,
)
from certificates.faces.composing import face_of
from certificates.faces.layout import Layout, read_layout
from certificates.faces.model import Code, Face, Text
from certificates.faces.words import Mark, Preview
from certificates.pdf.rendering import Particulars, render
from tests.certificates.making import HYGIENE

SITE = Path(__file__).parents[3] / "catalog/sites/xixia"
FIRM = "西峡县示例伏牛山生态文化旅游产业综合开发运营管理示范有限责任公司第一分公司（白羽街道测试路示范店暨游客服务中心营业部）"
PERSON = "测试·阿卜杜热合曼·示例古丽·麦麦提依明"
ADDRESS = "河南省南阳市西峡县白羽街道示例社区测试大道与演示路交叉口向东二百米路北示例国际商贸城三期A区12号楼B座1单元1801室至1806室（含地下一层储藏间）"
SCOPE = (
    "许可项目：住宿服务；餐饮服务；食品销售；歌舞娱乐活动（依法须经批准的项目，经相关部门批准后方可开展经营活动）。一般项目："
    + "游览景区管理；休闲观光活动；会议及展览服务；停车场服务；" * 8
)
DEED, DAY = "豫（2026）西峡县不动产权第0900001号", "2026年11月28日"
OFFICE = "西峡县住房和城乡建设局（城市管理综合执法大队）"
CODE = b"YC1:" + b"NCFOXN%TSMAHN-H0K7 3FKC" * 28
MARK = Mark(
    "向西峡县示例农村商业银行股份有限公司白羽支行申请办理“我要开民宿”一件事创业担保贷款及其展期、续贷手续",
    "西峡县示例政务服务中心综合窗口", date(2026, 11, 28), date(2026, 12, 28), "411323202600000012", OFFICE, sealed=True,
)  # fmt: skip
STATES = {"certificate": None, "copy": MARK}
_TOKENS = re.compile(
    r"\d{4}年\d{1,2}月\d{1,2}日|〔?（?\d{4}）?〕?西峡县不动产权第\d+号|[0-9A-Z]{15,}|1\.2\.156[0-9A-Z.]+"
)


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        eps = 0.05
        across = self.left < other.right - eps and other.left < self.right - eps
        return across and self.top < other.bottom - eps and other.top < self.bottom - eps


@cache
def types() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in (SITE / "certificates.toml", *sorted((SITE / "certificates").glob("*.toml"))):
        found |= {each["title"]: each for each in tomllib.loads(path.read_text("utf-8"))["certificates"]}
    return found


@cache
def layout(name: str) -> Layout:
    return read_layout((SITE / f"faces/{name}.toml").read_bytes())


def value(field: str, holder: str) -> str:
    """As long as such a field comes, by what its name in the dictionary says."""
    if field in ("enterprise_name", "name"):
        return holder
    for ends, long in (
        (("_on", "_from", "_to", "_until", "date"), DAY), (("number",), DEED), (("address", "_site", "_road"), ADDRESS),
        (("scope", "_items", "_products", "_varieties"), SCOPE), (("representative_name",), PERSON),
        (("_name",), FIRM), (("area", "amount", "debt", "_paid", "_base"), "1234567.89平方米"),
    ):  # fmt: skip
        if field.endswith(ends):
            return long
    return "示例内容较长的填写说明，包括依照规定应当载明的其他事项"


def certificate(kind: dict[str, Any]) -> CertificateContent:
    person = kind["holder"] == "person"
    holder = (
        Holder(PERSON, "411323199003079917", CITIZEN_ID) if person else Holder(FIRM, "91411323MA9000040P", CREDIT_CODE)
    )
    fields = tuple(ExtensionField(e["name"], e["label"], value(e["field"], holder.name)) for e in kind["extensions"])
    until = None if kind["validity"].get("unlimited") else date(2031, 11, 27)
    return CertificateContent(
        identifier.make(kind["code"], HYGIENE, "20264113230000000012"), kind["code"], kind["title"], f"4113232026{kind['code'][-4:]}000012",
        holder, IssuingAuthority(OFFICE, HYGIENE), date(2026, 11, 28), date(2026, 11, 28), until, fields,
    )  # fmt: skip


@cache
def face(title: str, state: str) -> Face:
    kind = types()[title]
    return face_of(certificate(kind), layout(kind["face"]), CODE, STATES[state])


def boxes(made: Face) -> Iterator[tuple[str, str, Box]]:
    """What stands on the first page, the watermark left aside."""
    for each in made.pages[0].elements:
        if isinstance(each, Text) and not each.turn:
            right = each.x + each.offsets[-1] + made.fonts.width(each.text[-1]) * each.size
            yield each.text, each.shows, Box(each.x, each.y - each.size * 0.86, right, each.y + each.size * 0.12)
        elif isinstance(each, Code):
            quiet = 4 * each.size / len(each.rows)
            end = each.size + quiet
            yield "QR", "", Box(each.x - quiet, each.y - quiet, each.x + end, each.y + end)


every_face = pytest.mark.parametrize("state", STATES)


@every_face
def test_no_two_things_overlap_on_any_type_s_face(state: str) -> None:
    for title in types():
        placed = list(boxes(face(title, state)))
        found = [(a, b) for i, (a, _, one) in enumerate(placed) for b, _, two in placed[:i] if one.meets(two)]
        assert not found, (title, found)


@every_face
def test_everything_stays_within_the_frame(state: str) -> None:
    for title, kind in types().items():
        used = layout(kind["face"])
        edge = max((frame.x + frame.band for frame in used.frames if not frame.only), default=15.0)
        room = Box(edge, edge, used.width - edge, used.height - edge)
        for text, _, box in boxes(face(title, state)):
            assert room.left <= box.left and box.right <= room.right, (title, text)
            assert room.top <= box.top and box.bottom <= room.bottom, (title, text)


def test_the_seal_lies_over_its_authority_s_name_and_date_and_nothing_else() -> None:
    for title in types():
        made = face(title, "certificate")
        seal = Box(made.seal.x, made.seal.y, made.seal.x + made.seal.size, made.seal.y + made.seal.size)
        under = {(text if text == "QR" else shows) for text, shows, box in boxes(made) if box.meets(seal)}
        assert under == {"authority.name", "issued_on"}, title


def test_the_seal_s_own_line_lies_between_name_and_date() -> None:
    for path in (SITE / "faces").glob("*.toml"):
        made, seal = layout(path.stem), layout(path.stem).seal
        line = seal.y + seal.size * 0.735, seal.y + seal.size * 0.81
        [name] = [w for w in made.words if w.text == "{authority.name}" and w.only == ("not-copy",)]
        [day] = [w for w in made.words if w.text == "{issued_on}" and w.only == ("not-copy",)]
        assert name.y < line[0] and line[1] < day.y - day.size * 25.4 / 72 * 0.8


def meant(made: Face) -> Iterator[tuple[str, int, float, float]]:
    for number, page in enumerate(made.pages):
        for text in (each for each in (*page.ground, *page.elements) if isinstance(each, Text)):
            across, down = math.cos(math.radians(text.turn)), math.sin(math.radians(text.turn))
            places = ((text.x + far * across, text.y + far * down) for far in text.offsets)
            yield from ((c, number, *place) for c, place in zip(text.text, places, strict=True))


def drawn(made: Face) -> Iterator[tuple[str, int, float, float]]:
    """Each character of the PDF with its page and origin in millimetres, as pdfium reads them."""
    said = Particulars("示例", "示例机构", "示例", datetime(2026, 1, 1, tzinfo=UTC))
    x, y, points = pdfium.c_double(), pdfium.c_double(), 72 / 25.4
    for number, page in enumerate(pypdfium2.PdfDocument(render(made, said))):
        text, height = page.get_textpage(), page.get_height()
        for index in range(text.count_chars()):
            pdfium.FPDFText_GetCharOrigin(text, index, x, y)
            if not pdfium.FPDFText_IsGenerated(text, index):
                yield (
                    chr(pdfium.FPDFText_GetUnicode(text, index)),
                    number,
                    x.value / points,
                    (height - y.value) / points,
                )


def test_every_character_of_every_face_stands_in_the_pdf_where_the_face_has_it() -> None:
    # A bracket at the end of a line, two marks together, a letter after a number: nothing of it may move what stands there.
    # On a copy no line of the watermark is broken, and all of it lies on the page.
    first = next(iter(types()))
    faces = [*(face(title, "certificate") for title in types()), face(first, "copy")]
    whole = replace(faces[0], pages=tuple(page for each in faces for page in each.pages))
    wanted, found = ([p for p in places if not p[0].isspace()] for places in (meant(whole), drawn(whole)))
    moved = [(w, f) for w, f in zip(wanted, found, strict=True) if w[:2] != f[:2] or math.dist(w[2:], f[2:]) > 0.02]
    assert len(wanted) > 20_000 and not moved, moved[:5]


@every_face
def test_no_day_number_or_code_is_divided(state: str) -> None:
    for title, kind in types().items():
        said = certificate(kind)
        lines = [text.text for text in face(title, state).texts()]
        tokens = {said.number, said.holder.code, str(said.identifier), DAY}
        tokens |= {token for field in said.fields for token in _TOKENS.findall(field.value)}
        assert [token for token in tokens if not any(token in line for line in lines)] == [], title


@every_face
def test_no_label_stands_alone_at_the_end_of_a_line(state: str) -> None:
    for title, kind in types().items():
        labels = {f"{field.label}：" for field in certificate(kind).fields}
        ends = [text.text for text in face(title, state).texts() if not text.turn and text.text in labels]
        assert ends == [], title


@every_face
def test_every_field_is_on_the_face_or_its_annex_with_its_label(state: str) -> None:
    for title, kind in types().items():
        text = "".join(each.text for each in face(title, state).texts() if not each.turn)
        said = certificate(kind)
        assert [e.label for e in said.fields if e.value not in text] == [], title
        shown = [e.label for e in said.fields if e.value not in (said.holder.code, said.number)]
        assert [label for label in shown if label not in text and kind["face"] != "opinion"] == [], title


def test_what_a_certificate_lacks_leaves_no_label_and_no_gap_in_words() -> None:
    for kind in types().values():
        bare = certificate({**kind, "extensions": kind["extensions"][:1], "validity": {"unlimited": True}})
        text = "".join(each.text for each in face_of(bare, layout(kind["face"])).texts())
        assert "至长期" not in text and "有效期：" not in text and "扫码" not in text and "—" not in text


def test_a_licence_without_end_says_so_in_words() -> None:
    kind = types()["营业执照"]
    assert "自2026年11月28日起长期有效" in "".join(each.text for each in face(kind["title"], "certificate").texts())


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("住房公积金贷款审批通知书（购买二手住房）", ("你提出的申请收悉", "通知如下", "特此通知。")),
        (
            "公众聚集场所投入使用、营业前消防安全检查意见书",
            ("你单位提出的申请收悉", "出具意见如下：同意投入使用、营业"),
        ),
        ("建设项目环境影响报告表批复", ("批复如下", "此复。")),
        ("设置养老机构备案回执", ("机构名称", "上述事项已予备案。")),
        ("食品小经营店登记证", ("登记证编号",)),
        ("就业创业证", ("姓名",)),
    ],
)
def test_a_face_is_worded_as_its_kind_of_document_is(title: str, words: tuple[str, ...]) -> None:
    text = "".join(each.text for each in face(title, "certificate").texts())
    assert [word for word in words if word not in text] == []


def test_a_preview_says_that_it_is_one() -> None:
    kind = types()["食品经营许可证"]
    text = "".join(each.text for each in face_of(certificate(kind), layout(kind["face"]), mark=Preview()).texts())
    assert "预览图　不作凭证使用" in text and "不是电子证照原件" in text and "同等法律效力" not in text
