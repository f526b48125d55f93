"""What a face shows and where, its font and its codes; that the shipped layouts hold any certificate."""

import hashlib
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import uharfbuzz
import zxingcpp
from PIL import Image

from certificates.certificate import CertificateContent, ExtensionField, Holder
from certificates.errors import Malformed
from certificates.faces import fonts
from certificates.faces.columns import SEE_ANNEX
from certificates.faces.composing import face_of
from certificates.faces.drawing import preview
from certificates.faces.layout import Layout, read_layout
from certificates.faces.model import Face, Text
from certificates.faces.typesetting import Type, lines_of
from certificates.faces.words import Mark
from tests.certificates.making import content

FACES = Path(__file__).parents[3] / "catalog/sites/xixia/faces"
LAYOUTS = sorted(FACES.glob("*.toml"))
MARK = Mark("办理开民宿一件事", "西峡县示例政务服务中心", date(2026, 11, 28), date(2026, 12, 28), "411323202600000012")


@pytest.fixture(params=LAYOUTS, ids=lambda path: path.stem)
def layout(request: pytest.FixtureRequest) -> Layout:
    return read_layout(request.param.read_bytes())


def shown(face: Face) -> str:
    return "".join(text.text for text in face.texts())


def with_field(value: str) -> CertificateContent:
    return content(fields=(ExtensionField("scope", "经营范围", value),))


def test_a_face_shows_everything_that_the_certificate_says(layout: Layout) -> None:
    made, text = content(), shown(face_of(content(), layout))
    said = [made.type_name, made.number, made.holder.name, made.holder.code, made.authority.name, str(made.identifier)]
    assert [word for word in (*said, *(each.value for each in made.fields), "2026年3月2日") if word not in text] == []


def test_the_same_certificate_gives_the_same_face(layout: Layout) -> None:
    assert face_of(content(), layout, b"HC1:CODE") == face_of(content(), layout, b"HC1:CODE")


def test_everything_lies_on_the_page_however_long_it_is(layout: Layout) -> None:
    long = content(type_name="公众聚集场所投入使用营业前消防安全检查意见书" * 2, number="编" * 60)
    long = replace(long, holder=Holder("示" * 120, "91411323MA9000040P", "001"), fields=with_field("售" * 300).fields)
    for page in face_of(long, layout).pages:
        for text in (each for each in page.elements if isinstance(each, Text)):
            assert text.x >= 0 and text.x + text.offsets[-1] + text.size <= page.width
            assert text.size < text.y < page.height


def test_what_no_box_can_hold_is_on_an_annex_page_in_full(layout: Layout) -> None:
    face = face_of(with_field("销售预包装食品，" * 400), layout)
    annex = "".join(e.text for page in face.pages[1:] for e in page.elements if isinstance(e, Text))
    assert SEE_ANNEX in shown(face) and annex.count("预") == 400


def test_an_annotated_copy_says_for_what_and_until_when(layout: Layout) -> None:
    text = shown(face_of(content(), layout, mark=MARK))
    assert "仅供办理开民宿一件事使用" in text and "2026年12月28日" in text and MARK.case_number in text


def test_a_character_without_a_glyph_is_an_error_that_names_it_and_no_box(layout: Layout) -> None:
    with pytest.raises(Malformed, match=r"U\+2FFFF") as caught:
        face_of(with_field("西峡\U0002ffff"), layout)
    assert caught.value.code == "font-glyph"


def test_a_further_font_gives_what_the_first_lacks(tmp_path: Path) -> None:
    small = tmp_path / "small.ttf"
    small.write_bytes(fonts.shipped().subset(0, frozenset("西峡县")))
    face = face_of(
        with_field("西峡㛃县"), read_layout(LAYOUTS[0].read_bytes()), fonts=fonts.Fonts((small, fonts.SHIPPED))
    )
    runs = [(text.text, text.font) for text in face.texts() if text.shows == "fields.scope"]
    assert runs == [("西峡", 0), ("㛃", 1), ("县", 0)]
    assert face.characters(0) == set("西峡县") and "㛃" in face.characters(1)


def test_a_file_that_is_no_font_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.ttf").write_text("no font")
    with pytest.raises(Malformed, match="notes.ttf"):
        fonts.Fonts((fonts.SHIPPED, tmp_path / "notes.ttf"))


def test_rare_characters_of_names_are_in_the_font() -> None:
    assert [character for character in "㛃䶮𫖯𬱖𠅤龘䲜㭎𣲗𬭚" if fonts.shipped().index_for(character)] == []


def test_the_shipped_font_is_the_one_its_page_names() -> None:
    page = fonts.SHIPPED.with_name("README.md").read_text("utf-8")
    assert hashlib.sha256(fonts.SHIPPED.read_bytes()).hexdigest() in page


def test_a_subset_has_its_characters_and_no_others() -> None:
    subset = fonts.shipped().subset(0, frozenset("西峡A1"))
    assert set(uharfbuzz.Face(uharfbuzz.Blob(subset)).unicodes) == set(map(ord, "西峡A1"))


def test_a_line_begins_with_no_closing_mark_and_ends_with_no_opening_one() -> None:
    text = "预包装食品销售（不含冷藏冷冻食品），热食类食品制售、冷食类（不含冷荤）。" * 3
    for width in range(20, 60):
        lines = lines_of(text, Type(5.0), float(width), fonts.shipped())
        assert "".join(lines) == text
        assert not [line for line in lines if line[0] in "，。、）" or line[-1] == "（"]


def test_a_number_is_not_broken_over_two_lines() -> None:
    assert lines_of("编号二〇二六91411323MA9000040P", Type(5.0), 60.0, fonts.shipped())[1] == "91411323MA9000040P"


def test_the_code_in_a_preview_is_read_by_a_scanner(layout: Layout) -> None:
    message = bytes(range(128, 256)) * 3
    with Image.open(io.BytesIO(preview(face_of(content(), layout, message), dpi=96))) as picture:
        found = zxingcpp.read_barcodes(picture)
        assert picture.size == (round(layout.width * 96 / 25.4), round(layout.height * 96 / 25.4))
    assert [each.bytes for each in found] == [message]


def test_more_than_a_code_can_hold_is_refused() -> None:
    with pytest.raises(Malformed) as caught:
        face_of(content(), read_layout(LAYOUTS[0].read_bytes()), bytes(5000))
    assert caught.value.code == "qr-too-long"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("width =", "breadth =", "breadth"),
        ("height = 297.0", 'height = "A4"', "height"),
        ('"{holder.name}"', '"{holder.shoe}"', "holder.shoe"),
        ('align = "center"', 'align = "middle"', "align"),
        ("yijian-layout/1", "yijian-layout/9", "format"),
        ("size =", "size = =", "TOML"),
    ],
)
def test_a_mistake_in_a_layout_is_told_by_its_place(old: str, new: str, said: str) -> None:
    raw = (FACES / "permit-portrait.toml").read_text("utf-8").replace(old, new).encode()
    with pytest.raises(Malformed, match=said):
        face_of(content(), read_layout(raw))


def test_a_title_of_two_lines_stays_clear_of_what_follows(layout: Layout) -> None:
    face = face_of(content(type_name="娱乐经营许可证（游艺娱乐场所）"), layout)
    title = [text for text in face.texts() if text.shows == "type_name"]
    below = [text for text in face.texts() if text.y > title[-1].y]
    assert min(text.y - text.size for text in below) > title[-1].y + title[-1].size * 0.2


def test_no_character_stands_alone_on_the_last_line_of_a_text() -> None:
    width = Type(5.0).size * 10
    assert lines_of("西峡县示例第一人民医院：", Type(5.0), width, fonts.shipped()) == ["西峡县示例第一人民", "医院："]
    assert lines_of("西峡县示例第一人民医疗中心", Type(5.0), width, fonts.shipped()) == [
        "西峡县示例第一人民医",
        "疗中心",
    ]
    assert lines_of("西峡县桑坪镇示例村山水路8号院", Type(5.0), 14 * 5.0, fonts.shipped())[1] == "8号院"
    number = "91411323MA9000040P"
    alone = lines_of(f"测试单位{number}院", Type(5.0), fonts.shipped().measure(number) * 5.0, fonts.shipped())
    assert alone == ["测试单位", number, "院"], "nothing leaves its box for it"


def test_an_annex_of_a_copy_bears_its_watermark_and_what_the_first_page_says_at_its_foot(layout: Layout) -> None:
    annex = face_of(with_field("预" * 5000), layout, mark=MARK).pages[1]
    texts = [each for each in annex.elements if isinstance(each, Text)]
    assert any(each.turn for each in texts) and any(each.text.startswith("本件为加注件") for each in texts)
    assert max(each.y for each in texts if not each.turn) < annex.height - 10


LABEL, NUMBER = "宅基地使用权证号：", "西峡县集用（2020）第0001234567号"


@pytest.mark.parametrize("width", range(13, 31))
def test_a_label_never_stands_alone_while_what_it_is_the_label_of_begins_the_next_line(width: int) -> None:
    for text in (LABEL + NUMBER, f"经审查，准予在示例村建房，{LABEL}{NUMBER}，请按规定办理。"):
        lines = lines_of(text, Type(5.0), width * 5.0, fonts.shipped())
        assert "".join(lines) == text
        assert not any(line.endswith("：") for line in lines[:-1]), lines


def test_a_label_goes_down_with_its_number_where_both_fit_one_line() -> None:
    lines = lines_of(f"准予在示例村按批准的面积建房，{LABEL}{NUMBER}", Type(5.0), 27 * 5.0, fonts.shipped())
    assert lines == ["准予在示例村按批准的面积建房，", LABEL + NUMBER]
