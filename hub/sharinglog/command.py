"""`yijian log verify` and `yijian log proof` without the command line around them. Writes nothing to the log.

Works with the folder of log keys, or with the public checkpoint key alone (then sealed values are not checked).
"""

import base64
import json
import os
import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from hub.sharinglog import notes, tree
from hub.sharinglog.engine import Session
from hub.sharinglog.engines import open_engine
from hub.sharinglog.errors import LogError, LogMisconfigured
from hub.sharinglog.heads import latest, node_reader
from hub.sharinglog.keys import LogKeys, load_public
from hub.sharinglog.notes import BadNote, Verifier
from hub.sharinglog.vault import Vault
from hub.sharinglog.verify import FAILED, LogReport, verify_entries

VERIFIED, REFUSED, NOT_POSSIBLE = 0, 1, 2
VKEY = re.compile(r"[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+")


def verify_command(url: str, keys: Path | str, out: TextIO, as_json: bool, now: datetime | None = None) -> int:
    """Check the log at `url` and report to `out`. 0: all checks hold; 1: at least one failed; 2: it could not be checked.

    `keys` is the folder of log keys, a `checkpoint.pub` file, or a verifier key (`name+keyid+base64`) as text or file.
    """
    try:
        with closing(open_engine(url, "", read_only=True)) as engine, engine.read() as session:
            origin = _origin(session)
            own = LogKeys.load(keys) if Path(keys).is_dir() else None
            verifier = own.verifier(origin) if own else _verifier(str(keys), origin)
            vault = Vault(engine, own, os.urandom) if own else None
            report = verify_entries(session, origin, verifier, vault, now or datetime.now(UTC))
    except (LogError, BadNote) as error:
        return _not_possible(error, out, as_json)
    out.write(json.dumps(report.as_json()) + "\n" if as_json else _page(report))
    return VERIFIED if report.ok else REFUSED


def proof_command(url: str, seq: int, out: TextIO) -> int:
    """Write a self-contained C2SP `.tlog-proof` of entry `seq` under the last checkpoint; 2 if none covers it yet."""
    try:
        with closing(open_engine(url, "", read_only=True)) as engine, engine.read() as session:
            note = latest(session)
            size = notes.read(note).size if note else 0
            if note is None or not 0 <= seq < size:
                raise LogMisconfigured(
                    f"no signed checkpoint covers entry {seq} (the last covers {size}): publish one, then ask again"
                )
            out.write(tlog_proof(seq, tree.inclusion_proof(seq, size, node_reader(session)), note))
    except (LogError, BadNote) as error:
        return _not_possible(error, out, as_json=False)
    return VERIFIED


def tlog_proof(seq: int, proof: list[bytes], checkpoint: str) -> str:
    """The text of a C2SP tlog-proof: index, audit path, signed checkpoint."""
    path = "".join(base64.b64encode(step).decode() + "\n" for step in proof)
    return f"c2sp.org/tlog-proof@v1\nindex {seq}\n{path}\n{checkpoint}"


def _origin(session: Session) -> str:
    return str(session.run("SELECT origin FROM sl_head")[0][0])


def _verifier(given: str, origin: str) -> Verifier:
    path = Path(given)
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else given
    if VKEY.fullmatch(text.strip()):
        return Verifier.from_vkey(text)
    return Verifier(origin, load_public(path))


def _page(report: LogReport) -> str:
    lines = [f"{report.origin}: {report.size} entries, root {report.root}"]
    lines += [f"  {check.result:<11} {check.name:<12} {check.detail}" for check in report.checks]
    lines += [
        f"  {report.checkpoints} checkpoints; {report.unsigned} entries newer than the last; {report.open_questions} questions open;"
        f" {report.erased_values} sealed values erased"
    ]
    if report.ok:
        lines += ["VERIFIED"]
    else:
        failed = ", ".join(check.name for check in report.checks if check.result == FAILED)
        where = "" if report.first_bad_seq is None else f"; first bad entry: {report.first_bad_seq}"
        lines += [f"REFUSED: {failed}{where}. Keep the database as it is and compare with checkpoints kept elsewhere."]
    return "\n".join(lines) + "\n"


def _not_possible(error: Exception, out: TextIO, as_json: bool) -> int:
    code = error.code if isinstance(error, LogError) else "BAD_NOTE"
    out.write(
        json.dumps({"ok": None, "code": code, "error": str(error)}) + "\n"
        if as_json
        else f"NOT CHECKED: {error} [{code}]\n"
    )
    return NOT_POSSIBLE
