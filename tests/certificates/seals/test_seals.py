"""Electronic seals: made, read in all versions, and their bytes confirmed by the openssl command alone."""

import io
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from certificates import der
from certificates.errors import Malformed
from certificates.ofd.package import read_package
from certificates.seals.ses import SM2_WITH_SM3, read_seal, read_signature
from certificates.suites.sm2 import Sm2Sm3
from tests.certificates.making import HYGIENE, NAMES
from tests.certificates.ofd.making import FROM, SM2, TO, design, good, picture, seal, sealed_by_maker
from tests.certificates.pki import pki, public

pytestmark = pytest.mark.skipif(Sm2Sm3().unavailable() is not None, reason="this machine cannot sign with SM2")
VALUE = "Doc_0/Signs/Sign_0/SignedValue.dat"


def openssl(*arguments: str, at: Path) -> str:
    command = shutil.which("openssl")
    if command is None:
        pytest.skip("no openssl command here")
    said = subprocess.run([command, *arguments], cwd=at, capture_output=True, text=True, timeout=60, check=False)
    return said.stdout + said.stderr


@pytest.mark.parametrize("version", [4, 5])
def test_a_seal_says_what_it_was_made_with(version: int) -> None:
    info = read_seal(sealed_by_maker(design(version=version))).info
    assert (info.version, info.name, info.seal_id) == (version, NAMES[HYGIENE], "4113230000001")
    assert (info.valid_from, info.valid_to, info.certificates) == (FROM, TO, (pki(SM2).signer,))
    assert (info.picture_type, info.picture, info.width, info.height) == ("png", picture(), 42, 42)


def test_openssl_confirms_the_makers_and_the_signers_value(tmp_path: Path) -> None:
    signature = read_signature(read_package(good())[VALUE])
    for who, message, value in (
        ("maker", signature.seal.signed[0], signature.seal.signature),
        (HYGIENE, signature.signed, signature.signature),
    ):
        for name, content in (("key.der", public(SM2, who).spki), ("message", message), ("value", value)):
            (tmp_path / name).write_bytes(content)
        ask = "dgst -sm3 -verify key.der -keyform DER -sigopt distid:1234567812345678 -signature value message"
        assert openssl(*ask.split(), at=tmp_path).strip() == "Verified OK"


def test_openssl_parses_a_signature_to_its_end(tmp_path: Path) -> None:
    raw = read_package(good())[VALUE]
    (tmp_path / "value").write_bytes(raw)
    listing = openssl("asn1parse", "-inform", "DER", "-in", "value", at=tmp_path)
    assert "Error" not in listing and "IA5STRING         :ES" in listing
    assert "UTF8STRING        :" in listing and listing.count("SM2-with-SM3") == 2


def test_a_seal_of_version_1_is_read(tmp_path: Path) -> None:
    seal_1 = version_1(seal())
    value = der.sequence(
        der.sequence(
            der.integer(1), seal_1, der.bits(b"260302013000Z"), der.bits(bytes(32)), der.ia5("/Doc_0/Signs/Sign_0/Signature.xml"),
            der.octets(pki(SM2).signer), der.oid(SM2_WITH_SM3),
        ),
        der.bits(b"value"),
    )  # fmt: skip
    signature = read_signature(value)
    assert signature.signed_at == datetime(2026, 3, 2, 1, 30, tzinfo=UTC) and signature.certificate == pki(SM2).signer
    assert (signature.seal.info.version, signature.seal.info.certificates) == (1, (pki(SM2).signer,))
    assert signature.seal.maker == pki(SM2).maker


def version_1(raw: bytes) -> bytes:
    """The same seal in the structure of GM/T 0031-2014: no kind before the list, the maker's part in a sequence."""
    info, maker, algorithm, value = der.parse(raw).children()
    header, seal_id, properties, shown = info.children()
    kind, name, _, *rest = properties.children()
    header_1 = der.sequence(der.ia5("ES"), der.integer(1), header.children()[2].raw)
    properties_1 = der.sequence(kind.raw, name.raw, *(each.raw for each in rest))
    info_1 = der.sequence(header_1, seal_id.raw, properties_1, shown.raw)
    return der.sequence(info_1, der.sequence(maker.raw, algorithm.raw, value.raw))


def test_an_explicit_default_in_the_extensions_does_not_change_the_signed_bytes() -> None:
    info, *rest = der.parse(seal()).children()
    extension = der.sequence(der.oid("1.2.3"), der.tagged(der.BOOLEAN, b"\0"), der.octets(b"x"))
    extended = der.sequence(*(each.raw for each in info.children()), der.sequence(extension))
    read = read_seal(der.sequence(extended, *(each.raw for each in rest)))
    assert read.signed == (extended,)


@pytest.mark.parametrize("version", [0, 2, 3, 6, 400])
def test_a_seal_of_another_version_is_refused(version: int) -> None:
    raw = seal().replace(der.ia5("ES") + der.integer(4), der.ia5("ES") + der.integer(version % 128))
    with pytest.raises(Malformed) as caught:
        read_seal(raw)
    assert caught.value.code == "seal-version"
    with pytest.raises(Malformed):
        sealed_by_maker(replace(design(), version=version))


@given(st.integers(0, 5000), st.binary(max_size=6))
def test_no_bytes_make_the_reader_do_more_than_refuse(at: int, noise: bytes) -> None:
    good_value = read_package(good())[VALUE]
    for raw in (noise, good_value[:at], good_value[:at] + noise + good_value[at + len(noise) :], good_value + noise):
        try:
            read_signature(raw)
        except Malformed:
            continue


@pytest.mark.parametrize(
    "raw", ["", "30", "3080020100", "308102020100", "30030202", "3003020100ff", "1f8101", "3084ffffffff", "30820001ff"]
)
def test_encodings_that_are_not_the_shortest_are_refused(raw: str) -> None:
    with pytest.raises(Malformed):
        der.parse(bytes.fromhex(raw))


@given(st.integers(-(2**300), 2**300))
def test_integers_are_read_as_written(number: int) -> None:
    assert der.parse(der.integer(number)).integer() == number


@given(st.lists(st.integers(0, 2**32), min_size=1, max_size=7))
def test_object_identifiers_are_read_as_written(arcs: list[int]) -> None:
    dotted = ".".join(map(str, (1, 2, *arcs)))
    assert der.parse(der.oid(dotted)).oid() == dotted


def test_an_object_identifier_longer_than_any_that_was_given_is_refused() -> None:
    with pytest.raises(Malformed):
        der.parse(der.oid(".".join(["1.2", *["4294967296"] * 8]))).oid()


def test_the_picture_is_round_red_and_42_millimetres_wide() -> None:
    with Image.open(io.BytesIO(picture())) as shown:
        assert shown.width == shown.height == round(42 / 25.4 * 360) and shown.info["dpi"][0] == pytest.approx(
            360, 0.01
        )
        colours = shown.convert("RGBA")
        assert colours.getpixel((0, 0))[3] == 0 and colours.getpixel((shown.width // 2, 4))[:3] == (214, 0, 0)  # type: ignore[index]
