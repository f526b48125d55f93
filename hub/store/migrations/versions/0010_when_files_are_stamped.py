"""When a certificate's file was last stamped, until when its timestamp holds, and when it is due: a round then reads what is due and no more.

Files that are there already are due once, so that the round learns when each was stamped.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.database import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("stamped_at", "stamp_until", "stamp_due"):
        op.add_column("certificate_files", sa.Column(name, Instant))
    op.add_column("certificate_files", sa.Column("stamp_tries", sa.Integer, nullable=False, server_default="0"))
    op.add_column("certificate_files", sa.Column("stamp_error", sa.String(40), nullable=False, server_default=""))
    op.create_index("ix_certificate_files_stamp_due", "certificate_files", ["stamp_due"])
    op.execute("UPDATE certificate_files SET stamp_due = made_at WHERE kind IN ('pdf', 'ofd') AND suite <> ''")
