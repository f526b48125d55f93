"""Who asks, over SOAP: UsernameToken, a signature by certificate, mTLS, and the exchange platform's four values in three places."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ssl
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import NameOID
from lxml import etree

from adapters.contract import Denied, Found, Misconfigured
from adapters.kinds.guard import Guard, Identity, Reply, Sending
from adapters.kinds.wssecurity import SECURITY, SIGNATURE, UTILITY, digest
from tests.adapters.faults.test_limits import certificate
from tests.adapters.kinds.far_side import http
from tests.adapters.kinds.making import NOW
from tests.adapters.kinds.soap_town import NUMBER, SECRETS, answer, asked, person, toml

WSSE, WSU, DS = f"{{{SECURITY}}}", f"{{{UTILITY}}}", f"{{{SIGNATURE}}}"


def sent(wire: str, **more: object) -> etree._Element:
    _, came = asked(answer(person()), toml(wire), **more)  # type: ignore[arg-type]
    return etree.fromstring(came.body)


def said(root: etree._Element, tag: str) -> str:
    return str(root.findtext(f".//{tag}"))


# --- UsernameToken ----------------------------------------------------------------------------------------------------


def test_the_digest_is_that_of_the_profile() -> None:
    # Made by hand: Base64(SHA-1(nonce + created + password)).
    assert digest(b"0123456789abcdef", "2026-11-20T02:00:00.000Z", "p0") == "xHeoXN4fVCeBhsnLxbRcEHh3Lxo="


def test_a_password_goes_as_text_where_the_department_wants_it() -> None:
    root = sent("security = { username_token = 'text', nonce = false, must_understand = false }")
    assert (said(root, f"{WSSE}Username"), said(root, f"{WSSE}Password")) == ("u0", "p0")
    assert root.find(f".//{WSSE}Nonce") is None and root.find(f".//{WSU}Timestamp") is None


def test_a_digest_hides_the_password_and_bears_a_new_nonce_each_time() -> None:
    wire = "security = { username_token = 'digest', user = 'account', timestamp_seconds = 300 }"
    first, second = sent(wire), sent(wire)
    nonce, created = said(first, f"{WSSE}Nonce"), said(first, f"{WSSE}UsernameToken/{WSU}Created")
    made = hashlib.sha1(base64.b64decode(nonce) + created.encode() + b"p0").digest()
    assert said(first, f"{WSSE}Password") == base64.b64encode(made).decode() and said(first, f"{WSSE}Username") == "zh"
    assert nonce != said(second, f"{WSSE}Nonce") and b">p0<" not in etree.tostring(first)
    assert said(first, f"{WSU}Expires") == "2026-11-20T02:05:00.000Z"


def test_a_secret_that_is_not_set_is_named() -> None:
    with pytest.raises(Misconfigured, match="'password' is not set"):
        asked(answer(person()), toml("security = { username_token = 'text' }"), {"user": "u"})


def key_pair(folder: Path, kind: str) -> tuple[Path, Path]:
    """A certificate and its key, in two files."""
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub.invalid")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = builder.serial_number(1).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=9))
    shown, private = folder / "c.pem", folder / "k.pem"
    shown.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"kp"),
        )
    )
    return shown, private


# --- a signature ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_signature_by_certificate_covers_body_and_time(kind: str, tmp_path: Path) -> None:
    shown, key = key_pair(tmp_path, kind)
    root = sent(
        "security = { sign = ['Body', 'Timestamp', 'Rz'] }\nheader = { Rz = { Zh = 'a' } }", certificate=shown, key=key
    )
    references = root.findall(f".//{DS}Reference")
    assert len(references) == 3
    for reference in references:
        (part,) = (one for one in root.iter() if one.get(f"{WSU}Id") == str(reference.get("URI"))[1:])
        # Another canonicaliser than ours: C14N 2.0 is the exclusive one for a part like these.
        plain = etree.canonicalize(etree.tostring(part, with_tail=False).decode()).encode()
        assert said(reference, f"{DS}DigestValue") == base64.b64encode(hashlib.sha256(plain).digest()).decode()
    info = root.find(f".//{DS}SignedInfo")
    assert info is not None
    _verify(root, etree.canonicalize(etree.tostring(info, with_tail=False).decode()).encode())


def _verify(root: etree._Element, text: bytes) -> None:
    """Raises for a signature that is not of the certificate in the message."""
    signature = base64.b64decode(said(root, f"{DS}SignatureValue"))
    public = x509.load_der_x509_certificate(base64.b64decode(said(root, f"{WSSE}BinarySecurityToken"))).public_key()
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    else:
        assert isinstance(public, ec.EllipticCurvePublicKey)
        half = len(signature) // 2
        pair = encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
        public.verify(pair, text, ec.ECDSA(hashes.SHA256()))


def test_a_signature_without_certificate_or_with_an_unreadable_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="set certificate and key"):
        sent("security = { sign = ['Body'] }")
    (tmp_path / "x.pem").write_text("x")
    with pytest.raises(Misconfigured, match="PEM"):
        sent("security = { sign = ['Body'] }", certificate=tmp_path / "x.pem", key=tmp_path / "x.pem")


# --- mTLS -------------------------------------------------------------------------------------------------------------


def over_mutual_tls(server: Path, client: Path | None, believed: Path) -> object:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(http(b"{}"))
        await writer.drain()
        writer.close()

    async def run() -> object:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server)
        context.load_verify_locations(believed)
        context.verify_mode = ssl.CERT_REQUIRED
        listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        shows = Identity(client, client) if client else None
        guard = Guard(f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}", ca=server, shows=shows)
        try:
            return await guard.send(Sending("GET", "/", 60))
        finally:
            await guard.close()
            listening.close()

    return asyncio.run(run())


def test_a_server_that_wants_our_certificate_gets_it(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "127.0.0.1"), certificate(tmp_path, "hub.invalid")
    assert isinstance(over_mutual_tls(server, client, client), Reply)
    assert not isinstance(over_mutual_tls(server, None, client), Reply)


def test_a_certificate_without_its_key_is_named(tmp_path: Path) -> None:
    own, other = key_pair(tmp_path, "ec")[0], certificate(tmp_path, "hub.invalid")
    with pytest.raises(Misconfigured, match="belong together"):
        Guard("https://127.0.0.1:9", shows=Identity(own, other))
    with pytest.raises(Misconfigured, match="go together"):
        asked(answer(person()), toml(), certificate=own)


# --- the exchange platform --------------------------------------------------------------------------------------------

FOUR = ("gjgxjhpt_sid", "gjgxjhpt_rid", "gjgxjhpt_rtime", "gjgxjhpt_sign")


def expected() -> dict[str, str]:
    time = str(int(NOW.timestamp() * 1000))
    made = hmac.digest(b"s0", f"s_1_2rid0{time}".encode(), "sha256")
    return dict(zip(FOUR, ("s_1_2", "rid0", time, base64.b64encode(made).decode()), strict=True))


def test_the_four_values_stand_in_http_headers() -> None:
    found, came = asked(answer(person()), toml("auth = { style = 'gjgxjhpt', sid = 's_1_2' }"))
    assert isinstance(found, Found) and {name: came.headers[name] for name in FOUR} == expected()


def test_the_four_values_stand_in_the_query() -> None:
    _, came = asked(answer(person()), toml("auth = { style = 'gjgxjhpt', sid = 's_1_2', place = 'query' }"))
    assert dict(parse_qsl(urlsplit(came.path).query)) == expected() and FOUR[0] not in came.headers


def test_the_four_values_stand_in_a_soap_header_and_nowhere_else() -> None:
    block = ", ".join(f"{name} = '{{proof.{name}}}'" for name in FOUR)
    header = f"header = {{ tongtechheader = {{ '@xmlns' = 'urn:gjgxjhpt', {block} }} }}"
    _, came = asked(answer(person()), toml(f"auth = {{ style = 'gjgxjhpt', sid = 's_1_2' }}\n{header}"))
    found = etree.fromstring(came.body).find(".//{urn:gjgxjhpt}tongtechheader")
    assert found is not None and {one.tag: one.text for one in found} == expected()
    assert FOUR[0] not in came.headers and "?" not in came.path


def test_a_header_that_wants_a_proof_without_a_signer_is_named() -> None:
    with pytest.raises(Misconfigured, match="filled by a signer"):
        asked(answer(person()), toml("header = { Wg = { '@xmlns' = 'u', a = '{proof.x}' } }"))


def test_a_key_of_a_gateway_before_the_service_goes_beside_the_envelope() -> None:
    wire = "auth = { style = 'basic', user = 'user', password = 'password' }"
    _, came = asked(answer(person()), toml(wire))
    assert came.headers["authorization"] == f"Basic {base64.b64encode(b'u0:p0').decode()}"
    refused, _ = asked(http(b"", status=401, media_type="text/html"), toml(wire))
    assert refused == Denied("credentials_refused", refused.raw if isinstance(refused, Denied) else None)


def test_no_secret_stands_in_a_message_or_a_repr() -> None:
    wire = "security = { username_token = 'text' }\nauth = { style = 'gjgxjhpt', sid = 's' }"
    outcome, _ = asked(answer("<Ry/>"), toml(wire))
    shown = repr(outcome)
    assert all(secret not in shown for secret in (*SECRETS.values(), NUMBER) if len(secret) > 2)
