"""Reads the receipt of something handed over: taken, taken before, busy or refused. It sends nothing."""

from __future__ import annotations

import re

from adapters.contract import PeerRefused, PeerUnreachable, Taken
from adapters.kinds.answers import Meaning, echoes, meaning
from adapters.kinds.paths import look, single, steps, text_at
from adapters.kinds.records import way_to
from adapters.kinds.settings import Settings
from adapters.kinds.values import moment, unfit_characters

LONGEST_NUMBER = 60
"""Of a department's own number for an item case."""


def check_receipt(settings: Settings) -> None:
    """Raises Misconfigured for places that are no paths, or a result without its words."""
    meaning(settings)
    for key in ("department_no", "at", "request_echo"):
        way_to(settings.text(key, ""), settings.where)


def receipt(settings: Settings, said_by: Meaning | None, tree: object, key: str = "") -> Taken:
    """Raises PeerUnreachable where the far side is busy, PeerRefused where it answers anything but taken or again."""
    said = said_by.of(tree) if said_by else "taken"
    if said in ("taken", "again", "done") and not echoes(settings.text("request_echo", ""), tree, key):
        raise PeerUnreachable(
            f"{settings.where}: the receipt is of another request; it is sent again with the same key."
        )
    if said in ("busy", "failed"):
        raise PeerUnreachable(f"{settings.where}: the department is busy; it is sent again with the same key.")
    if said not in ("taken", "again", "done"):
        code = text_at(tree, said_by.way) if said_by else ""
        raise PeerRefused(f"{settings.where}: the department answered {spoken(code)}; ask it by telephone.")
    number = text_at(tree, steps(settings.text("department_no"))) if "department_no" in settings.table else ""
    if "department_no" in settings.table and not number:
        raise PeerUnreachable(f"{settings.where}: the receipt has no number; it is sent again with the same key.")
    if len(number) > LONGEST_NUMBER or unfit_characters(number):
        raise PeerUnreachable(f"{settings.where}: the receipt's number cannot be read; it is sent again, same key.")
    at = single(look(tree, steps(settings.text("at")))) if "at" in settings.table else None
    return Taken(number, moment(at), said == "again")


def spoken(word: str) -> str:
    """A department's word where a code should stand, for a message: an identifier or a sentence, which may name a person, is not
    repeated."""
    if re.fullmatch(r"[A-Za-z0-9_.:-]{1,20}", word) and not re.search(r"\d{7}", word):
        return f"code {word!r}"
    return "a word that is no code" if word else "no code"
