"""How often a piece of work failed, apart from how often it was begun: a worker that died is no failure of the work.

A node of the version before counts its own failures by the tries, as it did.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("work", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
