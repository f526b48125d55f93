"""Found without reading all: a case's evidence, its entries in an inbox, the answers of the last day; and lists of one state in their own order.

Until here each of these read its whole table, so that a hub got slower with every case that it had done.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_cases_work_list", "cases")
    op.create_index("ix_cases_work_list", "cases", ["region", "state", "created_at", "id"])
    op.create_index("ix_evidence_case", "evidence", ["case_id"])
    op.create_index("ix_queries_answered", "queries", ["answered_at"])
    op.create_index("ix_queries_ticket", "queries", ["ticket"])
    op.create_index("ix_inbox_entries_done", "inbox_entries", ["department", "state", "done_at"])
    op.create_index("ix_inbox_entries_case", "inbox_entries", ["case_no", "department"])
    op.create_index("ix_inbox_entries_item", "inbox_entries", ["item_no", "department"])
    op.create_index("ix_filings_waiting", "filings", ["region", "state", "received_at"])
