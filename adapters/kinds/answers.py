"""Turns a parsed answer into an outcome: which code means found, where the record, the candidates and the file stand. It asks nobody.

A code that the mapping does not know is never taken for success or for "no record".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from adapters.contract import (
    Ambiguous,
    Candidate,
    Denied,
    Document,
    Found,
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
from adapters.kinds.noticing import notice
from adapters.kinds.paths import Steps, look, single, steps, text_at
from adapters.kinds.records import MOST_ROWS, RecordReader, record_reader, way_to
from adapters.kinds.settings import Settings
from adapters.kinds.values import shown, unfit_characters
from catalog.types import Resource

LONGEST_LABEL = 200
LONGEST_NAME = 100
DOCUMENT_KEYS = frozenset(("path", "name", "media_type", "sha256", "fetch"))

# --- what the answer's code means -----------------------------------------------------------------------------------

MEANINGS = (
    "found",
    "not_found",
    "several",
    "pending",
    "expired",
    "denied",
    "busy",
    "failed",
    "taken",
    "again",
    "done",
    "refused",
)


@dataclass(frozen=True)
class Meaning:
    """Where an answer says how it went, and which of its words mean what."""

    place: str
    way: Steps
    words: Mapping[str, str]

    def of(self, tree: object) -> str:
        """One of MEANINGS, or "" for a word that the mapping does not know."""
        return self.words.get(text_at(tree, self.way), "")


def meaning(settings: Settings) -> Meaning | None:
    """Reads `result` and the lists of codes beside it; None where the answer has no such place."""
    if "result" not in settings.table:
        return None
    place = settings.text("result")
    words = {word: name for name in MEANINGS for word in settings.words(name)}
    if not words:
        raise Misconfigured(f"{settings.where}: result is named but no code is; list found, not_found, … beside it.")
    return Meaning(place, way_to(place, settings.where), words)


_ABOUT_SOMEBODY = ("found", "not_found", "several")


def echoes(place: str, tree: object, number: str) -> bool:
    """Whether an answer bears the number under which it was asked for; true where the papers promise none."""
    return not place or text_at(tree, steps(place)).upper() == number.upper()


@dataclass(frozen=True)
class AnswerReader:
    """Reads a whole answer: its code, then the record, the candidates or the refusal."""

    record: RecordReader
    meaning: Meaning | None
    root: Steps
    root_place: str
    candidates: tuple[Steps, str, str] | None
    echo: tuple[tuple[str, str, Steps], ...] = ()
    request_echo: str = ""
    empty_is_no_record: bool = False

    @property
    def number_way(self) -> Steps:
        """Where the answer repeats the number of the request."""
        return steps(self.request_echo)

    def outcome(self, tree: object, query: Query, raw: Raw) -> Outcome:
        notice(self, tree, query)
        said = self.meaning.of(tree) if self.meaning else "found"
        if said in _ABOUT_SOMEBODY and not echoes(self.request_echo, tree, query.request_id):
            # The answer to somebody else's question, mixed up on the way.
            return Unusable("", self.request_echo, "other_request", raw)
        if said == "found":
            return self._found(tree, query, raw)
        if said == "several":
            return self._several(tree, raw)
        return plain_outcome(said, self.meaning.place if self.meaning else "", raw)

    def _found(self, tree: object, query: Query, raw: Raw) -> Outcome:
        here = self.record_of(tree, query.choice)
        if here is None:
            found = look(tree, self.root)
            if found == [] and self.empty_is_no_record:
                return NotFound(raw)
            several = isinstance(found, list) and found != []
            return self._several(tree, raw) if several else Unusable("", self.root_place, "record", raw)
        return self._other_subject(here, query, raw) or self.record.read(here, query.fields, raw)

    def of_another(self, tree: object, query: Query, raw: Raw) -> Unusable | None:
        """Whether one page of an answer is that of another question, or about somebody else."""
        if not echoes(self.request_echo, tree, query.request_id):
            return Unusable("", self.request_echo, "other_request", raw)
        here = self.record_of(tree, query.choice)
        return None if here is None else self._other_subject(here, query, raw)

    def _other_subject(self, here: object, query: Query, raw: Raw) -> Unusable | None:
        for key, place, way in self.echo:
            # Somebody else's record under our question must never reach the form.
            if text_at(here, way).upper() != query.subject.get(key, "").upper():
                return Unusable("", place, "other_subject", raw)
        return None

    def record_of(self, tree: object, choice: str) -> object | None:
        """The one record of an answer; None where there is none, or several and no choice among them."""
        found = look(tree, self.root)
        if not isinstance(found, list):
            return found
        if choice and self.candidates:
            key = steps(self.candidates[1])
            found = [record for record in found if text_at(record, key) == choice]
        return found[0] if len(found) == 1 else None

    def _several(self, tree: object, raw: Raw) -> Ambiguous | Unusable:
        if self.candidates is None:
            return Ambiguous((), raw)
        way, choice, label = self.candidates
        found = look(tree, way)
        return candidates_of(found if isinstance(found, list) else [], choice, label, raw)


def candidates_of(rows: Sequence[object], choice: str, label: str, raw: Raw) -> Ambiguous | Unusable:
    """The matches from which a person chooses; each must have a choice that can go back on the wire as it came."""
    if len(rows) > MOST_ROWS:
        return Unusable("", choice, "too_many_rows", raw)
    way = steps(choice)
    for row in rows:
        rule = unfit_characters(text_at(row, way)) or ("" if text_at(row, way) else "required")
        if rule:
            return Unusable("", choice, rule, raw)
    return Ambiguous(tuple(Candidate(text_at(row, way), label_of(label, row)) for row in rows), raw)


def check_choice(choice: str, label: str, where: str) -> None:
    """Raises Misconfigured for a choice, or a place in a label, that is no path."""
    for place in (choice, *_PLACES.findall(label)):
        way_to(place, where)


_PLACES = re.compile(r"\{([^{}]+)\}")


def placed(label: str) -> tuple[str, ...]:
    """The places that a label shows."""
    return tuple(_PLACES.findall(label))


def label_of(label: str, row: object) -> str:
    text = _PLACES.sub(lambda match: text_at(row, steps(match[1])), label)
    return shown(" ".join(text.split()), LONGEST_LABEL)


def plain_outcome(said: str, place: str, raw: Raw) -> Outcome:
    """The outcome of a meaning that needs no record."""
    if said == "not_found":
        return NotFound(raw)
    if said == "denied":
        return Denied("department", raw)
    if said == "expired":
        return Denied("credentials_refused", raw)
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
        check_choice(candidates[1], candidates[2], inner.where)
    echo = tuple(
        (key, str(path), way_to(str(path), settings.where)) for key, path in settings.inner("echo").table.items()
    )
    root = way_to(place, settings.where)
    number = settings.text("request_echo", "")
    way_to(number, settings.where)
    record = record_reader(resource, documents)
    empty = settings.text("empty", "")
    if empty not in ("", "not_found"):
        raise Misconfigured(f'{settings.where}: empty = "not_found" is all that an empty list can mean.')
    return AnswerReader(record, meaning(settings), root, place, candidates, echo, number, bool(empty))


# --- a document in the answer ---------------------------------------------------------------------------------------


def check_document(settings: Settings) -> None:
    """Raises Misconfigured for a place that is no path."""
    settings.only(DOCUMENT_KEYS)
    way_to(settings.text("path"), settings.where)
    for key in ("sha256", "name", "media_type"):
        way_to(settings.text(key, ""), settings.where)


def document(tree: object, settings: Settings, raw: Raw) -> Document | Unusable | None:
    """The file that stands in an answer as Base64, checked against the digest beside it; None where there is none."""
    place = settings.text("path")
    found = single(look(tree, way_to(place, settings.where)))
    if found is None or found == "":
        return None
    try:
        body = found if isinstance(found, bytes) else base64.b64decode("".join(str(found).split()), validate=True)
    except (binascii.Error, ValueError):
        return Unusable("document", place, "base64", raw)
    if "sha256" in settings.table:
        said = text_at(tree, way_to(settings.text("sha256"), settings.where)).lower()
        if said and said != hashlib.sha256(body).hexdigest():
            return Unusable("document", place, "sha256", raw)
    media_type = _media_type(tree, settings)
    if not _begins_as(media_type, body):
        return Unusable("document", place, "media_type", raw)
    name = text_at(tree, way_to(settings.text("name"), settings.where)) if "name" in settings.table else ""
    return Document(shown(re.sub(r"[\\/]", "_", name), LONGEST_NAME) or "document", media_type, body)


def with_document(found: Found, file: Document | Unusable | None) -> Outcome:
    """The record with its file; one that was promised and did not come is named as missing."""
    if isinstance(file, Unusable):
        return file
    if file is None:
        return replace(found, missing=(*found.missing, "document"))
    return replace(found, documents=(file,))


_MEDIA_TYPES = {"pdf": "application/pdf", "ofd": "application/ofd", "jpg": "image/jpeg", "png": "image/png"}
_BEGINS = {
    "application/pdf": b"%PDF-",
    "application/ofd": b"PK\x03\x04",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "application/vnd.yijian.certificate+json": b"",
}
"""How a file of each type begins. Whoever opens one must not find another kind of file, or a page that runs. A certificate of our
own format is judged whole where it is used."""
_PDF_HEAD = 1024
"""A PDF's mark may stand a little way in."""


def _begins_as(media_type: str, body: bytes) -> bool:
    if media_type == "application/pdf":
        return _BEGINS[media_type] in body[:_PDF_HEAD]
    return body.startswith(_BEGINS.get(media_type, b""))


def _media_type(tree: object, settings: Settings) -> str:
    """One of the types that are known here; any other file is bytes, whatever the answer calls it."""
    if "media_type" not in settings.table:
        return "application/octet-stream"
    said = text_at(tree, way_to(settings.text("media_type"), settings.where)).lower()
    return _MEDIA_TYPES.get(said, said if said in _BEGINS else "application/octet-stream")
