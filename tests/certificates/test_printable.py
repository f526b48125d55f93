"""The printable page: complete, safe, and asking for nothing from anywhere."""

import re
from html.parser import HTMLParser

from certificates.certificate import CITIZEN_ID, ExtensionField, Holder, read
from certificates.printable import printable, qr_text
from tests.certificates.making import World, content


class _Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_shows_everything_that_the_certificate_says(world: World) -> None:
    certificate = read(world.certificate())
    page = _Page(printable(certificate))
    shown = certificate.content
    expected = [shown.type_name, shown.number, shown.holder.name, shown.holder.code, shown.authority.name]
    expected += [text for field in shown.fields for text in (field.label, field.value)]
    expected += [str(shown.identifier), certificate.digest, world.suite, "2026年3月2日 至 2030年3月1日"]
    assert [text for text in expected if text not in page.text] == []


def test_a_certificate_without_end_is_printed_as_such(world: World) -> None:
    assert "自 2026年3月2日 起长期有效" in printable(read(world.certificate(content(valid_to=None))))


def test_the_page_asks_for_nothing_and_runs_nothing(world: World) -> None:
    page = _Page(printable(read(world.certificate())))
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(page.tags)
    assert not {"src", "href", "style"} & {name for name, _ in page.attributes}
    assert not re.search(r"url\(|@import", page.text)


def test_markup_in_a_certificate_is_text_on_the_page(world: World) -> None:
    attack = '<script>alert(1)</script><img src=x onerror="1">'
    made = content(
        type_name=attack,
        number=attack,
        holder=Holder(attack, "411323198808089904", CITIZEN_ID),
        fields=(ExtensionField("a", attack, attack),),
    )
    page = _Page(printable(read(world.certificate(made)), nonce='"><script>'))
    assert not {"script", "img"} & set(page.tags)
    assert page.text.count(attack) == 6


def test_the_nonce_goes_onto_the_one_style(world: World) -> None:
    page = printable(read(world.certificate()), nonce="abc123")
    assert page.count("<style") == page.count('<style nonce="abc123">') == 1


def test_the_qr_code_names_the_certificate_and_its_content_and_no_person(world: World) -> None:
    certificate = read(world.certificate())
    version, identifier, digest = qr_text(certificate).split("|")
    assert (version, identifier) == ("YJ1", str(certificate.content.identifier))
    assert certificate.digest.startswith(digest) and len(digest) == 32
    assert "<svg" in printable(certificate)
