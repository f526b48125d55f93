"""Results that departments signed and handed over are entries of the registry, as every certificate of others is.

What was gathered before is entered with its file: B where its signature was verified then, C where there was none to verify. A document that
two cases have is one entry.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import column, table

from hub.store.database import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KINDS = {"application/vnd.yijian.certificate+json": "ycert", "application/ofd": "ofd", "application/pdf": "pdf"}
_g = table(
    "gathered_results",
    *map(column, ("item_case_id", "region", "identifier", "type_code", "authority", "number", "suite", "file", "media_type")),
    column("gathered_at", Instant),
    column("issued_on", sa.Date),
    column("valid_from", sa.Date),
    column("valid_to", sa.Date),
)  # fmt: skip
_items = table("item_cases", *map(column, ("id", "case_id", "imported_id")))
_cases = table("cases", *map(column, ("id", "applicant")))
_certificates = table(
    "certificates",
    *map(column, ("id", "region", "identifier", "type_code", "authority", "number", "suite", "state", "file", "subject_id", "origin", "trust")),
    column("reserved_at", Instant),
    column("signed_at", Instant),
    column("status_code"),
    column("valid_from", sa.Date),
    column("valid_to", sa.Date),
)  # fmt: skip
_files = table(
    "certificate_files",
    *map(column, ("certificate_id", "kind", "file", "media_type", "suite")),
    column("made_at", Instant),
)
_acts = table(
    "certificate_acts",
    *map(column, ("certificate_id", "no", "act", "by", "organisation", "decision", "status_before", "status_after", "key")),
    column("at", Instant),
)  # fmt: skip


def upgrade() -> None:
    op.add_column("item_cases", sa.Column("imported_id", sa.String(36)))
    bind = op.get_bind()
    applicant = sa.select(_cases.c.applicant).join_from(_cases, _items, _items.c.case_id == _cases.c.id)
    for one in bind.execute(sa.select(_g).order_by(_g.c.gathered_at, _g.c.item_case_id)).all():
        known = bind.execute(sa.select(_certificates.c.id).where(_certificates.c.identifier == one.identifier)).scalar()
        if known is None:
            holder = bind.execute(applicant.where(_items.c.id == one.item_case_id)).scalar()
            _enter(bind, one, holder)
        own = _items.c.id == one.item_case_id
        bind.execute(sa.update(_items).where(own).values(imported_id=known or one.item_case_id))
    op.drop_table("gathered_results")


def _enter(bind: sa.Connection, one: sa.Row[tuple[object, ...]], holder: str | None) -> None:
    """Under the id of the item case that had it: no other certificate has that one."""
    kind = KINDS.get(one.media_type, "scan")
    at = one.gathered_at
    bind.execute(
        sa.insert(_certificates).values(
            id=one.item_case_id,
            region=one.region,
            identifier=one.identifier,
            type_code=one.type_code,
            authority=one.authority,
            number=one.number[:60],
            suite=one.suite,
            state="signed",
            file=one.file if kind == "ycert" else "",
            subject_id=holder,
            origin="imported",
            trust="B" if one.suite else "C",
            reserved_at=at,
            signed_at=at,
            status_code="01",
            valid_from=one.valid_from,
            valid_to=one.valid_to,
        )
    )
    bind.execute(
        sa.insert(_files).values(
            certificate_id=one.item_case_id,
            kind=kind,
            file=one.file,
            media_type=one.media_type,
            suite="",  # what others signed is never stamped here
            made_at=at,
        )
    )
    bind.execute(
        sa.insert(_acts).values(
            certificate_id=one.item_case_id,
            no=1,
            act="import",
            at=at,
            by=f"system:{one.authority}",
            organisation=one.authority,
            decision="",
            status_before="01",
            status_after="01",
            key=f"import:{one.file}",
        )
    )
