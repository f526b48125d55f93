"""Finds the words with which a paper pages its answers, in requests and answers, and proposes how a mapping would use them. It decides nothing.

A page's number, its size, an offset, a cursor are about nobody: what is found here is never taken for a fact of the dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from adapters.onboarding.places import ROW, Asked, Operation, Path, Place
from adapters.onboarding.words import labels, letters, plain

_REQUEST: Mapping[str, frozenset[str]] = {
    "page": frozenset(
        (
            *("page", "pageno", "pagenum", "pagenumber", "pageindex", "currentpage", "curpage", "pagecurrent", "current"),
            *("ym", "yema", "yh", "yehao", "dqym", "dqy", "dangqianye", "dangqianyema"),
            *("页码", "页号", "当前页", "当前页码", "当前页数", "页次", "第几页"),
        )
    ),
    "page_size": frozenset(
        (
            *("size", "pagesize", "perpage", "limit", "pagelimit", "rows", "pagerows", "rowsperpage", "maxresults", "top"),
            *("myts", "mytss", "mytjs", "mysl", "mytsl", "mydx", "mytjls", "myjls", "meiyetiaoshu", "meiyeshuliang"),
            *("每页条数", "每页数量", "每页大小", "每页记录数", "每页行数", "每页显示条数", "页大小", "分页大小", "页面大小", "每页数"),
        )
    ),
    "offset": frozenset(
        (
            *("offset", "start", "startindex", "startrow", "skip", "qsh", "qswz", "qsjls", "pyl", "qishihang"),
            *("偏移量", "偏移", "起始行", "起始位置", "起始记录", "起始行号", "跳过条数"),
        )
    ),
    "cursor": frozenset(
        (
            *("cursor", "pagetoken", "nexttoken", "nextcursor", "nextpagetoken", "continuationtoken", "scrollid"),
            *("yb", "youbiao", "游标", "翻页标识", "翻页标记"),
        )
    ),
}  # fmt: skip
"""The hub's word → what departments call it, as letters alone, or as a Chinese label (proposed)."""
_TOTAL = frozenset(
    (
        *("total", "totalcount", "totalelements", "totalnum", "totalrecords", "totalrows", "totalsize", "recordcount"),
        *("zs", "zts", "zjls", "zongshu", "zongtiaoshu", "zongjilushu"),
        *("总数", "总条数", "总记录数", "记录总数", "总数量", "总行数", "数据总数"),
    )
)  # fmt: skip
_NEXT = frozenset(
    (
        *("next", "nextcursor", "nexttoken", "nextpagetoken", "nextpage", "nextlink", "nexturl", "nextpageurl", "cursor", "continuationtoken"),
        *("xyy", "xiayiye", "下一页", "下页", "下一页地址", "下一页游标", "下一页链接"),
    )
)  # fmt: skip
_LINKS = frozenset(("nextlink", "nexturl", "nextpageurl", "下一页地址", "下一页链接"))
_MORE = frozenset(
    (
        *("hasnext", "hasnextpage", "hasmore", "havemore", "morepages", "more", "sfyxyy", "sfhyxyy", "yxyy"),
        *("是否有下一页", "有无下一页", "是否还有下一页", "是否还有数据"),
    )
)  # fmt: skip
_LAST = frozenset(
    ("islast", "islastpage", "lastpage", "last", "sfmy", "sfzhyy", "是否末页", "是否最后一页", "是否尾页")
)
_ECHOED = _REQUEST["page"] | _REQUEST["page_size"] | frozenset(("pages", "totalpages", "totalpage", "pagecount", "zys", "总页数"))  # fmt: skip
_COUNTING = re.compile(r"页|总|还有|条数|行|偏移|游标")
"""What the label of such a word speaks of."""
SIZE = 20
"""Proposed where the paper names no size."""


@dataclass(frozen=True)
class Paging:
    """How an operation's pages may be asked for. `words` says of inputs which word of the hub belongs there, `about` which places of
    the answer only count."""

    by: str
    rows: Path
    words: Mapping[Path, str]
    about: frozenset[Path]
    size: int
    first: int
    total: Place | None
    more: Place | None
    last: Place | None
    next: Place | None


def paging(operation: Operation) -> Paging | None:
    """None where the paper does not page, where it answers no list, or where the call is none over REST."""
    if not {"method", "path"} <= set(operation.call):
        return None
    lists = _lists(operation.answer)
    found = {word: one for one in reversed(operation.inputs) if (word := _word(one))}
    outside = [place for place in operation.answer if place.rows_at is None]
    next_ = next((place for place in outside if place.kind == "text" and _said(place) & _NEXT), None)
    by = _by(found, next_)
    if not lists or not by:
        return None
    used = {word: one for word, one in found.items() if word in (by, "page_size")}
    total = next((place for place in outside if place.kind in ("integer", "number", "text") and _said(place) & _TOTAL), None)  # fmt: skip
    more, last = (
        next((one for one in outside if _is_flag(one) and _said(one) & names), None) for names in (_MORE, _LAST)
    )
    counts = [one.path for one in outside if _said(one) & (_TOTAL | _NEXT | _ECHOED) or one in (more, last)]
    return Paging(
        by,
        max(dict.fromkeys(lists), key=lists.count),
        {one.place.path: word for word, one in used.items()},
        frozenset(counts),
        _number(used.get("page_size"), SIZE, 2),
        _number(used.get("page"), 1, 0),
        total if by in ("page", "offset") else None,
        more if by in ("page", "offset") else None,
        last if by in ("page", "offset") and more is None else None,
        next_ if by in ("cursor", "link") else None,
    )


def _by(found: Mapping[str, Asked], next_: Place | None) -> str:
    """A cursor needs the place of the next one; a link needs nothing but that, and is believed where its name says so or a size is asked for."""
    if "cursor" in found and next_ is not None:
        return "cursor"
    for word in ("page", "offset"):
        if word in found:
            return word
    is_link = next_ is not None and (bool(_said(next_) & _LINKS) or "page_size" in found)
    return "link" if is_link else ""


def _is_flag(place: Place) -> bool:
    """Whether it can say yes or no; a number that is called `last` is one of a page."""
    return place.kind in ("boolean", "text") or set(place.words) == {"0", "1"}


def _word(one: Asked) -> str:
    if (
        one.offered
        or one.where not in ("query", "headers", "body")
        or one.place.kind not in ("integer", "number", "text")
    ):
        return ""
    said = _said(one.place)
    return next((word for word, names in _REQUEST.items() if said & names), "")


def _said(place: Place) -> frozenset[str]:
    """The name as letters, and what its label calls it; a label that says something else outweighs the name."""
    called = labels(place.label)
    own = letters(place.name) or plain(place.name)
    agrees = not called or any(_COUNTING.search(label) for label in called)
    return frozenset((*called, own) if agrees else called)


def _lists(answer: Iterable[Place]) -> Sequence[Path]:
    """Of each place in a list where the outermost one stands."""
    return [place.path[: place.path.index(ROW)] for place in answer if ROW in place.path]


def _number(one: Asked | None, otherwise: int, least: int) -> int:
    said = str(one.sample) if one is not None else ""
    return int(said) if said.isascii() and said.isdigit() and least <= int(said) <= 500 else otherwise
