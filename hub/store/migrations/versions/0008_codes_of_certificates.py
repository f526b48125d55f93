"""用证码: a holder's leave for one department to have a certificate, and its uses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.database import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificate_codes",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("region", sa.String(12), nullable=False),
        sa.Column("certificate_id", sa.String(36), sa.ForeignKey("certificates.id"), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("case_no", sa.String(50), nullable=False),
        sa.Column("audience", sa.String(60), nullable=False),
        sa.Column("purpose", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("until", Instant, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("revoked_at", Instant),
        sa.Column("revoked_by", sa.String(100), nullable=False),
    )
    op.create_index("ix_certificate_codes_certificate", "certificate_codes", ["certificate_id", "made_at"])
    op.create_table(
        "certificate_code_uses",
        sa.Column("code_id", sa.String(36), sa.ForeignKey("certificate_codes.id"), primary_key=True),
        sa.Column("key", sa.String(120), primary_key=True),
        sa.Column("copy_id", sa.String(36), sa.ForeignKey("certificate_copies.id"), nullable=False),
        sa.Column("used_at", Instant, nullable=False),
    )
