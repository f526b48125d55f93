"""An answer in pages is one answer: every row once, bounded, and a department that counts wrongly or repeats itself is told so by name."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.connect import Connected
from adapters.contract import Found, Misconfigured, Outcome, Unavailable, Unusable, Why
from tests.adapters.kinds.far_side import Came, FarSide, far_side, http
from tests.adapters.kinds.making import connected, department_of, query

NUMBER = "41132319900101990X"
TOML = """
[department]
code = "d"
name = "测试局"
uscc = "11411323MB00009009"
kind = "rest"
[wire]
size_limit_bytes = 40000
[resources.r]
title = "测试"
share = "conditional"
subject = ["id_number"]
[resources.r.wire]
path = "/jl/{id_number}"
query = { QUERY }
headers = { X-Bh = "{request_id}" }
result = "$.m"
found = ["0"]
not_found = ["9"]
busy = ["5"]
request_echo = "$.bh"
record = "$.sj"
paging = { by = "BY", rows = "$.sj.lb", size = 2, MORE }
[resources.r.fields]
owner_name = "$.xm"
[resources.r.lists.owners]
path = "$.lb"
fields = { owner_name = "$.mc" }
"""
QUERIES = {
    "page": 'yh = "{page}", ys = "{page_size}"',
    "offset": 'qs = "{offset}", ys = "{page_size}"',
    "cursor": 'yb = "{cursor}"',
    "link": 'ys = "2"',
}
Page = Callable[[dict[str, str], str, int], dict[str, object]]
"""Words of the query, path, number of the request from 0 → the answer."""


def toml(by: str, more: str) -> str:
    return TOML.replace("QUERY", QUERIES[by]).replace("BY", by).replace(", MORE", f", {more}" if more else "")


def page(rows: list[str], **more: object) -> dict[str, object]:
    sj = {"xm": "测试甲", "lb": [{"mc": row} for row in rows], **more}
    return {"m": "0", "bh": "0193d0f0-0000-7000-8000-000000000001", "sj": sj}


def asked(by: str, more: str, answer: Page, extra: Callable[[int], str] = lambda at: "") -> tuple[Outcome, FarSide]:
    async def serve(came: Came, writer: asyncio.StreamWriter) -> None:
        target = urlsplit(came.path)
        words = {name: values[0] for name, values in parse_qs(target.query).items()}
        body = json.dumps(answer(words, target.path, len(side.came) - 1)).encode()
        writer.write(http(body, extra=extra(len(side.came))))

    async def run() -> Outcome:
        nonlocal side
        async with far_side(serve) as side:
            line = connected(toml(by, more), side.address)
            try:
                return await question(line)
            finally:
                await line.close()

    side = FarSide("")
    return asyncio.run(run()), side


async def question(line: Connected) -> Outcome:
    (resource,) = department_of(toml("page", ""))[1].values()
    assert line.answers is not None
    return await line.answers.answer(query(resource, {"id_number": NUMBER}))


def rows(outcome: Outcome) -> list[str]:
    assert isinstance(outcome, Found), outcome
    return [row["owner_name"] for row in outcome.lists["owners"]]


ALL = ["一", "二", "三", "四", "五"]


def by_page(words: dict[str, str], path: str, at: int) -> dict[str, object]:
    start = (int(words["yh"]) - 1) * int(words["ys"])
    return page(ALL[start : start + 2], zs=5, yh=int(words["yh"]))


@pytest.mark.parametrize("more", ["", 'total = "$.sj.zs"', 'total = "$.sj.zs", echo = "$.sj.yh"'])
def test_pages_by_number(more: str) -> None:
    outcome, side = asked("page", more, by_page)
    assert rows(outcome) == ALL and len(side.came) == 3
    assert isinstance(outcome, Found) and outcome.values == {"owner_name": "测试甲"}
    # One question: every page under its request number, and each page is kept as it came.
    assert {came.headers["x-bh"] for came in side.came} == {"0193d0f0-0000-7000-8000-000000000001"}
    assert outcome.raw.media_type == "multipart/mixed" and outcome.raw.body.count(b'"m": "0"') == 3


@pytest.mark.parametrize(("more", "yes", "no"), [("more", True, False), ("more", "Y", "N"), ("last", "0", "1")])
def test_where_each_page_says_whether_another_follows_a_page_that_is_not_full_is_not_the_last(
    more: str, yes: object, no: object
) -> None:
    def capped(words: dict[str, str], path: str, at: int) -> dict[str, object]:
        """One row a page, however many are wanted."""
        return page(ALL[at : at + 1], hm=yes if at + 1 < len(ALL) else no)

    outcome, side = asked("page", f'{more} = "$.sj.hm"', capped)
    assert rows(outcome) == ALL and len(side.came) == len(ALL)


def test_pages_by_offset() -> None:
    outcome, side = asked("offset", "", lambda words, path, at: page(ALL[int(words["qs"]) : int(words["qs"]) + 2]))
    assert rows(outcome) == ALL
    assert [parse_qs(urlsplit(came.path).query)["qs"] for came in side.came] == [["0"], ["2"], ["4"]]


def test_pages_by_cursor() -> None:
    def answer(words: dict[str, str], path: str, at: int) -> dict[str, object]:
        return page(ALL[at * 2 : at * 2 + 2], xyy=f"c{at + 1}" if at < 2 else "-1")

    outcome, side = asked("cursor", 'next = "$.sj.xyy", end = ["-1"]', answer)
    assert rows(outcome) == ALL and "yb" not in parse_qs(urlsplit(side.came[0].path).query)
    assert "yb=c2" in side.came[2].path


def test_pages_by_a_link_in_the_body_or_in_the_header() -> None:
    def answer(words: dict[str, str], path: str, at: int) -> dict[str, object]:
        return page(ALL[at * 2 : at * 2 + 2], lj=f"/xyy/{at + 1}?t=a%2Fb" if at < 2 else None)

    outcome, side = asked("link", 'next = "$.sj.lj"', answer)
    assert rows(outcome) == ALL and [came.path for came in side.came[1:]] == ["/xyy/1?t=a%2Fb", "/xyy/2?t=a%2Fb"]
    outcome, side = asked("link", "", lambda words, path, at: page(ALL[at * 2 : at * 2 + 2]),
                          lambda at: f'Link: </a>; rel="prev", </b/{at}>; rel="next"\r\n' if at < 3 else "")  # fmt: skip
    assert rows(outcome) == ALL and [came.path for came in side.came[1:]] == ["/b/1", "/b/2"]


@pytest.mark.parametrize(
    "link", ["http://127.0.0.1:9/x", "https://example.com/x", "//example.com/x", "/a/../b", "/a/%2e%2e/b", "x", "/a b"]
)
def test_a_link_to_elsewhere_is_never_followed(link: str) -> None:
    outcome, side = asked("link", 'next = "$.sj.lj"', lambda words, path, at: page(["一"], lj=link))
    assert isinstance(outcome, Unusable) and outcome.rule == "link_elsewhere" and len(side.came) == 1


def test_one_page_is_evidence_as_it_came() -> None:
    outcome, side = asked("page", "", lambda words, path, at: page(["一"]))
    assert rows(outcome) == ["一"] and len(side.came) == 1
    assert isinstance(outcome, Found) and outcome.raw.media_type == "application/json"


def test_a_department_that_says_not_found_after_the_last_page_has_no_more_rows() -> None:
    def answer(words: dict[str, str], path: str, at: int) -> dict[str, object]:
        return page(ALL[:2]) if at == 0 else {"m": "9", "bh": ""}

    outcome, _ = asked("page", "", answer)
    assert rows(outcome) == ALL[:2]


def always(**more: object) -> Page:
    return lambda words, path, at: page(ALL[:2], **more)


def fresh(**more: object) -> Page:
    """New rows on every page, for ever."""
    return lambda words, path, at: page([f"{at}a", f"{at}b"], **more)


@pytest.mark.parametrize(
    ("by", "more", "answer", "rule"),
    [
        ("page", "", always(), "page_repeats"),
        ("page", 'echo = "$.sj.yh"', fresh(yh=1), "other_page"),
        ("page", "", fresh(), "too_many_pages"),
        ("page", "pages = 999, records = 30", fresh(), "too_many_rows"),
        ("page", "", lambda words, path, at: page(ALL), "page_size"),
        ("page", 'total = "$.sj.zs"', lambda words, path, at: page([str(at)] * 2, zs=5 + at), "page_total"),
        ("page", 'total = "$.sj.zs"', fresh(zs="viele"), "page_total"),
        ("page", 'total = "$.sj.zs"', fresh(zs=1), "page_total"),
        ("page", 'total = "$.sj.zs"', lambda words, path, at: page(ALL[:2] if at == 0 else [], zs=5), "rows_missing"),
        ("page", 'total = "$.sj.zs"', lambda words, path, at: page(ALL[:2], zs=5) if at == 0 else {"m": "9", "bh": page([])["bh"]}, "rows_missing"),
        ("page", "", lambda words, path, at: {"m": "0", "bh": page([])["bh"], "sj": {"lb": {"mc": "x"}}}, "list"),
        ("page", "", lambda words, path, at: page([f"{at}a", f"{at}b"]) if at == 0 else {**page(["x"]), "bh": "other"}, "other_request"),
        ("page", "", lambda words, path, at: page([f"{at}{'x' * 9000}", "y"]), "too_large"),
        ("page", 'more = "$.sj.hm"', fresh(), "page_more"),
        ("page", 'more = "$.sj.hm"', fresh(hm="vielleicht"), "page_more"),
        ("page", 'more = "$.sj.hm"', fresh(hm=True), "too_many_pages"),
        ("page", 'more = "$.sj.hm", total = "$.sj.zs"', lambda words, path, at: page(ALL[:2], zs=5, hm=False), "rows_missing"),
        ("cursor", 'next = "$.sj.xyy"', fresh(xyy="c1"), "page_repeats"),
        ("cursor", 'next = "$.sj.xyy"', fresh(xyy="c" * 3000), "too_long"),
        ("cursor", 'next = "$.sj.xyy", total = "$.sj.zs"', lambda words, path, at: page(ALL[:2], zs=5), "rows_missing"),
        ("link", 'next = "$.sj.lj"', fresh(lj="/x"), "page_repeats"),
    ],
)  # fmt: skip
def test_a_department_that_pages_wrongly_gives_a_typed_outcome(by: str, more: str, answer: Page, rule: str) -> None:
    outcome, side = asked(by, more, answer)
    assert isinstance(outcome, Unusable) and outcome.rule == rule and len(side.came) <= 21


def test_a_department_that_gets_busy_between_pages_is_busy() -> None:
    outcome, _ = asked("page", "", lambda words, path, at: page(ALL[:2]) if at == 0 else {**page([]), "m": "5"})
    assert outcome == Unavailable(Why.BUSY)


@pytest.mark.parametrize(
    ("by", "more", "says"),
    [
        ("page", 'by2 = "x"', "by2 is no known key"),
        ("page", "records = 9999", "records must be at most"),
        ("cursor", "", "say with next"),
        ("page", 'more = "$.a", last = "$.b"', "one of both"),
        ("link", 'more = "$.a"', "by page or offset"),
    ],
)
def test_a_paging_that_cannot_work_is_a_sentence(by: str, more: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        connected(toml(by, more), "http://127.0.0.1:9")
    with pytest.raises(Misconfigured, match="asks for no page"):
        connected(toml("page", "").replace("{page}", "1"), "http://127.0.0.1:9")
