"""Answers that must be signed: each way to forge, wrap, strip or spoil a signature is refused by its own rule, and a good one is read."""

from __future__ import annotations

import base64
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from adapters.contract import Found, Misconfigured, NotFound, Outcome, Unusable
from adapters.kinds.wssecurity import SECURITY, SIGNATURE, UTILITY, PrivateKey, Seal, Security, secure
from adapters.kinds.wsverify import covered, trusted_in
from adapters.kinds.xsd_read import Misfit
from tests.adapters.kinds.far_side import http
from tests.adapters.kinds.making import NOW
from tests.adapters.kinds.soap_town import asked, envelope, person, toml

WSSE, WSU, DS = f"{{{SECURITY}}}", f"{{{UTILITY}}}", f"{{{SIGNATURE}}}"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
WIRE = 'security = { signed_answers = ["Body", "Timestamp"] }'
ANSWER = f"<CxXy><Jg>0</Jg>{person()}</CxXy>"
VECTORS = Path(__file__).parent / "signed"
Spoils = Callable[[etree._Element], object]


def made(
    name: str, key: PrivateKey, by: tuple[x509.Certificate, PrivateKey] | None = None, days: int = 9, ca: bool = False
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signing = (by[0].subject, by[1]) if by else (subject, key)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(NOW - timedelta(days=30))
    builder = builder.not_valid_after(NOW + timedelta(days=days))
    return builder.add_extension(x509.BasicConstraints(ca, None), critical=True).sign(signing, hashes.SHA256())


KEY = ec.generate_private_key(ec.SECP256R1())
CERTIFICATE = made("department.invalid", KEY)


def pem(folder: Path, *certificates: x509.Certificate) -> Path:
    place = folder / "trust.pem"
    place.write_bytes(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates))
    return place


def signed(
    body: str = ANSWER,
    seal: Seal | None = None,
    now: datetime = NOW,
    seconds: int = 300,
) -> etree._Element:
    root = etree.fromstring(envelope(body))
    secure(root, Security(timestamp_seconds=seconds, seal=seal or Seal(KEY, CERTIFICATE)), now, b"n" * 16)
    return root


def read(root: etree._Element | bytes, trust: Path, wire: str = WIRE) -> Outcome:
    content = root if isinstance(root, bytes) else etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    outcome, _ = asked(http(content, media_type="text/xml"), toml(wire), options={"answer_trust": str(trust)})
    return outcome


def rule(root: etree._Element, trust: Path) -> str:
    outcome = read(root, trust)
    assert isinstance(outcome, Unusable) and "样例甲" not in repr(outcome)
    return outcome.rule


def test_a_good_signature_by_the_pinned_certificate_is_read(tmp_path: Path) -> None:
    assert isinstance(read(signed(), pem(tmp_path, CERTIFICATE)), Found)
    other = rsa.generate_private_key(65537, 2048)
    by_rsa = made("department.invalid", other)
    assert isinstance(read(signed(seal=Seal(other, by_rsa)), pem(tmp_path, CERTIFICATE, by_rsa)), Found)


def test_a_certificate_that_a_trusted_authority_issued_is_believed_and_one_of_its_heirs_is_not(tmp_path: Path) -> None:
    root_key, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = made("authority.invalid", root_key, ca=True)
    issued = made("department.invalid", leaf, (authority, root_key))
    folder = tmp_path / "trust"
    folder.mkdir()
    pem(folder, authority)
    assert isinstance(read(signed(seal=Seal(leaf, issued)), folder), Found)
    heir_key = ec.generate_private_key(ec.SECP256R1())
    heir = made("heir.invalid", heir_key, (issued, leaf))
    assert rule(signed(seal=Seal(heir_key, heir)), folder) == "signature_certificate"
    # One that is pinned itself is no authority over others.
    assert rule(signed(seal=Seal(heir_key, heir)), pem(tmp_path, issued)) == "signature_certificate"


# --- spoilt in each way ------------------------------------------------------------------------------------------------


def take_out(root: etree._Element, tag: str) -> None:
    one = next(root.iter(tag))
    parent = one.getparent()
    assert parent is not None
    parent.remove(one)


def change_name(root: etree._Element) -> None:
    next(root.iter("{urn:test:jcxx}Xm")).text = "样例乙"


def wrap_the_body(root: etree._Element) -> None:
    """The signed body stands in the header, another one where it is read."""
    body = root.find(f"{SOAP}Body")
    header = root.find(f"{SOAP}Header")
    assert body is not None and header is not None
    other = deepcopy(body)
    other.attrib.clear()
    next(other.iter("{urn:test:jcxx}Xm")).text = "样例乙"
    etree.SubElement(header, "{urn:w}Wrapper").append(body)
    root.append(other)


def wrap_under_the_same_id(root: etree._Element) -> None:
    wrap_the_body(root)
    body = root.find(f"{SOAP}Body")
    signed_one = root.find(f".//{{urn:w}}Wrapper/{SOAP}Body")
    assert body is not None and signed_one is not None
    body.set(f"{WSU}Id", str(signed_one.get(f"{WSU}Id")))


def a_second_body(root: etree._Element) -> None:
    body = root.find(f"{SOAP}Body")
    assert body is not None
    root.insert(1, deepcopy(body))
    root[1].attrib.clear()


def a_second_signed_block(root: etree._Element) -> None:
    block = next(root.iter(f"{WSSE}Security"))
    parent = block.getparent()
    assert parent is not None
    parent.append(deepcopy(block))


def a_body_in_another_namespace(root: etree._Element) -> None:
    other = etree.Element("{urn:w}Body")
    other.extend(deepcopy(list(root[-1])))
    root.insert(1, other)


def a_transform_that_selects(root: etree._Element) -> None:
    next(root.iter(f"{DS}Transform")).set("Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116")


def sha1(root: etree._Element) -> None:
    next(root.iter(f"{DS}SignatureMethod")).set("Algorithm", "http://www.w3.org/2000/09/xmldsig#rsa-sha1")


def another_key_in_the_message(root: etree._Element) -> None:
    other = made("department.invalid", ec.generate_private_key(ec.SECP256R1()))
    token = base64.b64encode(other.public_bytes(serialization.Encoding.DER)).decode()
    next(root.iter(f"{WSSE}BinarySecurityToken")).text = token


SPOILT: dict[str, tuple[Spoils, str]] = {
    "no_security_block": (lambda root: take_out(root, f"{WSSE}Security"), "unsigned"),
    "removed_signature": (lambda root: take_out(root, f"{DS}Signature"), "unsigned"),
    "changed_body": (change_name, "signature"),
    "changed_signature": (lambda root: setattr(next(root.iter(f"{DS}SignatureValue")), "text", "AAAA"), "signature"),
    "signature_that_is_no_base64": (lambda root: setattr(next(root.iter(f"{DS}SignatureValue")), "text", "@"), "signature"),
    "changed_time": (lambda root: setattr(next(root.iter(f"{WSU}Expires")), "text", "2099-01-01T00:00:00Z"), "signature"),
    "a_reference_taken_out": (lambda root: take_out(root, f"{DS}Reference"), "signature"),
    "wrapping": (wrap_the_body, "signature_cover"),
    "wrapping_under_the_same_id": (wrap_under_the_same_id, "signature_cover"),
    "two_bodies": (a_second_body, "signature_cover"),
    "two_signed_blocks": (a_second_signed_block, "signature_cover"),
    "a_body_of_another_namespace_before_it": (a_body_in_another_namespace, "signature_cover"),
    "a_transform_that_selects": (a_transform_that_selects, "signature"),
    "an_old_algorithm": (sha1, "signature_algorithm"),
    "another_certificate_in_the_message": (another_key_in_the_message, "signature_certificate"),
}  # fmt: skip


@pytest.mark.parametrize("how", SPOILT)
def test_an_answer_that_was_spoilt_is_unusable_by_its_rule(how: str, tmp_path: Path) -> None:
    spoils, expected = SPOILT[how]
    root = signed()
    spoils(root)
    assert rule(root, pem(tmp_path, CERTIFICATE)) == expected


def test_another_certificate_and_one_that_ended_are_not_believed(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    trust = pem(tmp_path, CERTIFICATE)
    assert rule(signed(seal=Seal(other, made("department.invalid", other))), trust) == "signature_certificate"
    ended = made("department.invalid", KEY, days=-1)
    assert rule(signed(seal=Seal(KEY, ended)), pem(tmp_path, ended)) == "signature_certificate"


@pytest.mark.parametrize(("minutes", "good"), [(-4, True), (9, True), (-30, False), (30, False)])
def test_a_signature_of_another_time_is_refused_and_small_differences_of_clocks_are_not(
    minutes: int, good: bool, tmp_path: Path
) -> None:
    at = NOW - timedelta(minutes=minutes)
    outcome = read(signed(now=at), pem(tmp_path, CERTIFICATE))
    assert isinstance(outcome, Found) if good else getattr(outcome, "rule", "") == "signature_time"


def test_a_signature_that_does_not_cover_the_time_is_refused(tmp_path: Path) -> None:
    root = signed(seal=Seal(KEY, CERTIFICATE, ("Body",)))
    assert rule(root, pem(tmp_path, CERTIFICATE)) == "signature_cover"


# --- what is read besides ----------------------------------------------------------------------------------------------


def test_a_header_block_that_is_not_covered_is_not_read(tmp_path: Path) -> None:
    root = signed()
    root[0].append(etree.fromstring('<Zt xmlns="urn:test:jcxx"><Dm>9</Dm></Zt>'))
    wire = WIRE.replace("[wire]", "")
    outcome, _ = asked(
        http(etree.tostring(root), media_type="text/xml"),
        toml(wire).replace('result = "Jg"', 'result = "$.soap:header.Zt.Dm"').replace('found = ["0"]', 'found = ["9"]'),
        options={"answer_trust": str(pem(tmp_path, CERTIFICATE))},
    )
    assert isinstance(outcome, Unusable) and outcome.rule == "unknown_result_code"


def test_a_fault_must_be_signed_too_unless_the_manifest_says_otherwise(tmp_path: Path) -> None:
    body = "<s:Fault><faultcode>s:Client</faultcode><faultstring>无</faultstring></s:Fault>"
    trust, faults = pem(tmp_path, CERTIFICATE), "\nfaults = { not_found = ['Client'] }"
    assert getattr(read(envelope(body).encode(), trust, WIRE + faults), "rule", "") == "unsigned"
    assert read(signed(body), trust, WIRE + faults) == NotFound()
    lenient = WIRE.replace("] }", "], signed_faults = false }") + faults
    assert read(envelope(body).encode(), trust, lenient) == NotFound()


def test_nobody_to_trust_and_nothing_to_cover_are_named_when_it_is_connected(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="answer_trust"):
        asked(http(b""), toml(WIRE))
    with pytest.raises(Misconfigured, match='must name "Body"'):
        asked(http(b""), toml(WIRE.replace('"Body", ', "")))
    with pytest.raises(Misconfigured, match="no \\*\\.pem"):
        trusted_in(tmp_path, ("Body",), True, "d")


# --- another's signature -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rsa", "ec"])
def test_what_xmlsec_signed_is_read_and_one_changed_sign_of_it_is_not(name: str) -> None:
    trusted = trusted_in(VECTORS / f"{name}.pem", ("Body", "Timestamp"), True, "d")
    at = datetime(2026, 11, 20, 2, 1, tzinfo=UTC)
    content = (VECTORS / f"{name}.xml").read_bytes()
    found = covered(etree.fromstring(content), trusted, at)
    assert {etree.QName(one).localname for one in found} >= {"Body", "Timestamp"}
    with pytest.raises(Misfit, match="signature"):
        covered(etree.fromstring(content.replace("测试".encode(), "试测".encode())), trusted, at)
