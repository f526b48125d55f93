"""Questions of departments' systems whose answers another system gives later, until they are collected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.database import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exchange_requests",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("region", sa.String(12), nullable=False),
        sa.Column("organisation", sa.String(60), nullable=False),
        sa.Column("resource", sa.String(120), nullable=False),
        sa.Column("question", sa.LargeBinary(), nullable=False),
        sa.Column("ticket", sa.String(100), nullable=False),
        sa.Column("request_id", sa.String(36), nullable=False),
        sa.Column("intent_seq", sa.BigInteger, nullable=False),
        sa.Column("pending_seq", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("until", Instant, nullable=False),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("outcome_seq", sa.BigInteger),
        sa.Column("answered_at", Instant),
    )
    op.create_index("ix_exchange_requests_until", "exchange_requests", ["state", "until"])
