"""The guard: how many calls are in flight, when the breaker opens and shuts, and what never leaves the machine."""

from __future__ import annotations

import asyncio

import pytest

from adapters.contract import Unavailable, Why
from adapters.kinds.guard import Breaker, BreakerState, Guard, Reply, Sending
from tests.adapters.kinds.far_side import Came, far_side, free_port_address, http, says, waits, writes


class Ticking:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_breaker_opens_after_its_failures_and_lets_one_probe_through() -> None:
    clock = Ticking()
    breaker = Breaker(3, 20, clock)
    for _ in range(3):
        assert breaker.admit()
        breaker.failed()
    assert breaker.state is BreakerState.OPEN and not breaker.admit()
    clock.now = 20
    assert breaker.state is BreakerState.HALF_OPEN and breaker.admit() and not breaker.admit()


def test_a_good_probe_shuts_the_breaker_and_a_bad_one_opens_it_for_another_rest() -> None:
    clock = Ticking()
    breaker = Breaker(1, 20, clock)
    breaker.failed()
    clock.now = 20
    assert breaker.admit()
    breaker.failed()
    assert breaker.state is BreakerState.OPEN
    clock.now = 40
    assert breaker.admit()
    breaker.succeeded()
    assert breaker.state is BreakerState.CLOSED and breaker.admit() and breaker.admit()


def test_failures_count_only_when_they_follow_one_another() -> None:
    breaker = Breaker(2, 20, Ticking())
    for outcome in (breaker.failed, breaker.succeeded, breaker.failed):
        outcome()
    assert breaker.state is BreakerState.CLOSED


def test_a_department_that_is_down_is_not_asked_while_the_breaker_is_open() -> None:
    async def run() -> list[object]:
        guard = Guard(free_port_address(), breaker_threshold=2)
        try:
            return [await guard.send(Sending("GET", "/", 60)) for _ in range(3)]
        finally:
            await guard.close()

    down, opened = Unavailable(Why.REFUSED_CONNECTION), Unavailable(Why.BREAKER_OPEN)
    assert asyncio.run(run()) == [down, down, opened]


def test_who_wants_to_know_is_told_when_a_request_is_out_and_not_yet_answered() -> None:
    async def run() -> list[str]:
        told: list[str] = []
        async with far_side(waits(60)) as side:
            guard = Guard(side.address, reached=told.append)
            for method in ("GET", "POST"):
                assert await guard.send(Sending(method, "/", 0.3)) == Unavailable(Why.TIMEOUT)
            await guard.close()
        return told

    assert asyncio.run(run()) == ["look-on-wire", "request-on-wire"]


def test_a_cancelled_probe_leaves_room_for_the_next() -> None:
    async def run() -> BreakerState:
        async with far_side(waits(60)) as side:
            clock = Ticking()
            guard = Guard(side.address, breaker_threshold=1, breaker_rest_seconds=1, monotonic=clock)
            guard.breaker.failed()
            clock.now = 1
            probe = asyncio.create_task(guard.send(Sending("GET", "/", 60)))
            await asyncio.sleep(0.1)
            probe.cancel()
            with pytest.raises(asyncio.CancelledError):
                await probe
            assert guard.breaker.admit()
            await guard.close()
            return guard.breaker.state

    assert asyncio.run(run()) is BreakerState.HALF_OPEN


def test_a_busy_department_does_not_open_the_breaker() -> None:
    async def run() -> BreakerState:
        async with far_side(says({}, 503)) as side:
            guard = Guard(side.address, breaker_threshold=1)
            assert await guard.send(Sending("GET", "/", 60)) == Unavailable(Why.BUSY)
            await guard.close()
            return guard.breaker.state

    assert asyncio.run(run()) is BreakerState.CLOSED


def test_never_more_calls_are_in_flight_than_the_department_bears() -> None:
    running = most = 0

    async def answer(came: Came, writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        writer.write(http(b"{}"))

    async def run() -> None:
        async with far_side(answer) as side:
            guard = Guard(side.address, max_in_flight=3)
            replies = await asyncio.gather(*(guard.send(Sending("GET", "/", 60)) for _ in range(12)))
            assert all(isinstance(reply, Reply) for reply in replies)
            await guard.close()

    asyncio.run(run())
    assert most == 3


def test_who_waited_for_a_place_until_the_limit_is_told_busy_and_not_timeout() -> None:
    async def run() -> list[object]:
        async with far_side(waits(5)) as side:
            guard = Guard(side.address, max_in_flight=1)
            try:
                # The first keeps its place longer than the second waits, however slow the machine is.
                return await asyncio.gather(*(guard.send(Sending("GET", "/", seconds)) for seconds in (1.5, 0.2)))
            finally:
                await guard.close()

    assert asyncio.run(run()) == [Unavailable(Why.TIMEOUT), Unavailable(Why.BUSY)]


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", free_port_address())
    monkeypatch.setenv("ALL_PROXY", free_port_address())

    async def run() -> object:
        async with far_side(says({})) as side:
            guard = Guard(side.address)
            try:
                return await guard.send(Sending("GET", "/", 60))
            finally:
                await guard.close()

    assert isinstance(asyncio.run(run()), Reply)


def test_the_trace_goes_along_and_nothing_where_there_is_none() -> None:
    parents = iter(["00-" + "a" * 32 + "-" + "b" * 16 + "-00", ""])

    async def run() -> list[str | None]:
        async with far_side(says({})) as side:
            guard = Guard(side.address, traceparent=lambda: next(parents))
            try:
                for _ in range(2):
                    await guard.send(Sending("GET", "/", 60))
                return [came.headers.get("traceparent") for came in side.came]
            finally:
                await guard.close()

    assert asyncio.run(run()) == ["00-" + "a" * 32 + "-" + "b" * 16 + "-00", None]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ("Retry-After: 7\r\n", 7),
        ("Date: Fri, 20 Nov 2026 02:00:00 GMT\r\nRetry-After: Fri, 20 Nov 2026 02:00:09 GMT\r\n", 9),
        ("Date: Fri, 20 Nov 2026 02:00:00 GMT\r\nRetry-After: Fri, 20 Nov 2026 01:00:00 GMT\r\n", 0),
        ("Date: Fri, 20 Nov 2026 02:00:00 GMT\r\nRetry-After: Sat, 20 Nov 2027 02:00:00 GMT\r\n", 60),
        ("Retry-After: Fri, 20 Nov 2026 02:00:09 GMT\r\n", 0),  # by whose clock?
        ("Retry-After: soon\r\n", 0),
    ],
)
def test_a_department_is_left_alone_for_the_seconds_or_until_the_date_that_it_names(headers: str, seconds: int) -> None:
    async def run() -> tuple[object, object]:
        clock = Ticking()
        async with far_side(writes(http(b"", status=503, extra=headers))) as side:
            guard = Guard(side.address, monotonic=clock)
            await guard.send(Sending("GET", "/", 60))
            clock.now = max(seconds - 0.5, 0)
            within = await guard.send(Sending("GET", "/", 60))
            asked = len(side.came)
            clock.now = seconds + 0.5
            await guard.send(Sending("GET", "/", 60))
            await guard.close()
            return (within, asked), len(side.came)

    (within, asked), all_of_them = asyncio.run(run())
    assert within == Unavailable(Why.BUSY)
    assert (asked, all_of_them) == ((1, 2) if seconds else (2, 3))
