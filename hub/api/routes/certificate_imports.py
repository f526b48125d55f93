"""Certificates of other systems that have no signed file: rows of data, scans, and that somebody compared one. It decides nothing."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from hub.api.doors import ApiDoors
from hub.api.gate import Caller, CallKey
from hub.api.shapes import NO_CONTROL, Code, Named, Reason, Shape
from hub.errors import BadInput
from hub.wiring.bringing import RowResult, Scan
from hub.wiring.registry_views import CertificateRow

Cell = Annotated[str, Field(max_length=2000, pattern=NO_CONTROL)]
Row = Annotated[dict[Code, Cell], Field(max_length=100)]


class RecordsIn(Shape):
    """Each row is texts by column: type, number, holder_name, holder_code, authority, issued_on, …, and KZ names (docs/e-certificates.md)."""

    rows: Annotated[tuple[Row, ...], Field(max_length=500, repr=False)]


class ScanIn(Shape):
    """What is read from the paper, and its scan in base64."""

    row: Row
    media_type: Literal["image/png", "image/jpeg", "application/pdf"]
    content: Annotated[str, Field(max_length=14_000_000, repr=False)]


class CheckIn(Shape):
    """How it was compared with the original."""

    reason: Reason


@dataclass(frozen=True)
class RowResults:
    """One for each row, in its order; every row is there."""

    rows: tuple[RowResult, ...]


def add(api: APIRouter, doors: ApiDoors) -> None:
    door = doors.bringing

    @api.post("/certificates/imports/records", tags=["certificates"], operation_id="import_certificate_records")
    def import_certificate_records(p: Caller, given: RecordsIn, key: CallKey) -> RowResults:
        """Rows of data of certificates without signed files: of the issuer's own system grade C, typed at the window D. A row again is the
        first one, under any key."""
        return RowResults(door.records(p, given.rows, key))

    @api.post("/certificates/imports/scans", tags=["certificates"], operation_id="import_certificate_scan")
    def import_certificate_scan(p: Caller, given: ScanIn) -> CertificateRow:
        """A paper certificate as somebody read and scanned it (grade D)."""
        try:
            body = base64.b64decode(given.content, validate=True)
        except ValueError as e:  # also what is no ASCII
            raise BadInput("`content` is not base64.", {"content": "not base64"}, code="SCAN_UNREADABLE") from e
        return door.scan(p, given.row, Scan(body, given.media_type))

    @api.post("/certificates/{certificate_id}/checks", tags=["certificates"], operation_id="check_imported_certificate")
    def check_imported_certificate(p: Caller, certificate_id: Named, given: CheckIn, key: CallKey) -> CertificateRow:
        """A clerk compared an imported certificate with its original; a scan stands for nothing before."""
        return door.check(p, certificate_id, given.reason, key)
