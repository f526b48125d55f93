"""The e-certificate: its content after GB/T 36903, how it is signed into a file and read again. It judges nothing.

``verify.py`` judges. The file is the envelope of ``envelope.py`` with the extension ``.ycert``; docs/e-certificates.md
describes it byte by byte.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date, datetime

from certificates import canonical, identifier
from certificates.canonical import Json
from certificates.envelope import Envelope, Seal, close, open_envelope
from certificates.errors import Malformed
from certificates.identifier import ISSUER_CODE, TYPE_CODE, Identifier
from certificates.ports import Signer
from certificates.shape import Members

FORMAT = "yijian-certificate/1"
EXTENSION = ".ycert"
MEDIA_TYPE = "application/vnd.yijian.certificate+json"

CITIZEN_ID, CREDIT_CODE = "111", "001"
# The two code types of GB/T 36903 annex A that we know; others pass with any code.
_HOLDER_CODES = {CITIZEN_ID: re.compile(r"[0-9]{17}[0-9X]"), CREDIT_CODE: re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")}
_CODE_TYPE = re.compile(r"[0-9]{3}")
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,63}")


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose certificate it is: name (CZZT), code (CZZTDM) and type of the code (CZZTDMLXDM)."""

    name: str = field(repr=False)
    code: str = field(repr=False)
    code_type: str


@dataclass(frozen=True, slots=True)
class IssuingAuthority:
    """Who issues it: name (ZZBFJG) and code (ZZBFJGDM)."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class ExtensionField:
    """One field of the certificate type (KZ_*): a stable name, the label it is printed under, the value as text."""

    name: str
    label: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CertificateContent:
    """What a certificate says (GB/T 36903). Days are those of China; ``valid_to`` None means without end (长期)."""

    identifier: Identifier
    type_code: str
    type_name: str
    number: str = field(repr=False)
    holder: Holder
    authority: IssuingAuthority
    issued_on: date
    valid_from: date
    valid_to: date | None
    fields: tuple[ExtensionField, ...] = ()

    def disagreement(self) -> str | None:
        """Return the code of why the identifier does not fit the rest; None when it does."""
        if not self.identifier.is_sound():
            return "identifier-check"
        if self.identifier.type_code != self.type_code:
            return "identifier-type"
        if self.identifier.issuer != self.authority.code:
            return "identifier-issuer"
        return None


@dataclass(frozen=True, slots=True)
class SignedCertificate:
    """A certificate as read from its file."""

    content: CertificateContent
    envelope: Envelope

    @property
    def digest(self) -> str:
        """SHA-256 of the payload in lower-case hex: the same however often the same content is signed."""
        return hashlib.sha256(self.envelope.payload).hexdigest()


def issue(content: CertificateContent, signer: Signer, key_ref: str, suite: str, signed_at: datetime) -> bytes:
    """Sign ``content`` and return the bytes of the ``.ycert`` file.

    The signature of the authority's key is asked for once, and checked before anything is returned. Raises Malformed
    when the content contradicts itself, SuiteUnavailable, SigningFailed.
    """
    document = write_content(content)
    if read_content(document) != content:
        raise Malformed("shape", "The content does not survive being written; use plain str, date and tuple values.")
    problem = content.disagreement()
    if problem:
        raise Malformed(problem, "The identifier does not fit the content; build it with identifier.make().")
    return close(FORMAT, document, Seal(signer, key_ref, suite, signed_at))


def read(raw: bytes) -> SignedCertificate:
    """Read a ``.ycert`` file. Raises Malformed. What it returns is *not verified*: use ``verify.verify``."""
    envelope = open_envelope(raw, FORMAT)
    return SignedCertificate(read_content(canonical.parse_canonical(envelope.payload)), envelope)


def write_content(content: CertificateContent) -> Json:
    """Return the JSON object that is the payload."""
    return {
        "identifier": str(content.identifier),
        "type_code": content.type_code,
        "type_name": content.type_name,
        "number": content.number,
        "holder": {
            "name": content.holder.name,
            "code": content.holder.code,
            "code_type": content.holder.code_type,
        },
        "authority": {"name": content.authority.name, "code": content.authority.code},
        "issued_on": content.issued_on.isoformat(),
        "valid_from": content.valid_from.isoformat(),
        "valid_to": content.valid_to.isoformat() if content.valid_to else None,
        "fields": [{"name": each.name, "label": each.label, "value": each.value} for each in content.fields],
    }


def period_in_words(since: date, until: date | None) -> str:
    """Return `2026-01-01 至 2030-12-31`, or, without end, `自 2026-01-01 起长期有效`."""
    return f"{since} 至 {until}" if until else f"自 {since} 起长期有效"


def read_content(document: Json) -> CertificateContent:
    """Read the payload. Raises Malformed; codes beginning with ``identifier`` tell of the identifier."""
    members = Members(document, "certificate")
    content = CertificateContent(
        identifier=identifier.read(members.text("identifier")),
        type_code=members.text("type_code", TYPE_CODE),
        type_name=members.text("type_name"),
        number=members.text("number"),
        holder=_holder(members.object("holder")),
        authority=_authority(members.object("authority")),
        issued_on=members.day("issued_on"),
        valid_from=members.day("valid_from"),
        valid_to=members.optional_day("valid_to"),
        fields=tuple(_field(each) for each in members.objects("fields")),
    )
    members.done()
    if content.valid_to is not None and content.valid_to < content.valid_from:
        raise Malformed("shape", "certificate.valid_to lies before valid_from.")
    if len({each.name for each in content.fields}) != len(content.fields):
        raise Malformed("shape", "certificate.fields has two fields of one name.")
    return content


def _holder(members: Members) -> Holder:
    code_type = members.text("code_type", _CODE_TYPE)
    holder = Holder(members.text("name"), members.text("code", _HOLDER_CODES.get(code_type)), code_type)
    members.done()
    return holder


def _authority(members: Members) -> IssuingAuthority:
    authority = IssuingAuthority(members.text("name"), members.text("code", ISSUER_CODE))
    members.done()
    return authority


def _field(members: Members) -> ExtensionField:
    made = ExtensionField(members.text("name", _FIELD_NAME), members.text("label"), members.text("value"))
    members.done()
    return made
