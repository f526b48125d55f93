"""The offline page as text: what is in it, and that what is of others is as they made it. tests/browser opens it."""

import hashlib
import io
from dataclasses import replace
from pathlib import Path

from certificates.command import UNUSABLE, VALID, page_command
from certificates.compact.page import PARTS, page
from certificates.trust import write_authority
from tests.certificates.compact.making import WORLD
from tests.certificates.making import AT, HYGIENE


def test_the_qr_reader_is_that_of_the_npm_package() -> None:
    # jsqr 1.4.0, dist/jsQR.js, Apache-2.0
    digest = hashlib.sha256((PARTS / "jsQR.js").read_bytes()).hexdigest()
    assert digest == "bc40c8a15196236b2314db0856f72ca0b49980cd5413b8c852a7349f5fee0859"
    assert "Apache License" in (PARTS / "LICENSE.jsQR.txt").read_text("utf-8")


def test_the_page_holds_the_keys_and_asks_for_nothing() -> None:
    made = page(WORLD.trust(), AT)
    assert WORLD.key().public.key_id in made and "default-src 'none'" in made
    assert "src=" not in made.split("<script", 1)[0] and "%TRUST%" not in made


def test_a_name_cannot_end_the_script() -> None:
    assert made_with_name("</script><script>alert(1)//").count("<script") == page(WORLD.trust(), AT).count("<script")


def made_with_name(name: str) -> str:
    trust = WORLD.trust()
    authorities = {code: replace(each, name=name) for code, each in trust.authorities.items()}
    return page(replace(trust, authorities=authorities), AT)


def test_the_command_prints_the_page_or_says_what_is_missing(tmp_path: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    (tmp_path / f"{HYGIENE}.json").write_bytes(write_authority(WORLD.trust().authorities[HYGIENE]))
    assert page_command(tmp_path, AT, out, err) == VALID and "电子证照离线核验" in out.getvalue()
    assert page_command(tmp_path / "nowhere", AT, out, err) == UNUSABLE and "no folder" in err.getvalue()
