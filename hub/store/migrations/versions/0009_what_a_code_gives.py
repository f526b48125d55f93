"""用证码: which certificates a code is for, what it gives of them, and for which matter; a use may give no copy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("certificate_codes", sa.Column("gives", sa.String(10), nullable=False, server_default="copy"))
    op.add_column("certificate_codes", sa.Column("matter", sa.String(60), nullable=False, server_default=""))
    op.create_table(
        "certificate_code_covers",
        sa.Column("code_id", sa.String(36), sa.ForeignKey("certificate_codes.id"), primary_key=True),
        sa.Column("no", sa.Integer, primary_key=True),
        sa.Column("certificate_id", sa.String(36), sa.ForeignKey("certificates.id"), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
    )
    op.execute(
        "INSERT INTO certificate_code_covers (code_id, no, certificate_id, fields) "
        "SELECT id, 1, certificate_id, '[]' FROM certificate_codes"
    )
    with op.batch_alter_table("certificate_code_uses") as table:
        table.alter_column("copy_id", existing_type=sa.String(36), nullable=True)
