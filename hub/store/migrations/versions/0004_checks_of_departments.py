"""Each check of a department that a person ordered: who, when, what was found, and what ends next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.database import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "department_checks",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("region", sa.String(12), nullable=False),
        sa.Column("department", sa.String(60), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.Column("ends_on", sa.Date),
        sa.Column("ending", sa.String(200), nullable=False),
    )
    op.create_index("ix_department_checks_last", "department_checks", ["region", "department", "at"])
