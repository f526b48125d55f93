"""Links under which a holder shows chosen claims of a certificate, so many times until a moment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.database import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificate_links",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("region", sa.String(12), nullable=False),
        sa.Column("certificate_id", sa.String(36), sa.ForeignKey("certificates.id"), nullable=False),
        sa.Column("link_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("case_no", sa.String(50), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("until", Instant, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("revoked_at", Instant),
        sa.Column("revoked_by", sa.String(100), nullable=False),
        sa.Column("file", sa.String(64), nullable=False),
    )
    op.create_index("ix_certificate_links_certificate", "certificate_links", ["certificate_id", "made_at"])
