"""A department that answers "not yet" is asked again within the question's time; after it the question is pending and is asked by its ticket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from adapters.connect import Connected
from adapters.contract import DEFERRED, Found, Misconfigured, NotFound, Outcome, Pending, Unavailable, Unusable, Why
from tests.adapters.kinds.far_side import Came, FarSide, far_side, http
from tests.adapters.kinds.making import NOW, connected, department_of, query

NUMBER = "41132319900101990X"
TOML = """
[department]
code = "d"
name = "测试局"
uscc = "11411323MB00009009"
kind = "rest"
[wire]
[resources.r]
title = "测试"
share = "conditional"
subject = ["id_number"]
[resources.r.wire]
method = "POST"
path = "/cx"
body = { zjh = "{id_number}", bh = "{request_id}" }
result = "$.m"
found = ["0"]
not_found = ["9"]
pending = ["2"]
record = "$.sj"
poll = { ticket = "$.slh", path = "/jg/{ticket}", headers = { X-Bh = "{request_id}" }, every_seconds = 0.02, keep_hours = 6 }
[resources.r.fields]
owner_name = "$.xm"
"""
BY_PLACE = TOML.replace('ticket = "$.slh", path = "/jg/{ticket}"', 'ticket = "location"')
DONE = {"m": "0", "sj": {"xm": "测试甲"}}
LATER = {"m": "2", "slh": "SL 01/9"}
Answer = Callable[[int], tuple[int, object, str]]
"""Number of the request from 0 → status, tree, further headers."""


def with_line(
    answer: Answer, do: Callable[[Connected], Awaitable[Outcome]], toml: str = TOML
) -> tuple[Outcome, FarSide]:
    async def serve(came: Came, writer: asyncio.StreamWriter) -> None:
        status, tree, extra = answer(len(side.came) - 1)
        body = b"" if tree is None else json.dumps(tree).encode()
        writer.write(http(body, status=status, extra=extra))

    async def run() -> Outcome:
        nonlocal side
        async with far_side(serve) as side:
            line = connected(toml, side.address)
            try:
                return await do(line)
            finally:
                await line.close()

    side = FarSide("")
    return asyncio.run(run()), side


def asked(answer: Answer, toml: str = TOML, seconds: float = 60.0) -> tuple[Outcome, FarSide]:
    async def ask(line: Connected) -> Outcome:
        (resource,) = department_of(TOML)[1].values()
        assert line.answers is not None
        return await line.answers.answer(query(resource, {"id_number": NUMBER}, timeout_seconds=seconds))

    return with_line(answer, ask, toml)


def asked_in_vain(answer: Answer, seconds: float) -> tuple[Outcome, FarSide]:
    """Asked until the time of the question is over. Where the machine stood still so long that nothing came at all, asked again."""
    for longer in (1, 1, 5, 20):
        outcome, side = asked(answer, seconds=seconds * longer)
        if outcome != Unavailable(Why.TIMEOUT):
            break
    return outcome, side


def asked_later(answer: Answer, ticket: str = "SL 01/9", toml: str = TOML) -> tuple[Outcome, FarSide]:
    async def ask(line: Connected) -> Outcome:
        (resource,) = department_of(TOML)[1].values()
        return await line.answers.answer_later(query(resource, {"id_number": NUMBER}), DEFERRED + ticket)  # type: ignore[union-attr]

    return with_line(answer, ask, toml)


def test_an_answer_that_is_ready_at_once_needs_no_ticket() -> None:
    outcome, side = asked(lambda at: (200, DONE, ""))
    assert isinstance(outcome, Found) and len(side.came) == 1


@pytest.mark.parametrize("status", [200, 202])
def test_an_answer_that_comes_later_is_fetched_by_its_ticket(status: int) -> None:
    outcome, side = asked(lambda at: (status, LATER, "") if at < 3 else (200, DONE, ""))
    assert isinstance(outcome, Found) and outcome.values == {"owner_name": "测试甲"}
    assert [came.path for came in side.came] == ["/cx", *["/jg/SL%2001%2F9"] * 3]
    assert side.came[1].headers["x-bh"] == "0193d0f0-0000-7000-8000-000000000001"


def test_a_202_that_names_a_place_is_asked_there() -> None:
    outcome, side = asked(lambda at: (202, None, "Location: /jg/7?t=1\r\n") if at < 2 else (200, DONE, ""), BY_PLACE)
    assert isinstance(outcome, Found) and [came.path for came in side.came] == ["/cx", "/jg/7?t=1", "/jg/7?t=1"]


def test_what_comes_later_may_be_no_record() -> None:
    outcome, _ = asked(lambda at: (200, LATER, "") if at < 1 else (200, {"m": "9"}, ""))
    assert isinstance(outcome, NotFound)


def test_a_question_that_goes_on_beyond_its_time_is_pending_with_its_ticket() -> None:
    outcome, side = asked_in_vain(lambda at: (200, LATER, ""), 0.3)
    assert outcome == Pending("deferred:SL 01/9", NOW + timedelta(hours=6))
    assert 2 <= len(side.came) <= 12


def test_a_pause_that_the_department_asks_for_is_kept() -> None:
    outcome, side = asked_in_vain(lambda at: (202, LATER, "Retry-After: 300\r\n"), 1.0)
    assert isinstance(outcome, Pending) and len(side.came) == 1


def test_a_pending_question_is_asked_again_by_its_ticket() -> None:
    outcome, side = asked_later(lambda at: (200, DONE, ""))
    assert isinstance(outcome, Found) and [came.path for came in side.came] == ["/jg/SL%2001%2F9"]
    outcome, side = asked_later(lambda at: (200, LATER, ""))
    assert outcome == Pending("deferred:SL 01/9", NOW + timedelta(hours=6)) and len(side.came) == 1
    outcome, side = asked_later(lambda at: (200, DONE, ""), "/jg/7?t=1", BY_PLACE)
    assert isinstance(outcome, Found) and side.came[0].path == "/jg/7?t=1"


@pytest.mark.parametrize(
    ("tree", "extra", "toml"),
    [
        ({"m": "2"}, "", TOML),
        ({"m": "2", "slh": "x" * 500}, "", TOML),
        ({"m": "2", "slh": "a\u202eb"}, "", TOML),
        (None, "", BY_PLACE),
        (None, "Location: http://example.com/x\r\n", BY_PLACE),
    ],
)
def test_a_promise_without_a_ticket_that_can_be_used_is_unusable(tree: object, extra: str, toml: str) -> None:
    outcome, side = asked(lambda at: (202, tree, extra), toml)
    assert isinstance(outcome, Unusable) and outcome.rule == "ticket" and len(side.came) == 1


def test_a_ticket_that_the_department_no_longer_knows_is_never_no_record() -> None:
    outcome, _ = asked(lambda at: (200, LATER, "") if at < 1 else (404, {}, ""))
    assert isinstance(outcome, Unusable) and outcome.rule == "status_404"


def test_a_department_that_fails_while_it_works_is_unavailable() -> None:
    outcome, _ = asked(lambda at: (200, LATER, "") if at < 1 else (500, {}, ""))
    assert outcome == Unavailable(Why.SERVER_ERROR)


@pytest.mark.parametrize(
    ("ours", "instead", "says"),
    [
        ("poll = {", "paging2 = {", "paging2 is no known key"),
        ('path = "/jg/{ticket}", ', "", "say the path to ask again"),
        ("every_seconds = 0.02", "every_seconds = 0", "more than nothing"),
        ("/jg/{ticket}", "/jg/{nummer}", "is no known word"),
    ],
)
def test_a_poll_that_cannot_work_is_a_sentence(ours: str, instead: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        connected(TOML.replace(ours, instead), "http://127.0.0.1:9")
    with pytest.raises(Misconfigured, match="pending needs poll"):
        connected("\n".join(line for line in TOML.splitlines() if not line.startswith("poll")), "http://127.0.0.1:9")
