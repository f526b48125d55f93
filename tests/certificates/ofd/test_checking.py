"""One fault, one failed check: an OFD changed in one way each, and the check that refuses it."""

import base64
import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.simulators.timestamper import make_authority, stamp
from certificates import der, timestamps
from certificates.certificate import ExtensionField
from certificates.checks import Outcome, Report
from certificates.errors import Malformed, SigningFailed
from certificates.ofd import signing, stamping
from certificates.ofd.checking import NAMES, check
from certificates.ofd.package import Entry, read_package, write_package
from certificates.ofd.rendering import render
from certificates.ofd.signing import make_ofd, sign_entries
from certificates.ofd.writing import write_document
from certificates.suites import SUITES
from certificates.suites.sm2 import Sm2Sm3
from certificates.suites.sm2_plain import sm3
from certificates.trust import Trust
from certificates.x509.issuing import Issuer, Period, Subject, make_root
from certificates.x509.names import Name
from tests.certificates.broken import packages
from tests.certificates.fuzz import FEW
from tests.certificates.making import AT, DAY, FIRE, HYGIENE, OTHER_TYPE, SIGNED_AT, content
from tests.certificates.ofd.making import (
    SM2,
    design,
    document,
    good,
    seal,
    sealed_by_maker,
    sealing,
    signer,
    trust,
)
from tests.certificates.pki import SHORT, pki, public
from tests.certificates.pki import signing as signing_key

pytestmark = pytest.mark.skipif(Sm2Sm3().unavailable() is not None, reason="this machine cannot sign with SM2")
PAGE, ROOT, VALUE = "Doc_0/Pages/Page_0/Content.xml", "OFD.xml", "Doc_0/Signs/Sign_0/SignedValue.dat"
HOUR, LONG_AFTER = timedelta(hours=1), SHORT.not_after - SIGNED_AT + DAY
LIST = "Doc_0/Signs/Sign_0/Signature.xml"


def judged(file: bytes, believed: Trust | None = None) -> Report:
    return check(file, believed or trust(), AT)


def sealed(**changed: object) -> bytes:
    return make_ofd(document(), sealing(**changed))


def changed(path: str, change: Callable[[bytes], bytes]) -> bytes:
    files = dict(read_package(good()))
    files[path] = change(files[path])
    return write_package([Entry(name, files[name]) for name in files])


def swap(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        assert old.encode() in raw
        return raw.replace(old.encode(), new.encode(), 1)

    return change


def test_a_good_file_passes_every_check_that_the_trust_folder_allows() -> None:
    report = judged(good(), trust(crls=(pki(SM2).crl(), pki(SM2).root_crl())))
    assert report.ok and [each.name for each in report.checks] == [n for n in NAMES]
    assert set(report.not_checked) == {"timestamp", "status_list", "status"}
    assert report.content == content() and report.certificate is not None


def test_the_same_document_gives_the_same_bytes_to_be_signed() -> None:
    first, second = (write_document(document(mark=None), signing.SIGNATURES) for _ in range(2))
    place = document().face.seal
    # The .ycert inside is signed anew by this test, so its entry alone may differ.
    same = [a == b for a, b in zip(first, second, strict=True) if "certificate.ycert" not in a.name and a.name != ROOT]
    assert all(same) and signing.signature_xml(first, place, sealing()) == signing.signature_xml(
        first, place, sealing()
    )


def test_a_package_of_ours_that_was_packed_again_in_another_order_is_refused_for_coverage_alone() -> None:
    files = dict(read_package(good()))
    again = write_package([Entry(name, files[name]) for name in sorted(files, reverse=True)])
    assert judged(again).failed == ("coverage",)


def test_a_file_added_after_signing_is_refused_for_coverage_alone() -> None:
    files = {**read_package(good()), "Doc_0/Annots/Annotations.xml": b"<Annotations/>"}
    assert judged(write_package([Entry(*each) for each in files.items()])).failed == ("coverage",)


def test_a_removed_file_is_refused_for_its_digest_alone() -> None:
    files = {name: raw for name, raw in read_package(good()).items() if not name.endswith(".ttf")}
    assert judged(write_package([Entry(*each) for each in files.items()])).failed == ("digests",)


def test_a_swapped_page_is_refused_for_its_digest_and_face() -> None:
    report = judged(changed(PAGE, swap("住宿场所", "饮酒场所")))
    assert report.failed == ("digests",) and report.outcome("face") is Outcome.NOT_CHECKED


def test_one_space_more_is_refused_for_its_digest_alone() -> None:
    assert judged(changed(PAGE, lambda raw: raw + b" ")).failed == ("digests",)


def test_a_changed_list_of_files_is_refused_by_the_signature_alone() -> None:
    assert judged(changed(LIST, lambda raw: raw + b"\n")).failed == ("signature",)


def test_a_face_that_says_more_than_the_data_is_refused_for_the_face_alone() -> None:
    shown = document(content(fields=(ExtensionField("business.scope", "许可项目", "住宿场所、歌舞娱乐"),)))
    assert judged(make_ofd(replace(document(), face=shown.face), sealing())).failed == ("face",)


def test_metadata_that_differs_from_the_data_is_refused_for_the_face_alone() -> None:
    entries = [
        replace(each, content=each.content.replace(b"2030-03-01", b"2039-03-01")) if each.name == ROOT else each
        for each in write_document(document(), signing.SIGNATURES)
    ]
    made = write_package([*entries, *sign_entries(entries, document().face.seal, sealing())])
    assert judged(made).failed == ("face",)


def test_an_unknown_digest_algorithm_is_refused_by_the_suite_alone() -> None:
    entries = write_document(document(), signing.SIGNATURES)
    parts = sign_entries(entries, document().face.seal, sealing())
    weak = {each.name: each.content for each in [*entries, *parts]}
    weak[LIST] = weak[LIST].replace(b"1.2.156.10197.1.401", b"MD5")
    assert "suite" in judged(write_package([Entry(*each) for each in weak.items()])).failed


def test_a_signature_value_with_r_out_of_range_is_refused() -> None:
    def out_of_range(raw: bytes) -> bytes:
        parts = der.parse(raw).children()
        numbers = der.sequence(der.integer((1 << 256) - 1), der.integer(1))
        return der.sequence(parts[0].raw, parts[1].raw, parts[2].raw, der.bits(numbers))

    assert judged(changed(VALUE, out_of_range)).failed == ("signature",)


@pytest.mark.parametrize(
    "change", [lambda raw: raw[:-7], lambda raw: raw + b"\0", lambda raw: b"", lambda raw: raw[:1]]
)
def test_a_value_cut_short_or_with_more_behind_it_is_no_sound_file(change: Callable[[bytes], bytes]) -> None:
    assert judged(changed(VALUE, change)).failed == ("format",)


def test_a_seal_used_before_and_after_its_dates_is_refused_for_them_alone() -> None:
    ended = sealed_by_maker(design(valid_to=SIGNED_AT - DAY))
    early = sealed_by_maker(design(valid_from=SIGNED_AT + DAY))
    assert [judged(sealed(seal=each)).failed for each in (ended, early)] == [("seal_dates",)] * 2


def test_a_signer_who_is_not_on_the_seals_list_is_refused_for_that_alone() -> None:
    others = sealed_by_maker(design(signers=(signer(FIRE, FIRE),)))
    assert judged(sealed(seal=others)).failed == ("signer_listed",)


def test_a_list_of_digests_names_signers_as_well() -> None:
    listed = der.parse(seal())
    from certificates.seals.ses import lists_certificate, read_seal

    info = read_seal(listed.raw).info
    by_digest = replace(info, certificates=(), digests=(("sha256", hashlib.sha256(pki(SM2).signer).digest()),))
    assert lists_certificate(by_digest, pki(SM2).signer) and not lists_certificate(by_digest, pki(SM2).maker)


def test_a_seal_that_its_maker_did_not_sign_is_refused_for_the_maker_alone() -> None:
    forged = re.sub("西峡县示例卫生".encode(), "西峡县示例税务".encode(), seal(), count=1)
    assert judged(sealed(seal=forged)).failed == ("seal_maker",)


def test_a_self_made_maker_is_refused_for_the_maker_alone() -> None:
    name = Name("示例伪造制章", "示例伪造制章")
    own = make_root(Subject(name, public(SM2, "maker")), SHORT, signing_key(SM2, "maker"))
    assert judged(sealed(seal=sealed_by_maker(design(), own))).failed == ("seal_maker",)


def test_a_self_made_root_is_refused_for_the_chain_alone() -> None:
    root = make_root(Subject(Name("示例伪造根"), public(SM2, "root2")), SHORT, signing_key(SM2, "root2"))
    own = signer(issuer=Issuer(root, SM2, signing_key(SM2, "root2")))
    sealed_with = sealed(certificate=own, seal=sealed_by_maker(design(signers=(own,))))
    assert judged(sealed_with).failed == ("chain",)


def test_a_certificate_that_was_not_yet_valid_is_refused_for_the_chain_alone() -> None:
    early = signer(period=Period(SIGNED_AT + DAY, SHORT.not_after))
    assert judged(sealed(certificate=early, seal=sealed_by_maker(design(signers=(early,))))).failed == ("chain",)


def test_a_certificate_revoked_before_the_signature_is_refused_and_one_revoked_later_is_not() -> None:
    lists = [pki(SM2).crl(pki(SM2).signer, at=SIGNED_AT + moved) for moved in (-DAY, DAY)]
    reports = [judged(good(), trust(crls=(each, pki(SM2).root_crl()))) for each in lists]
    assert [each.failed for each in reports] == [("revocation",), ()]


def test_another_authoritys_signature_is_refused_for_the_issuer_alone() -> None:
    fire = signer(FIRE, FIRE)
    made = sealed(certificate=fire, key_ref=FIRE, seal=sealed_by_maker(design(signers=(fire,))))
    assert judged(made).failed == ("issuer",)


def test_a_type_that_the_authority_may_not_issue_is_refused_for_competence_alone() -> None:
    authority = trust().authorities[HYGIENE]
    other = replace(authority, keys=(replace(authority.keys[0], types=(OTHER_TYPE,)),))
    assert judged(good(), trust(authorities={HYGIENE: other})).failed == ("competence",)


def test_an_ended_certificate_is_refused_for_its_period_alone() -> None:
    assert check(good(), trust(), SIGNED_AT + timedelta(days=2000)).failed == ("period",)


class Stamper:
    """A timestamp authority in memory; ``late`` is how long after the signing it stamps."""

    def __init__(self, late: timedelta = timedelta(0)) -> None:
        self.authority = make_authority(SIGNED_AT - DAY, SIGNED_AT + late + 90 * DAY)
        self._at = SIGNED_AT + late

    def stamp(self, digest: bytes) -> bytes:
        return timestamps.read_response(stamp(self.authority, timestamps.write_request(digest, 7), self._at))


def test_a_timestamp_over_the_value_by_a_believed_authority_passes() -> None:
    stamper = Stamper()
    made = sealed(timestamper=stamper)
    assert judged(made, trust(timestamp_roots=(stamper.authority.root,))).outcome("timestamp") is Outcome.PASSED
    assert judged(made).outcome("timestamp") is Outcome.NOT_CHECKED


def test_a_timestamp_of_a_stranger_or_from_before_the_signing_is_refused_for_it_alone() -> None:
    stranger, early = Stamper(), Stamper(-HOUR)
    believed = trust(timestamp_roots=(early.authority.root,))
    assert [judged(sealed(timestamper=each), believed).failed for each in (stranger, early)] == [("timestamp",)] * 2


def test_a_timestamp_that_followed_later_passes_while_the_signers_certificate_held() -> None:
    late, after = Stamper(10 * DAY), Stamper(LONG_AFTER)
    made = [stamping.stamp(sealed(), each) for each in (late, after)]
    believed = trust(timestamp_roots=(late.authority.root, after.authority.root))
    assert judged(made[0], believed).outcome("timestamp") is Outcome.PASSED
    assert judged(made[1], believed).failed == ("timestamp",)


def test_a_certificate_revoked_before_a_late_timestamp_is_refused_whatever_the_signer_says_of_his_time() -> None:
    late = Stamper(10 * DAY)
    made = stamping.stamp(sealed(), late)
    gone = pki(SM2).crl(pki(SM2).signer, at=SIGNED_AT + 5 * DAY)
    believed = trust(timestamp_roots=(late.authority.root,), crls=(gone, pki(SM2).root_crl()))
    assert judged(made, believed).failed == ("revocation",)


def test_stamping_changes_nothing_that_was_signed_and_is_done_once() -> None:
    late = Stamper(DAY)
    bare = sealed()
    made = stamping.stamp(bare, late)
    before, after = read_package(bare), read_package(made)
    assert {name for name in after if after[name] != before[name]} == {VALUE} and list(after) == list(before)
    assert stamping.stamp(made, late) == made
    with pytest.raises(Malformed):
        stamping.stamp(write_package([Entry("OFD.xml", b"<x/>")]), late)


@pytest.mark.parametrize("broken", [packages.added_file, packages.changed_space])
def test_a_manipulated_ofd_gets_no_stamp(broken: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Malformed) as refused:
        stamping.stamp(broken(sealed()), Stamper(DAY))
    assert refused.value.code == "stamp-changed"


def test_a_timestamp_over_another_value_is_refused_for_it_alone() -> None:
    stamper = Stamper()
    made = dict(read_package(sealed(timestamper=stamper)))
    parts = der.parse(made[VALUE]).children()
    other = der.tagged(der.TAG_0, der.bits(stamper.stamp(bytes(32))))
    made[VALUE] = der.sequence(*(each.raw for each in parts[:4]), other)
    believed = trust(timestamp_roots=(stamper.authority.root,))
    assert judged(write_package([Entry(*each) for each in made.items()]), believed).failed == ("timestamp",)


def test_what_lies_behind_has_lower_numbers_than_what_is_drawn_over_it() -> None:
    # Some viewers stack objects by their number: a template's frame would hide the page.
    numbers = [
        [int(found) for found in re.findall(rb'Object ID="(\d+)"', raw)]
        for name, raw in sorted(read_package(good()).items(), reverse=True)
        if name.endswith("Content.xml")
    ]
    assert len(numbers) == 2 and max(numbers[0]) < min(numbers[1])


def test_a_document_without_a_signature_is_refused_for_its_format() -> None:
    entries = write_document(document(), "")
    assert judged(write_package(entries)).failed == ("format",)


def test_a_seal_of_version_5_is_judged_as_one_of_version_4() -> None:
    assert judged(sealed(seal=sealed_by_maker(design(version=5)))).failed == ()


def version_1(raw: bytes) -> bytes:
    """The same seal in the structure of GM/T 0031-2014, signed by its maker as that wants it."""
    info, maker, algorithm, _ = der.parse(raw).children()
    header, seal_id, properties, shown = info.children()
    kind, name, _, *rest = properties.children()
    header_1 = der.sequence(der.ia5("ES"), der.integer(1), header.children()[2].raw)
    info_1 = der.sequence(
        header_1, seal_id.raw, der.sequence(kind.raw, name.raw, *(each.raw for each in rest)), shown.raw
    )
    value = signed_by("maker", der.sequence(info_1, maker.raw, algorithm.raw))
    return der.sequence(info_1, der.sequence(maker.raw, algorithm.raw, der.bits(value)))


def signed_by(who: str, message: bytes) -> bytes:
    return SUITES[SM2].to_der(signing_key(SM2, who)(message))


def test_a_seal_of_version_1_is_judged_too() -> None:
    files = dict(read_package(good()))
    members = (
        der.integer(1), version_1(seal()), der.bits(b"260302013000Z"), der.bits(sm3(files[LIST])), der.ia5(f"/{LIST}"),
        der.octets(pki(SM2).signer), der.oid("1.2.156.10197.1.501"),
    )  # fmt: skip
    files[VALUE] = der.sequence(der.sequence(*members), der.bits(signed_by(HYGIENE, der.sequence(*members))))
    report = judged(write_package([Entry(*each) for each in files.items()]))
    assert report.ok and report.outcome("seal_maker") is Outcome.PASSED


@FEW
@given(
    st.integers(0, 10**6),
    st.integers(0, 60),
    st.sampled_from([b"", b'"', b"<", b"../", b"9e999", b"nan", b"&x;", b"\xff", b"g 9 9"]),
)
def test_no_content_makes_judge_or_renderer_do_more_than_refuse(at: int, length: int, put: bytes) -> None:
    files = dict(read_package(good()))
    name = [name for name in files if not name.endswith(".ttf")][at % 9]
    place = at % len(files[name])
    files[name] = files[name][:place] + put + files[name][place + length :]
    changed_file = write_package([Entry(*each) for each in files.items()])
    report = judged(changed_file)
    assert not report.ok or files == read_package(good())
    with suppress(Malformed):
        render(changed_file, dpi=10)


def test_a_digital_signature_without_a_seal_is_judged_without_one() -> None:
    report = judged(sealed(seal=None))
    assert report.ok and {"signer_listed", "seal_maker", "seal_dates"} <= set(report.not_checked)


def test_a_second_signature_is_judged_as_the_first() -> None:
    files = dict(read_package(good()))
    again = sign_entries(
        [Entry(*each) for each in files.items() if "/Signs/" not in each[0]], document().face.seal, sealing()
    )
    for each in again[1:]:
        files[each.name.replace("Sign_0", "Sign_1")] = each.content.replace(b"/Sign_0/", b"/Sign_1/")
    both = b'<ofd:Signature ID="2" BaseLoc="/Doc_0/Signs/Sign_1/Signature.xml"/></ofd:Signatures>'
    files[signing.SIGNATURES] = files[signing.SIGNATURES].replace(b"</ofd:Signatures>", both)
    assert judged(write_package([Entry(*each) for each in files.items()])).failed == ("signature",)


@pytest.mark.parametrize("put", ["certificate", "attribute", "crl"])
def test_a_digital_signature_with_a_member_that_nobody_signed_is_no_sound_file(put: str) -> None:
    files = dict(read_package(sealed(seal=None)))
    kind, wrapped = der.parse(files[VALUE]).children()
    members = [each.raw for each in wrapped.inside(der.TAG_0).children()]
    signer = der.parse(members[4]).inside(der.SET)
    if put == "certificate":
        members[3] = der.tagged(0xA0, pki(SM2).signer + pki(SM2).maker)
    elif put == "attribute":
        members[4] = der.tagged(der.SET, der.sequence(signer.content, der.tagged(0xA1, der.octets(b"a word"))))
    else:
        members.insert(4, der.tagged(0xA1, pki(SM2).crl()))
    files[VALUE] = der.sequence(kind.raw, der.tagged(der.TAG_0, der.sequence(*members)))
    assert judged(write_package([Entry(*each) for each in files.items()])).failed == ("format",)


@pytest.mark.parametrize(("put", "refused"), [(seal(), ()), (b"a word that nobody signed", ("coverage",))])
def test_a_seal_beside_the_value_is_the_seal_that_signed(put: bytes, refused: tuple[str, ...]) -> None:
    entries, made, place = write_document(document(), signing.SIGNATURES), sealing(), document().face.seal
    named = b"<ofd:Seal><ofd:BaseLoc>Seal.esl</ofd:BaseLoc></ofd:Seal></ofd:SignedInfo>"
    foreign = signing.signature_xml(entries, place, made).replace(b"</ofd:SignedInfo>", named)
    value, beside = Entry(VALUE, signing._sealed(foreign, made)), Entry("Doc_0/Signs/Sign_0/Seal.esl", put)
    listed = sign_entries(entries, place, made)[0]
    assert judged(write_package([*entries, listed, Entry(LIST, foreign), value, beside])).failed == refused


def test_a_file_listed_a_thousand_times_is_digested_once_and_pages_show_no_more_than_anybody_reads() -> None:
    listing = re.compile(rb"<ofd:Reference FileRef=.*?</ofd:Reference>")
    many = changed(LIST, lambda raw: listing.sub(lambda found: found[0] * 3000, raw, count=1))
    shown = changed("Doc_0/Document.xml", lambda raw: re.sub(rb"<ofd:Page .*?/>", rb"\g<0>" * 201, raw))
    long = changed(
        PAGE,
        lambda raw: raw.replace(
            b"<ofd:TextCode", b"<ofd:TextCode>" + b"x" * 2_000_000 + b"</ofd:TextCode><ofd:TextCode", 1
        ),
    )
    assert [judged(each).failed for each in (many, shown, long)] == [("format",)] * 3


def test_a_key_that_is_not_the_certificates_signs_nothing() -> None:
    with pytest.raises(SigningFailed):
        make_ofd(document(), sealing(key_ref=FIRE))


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace("ofd:", "").replace("xmlns:ofd", "xmlns").replace("xmlns=", "xmlns="),
        lambda xml: xml.replace('CheckMethod="1.2.156.10197.1.401"', 'CheckMethod="SM3"'),
        lambda xml: xml.replace('FileRef="/', 'FileRef="'),
        lambda xml: xml.replace('FileRef="/Doc_0/', 'FileRef="../../'),
        lambda xml: re.sub(
            "<ofd:Provider [^>]*>", "<ofd:Provider><ofd:ProviderName>甲</ofd:ProviderName></ofd:Provider>", xml
        ),
        lambda xml: xml.replace("20260302013000Z", "2026-03-02 09:30:00"),
    ],
)
def test_spellings_of_other_makers_are_read(change: Callable[[str], str]) -> None:
    entries = write_document(document(), signing.SIGNATURES)
    made = sealing()
    place = document().face.seal
    foreign = change(signing.signature_xml(entries, place, made).decode()).encode()
    value = signing._sealed(foreign, made)
    parts = [
        *sign_entries(entries, place, made)[:1],
        Entry(LIST, foreign),
        Entry(VALUE, value),
    ]
    assert judged(write_package([*entries, *parts])).failed == ()


def test_a_file_without_the_data_inside_is_read_by_its_tags() -> None:
    entries = [each for each in write_document(document(), signing.SIGNATURES) if "/Attachs/" not in each.name]
    entries = [
        replace(each, content=re.sub(rb"<ofd:Attachments>.*?</ofd:Attachments>", b"", each.content)) for each in entries
    ]
    report = judged(write_package([*entries, *sign_entries(entries, document().face.seal, sealing())]))
    assert report.ok and report.content is not None and report.content.holder == content().holder
    assert report.outcome("face") is Outcome.PASSED


def test_no_bytes_make_the_judge_raise() -> None:
    file = good()
    for at in range(0, len(file), max(len(file) // 150, 1)):
        damaged = file[:at] + bytes((file[at] ^ 0x20,)) + file[at + 1 :]
        # Dates and versions in the headers of a ZIP say nothing of its files.
        assert not judged(damaged).ok or read_package(damaged) == read_package(file)
        assert not judged(file[:at]).ok


def test_digests_on_the_list_are_sm3_of_the_files() -> None:
    files = read_package(good())
    listed = re.findall(r'FileRef="/([^"]+)"><ofd:CheckValue>([^<]+)', files[LIST].decode())
    assert {name: base64.b64decode(value) for name, value in listed} == {
        name: hashlib.new("sm3", raw).digest() for name, raw in files.items() if "/Signs/" not in name
    }
