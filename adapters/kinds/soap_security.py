"""Reads `[wire.security]` of a manifest, with the connection's secrets and certificates, into what is put on each request and what each
answer must bear. It sends nothing."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from adapters.contract import Misconfigured
from adapters.kinds.line import Line
from adapters.kinds.settings import Settings
from adapters.kinds.wssecurity import Seal, Security, Username
from adapters.kinds.wsverify import Trusted, trusted_in

SECURITY_KEYS = frozenset(
    ("username_token", "user", "password", "nonce", "timestamp_seconds", "sign", "must_understand")
) | {"signed_answers", "signed_faults", "answer_certificate"}


def check_security(settings: Settings) -> None:
    """Raises Misconfigured for a table that cannot work, whatever the secrets are."""
    settings.only(SECURITY_KEYS)
    if settings.text("username_token", "") not in ("", "text", "digest"):
        raise Misconfigured(f'{settings.where}: username_token must be "text" or "digest".')
    for key in ("user", "password"):
        settings.text(key, "")
    for key in ("nonce", "must_understand", "signed_faults"):
        settings.flag(key, True)
    settings.number("timestamp_seconds", 0)
    settings.words("sign")
    settings.text("answer_certificate", "")
    parts = settings.words("signed_answers")
    if parts and "Body" not in parts:
        raise Misconfigured(f'{settings.where}: signed_answers must name "Body", or nothing of the answer is proven.')


def security_of(line: Line) -> Security | None:
    """None where the manifest asks for none. Raises Misconfigured for a secret or a certificate that is not there."""
    settings = line.settings.inner("security")
    check_security(settings)
    if not {"username_token", "timestamp_seconds", "sign"} & set(settings.table):
        return None
    seconds = int(settings.number("timestamp_seconds", 300 if "sign" in settings.table else 0))
    return Security(
        _username(line, settings),
        seconds,
        _seal(line, settings) if "sign" in settings.table else None,
        settings.flag("must_understand", True),
    )


def trusted_of(line: Line) -> Trusted | None:
    """Whose signature answers must bear: the manifest's pinned certificate, or the file or folder that the connection names.

    None where the manifest demands none. Raises Misconfigured."""
    settings = line.settings.inner("security")
    parts = settings.words("signed_answers")
    if not parts:
        return None
    pinned = settings.text("answer_certificate", "")
    if pinned:
        line.documents.read(pinned)  # it is the one that was pinned
    place = Path(line.department.folder) / pinned if pinned else line.trust
    if place is None:
        raise Misconfigured(
            f"{line.department.code}: its answers are to be signed and nobody is named who signs; pin answer_certificate in "
            "[wire.security], or set the option answer_trust of its connection to a PEM file or a folder of them."
        )
    return trusted_in(place, parts, settings.flag("signed_faults", True), line.department.code)


def _username(line: Line, settings: Settings) -> Username | None:
    style = settings.text("username_token", "")
    if not style:
        return None
    user, password = settings.text("user", "user"), settings.text("password", "password")
    return Username(line.secret(user), line.secret(password), style == "digest", settings.flag("nonce", True))


def _seal(line: Line, settings: Settings) -> Seal:
    code = line.department.code
    if line.certificate is None or line.key is None:
        raise Misconfigured(f"{code}: its requests are signed; set certificate and key (PEM files) of its connection.")
    try:
        certificate = x509.load_pem_x509_certificate(line.certificate.read_bytes())
        password = line.secrets.get("key_password", "").encode() or None
        key = load_pem_private_key(line.key.read_bytes(), password)
    except (OSError, ValueError, TypeError) as e:
        raise Misconfigured(
            f"{code}: certificate or key of its connection cannot be read ({type(e).__name__}); "
            "they are PEM files, the key's password is the secret key_password."
        ) from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise Misconfigured(f"{code}: the key of its connection is neither RSA nor EC; ask for one that is.")
    return Seal(key, certificate, settings.words("sign"))
