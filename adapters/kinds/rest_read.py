"""Reads a reply's bytes as a plain tree: JSON or XML, and a document that stands as text inside of it. It asks nobody.

What is no such document, or too much of one, is an outcome with the name of the rule that it breaks.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from decimal import Decimal

from adapters.contract import Misconfigured, Raw, Unusable
from adapters.kinds import xmltext
from adapters.kinds.guard import Reply
from adapters.kinds.line import Line
from adapters.kinds.paths import Alone, Steps, Within, look
from adapters.kinds.records import way_to
from adapters.kinds.settings import Settings
from catalog.nearest import one_of

BIG = 256 * 1024
"""A longer answer is parsed in a thread."""

MOST_PARTS = 100_000
"""Tables and lists in one answer; more are no answer about one person or firm."""


def speaks_xml(line: Line, settings: Settings | None = None) -> bool:
    """Of answers: the department's `format`, or a call's own. Raises Misconfigured for a format or an encoding that is not written here."""
    found = line.settings.text("format", "json")
    if found not in ("json", "xml"):
        raise Misconfigured(f"{line.settings.where}: format must be json (always UTF-8) or xml.")
    if "encoding" in line.settings.table and "json" in (found, line.settings.text("send", found)):
        raise Misconfigured(f"{line.settings.where}: encoding is for XML and forms; JSON is always UTF-8.")
    if line.settings.text("encoding", "utf-8") not in ("utf-8", "gb18030"):
        raise Misconfigured(f"{line.settings.where}: encoding must be utf-8 or gb18030.")
    own = found if settings is None else settings.text("format", found)
    if own not in ("json", "xml"):
        raise Misconfigured(
            f"{settings.where if settings else ''}: format = {own!r} is none; {one_of(own, ('json', 'xml'))}."
        )
    return own == "xml"


def parse(reply: Reply, xml: bool = False, also: tuple[str, ...] = ()) -> tuple[object, Raw] | Unusable:
    """The reply as a tree with exact decimals, or why it is not one. `also`: media types that this department uses for it."""
    raw = Raw(reply.body, reply.media_type)
    if xml:
        return _parse_xml(reply, raw, also)
    if (
        reply.media_type != "application/json"
        and not reply.media_type.endswith("+json")
        and reply.media_type not in also
    ):
        return Unusable("", "", "content_type", raw)
    try:
        return json_tree(reply.body), raw
    except Unread as e:
        return Unusable("", "", e.rule, raw)


class Unread(Exception):
    """A text is no JSON that may be read; `rule` says why."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def json_tree(body: bytes) -> object:
    """Raises Unread."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unread("encoding") from None
    if text.count("{") + text.count("[") > MOST_PARTS:
        # Three bytes of `{},` are a hundred in memory.
        raise Unread("too_many_parts")
    try:
        return json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_table_without_repeats
        )
    except _Repeated:
        raise Unread("json_repeated_key") from None
    except (ValueError, ArithmeticError, RecursionError):
        raise Unread("json") from None


async def parsed(line: Line, reply: Reply, settings: Settings | None = None) -> tuple[object, Raw] | Unusable:
    """As `parse`, with what stands `inside` opened; a long one in a thread, so that nobody else waits for it."""
    xml, also = speaks_xml(line, settings), line.settings.words("media_types")
    inside = inside_of(settings) if settings is not None else ()

    def read() -> tuple[object, Raw] | Unusable:
        got = parse(reply, xml, also)
        return opened(got[0], inside, got[1]) if inside and isinstance(got, tuple) else got

    return await asyncio.to_thread(read) if len(reply.body) > BIG else read()


Inside = tuple[tuple[str, Steps, str], ...]


def inside_of(settings: Settings) -> Inside:
    """Where a text of the answer is a whole document itself: `inside = { "$.data" = "json" }`. Raises Misconfigured."""
    found = []
    for place, form in settings.inner("inside").table.items():
        if form not in ("json", "xml"):
            raise Misconfigured(f"{settings.where} inside: {place} must be json or xml, not {form!r}.")
        found.append((place, way_to(place, settings.where), str(form)))
    return tuple(found)


def opened(tree: object, inside: Inside, raw: Raw) -> tuple[object, Raw] | Unusable:
    """The tree with each text that is a document itself replaced by that document's tree."""
    for place, way, form in inside:
        text = look(tree, way)
        if not isinstance(text, str) or not text.strip():
            continue  # an error has no document within; the code says so
        try:
            inner = json_tree(text.encode()) if form == "json" else xmltext.read(_undeclared(text), "utf-8")
        except (Unread, xmltext.Unreadable, UnicodeEncodeError) as e:
            return Unusable("", place, f"inside:{getattr(e, 'rule', 'encoding')}", raw)
        tree = put(tree, way, inner)
    return tree, raw


def _undeclared(text: str) -> bytes:
    """What a document within a text declares of its encoding was true before it was put there."""
    return re.sub(r"\A\s*<\?xml\s[^>]*\?>", "", text).encode()


def put(tree: object, way: Steps, inner: object) -> object:
    """A copy of the tree with something else at that place: plain names and numbers, no choices."""
    if not way:
        return inner
    step = way[0]
    if isinstance(step, str | Within):
        name = step if isinstance(step, str) else step.name
        here = tree if isinstance(tree, Mapping) else {}
        return _with_spaces({**here, name: put(here.get(name), way[1:], inner)}, tree, name)
    if isinstance(tree, list) and isinstance(step, int):
        return [put(one, way[1:], inner) if at == step else one for at, one in enumerate(tree)]
    return put(tree, way[1:], inner)


def _with_spaces(table: dict[str, object], former: object, changed: str) -> dict[str, object]:
    """An element of XML keeps the namespaces of what is in it; rows that were put together are all of the first one's."""
    if not isinstance(former, Alone):
        return table
    alone = Alone(table)
    alone.spaces = {
        name: uri[0] if name == changed and isinstance(uri, list) else uri for name, uri in former.spaces.items()
    }
    return alone


def _parse_xml(reply: Reply, raw: Raw, also: tuple[str, ...]) -> tuple[object, Raw] | Unusable:
    if not xmltext.is_xml(reply.media_type) and reply.media_type not in also:
        return Unusable("", "", "content_type", raw)
    try:
        return xmltext.read(reply.body, reply.charset), raw
    except xmltext.Unreadable as e:
        return Unusable("", "", e.rule, raw)


class _Repeated(ValueError):
    """A name stands twice in one table: two readers would see two answers."""


def _table_without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise _Repeated
    return table


def _no_constant(name: str) -> object:
    raise ValueError(name)
