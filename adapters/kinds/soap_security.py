"""Reads `[wire.security]` of a manifest, with the connection's secrets and certificate, into what is put on each request. It sends nothing."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from adapters.contract import Misconfigured
from adapters.kinds.line import Line
from adapters.kinds.settings import Settings
from adapters.kinds.wssecurity import Seal, Security, Username

SECURITY_KEYS = frozenset(
    ("username_token", "user", "password", "nonce", "timestamp_seconds", "sign", "must_understand")
)


def check_security(settings: Settings) -> None:
    """Raises Misconfigured for a table that cannot work, whatever the secrets are."""
    settings.only(SECURITY_KEYS)
    if settings.text("username_token", "") not in ("", "text", "digest"):
        raise Misconfigured(f'{settings.where}: username_token must be "text" or "digest".')
    for key in ("user", "password"):
        settings.text(key, "")
    for key in ("nonce", "must_understand"):
        settings.flag(key, True)
    settings.number("timestamp_seconds", 0)
    settings.words("sign")


def security_of(line: Line) -> Security | None:
    """None where the manifest asks for none. Raises Misconfigured for a secret or a certificate that is not there."""
    settings = line.settings.inner("security")
    check_security(settings)
    if not settings.table:
        return None
    seconds = int(settings.number("timestamp_seconds", 300 if "sign" in settings.table else 0))
    return Security(
        _username(line, settings),
        seconds,
        _seal(line, settings) if "sign" in settings.table else None,
        settings.flag("must_understand", True),
    )


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
