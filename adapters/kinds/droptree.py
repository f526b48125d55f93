"""Reads the records of a dropped XML file or file of JSON lines as rows of texts, one at a time. It checks no value.

What is nested below a record becomes JSON in its column, so that a list reads as one text. A document type is refused before anything
is parsed, so there is no entity. Names are local names: a department may change its prefixes as it likes.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from lxml import etree

from adapters.kinds import xmltext
from adapters.kinds.dropfile import BYTE_ORDER_MARK, Line, Refused, opened

CHUNK = 64 * 1024
LONGEST_RECORD = 1024 * 1024
DEEPEST = 50
UNKNOWN = "未约定的栏目"
_DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]*\?>")


@dataclass(frozen=True)
class Records:
    """Where the rows are: `record` is the local name of the element of each, or `{namespace}name`; "" in JSON lines."""

    encoding: str
    columns: tuple[str, ...]
    record: str = ""


# --- JSON lines -----------------------------------------------------------------------------------------------------------


def json_lines(place: Path, how: Records) -> Iterator[Line]:
    """A line that is no object is a bad row. Raises Refused for the encoding."""
    number = 0
    try:
        with io.TextIOWrapper(opened(place), how.encoding, errors="strict") as file:
            while line := file.readline(LONGEST_RECORD):
                number += 1
                if len(line) == LONGEST_RECORD:
                    raise Refused(f"第 {number} 行过长")
                if text := (line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line).strip():
                    yield _object(number, text, how)
    except UnicodeDecodeError:
        raise Refused(f"编码不是 {how.encoding}（第 {number + 1} 行附近）") from None


def _object(number: int, text: str, how: Records) -> Line:
    try:
        # Numbers as they were typed: a float would change the last digits of a long one.
        found = json.loads(text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return _unread(number, "不是完整的 JSON 对象，或有重名的栏目", how)
    return _row(number, found, how) if isinstance(found, Mapping) else _unread(number, "不是 JSON 对象", how)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


# --- XML ------------------------------------------------------------------------------------------------------------------


def xml_lines(place: Path, how: Records) -> Iterator[Line]:
    """Each record by its number. Raises Refused for the encoding, a document type, or text that is no XML."""
    records = _Records(how)
    try:
        with io.TextIOWrapper(opened(place), how.encoding, errors="strict") as file:
            head = file.read(CHUNK).removeprefix(BYTE_ORDER_MARK)
            _judge_head(head)
            yield from records.feed(_DECLARATION.sub("", head).lstrip())
            while chunk := file.read(CHUNK):
                yield from records.feed(chunk)
            yield from records.end()
    except UnicodeDecodeError:
        raise Refused(f"编码不是 {how.encoding}（第 {records.seen + 1} 条附近）") from None
    except etree.XMLSyntaxError:
        raise Refused(f"不是完整的 XML（第 {records.seen + 1} 条附近）") from None


def _judge_head(head: str) -> None:
    """All that may stand before the root must be in the first piece, and hold no document type."""
    try:
        xmltext.refuse_document_type(head)
    except xmltext.Unreadable as e:
        raise Refused("文件含文档类型定义，已拒收" if e.rule == "dtd" else "文件开头不是 XML") from None


class _Records:
    """Pulls whole records out of pieces of text, and forgets what it gave."""

    def __init__(self, how: Records) -> None:
        self._how, self.seen, self._open, self._size = how, 0, 0, 0
        self._parser = etree.XMLPullParser(
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )

    def feed(self, text: str) -> Iterator[Line]:
        self._parser.feed(text.encode("utf-8", "surrogatepass"))
        self._size += len(text)
        if self._size > LONGEST_RECORD + CHUNK:
            raise Refused(f"第 {self.seen + 1} 条过长")
        yield from self._pulled()

    def end(self) -> Iterator[Line]:
        self._parser.close()
        yield from self._pulled()

    def _pulled(self) -> Iterator[Line]:
        for event, element in self._parser.read_events():
            element = cast("etree._Element", element)
            if self._open:
                self._open += 1 if event == "start" else -1
                if self._open > DEEPEST:
                    raise Refused(f"第 {self.seen + 1} 条嵌套过深")
                if not self._open:
                    self._size, self.seen = 0, self.seen + 1
                    yield _row(self.seen, xmltext.plain(element), self._how)
                    _forget(element)
            elif event == "start" and self._is_record(element):
                self._open = 1
            elif event == "end":
                self._size = 0
                _forget(element)

    def _is_record(self, element: etree._Element) -> bool:
        name = etree.QName(element)
        return self._how.record in (name.localname, name.text)


def _forget(element: etree._Element) -> None:
    """It and what stood before it: a file of a million records takes the memory of one."""
    element.clear()
    while element.getprevious() is not None and element.getparent() is not None:
        del element.getparent()[0]


# --- a row ----------------------------------------------------------------------------------------------------------------


def _row(number: int, tree: object, how: Records) -> Line:
    if not isinstance(tree, Mapping):
        return _unread(number, "空记录", how) if tree is None else _unread(number, "没有栏目", how)
    known = set(how.columns)
    unknown = [str(name) for name in tree if name not in known and name != xmltext.TEXT]
    faults = (("", f"{UNKNOWN} {_name(unknown[0])}"),) if unknown else ()
    return number, [_text(tree.get(column)) for column in how.columns], faults


def _name(text: str) -> str:
    """A column's name for a sentence, if it is one: what else may stand there is not repeated."""
    return text if re.fullmatch(r"@?[\w.-]{1,40}", text) and not re.search(r"\d{6}", text) else ""


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | Mapping) else str(value)


def _unread(number: int, why: str, how: Records) -> Line:
    return number, [""] * len(how.columns), (("", why),)
