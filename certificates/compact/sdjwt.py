"""SD-JWT VC: a certificate as a JWT with fields to show one by one, for software that follows a link. It judges nothing.

RFC 9901 (SD-JWT) with the header type ``dc+sd-jwt`` of the SD-JWT VC draft, ES256 only, without key binding: a certificate is
its issuer's word about the holder, and the holder has no key. docs/e-certificates.md lists the claims.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from certificates import canonical, identifier
from certificates.canonical import Json
from certificates.certificate import CertificateContent
from certificates.compact import disclosure
from certificates.compact.presented import (
    SUITE,
    Claims,
    Presented,
    StatusReference,
    end_of,
    first_day,
    instant,
    last_day,
    masked,
    midnight,
    require_sound,
    sign,
    signing_key,
)
from certificates.envelope import KEY_ID, Seal
from certificates.errors import Malformed
from certificates.shape import Members, is_plain_text

MEDIA_TYPE = "application/dc+sd-jwt"
TYPE = "dc+sd-jwt"
VCT = "urn:yijian:certificate:"  # proposed; the type code follows
ISSUER = "urn:yijian:authority:"  # proposed; the authority's code follows
_ADDRESS = re.compile(
    r"https?://[^?#\s]+/([0-9A-Z]{6,18})"
)  # below which the authority's keys are published, its code last
MAX_BYTES = 64 * 1024
# Names that a disclosure may not take: what is signed in clear, and the two that RFC 9901 §4.2.1 forbids.
_CLEAR = {
    "iss",
    "iat",
    "nbf",
    "exp",
    "vct",
    "status",
    "identifier",
    "type_name",
    "holder",
    "authority",
    "_sd",
    "_sd_alg",
    "...",
}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,63}")


def issue(
    content: CertificateContent, seed: bytes, status: StatusReference | None, seal: Seal, issuer: str = ""
) -> str:
    """Sign the SD-JWT VC with every disclosure behind it: what the holder keeps. Raises Malformed, SigningFailed.

    ``issuer`` is the address whose last part is the authority's code and below which its keys are published; empty gives a URN. The
    same ``seed`` (see ``disclosure.salt``) and time give the same bytes to be signed.
    """
    require_sound(content)
    public = signing_key(seal)
    disclosures = _disclosures(content, seed)
    header: Json = {"alg": SUITE, "kid": public.key_id, "typ": TYPE}
    named = issuer or ISSUER + content.authority.code
    if not _names(named, content.authority.code):
        raise Malformed("identifier-issuer", "The issuer's address must end with the authority's code.")
    payload = _payload(content, named, [_write(_hash(each)) for each in disclosures], status, seal.signed_at)
    message = f"{_write(canonical.encode(header))}.{_write(canonical.encode(payload))}".encode()
    return "~".join([f"{message.decode()}.{_write(sign(seal, public, message))}", *disclosures, ""])


def names(sdjwt: str) -> Mapping[str, str]:
    """Return the disclosures behind an SD-JWT by the name of their claim. Raises Malformed."""
    return {_read_disclosure(each)[0]: each for each in _parts(sdjwt)[1]}


def present(sdjwt: str, chosen: Iterable[str]) -> str:
    """Return the SD-JWT with the disclosures of the claims ``chosen`` and no other. Raises Malformed."""
    there = names(sdjwt)
    wanted = list(dict.fromkeys(chosen))
    if any(name not in there for name in wanted):
        raise Malformed("disclosure", "A chosen claim is not behind this SD-JWT; choose from names().")
    return "~".join([_parts(sdjwt)[0], *(there[name] for name in wanted), ""])


def read(text: str) -> Presented:
    """Read a presented SD-JWT VC. Raises Malformed. It is *not verified*: use ``checking.check_sdjwt``."""
    jwt, disclosures = _parts(text)
    head, body, signature = jwt.split(".")
    header = Members(canonical.parse(_octets(head)), "header")
    if header.text("typ") != TYPE:
        raise Malformed("other-format", f"This JWT is no SD-JWT VC: its typ is not {TYPE}.")
    if header.text("alg") != SUITE:
        raise Malformed("suite-unknown", f"An SD-JWT VC of ours is signed by {SUITE} and by nothing else.")
    key_id = header.text("kid", KEY_ID)
    header.done()
    shown = tuple(_read_disclosure(each) for each in disclosures)
    if len({name for name, _ in shown}) != len(shown):
        raise Malformed("disclosure", "One claim is shown twice; readers would disagree.")
    claims = _claims(canonical.parse(_octets(body)))
    return Presented(
        claims, shown, tuple(map(_hash, disclosures)), key_id, f"{head}.{body}".encode(), _octets(signature)
    )


def _claims(document: Json) -> Claims:
    left = dict(document) if isinstance(document, dict) else {}
    # A JWT leaves out what it has not; the other members are always there.
    last, place = left.pop("exp", None), left.pop("status", None)
    members = Members(left, "payload")
    members.text("_sd_alg", re.compile("sha-256"))
    found = identifier.read(members.text("identifier"))
    if members.text("vct") != VCT + found.type_code:
        raise Malformed("identifier-type", "The type in vct is not that of the identifier.")
    if not _names(members.text("iss"), found.issuer):
        raise Malformed("identifier-issuer", "The authority in iss is not that of the identifier.")
    claims = Claims(
        identifier=found,
        type_name=members.text("type_name"),
        authority=members.text("authority"),
        holder=members.text("holder"),
        valid_from=first_day(members.integer("nbf")),
        valid_to=last_day(last),
        signed_at=instant(members.integer("iat")),
        status=_status(place),
        digests=tuple(map(_octets, members.texts("_sd", re.compile(r"[A-Za-z0-9_-]{43}")))),
    )
    members.done()
    return claims


def _names(issuer: str, code: str) -> bool:
    """Whether ``iss`` is of the authority with this code. Whose key it is says the verifier's trust folder, never the address."""
    address = _ADDRESS.fullmatch(issuer)
    return issuer == ISSUER + code or (address is not None and address[1] == code)


def _payload(
    content: CertificateContent, issuer: str, digests: list[str], status: StatusReference | None, signed_at: datetime
) -> Json:
    payload: dict[str, Json] = {
        "iss": issuer,
        "vct": VCT + content.type_code,
        "iat": int(signed_at.timestamp()),
        "nbf": midnight(content.valid_from),
        "identifier": str(content.identifier),
        "type_name": content.type_name,
        "authority": content.authority.name,
        "holder": masked(content),
        "_sd_alg": "sha-256",
        "_sd": list[Json](sorted(digests)),
    }
    if content.valid_to is not None:
        payload["exp"] = end_of(content.valid_to)
    if status is not None:
        payload["status"] = {"status_list": {"idx": status.index, "uri": status.uri}}
    return payload


def _disclosures(content: CertificateContent, seed: bytes) -> list[str]:
    pairs = [
        ("number", content.number),
        ("holder_name", content.holder.name),
        ("holder_code", content.holder.code),
        ("holder_code_type", content.holder.code_type),
        *((each.name, each.value) for each in content.fields),
    ]
    if len({name for name, _ in pairs}) != len(pairs) or any(name in _CLEAR for name, _ in pairs):
        raise Malformed("shape", "A field of the certificate has the name of a claim; give it another one.")
    salted = ((_write(disclosure.salt(seed, name)), name, value) for name, value in pairs)
    return [_write(canonical.encode([salt, name, value])) for salt, name, value in salted]


def _parts(text: str) -> tuple[str, list[str]]:
    """The JWT and the disclosures. A last part that is not empty would be a key binding, for which there is no key."""
    jwt, *rest = text[: MAX_BYTES + 1].split("~")
    if len(text) > MAX_BYTES or jwt.count(".") != 2 or not rest or rest[-1] != "":
        raise Malformed(
            "other-format", "This is no SD-JWT without key binding (RFC 9901): a JWT, disclosures, each with ~ behind."
        )
    return jwt, rest[:-1]


def _read_disclosure(text: str) -> tuple[str, str]:
    try:
        found = canonical.parse(_octets(text))
    except Malformed as error:
        raise _no_disclosure() from error
    match found:
        case [str() as salt, str() as name, str() as value] if (
            salt and _NAME.fullmatch(name) and name not in _CLEAR and is_plain_text(value)
        ):
            return name, value
    raise _no_disclosure()


def _no_disclosure() -> Malformed:
    return Malformed("disclosure", "A disclosure is base64url of a JSON list of salt, name and value, all text.")


def _status(document: Json) -> StatusReference | None:
    if document is None:
        return None
    outer = Members(document, "status")
    inner = outer.object("status_list")
    reference = StatusReference(inner.text("uri"), inner.integer("idx"))
    inner.done()
    outer.done()
    return reference


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _write(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _octets(text: str) -> bytes:
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("not-base64", "A part of the SD-JWT is not base64url.") from error
    if _write(octets) != text:
        raise Malformed("not-base64", "A part of the SD-JWT is base64url in an unusual spelling.")
    return octets
