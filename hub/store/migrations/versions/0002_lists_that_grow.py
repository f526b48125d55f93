"""Lists that grow: a case is found by the last digits of its number, by its applicant, and among the newest, however many there are.

A node of the version before leaves the turned number empty; a search finds its cases all the same, reading them one by one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

AT_ONCE = 5_000


def upgrade() -> None:
    op.add_column("cases", sa.Column("case_no_reversed", sa.String(50), nullable=False, server_default=""))
    _turn_numbers(op.get_bind())
    op.create_index("ix_cases_newest", "cases", ["region", "created_at", "id"])
    op.create_index("ix_cases_applicant", "cases", ["applicant", "created_at"])
    op.create_index("ix_cases_last_digits", "cases", ["case_no_reversed"])


def _turn_numbers(connection: sa.Connection) -> None:
    """SQLite has no word for it, so both engines are told row by row, some thousands at once."""
    after = ""
    some = sa.text("SELECT id, case_no FROM cases WHERE id > :after ORDER BY id LIMIT :most")
    while rows := connection.execute(some, {"after": after, "most": AT_ONCE}).all():
        turned = [{"id": row.id, "turned": row.case_no[::-1]} for row in rows]
        connection.execute(sa.text("UPDATE cases SET case_no_reversed = :turned WHERE id = :id"), turned)
        after = rows[-1].id
