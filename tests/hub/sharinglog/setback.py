"""What a restored database looks like to its log: entries gone from the end. It restores nothing."""

from __future__ import annotations

from tests.hub.sharinglog.conftest import Intruder


def set_back(intruder: Intruder, size: int) -> None:
    """The entries from `size` on, and all that was made of them, are gone, as in an older copy."""
    for table in ("sl_secret", "sl_pair", "sl_subject", "sl_row", "sl_entry"):
        intruder.run(f"DELETE FROM {table} WHERE seq >= {size}")
    intruder.run(f"UPDATE sl_pair SET closed_by = NULL WHERE closed_by >= {size}")
    intruder.run(f"DELETE FROM sl_checkpoint WHERE size > {size}")
    intruder.run("DELETE FROM sl_node")
    intruder.run("UPDATE sl_tree SET size = 0, edge = ?", b"")
    intruder.run(f"UPDATE sl_head SET next_seq = {size}")
    intruder.run("UPDATE sl_cursor SET next_seq = 0")
