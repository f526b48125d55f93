"""The auditor's routes: search, records with their proofs, disclosure, verification. Each look is in the log itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from hub.api.doors import ApiDoors
from hub.api.gate import Caller
from hub.api.shapes import AuditFilter, AuditSearchIn, ReasonIn
from hub.wiring.listings import AuditList, AuditRecord, Check, LogHealth

Seq = Annotated[int, Path(ge=0, le=1 << 53)]


def add(api: APIRouter, doors: ApiDoors) -> None:
    door = doors.auditor

    @api.get("/audit/records", tags=["audit"], operation_id="list_log_records")
    def list_log_records(p: Caller, asked: Annotated[AuditFilter, Query()]) -> AuditList:
        """Records of the sharing log, newest first; go on with `before=next_before`."""
        return door.search(p, **asked.model_dump())

    @api.post("/audit/searches", tags=["audit"], operation_id="search_log")
    def search_log(p: Caller, given: AuditSearchIn) -> AuditList:
        """The same, also by a person's or firm's identifier."""
        return door.search(p, **given.model_dump())

    @api.get("/audit/records/{seq}", tags=["audit"], operation_id="get_log_record")
    def get_log_record(p: Caller, seq: Seq) -> AuditRecord:
        """One record with its inclusion proof and the signed checkpoint."""
        return door.record(p, seq)

    @api.post("/audit/records/{seq}/disclosure", tags=["audit"], operation_id="disclose_log_record")
    def disclose_log_record(p: Caller, seq: Seq, given: ReasonIn) -> AuditRecord:
        """The record with the values behind its commitments; the reason is kept in the log."""
        return door.disclose(p, seq, given.reason)

    @api.post("/audit/verification", tags=["audit"], operation_id="verify_log")
    def verify_log(p: Caller) -> tuple[Check, ...]:
        """Check the whole log against its own bytes and signed heads."""
        return door.verify(p)

    @api.get("/audit/health", tags=["audit"], operation_id="log_health")
    def log_health(p: Caller) -> LogHealth:
        """Size, root, unpaired questions, age of the checkpoint."""
        return door.health(p)
