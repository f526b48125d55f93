"""One department answers nonsense over a real wire: its question says so, its bytes are kept, and every other department's values are on the form."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from adapters.contract import Outcome, Query
from tests.adapters.kinds.far_side import Answerer, far_side, http, writes
from tests.adapters.kinds.making import connected
from tests.hub.prefill.making import LICENCE, World

TOML = """
[department]
code = "market"
name = "测试局"
uscc = "11411323MB00009009"
kind = "rest"
[wire]
[resources.licence]
title = "执照"
share = "conditional"
subject = ["uscc"]
[resources.licence.wire]
path = "/{uscc}"
result = "$.c"
found = ["0"]
several = ["2"]
record = "$.r"
candidates = { path = "$.r", choice = "n", label = "{m}" }
[resources.licence.fields]
enterprise_name = "$.m"
"""
ODD = b'{"c":"%s","r":[{"n":"1","m":"\\u0000\\ud800\\u202ex"},{"n":"2","m":"y"}]}'
NONSENSE: dict[str, tuple[Answerer, str, str]] = {
    "a_type_of_5000_characters": (
        writes(http(b"\x00" * 9, media_type=f"text/{'x' * 5000}")),
        "unusable",
        "content_type",
    ),
    "bytes_of_no_encoding": (writes(http(b"\x00\xff\xfe")), "unusable", "encoding"),
    "characters_that_cannot_be_kept": (
        writes(http(b'{"c":"0","r":{"m":"a\\u0000\\ud800"}}')),
        "unusable",
        "control_characters:enterprise_name",
    ),
    "choices_with_odd_labels": (writes(http(ODD % b"2")), "ambiguous", ""),
    "a_code_of_40_kilobytes": (writes(http(b'{"c":"' + b"9" * 40_000 + b'"}')), "unusable", "unknown_result_code"),
}


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_one_departments_nonsense_disturbs_no_other(world: World, nonsense: str) -> None:
    far, word, reason = NONSENSE[nonsense]

    async def over_the_wire(query: Query) -> Outcome:
        async with far_side(far) as side:
            line = connected(TOML, side.address)
            assert line.answers is not None
            try:
                return await line.answers.answer(replace(query, timeout_seconds=30.0))
            finally:
                await line.close()

    world.departments.replies[LICENCE.code] = over_the_wire
    world.start()
    asyncio.run(world.work())
    query = world.query(LICENCE)
    assert (query.state, query.outcome, query.reason) == ("answered", word, reason)
    assert world.value("premises.address").value == "示例路1号" and world.value("owner.name").value == "演示乙"
    assert world.value("enterprise.name").status == "empty"
    assert (query.candidates or 0) == (2 if word == "ambiguous" else 0)
