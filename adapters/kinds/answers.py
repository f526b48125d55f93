"""Turns a parsed answer into an outcome: which code means found, where the record, the candidates and the file stand. It asks nobody.

A code that the mapping does not know is never taken for success or for "no record".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.contract import (
    Ambiguous,
    Candidate,
    Denied,
    Document,
    Misconfigured,
    NotFound,
    Outcome,
    Query,
    Raw,
    Unavailable,
    Unusable,
    Why,
)
from adapters.kinds.documents import Documents
from adapters.kinds.paths import Steps, look, steps
from adapters.kinds.records import RecordReader, record_reader, way_to
from adapters.kinds.settings import Settings
from catalog.types import Resource

DOCUMENT_KEYS = frozenset(("path", "name", "media_type", "sha256", "fetch"))

# --- what the answer's code means -----------------------------------------------------------------------------------

MEANINGS = ("found", "not_found", "several", "denied", "busy", "failed", "taken", "again", "done", "refused")


@dataclass(frozen=True)
class Meaning:
    """Where an answer says how it went, and which of its words mean what."""

    place: str
    way: Steps
    words: Mapping[str, str]

    def of(self, tree: object) -> str:
        """One of MEANINGS, or "" for a word that the mapping does not know."""
        value = look(tree, self.way)
        return self.words.get("" if value is None else str(value).strip(), "")


def meaning(settings: Settings) -> Meaning | None:
    """Reads `result` and the lists of codes beside it; None where the answer has no such place."""
    if "result" not in settings.table:
        return None
    place = settings.text("result")
    words = {word: name for name in MEANINGS for word in settings.words(name)}
    if not words:
        raise Misconfigured(f"{settings.where}: result is named but no code is; list found, not_found, … beside it.")
    return Meaning(place, way_to(place, settings.where), words)


@dataclass(frozen=True)
class AnswerReader:
    """Reads a whole answer: its code, then the record, the candidates or the refusal."""

    record: RecordReader
    meaning: Meaning | None
    root: Steps
    root_place: str
    candidates: tuple[Steps, str, str] | None
    echo: tuple[tuple[str, str, Steps], ...] = ()

    def outcome(self, tree: object, query: Query, raw: Raw) -> Outcome:
        said = self.meaning.of(tree) if self.meaning else "found"
        if said == "found":
            return self._found(tree, query, raw)
        if said == "several":
            return Ambiguous(self._candidates(tree), raw)
        return plain_outcome(said, self.meaning.place if self.meaning else "", raw)

    def _found(self, tree: object, query: Query, raw: Raw) -> Outcome:
        here = self.record_of(tree, query.choice)
        if here is None:
            several = isinstance(look(tree, self.root), list) and look(tree, self.root) != []
            return Ambiguous(self._candidates(tree), raw) if several else Unusable("", self.root_place, "record", raw)
        for key, place, way in self.echo:
            # Somebody else's record under our question must never reach the form.
            if str(look(here, way) or "").strip().upper() != query.subject.get(key, "").upper():
                return Unusable("", place, "other_subject", raw)
        return self.record.read(here, query.fields, raw)

    def record_of(self, tree: object, choice: str) -> object | None:
        """The one record of an answer; None where there is none, or several and no choice among them."""
        found = look(tree, self.root)
        if not isinstance(found, list):
            return found
        if choice and self.candidates:
            key = steps(self.candidates[1])
            found = [record for record in found if str(look(record, key)) == choice]
        return found[0] if len(found) == 1 else None

    def _candidates(self, tree: object) -> tuple[Candidate, ...]:
        if self.candidates is None:
            return ()
        way, choice, label = self.candidates
        found = look(tree, way)
        rows = found if isinstance(found, list) else []
        return tuple(Candidate(str(look(row, steps(choice))), label_of(label, row)) for row in rows)


def label_of(label: str, row: object) -> str:
    text = re.sub(r"\{([^{}]+)\}", lambda match: str(look(row, steps(match[1])) or "").strip(), label)
    return " ".join(text.split())


def plain_outcome(said: str, place: str, raw: Raw) -> Outcome:
    """The outcome of a meaning that needs no record."""
    if said == "not_found":
        return NotFound(raw)
    if said == "denied":
        return Denied("department", raw)
    if said == "busy":
        return Unavailable(Why.BUSY)
    if said == "failed":
        return Unavailable(Why.SERVER_ERROR)
    if said == "several":
        return Ambiguous((), raw)
    return Unusable("", place, "unknown_result_code", raw)


def answer_reader(resource: Resource, documents: Documents) -> AnswerReader:
    """Compiles a resource's whole mapping. Raises Misconfigured."""
    settings = Settings(resource.wire, f"[resources.{resource.code}] wire")
    place = settings.text("record", "$")
    candidates = None
    if "candidates" in settings.table:
        inner = settings.inner("candidates")
        inner.only(frozenset(("path", "choice", "label")))
        candidates = (way_to(inner.text("path"), inner.where), inner.text("choice"), inner.text("label"))
    echo = tuple(
        (key, str(path), way_to(str(path), settings.where)) for key, path in settings.inner("echo").table.items()
    )
    root = way_to(place, settings.where)
    return AnswerReader(record_reader(resource, documents), meaning(settings), root, place, candidates, echo)


# --- a document in the answer ---------------------------------------------------------------------------------------


def document(tree: object, settings: Settings, raw: Raw) -> Document | Unusable | None:
    """The file that stands in an answer as Base64, checked against the digest beside it; None where there is none."""
    place = settings.text("path")
    found = look(tree, way_to(place, settings.where))
    if found is None or found == "":
        return None
    try:
        body = found if isinstance(found, bytes) else base64.b64decode("".join(str(found).split()), validate=True)
    except (binascii.Error, ValueError):
        return Unusable("document", place, "base64", raw)
    if "sha256" in settings.table:
        said = str(look(tree, way_to(settings.text("sha256"), settings.where)) or "").lower()
        if said and said != hashlib.sha256(body).hexdigest():
            return Unusable("document", place, "sha256", raw)
    name = look(tree, way_to(settings.text("name"), settings.where)) if "name" in settings.table else None
    return Document(str(name or "document"), _media_type(tree, settings), body)


_MEDIA_TYPES = {"pdf": "application/pdf", "ofd": "application/ofd", "jpg": "image/jpeg", "png": "image/png"}


def _media_type(tree: object, settings: Settings) -> str:
    if "media_type" not in settings.table:
        return "application/octet-stream"
    said = str(look(tree, way_to(settings.text("media_type"), settings.where)) or "").lower()
    return _MEDIA_TYPES.get(said, said if "/" in said else "application/octet-stream")
