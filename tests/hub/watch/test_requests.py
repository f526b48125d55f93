"""What each request leaves behind: one line with route, status and case, one measurement, one part of a trace; never the path itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from hub import trace
from hub.metrics import REGISTRY
from hub.watch.requests import BROKEN_OFF, NO_ROUTE, Seen

NAME = "测试甲"


@pytest.fixture
def ended() -> Iterator[list[trace.Ended]]:
    parts: list[trace.Ended] = []
    take_back = trace.export(parts.append)
    yield parts
    take_back()


@pytest.fixture
def visit() -> Iterator[TestClient]:
    app = FastAPI(openapi_url=None)

    @app.get("/cases/{case_id}")
    async def case(request: Request) -> Response:
        trace.bind(case=trace.case_in(request.path_params))
        return PlainTextResponse("")

    @app.get("/stream")
    async def stream() -> Response:
        async def events() -> AsyncIterator[str]:
            yield f"{REGISTRY.get_sample_value('yijian_streams_open')}"

        return StreamingResponse(events(), media_type="text/event-stream")

    @app.get("/bug")
    def bug() -> Response:
        raise KeyError(NAME)

    app.add_middleware(Seen)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def count(route: str, status: int) -> float:
    labels = {"method": "GET", "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("yijian_request_seconds_count", labels) or 0.0


def test_a_request_is_one_line_one_measurement_and_one_part(visit: TestClient, ended: list[trace.Ended]) -> None:
    before = count("/cases/{case_id}", 200)
    with capture_logs() as lines:
        visit.get("/cases/c-17?q=1")
    (line,) = lines
    assert (line["event"], line["route"], line["status"], line["method"]) == ("request", "/cases/{case_id}", 200, "GET")
    assert count("/cases/{case_id}", 200) == before + 1
    assert ended[-1].here.case == "c-17" and ended[-1].attributes["route"] == "/cases/{case_id}"


def test_what_no_route_answers_leaves_no_path_behind(visit: TestClient, ended: list[trace.Ended]) -> None:
    with capture_logs() as lines:
        visit.get(f"/{NAME}?who={NAME}")
    assert (lines[0]["route"], lines[0]["status"]) == (NO_ROUTE, 404)
    assert NAME not in repr(lines) and NAME not in repr(ended)


def test_a_bug_is_a_line_of_level_error_and_a_500(visit: TestClient, ended: list[trace.Ended]) -> None:
    with capture_logs() as lines:
        visit.get("/bug")
    assert (lines[0]["log_level"], lines[0]["status"], ended[-1].failed) == ("error", 500, "KeyError")
    assert isinstance(lines[0]["exc_info"], KeyError)  # told in the same line, under the same trace
    assert count("/bug", 500) >= 1


def test_a_stream_is_counted_while_it_is_open_and_not_as_a_slow_request(visit: TestClient) -> None:
    assert visit.get("/stream").text == "1.0"
    assert REGISTRY.get_sample_value("yijian_streams_open") == 0
    assert count("/stream", 200) == 0


def test_a_caller_that_goes_away_before_the_answer_is_told_apart() -> None:
    async def never(*_: object) -> None:
        raise asyncio.CancelledError

    async def run() -> None:
        await Seen(never)({"type": "http", "method": "GET", "path": "/"}, never, never)  # type: ignore[arg-type]

    with capture_logs() as lines, pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
    assert lines[0]["status"] == BROKEN_OFF
