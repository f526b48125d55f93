"""Says whether what follows a signed revision of a PDF is what stamping adds, and nothing else. It judges no stamp and no certificate.

A validator for all the world lets metadata change and takes unused objects for harmless. A certificate has one writer: after its
signature come certificates and revocation lists in the DSS, and document timestamps. Whatever else is written, changed or
left lying about, seen or unseen, was put there by somebody else.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import Any

from asn1crypto import crl, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from certificates.pdf.revisions import Revision, UnreadableError, revisions_after

_STORED: dict[str, Any] = {"/Certs": x509.Certificate, "/CRLs": crl.CertificateList}
_FIELD = {
    "/FT": rb"/Sig", "/T": rb"\(Timestamp\d{1,4}\)", "/Type": rb"/Annot", "/Subtype": rb"/Widget", "/F": rb"132",
    "/Rect": rb"\[ 0 0 0 0 \]", "/P": rb"\d+ 0 R", "/TU": rb"\(Timestamp\)", "/V": rb"\d+ 0 R",
}  # fmt: skip
_VALUE = {
    "/Contents": rb"<[0-9A-Fa-f]+>|\(.*\)", "/ByteRange": rb"\[ 0 \d+ \d+ \d+ \]", "/Type": rb"/DocTimeStamp",
    "/Filter": rb"/Adobe\.PPKLite", "/SubFilter": rb"/ETSI\.RFC3161",
}  # fmt: skip
_TRAILER = {"/Size", "/Root", "/Info", "/ID", "/Prev"}


class _ForeignError(Exception):
    """Something was added that no stamping adds."""


def only_stamps(reader: PdfFileReader, signed: int, file: bytes, end: int) -> bool:
    """Whether the bytes from ``end``, where revision ``signed`` ends, to the last one are DSS entries and document timestamps alone."""
    try:
        later = revisions_after(file, end)
        _require(signed + 1 + len(later) == reader.xrefs.total_revisions)
        resolver = reader.get_historical_resolver(signed)
        state = _State(resolver, resolver.trailer_view, reader.xrefs.get_startxref_for_revision(signed), {})
        for each in later:
            state = _checked(state, each)
    except (_ForeignError, UnreadableError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class _State:
    """The document as one revision leaves it: the signed one beneath, what later ones wrote above."""

    resolver: Any = field(repr=False)
    trailer: Any = field(repr=False)
    table_at: int
    written: dict[int, Any] = field(repr=False)

    def get(self, number: int) -> Any:
        return self.written[number] if number in self.written else self.resolver(generic.Reference(number))

    @property
    def size(self) -> int:
        return int(self.trailer.raw_get("/Size"))


@dataclass(slots=True)
class _Change:
    """One step from a state to the next; ``explained`` are the objects that a stamping writes, found where they belong."""

    old: _State
    new: _State
    explained: set[int] = field(default_factory=set)

    def fresh(self, number: int) -> Any:
        """An object that this revision brought, by the one reference that leads to it."""
        _require(number >= self.old.size and number in self.new.written and number not in self.explained)
        self.explained.add(number)
        return self.new.get(number)

    def both(self, number: int) -> tuple[Any, Any]:
        """A dictionary that may have been written anew, as it was and as it is."""
        self.explained.add(number)
        found = self.old.get(number), self.new.get(number)
        _require(all(isinstance(each, generic.DictionaryObject) for each in found))
        return found


def _checked(old: _State, revision: Revision) -> _State:
    new = _State(old.resolver, revision.trailer, revision.table_at, old.written | revision.objects)
    _trailer(old, new, revision)
    change = _Change(old, new)
    before, after = change.both(_reference(new.trailer, "/Root"))
    _same(before, after, "/DSS")
    _store(change, before, after)
    _stamp(change, _reference(after, "/AcroForm"))
    # What was not written anew is as it was; so this leaves nothing that nobody has looked at.
    _require(set(revision.objects) <= change.explained)
    return new


def _trailer(old: _State, new: _State, revision: Revision) -> None:
    """It names the same catalog and the same particulars, the table before it, and no more objects than there are."""
    trailer = new.trailer
    _require(set(trailer) == _TRAILER and int(trailer.raw_get("/Prev")) == old.table_at)
    _require(all(_text(trailer, key) == _text(old.trailer, key) for key in ("/Root", "/Info")))
    identifiers = [[_octets(each) for each in state.trailer.raw_get("/ID")] for state in (old, new)]
    _require(identifiers[0][0] == identifiers[1][0] and [len(each) for each in identifiers[1][1:]] == [16])
    _require(bool(revision.objects) and new.size == max(old.size, max(revision.objects) + 1))


def _octets(text: Any) -> bytes:
    return bytes(text.original_bytes)


def _store(change: _Change, before: Any, after: Any) -> None:
    """The security store grows by certificates and revocation lists, each a stream that is one such value."""
    if "/DSS" not in after:
        return _require("/DSS" not in before)
    number = _reference(after, "/DSS")
    if "/DSS" in before:
        _require(_reference(before, "/DSS") == number)
        was, store = change.both(number)
    else:
        was, store = {}, change.fresh(number)
        _require(isinstance(store, generic.DictionaryObject))
    _same(was, store, *_STORED)
    for key, kind in _STORED.items():
        for each in _gained(was, store, key):
            _one_value(change.fresh(each), kind)
    return None


def _one_value(stream: Any, kind: Any) -> None:
    _require(isinstance(stream, bytes))
    try:
        # Not `.native` of the whole: a list of a real CA has a hundred thousand entries.
        _require(bool(kind.load(stream, strict=True).issuer.hashable))
    except (ValueError, TypeError, KeyError) as error:
        raise _ForeignError from error


def _stamp(change: _Change, form: int) -> None:
    """The form grows by one field for a document timestamp at most, and its page by that field's place, which has no size."""
    before, after = change.both(form)
    _same(before, after, "/Fields")
    fields = _gained(before, after, "/Fields")
    _require(len(fields) <= 1)
    for number in fields:
        found = change.fresh(number)
        _shaped(found, _FIELD)
        _shaped(change.fresh(_reference(found, "/V")), _VALUE)
        page, now = change.both(_reference(found, "/P"))
        _same(page, now, "/Annots")
        _require(page.get("/Type") == "/Page" and _gained(page, now, "/Annots") == [number])


def _shaped(found: Any, members: dict[str, bytes]) -> None:
    """It has these members, written so, and no other."""
    _require(isinstance(found, generic.DictionaryObject) and set(found) == set(members))
    _require(all(re.fullmatch(shape, _text(found, key), re.DOTALL) for key, shape in members.items()))


def _same(before: Any, after: Any, *but: str) -> None:
    keys = (set(before) | set(after)) - set(but)
    _require(all(key in before and key in after and _text(before, key) == _text(after, key) for key in keys))


def _gained(before: Any, after: Any, key: str) -> list[int]:
    """The references at the end of a list that were not in it before."""
    old, new = (_members(each, key) for each in (before, after))
    _require([_plain(each) for each in new[: len(old)]] == [_plain(each) for each in old])
    return [_target(each) for each in new[len(old) :]]


def _members(container: Any, key: str) -> list[Any]:
    """The members of a list that stands in the dictionary itself, their references not followed."""
    found = container.raw_get(key) if key in container else generic.ArrayObject()
    _require(isinstance(found, generic.ArrayObject))
    return [found.raw_get(each) for each in range(len(found))]


def _reference(container: Any, key: str) -> int:
    _require(key in container)
    return _target(container.raw_get(key))


def _target(found: Any) -> int:
    _require(isinstance(found, generic.IndirectObject) and found.generation == 0)
    return int(found.idnum)


def _text(container: Any, key: str) -> bytes:
    """A member as it is written in a file, its references not followed."""
    return _plain(container.raw_get(key)) if key in container else b""


def _plain(found: Any) -> bytes:
    out = io.BytesIO()
    found.write_to_stream(out)
    return out.getvalue()


def _require(so: bool) -> None:
    if not so:
        raise _ForeignError
