"""Several timestamp authorities: the first that answers serves, and one that failed rests while the others go on."""

from __future__ import annotations

import pytest

from adapters.outside.timestampers import FIRST_REST, LONGEST_REST, Timestampers
from certificates.errors import SigningFailed, TimestamperAway


class Authority:
    """Answers with its name, or fails as it is told; counts how often it was asked."""

    def __init__(self, name: bytes, error: SigningFailed | None = None) -> None:
        self.name, self.error, self.asked = name, error, 0

    def stamp(self, digest: bytes) -> bytes:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.name


AWAY = TimestamperAway("timestamp-unreachable", "nobody is there")


def test_the_second_authority_serves_while_the_first_is_dead_and_the_first_is_not_asked_each_time() -> None:
    now = [0.0]
    first, second = Authority(b"first", AWAY), Authority(b"second")
    both = Timestampers((first, second), lambda: now[0])
    assert [both.stamp(b"") for _ in range(3)] == [b"second"] * 3 and first.asked == 1
    first.error = None
    now[0] += FIRST_REST
    assert both.stamp(b"") == b"first"


@pytest.mark.parametrize("error", [AWAY, SigningFailed("timestamp-refused", "it refused")])
def test_where_none_gives_a_usable_answer_everybody_is_told_that_it_may_come_later(error: SigningFailed) -> None:
    both = Timestampers((Authority(b"a", error), Authority(b"b", error)), lambda: 0.0)
    with pytest.raises(TimestamperAway) as told:
        both.stamp(b"")
    assert told.value.code == error.code
    with pytest.raises(TimestamperAway) as told:
        both.stamp(b"")
    assert told.value.code == "timestamp-resting"


def test_the_rest_grows_and_has_an_end() -> None:
    now, dead = [0.0], Authority(b"", AWAY)
    one = Timestampers((dead,), lambda: now[0])
    for _ in range(20):
        with pytest.raises(TimestamperAway):
            one.stamp(b"")
        now[0] += LONGEST_REST
    assert dead.asked == 20
