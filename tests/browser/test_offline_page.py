"""The page that verifies codes without a network, opened from a file in Chromium: each verdict, and the same as Python's."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pypdfium2
import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from certificates import statuslist
from certificates.compact import cose, credential
from certificates.compact.checking import check
from certificates.compact.page import page
from certificates.copies import DPI
from certificates.errors import Malformed
from certificates.faces.composing import face_of
from certificates.faces.drawing import preview
from certificates.faces.layout import read_layout
from certificates.faces.model import Face
from certificates.pdf.rendering import Particulars, render
from certificates.status import StatusEntry
from certificates.trust import Trust
from tests.certificates.compact.making import CATERING, STATUS, WORLD, a_person, issued, shown
from tests.certificates.compact.test_checking import token
from tests.certificates.making import AT, DAY, FIRE, HYGIENE, content

TITLE = re.compile("电子证照离线核验")
GOOD = shown(*CATERING)
LISTED = replace(WORLD.trust(), status_lists={HYGIENE: WORLD.status_list()})
FACES = Path(__file__).parents[2] / "catalog/sites/xixia/faces"
PHONE = {"width": 390, "height": 844}


def whole_page(face: Face) -> bytes:
    """The first page of the PDF as a screen shows it, at 150 points to the inch."""
    picture = io.BytesIO()
    document = pypdfium2.PdfDocument(render(face, Particulars("示例", "示例机构", "示例", AT)))
    document[0].render(scale=150 / 72).to_pil().save(picture, "PNG")
    return picture.getvalue()


@pytest.fixture(scope="module")
def own_phone(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A phone without a network, and whatever it asked of anybody or said in the console."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai", offline=True)  # type: ignore[arg-type]
    opened = context.new_page()
    found: list[str] = []
    opened.on("console", lambda message: found.append(message.text))
    opened.on("pageerror", lambda error: found.append(str(error)))
    opened.on(
        "request", lambda request: None if request.url.startswith(("file:", "blob:")) else found.append(request.url)
    )
    yield opened, found
    context.close()


@pytest.fixture
def phone(own_phone: tuple[Page, list[str]]) -> Iterator[Page]:
    """The phone with nothing open; nothing may be asked of anybody and nothing may go wrong in the console."""
    page, found = own_phone
    found.clear()
    yield page
    page.goto("about:blank")
    assert [each for each in found if each != "about:blank"] == []


def opened(phone: Page, folder: Path, trust: Trust = LISTED, at: datetime = AT) -> Page:
    file = folder / "verify.html"
    file.write_text(page(trust, AT), "utf-8")
    phone.clock.set_fixed_time(at)
    phone.goto(file.as_uri())
    expect(phone).to_have_title(TITLE)
    return phone


def judged(phone: Page, code: str) -> str:
    """Paste the text of a code and return the verdict."""
    phone.get_by_label("或粘贴二维码中的文字").fill(code)
    phone.get_by_role("button", name="核验文字").click()
    expect(phone.locator("#result .verdict")).to_be_visible()
    return phone.locator("#result").inner_text()


def test_a_good_code_is_valid_and_shows_the_chosen_fields_alone(phone: Page, tmp_path: Path) -> None:
    said = judged(opened(phone, tmp_path), credential.qr_text(shown("许可项目", made=a_person())))
    assert "核验通过" in said and "住宿场所" in said and "测**" in said and "没有出示" in said
    assert "测试甲" not in said and "示例镇" not in said
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_picture_of_a_code_is_read(phone: Page, tmp_path: Path) -> None:
    picture = io.BytesIO()
    segno.make(credential.qr_text(GOOD), error="m").save(picture, kind="png", scale=4)
    opened(phone, tmp_path).locator("#picture").set_input_files(
        {"name": "code.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    expect(phone.locator("#result h2")).to_have_text("核验通过")


@pytest.mark.parametrize("made", ["preview", "pdf"])
def test_a_code_on_a_whole_page_is_read_at_whatever_size_the_page_is(phone: Page, tmp_path: Path, made: str) -> None:
    """Shrunk to 1600 points alone, neither code was found."""
    layout = read_layout((FACES / "permit-portrait.toml").read_bytes())
    face = face_of(content(), layout, credential.qr_text(shown() if made == "pdf" else GOOD).encode())
    sheet = whole_page(face) if made == "pdf" else preview(face, dpi=DPI)
    opened(phone, tmp_path).locator("#picture").set_input_files(
        {"name": "page.png", "mimeType": "image/png", "buffer": sheet}
    )
    expect(phone.locator("#result h2")).to_have_text("核验通过")


def test_a_picture_without_a_code_is_said_to_have_none(phone: Page, tmp_path: Path) -> None:
    blank = io.BytesIO()
    Image.new("L", (500, 420), 255).save(blank, "PNG")
    opened(phone, tmp_path).locator("#picture").set_input_files(
        {"name": "blank.png", "mimeType": "image/png", "buffer": blank.getvalue()}
    )
    expect(phone.locator("#result .verdict")).to_contain_text("没有找到二维码")


def test_a_changed_code_is_refused(phone: Page, tmp_path: Path) -> None:
    message = cose.read(GOOD)
    forged = replace(message, payload=message.payload.replace("卫生许可证".encode(), "食品许可证".encode()))
    said = judged(opened(phone, tmp_path), credential.qr_text(forged.to_bytes()))
    assert "核验未通过" in said and "数字签名不符" in said and "持证主体" not in said


def test_an_expired_one_is_refused(phone: Page, tmp_path: Path) -> None:
    assert "已过期" in judged(opened(phone, tmp_path, at=AT + 2000 * DAY), credential.qr_text(GOOD))


def test_a_revoked_one_is_refused(phone: Page, tmp_path: Path) -> None:
    entry = StatusEntry(str(content().identifier), "07", AT - 2 * DAY)
    trust = replace(LISTED, status_lists={HYGIENE: WORLD.status_list(entry)})
    assert "吊销" in judged(opened(phone, tmp_path, trust), credential.qr_text(GOOD))


def test_the_list_that_a_code_names_is_asked_first(phone: Page, tmp_path: Path) -> None:
    suspended = token({STATUS.index: statuslist.SUSPENDED})
    opened(phone, tmp_path, replace(LISTED, token_lists=(suspended,)))
    assert "被暂扣" in judged(phone, credential.qr_text(GOOD))


def test_an_unknown_issuer_is_refused(phone: Page, tmp_path: Path) -> None:
    trust = Trust({FIRE: WORLD.trust().authorities[FIRE]})
    assert "没有这一颁发机构" in judged(opened(phone, tmp_path, trust), credential.qr_text(GOOD))


def test_a_stale_list_leaves_the_verdict_open(phone: Page, tmp_path: Path) -> None:
    said = judged(opened(phone, tmp_path, at=AT + 30 * DAY), credential.qr_text(GOOD))
    assert "现状不明" in said and "已过更新期" in said and "核验通过" not in said


def test_it_says_so_where_it_has_no_list(phone: Page, tmp_path: Path) -> None:
    assert "尚有未核验项" in judged(opened(phone, tmp_path, WORLD.trust()), credential.qr_text(GOOD))


def test_what_is_no_code_is_said_to_be_none(phone: Page, tmp_path: Path) -> None:
    assert "应以 YC1: 开头" in judged(opened(phone, tmp_path), "HC1:ABC")


def test_junk_behind_the_right_beginning_is_said_to_be_no_credential(phone: Page, tmp_path: Path) -> None:
    assert "这不是电子证照的凭证" in judged(opened(phone, tmp_path), "YC1:ABC")


def test_a_list_that_its_authority_did_not_sign_does_not_go_in() -> None:
    forged = WORLD.status_list(seal=WORLD.seal(FIRE))
    with pytest.raises(Malformed, match="not signed by its authority"):
        page(replace(LISTED, status_lists={HYGIENE: forged}), AT)


def test_a_revoked_key_a_key_id_of_two_a_later_list_and_small_letters_are_told_as_python_tells_them(
    phone: Page, tmp_path: Path
) -> None:
    opened(phone, tmp_path, replace(LISTED, token_lists=(token({STATUS.index: statuslist.SUSPENDED}, AT),)))
    judge = """async ([text, now, change, code]) => {
      const other = structuredClone(trust), body = other.authorities.find((each) => each.code === code);
      if (change === "revoked") body.keys[0].revoked = now;
      if (change === "twice") body.keys.push(body.keys[0]);
      return (await verify(text, other, now)).checks.filter((each) => each.outcome === "failed").map((each) => each.name);
    }"""
    text, now = credential.qr_text(GOOD), int(AT.timestamp())
    asked = [
        (text, now, ""),
        (text, now, "revoked"),
        (text, now - 3600, ""),
        (text, now - 3600, "twice"),
        (text.lower(), now, ""),
    ]
    assert [phone.evaluate(judge, [*each, HYGIENE]) for each in asked] == [
        ["status"], ["key", "status"], [], ["key"], ["format"],
    ]  # fmt: skip


def test_the_page_judges_as_python_does(phone: Page, tmp_path: Path) -> None:
    """Hundreds of changed credentials through the page's own script: the same outcome of each check."""
    codes = [GOOD, shown(), issued().credential, GOOD[:-1], b"", b"\xd2\x84"]
    for index in range(len(GOOD)):
        change = 1 + index * 101 % 255
        codes.append(GOOD[:index] + bytes([GOOD[index] ^ change]) + GOOD[index + 1 :])
    judge = """async ([texts, now]) => {
      const said = [];
      for (const text of texts) said.push((await verify(text, trust, now)).checks.map(({ name, outcome }) => [name, outcome]));
      return said;
    }"""
    texts = [credential.qr_text(code) for code in codes]
    given = opened(phone, tmp_path).evaluate(judge, [texts, int(AT.timestamp())])
    for code, said in zip(codes, given, strict=True):
        expected = {each.name: str(each.outcome) for each in check(code, LISTED, AT).checks}
        assert dict(said) == expected, code.hex()
