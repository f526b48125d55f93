"""Verifying a certificate for anybody, without a login: the file goes in, the verdict comes out. It keeps nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from certificates.checks import Report, Verdict
from hub.api.doors import ApiDoors
from hub.errors import BadInput
from hub.registry.grading import grade_of

FILE = {"type": "string", "format": "binary"}
FORM = {
    "type": "object",
    "properties": {"file": FILE, "holder": {"type": "string", "maxLength": 40}},
    "required": ["file"],
}


@dataclass(frozen=True)
class CheckOut:
    """One named check; `outcome` is passed, failed or not checked."""

    name: str
    title: str
    outcome: str
    sentence: str


@dataclass(frozen=True)
class VerdictOut:
    """`verdict` is good, open or bad. `ok` is true for open too: nothing failed, but what `conclusion` names was not checked, and `advice`
    says what to do about it. Nothing of what the certificate says is in it but its identifier."""

    format: str
    ok: bool
    verdict: Verdict
    conclusion: str
    advice: tuple[str, ...]
    at: datetime
    carrier: str
    identifier: str | None
    grade: str
    """How far it may be relied on: A where its status is known to be good, B where it is not known; empty where it is not good."""
    checks: tuple[CheckOut, ...]


def add(api: APIRouter, doors: ApiDoors) -> None:
    @api.post(
        "/certificates/verify",
        tags=["certificates"],
        operation_id="verify_certificate",
        openapi_extra={"requestBody": {"content": {"application/octet-stream": {"schema": FILE}, "multipart/form-data": {"schema": FORM}}}},
    )  # fmt: skip
    async def verify_certificate(request: Request) -> VerdictOut:
        """Judge a certificate in any format: its bytes as the body, or one file in a multipart form. A form's field `holder`, an ID number or
        credit code, also asks whose it is."""
        source = request.client.host if request.client else ""
        file, holder = await _sent(request)
        return told(await doors.verification.verify(file, source, holder))


def told(report: Report) -> VerdictOut:
    checks = tuple(CheckOut(c.name, c.title, c.outcome.value, c.sentence) for c in report.checks)
    said = str(report.content.identifier) if report.content else None
    grade = grade_of(report, b"").letter if report.ok else ""
    r = report
    return VerdictOut("yijian-report/1", r.ok, r.verdict, r.conclusion, r.advice, r.at, r.format, said, grade, checks)


async def _sent(request: Request) -> tuple[bytes, str]:
    """The body, or the one file of a form and the holder that it asks about. Raises BadInput (FORM_BROKEN)."""
    body = await request.body()
    kind, _ = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data":
        return body, ""

    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(request.headers, whole(), max_files=1, max_fields=5).parse()
    except (MultiPartException, KeyError) as e:
        raise BadInput("Send one file in the form, or the file's bytes as the body.", code="FORM_BROKEN") from e
    try:
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        return await files[0].read() if files else b"", str(form.get("holder") or "")
    finally:
        await form.close()
