"""One signing event: which files a certificate gets, that each passes the verifier, and that all say the same."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from adapters.outside.keyfolder import KeyFolder
from adapters.outside.ordered import OrderedSigner
from adapters.outside.signingservice import ServiceSigner
from adapters.outside.signingwire import ServiceLine, ServicePlace
from adapters.simulators.signingservice import SigningService, serving
from catalog.types import CertificateType, Department, Kind, Site, Validity
from certificates.certificate import CertificateContent, ExtensionField, read
from certificates.compact import credential
from certificates.errors import SignerAway, SigningFailed, TimestamperAway
from certificates.keys.held import HeldKey
from certificates.ports import Signer, Timestamper
from certificates.trust import Authority, Trust, TrustedKey
from certificates.verify import verify
from hub.clock import utc_now
from hub.store.files import Files, FolderStore
from hub.store.sealing import RING
from hub.wiring.making import Held, Made, Making
from tests.certificates.making import DAY, HYGIENE, NAMES, SIGNED_AT, TYPE, KeyRing, content, private_key
from tests.certificates.ofd.making import FACES, seal
from tests.certificates.pdf.making import STAMPS, YEAR, Clock, issuer, signer_certificate
from tests.certificates.pki import pki

AT = SIGNED_AT + DAY


class Bare(KeyRing):
    """Keys that nobody certified yet."""

    def certificates(self, key_ref: str, suite: str) -> tuple[bytes, ...]:
        raise SigningFailed("certificate-missing", f"{key_ref} has no certificate for {suite}.")

    def seal(self, key_ref: str) -> bytes:
        raise SigningFailed("seal-missing", f"{key_ref} has no seal.")


def site() -> Site:
    kind = CertificateType(TYPE, "公共场所卫生许可证", "示例厅", ("health",), Validity(4), (), face="permit-portrait")
    health = Department("health", NAMES[HYGIENE], HYGIENE, Kind.INBOX, "411323")
    return Site("411323", "示例", "", {}, {"health": health}, {}, {}, {}, (), {}, (), {}, {}, {TYPE: kind})


def ring(*suites: str) -> KeyRing:
    made = KeyRing(*suites)
    if "SM2_SM3" in suites:
        made.certify(HYGIENE, "SM2_SM3", (pki("SM2_SM3").signer,))
        made.seals[HYGIENE] = seal()
    made.certify(HYGIENE, "ES256", (signer_certificate(made.public_key(HYGIENE, "ES256")),))
    return made


def made(
    folder: Path,
    keys: Signer,
    stamper: Timestamper | None = None,
    said: CertificateContent | None = None,
    lists: str = "https://zwfw.example.gov.cn/s",
) -> tuple[Made, dict[str, bytes]]:
    RING.use(bytes(range(32)))
    files = Files(FolderStore(folder))
    making = Making(files, keys, FACES, b"s" * 32, lists, stamper)
    done = making.make(site(), "health", said or content(), SIGNED_AT, 12)
    return done, {one.kind: files.read(one.file) for one in done.carriers}


def trust(keys: KeyRing) -> Trust:
    own = tuple(
        TrustedKey(keys.public_key(HYGIENE, s), SIGNED_AT - DAY, None, None, (TYPE,)) for s in keys.suites(HYGIENE)
    )
    roots = (issuer().certificate, pki("SM2_SM3").root, pki("SM2_SM3").ca)
    return Trust({HYGIENE: Authority(HYGIENE, NAMES[HYGIENE], own)}, roots=roots, timestamp_roots=(STAMPS.root,))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[KeyRing, Made, dict[str, bytes]]:
    keys = ring("SM2_SM3", "ES256")
    return keys, *made(tmp_path_factory.mktemp("files"), keys, Clock(SIGNED_AT))


def test_one_event_makes_data_credential_ofd_and_pdf(whole: tuple[KeyRing, Made, dict[str, bytes]]) -> None:
    _, done, _ = whole
    assert [one.kind for one in done.carriers] == ["ycert", "credential", "disclosures", "ofd", "pdf"]
    assert done.carriers[0].suite == "SM2_SM3"


@pytest.mark.parametrize("kind", ["ycert", "credential", "ofd", "pdf"])
def test_each_file_passes_the_verifier(whole: tuple[KeyRing, Made, dict[str, bytes]], kind: str) -> None:
    keys, _, files = whole
    report = verify(files[kind], trust(keys), AT)
    assert report.ok and report.content is not None, [c.sentence for c in report.checks if c.name in report.failed]
    assert report.content.identifier == content().identifier


def test_a_preview_bears_the_seal_and_a_code_that_is_read_at_half_its_size_too(
    tmp_path: Path, whole: tuple[KeyRing, Made, dict[str, bytes]]
) -> None:
    RING.use(bytes(range(32)))
    making = Making(Files(FolderStore(tmp_path)), whole[0], FACES, b"s" * 32, "https://zwfw.example.gov.cn/s")
    for body in whole[2].values():
        making.files.keep(body, "")
    held = Held("", {one.kind: one for one in whole[1].carriers}, content())
    drawn = making.picture(site(), held)
    with Image.open(io.BytesIO(drawn)) as picture:
        half = picture.convert("L").resize((picture.width // 2, picture.height // 2))
        for size in (picture, half):
            assert [each.bytes for each in zxingcpp.read_barcodes(size)] == [whole[2]["credential"]]
        colours = picture.convert("RGB").crop((1115, 1990, 1510, 2385)).getcolors(1 << 16) or []
    red = sum(count for count, (r, g, _) in colours if r > 190 and g < 60)  # type: ignore[misc]
    assert red > 10_000 and len(drawn) < 400_000


class Unanswered:
    """No authority answers."""

    def stamp(self, digest: bytes) -> bytes:
        raise TimestamperAway("timestamp-unreachable", "nobody is there")


def test_a_dead_timestamp_authority_costs_the_stamp_and_no_file(tmp_path: Path) -> None:
    keys = ring("SM2_SM3", "ES256")
    done, files = made(tmp_path, keys, Unanswered())
    assert [one.kind for one in done.carriers][-2:] == ["ofd", "pdf"] and not any(c.stamp_until for c in done.carriers)
    for kind in ("ofd", "pdf"):
        report = verify(files[kind], trust(keys), AT)
        assert report.ok and report.outcome("timestamp") == "not checked", [c.sentence for c in report.checks]


def test_a_file_knows_until_when_its_stamp_holds(whole: tuple[KeyRing, Made, dict[str, bytes]]) -> None:
    ends = {c.kind: c.stamp_until for c in whole[1].carriers if c.stamp_until}
    # A PDF's is proven by lists made after its signing, and so while its signer's certificate holds.
    assert ends == {"ofd": SIGNED_AT + 3 * YEAR, "pdf": SIGNED_AT + YEAR}


def test_a_decision_that_waited_for_a_real_cas_certificate_is_signed_once_that_holds(tmp_path: Path) -> None:
    keys = ring("SM2_SM3", "ES256")
    begins = SIGNED_AT + 2 * DAY
    later = signer_certificate(keys.public_key(HYGIENE, "ES256"), start=begins, end=begins + YEAR)
    keys.certify(HYGIENE, "ES256", (later,))
    _, files = made(tmp_path, keys, Clock(begins + DAY))
    assert read(files["ycert"]).envelope.signed_at == begins
    assert verify(files["pdf"], trust(keys), begins + 2 * DAY).outcome("chain") == "passed"


def test_the_code_fits_and_names_its_place_in_the_status_list(whole: tuple[KeyRing, Made, dict[str, bytes]]) -> None:
    octets = credential.from_qr_text(whole[2]["credential"].decode())
    status = credential.read(octets).claims.status
    assert len(octets) <= credential.MAX_BYTES and status is not None
    assert (status.uri, status.index) == (f"https://zwfw.example.gov.cn/s/{HYGIENE}", 12)


def test_without_a_public_address_the_code_names_no_list(tmp_path: Path) -> None:
    _, files = made(tmp_path, Bare("ES256"), lists="")
    assert credential.read(credential.from_qr_text(files["credential"].decode())).claims.status is None


def test_a_field_with_the_words_of_the_holder_s_code_stops_no_certificate(tmp_path: Path) -> None:
    twice = ExtensionField("KZ_TYSHXYDM", "统一社会信用代码", "91411323MA9000041M")
    again = (*content().fields, twice, replace(content().fields[0], name="KZ_AGAIN"))
    _, files = made(tmp_path, Bare("ES256"), said=content(fields=again))
    assert read(files["ycert"]).content.fields == again and "credential" in files


RARE = ExtensionField("KZ_XM", "姓名", "示例\U00030000")


def test_a_character_that_no_font_has_costs_the_face_and_not_the_certificate(tmp_path: Path) -> None:
    said = content(fields=(*content().fields, RARE))
    done, files = made(tmp_path, ring("SM2_SM3", "ES256"), said=said)
    assert (done.lacking, [one.kind for one in done.carriers]) == ("font-glyph", ["ycert", "credential", "disclosures"])
    assert read(files["ycert"]).content == said


def test_what_shows_a_certificate_can_be_made_later_of_its_data_file(
    tmp_path: Path, whole: tuple[KeyRing, Made, dict[str, bytes]]
) -> None:
    keys, _, before = whole
    RING.use(bytes(range(32)))
    making = Making(Files(FolderStore(tmp_path)), keys, FACES, b"s" * 32, "https://zwfw.example.gov.cn/s")
    done = making.faces_of(site(), "health", before["ycert"], before["credential"])
    [ofd] = [making.files.read(one.file) for one in done.carriers if one.kind == "ofd"]
    assert done.lacking == "" and verify(ofd, trust(keys), AT).ok


def test_an_authority_without_seal_and_stamps_still_has_its_data_file(tmp_path: Path) -> None:
    done, files = made(tmp_path, Bare("ES256"))
    assert [one.kind for one in done.carriers] == ["ycert", "credential", "disclosures"]
    assert read(files["ycert"]).content == content()


class Away(KeyRing):
    """Signs the data file, and is gone when it is asked for certificates."""

    def certificates(self, key_ref: str, suite: str) -> tuple[bytes, ...]:
        raise SignerAway("token-lost", "The token does not answer (DeviceRemoved); plug it in.")


def test_a_signer_that_goes_away_half_way_costs_the_certificate_no_file(tmp_path: Path) -> None:
    gone = Away("SM2_SM3", "ES256")
    gone.seals[HYGIENE] = seal()
    with pytest.raises(SignerAway):
        made(tmp_path, gone, Clock(SIGNED_AT))


def test_every_file_signed_by_a_signing_service_passes_the_verifier(tmp_path: Path) -> None:
    keys, secret = ring("SM2_SM3", "ES256"), b"a secret of the tests, long enough"
    there = {
        (HYGIENE, s): HeldKey(s, private_key(s, HYGIENE), keys.certificates(HYGIENE, s)) for s in keys.suites(HYGIENE)
    }
    service = SigningService(there, {"hub": secret})
    folder = KeyFolder(tmp_path / "signing")
    folder.put_seal(HYGIENE, seal())
    with serving(service) as url:
        signer = ServiceSigner(
            ServiceLine(ServicePlace(url, "hub", secret, timeout=60), utc_now), folder, lambda use: None
        )
        done, files = made(tmp_path / "files", OrderedSigner(signer), Clock(SIGNED_AT))
        signer.close()
    assert [one.kind for one in done.carriers] == ["ycert", "credential", "disclosures", "ofd", "pdf"]
    assert all(verify(files[kind], trust(keys), AT).ok for kind in ("ycert", "credential", "ofd", "pdf"))
    assert sorted(use.suite for use in service.journal) == ["ES256", "ES256", "SM2_SM3", "SM2_SM3"]
