"""What tests of a clerk's acts share: a filled case, a refusal, reasons. It holds no test."""

from __future__ import annotations

import pytest

from adapters.contract import Outcome, Unavailable, Why
from hub.errors import HubError
from hub.prefill.rules import Reason
from tests.hub.prefill.making import (
    World,
)

DOWN = Unavailable(Why.SERVER_ERROR)
SEEN = Reason("original_seen")
WRONG = Reason("source_wrong", "已电话核实")


def filled(world: World, **replies: Outcome) -> World:
    world.departments.replies |= {name.replace("_", "."): reply for name, reply in replies.items()}
    world.start()
    world.run()
    return world


def refused(world: World, code: str, kind: type[HubError], do: object, *args: object) -> None:
    with pytest.raises(kind) as caught:
        world.act(do, *args)  # type: ignore[arg-type]
    assert caught.value.code == code
