"""The registry 证照库: versions of a certificate, its holder, its place in the status list; acts, files, annotated copies.

A certificate may now be there without a case of ours: imported, or a later version. Certificates from before get their case's applicant
as holder, and their files stand in the table of files too.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from hub.store.database import Instant
from hub.store.sealing import Sealed

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _new() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("subject_id", sa.String(36)),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("previous_id", sa.String(36)),
        sa.Column("origin", sa.String(10), nullable=False, server_default="issued"),
        sa.Column("trust", sa.String(1), nullable=False, server_default=""),
        sa.Column("status_since", Instant),
        sa.Column("status_place", sa.Integer),
        sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
        sa.Column("type_name", sa.String(200), nullable=False, server_default=""),
        sa.Column("draft", Sealed),
    )


def upgrade() -> None:
    with op.batch_alter_table("certificates") as table:
        for column in _new():
            table.add_column(column)
        table.alter_column("item_case_id", existing_type=sa.String(36), nullable=True)
    op.create_index("ix_certificates_holder", "certificates", ["subject_id", "type_code"])
    op.create_index("ix_certificates_status", "certificates", ["authority", "status_code", "status_place"])
    op.create_index("ix_certificates_newest", "certificates", ["region", "reserved_at", "id"])
    op.create_index("ix_certificates_ending", "certificates", ["status_code", "valid_to"])
    op.execute(
        "UPDATE certificates SET subject_id = (SELECT c.applicant FROM item_cases i JOIN cases c ON c.id = i.case_id "
        "WHERE i.id = certificates.item_case_id)"
    )
    _acts()
    _files()
    _copies()


def _acts() -> None:
    op.create_table(
        "certificate_acts",
        sa.Column("certificate_id", sa.String(36), sa.ForeignKey("certificates.id"), primary_key=True),
        sa.Column("no", sa.Integer, primary_key=True),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("organisation", sa.String(60), nullable=False),
        sa.Column("reason", Sealed),
        sa.Column("decision", sa.String(100), nullable=False),
        sa.Column("status_before", sa.String(2), nullable=False),
        sa.Column("status_after", sa.String(2), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.UniqueConstraint("certificate_id", "key", name="uq_certificate_acts_certificate_id_key"),
    )


def _files() -> None:
    op.create_table(
        "certificate_files",
        sa.Column("certificate_id", sa.String(36), sa.ForeignKey("certificates.id"), primary_key=True),
        sa.Column("kind", sa.String(12), primary_key=True),
        sa.Column("file", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("suite", sa.String(20), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
    )
    op.execute(
        "INSERT INTO certificate_files (certificate_id, kind, file, media_type, suite, made_at) SELECT id, 'ycert', file, "
        "'application/vnd.yijian.certificate+json', suite, signed_at FROM certificates WHERE file <> ''"
    )


def _copies() -> None:
    op.create_table(
        "certificate_copies",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("region", sa.String(12), nullable=False),
        sa.Column("certificate_id", sa.String(36), sa.ForeignKey("certificates.id"), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("purpose", Sealed, nullable=False),
        sa.Column("case_no", sa.String(50), nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("made_for", sa.String(60), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("expires_on", sa.Date, nullable=False),
        sa.Column("file", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.UniqueConstraint("certificate_id", "key", name="uq_certificate_copies_certificate_id_key"),
    )
