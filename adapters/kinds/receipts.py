"""Reads the receipt of something handed over: taken, taken before, busy or refused. It sends nothing."""

from __future__ import annotations

from adapters.contract import PeerRefused, PeerUnreachable, Taken
from adapters.kinds.answers import Meaning
from adapters.kinds.paths import look, steps
from adapters.kinds.settings import Settings
from adapters.kinds.values import moment


def receipt(settings: Settings, meaning: Meaning | None, tree: object) -> Taken:
    """Raises PeerUnreachable where the far side is busy, PeerRefused where it answers anything but taken or again."""
    said = meaning.of(tree) if meaning else "taken"
    if said in ("busy", "failed"):
        raise PeerUnreachable(f"{settings.where}: the department is busy; it is sent again with the same key.")
    if said not in ("taken", "again", "done"):
        code = look(tree, meaning.way) if meaning else ""
        raise PeerRefused(f"{settings.where}: the department answered code {str(code)[:20]!r}; ask it by telephone.")
    number = look(tree, steps(settings.text("department_no"))) if "department_no" in settings.table else None
    if "department_no" in settings.table and number in (None, ""):
        raise PeerUnreachable(f"{settings.where}: the receipt has no number; it is sent again with the same key.")
    at = look(tree, steps(settings.text("at"))) if "at" in settings.table else None
    return Taken(str(number or ""), moment(at), said == "again")
