"""Opening the values behind records, each checked against its commitment. It logs nothing: whoever shows them does that first."""

import json
from collections.abc import Sequence

from hub.sharinglog import commitments
from hub.sharinglog.engine import Engine
from hub.sharinglog.errors import NotDisclosable
from hub.sharinglog.labels import explained
from hub.sharinglog.projection import Row
from hub.sharinglog.vault import Opened, Vault


def of_entry(engine: Engine, vault: Vault, seq: int) -> dict[str, str]:
    """The clear values of one entry by label. Raises NotDisclosable: no such entry, all erased, or a value that does not fit."""
    with engine.read() as session:
        rows = session.run("SELECT body FROM sl_entry WHERE seq = ?", seq)
        opened = vault.open(session, seq, seq + 1).get(seq, Opened({}))
    if not rows:
        raise NotDisclosable(f"there is no entry {seq}: look at the log's size")
    promised = commitments.committed(json.loads(rows[0][0]))
    fits = all(promised.get(label) == commitments.commit(label, it) for label, it in opened.openings.items())
    missing = promised.keys() - opened.openings.keys()
    if opened.broken or not fits or not explained(missing, opened.erased):
        raise NotDisclosable(f"the sealed values of entry {seq} do not fit its commitments: run `yijian log verify`")
    if missing and not opened.openings:
        raise NotDisclosable(f"the values of entry {seq} were erased: only the record itself can still be proven")
    return {label: opening.value for label, opening in opened.openings.items()}


def of_rows(engine: Engine, vault: Vault, rows: Sequence[Row]) -> dict[int, dict[str, str]]:
    """The clear values behind search results by number, an outcome's question's too; what does not open is left out."""
    shown: dict[int, dict[str, str]] = {}
    with engine.read() as session:
        for row in rows:
            numbers = [seq for seq in (row.intent_seq, row.seq) if seq is not None]
            opened = [vault.open(session, seq, seq + 1).get(seq) for seq in numbers]
            shown[row.seq] = {label: it.value for one in opened if one for label, it in one.openings.items()}
    return shown
