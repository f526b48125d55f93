"""The compact credential: a certificate small enough for a QR code, from which the holder shows single fields. It judges nothing.

A COSE_Sign1 over a CWT claims set (RFC 8392). In clear: identifier (which names type and issuer), name of the type, holder (a
person's name masked), validity, place in a status list. Number, holder and the fields of the type stand there as salted
digests alone. In a QR code it is ``YC1:`` and base45. docs/e-certificates.md gives every byte.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from certificates import identifier
from certificates.certificate import CITIZEN_ID, CREDIT_CODE, CertificateContent
from certificates.compact import base45, cbor, cose, disclosure
from certificates.compact.cbor import Cbor, Simple
from certificates.compact.disclosure import Disclosure
from certificates.compact.presented import (
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
from certificates.envelope import Seal
from certificates.errors import Malformed
from certificates.identifier import Identifier
from certificates.shape import is_plain_text

PREFIX = "YC1:"
MEDIA_TYPE = "application/yc1"  # proposed, not registered; short, because it is in every code
MAX_BYTES = 600  # with two fields shown: what a phone still reads from a printed code of 3 cm
KID_BYTES = 8

# Registered claims: RFC 8392, Token Status List; below -65536 is private use.
SUB, EXP, NBF, IAT, STATUS, TITLE, HOLDER = 2, 4, 5, 6, 65535, -65537, -65538
# CBOR tag 18, COSE_Sign1; in its longer spellings too, which are refused for being that
_FIRST = (b"\xd2", b"\xd8\x12", b"\xd9\0\x12", b"\xda\0\0\0\x12", b"\xdb" + bytes(7) + b"\x12")
DIGESTS = Simple(59)
SD_CLAIMS = 17
NUMBER_LABEL, HOLDER_LABEL = "证照编号", "持证主体"
OTHER_CODE_LABEL = "持证主体代码"
_CODE_LABELS = {CITIZEN_ID: "公民身份号码", CREDIT_CODE: "统一社会信用代码"}
HOLDER_CODES = frozenset({"holder_code", OTHER_CODE_LABEL, *_CODE_LABELS.values()})
"""Under which of these a credential or an SD-JWT VC shows its holder's code, where it does."""
_OWN_LABELS = {NUMBER_LABEL, HOLDER_LABEL, OTHER_CODE_LABEL, *_CODE_LABELS.values()}


@dataclass(frozen=True, slots=True)
class Issued:
    """What the holder gets: the signed bytes showing nothing, and every disclosure by its label."""

    credential: bytes = field(repr=False)
    disclosures: Mapping[str, bytes] = field(repr=False)


def issue(
    content: CertificateContent,
    seed: bytes,
    status: StatusReference | None,
    seal: Seal,
    carried: Iterable[str] | None = None,
    only: Collection[str] | None = None,
) -> Issued:
    """Sign the credential of ``content`` with the authority's ES256 key.

    ``seed`` gives the salts (see ``disclosure.salt``), so that the same reservation gives the same bytes to be signed;
    ``carried`` names the extension fields that can be shown from it (all by default), ``only`` narrows it to what has these
    labels, number, name and code of the holder too: the fewer, the smaller the code. Raises Malformed, SigningFailed.
    """
    require_sound(content)
    public = signing_key(seal)
    hidden = {each.label: each for each in _hidden(content, seed, carried, only)}
    header: cose.Header = {
        cose.ALG: cose.ES256,
        cose.KID: bytes.fromhex(public.key_id)[:KID_BYTES],
        cose.TYP: MEDIA_TYPE,
    }
    digests = sorted(each.digest() for each in hidden.values())
    claims = _claims(content, digests, status, int(seal.signed_at.timestamp()))
    message = cose.Sign1(cbor.encode(header), {}, cbor.encode(claims))
    signed = message.signed(sign(seal, public, message.signed_bytes()))
    return Issued(signed.to_bytes(), {label: each.to_bytes() for label, each in hidden.items()})


def showable(content: CertificateContent) -> dict[str, tuple[str, str]]:
    """Return what a holder can show one by one: its name, as an SD-JWT VC has it, and label and value.

    Of fields with the same label it is the first, and none has the label of number or holder: readers tell them apart by it.
    """
    first = {each.label: each.name for each in reversed(content.fields) if each.label not in _OWN_LABELS}
    fields = {each.name: (each.label, each.value) for each in content.fields if first.get(each.label) == each.name}
    return _own(content) | fields


def present(credential: bytes, disclosures: Mapping[str, bytes], chosen: Iterable[str]) -> bytes:
    """Return the credential showing the fields with the labels ``chosen`` and no other. The holder does this, without a key.

    Raises Malformed ``disclosure`` for a label that is not there or does not belong to this credential.
    """
    message = replace(cose.read(credential), unprotected={})
    shown: list[Cbor] = []
    digests = read(message.to_bytes()).claims.digests
    for label in dict.fromkeys(chosen):
        octets = disclosures.get(label, b"")
        if disclosure.digest(octets) not in digests:
            raise Malformed(
                "disclosure", "A chosen field is not of this credential; choose from the labels issued with it."
            )
        shown.append(octets)
    return replace(message, unprotected={SD_CLAIMS: shown} if shown else {}).to_bytes()


def qr_text(credential: bytes) -> str:
    """Return what the QR code carries, in its alphanumeric alphabet."""
    return PREFIX + base45.encode(credential)


def from_qr_text(text: str) -> bytes:
    """Return the credential in a scanned text; spaces inside it count. Raises Malformed."""
    if not text.startswith(PREFIX):
        raise Malformed("other-format", f"This code is no compact credential: it does not begin with {PREFIX}.")
    return base45.decode(text.removeprefix(PREFIX).strip("\r\n\t"), cbor.MAX_BYTES)


def read(octets: bytes) -> Presented:
    """Read a credential. Raises Malformed. What it returns is *not verified*: use ``checking.check``."""
    if not octets.startswith(_FIRST):
        raise Malformed("no-credential", "This is no compact credential: it does not begin with CBOR tag 18.")
    message = cose.read(octets)
    header = message.header()
    kid = header.pop(cose.KID, b"")
    algorithm = header.pop(cose.ALG, 0)
    if header != {cose.TYP: MEDIA_TYPE} or not isinstance(kid, bytes) or len(kid) != KID_BYTES:
        raise Malformed("other-format", "The header is not that of a compact credential of this version.")
    if algorithm != cose.ES256:
        raise Malformed("suite-unknown", "A compact credential is signed by ES256 and by nothing else.")
    shown = _shown(message.unprotected)
    return Presented(
        _read_claims(cbor.decode(message.payload)),
        tuple((each.label, each.value) for each in shown),
        tuple(each.digest() for each in shown),
        kid.hex(),
        message.signed_bytes(),
        message.signature,
    )


def _claims(content: CertificateContent, digests: list[bytes], status: StatusReference | None, iat: int) -> cose.Header:
    claims: cose.Header = {
        SUB: str(content.identifier).removeprefix(identifier.ROOT + "."),
        NBF: midnight(content.valid_from),
        IAT: iat,
        TITLE: content.type_name,
        HOLDER: masked(content),
        # Sorted, so that their order tells nothing of the fields.
        DIGESTS: list[Cbor](digests),
    }
    if content.valid_to is not None:
        claims[EXP] = end_of(content.valid_to)
    if status is not None:
        claims[STATUS] = {"status_list": {"idx": status.index, "uri": status.uri}}
    return claims


def _own(content: CertificateContent) -> dict[str, tuple[str, str]]:
    code_label = _CODE_LABELS.get(content.holder.code_type, OTHER_CODE_LABEL)
    own = {"number": (NUMBER_LABEL, content.number), "holder_code": (code_label, content.holder.code)}
    # The name of a body stands in clear already.
    return own if masked(content) == content.holder.name else own | {"holder_name": (HOLDER_LABEL, content.holder.name)}


def _hidden(
    content: CertificateContent, seed: bytes, carried: Iterable[str] | None, only: Collection[str] | None
) -> list[Disclosure]:
    names = [each.name for each in content.fields] if carried is None else list(carried)
    labelled = {each.name: (each.label, each.value) for each in content.fields}
    pairs = [*_own(content).values(), *(labelled[name] for name in names if name in labelled)]
    pairs = [each for each in pairs if only is None or each[0] in only]
    if len({label for label, _ in pairs}) != len(pairs):
        raise Malformed(
            "shape", "Two fields of the certificate have one label; a holder could not choose between them."
        )
    return [Disclosure(label, value, disclosure.salt(seed, label)) for label, value in pairs]


def _read_claims(document: Cbor) -> Claims:
    if not isinstance(document, dict):
        raise _wrong("the claims are no map")
    left = dict(document)
    claims = Claims(
        _identifier(left.pop(SUB, None)),
        _text(left.pop(TITLE, None)),
        None,
        _text(left.pop(HOLDER, None)),
        first_day(left.pop(NBF, None)),
        last_day(left.pop(EXP, None)),
        instant(left.pop(IAT, None)),
        _status(left.pop(STATUS, None)),
        _digests(left.pop(DIGESTS, None)),
    )
    if left:
        raise Malformed("unknown-member", f"The credential has {len(left)} claim(s) that this version knows not.")
    return claims


def _shown(unprotected: cose.Header) -> tuple[Disclosure, ...]:
    items = unprotected.get(SD_CLAIMS, [])
    if not unprotected.keys() <= {SD_CLAIMS}:
        raise Malformed("unknown-member", "The unprotected header holds the fields shown (17) and nothing else.")
    if not isinstance(items, list) or unprotected == {SD_CLAIMS: []}:
        raise _wrong("the fields shown are no list of some")
    shown = tuple(disclosure.read(item if isinstance(item, bytes) else b"") for item in items)
    if len({each.label for each in shown}) != len(shown):
        raise Malformed("disclosure", "One field is shown twice; readers would disagree.")
    return shown


def _identifier(value: Cbor | None) -> Identifier:
    """Whatever stands in its place and is none is the identifier's fault, not the format's."""
    return identifier.read(f"{identifier.ROOT}.{value}" if isinstance(value, str) else "")


def _text(value: Cbor | None) -> str:
    if not isinstance(value, str) or not is_plain_text(value):
        raise _wrong("a text is missing or not plain")
    return value


def _status(value: Cbor | None) -> StatusReference | None:
    match value:
        case None:
            return None
        case {"status_list": {"idx": int() as index, "uri": str() as uri, **rest}, **more} if not rest and not more:
            if index >= 0 and is_plain_text(uri):
                return StatusReference(uri, index)
    raise _wrong("the place in the status list is not idx and uri")


def _digests(value: Cbor | None) -> tuple[bytes, ...]:
    if not isinstance(value, list):
        raise _wrong("the digests are no list")
    digests = tuple(item for item in value if isinstance(item, bytes) and len(item) == disclosure.DIGEST_BYTES)
    if len(digests) != len(value) or list(digests) != sorted(set(digests)):
        raise _wrong("the digests are not sorted lists of 16 bytes")
    return digests


def _wrong(what: str) -> Malformed:
    return Malformed("shape", f"The credential is not of this version: {what}.")
