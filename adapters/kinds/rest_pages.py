"""Puts the pages of one answer together: which page is next, when it is the last, and what a department got wrong in counting. It asks nobody.

However many pages there are, they are one answer to one question: bounded in pages, records and bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from adapters.contract import Misconfigured, Raw, Unusable
from adapters.kinds.guard import Reply
from adapters.kinds.paths import Alone, AloneText, Steps, look, text_at
from adapters.kinds.records import MOST_ROWS, way_to
from adapters.kinds.rest_read import put
from adapters.kinds.settings import Settings
from adapters.kinds.templates import names
from catalog.nearest import one_of

PAGING_KEYS = frozenset(
    ("by", "rows", "size", "first", "total", "more", "last", "next", "end", "echo", "pages", "records")
)
WORDS: Mapping[str, str] = {"page": "page", "offset": "offset", "cursor": "cursor", "link": ""}
"""How pages are counted → the word that a request must use for it."""
PAGE_WORDS = frozenset(("page", "page_size", "offset", "cursor"))
MULTIPART = "multipart/mixed"
"""The evidence of several pages: each as it came."""
LONGEST_CURSOR = 2_000
_SAID: Mapping[str, bool] = {
    **dict.fromkeys(("true", "1", "y", "yes", "是", "有"), True),
    **dict.fromkeys(("false", "0", "n", "no", "否", "无"), False),
}
"""How departments say yes and no; an answer that says neither where it must is unusable."""


@dataclass(frozen=True)
class Paging:
    """A resource's `paging`. `rows` is where a page's rows stand; `echo` where it says which page it is; `further` whether another one
    follows, as `more` does, or the reverse of it (`is_last`), as `last` does."""

    by: str
    place: str
    rows: Steps
    size: int
    first: int
    total: Steps | None
    further: Steps | None
    is_last: bool
    next: Steps | None
    next_place: str
    end: tuple[str, ...]
    echo: Steps | None
    most_pages: int
    most_records: int


def paging_of(settings: Settings) -> Paging | None:
    """Raises Misconfigured."""
    if "paging" not in settings.table:
        return None
    inner = settings.inner("paging")
    inner.only(PAGING_KEYS)
    by = inner.text("by")
    if by not in WORDS:
        raise Misconfigured(f"{inner.where}: by = {by!r} is no way to page; {one_of(by, WORDS)}.")
    used = {name for key in ("path", "query", "headers", "body") for name in names(settings.table.get(key))}
    if WORDS[by] and WORDS[by] not in used:
        raise Misconfigured(f"{inner.where}: the request asks for no page; use {{{WORDS[by]}}} in it.")
    if by in ("cursor", "link") and by == "cursor" and "next" not in inner.table:
        raise Misconfigured(f"{inner.where}: say with next where the answer names the next cursor.")
    if {"more", "last"} <= inner.table.keys() or (
        {"more", "last"} & inner.table.keys() and by not in ("page", "offset")
    ):
        raise Misconfigured(
            f"{inner.where}: pages by page or offset may say with more, or with last, whether another one follows; one of both."
        )
    records = int(inner.number("records", MOST_ROWS))
    if records > MOST_ROWS:
        raise Misconfigured(
            f"{inner.where}: records must be at most {MOST_ROWS}: more are no answer about one subject."
        )
    return Paging(
        by,
        inner.text("rows"),
        way_to(inner.text("rows"), inner.where),
        int(inner.number("size", 50)),
        int(inner.number("first", 1)),
        _way(inner, "total"),
        _way(inner, "more") or _way(inner, "last"),
        "last" in inner.table,
        _way(inner, "next"),
        inner.text("next", "Link"),
        ("", *inner.words("end")),
        _way(inner, "echo"),
        int(inner.number("pages", 20)),
        records,
    )


def _way(inner: Settings, key: str) -> Steps | None:
    return way_to(inner.text(key), inner.where) if key in inner.table else None


@dataclass
class Pages:
    """The pages of one answer so far. `link` is the path of the next page where the department names it whole."""

    paging: Paging
    address: str
    size_limit: int
    link: str = ""
    _cursor: str = ""
    _trees: list[object] = field(default_factory=list, repr=False)
    _raws: list[Raw] = field(default_factory=list, repr=False)
    _rows: list[object] = field(default_factory=list, repr=False)
    _seen: set[str] = field(default_factory=set, repr=False)
    _total: str = ""

    def words(self) -> Mapping[str, object]:
        """Of the next request."""
        at = len(self._trees)
        return {
            "page": self.paging.first + at,
            "page_size": self.paging.size,
            "offset": len(self._rows),
            "cursor": self._cursor,
        }

    def take(self, tree: object, raw: Raw, reply: Reply) -> bool | Unusable:
        """One page; True after the last, or what is wrong with it."""
        paging = self.paging
        rows = self._rows_of(tree)
        if rows is None:
            return Unusable("", paging.place, "list", raw)
        if paging.echo is not None and text_at(tree, paging.echo) != str(self.words()["page"]):
            return Unusable("", paging.place, "other_page", raw)
        fingerprint = hashlib.sha256(json.dumps(rows, default=str, sort_keys=True).encode()).hexdigest() if rows else ""
        if fingerprint and fingerprint in self._seen:
            return Unusable("", paging.place, "page_repeats", raw)
        self._seen.add(fingerprint)
        self._trees.append(tree)
        self._raws.append(raw)
        self._rows += rows
        if len(self._rows) > paging.most_records:
            return Unusable("", paging.place, "too_many_rows", raw)
        if sum(len(one.body) for one in self._raws) > self.size_limit:
            return Unusable("", "", "too_large", raw)
        return self._ended(tree, raw, reply, len(rows))

    def end(self, raw: Raw) -> Unusable | None:
        """The department says that there is no further page: whether that agrees with what it said before."""
        missing = self._total.isdigit() and len(self._rows) < int(self._total)
        return Unusable("", self.paging.place, "rows_missing", raw) if missing else None

    @property
    def begun(self) -> bool:
        return bool(self._trees)

    def whole(self) -> tuple[object, Raw]:
        """The first page with the rows of all; the evidence is each page as it came."""
        if len(self._trees) == 1:
            return self._trees[0], self._raws[0]
        return put(self._trees[0], self.paging.rows, list(self._rows)), _together(self._raws)

    def _rows_of(self, tree: object) -> list[object] | None:
        found = look(tree, self.paging.rows)
        if found is None or found == "":
            return []
        if isinstance(found, Alone | AloneText):
            return [found]
        return list(found) if isinstance(found, list) else None

    def _ended(self, tree: object, raw: Raw, reply: Reply, came: int) -> bool | Unusable:
        paging = self.paging
        if paging.total is not None:
            total = text_at(tree, paging.total)
            if not total.isascii() or not total.isdigit() or (self._total and total != self._total):
                return Unusable("", paging.place, "page_total", raw)
            self._total = total
            if len(self._rows) > int(total):
                return Unusable("", paging.place, "page_total", raw)
        counted = self._total != "" and len(self._rows) >= int(self._total)
        if paging.by in ("cursor", "link"):
            ended = self._no_next(tree, reply, raw)
        else:
            ended = (counted and paging.further is None) or self._short(tree, came, raw)
        if ended is True:
            return self.end(raw) or True
        if ended is False and len(self._trees) >= paging.most_pages:
            return Unusable("", paging.place, "too_many_pages", raw)
        return ended

    def _short(self, tree: object, came: int, raw: Raw) -> bool | Unusable:
        """By page or offset: the last is the one that says so, or where none says anything, one that is not full."""
        if came > self.paging.size:
            return Unusable("", self.paging.place, "page_size", raw)
        if self.paging.further is not None:
            said = _SAID.get(text_at(tree, self.paging.further).strip().lower())
            return Unusable("", self.paging.place, "page_more", raw) if said is None else said is self.paging.is_last
        return came < self.paging.size and (self._total == "" or came == 0)

    def _no_next(self, tree: object, reply: Reply, raw: Raw) -> bool | Unusable:
        paging = self.paging
        said = text_at(tree, paging.next) if paging.next is not None else _link_of(reply.headers.get("link", ""))
        if said in paging.end:
            return True
        if len(said) > LONGEST_CURSOR or f"next:{said}" in self._seen:
            rule = "page_repeats" if len(said) <= LONGEST_CURSOR else "too_long"
            return Unusable("", paging.next_place, rule, raw)
        self._seen.add(f"next:{said}")
        if paging.by == "cursor":
            self._cursor = said
            return False
        link = own_path(said, self.address)
        if link is None:
            return Unusable("", paging.next_place, "link_elsewhere", raw)
        self.link = link
        return False


_LINK = re.compile(r"<([^<>]*)>\s*((?:;[^,<]*)*)")


def _link_of(header: str) -> str:
    """The target of rel="next" in a Link header (RFC 8288); "" where there is none."""
    for target, parameters in _LINK.findall(header):
        if re.search(r";\s*rel\s*=\s*\"?(?:[^\";]*\s)?next(?:\s[^\";]*)?\"?\s*(?:;|$)", parameters, re.IGNORECASE):
            return str(target)
    return ""


def own_path(link: str, address: str) -> str | None:
    """What a link of the department's adds to its address; None for a link to anywhere else, which is never followed."""
    if not re.fullmatch(r"[\x21-\x7e]{1,2000}", link) or "\\" in link:
        return None
    ours, theirs = urlsplit(address), urlsplit(link)
    if (theirs.scheme or theirs.netloc) and (theirs.scheme.lower(), theirs.netloc.lower()) != (
        ours.scheme.lower(),
        ours.netloc.lower(),
    ):
        return None
    path = theirs.path
    if (
        not path.startswith("/")
        or path.startswith("//")
        or re.search(r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)", path, re.IGNORECASE)
    ):
        return None
    prefix = ours.path.rstrip("/")
    below = path[len(prefix) :] if prefix and path.startswith(prefix + "/") else path
    return f"{below}?{theirs.query}" if theirs.query else below


def _together(raws: list[Raw]) -> Raw:
    bodies = [raw.body for raw in raws]
    boundary = "yijian-" + hashlib.sha256(b"".join(bodies)).hexdigest()
    parts = [f"--{boundary}\r\nContent-Type: {raw.media_type}\r\n\r\n".encode() + raw.body + b"\r\n" for raw in raws]
    return Raw(b"".join((*parts, f"--{boundary}--\r\n".encode())), MULTIPART)
