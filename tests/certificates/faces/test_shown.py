"""The face equals the data: one changed character on the page is found, in OFD and PDF, whatever it belongs to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from certificates import identifier
from certificates.certificate import CertificateContent
from certificates.faces.composing import face_of
from certificates.faces.layout import read_layout
from certificates.ofd.signing import make_ofd
from certificates.pdf.rendering import Particulars, render
from certificates.pdf.signing import sign
from certificates.verify import verify
from tests.certificates.making import AT, HYGIENE, SIGNED_AT, TYPE, content
from tests.certificates.ofd import making as ofd
from tests.certificates.pdf import making as pdf

DAY = timedelta(days=1)
ONE = content()
OTHERS = {
    "type": replace(ONE, type_name="公共场所卫生许可正"),
    "number": replace(ONE, number=ONE.number.replace("900001", "900007")),
    "holder": replace(ONE, holder=replace(ONE.holder, name=ONE.holder.name.replace("示例", "示列"))),
    "holder's code": replace(ONE, holder=replace(ONE.holder, code="91411323MA9000041M")),
    "authority": replace(ONE, authority=replace(ONE.authority, name=ONE.authority.name.replace("县", "乡"))),
    "day of issue": replace(ONE, issued_on=ONE.issued_on + DAY),
    "last day": replace(ONE, valid_to=(ONE.valid_to or ONE.issued_on) + DAY),
    "identifier": replace(ONE, identifier=identifier.make(TYPE, HYGIENE, "202600000002")),
    "field": replace(ONE, fields=(*ONE.fields[:-1], replace(ONE.fields[-1], value=ONE.fields[-1].value[:-1] + "厂"))),
}
changed = pytest.mark.parametrize("shown", OTHERS.values(), ids=list(OTHERS))


@changed
def test_one_changed_character_on_an_ofd_is_refused_for_the_face_alone(shown: CertificateContent) -> None:
    said = replace(ofd.document(), face=face_of(shown, ofd.layout()))
    assert verify(make_ofd(said, ofd.sealing()), ofd.trust(), AT).failed == ("face",)


@changed
def test_one_changed_character_on_a_pdf_is_refused_for_the_face_alone(shown: CertificateContent) -> None:
    told = Particulars(ONE.type_name, ONE.authority.name, str(ONE.identifier), SIGNED_AT, pdf.WORLD.certificate(ONE))
    file = sign(render(face_of(shown, pdf.LAYOUT), told), pdf.plan())
    assert verify(file, pdf.trust(), AT).failed == ("face",)


@pytest.mark.parametrize("path", sorted(ofd.FACES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_layout_shows_the_data(path: object) -> None:
    layout = read_layout((ofd.FACES / f"{path.stem}.toml").read_bytes())  # type: ignore[attr-defined]
    for said in (ONE, replace(ONE, valid_to=None)):
        document = replace(ofd.document(said), face=face_of(said, layout, b"YJ1:CODE"))
        assert verify(make_ofd(document, ofd.sealing()), ofd.trust(), AT).ok
