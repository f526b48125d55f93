"""A tree of broken certificates, each broken in one way and named for it, with the trust folder to judge them and what must refuse them.

`python -m tests.certificates.broken FOLDER` writes it anew, with keys of its own, for whoever writes a verifier:
`<format>/<fault>.<ending>`, `trust/` and `expected.json`. It judges nothing; tests/certificates/broken/test_tree.py does.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from certificates import der, identifier
from certificates.certificate import ExtensionField, IssuingAuthority
from certificates.envelope import Seal
from certificates.identifier import Identifier
from certificates.ofd import signing
from certificates.ofd.package import Entry, write_package
from certificates.ofd.signing import make_ofd, sign_entries
from certificates.ofd.writing import write_document
from certificates.pdf.signing import sign
from certificates.shape import write_instant
from certificates.trust import Authority, Trust, TrustedKey, write_authority, write_pem
from certificates.x509.issuing import Issuer, Period, Subject, make_root
from certificates.x509.names import Name
from tests.certificates.broken import appended, heavy, packages, signers, standing, unsigned
from tests.certificates.making import AT, DAY, FIRE, HYGIENE, NAMES, SIGNED_AT, TYPE, content
from tests.certificates.ofd import making as ofd
from tests.certificates.ofd.making import SM2, design, document, seal, sealed_by_maker, sealing
from tests.certificates.pdf import making as pdf
from tests.certificates.pki import SHORT, for_purposes, pki, public
from tests.certificates.pki import signing as signing_key

ANOTHER = "91411323MA9000059J"
LIST, VALUE = "Signs/Sign_0/Signature.xml", "Signs/Sign_0/SignedValue.dat"


@dataclass(frozen=True)
class Broken:
    """One file of the tree; `refused_by` is empty for a good one, `at` the moment as of which it is judged, `holder` whose it should be, where somebody asks."""

    path: str
    make: Callable[[], bytes]
    refused_by: str
    at: datetime = AT
    holder: str = ""


@cache
def tree() -> tuple[Broken, ...]:
    """Every file of the tree, the good ones first; each is made once."""
    return tuple(replace(each, make=cache(each.make)) for each in _tree())


def _tree() -> Iterator[Broken]:
    yield Broken("ofd/good.ofd", ofd.good, "")
    yield Broken("ofd/good-digital-signature.ofd", lambda: _sealed(seal=None), "")
    yield Broken("ofd/good-with-timestamp.ofd", lambda: _sealed(timestamper=pdf.Clock(SIGNED_AT)), "")
    yield Broken("pdf/good.pdf", pdf.good, "")
    for name, stamped in {**appended.GOOD, **unsigned.GOOD}.items():
        yield Broken(f"pdf/{name}.pdf", stamped, "")
    for name, good in signers.GOOD.items():
        yield Broken(f"{name[-3:]}/{name}", good, "")
    yield Broken("ycert/good.ycert", ofd.data, "")
    yield Broken("credential/good.txt", standing.credential_of, "")
    yield Broken("pdf/good-under-a-ca-for-documents.pdf", lambda: pdf.under_a_ca_for("1.3.6.1.5.5.7.3.36"), "")
    for name, (change, refused_by) in packages.WAYS.items():
        yield Broken(f"ofd/{name}.ofd", lambda change=change: change(ofd.good()), refused_by)  # type: ignore[misc]
    for name, (made, refused_by) in _SEALED.items():
        yield Broken(f"ofd/{name}.ofd", made, refused_by)
    for name, (made, refused_by) in _PRINTED.items():
        yield Broken(f"pdf/{name}.pdf", made, refused_by)
    yield Broken("ycert/identifier-with-a-wrong-check-character.ycert", _wrong_identifier, "identifier")
    yield Broken(
        "ycert/changed-after-signing.ycert",
        lambda: _swapped(ofd.data(), b"T01:30:00Z", b"T01:31:00Z"),
        "signature",
    )
    for name, value in (("r-out-of-range", b"\xff" * 32 + b"\1" * 32), ("s-is-zero", b"\1" * 32 + bytes(32))):
        yield Broken(f"ycert/{name}.ycert", lambda value=value: _value_of(value), "signature")  # type: ignore[misc]
    yield Broken("ycert/truncated.ycert", lambda: ofd.data()[:-9], "format")  # fmt: skip
    yield from _of_other_people()
    for way in standing.ways():
        for ending in way.formats:
            path = f"{standing.FOLDERS.get(ending, ending)}/{way.name}.{ending}"
            yield Broken(path, partial(standing.FORMATS[ending], way.content), way.refused_by, way.at)
    for name, stamped in {**standing.STAMPED, **unsigned.STAMPED}.items():
        yield Broken(f"{name[-3:]}/{name}", stamped, "timestamp")
    for name, (made, refused_by) in standing.CREDENTIALS.items():
        yield Broken(f"credential/{name}.txt", made, refused_by)


def _of_other_people() -> Iterator[Broken]:
    """Signed by who may not; and good ones of another holder than the one asked about."""
    kinds = {"ycert": signers.DATA, "pdf": signers.PRINTED, "ofd": signers.SEALED, "txt": signers.CODES}
    makers = {**standing.FORMATS, "txt": lambda _: signers.with_its_holder()}
    for ending, ways in kinds.items():
        folder = standing.FOLDERS.get(ending, ending)
        for name, (made, refused_by) in ways.items():
            yield Broken(f"{folder}/{name}.{ending}", made, refused_by)
        yield Broken(f"{folder}/another-holder.{ending}", partial(makers[ending], content()), "holder", holder=ANOTHER)


def trust() -> Trust:
    """Whom the tree's verifier believes: both roots, the authority with a key of each suite, and who was revoked."""
    sm2, es256 = ofd.trust(), pdf.trust()
    authorities = [
        Authority(
            code,
            known.name,
            (*(sm2.authorities[code].keys if code in sm2.authorities else ()), *known.keys, *_stolen(code)),
        )
        for code, known in es256.authorities.items()
    ]
    return replace(
        es256,
        authorities={each.code: each for each in authorities},
        roots=(*sm2.roots, *es256.roots),
        crls=(pki(SM2).crl(_revoked_signer(), at=SIGNED_AT - DAY), pki(SM2).root_crl()),
        status_lists={HYGIENE: standing.dated_list()},
        token_lists=(standing.token_list(),),
    )


def _stolen(code: str) -> tuple[TrustedKey, ...]:
    return signers.stolen_keys() if code == HYGIENE else ()


def write(folder: Path) -> list[dict[str, str]]:
    """Write the tree; what is expected of each file, as in `expected.json`."""
    _write_trust(folder / "trust", trust())
    expected = []
    for each in tree():
        place = folder / each.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(each.make())
        asked = {"holder": each.holder} if each.holder else {}
        expected.append({"file": each.path, "refused_by": each.refused_by, "at": write_instant(each.at), **asked})
    (folder / "expected.json").write_text(json.dumps(expected, indent=1), "utf-8")
    return expected


def _write_trust(folder: Path, believed: Trust) -> None:
    kinds = {"roots": believed.roots, "timestamp-roots": believed.timestamp_roots, "crls": believed.crls}
    for kind, found in kinds.items():
        (folder / kind).mkdir(parents=True)
        for number, raw in enumerate(found):
            name, held = (f"{number}.crl", raw) if kind == "crls" else (f"{number}.pem", write_pem(raw))
            (folder / kind / name).write_bytes(held)
    for code, authority in believed.authorities.items():
        (folder / f"{code}.json").write_bytes(write_authority(authority))
    for code, raw in believed.status_lists.items():
        (folder / f"{code}.ystatus").write_bytes(raw)
    (folder / "status").mkdir()
    for number, token in enumerate(believed.token_lists):
        (folder / "status" / f"{number}.jwt").write_text(token, "ascii")


def _sealed(**changed: object) -> bytes:
    return make_ofd(document(), sealing(**changed))


def _under(certificate: bytes, **changed: object) -> bytes:
    """Sealed with this certificate, which the seal lists."""
    return _sealed(certificate=certificate, seal=sealed_by_maker(design(signers=(certificate,))), **changed)


def _signed_by_a_self_made_root() -> bytes:
    root = make_root(Subject(Name("示例伪造根"), public(SM2, "root2")), SHORT, signing_key(SM2, "root2"))
    return _under(ofd.signer(issuer=Issuer(root, SM2, signing_key(SM2, "root2"))))


def _revoked_signer() -> bytes:
    if not _REVOKED:
        _REVOKED.append(ofd.signer(period=Period(SHORT.not_before, SHORT.not_after - DAY)))
    return _REVOKED[0]


def _replaced(find: bytes, by: bytes) -> bytes:
    """The list of files changed after it was signed."""
    return packages.changed(ofd.good(), LIST, lambda raw: raw.replace(find, by))


def _value(change: Callable[[bytes], bytes]) -> bytes:
    return packages.changed(ofd.good(), VALUE, change)


def _numbers(r: int, s: int) -> bytes:
    def change(raw: bytes) -> bytes:
        parts = der.parse(raw).children()
        numbers = der.sequence(der.integer(r), der.integer(s))
        return der.sequence(parts[0].raw, parts[1].raw, parts[2].raw, der.bits(numbers))

    return _value(change)


def _swapped_page() -> bytes:
    """The page of another certificate of the same authority under this one's signature."""
    other = make_ofd(document(content(fields=(ExtensionField("business.scope", "许可项目", "饮酒场所"),))), sealing())
    page = next(raw for name, raw in packages.entries(other) if name.endswith("Page_0/Content.xml"))
    return packages.changed(ofd.good(), "Page_0/Content.xml", lambda _: page)


def _swapped_data() -> bytes:
    """The data file of another authority's certificate in the place of this one's."""
    other = ofd.data(
        content(identifier=identifier.make(TYPE, FIRE, "202600000001"), authority=IssuingAuthority(NAMES[FIRE], FIRE))
    )
    return packages.changed(ofd.good(), "certificate.ycert", lambda _: other)


def _swapped_signature() -> bytes:
    """The value of another authority's signature over another certificate."""
    fire = ofd.signer(FIRE, FIRE)
    other = _under(fire, key_ref=FIRE, signed_at=SIGNED_AT + DAY)
    value = next(raw for name, raw in packages.entries(other) if name.endswith(VALUE))
    return packages.changed(ofd.good(), VALUE, lambda _: value)


def _pdf_with_another_signature() -> bytes:
    """The signature of another authority's PDF in the place of this one's."""
    ring, suite = pdf.WORLD.ring, pdf.SUITE
    ring.certify(FIRE, suite, (pdf.signer_certificate(ring.public_key(FIRE, suite), FIRE),))
    other = sign(pdf.drawn(), pdf.plan(seal=Seal(ring, FIRE, suite, SIGNED_AT + DAY / 2)))
    place = re.compile(rb"/Contents <[0-9A-F]{2000,}>")
    [theirs], [mine] = place.findall(other), place.findall(pdf.good())
    assert len(theirs) == len(mine)
    return pdf.good().replace(mine, theirs)


def _overlaid() -> bytes:
    """Drawn over by its own issuer: the seal holds, but the face says more than the data."""
    shown = document(content(fields=(ExtensionField("business.scope", "许可项目", "住宿场所、歌舞娱乐"),)))
    return make_ofd(replace(document(), face=shown.face), sealing())


def _without_signature() -> bytes:
    return write_package(write_document(document(), ""))


def _weak_digests() -> bytes:
    """A list that names MD5, signed all the same."""
    entries, made = write_document(document(), signing.SIGNATURES), sealing()
    xml = signing.signature_xml(entries, document().face.seal, made).replace(b"1.2.156.10197.1.401", b"MD5")
    parts = sign_entries(entries, document().face.seal, made)
    value = Entry(parts[2].name, signing._sealed(xml, made))  # noqa: SLF001 - a list that the public door never writes
    return write_package([*entries, parts[0], Entry(parts[1].name, xml), value])


def _wrong_identifier() -> bytes:
    right = content().identifier
    wrong = "A" if right.check != "A" else "B"
    bad = Identifier(right.type_code, right.issuer, right.serial, right.version, wrong)
    return _resigned(str(right), str(bad))


def _resigned(old: str, new: str) -> bytes:
    """The data with one text exchanged, signed again by the authority's own key: only an issuer could make it."""
    from certificates import canonical
    from certificates.certificate import FORMAT, write_content
    from certificates.envelope import Seal, close

    text = canonical.encode(write_content(content())).decode().replace(old, new)
    return close(FORMAT, json.loads(text), Seal(ofd.OwnKeys(), HYGIENE, SM2, SIGNED_AT))


def _value_of(signature: bytes) -> bytes:
    file = json.loads(ofd.data())
    return json.dumps(file | {"signature": base64.b64encode(signature).decode()}).encode()


def _swapped(file: bytes, old: bytes, new: bytes) -> bytes:
    assert old in file
    return file.replace(old, new, 1)


_REVOKED: list[bytes] = []
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_SEALED: dict[str, tuple[Callable[[], bytes], str]] = {
    "swapped-page": (_swapped_page, "digests"),
    "data-of-another-authority": (_swapped_data, "digests"),
    "signature-of-another-certificate": (_swapped_signature, "signature"),
    "list-changed-after-signing": (lambda: _replaced(b"<ofd:Provider ", b"<ofd:Provider  "), "signature"),
    "wrong-digest-algorithm": (_weak_digests, "suite"),
    "unknown-suite": (lambda: _value(lambda raw: raw.replace(bytes.fromhex("2a811ccf55018375"), bytes.fromhex("2a811ccf55018376"))), "suite"),
    "seal-expired-before-signing": (lambda: _sealed(seal=sealed_by_maker(design(valid_to=SIGNED_AT - DAY))), "seal_dates"),
    "seal-not-yet-valid": (lambda: _sealed(seal=sealed_by_maker(design(valid_from=SIGNED_AT + DAY))), "seal_dates"),
    "seal-forged": (lambda: _sealed(seal=re.sub("西峡县示例卫生".encode(), "西峡县示例税务".encode(), seal(), count=1)), "seal_maker"),
    "signer-not-on-the-list": (lambda: _sealed(seal=sealed_by_maker(design(signers=(ofd.signer(FIRE, FIRE),)))), "signer_listed"),
    "self-made-root": (_signed_by_a_self_made_root, "chain"),
    "signer-for-servers-alone": (lambda: _under(for_purposes(ofd.signer(), SM2, signing_key(SM2, "ca"), "server_auth")), "chain"),
    "signer-not-yet-valid": (lambda: _under(ofd.signer(period=Period(SIGNED_AT + DAY, SHORT.not_after))), "chain"),
    "signer-revoked": (lambda: _under(_revoked_signer()), "revocation"),
    "signer-of-another-authority": (lambda: _under(ofd.signer(FIRE, FIRE), key_ref=FIRE), "issuer"),
    "truncated-der": (lambda: _value(lambda raw: raw[:-7]), "format"),
    "trailing-bytes-in-der": (lambda: _value(lambda raw: raw + b"\0"), "format"),
    "r-out-of-range": (lambda: _numbers(_N, 1), "signature"),
    "s-is-zero": (lambda: _numbers(1, 0), "signature"),
    "overlaid-face": (_overlaid, "face"),
    "not-signed": (_without_signature, "format"),
}  # fmt: skip


_PRINTED: dict[str, tuple[Callable[[], bytes], str]] = {
    **appended.WAYS,
    **heavy.WAYS,
    **unsigned.PRINTED,
    "signer-for-timestamps-alone": (lambda: pdf.signed_for("time_stamping"), "chain"),
    "issuer-for-timestamps-alone": (lambda: pdf.under_a_ca_for("time_stamping"), "chain"),
    "changed-byte": (lambda: _swapped(pdf.good(), b"Typst 0.", b"Typst 9."), "signature"),
    "truncated": (lambda: pdf.good()[:-100], "format"),
    "signature-of-another-authority": (_pdf_with_another_signature, "signature"),
    "one-byte-before": (lambda: packages.one_byte_before(pdf.good()), "format"),
    "not-signed": (pdf.drawn, "signature"),
}
