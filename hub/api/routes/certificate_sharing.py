"""The registry's sharing service: departments' systems ask, fetch and verify; the window makes codes (用证码) for holders. It decides nothing."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from hub.api.doors import ApiDoors
from hub.api.gate import Caller, CallKey
from hub.api.shapes import NO_CONTROL, Code, Moment, Named, Shape, Values, Word
from hub.registry.codes import Cover, unknown
from hub.wiring.code_views import CodeAsked, CodeMade, CodeView, Redeemed, RedeemedFacts, Redemption
from hub.wiring.shared_views import Claims, Given, Judged, Shared, Wanted, Within

SHARED = "/certificates/shared"
Number = Annotated[str, Field(max_length=40, pattern=NO_CONTROL, repr=False)]
Scanned = Annotated[str, Field(max_length=2000, pattern=NO_CONTROL, repr=False)]
Handler = Annotated[str, Field(min_length=1, max_length=80, pattern=NO_CONTROL, repr=False)]


class WithinIn(Shape):
    """Where a system asks: `purpose` is the matter, `case` the number of its own item case, `handler` the official who acts."""

    purpose: Code
    case: Annotated[Word, Field(repr=False)]
    handler: Handler
    identifier: Word = Field(default="", description="证照标识, as GB/T 36904 has it.")
    qr: Scanned = Field(default="", description="The text of the QR code, whole.")

    def within(self) -> Within:
        return Within(self.purpose, self.case, self.handler)


class SharedQueryIn(WithinIn):
    """One certificate by `identifier` or `qr`, or a `holder`'s (ID number, credit code) of one `type`."""

    holder: Number = ""
    type: Word = Field(default="", description="证照类型代码")


class SharedDownloadIn(WithinIn):
    """`form`: copy (an annotated copy, as `copy_as` says), or ofd, pdf, ycert, credential, data where the grant gives whole files."""

    form: Code = "copy"
    copy_as: Code = Field(default="pdf", description="pdf, ofd, or png for a preview of the first page.")
    expires_on: date | None = Field(default=None, description="The copy's last day; thirty days where nothing is said.")


class ClaimsIn(Shape):
    """What is claimed of a certificate. `values` are its fields by KZ name, `sha256` is of a file in hand."""

    holder: Number = ""
    holder_name: Annotated[str, Field(max_length=200, pattern=NO_CONTROL, repr=False)] = ""
    number: Word = ""
    sha256: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{64})?$")] = ""
    values: Annotated[Values, Field(repr=False)] = Field(default_factory=dict)

    def claims(self) -> Claims:
        return Claims(self.holder, self.holder_name, self.number, self.sha256, self.values)


class SharedVerifyIn(WithinIn, ClaimsIn):
    """A certificate, and what is claimed of it."""


class CodeIn(Shape):
    """用证码: for one `audience` (a department's code), one purpose, until a moment, so many `times`; `case_no` is where the holder is proven.

    `gives`: copy (an annotated copy), fields (those named, by KZ name), verify (whether claims are so). `also`: further certificates of the
    same holder, by id, each with its fields. `matter`: only for that matter."""

    case_no: Annotated[Word, Field(repr=False)]
    audience: Code
    purpose: Annotated[str, Field(min_length=1, max_length=60, pattern=NO_CONTROL, repr=False)]
    until: Moment
    times: Annotated[int, Field(ge=1, le=10, strict=True)] = 1
    gives: Code = "copy"
    fields: tuple[Word, ...] = ()
    also: dict[Named, tuple[Word, ...]] = Field(default_factory=dict)
    matter: str = Field(default="", max_length=60, pattern=NO_CONTROL)


class LookIn(Shape):
    """The code as the holder told it; case, blanks and hyphens do not count, O is read as 0, I and L as 1. `handler`: the official who acts."""

    code: Annotated[str, Field(min_length=16, max_length=40, pattern=NO_CONTROL, repr=False)]
    handler: Handler


class RedeemIn(LookIn, ClaimsIn):
    """`purpose`: the matter, where the code is for one. `form` is that of a copy: pdf, ofd, or png for a preview. The rest are claims, which
    a code for verifying judges."""

    purpose: str = Field(default="", max_length=60, pattern=NO_CONTROL)
    form: Code = "pdf"


@dataclass(frozen=True)
class GivenOut:
    """A file. `expires_on` is a copy's last day. `intent` and `record` are the numbers of its two records in the sharing log."""

    identifier: str
    form: str
    name: str
    media_type: str
    expires_on: date | None
    sha256: str
    intent: int
    record: int
    content: str = field(repr=False)
    """Base64."""


@dataclass(frozen=True)
class RedeemedFile(RedeemedFacts):
    """What a code gave of one certificate: a copy in `file`, or fields in `values` (their words in `labels`), or claims in `matches`."""

    file: GivenOut | None = field(default=None, repr=False)


@dataclass(frozen=True)
class RedeemedOut:
    """One use of a code; `left` is how many remain."""

    gives: str
    purpose: str = field(repr=False)
    until: datetime
    left: int
    certificates: tuple[RedeemedFile, ...]


@dataclass(frozen=True)
class CodeList:
    rows: tuple[CodeView, ...]


def add(api: APIRouter, doors: ApiDoors) -> None:
    door, codes = doors.certificate_sharing, "/certificates/{certificate_id}/codes"

    @api.post(SHARED + "/query", tags=["departments"], operation_id="query_shared_certificates")
    def query_shared_certificates(p: Caller, given: SharedQueryIn) -> Shared:
        """Certificates with what they say and their status now, of a proven party of one's own item case."""
        return door.query(p, given.within(), Wanted(given.identifier, given.qr, given.holder, given.type))

    @api.post(SHARED + "/download", tags=["departments"], operation_id="download_shared_certificate")
    def download_shared_certificate(p: Caller, given: SharedDownloadIn, key: CallKey) -> GivenOut:
        """An annotated copy (加注件) for this purpose; the certificate's own files only where the grant says so."""
        wanted = Wanted(given.identifier, given.qr)
        return _out(door.download(p, given.within(), wanted, given.form, given.expires_on, key, given.copy_as))

    @api.post(SHARED + "/verify", tags=["departments"], operation_id="verify_shared_certificate")
    def verify_shared_certificate(p: Caller, given: SharedVerifyIn) -> Judged:
        """Whether what is claimed of a certificate is so, and its status now; nothing of what it says is told."""
        return door.verify(p, given.within(), Wanted(given.identifier, given.qr), given.claims())

    @api.post(SHARED + "/codes", tags=["departments"], operation_id="look_at_certificate_code")
    def look_at_certificate_code(p: Caller, given: LookIn) -> CodeView:
        """What a holder's code (用证码) permits, and its state. It counts no use."""
        return doors.code_use.permits(p, given.code, given.handler)

    @api.post(SHARED + "/redemptions", tags=["departments"], operation_id="redeem_certificate_code")
    def redeem_certificate_code(p: Caller, given: RedeemIn, key: CallKey) -> RedeemedOut:
        """What a holder's code (用证码) stands for. The same key again counts no second use."""
        asked = Redemption(given.code, given.handler, key, given.purpose, given.form, given.claims())
        return _redeemed(doors.code_use.redeem(p, asked))

    @api.get(codes, tags=["certificates"], operation_id="list_certificate_codes")
    def list_certificate_codes(p: Caller, certificate_id: Named) -> CodeList:
        """The codes of a certificate; none shows the code itself."""
        return CodeList(doors.certificate_codes.codes(p, certificate_id))

    @api.post(codes, tags=["certificates"], operation_id="make_certificate_code")
    def make_certificate_code(p: Caller, certificate_id: Named, given: CodeIn, key: CallKey) -> CodeMade:
        """A code on the holder's behalf, in a case in which the holder is proven. It is told once, here."""
        covers = (Cover(certificate_id, given.fields), *(Cover(one, fields) for one, fields in given.also.items()))
        asked = CodeAsked(
            given.case_no, covers, given.audience, given.purpose, given.until, given.times, key, given.gives, given.matter
        )  # fmt: skip
        return doors.certificate_codes.make(p, asked)

    @api.post(codes + "/{code_id}/revocation", tags=["certificates"], operation_id="revoke_certificate_code")
    def revoke_certificate_code(p: Caller, certificate_id: Named, code_id: Named) -> CodeView:
        """The holder does not want it any more."""
        if code_id not in {one.id for one in doors.certificate_codes.codes(p, certificate_id)}:
            raise unknown()
        return doors.certificate_codes.revoke(p, code_id)


def _out(given: Given) -> GivenOut:
    return GivenOut(
        given.identifier, given.form, given.name, given.media_type, given.expires_on,
        hashlib.sha256(given.body).hexdigest(), given.intent, given.record, base64.b64encode(given.body).decode(),
    )  # fmt: skip


def _redeemed(made: Redeemed) -> RedeemedOut:
    given = tuple((vars(one), _out(one.file) if one.file else None) for one in made.certificates)
    certificates = tuple(RedeemedFile(**{**facts, "file": file}) for facts, file in given)
    return RedeemedOut(made.gives, made.purpose, made.until, made.left, certificates)
